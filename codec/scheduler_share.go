package codec

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// A share is a reader's part of a device's decode sessions. Its reader works like this:
//
//	h := newShare(park)
//	lane := NewDecoder(info, &DecoderConfig{..., share: h}) // takes part in the scheduling
//	each piece of work:
//		h.acquire(ctx)                 // one session is guaranteed; may wait
//		for h.more(work, lane) { ... } // more lanes, each: other.warm(lane), decode runs
//		... decode runs; at the border of a run: if h.wanted() { lane.park(); h.give() }
//		if h.rest() { lane.park(); h.give() }
//	h.leave()                              // with all decoders closed
//
// A session that is given back must not be in a decoder: park puts it into the pool.
// On the CPU there is nothing to share out: all calls answer at once, and yes.
//
// park is called by whoever waits for a session, on any goroutine, when the reader has
// rested for a while. If the reader is not at work (a lock that TryLock gets will tell)
// it parks its decoders, gives all its sessions back and returns true; its next acquire
// then waits like any other, and decoding begins again at a key frame.
type share struct {
	parkFunc func() bool
	s        atomic.Pointer[scheduler] // nil while the engine is not known, and on the CPU

	// Guarded by the scheduler's lock.
	held int
	got  time.Time // when the first of them was lent

	resting atomic.Int64 // when the reader came to rest, in ns; 0 while it works
}

func newShare(park func() bool) *share {
	h := &share{parkFunc: park}
	h.resting.Store(time.Now().UnixNano())
	return h
}

// bind makes the share one of a scheduler's, when a decoder of the reader has found its
// engine. Sessions that were lent before that, as far as anybody knows, count there.
func (h *share) bind(s *scheduler) {
	if h == nil || h.s.Load() == s {
		return
	}
	old := h.s.Swap(s)
	if old != nil {
		old.mu.Lock()
		for h.held > 0 {
			old.take(h)
		}
		old.serve()
		old.mu.Unlock()
	}
	if s != nil && h.resting.Load() == 0 {
		s.mu.Lock()
		s.lend(h)
		s.mu.Unlock()
	}
}

// acquire begins a piece of work: it waits until the reader has at least one session.
// Its error is the context's.
func (h *share) acquire(ctx context.Context) error {
	h.resting.Store(0)
	if s := h.s.Load(); s != nil {
		if err := s.wait(ctx, h); err != nil {
			h.resting.Store(time.Now().UnixNano())
			return err
		}
		return nil
	}
	return ctx.Err()
}

// more borrows another session for a lane that is to take work over, measured in the
// time that it takes there. It never waits: false says that there is none to spare, or
// that making one takes longer than the work. like is a lane that decodes the stream
// already, whose first picture has been decoded.
func (h *share) more(work time.Duration, like *Decoder) bool {
	s := h.s.Load()
	if s == nil {
		return true
	}
	if work <= like.sessionPrice() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.held == 0 || len(s.waiting) > 0 || s.room() <= 0 {
		return false
	}
	s.lend(h)
	return true
}

// wanted tells that another reader waits: at the next place where little is lost, a
// reader with several sessions gives one back, and one with a single session, when it
// had it for long enough, that one.
func (h *share) wanted() bool {
	s := h.s.Load()
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 || h.held == 0 {
		return false
	}
	if h.held > 1 {
		return true
	}
	now := time.Now()
	return s.extra == 0 && now.Sub(s.waiting[0].since) >= patience && now.Sub(h.got) >= patience
}

// give returns a session.
func (h *share) give() {
	s := h.s.Load()
	if s == nil {
		return
	}
	s.mu.Lock()
	if h.held > 0 {
		s.take(h)
		s.serve()
	}
	s.mu.Unlock()
}

// rest ends a piece of work. If it returns true, somebody waits for what the reader has,
// which is to give all of it back now.
func (h *share) rest() bool {
	h.resting.Store(time.Now().UnixNano())
	return h.wanted()
}

// work ends a rest that began inside a piece of work.
func (h *share) work() { h.resting.Store(0) }

// leave gives all back.
func (h *share) leave() {
	if h != nil {
		h.resting.Store(time.Now().UnixNano())
		h.bind(nil)
	}
}

// moved notes that a packet was decoded.
func (h *share) moved() {
	if h == nil {
		return
	}
	if s := h.s.Load(); s != nil {
		s.moves.Add(1)
	}
}

// idleFor is how long the reader has rested.
func (h *share) idleFor() time.Duration {
	t := h.resting.Load()
	if t == 0 {
		return 0
	}
	return time.Duration(time.Now().UnixNano() - t)
}

func (h *share) park() bool { return h.parkFunc != nil && h.parkFunc() }

// take uncounts a session of h. The caller holds mu.
func (s *scheduler) take(h *share) {
	s.lent--
	if h.held--; h.held > 0 {
		s.extra--
	} else {
		i := slices.Index(s.holders, h)
		s.holders = slices.Delete(s.holders, i, i+1)
	}
	s.moves.Add(1)
}

// sessions is how many the reader has.
func (h *share) sessions() int {
	s := h.s.Load()
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return h.held
}
