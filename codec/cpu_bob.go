package codec

import (
	"encoding/binary"
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
)

// bobOutput makes a picture of the first field of interlaced ones: the rows of the second
// are the means of those around them.
type bobOutput struct{ pool *frame.HostPool }

// bob takes over f.
func (o *bobOutput) bob(f *frame.Frame) (*frame.Frame, error) {
	if !f.Interlaced {
		return f, nil
	}
	defer f.Release()
	x := f.Format
	if !x.Planar() && !x.SemiPlanar() || x.BigEndian() || x.Float() {
		return nil, fmt.Errorf("%w: Deinterlace bob of %v on the CPU", ErrUnsupported, x)
	}
	if !o.pool.Fits(x, f.Width, f.Height) {
		o.pool.Close()
		o.pool = nil
		var err error
		if o.pool, err = frame.NewHostPool(x, f.Width, f.Height, nil); err != nil {
			return nil, err
		}
	}
	g, err := o.pool.Get()
	if err != nil {
		return nil, err
	}
	g.CopyProperties(f)
	g.Interlaced, g.TopFieldFirst = false, false
	first := 1
	if f.TopFieldFirst {
		first = 0
	}
	for i := range g.Planes {
		bobPlane(&g.Planes[i], &f.Planes[i], x.SampleBytes(), first)
	}
	return g, nil
}

func bobPlane(dst, src *frame.Plane, sample, first int) {
	rows := src.Shape[0]
	first = min(first, rows-1)
	for y := range rows {
		row := dst.Row(y, sample)
		if y&1 == first&1 {
			copy(row, src.Row(y, sample))
			continue
		}
		above, below := y-1, y+1
		if above < 0 {
			above = below
		}
		if below >= rows {
			below = above
		}
		mean(row, src.Row(above, sample), src.Row(below, sample), sample)
	}
}

// mean rounds up.
func mean(dst, a, b []byte, sample int) {
	a, b = a[:len(dst)], b[:len(dst)]
	if sample == 1 {
		for i := range dst {
			dst[i] = byte((uint(a[i]) + uint(b[i]) + 1) / 2)
		}
		return
	}
	le := binary.LittleEndian
	for i := 0; i+2 <= len(dst); i += 2 {
		le.PutUint16(dst[i:], uint16((uint(le.Uint16(a[i:]))+uint(le.Uint16(b[i:]))+1)/2))
	}
}

func (o *bobOutput) close() error { return o.pool.Close() }
