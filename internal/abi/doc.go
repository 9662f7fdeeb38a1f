// Package abi is the only place where nvcodec meets C: it finds and opens shared
// libraries at run time, calls their functions, and lets them call back, without
// cgo and without allocating.
//
// It knows the C calling conventions of linux/amd64, linux/arm64 and
// windows/amd64 and nothing about NVIDIA or FFmpeg. On every other platform it
// compiles, and Open answers errors.ErrUnsupported.
package abi
