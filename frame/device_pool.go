package frame

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// DevicePoolConfig says how a DevicePool works.
type DevicePoolConfig struct {
	// Max is how many frames may be in use at a time; beyond it, Get fails with
	// ErrExhausted. 0 means no limit but the device's memory.
	Max int
	// Pitch is the length of a luma row in bytes with its padding. 0 means the row
	// rounded up to 512 bytes, as NVDEC's surfaces have.
	Pitch int
}

// A DevicePool hands out frames of one format and size in device memory and takes
// their memory back when they are released. Each frame is one allocation with the
// planes as DevicePlanes lays them out.
//
// It may be used by any number of goroutines. When enough frames exist, Get and
// Release neither allocate nor call the driver's allocator. It keeps as much memory
// as was in use at one time during the last 256 to 512 Gets; the rest goes back,
// which makes the driver wait for the device.
type DevicePool struct {
	pool  *pool
	pitch int
}

// NewDevicePool makes a pool of memory in ctx, of which it counts a reference of its
// own; a nil cfg means the zero DevicePoolConfig. Errors: ErrInvalidFormat,
// ErrInvalidSize, os.ErrClosed for a closed context.
func NewDevicePool(ctx *cuda.Context, f Format, width, height int, cfg *DevicePoolConfig) (*DevicePool, error) {
	if cfg == nil {
		cfg = &DevicePoolConfig{}
	}
	if _, _, err := DevicePlanes(nil, f, 0, cfg.Pitch, width, height); err != nil {
		return nil, err
	}
	if ctx == nil {
		return nil, fmt.Errorf("frame: device pool without a CUDA context: %w", os.ErrInvalid)
	}
	ctx, err := ctx.Clone()
	if err != nil {
		return nil, err
	}
	p := &DevicePool{pitch: cfg.Pitch}
	p.pool = &pool{format: f, width: width, height: height, where: Device, ctx: ctx, max: cfg.Max, oldest: true,
		used: new(atomic.Int64), alloc: p.alloc}
	return p, nil
}

// Get returns a frame with one reference, whose memory may be written by work that
// is put into stream s from now on: s is made to wait for the readers that
// ReleaseOn named. With a nil s, Get itself waits for them. Errors: ErrExhausted,
// os.ErrClosed, *cuda.Error.
func (p *DevicePool) Get(s *cuda.Stream) (*Frame, error) { return p.pool.get(s) }

// Fits is true if the pool's frames have this format and size.
func (p *DevicePool) Fits(f Format, width, height int) bool {
	return p != nil && p.pool.fits(f, width, height)
}

// Stats are the pool's numbers.
func (p *DevicePool) Stats() PoolStats { return p.pool.stats() }

// Trim frees the memory of all idle buffers.
func (p *DevicePool) Trim() { p.pool.trim() }

// Close ends the pool. Frames that are in use stay valid, and their memory is freed
// when they are released.
func (p *DevicePool) Close() error {
	if p == nil {
		return nil
	}
	return p.pool.close()
}

type deviceMemory struct {
	ctx *cuda.Context // a reference of its own: a Hold outlives the pool
	ptr cuda.DevicePtr
}

func allocDevice(ctx *cuda.Context, n int) (deviceMemory, error) {
	own, err := ctx.Clone()
	if err != nil {
		return deviceMemory{}, err
	}
	p, err := own.Alloc(n)
	if err != nil {
		own.Close()
		return deviceMemory{}, err
	}
	return deviceMemory{own, p}, nil
}

func (m deviceMemory) free() {
	_ = m.ctx.Free(m.ptr)
	m.ctx.Close()
}

func (p *DevicePool) alloc(q *pool) (*slot, error) {
	sl := &slot{ctx: q.ctx}
	planes, n, err := DevicePlanes(sl.planes[:0], q.format, 0, p.pitch, q.width, q.height)
	if err != nil {
		return nil, err
	}
	m, err := allocDevice(q.ctx, n)
	if err != nil {
		return nil, err
	}
	for i := range planes {
		planes[i].Ptr += m.ptr
	}
	sl.memory = newHeldMemory(m)
	return sl, nil
}
