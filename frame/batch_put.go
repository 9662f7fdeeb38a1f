package frame

import (
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// put writes picture i. The pool is locked and the plan made.
func (p *BatchPool) put(b *Batch, i int, f *Frame, s *cuda.Stream) error {
	at, n := i*p.slotBytes(), p.slotBytes()
	switch {
	case f.Memory == Host && b.Memory == Host:
		p.view(0, b.Data[at:at+n])
		return p.engine.run(f, &p.views, nil)
	case f.Memory == Host:
		return p.putUp(b, f, at, n, s)
	}
	d, err := p.engine.on(f.ctx)
	if err != nil {
		return err
	}
	if s == nil {
		s = d.stream
	}
	if b.Memory == Host {
		return p.putDown(b, f, at, n, s)
	}
	if err := b.hold.Wait(s); err != nil { // so that the last mark stands for all
		return err
	}
	p.view(b.Ptr+cuda.DevicePtr(at), nil)
	if err := p.engine.run(f, &p.views, s); err != nil {
		return err
	}
	return b.hold.MarkReady(s)
}

// view points the step at one picture.
func (p *BatchPool) view(ptr cuda.DevicePtr, data []byte) {
	v, c := &p.views[0], &p.cfg
	part := &p.target.parts[0]
	bytes := c.Type.Size()
	row, between, pixel := c.Width, c.Width*c.Height, 1
	if c.Order == NHWC {
		row, between, pixel = c.Width*part.channels, 1, part.channels
	}
	v.pixelStride = pixel * bytes
	for k := range part.channels {
		v.rowStride[k] = row * bytes
		if data != nil {
			v.data[k] = data[k*between*bytes:]
		} else {
			v.ptr[k] = uint64(ptr) + uint64(k*between*bytes)
		}
	}
}

// putUp converts on the CPU and copies to the device.
func (p *BatchPool) putUp(b *Batch, f *Frame, at, n int, s *cuda.Stream) error {
	if cap(p.host) < n {
		p.host = make([]byte, n)
	}
	p.view(0, p.host[:n])
	if err := p.engine.run(f, &p.views, nil); err != nil {
		return err
	}
	if s == nil {
		d, err := p.engine.on(p.ctx)
		if err != nil {
			return err
		}
		s = d.stream
	}
	if err := b.hold.Wait(s); err != nil {
		return err
	}
	// The driver has taken the bytes when this returns.
	if err := s.CopyHtoD(b.Ptr+cuda.DevicePtr(at), p.host[:n]); err != nil {
		return err
	}
	return b.hold.MarkReady(s)
}

// putDown converts on the device and copies to host memory.
func (p *BatchPool) putDown(b *Batch, f *Frame, at, n int, s *cuda.Stream) error {
	if p.scratch == nil || p.scratch.Handle() != f.ctx.Handle() {
		if p.scratch != nil {
			if err := p.scratch.Free(p.device); err != nil {
				return err
			}
			p.scratch.Close()
			p.scratch, p.device = nil, 0
		}
		own, err := f.ctx.Clone()
		if err != nil {
			return err
		}
		if p.device, err = own.Alloc(n); err != nil {
			own.Close()
			return err
		}
		p.scratch = own
	}
	p.view(p.device, nil)
	if err := p.engine.run(f, &p.views, s); err != nil {
		return err
	}
	if err := s.CopyDtoH(b.Data[at:at+n], p.device); err != nil {
		return err
	}
	return s.Synchronize()
}

// newPool makes the pool of the batches' memory. Its frames are one byte large and
// stand for all of a batch.
func (p *BatchPool) newPool(where Memory) (*pool, error) {
	q := &pool{format: Gray, width: 1, height: 1, where: where, max: p.cfg.Max, oldest: true, used: new(atomic.Int64)}
	bytes := p.bytes
	q.alloc = func(q *pool) (*slot, error) {
		sl := &slot{ctx: q.ctx}
		pl := &sl.planes[0]
		*pl = Plane{Shape: [3]int{1, 1, 1}, Pitch: 1}
		if where == Host {
			pl.Data = make([]byte, bytes)
			return sl, nil
		}
		m, err := allocDevice(q.ctx, bytes)
		if err != nil {
			return nil, err
		}
		pl.Ptr = m.ptr
		sl.memory = m
		return sl, nil
	}
	if p.ctx == nil {
		return q, nil
	}
	var err error
	q.ctx, err = p.ctx.Clone()
	return q, err
}
