package frame

import (
	"fmt"
	"os"
	"sync"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// Order is how the dimensions of a batch follow each other.
type Order uint8

// Orders: N pictures, C channels, H rows, W columns.
const (
	NCHW Order = iota
	NHWC
)

var orderNames = [...]string{"nchw", "nhwc"}

// String is nchw or nhwc.
func (v Order) String() string { return enumName(orderNames[:], uint8(v), "Order") }

// MarshalText is String.
func (v Order) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is the reverse of String.
func (v *Order) UnmarshalText(text []byte) error {
	for i, n := range orderNames {
		if n == string(text) {
			*v = Order(i)
			return nil
		}
	}
	return fmt.Errorf("frame: no order %q, want nchw or nhwc: %w", text, ErrInvalidConversion)
}

// BatchConfig says what batches are and how pictures become part of them.
type BatchConfig struct {
	Len           int // pictures: N. Default: 1
	Width, Height int // of each, required
	// Channels are RGB24, BGR24, RGBA, BGRA, PackedARGB, PackedABGR or Gray: which
	// there are and in what order. Default: RGB24.
	Channels Format
	Type     DType // default: Uint8
	Order    Order // default: NCHW
	// Max is how many batches of a pool may be in use at a time. Default: no limit.
	Max int
	// Conversion says the rest. Its Width and Height must be unset, or be the batch's.
	Conversion Conversion
}

// A Batch is a tensor of several pictures, N x C x H x W or N x H x W x C, without gaps.
// Put makes a picture of a frame and writes it to its place.
//
// As a Tensor it has one reference; Release gives the memory back to the pool, and
// ReleaseOn as soon as work in a stream is done. Wait orders a consumer after all Puts
// so far. Several goroutines may call Put at a time, for different places.
type Batch struct {
	Tensor
	Slots []Slot // what is where

	pool *BatchPool
}

// A Slot is what a Batch knows of one of its pictures.
type Slot struct {
	Filled   bool
	PTS      int64
	TimeBase Rational
	Index    int // Frame.Index
}

// A Sink takes frames at numbered places: what a decoder fills. A Batch is one.
type Sink interface {
	// Len is the number of places, from 0 on.
	Len() int
	// Put takes f to place i. It does not keep f, which may be released at once.
	Put(i int, f *Frame) error
}

// Len is the number of pictures. (The tensor's count of numbers is Tensor.Len.)
func (b *Batch) Len() int { return len(b.Slots) }

// A BatchPool makes batches of one kind, and takes their memory back. It may be used by
// any number of goroutines.
type BatchPool struct {
	cfg    BatchConfig
	ctx    *cuda.Context // its own reference; nil for host memory
	target target
	bytes  int // of a batch

	pool *pool

	mu      sync.Mutex // held while converting
	closed  bool
	engine  engine
	views   [2]view
	host    []byte         // a picture on its way to the device
	device  cuda.DevicePtr // and from it
	scratch *cuda.Context  // that device is memory of
}

// NewBatchPool makes a pool of batches in device memory of ctx, of which it counts a
// reference, or in host memory if ctx is nil. Errors: ErrInvalidSize,
// ErrInvalidFormat, ErrInvalidConversion, os.ErrClosed.
func NewBatchPool(ctx *cuda.Context, cfg *BatchConfig) (*BatchPool, error) {
	if cfg == nil {
		cfg = &BatchConfig{}
	}
	p := &BatchPool{cfg: *cfg}
	if err := p.configure(); err != nil {
		return nil, err
	}
	if ctx != nil {
		own, err := ctx.Clone()
		if err != nil {
			return nil, err
		}
		p.ctx = own
	}
	where := Host
	if ctx != nil {
		where = Device
	}
	q, err := p.newPool(where)
	if err != nil {
		p.ctx.Close()
		return nil, err
	}
	p.pool = q
	return p, nil
}

// configure checks the configuration and fills in what is not set.
func (p *BatchPool) configure() error {
	c := &p.cfg
	if c.Len == 0 {
		c.Len = 1
	}
	if c.Channels == Unknown {
		c.Channels = RGB24
	}
	v := &c.Conversion
	if c.Width < 1 || c.Height < 1 || c.Len < 1 || c.Width > MaxDimension || c.Height > MaxDimension {
		return fmt.Errorf("frame: batch of %d pictures of %d x %d: %w", c.Len, c.Width, c.Height, ErrInvalidSize)
	}
	if v.Width != 0 && v.Width != c.Width || v.Height != 0 && v.Height != c.Height {
		return fmt.Errorf("frame: batch of %d x %d of pictures of %d x %d: %w", c.Width, c.Height, v.Width, v.Height, ErrInvalidConversion)
	}
	v.Width, v.Height = c.Width, c.Height
	if err := v.check(); err != nil {
		return err
	}
	if c.Type > Float32 || c.Order > NHWC {
		return fmt.Errorf("frame: batch of %v, %v: %w", c.Type, c.Order, ErrInvalidConversion)
	}
	t, err := newTarget(c.Channels, 0)
	if err == nil && (t.yuv || t.kind != kindU8 || c.Channels.Planes() != 1) {
		err = fmt.Errorf("frame: a batch's channels cannot be %v: %w", c.Channels, ErrInvalidFormat)
	}
	if err != nil {
		return err
	}
	t.kind = c.Type.kind()
	t.depth, t.shift = 8, 0
	if c.Type == Uint16 {
		t.depth = 16
	}
	if v.normalises() && !t.kind.float() {
		return fmt.Errorf("frame: batch: mean %v and std %v for %v: %w", v.Mean, v.Std, c.Type, ErrInvalidConversion)
	}
	if c.Order == NCHW {
		t.parts[0].step = 1
	}
	p.target = t
	p.engine = engine{conversion: *v, to: func(Format, int) (target, error) { return p.target, nil }}
	n := int64(c.Width) * int64(c.Height) * int64(t.channels) * int64(c.Type.Size())
	if n > MaxBytes || n*int64(c.Len) > 1<<40 {
		return fmt.Errorf("frame: batch of %d pictures of %d bytes: %w", c.Len, n, ErrInvalidSize)
	}
	p.bytes = int(n) * c.Len
	return nil
}

// slotBytes is the size of one picture.
func (p *BatchPool) slotBytes() int { return p.bytes / p.cfg.Len }

// Config is what the pool was made for, with the defaults filled in.
func (p *BatchPool) Config() BatchConfig { return p.cfg }

// Get returns an empty batch with one reference, whose numbers are what they were. Its
// memory may be written by work put into stream s from now on, or, with nil, at once.
// Errors: ErrExhausted, os.ErrClosed, *cuda.Error.
func (p *BatchPool) Get(s *cuda.Stream) (*Batch, error) {
	f, err := p.pool.get(s)
	if err != nil {
		return nil, err
	}
	if s != nil {
		// For Puts in other streams.
		if err := f.MarkReady(s); err != nil {
			f.Release()
			return nil, err
		}
	}
	b := f.slot.batch
	if b == nil {
		b = p.newBatch(f)
		if !debug {
			f.slot.batch = b
		}
	}
	b.hold = f
	for i := range b.Slots {
		b.Slots[i] = Slot{PTS: NoPTS, Index: -1}
	}
	return b, nil
}

// Wrap returns a batch in memory that the caller gives, as many bytes as Bytes says:
// ptr in device memory, or data in host memory, as the pool's are. Release calls
// release, if that is not nil, when all work named to ReleaseOn is done. Errors:
// ErrInvalidPlane, os.ErrClosed.
func (p *BatchPool) Wrap(ptr cuda.DevicePtr, data []byte, release func()) (*Batch, error) {
	f := &Frame{Format: Gray, Width: 1, Height: 1, Memory: Host}
	f.Planes = f.store[:1]
	f.Planes[0] = Plane{Ptr: ptr, Data: data, Shape: [3]int{1, 1, 1}, Pitch: 1}
	if p.ctx != nil {
		f.Memory, f.ctx = Device, p.ctx
	}
	switch {
	case p.ctx == nil && len(data) < p.bytes:
		return nil, fmt.Errorf("frame: a batch of %d bytes in %d: %w", p.bytes, len(data), ErrInvalidPlane)
	case p.ctx != nil && (ptr == 0 || ptr%cuda.DevicePtr(p.cfg.Type.Size()) != 0):
		return nil, fmt.Errorf("frame: a batch of %v at %#x: %w", p.cfg.Type, uint64(ptr), ErrInvalidPlane)
	}
	if release == nil {
		release = func() {}
	}
	f.Reset(releaseFunc(release))
	return p.newBatch(f), nil
}

// Bytes is the size of a batch.
func (p *BatchPool) Bytes() int { return p.bytes }

// newBatch describes the memory that f stands for.
func (p *BatchPool) newBatch(f *Frame) *Batch {
	c, pl := &p.cfg, &f.Planes[0]
	b := &Batch{pool: p, Slots: make([]Slot, c.Len)}
	for i := range b.Slots {
		b.Slots[i] = Slot{PTS: NoPTS, Index: -1}
	}
	b.Tensor = Tensor{Type: c.Type, Memory: f.Memory, Ptr: pl.Ptr, hold: f}
	if f.Memory == Host {
		b.Data = pl.Data[:p.bytes:p.bytes]
	}
	n := p.target.channels
	if c.Order == NHWC {
		b.setDims([]int{c.Len, c.Height, c.Width, n}, []int{c.Height * c.Width * n, c.Width * n, n, 1})
	} else {
		b.setDims([]int{c.Len, n, c.Height, c.Width}, []int{n * c.Height * c.Width, c.Height * c.Width, c.Width, 1})
	}
	return b
}

// Put is PutOn with the pool's own stream.
func (b *Batch) Put(i int, f *Frame) error { return b.PutOn(i, f, nil) }

// PutOn makes picture i of frame f, in stream s on a device, and notes what it is. f
// may be released at once. A frame in other memory than the batch's is converted where
// it is, and then copied. It does not allocate while frames are alike. Errors:
// ErrReleased, ErrInvalidFormat, ErrInvalidColor, ErrInvalidConversion,
// ErrInvalidPlane, os.ErrClosed, *cuda.Error.
func (b *Batch) PutOn(i int, f *Frame, s *cuda.Stream) error {
	if i < 0 || i >= len(b.Slots) {
		return fmt.Errorf("frame: picture %d of a batch of %d: %w", i, len(b.Slots), os.ErrInvalid)
	}
	if err := b.hold.check("Put"); err != nil {
		return err
	}
	if err := f.convertible("Put"); err != nil {
		return err
	}
	p := b.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return fmt.Errorf("frame: batch pool: %w", os.ErrClosed)
	}
	if _, err := p.engine.prepare(f); err != nil {
		return err
	}
	if err := p.put(b, i, f, s); err != nil {
		return err
	}
	b.Slots[i] = Slot{Filled: true, PTS: f.PTS, TimeBase: f.TimeBase, Index: f.Index}
	return nil
}

// Close frees what the pool made for conversions; nothing can be Put any more. Batches
// that are in use stay valid.
func (p *BatchPool) Close() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	err := p.engine.close()
	if p.scratch != nil {
		if e := p.scratch.Free(p.device); err == nil {
			err = e
		}
		p.scratch.Close()
	}
	if e := p.pool.close(); err == nil {
		err = e
	}
	if p.ctx != nil {
		if e := p.ctx.Close(); err == nil {
			err = e
		}
	}
	return err
}
