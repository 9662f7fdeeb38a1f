// Package avformat is the FFmpeg binding: it demuxes, muxes, decodes, encodes and
// converts with whichever FFmpeg the system has, releases 4.3 to 9, found at run
// time and called without cgo.
//
// It names one C function a method and adds types, errors and safety; package codec
// is what to use in programs. Struct fields are read through offset tables, one for
// each major of libavformat, which are checked against what the loaded library says
// of itself before anything else is done with it. A library of another major is
// refused. The environment variable NVCODEC_FFMPEG, or SetPath, says which FFmpeg to
// take; LOGGER_LEVEL, or SetLogger, what to hear of its log.
//
// Numbers of codecs and formats differ between releases, so the API has FFmpeg's
// names for them. Objects are for one goroutine at a time unless they say otherwise.
package avformat
