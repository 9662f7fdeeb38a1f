package avformat

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// ErrLibrary is matched by every error of a missing or unfit FFmpeg.
var ErrLibrary = abi.ErrLibrary

// ErrClosed is returned by methods of closed objects. It is os.ErrClosed.
var ErrClosed = os.ErrClosed

// A Code is an FFmpeg error code, which is always negative: a POSIX errno of the
// system, or one of FFmpeg's own tags. Source: error.h.
type Code int32

// FFmpeg's own codes, the same in every release, and the errno values that need a
// name here (equal on linux and windows).
const (
	ErrEOF              = -Code('E' | 'O'<<8 | 'F'<<16 | ' '<<24)  // AVERROR_EOF; methods return io.EOF instead
	ErrExit             = -Code('E' | 'X'<<8 | 'I'<<16 | 'T'<<24)  // AVERROR_EXIT: interrupted
	ErrInvalidData      = -Code('I' | 'N'<<8 | 'D'<<16 | 'A'<<24)  // AVERROR_INVALIDDATA: not what the format allows
	ErrPatchWelcome     = -Code('P' | 'A'<<8 | 'W'<<16 | 'E'<<24)  // AVERROR_PATCHWELCOME: FFmpeg does not support it
	ErrBug              = -Code('B' | 'U'<<8 | 'G'<<16 | '!'<<24)  // AVERROR_BUG
	ErrExternal         = -Code('E' | 'X'<<8 | 'T'<<16 | ' '<<24)  // AVERROR_EXTERNAL: a library under FFmpeg failed
	ErrUnknown          = -Code('U' | 'N'<<8 | 'K'<<16 | 'N'<<24)  // AVERROR_UNKNOWN
	ErrDecoderNotFound  = -Code(0xF8 | 'D'<<8 | 'E'<<16 | 'C'<<24) // AVERROR_DECODER_NOT_FOUND
	ErrDemuxerNotFound  = -Code(0xF8 | 'D'<<8 | 'E'<<16 | 'M'<<24) // AVERROR_DEMUXER_NOT_FOUND
	ErrEncoderNotFound  = -Code(0xF8 | 'E'<<8 | 'N'<<16 | 'C'<<24) // AVERROR_ENCODER_NOT_FOUND
	ErrMuxerNotFound    = -Code(0xF8 | 'M'<<8 | 'U'<<16 | 'X'<<24) // AVERROR_MUXER_NOT_FOUND
	ErrFilterNotFound   = -Code(0xF8 | 'B'<<8 | 'S'<<16 | 'F'<<24) // AVERROR_BSF_NOT_FOUND
	ErrOptionNotFound   = -Code(0xF8 | 'O'<<8 | 'P'<<16 | 'T'<<24) // AVERROR_OPTION_NOT_FOUND
	ErrProtocolNotFound = -Code(0xF8 | 'P'<<8 | 'R'<<16 | 'O'<<24) // AVERROR_PROTOCOL_NOT_FOUND
	ErrStreamNotFound   = -Code(0xF8 | 'S'<<8 | 'T'<<16 | 'R'<<24) // AVERROR_STREAM_NOT_FOUND

	ErrPermission     = Code(-1)  // AVERROR(EPERM)
	ErrNoEntry        = Code(-2)  // AVERROR(ENOENT)
	ErrIO             = Code(-5)  // AVERROR(EIO)
	ErrAgain          = Code(-11) // AVERROR(EAGAIN): feed more input, or take output, first
	ErrNoMemory       = Code(-12) // AVERROR(ENOMEM)
	ErrAccess         = Code(-13) // AVERROR(EACCES)
	ErrExist          = Code(-17) // AVERROR(EEXIST)
	ErrInvalid        = Code(-22) // AVERROR(EINVAL)
	ErrRange          = Code(-34) // AVERROR(ERANGE)
	ErrNotImplemented = errNoSys  // AVERROR(ENOSYS): the function does not exist here
)

// Error is FFmpeg's own text for the code.
func (c Code) Error() string {
	if ff == nil || c >= 0 {
		return fmt.Sprintf("FFmpeg error %d", int32(c))
	}
	buf := make([]byte, 128)
	call := abi.Borrow()
	defer call.Return()
	if call.Int(uintptr(c)).Ptr(bytePtr(buf)).Int(uintptr(len(buf))).Do32(ff.fn.avStrerror) < 0 {
		return fmt.Sprintf("FFmpeg error %d", int32(c))
	}
	return abi.GoStringN(buf)
}

// lowestErrno is below what systems number their errors with, and FFmpeg's own codes are
// lower still.
const lowestErrno = Code(-4096)

// Is lets an errno match what Go calls it: ErrNoEntry is fs.ErrNotExist and
// syscall.ENOENT, a full disk is syscall.ENOSPC, and so on; ErrEOF is io.EOF, ErrPatchWelcome and the NotFound codes are
// errors.ErrUnsupported.
func (c Code) Is(target error) bool {
	if e, ok := target.(syscall.Errno); ok {
		return c < 0 && c > lowestErrno && e == c.errno()
	}
	switch c {
	case ErrEOF:
		return target == io.EOF
	case ErrNoEntry:
		return target == fs.ErrNotExist
	case ErrPermission, ErrAccess:
		return target == fs.ErrPermission
	case ErrExist:
		return target == fs.ErrExist
	case ErrPatchWelcome, ErrDecoderNotFound, ErrDemuxerNotFound, ErrEncoderNotFound, ErrMuxerNotFound,
		ErrFilterNotFound, ErrProtocolNotFound, ErrNotImplemented:
		return target == errors.ErrUnsupported
	}
	return false
}

// An Error says which C function failed, with what, and on what.
type Error struct {
	Func   string // C function
	Code   Code   // 0 when the failure is ours
	Detail string // on what, and the remedy if there is one; may be ""
	Err    error  // the cause outside FFmpeg: the user's reader, a context; may be nil
}

// Error is one line: avformat: avformat_open_input: detail: text.
func (e *Error) Error() string {
	s := "avformat: " + e.Func
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	switch {
	case e.Err != nil:
		s += ": " + e.Err.Error()
	case e.Code != 0:
		s += ": " + e.Code.Error()
	}
	return s
}

// Unwrap leads to the cause and to the Code.
func (e *Error) Unwrap() []error {
	switch {
	case e.Err != nil && e.Code != 0:
		return []error{e.Err, e.Code}
	case e.Err != nil:
		return []error{e.Err}
	case e.Code != 0:
		return []error{e.Code}
	}
	return nil
}

// check turns the result of a C function into an error: nil unless it is negative.
func check(fn string, r int32, detail string) error {
	if r >= 0 {
		return nil
	}
	return &Error{Func: fn, Code: Code(r), Detail: detail}
}

// noMemory is the error of an allocation function that returned NULL.
func noMemory(fn string) error { return &Error{Func: fn, Code: ErrNoMemory} }

// closedError is the error of using an object after Close.
func closedError(what string) error { return &Error{Func: what, Err: ErrClosed} }
