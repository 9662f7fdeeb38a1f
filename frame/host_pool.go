package frame

import (
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// HostPoolConfig says how a HostPool works. The zero value is right for software
// decoding.
type HostPoolConfig struct {
	// Max is how many frames may be in use at a time; beyond it, Get fails with
	// ErrExhausted. 0 means no limit.
	Max int
	// PageLocked, if not nil, makes the pool's memory page-locked in this context,
	// which makes copies to and from the device two to three times as fast and lets
	// them run beside other work. The pool counts a reference of its own.
	PageLocked *cuda.Context
}

// A HostPool hands out frames of one format and size in host memory and takes their
// memory back when they are released. Rows are padded to 64 bytes.
//
// It may be used by any number of goroutines. When enough frames exist, Get and
// Release do not allocate. It keeps as much memory as was in use at one time during
// the last 256 to 512 Gets; the rest goes back.
type HostPool struct{ pool *pool }

// NewHostPool makes a pool; a nil cfg means the zero HostPoolConfig. Errors:
// ErrInvalidFormat, ErrInvalidSize, os.ErrClosed for a closed context.
func NewHostPool(f Format, width, height int, cfg *HostPoolConfig) (*HostPool, error) {
	if err := f.check(width, height); err != nil {
		return nil, err
	}
	if cfg == nil {
		cfg = &HostPoolConfig{}
	}
	p := &pool{format: f, width: width, height: height, where: Host, max: cfg.Max, used: new(atomic.Int64), alloc: allocHost}
	if cfg.PageLocked != nil {
		ctx, err := cfg.PageLocked.Clone()
		if err != nil {
			return nil, err
		}
		// A reader in a stream is most likely done with what was released first.
		p.ctx, p.oldest, p.alloc = ctx, true, allocPageLocked
	}
	return &HostPool{p}, nil
}

// Get returns a frame with one reference. Its samples are what they were: the
// caller writes all of them. If a reader named by ReleaseOn still uses the memory,
// Get waits for it. Errors: ErrExhausted, os.ErrClosed, *cuda.Error.
func (p *HostPool) Get() (*Frame, error) { return p.pool.get(nil) }

// Fits is true if the pool's frames have this format and size.
func (p *HostPool) Fits(f Format, width, height int) bool {
	return p != nil && p.pool.fits(f, width, height)
}

// Stats are the pool's numbers.
func (p *HostPool) Stats() PoolStats { return p.pool.stats() }

// Trim frees the memory of all idle buffers.
func (p *HostPool) Trim() { p.pool.trim() }

// Close ends the pool. Frames that are in use stay valid, and their memory is freed
// when they are released.
func (p *HostPool) Close() error {
	if p == nil {
		return nil
	}
	return p.pool.close()
}

func (p *pool) fits(f Format, width, height int) bool {
	return p.format == f && p.width == width && p.height == height
}

func allocHost(p *pool) (*slot, error) {
	sl := new(slot)
	n := hostPlanes(&sl.planes, p.format, p.width, p.height, hostAlign)
	sl.setHost(p.format, make([]byte, n))
	return sl, nil
}

type pageLocked struct{ buffer *cuda.HostBuffer }

func (m pageLocked) free() { m.buffer.Close() }

func allocPageLocked(p *pool) (*slot, error) {
	sl := &slot{ctx: p.ctx}
	n := hostPlanes(&sl.planes, p.format, p.width, p.height, hostAlign)
	b, err := p.ctx.AllocHost(n)
	if err != nil {
		return nil, err
	}
	sl.memory = pageLocked{b}
	sl.setHost(p.format, b.Bytes())
	return sl, nil
}
