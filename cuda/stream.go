package cuda

import (
	"runtime"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveStreams = live.NewKind("cuda.Stream")

// A Stream is a queue of device work that runs in order. Several goroutines may
// add to it at a time; the order between them is theirs to arrange.
type Stream struct {
	ctx     *Context
	handle  uintptr
	owned   bool
	closed  atomic.Bool
	cleanup runtime.Cleanup
}

// The two implicit streams, as handles for WrapStream. Work on the legacy stream
// waits for all blocking streams of the context and they for it.
const (
	LegacyStream    uintptr = 1
	PerThreadStream uintptr = 2
)

// StreamFlags are properties of a stream. Source: CUstream_flags, cuda.h.
type StreamFlags uint32

const (
	StreamDefault     StreamFlags = 0 // ordered with the legacy stream
	StreamNonBlocking StreamFlags = 1 // not ordered with the legacy stream
)

// NewStream creates a stream.
//
// Source: cuStreamCreate.
func (c *Context) NewStream(flags StreamFlags) (*Stream, error) {
	if err := c.Enter(); err != nil {
		return nil, err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	if err := c.driver.call(b.Ptr(b.out(0)).Int(uintptr(flags)), "cuStreamCreate", c.driver.cuStreamCreate); err != nil {
		return nil, err
	}
	s := &Stream{ctx: c, handle: b.uintptr(0), owned: true}
	c.acquire() // cannot fail inside Enter
	liveStreams.Add()
	s.cleanup = runtime.AddCleanup(s, endPart, part{c.contextState, s.handle, streamPart})
	return s, nil
}

// WrapStream borrows a CUstream of another library, or one of the implicit
// streams; zero is the legacy stream. It is never destroyed here.
func WrapStream(c *Context, handle uintptr) *Stream {
	return &Stream{ctx: c, handle: handle}
}

// Handle returns the CUstream. It is zero for nil, which is the legacy stream.
func (s *Stream) Handle() uintptr {
	if s == nil {
		return 0
	}
	return s.handle
}

// Context returns the context that the stream was made in.
func (s *Stream) Context() *Context { return s.ctx }

// Synchronize waits until all work queued so far is done, and reports the error of
// that work.
//
// Source: cuStreamSynchronize.
func (s *Stream) Synchronize() error {
	return s.do("cuStreamSynchronize", s.ctx.driver.cuStreamSynchronize)
}

// Query tells, without waiting, whether all work queued so far is done.
//
// Source: cuStreamQuery.
func (s *Stream) Query() (done bool, err error) {
	if err := s.enter(); err != nil {
		return false, err
	}
	defer s.ctx.exit()
	return s.ctx.driver.query(s.handle, "cuStreamQuery", s.ctx.driver.cuStreamQuery)
}

// WaitEvent makes later work in the stream wait for what the event recorded. It
// does not wait itself. An event that was never recorded is no wait.
//
// Source: cuStreamWaitEvent.
func (s *Stream) WaitEvent(e *Event) error {
	if e == nil || e.closed.Load() {
		return closed("cuda: event")
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.ctx.exit()
	b := borrow()
	defer b.giveBack()
	return s.ctx.driver.call(b.Int(s.handle).Int(e.handle).Int(0), "cuStreamWaitEvent", s.ctx.driver.cuStreamWaitEvent)
}

// Close destroys the stream, once the work in it is done, without waiting for it.
// A borrowed stream is only let go.
//
// Source: cuStreamDestroy_v2.
func (s *Stream) Close() error {
	if s == nil || s.closed.Swap(true) || !s.owned {
		return nil
	}
	s.cleanup.Stop()
	return part{s.ctx.contextState, s.handle, streamPart}.end()
}

// usable is an error for a closed stream; nil is the legacy stream.
func (s *Stream) usable() error {
	if s != nil && s.closed.Load() {
		return closed("cuda: stream")
	}
	return nil
}

func (s *Stream) enter() error {
	if s.closed.Load() {
		return closed("cuda: stream")
	}
	return s.ctx.enter()
}

func (s *Stream) do(name string, fn uintptr) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.ctx.exit()
	b := borrow()
	defer b.giveBack()
	return s.ctx.driver.call(b.Int(s.handle), name, fn)
}
