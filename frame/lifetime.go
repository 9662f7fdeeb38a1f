package frame

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// ErrReleased: the frame's memory was given back before.
var ErrReleased = errors.New("frame was released")

// An Owner takes frames back. Recycle is called once in a frame's life, by the
// goroutine that releases the last reference, with nothing locked. When it runs,
// device work on the frame may be pending: the owner calls WaitReleased before it
// has the memory written again.
type Owner interface{ Recycle(f *Frame) }

// debug: misuse panics, and pools never use a Frame twice. It is read once, since
// frames of both kinds must not mix.
var debug = os.Getenv("NVCODEC_DEBUG") == "1"

// Debug is true with NVCODEC_DEBUG=1 in the environment: owners of frames then use no
// Frame for a second picture, so that every use after its release is noticed.
func Debug() bool { return debug }

var misuses atomic.Int64

// Misuses counts the calls on released frames (a second Release among them) that
// were ignored since the program started. Anything but 0 is a bug in the caller.
// NVCODEC_DEBUG=1 in the environment turns each into a panic that tells where the
// frame was released. Without it, a Frame is used again for later pictures, and then
// a stray call on it is not noticed.
func Misuses() int64 { return misuses.Load() }

// endpoint remembers who released a frame last, in debug mode.
type endpoint struct{ pc [16]uintptr }

const refMask = 1<<32 - 1

// Reset begins a new life of f for its owner: one reference, a new generation, and
// properties (all but format, size, memory and planes) unset. The caller must be
// the only one who has f. A nil owner is legal: then nothing happens at the end.
func (f *Frame) Reset(o Owner) {
	if f.owner = o; o != nil {
		f.needSlot() // now, since ReleaseOn may be called by several goroutines at once
	}
	f.clearProperties()
	f.end = nil
	f.state.Store((f.state.Load()>>32+1)<<32 | 1)
}

// Owner is who began the frame's present life, so that it can tell its own frames; nil
// for a literal.
func (f *Frame) Owner() Owner { return f.owner }

// Generation is the number of the frame's present or last life; 0 for a literal.
// Two reads that agree, with references held in between by whoever, were of the same
// picture.
func (f *Frame) Generation() uint32 { return uint32(f.state.Load() >> 32) }

// References is how many Releases are due; 0 for a literal.
func (f *Frame) References() int { return int(f.state.Load() & refMask) }

// Retain counts one holder more, who has to call Release too. It returns f, or nil
// if f was released: nobody can bring it back.
func (f *Frame) Retain() *Frame {
	for {
		s := f.state.Load()
		switch {
		case s == 0:
			return f // a literal: not counted
		case s&refMask == 0:
			f.misuse("Retain")
			return nil
		case f.state.CompareAndSwap(s, s+1):
			return f
		}
	}
}

// Release gives up one reference; with the last, the memory goes back to where it
// came from, and the frame must not be touched any more. Use it when all device work
// that reads the frame is finished, or was queued in the stream that the producer
// writes with; else ReleaseOn. It is nil-safe.
func (f *Frame) Release() {
	if f == nil {
		return
	}
	for {
		s := f.state.Load()
		if s == 0 {
			return
		}
		if s&refMask == 0 {
			f.misuse("Release")
			return
		}
		if debug && s&refMask == 1 {
			f.remember()
		}
		if f.state.CompareAndSwap(s, s-1) {
			if s&refMask == 1 && f.owner != nil {
				f.owner.Recycle(f)
			}
			return
		}
	}
}

// ReleaseOn is Release for a holder whose work in stream s still reads the frame:
// the next writer of the memory waits until that work, up to now, is done. A nil s
// is the legacy stream. It does not wait itself.
func (f *Frame) ReleaseOn(s *cuda.Stream) {
	if f == nil || f.check("ReleaseOn") != nil {
		return
	}
	if f.slot != nil {
		f.slot.reading(s)
	}
	f.Release()
}

// check is an error if f was released.
func (f *Frame) check(op string) error {
	if f == nil {
		return fmt.Errorf("frame: %s: no frame: %w", op, ErrReleased)
	}
	if s := f.state.Load(); s != 0 && s&refMask == 0 {
		f.misuse(op)
		return fmt.Errorf("frame: %s: %w", op, ErrReleased)
	}
	return nil
}

func (f *Frame) misuse(op string) {
	misuses.Add(1)
	if debug {
		panic("frame: " + op + " of a released frame" + f.end.String())
	}
}

// remember keeps the stack of the last Release. It is stored before the reference is
// given up, when f is still ours.
func (f *Frame) remember() {
	e := new(endpoint)
	runtime.Callers(3, e.pc[:])
	f.end = e
}

func (e *endpoint) String() string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("; it was released by")
	frames := runtime.CallersFrames(e.pc[:])
	for {
		fr, more := frames.Next()
		if fr.Function != "" {
			fmt.Fprintf(&b, "\n\t%s\n\t\t%s:%d", fr.Function, fr.File, fr.Line)
		}
		if !more {
			return b.String()
		}
	}
}
