package frame

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveBuffers = live.NewKind("frame.Buffer")

// ErrExhausted: a pool has handed out as many frames as it may.
var ErrExhausted = errors.New("all frames of the pool are in use: release some")

// trimWindow is the number of Gets over which a pool looks for its highest use.
const trimWindow = 256

// memory is where the pixels of a slot lie and how to give it back. It refers to
// nothing of the pool, so that it can be freed when slot and pool were forgotten.
type memory interface{ free() }

// pool is what HostPool and DevicePool share. It keeps as many idle slots as were
// lately in use at the same time; what is over goes back.
type pool struct {
	format        Format
	width, height int
	where         Memory
	ctx           *cuda.Context // the pool's own reference; nil for plain host memory
	max           int
	oldest        bool // hand out the slot that was released first
	alloc         func(p *pool) (*slot, error)

	// used is apart from the pool, since forgotten frames are counted off when neither
	// is reachable.
	used *atomic.Int64

	mu           sync.Mutex
	free         []*slot // free[head:] is idle
	head         int
	slots        int // all, in use or idle
	closed       bool
	gets         int
	peak, before int // highest use in this window and in the last
}

func (p *pool) get(s *cuda.Stream) (*Frame, error) {
	sl, err := p.take()
	if err != nil {
		return nil, err
	}
	if sl == nil {
		if sl, err = p.grow(); err != nil {
			p.used.Add(-1)
			p.gone()
			return nil, err
		}
	} else if err := sl.idle(s); err != nil {
		p.drop(sl)
		p.used.Add(-1)
		return nil, fmt.Errorf("frame: wait for a buffer's last reader: %w", err)
	}
	f := sl.frame
	if f == nil {
		f = &Frame{slot: sl}
		if !debug {
			sl.frame = f
		}
	}
	f.Format, f.Width, f.Height, f.Memory, f.ctx = p.format, p.width, p.height, p.where, sl.ctx
	f.usePlanes(sl.planes[:p.format.Planes()])
	f.Reset((*recycler)(p))
	return f, nil
}

// take counts a frame as used and returns an idle slot if there is one.
func (p *pool) take() (*slot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, fmt.Errorf("frame: pool: %w", os.ErrClosed)
	}
	used := int(p.used.Load())
	if p.max > 0 && used >= p.max {
		return nil, fmt.Errorf("frame: pool of %d: %w", p.max, ErrExhausted)
	}
	p.used.Add(1)
	if p.gets++; p.gets == trimWindow {
		p.gets, p.before, p.peak = 0, p.peak, 0
	}
	p.peak = max(p.peak, used+1)
	if len(p.free) == p.head {
		p.slots++ // before it exists, so that close leaves the context to it
		return nil, nil
	}
	if p.oldest {
		sl := p.free[p.head]
		p.free[p.head] = nil
		p.head++
		return sl, nil
	}
	last := len(p.free) - 1
	sl := p.free[last]
	p.free[last] = nil
	p.free = p.free[:last]
	return sl, nil
}

func (p *pool) grow() (*slot, error) {
	sl, err := p.alloc(p)
	if err != nil {
		return nil, err
	}
	liveBuffers.Add()
	// The net under a frame that nobody released.
	sl.cleanup = runtime.AddCleanup(sl, orphan.free, orphan{sl.memory, p.used})
	return sl, nil
}

// orphan is what a forgotten slot leaves. It must not refer to the slot or the pool.
type orphan struct {
	memory memory
	used   *atomic.Int64
}

func (o orphan) free() {
	o.used.Add(-1)
	if o.memory != nil {
		o.memory.free()
	}
	liveBuffers.Done()
}

// recycler is the pool as an Owner, which is no business of its users.
type recycler pool

func (r *recycler) Recycle(f *Frame) {
	p, sl := (*pool)(r), f.slot
	if debug {
		f.Planes, f.slot, f.store = nil, nil, [4]Plane{} // a late use fails
	}
	p.mu.Lock()
	used := int(p.used.Add(-1))
	keep := !p.closed && !sl.bad && len(p.free)-p.head+used+1 <= max(p.peak, p.before)
	if keep {
		p.push(sl)
	}
	p.mu.Unlock()
	if !keep {
		p.drop(sl)
	}
}

// push moves the idle slots to the front when the slice is full, so that it does
// not grow while slots wander through it.
func (p *pool) push(sl *slot) {
	if p.head > 0 && len(p.free) == cap(p.free) {
		n := copy(p.free, p.free[p.head:])
		clear(p.free[n:])
		p.free, p.head = p.free[:n], 0
	}
	p.free = append(p.free, sl)
}

// drop gives a slot's memory back.
func (p *pool) drop(sl *slot) {
	sl.cleanup.Stop()
	if sl.memory != nil {
		// Device memory is freed by the driver after all work. Page-locked memory is not.
		if p.where == Host {
			if err := sl.idle(nil); err != nil || sl.bad {
				_ = sl.ctx.Synchronize()
			}
		}
		sl.memory.free()
	}
	sl.closeEvents()
	liveBuffers.Done()
	p.gone()
}

// gone counts off a slot; the last one of a closed pool lets the context go.
func (p *pool) gone() {
	p.mu.Lock()
	p.slots--
	last := p.closed && p.slots == 0
	p.mu.Unlock()
	if last {
		p.ctx.Close()
	}
}

func (p *pool) trim() {
	p.mu.Lock()
	idle := p.free[p.head:]
	p.free, p.head = nil, 0
	p.mu.Unlock()
	for _, sl := range idle {
		p.drop(sl)
	}
}

func (p *pool) close() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	again := p.closed
	p.closed = true
	none := p.slots == 0
	p.mu.Unlock()
	if again {
		return nil
	}
	p.trim()
	if none {
		return p.ctx.Close()
	}
	return nil
}

// PoolStats are a pool's numbers at one moment.
type PoolStats struct {
	Used int // frames handed out and not released
	Idle int // buffers that wait for use
}

func (p *pool) stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return PoolStats{Used: int(p.used.Load()), Idle: len(p.free) - p.head}
}
