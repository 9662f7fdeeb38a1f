package codec

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A reader for tests counts how many sessions all of them have.
type testReader struct {
	mu    sync.Mutex // held while it works
	share *share
	used  *atomic.Int64
	gave  atomic.Int64 // times it was asked while it rested
}

func newTestReader(s *scheduler, used *atomic.Int64) *testReader {
	r := &testReader{used: used}
	r.share = newShare(r.park)
	r.share.bind(s)
	return r
}

func (r *testReader) park() bool {
	if !r.mu.TryLock() {
		return false
	}
	defer r.mu.Unlock()
	if r.share.sessions() == 0 {
		return false
	}
	r.gave.Add(1)
	r.giveAll()
	return true
}

func (r *testReader) giveAll() {
	for r.share.sessions() > 0 {
		r.share.give()
	}
}

// work does a piece of work with one session.
func (r *testReader) work(ctx context.Context, t *testing.T, limit int, work func()) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.share.acquire(ctx); err != nil {
		return err
	}
	if n := r.used.Add(1); n > int64(limit) {
		t.Errorf("%d sessions at work, limit %d", n, limit)
	}
	work()
	r.share.moved()
	r.used.Add(-1)
	if r.share.rest() {
		r.giveAll()
	}
	return nil
}

// A hundred readers, each with its goroutine, share eight sessions and all finish.
func TestSchedulerManyReaders(t *testing.T) {
	testutils.Watchdog(t, time.Minute)
	s := &scheduler{limit: 8}
	var used atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := newTestReader(s, &used)
			defer r.share.leave()
			for range 10 {
				if err := r.work(t.Context(), t, 8, func() { time.Sleep(time.Millisecond) }); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	s.check(t)
}

// One goroutine works with more readers than there are sessions, in turn: those that
// rest give theirs up.
func TestSchedulerOneGoroutine(t *testing.T) {
	testutils.Watchdog(t, time.Minute)
	s := &scheduler{limit: 4}
	var used atomic.Int64
	readers := make([]*testReader, 12)
	for i := range readers {
		readers[i] = newTestReader(s, &used)
	}
	for range 3 {
		for _, r := range readers {
			require.NoError(t, r.work(t.Context(), t, 4, func() {}))
			require.LessOrEqual(t, s.inUse(), 4)
		}
	}
	asked := int64(0)
	for _, r := range readers {
		asked += r.gave.Load()
		r.share.leave()
	}
	require.Positive(t, asked)
	s.check(t)
}

// A reader that waits can be told to stop, and leaves nothing behind.
func TestSchedulerCancel(t *testing.T) {
	s := &scheduler{limit: 1}
	a, b := newShare(nil), newShare(nil)
	a.bind(s)
	b.bind(s)
	require.NoError(t, a.acquire(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() { got <- b.acquire(ctx) }()
	require.Eventually(t, a.wanted, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-got, context.Canceled)
	require.False(t, a.wanted())
	require.ErrorIs(t, b.acquire(ctx), context.Canceled)
	a.leave()
	require.NoError(t, b.acquire(t.Context()))
	require.Equal(t, 1, s.inUse())
	b.leave()
	s.check(t)
}

// Readers get their first session before others get further ones.
func TestSchedulerExtra(t *testing.T) {
	s := &scheduler{limit: 4}
	a, b, c := newShare(nil), newShare(nil), newShare(nil)
	for _, h := range []*share{a, b, c} {
		h.bind(s)
	}
	dec := &Decoder{}
	require.False(t, a.more(time.Hour, dec), "not without a first one")
	require.NoError(t, a.acquire(t.Context()))
	require.False(t, a.more(0, dec), "no work")
	for range 3 {
		require.True(t, a.more(time.Hour, dec))
	}
	require.False(t, a.more(time.Hour, dec), "the limit")
	got := make(chan error, 1)
	go func() { got <- b.acquire(t.Context()) }()
	require.Eventually(t, a.wanted, 10*time.Second, time.Millisecond)
	a.give()
	require.NoError(t, <-got)
	require.False(t, a.wanted(), "all have one")
	require.False(t, b.wanted())
	go func() { got <- c.acquire(t.Context()) }()
	require.Eventually(t, a.wanted, 10*time.Second, time.Millisecond)
	require.False(t, b.wanted(), "while others have several")
	a.give()
	require.NoError(t, <-got)
	for _, h := range []*share{a, b, c} {
		h.leave()
	}
	s.check(t)
}

// Decoders that programs make themselves get a session at once and leave less to
// readers, but not nothing.
func TestSchedulerPlain(t *testing.T) {
	s := &scheduler{limit: 4}
	for range 10 {
		s.takeDecoder()
	}
	a, b := newShare(nil), newShare(nil)
	a.bind(s)
	b.bind(s)
	require.NoError(t, a.acquire(t.Context()))
	require.NoError(t, b.acquire(t.Context()))
	require.Equal(t, 12, s.inUse())
	require.False(t, a.more(time.Hour, &Decoder{}))
	for range 10 {
		s.giveDecoder()
	}
	require.True(t, a.more(time.Hour, &Decoder{}))
	a.leave()
	b.leave()
	s.check(t)
}

// When everybody who has a session waits for something else, the next one is not
// kept waiting.
func TestSchedulerStall(t *testing.T) {
	testutils.Watchdog(t, time.Minute)
	s := &scheduler{limit: 1}
	a, b := newShare(nil), newShare(func() bool { return false })
	a.bind(s)
	b.bind(s)
	require.NoError(t, a.acquire(t.Context()))
	require.NoError(t, b.acquire(t.Context()), "a does nothing, but does not rest either")
	a.leave()
	b.leave()
	s.check(t)
}

// On the CPU, and where the engine is not known yet, there is nothing to wait for.
func TestSchedulerNone(t *testing.T) {
	h := newShare(nil)
	require.NoError(t, h.acquire(t.Context()))
	require.True(t, h.more(time.Second, &Decoder{}))
	require.False(t, h.wanted())
	s := &scheduler{limit: 2}
	h.bind(s) // in the middle of the work
	require.Equal(t, 1, s.inUse())
	require.NoError(t, h.acquire(t.Context()))
	require.Equal(t, 1, s.inUse())
	require.False(t, h.rest())
	h.leave()
	s.check(t)
	(*share)(nil).leave()
}

// check finds all given back.
func (s *scheduler) check(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Zero(t, s.lent)
	require.Zero(t, s.extra)
	require.Zero(t, s.plain)
	require.Empty(t, s.waiting)
	require.Empty(t, s.holders)
}
