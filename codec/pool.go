package codec

import (
	"slices"
	"sync"
	"time"

	"github.com/go-nvcodec/nvcodec/cuda"
)

const (
	defaultDecoderCache = 4
	// maxIdle is how long an idle session is kept.
	maxIdle = 30 * time.Second
)

// SetDecoderCache sets how many idle decode sessions of the hardware the process
// keeps for later decoders, in all; 0 keeps none. Default: 4. A configuration that asks
// for more has its way as long as its object lives. Sessions in a context that the
// caller gave are never kept. Any goroutine may call it.
func SetDecoderCache(n int) {
	sessions.mu.Lock()
	sessions.limit = max(n, 0)
	gone := sessions.shrink(sessions.bound())
	sessions.mu.Unlock()
	sessions.destroy(gone)
}

// TrimCache ends all idle decode sessions and returns when they are gone. Idle
// sessions end by themselves after 30 seconds. Any goroutine may call it.
func TrimCache() {
	sessions.mu.Lock()
	gone := sessions.shrink(0)
	sessions.mu.Unlock()
	sessions.destroy(gone)
	sessions.wait()
	unprepare()
}

// sessions is the process's pool of idle sessions.
var sessions = sessionPool{limit: defaultDecoderCache}

// A sessionPool keeps idle sessions, the one used last at the end. Sessions that
// must go end in the background: the driver takes its time.
type sessionPool struct {
	mu     sync.Mutex
	limit  int
	raised []int // by configurations in force
	idle   []*decodeSession
	timer  *time.Timer
	ending int // sessions that go in the background
	making int // sessions that come
	ended  *sync.Cond
}

// bound is how many idle sessions are kept. The caller holds mu.
func (p *sessionPool) bound() int {
	n := p.limit
	for _, r := range p.raised {
		n = max(n, r)
	}
	return n
}

// raise keeps at least n idle sessions until the result is called, once.
func (p *sessionPool) raise(n int) (lower func()) {
	if n <= 0 {
		return func() {}
	}
	p.mu.Lock()
	p.raised = append(p.raised, n)
	p.mu.Unlock()
	return func() {
		p.mu.Lock()
		i := slices.Index(p.raised, n)
		p.raised = slices.Delete(p.raised, i, i+1)
		gone := p.shrink(p.bound())
		p.mu.Unlock()
		p.destroy(gone)
	}
}

// take returns the smallest idle session that can serve, or nil.
func (p *sessionPool) take(key sessionKey, width, height, surfaces int) *decodeSession {
	p.mu.Lock()
	defer p.mu.Unlock()
	best := -1
	for i, s := range p.idle {
		if s.fits(key, width, height, surfaces) && (best < 0 || s.weight() < p.idle[best].weight()) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	s := p.idle[best]
	p.idle = slices.Delete(p.idle, best, best+1)
	return s
}

// fitting counts the idle sessions that can serve as s does.
func (p *sessionPool) fitting(s *decodeSession) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.idle {
		if i.fits(s.key, s.maxWidth, s.maxHeight, s.surfaces) {
			n++
		}
	}
	return n
}

// idleOn counts the idle sessions of a device.
func (p *sessionPool) idleOn(dev cuda.Device) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.idle {
		if s.ctx.Device() == dev {
			n++
		}
	}
	return n
}

// weight is proportional to the session's memory.
func (s *decodeSession) weight() int { return s.maxWidth * s.maxHeight * s.maxSurfaces }

// give takes an idle session over.
func (p *sessionPool) give(s *decodeSession) {
	p.mu.Lock()
	s.idle = time.Now()
	p.idle = append(p.idle, s)
	gone := p.shrink(p.bound())
	if len(p.idle) > 0 && p.timer == nil {
		p.timer = time.AfterFunc(maxIdle, p.expire)
	}
	p.mu.Unlock()
	p.destroy(gone)
}

// expire ends the sessions that nobody wanted.
func (p *sessionPool) expire() {
	p.mu.Lock()
	n := 0
	for n < len(p.idle) && time.Since(p.idle[n].idle) >= maxIdle {
		n++
	}
	gone := p.shrink(len(p.idle) - n)
	p.timer = nil
	if len(p.idle) > 0 {
		p.timer = time.AfterFunc(maxIdle-time.Since(p.idle[0].idle), p.expire)
	}
	p.mu.Unlock()
	p.destroy(gone)
}

// dropLost ends the idle sessions of a device whose context is lost, and returns when they
// are gone: a primary context is made anew if nobody has it any more.
func (p *sessionPool) dropLost(dev cuda.Device) {
	p.mu.Lock()
	var gone []*decodeSession
	p.idle = slices.DeleteFunc(p.idle, func(s *decodeSession) bool {
		if s.ctx.Device() != dev || !s.lost() {
			return false
		}
		gone = append(gone, s)
		return true
	})
	p.ending += len(gone)
	p.mu.Unlock()
	if len(gone) > 0 {
		counters.failures.Add(int64(len(gone)))
		p.destroy(gone)
		p.wait()
	}
}

// shrink removes the sessions that were idle for longest until n are left, and
// counts them as ending. The caller holds mu and passes the result to destroy.
func (p *sessionPool) shrink(n int) []*decodeSession {
	if len(p.idle) <= n {
		return nil
	}
	cut := len(p.idle) - n
	gone := slices.Clone(p.idle[:cut])
	p.idle = slices.Delete(p.idle, 0, cut)
	p.ending += cut
	return gone
}

// evict ends up to n of a device's idle sessions, those that were idle for longest,
// and returns how many. They go in the background.
func (p *sessionPool) evict(dev cuda.Device, n int) int {
	p.mu.Lock()
	var gone []*decodeSession
	p.idle = slices.DeleteFunc(p.idle, func(s *decodeSession) bool {
		if len(gone) == n || s.ctx.Device() != dev {
			return false
		}
		gone = append(gone, s)
		return true
	})
	p.ending += len(gone)
	p.mu.Unlock()
	counters.evictions.Add(int64(len(gone)))
	p.destroy(gone)
	return len(gone)
}

func (p *sessionPool) destroy(gone []*decodeSession) {
	if len(gone) == 0 {
		return
	}
	go func() {
		for _, s := range gone {
			s.destroyLogged()
			p.mu.Lock()
			p.ending--
			if p.ended != nil {
				p.ended.Broadcast()
			}
			p.mu.Unlock()
		}
	}()
}

// abandon ends a session that cannot be used any more, in the background.
func (p *sessionPool) abandon(s *decodeSession) {
	p.mu.Lock()
	p.ending++
	p.mu.Unlock()
	p.destroy([]*decodeSession{s})
}

// wait returns when no session is ending.
func (p *sessionPool) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waitFor(func() bool { return false })
}

// waitFor waits until enough is true, or no session is ending. The caller holds mu.
func (p *sessionPool) waitFor(enough func() bool) {
	if p.ended == nil {
		p.ended = sync.NewCond(&p.mu)
	}
	for p.ending > 0 && !enough() {
		p.ended.Wait()
	}
}

// begin notes that a session is being made, where limit ones may be: those that are
// ending leave room first. made ends it.
func (p *sessionPool) begin(limit int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waitFor(func() bool { return int(counters.open.Load())+p.making < limit })
	p.making++
}

func (p *sessionPool) made() {
	p.mu.Lock()
	p.making--
	p.mu.Unlock()
}

func (s *decodeSession) destroyLogged() {
	if err := s.destroy(); err != nil {
		logger().Warn("decode session", "error", err)
	}
}
