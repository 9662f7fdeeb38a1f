// Package nvcuvid binds NVIDIA's video decoder, NVDEC, one C function to one
// method: the parser, which turns a bit stream into pictures to decode and to
// show, the decoder, and the mapping of decoded pictures into device memory.
//
// It adds types, errors and safety, and decides nothing; package codec builds
// frames from it. The library is found at run time, on first use.
//
// A Parser and a Decoder belong to one goroutine at a time. The parser calls its
// ParserHandler on the goroutine that is inside Parse, before Parse returns.
//
// Source: nvcuvid.h and cuviddec.h of the Video Codec SDK 13.0. The structs only
// ever gained fields out of reserved space, so that the newest layout works with
// every driver.
package nvcuvid

//go:generate go run ../internal/layout/gen
