package frame

import (
	"io"
	"slices"
	"sync"
)

// AppendPlanar appends the samples as PlanarFormat: what FFmpeg writes as rawvideo for
// the stream when it decodes it itself. It copies a frame in device memory down and
// waits for that; it does not allocate if dst has room. Errors: as AppendBytes.
func (f *Frame) AppendPlanar(dst []byte) ([]byte, error) {
	to, r, err := f.planar("AppendPlanar")
	if err != nil {
		return dst, err
	}
	if r.same() {
		return f.AppendBytes(dst)
	}
	if f.Memory == Device {
		host, err := f.stage()
		if err != nil {
			return dst, err
		}
		defer host.giveBack()
		f = &host.frame
	}
	n := to.size(f.Width, f.Height)
	dst = slices.Grow(dst, n)
	out := dst[len(dst) : len(dst)+n]
	for i := range to.Planes() {
		row := to.RowBytes(i, f.Width)
		for y := range to.PlaneShape(i, f.Width, f.Height)[0] {
			r.row(out[:row:row], f, i, y, 0)
			out = out[row:]
		}
	}
	return dst[:len(dst)+n], nil
}

// WritePlanar writes the bytes of AppendPlanar to w, which may be a hash, in pieces
// of some 64 KiB. It allocates nothing for each frame. Errors: as AppendBytes, and
// those of w.
func (f *Frame) WritePlanar(w io.Writer) (int64, error) {
	to, r, err := f.planar("WritePlanar")
	if err != nil {
		return 0, err
	}
	if f.Memory == Device {
		host, err := f.stage()
		if err != nil {
			return 0, err
		}
		defer host.giveBack()
		f = &host.frame
	}
	out := pieces{w: w, buf: chunks.Get().(*chunk)}
	defer chunks.Put(out.buf)
	b := to.SampleBytes()
	for i := range to.Planes() {
		shape := to.PlaneShape(i, f.Width, f.Height)
		row := shape[1] * shape[2] * b
		if p := &f.Planes[min(i, len(f.Planes)-1)]; r.same() && p.Pitch == row {
			out.direct(p.Data[:row*shape[0]])
			continue
		}
		for y := range shape[0] {
			for x := 0; x < row && out.err == nil; {
				piece := out.room(row - x)
				r.row(piece, f, i, y, x/b)
				x += len(piece)
			}
		}
	}
	out.flush()
	return out.n, out.err
}

func (f *Frame) planar(op string) (Format, repack, error) {
	if err := f.readable(op); err != nil {
		return Unknown, repack{}, err
	}
	to, err := f.Format.PlanarFormat(f.Depth())
	if err != nil {
		return Unknown, repack{}, err
	}
	r, err := newRepack(f.Format, to, f.Depth())
	return to, r, err
}

const chunkBytes = 64 << 10

type chunk struct{ data [chunkBytes]byte }

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// pieces collects small rows into writes of some size.
type pieces struct {
	w    io.Writer
	buf  *chunk
	used int
	n    int64
	err  error
}

// room is space for n bytes or for what is left of the chunk, at least half of it.
// Both are whole samples, since all before were.
func (p *pieces) room(n int) []byte {
	if p.used+min(n, chunkBytes/2) > chunkBytes {
		p.flush()
	}
	n = min(n, chunkBytes-p.used)
	p.used += n
	return p.buf.data[p.used-n : p.used]
}

func (p *pieces) direct(b []byte) {
	p.flush()
	p.write(b)
}

func (p *pieces) flush() {
	p.write(p.buf.data[:p.used])
	p.used = 0
}

func (p *pieces) write(b []byte) {
	if p.err != nil || len(b) == 0 {
		return
	}
	n, err := p.w.Write(b)
	p.n += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	p.err = err
}
