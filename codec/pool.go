package codec

import (
	"sync"
	"time"
)

const (
	defaultDecoderCache = 4
	// maxIdle is how long an idle session is kept.
	maxIdle = 30 * time.Second
)

// SetDecoderCache sets how many idle decode sessions of the hardware the process
// keeps for later decoders, in all; 0 keeps none. Default: 4. Sessions in a context
// that the caller gave are never kept. Any goroutine may call it.
func SetDecoderCache(n int) {
	sessions.mu.Lock()
	sessions.limit = max(n, 0)
	gone := sessions.shrink(sessions.limit)
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
	sessions.ending.Wait()
}

// sessions is the process's pool of idle sessions.
var sessions = sessionPool{limit: defaultDecoderCache}

// A sessionPool keeps idle sessions, the one used last at the end. Sessions that
// must go end in the background: the driver takes its time.
type sessionPool struct {
	mu     sync.Mutex
	limit  int
	idle   []*decodeSession
	timer  *time.Timer
	ending sync.WaitGroup
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
	p.idle = append(p.idle[:best], p.idle[best+1:]...)
	return s
}

// weight is proportional to the session's memory.
func (s *decodeSession) weight() int { return s.maxWidth * s.maxHeight * s.maxSurfaces }

// give takes an idle session over.
func (p *sessionPool) give(s *decodeSession) {
	p.mu.Lock()
	s.idle = time.Now()
	p.idle = append(p.idle, s)
	gone := p.shrink(p.limit)
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

// shrink removes the sessions that were idle for longest until n are left, and
// counts them as ending. The caller holds mu and passes the result to destroy.
func (p *sessionPool) shrink(n int) []*decodeSession {
	if len(p.idle) <= n {
		return nil
	}
	cut := len(p.idle) - n
	gone := append([]*decodeSession(nil), p.idle[:cut]...)
	rest := copy(p.idle, p.idle[cut:])
	clear(p.idle[rest:])
	p.idle = p.idle[:rest]
	p.ending.Add(cut)
	return gone
}

func (p *sessionPool) destroy(gone []*decodeSession) {
	if len(gone) == 0 {
		return
	}
	go func() {
		for _, s := range gone {
			if err := s.destroy(); err != nil {
				logger().Warn("decode session", "error", err)
			}
			p.ending.Done()
		}
	}()
}
