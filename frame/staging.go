package frame

import (
	"slices"
	"sync"
)

// staging is a copy in host memory of a frame in device memory.
type staging struct {
	buf   []byte
	frame Frame
}

var stagings = sync.Pool{New: func() any { return new(staging) }}

func (f *Frame) stage() (*staging, error) {
	s := stagings.Get().(*staging)
	s.buf = slices.Grow(s.buf[:0], f.Format.size(f.Width, f.Height))
	s.buf = s.buf[:f.Format.size(f.Width, f.Height)]
	if err := f.download(s.buf); err != nil {
		stagings.Put(s)
		return nil, err
	}
	h := &s.frame
	h.Format, h.Memory, h.Width, h.Height = f.Format, Host, f.Width, f.Height
	h.usePacked(s.buf)
	return s, nil
}

func (s *staging) giveBack() { stagings.Put(s) }

// usePacked points f at planes that lie in buf without padding.
func (f *Frame) usePacked(buf []byte) {
	f.Planes = f.store[:f.Format.Planes()]
	hostPlanes(&f.store, f.Format, f.Width, f.Height, 1)
	f.sliceHost(buf)
}

func (f *Frame) sliceHost(buf []byte) {
	for i := range f.Planes {
		n := f.Planes[i].Shape[0] * f.Planes[i].Pitch
		f.Planes[i].Data, buf = buf[:n], buf[n:] // with the capacity, by which Tensor knows neighbours
	}
}
