package codec

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

const (
	// sessionsPerEngine is how many sessions keep an engine busy while one of them
	// waits for its caller. More bring nothing and cost memory.
	sessionsPerEngine = 2
	// patience is how long a reader waits before it asks others for their sessions, and
	// how long those may go on when they are asked.
	patience = 20 * time.Millisecond
	// stall is how long no packet may be decoded on the device while readers wait, and four
	// times as long as all may rest. Then one gets a session beyond the limit: all others
	// are held by somebody who waits for something else, maybe for this very reader.
	stall = time.Second
)

// A scheduler lends the decode sessions of a device to readers: objects that can give
// one back and take up their work later. Each reader gets one, if need be after waiting
// for its turn; those that no reader waits for are lent in addition, for working in
// parallel, if the work is worth a session.
//
// A Decoder that a program makes itself cannot give its session back. It gets one at
// once, and leaves so much less to readers, though never less than half the limit.
type scheduler struct {
	device cuda.Device
	limit  int

	mu      sync.Mutex
	plain   int       // sessions of decoders that no reader shares out
	lent    int       // sessions of readers
	extra   int       // of them, beyond the first of each reader
	waiting []*waiter // readers without a session, first come, first served
	holders []*share  // readers with one, that which got it first at first

	moves atomic.Int64 // packets decoded, and sessions that changed hands
}

type waiter struct {
	share *share
	since time.Time
	ready chan struct{}
}

type schedulerKey struct {
	device cuda.Device
	jpeg   bool // these have an engine of their own
}

var (
	schedulersMu sync.Mutex
	schedulers   = map[schedulerKey]*scheduler{}
)

// schedulerOf returns that of a device, for a codec. A context of the device must be
// current.
func schedulerOf(ctx *cuda.Context, codec nvcuvid.Codec) *scheduler {
	key := schedulerKey{ctx.Device(), codec == nvcuvid.CodecJPEG}
	schedulersMu.Lock()
	defer schedulersMu.Unlock()
	s := schedulers[key]
	if s == nil {
		kind := nvcuvid.CodecH264
		if key.jpeg {
			kind = nvcuvid.CodecJPEG
		}
		engines := 1
		if c, err := nvdecCaps(ctx, kind, nvcuvid.Chroma420, 8); err == nil {
			engines = max(engines, int(c.NumNVDECs)) // 0 of drivers that do not tell
		}
		s = &scheduler{device: key.device, limit: sessionsPerEngine * engines}
		schedulers[key] = s
	}
	return s
}

// room is how many more sessions readers can have. The caller holds mu.
func (s *scheduler) room() int { return max(s.limit-s.plain, s.limit/2) - s.lent }

// creations notes how long the driver takes for a session. It makes one at a time.
var creations = creationClock{usual: 40 * time.Millisecond} // measured on Hopper: 33 to 62

type creationClock struct {
	mu      sync.Mutex
	running int
	usual   time.Duration
}

func (c *creationClock) begin() (began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running++; c.running == 1 {
		began = time.Now()
	}
	return began // the zero time: the wait for others is not its own
}

func (c *creationClock) end(began time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if ok && !began.IsZero() {
		c.usual = (3*c.usual + time.Since(began)) / 4
	}
}

// price is how long it takes until there is one more.
func (c *creationClock) price() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.usual * time.Duration(c.running+1)
}

// inUse counts the sessions that decoders have or may take.
func (s *scheduler) inUse() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plain + s.lent
}

// makeRoom ends idle sessions if with a new one there would be more than the limit.
// The pool is the process's: what it keeps for other devices does not count.
func (s *scheduler) makeRoom() {
	if s == nil {
		return
	}
	if over := s.inUse() + sessions.idleOn(s.device) - s.limit; over > 0 {
		sessions.evict(s.device, over)
	}
}

// takeDecoder counts the session of a decoder that no reader shares out.
func (s *scheduler) takeDecoder() {
	s.mu.Lock()
	s.plain++
	s.mu.Unlock()
	s.moves.Add(1)
}

func (s *scheduler) giveDecoder() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.plain--
	s.serve()
	s.mu.Unlock()
	s.moves.Add(1)
}

// serve lends sessions to those who wait. The caller holds mu.
func (s *scheduler) serve() {
	for len(s.waiting) > 0 && s.room() > 0 {
		s.lendFirst()
	}
}

// lendFirst lends a session to whoever waits for longest. The caller holds mu.
func (s *scheduler) lendFirst() {
	w := s.waiting[0]
	s.waiting = slices.Delete(s.waiting, 0, 1)
	s.lend(w.share)
	close(w.ready)
}

// lend counts a session of h. The caller holds mu.
func (s *scheduler) lend(h *share) {
	s.lent++
	if h.held++; h.held > 1 {
		s.extra++
	} else {
		h.got = time.Now()
		s.holders = append(s.holders, h)
	}
	s.moves.Add(1)
}

// wait queues h for a session.
func (s *scheduler) wait(ctx context.Context, h *share) error {
	s.mu.Lock()
	if h.held > 0 {
		s.mu.Unlock()
		return nil
	}
	if len(s.waiting) == 0 && s.room() > 0 {
		s.lend(h)
		s.mu.Unlock()
		return nil
	}
	w := &waiter{share: h, since: time.Now(), ready: make(chan struct{})}
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()

	tick := time.NewTicker(patience)
	defer tick.Stop()
	moves, moved := s.moves.Load(), w.since
	s.askIdle(w)
	for {
		select {
		case <-w.ready:
			return nil
		case <-ctx.Done():
			s.cancel(w)
			return ctx.Err()
		case now := <-tick.C:
			s.askIdle(w)
			if m := s.moves.Load(); m != moves {
				moves, moved = m, now
			}
			if s.allRest() && now.Sub(w.since) >= stall/4 || now.Sub(moved) >= stall {
				s.unblock(w)
			}
		}
	}
}

// allRest tells whether nobody who has a session uses it, nor will give it up.
func (s *scheduler) allRest() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.holders {
		if h.idleFor() < stall/4 {
			return false
		}
	}
	return true
}

// cancel ends the waiting of w, which may have been served just now.
func (s *scheduler) cancel(w *waiter) {
	s.mu.Lock()
	i := slices.Index(s.waiting, w)
	if i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
	}
	s.mu.Unlock()
	if i < 0 {
		w.share.give()
	}
}

// unblock lends a session beyond the limit, if w is next.
func (s *scheduler) unblock(w *waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) > 0 && s.waiting[0] == w {
		s.lendFirst()
	}
}

// askIdle asks readers that have not worked for a while to give up their sessions, for
// as many as wait. The first of those does it for all.
func (s *scheduler) askIdle(w *waiter) {
	s.mu.Lock()
	need := len(s.waiting)
	if need == 0 || s.waiting[0] != w {
		s.mu.Unlock()
		return
	}
	idle := make([]*share, 0, len(s.holders))
	for _, h := range s.holders {
		if h.idleFor() >= patience {
			idle = append(idle, h)
		}
	}
	s.mu.Unlock()
	for _, h := range idle {
		if need <= 0 {
			return
		}
		if h.park() { // without our lock: it calls give
			need--
		}
	}
}
