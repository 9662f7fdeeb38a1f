package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// What went wrong, for errors.Is. Errors of the driver unwrap to *cuda.Error, those
// of FFmpeg to *avformat.Error; both name the C function and its code.
var (
	// ErrArgument is a value that the caller gave and that cannot be right.
	ErrArgument = errors.New("bad argument")
	// ErrCorrupt is damage in the stream. What could be decoded was delivered.
	ErrCorrupt = errors.New("corrupt stream")
	// ErrUnsupported is something that this engine, GPU, driver or FFmpeg build
	// cannot do. It is errors.ErrUnsupported.
	ErrUnsupported = errors.ErrUnsupported
	// ErrLibrary is a shared library that is missing, too old or not what it seems.
	ErrLibrary = abi.ErrLibrary
	// ErrProtocol is a name that leads to where DemuxerConfig or MuxerConfig do not allow: to
	// the network, to other files. See Network and Protocols there.
	ErrProtocol = avformat.ErrProtocol
	// ErrNoEncodeEngine is a GPU without a hardware encoder; it matches ErrUnsupported.
	ErrNoEncodeEngine = fmt.Errorf("no encode engine: %w", errors.ErrUnsupported)
	// ErrNoVideo is a source without a video stream.
	ErrNoVideo = errors.New("no video stream")
	// ErrClosed is the use of a closed object; it matches os.ErrClosed.
	ErrClosed = fmt.Errorf("codec: %w", errClosed)
)

// Error says where in a stream something failed.
type Error struct {
	Op  string // demux, decode, ...
	PTS int64  // presentation time of the packet, in ticks of its time base; NoPTS if unknown
	Err error
}

// NoPTS stands for an unknown time.
const NoPTS = frame.NoPTS

// Error returns "codec: decode: ...".
func (e *Error) Error() string {
	if e.PTS == NoPTS {
		return fmt.Sprintf("codec: %s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("codec: %s at pts %d: %v", e.Op, e.PTS, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func opError(op string, err error) error { return opErrorAt(op, NoPTS, err) }

func opErrorAt(op string, pts int64, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && e.Op == op {
		return err
	}
	return &Error{Op: op, PTS: pts, Err: err}
}
