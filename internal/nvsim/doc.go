// Package nvsim is a simulator of NVIDIA's driver for tests: libcuda, libnvcuvid
// in C, on libavcodec.
package nvsim
