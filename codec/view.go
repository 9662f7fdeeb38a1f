package codec

import (
	"sync"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A viewFrame is a frame whose planes are libavcodec's own buffer, referenced and
// not copied.
type viewFrame struct {
	frame  frame.Frame
	av     *avformat.Frame
	planes [4]frame.Plane
	pool   *viewPool
}

// Recycle implements frame.Owner.
func (v *viewFrame) Recycle(*frame.Frame) { v.pool.put(v) }

// viewOf is libavcodec's own picture behind f; nil where f is none, or where somebody
// has changed what f shows of it.
func viewOf(f *frame.Frame) *avformat.Frame {
	v, ok := f.Owner().(*viewFrame)
	if !ok || f != &v.frame || f.Width != v.av.Width() || f.Height != v.av.Height() || len(f.Planes) != v.av.Planes() {
		return nil
	}
	for i := range f.Planes {
		b := v.av.Plane(i)
		if p := &f.Planes[i]; len(p.Data) != len(b) || len(b) == 0 || &p.Data[0] != &b[0] || p.Pitch != v.av.Linesize(i) {
			return nil
		}
	}
	return v.av
}

// end frees what C holds.
func (v *viewFrame) end() { v.av.Close() }

// A viewPool keeps viewFrames for reuse. It outlives its decoder as long as frames
// are in use.
type viewPool struct {
	mu     sync.Mutex
	free   []*viewFrame
	closed bool
}

func (p *viewPool) get() (*viewFrame, error) {
	p.mu.Lock()
	if n := len(p.free); n > 0 {
		v := p.free[n-1]
		p.free = p.free[:n-1]
		p.mu.Unlock()
		return v, nil
	}
	p.mu.Unlock()
	av, err := avformat.NewFrame()
	if err != nil {
		return nil, err
	}
	return &viewFrame{av: av, pool: p}, nil
}

// put takes a frame back. In debug mode none is used twice, so that every use after
// its release is noticed.
func (p *viewPool) put(v *viewFrame) {
	v.av.Unref()
	v.planes = [4]frame.Plane{}
	p.mu.Lock()
	keep := !p.closed && !frame.Debug()
	if keep {
		p.free = append(p.free, v)
	}
	p.mu.Unlock()
	if !keep {
		v.end()
	}
}

func (p *viewPool) close() {
	p.mu.Lock()
	free := p.free
	p.free, p.closed = nil, true
	p.mu.Unlock()
	for _, v := range free {
		v.end()
	}
}
