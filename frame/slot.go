package frame

import (
	"errors"
	"runtime"
	"sync"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// A slot is what outlives a Frame of a pool: the memory and the events that order
// its users.
type slot struct {
	frame  *Frame // used again for each life; not in debug mode
	planes [4]Plane
	ctx    *cuda.Context // of device and page-locked memory, else nil

	batch *Batch // of a BatchPool, used again likewise

	memory  memory // nil for plain host memory
	cleanup runtime.Cleanup

	mu    sync.Mutex
	ready mark   // the producer's last write
	reads []mark // ReleaseOn; only the first n belong to this life
	n     int
	bad   bool // a reader could not be recorded: the memory must not be used again
}

// A mark is a point in a stream.
type mark struct {
	event  *cuda.Event
	ctx    uintptr // context that the event belongs to
	stream *cuda.Stream
	set    bool
}

// record marks the present end of s, with the event of the last time if it fits. A
// nil s is the legacy stream of ctx.
func (m *mark) record(ctx *cuda.Context, s *cuda.Stream) error {
	if s != nil {
		ctx = s.Context()
	}
	if ctx == nil {
		return errNoContext
	}
	if m.event != nil && m.ctx != ctx.Handle() {
		m.event.Close()
		m.event = nil
	}
	if m.event == nil {
		e, err := ctx.NewEvent()
		if err != nil {
			return err
		}
		m.event, m.ctx = e, ctx.Handle()
	}
	if err := m.event.Record(s); err != nil {
		return err
	}
	m.stream, m.set = s, true
	return nil
}

var errNoContext = errors.New("frame: stream and frame have no CUDA context")

// wait orders s, or with nil the calling goroutine, after the mark.
func (m *mark) wait(s *cuda.Stream) error {
	switch {
	case !m.set:
		return nil
	case s == nil:
		return m.event.Synchronize()
	case m.stream == s:
		return nil // one stream is ordered by itself; handles would not do, the driver reuses them
	}
	return s.WaitEvent(m.event)
}

// reading notes that work in s reads the memory. Several marks of one stream in one
// life need one event: the later covers the earlier.
func (sl *slot) reading(s *cuda.Stream) {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	i := 0
	for i < sl.n && sl.reads[i].stream != s {
		i++
	}
	if i == len(sl.reads) {
		sl.reads = append(sl.reads, mark{})
	}
	if err := sl.reads[i].record(sl.ctx, s); err != nil {
		// The stream is closed or the context lost, so nobody can tell when the reader
		// is done: leave the memory to the driver, which frees it after all work.
		sl.bad = true
		return
	}
	sl.n = max(sl.n, i+1)
}

// idle orders s, or the calling goroutine, after all users of the last life, and
// forgets them.
func (sl *slot) idle(s *cuda.Stream) error {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	err := sl.ready.wait(s)
	for i := range sl.n {
		if e := sl.reads[i].wait(s); err == nil {
			err = e
		}
		sl.reads[i].set, sl.reads[i].stream = false, nil
	}
	sl.n = 0
	sl.ready.set, sl.ready.stream = false, nil
	return err
}

func (sl *slot) closeEvents() {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	sl.ready.event.Close()
	for i := range sl.reads {
		sl.reads[i].event.Close()
	}
	sl.ready, sl.reads, sl.n = mark{}, nil, 0
}

// MarkReady says that the frame's content is complete when the work now in stream s
// is: whoever calls Wait waits for it. For producers. A nil s is the legacy stream.
func (f *Frame) MarkReady(s *cuda.Stream) error {
	if err := f.check("MarkReady"); err != nil {
		return err
	}
	f.needSlot()
	return f.slot.ready.record(f.slot.ctx, s)
}

func (f *Frame) needSlot() {
	if f.slot == nil {
		f.slot = &slot{ctx: f.ctx}
	}
}

// Ready is the event that MarkReady recorded, or nil if the content is there
// already. It is borrowed and valid until Release.
func (f *Frame) Ready() *cuda.Event {
	if f.slot == nil || !f.slot.ready.set {
		return nil
	}
	return f.slot.ready.event
}

// Wait orders the work that is put into stream s from now on after the production of
// the frame, without waiting itself. With nil it waits until the content is there.
// For a frame whose content was there from the beginning it does nothing.
func (f *Frame) Wait(s *cuda.Stream) error {
	if err := f.check("Wait"); err != nil {
		return err
	}
	if f.slot == nil {
		return nil
	}
	return f.slot.ready.wait(s)
}

// WaitReleased orders stream s, or with nil the calling goroutine, after the
// production of the frame and after all work that was named to ReleaseOn, and
// forgets both. For owners, after Recycle, before the memory is written or freed. If
// it fails, the memory must not be used again.
func (f *Frame) WaitReleased(s *cuda.Stream) error {
	if f.slot == nil {
		return nil
	}
	err := f.slot.idle(s)
	if f.slot.bad {
		f.slot.bad = false
		err = errors.Join(err, errLostReader)
	}
	return err
}

var errLostReader = errors.New("frame: a reader's stream could not be recorded")
