package cuda

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveEvents = live.NewKind("cuda.Event")

// An Event marks a point in a stream that others can wait for. It may be recorded
// again and again; a wait refers to the last record before it.
type Event struct {
	ctx     *Context
	handle  uintptr
	closed  atomic.Bool
	cleanup runtime.Cleanup
}

// CUevent_flags.
const (
	eventDefault       = 0
	eventDisableTiming = 2
	eventInterprocess  = 4
)

// NewEvent creates an event without a clock, which is the fast kind.
//
// Source: cuEventCreate.
func (c *Context) NewEvent() (*Event, error) { return c.newEvent(eventDisableTiming) }

// NewTimingEvent creates an event for Elapsed.
//
// Source: cuEventCreate.
func (c *Context) NewTimingEvent() (*Event, error) { return c.newEvent(eventDefault) }

func (c *Context) newEvent(flags uintptr) (*Event, error) {
	if err := c.Enter(); err != nil {
		return nil, err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	if err := c.driver.call(b.Ptr(b.out(0)).Int(flags), "cuEventCreate", c.driver.cuEventCreate); err != nil {
		return nil, err
	}
	e := &Event{ctx: c, handle: b.uintptr(0)}
	c.acquire() // cannot fail inside Enter
	liveEvents.Add()
	e.cleanup = runtime.AddCleanup(e, endPart, part{c.contextState, e.handle, eventPart})
	return e, nil
}

// Handle returns the CUevent.
func (e *Event) Handle() uintptr { return e.handle }

// Record marks the end of the work queued in s so far; nil is the legacy stream.
//
// Source: cuEventRecord.
func (e *Event) Record(s *Stream) error {
	// The driver follows the handle of a destroyed stream.
	if err := s.usable(); err != nil {
		return err
	}
	if err := e.enter(); err != nil {
		return err
	}
	defer e.ctx.exit()
	b := borrow()
	defer b.giveBack()
	return e.ctx.driver.call(b.Int(e.handle).Int(s.Handle()), "cuEventRecord", e.ctx.driver.cuEventRecord)
}

// Query tells, without waiting, whether the marked work is done; true as well for
// an event that was never recorded.
//
// Source: cuEventQuery.
func (e *Event) Query() (done bool, err error) {
	if err := e.enter(); err != nil {
		return false, err
	}
	defer e.ctx.exit()
	return e.ctx.driver.query(e.handle, "cuEventQuery", e.ctx.driver.cuEventQuery)
}

// Synchronize waits until the marked work is done.
//
// Source: cuEventSynchronize.
func (e *Event) Synchronize() error {
	return e.do("cuEventSynchronize", e.ctx.driver.cuEventSynchronize)
}

// Elapsed returns the time between two recorded timing events.
//
// Source: cuEventElapsedTime.
func (e *Event) Elapsed(end *Event) (time.Duration, error) {
	if err := e.enter(); err != nil {
		return 0, err
	}
	defer e.ctx.exit()
	b := borrow()
	defer b.giveBack()
	err := e.ctx.driver.call(b.Ptr(b.out(0)).Int(e.handle).Int(end.handle), "cuEventElapsedTime", e.ctx.driver.cuEventElapsedTime)
	return time.Duration(float64(b.float32(0)) * float64(time.Millisecond)), err
}

// Close destroys the event. Waits for it that are queued already stay in force.
//
// Source: cuEventDestroy_v2.
func (e *Event) Close() error {
	if e == nil || e.closed.Swap(true) {
		return nil
	}
	e.cleanup.Stop()
	return part{e.ctx.contextState, e.handle, eventPart}.end()
}

func (e *Event) enter() error {
	if e.closed.Load() {
		return closed("cuda: event")
	}
	return e.ctx.enter()
}

func (e *Event) do(name string, fn uintptr) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.ctx.exit()
	b := borrow()
	defer b.giveBack()
	return e.ctx.driver.call(b.Int(e.handle), name, fn)
}

// query is a call whose ErrNotReady is an answer and not an error, so that polling
// does not allocate.
func (d *driver) query(handle uintptr, name string, fn uintptr) (bool, error) {
	b := borrow()
	defer b.giveBack()
	switch r := Result(b.Int(handle).Do32(fn)); r {
	case Success:
		return true, nil
	case ErrNotReady:
		return false, nil
	default:
		return false, d.error(name, r)
	}
}
