package frame

import (
	"fmt"
	"io"
	"slices"
	"sync"
)

// PlanarFormat is the planar format with the same subsampling and the value in the
// low bits, which is what libavcodec's decoders make where NVDEC makes f: yuv420p of
// NV12, yuv420p10le of P016 with depth 10. Formats that are planar in this sense,
// gray or packed are their own. Error: ErrInvalidFormat if there is none for the
// depth.
func (f Format) PlanarFormat(depth int) (Format, error) {
	l := f.layout()
	if !f.SemiPlanar() && !l.swap && !(l.high && f.Planar()) || l.n == 1 {
		if !f.Valid() {
			return Unknown, fmt.Errorf("frame: %v: %w", f, ErrInvalidFormat)
		}
		return f, nil
	}
	if l.bytes == 1 || !l.high {
		depth = int(l.bits)
	}
	for _, p := range planarFormats {
		if q := p.layout(); int(q.bits) == depth && q.shift == l.shift && q.shiftV == l.shiftV && depth <= int(l.bits) {
			return p, nil
		}
	}
	return Unknown, fmt.Errorf("frame: %v with %d bits has no planar form: %w", f, depth, ErrInvalidFormat)
}

var planarFormats = [...]Format{
	YUV420P, YUV422P, YUV444P,
	YUV420P9, YUV420P10, YUV420P12, YUV420P14, YUV420P16,
	YUV422P9, YUV422P10, YUV422P12, YUV422P14, YUV422P16,
	YUV444P9, YUV444P10, YUV444P12, YUV444P14, YUV444P16,
}

// NativeFormat is the format in which NVDEC gives pictures that libavcodec's decoders
// give in f: NV12 for yuv420p and gray, P016 for yuv420p10le, YUV444 for yuv444p and
// gbrp. ok is false if there is none.
func (f Format) NativeFormat() (n Format, ok bool) {
	l := f.layout()
	planar := f.Planar() && !l.alpha && !l.big && !l.float && l.bytes <= 2
	if !planar && !f.SemiPlanar() {
		return Unknown, false
	}
	high := l.bytes == 2
	pick := func(a, b Format) (Format, bool) {
		if high {
			return b, true
		}
		return a, true
	}
	switch {
	case l.family == FamilyGray, l.shift == 1 && l.shiftV == 1:
		return pick(NV12, P016)
	case l.shift == 1 && l.shiftV == 0:
		return pick(NV16, P216)
	case l.shift == 0 && l.shiftV == 0:
		return pick(YUV444, YUV444P16)
	}
	return Unknown, false
}

// PlanarFormat is the format that AppendPlanar gives: Format.PlanarFormat for the
// frame's depth; gbrp and its kind for 4:4:4 whose matrix is RGB. Error:
// ErrInvalidFormat.
func (f *Frame) PlanarFormat() (Format, error) {
	p, err := f.Format.PlanarFormat(f.Depth())
	if err != nil || f.Color.Resolve(p, f.Height).Matrix != MatrixRGB || p.Family() != FamilyYUV || p.Planes() != 3 {
		return p, err
	}
	for _, g := range [...]Format{GBRP, GBRP9, GBRP10, GBRP12, GBRP14, GBRP16} {
		if g.Bits() == p.Bits() && p.layout().shift == 0 {
			return g, nil
		}
	}
	return p, nil
}

// A repack says how to make the planes of one format of those of another that holds
// the same samples.
type repack struct {
	bits    move
	bytes   int  // of a sample
	swap    bool // U and V change places
	split   bool // interleaved chroma to planes
	merge   bool // planes to interleaved chroma
	neutral bool // there is no chroma: fill in gray
	depth   int
	dstHigh bool
}

// same is true if planes are copied as they are.
func (r *repack) same() bool { return r.bits.none() && !r.swap && !r.split && !r.merge && !r.neutral }

// newRepack is how samples of depth bits go from one format to another.
func newRepack(from, to Format, depth int) (r repack, err error) {
	a, b := from.layout(), to.layout()
	bad := func() (repack, error) {
		return r, fmt.Errorf("frame: %v with %d bits does not repack to %v: %w", from, depth, to, ErrInvalidFormat)
	}
	if !from.Valid() || !to.Valid() {
		return bad()
	}
	r.bytes = int(a.bytes)
	if from == to {
		return r, nil
	}
	yuv := func(f Format, l *layout) bool { return f.SemiPlanar() || f.Planar() }
	gray := a.family == FamilyGray && b.family == FamilyYUV
	if !yuv(from, a) || !yuv(to, b) || a.bytes != b.bytes || a.big != b.big || a.float != b.float || a.float ||
		a.alpha != b.alpha || !gray && (a.shift != b.shift || a.shiftV != b.shiftV || (a.n == 1) != (b.n == 1)) {
		return bad()
	}
	// A value in the low bits means depth bits by its format; in the high bits it may
	// use fewer than the format has.
	if depth < 1 || depth > int(a.bits) || depth > int(b.bits) || !a.high && depth != int(a.bits) && a.bits != 16 ||
		!b.high && depth != int(b.bits) || a.big && (a.high != b.high) {
		return bad()
	}
	r = repack{
		bytes: int(a.bytes), depth: depth, dstHigh: b.high,
		split: from.SemiPlanar() && !to.SemiPlanar(), merge: !from.SemiPlanar() && to.SemiPlanar() && !gray,
		swap: a.swap != b.swap && !gray, neutral: gray,
	}
	r.bits = moveBits(16, false, false)
	if a.bytes == 2 {
		r.bits = moveBits(depth, a.high, b.high)
	}
	return r, nil
}

// row makes bytes of row y of plane i of the new format, from sample column x0 on.
func (r *repack) row(dst []byte, f *Frame, i, y, x0 int) {
	b, wide := r.bytes, r.bytes == 2
	if i > 0 && r.neutral {
		r.fill(dst)
		return
	}
	if i > 0 && r.split {
		src := f.Planes[1].Row(y, b)[2*x0*b:]
		odd := uint(i - 1)
		if r.swap {
			odd ^= 1
		}
		if wide {
			pick16(dst, src, odd, r.bits)
		} else {
			pick8(dst, src, odd)
		}
		return
	}
	if i > 0 && r.merge {
		j, k := 1, 2
		if r.swap {
			j, k = 2, 1
		}
		u, v := f.Planes[j].Row(y, b)[x0*b/2:], f.Planes[k].Row(y, b)[x0*b/2:]
		if wide {
			merge16(dst, u, v, r.bits)
		} else {
			merge8(dst, u, v)
		}
		return
	}
	j := i
	if r.swap && (i == 1 || i == 2) && len(f.Planes) > 2 {
		j = 3 - i
	}
	src := f.Planes[j].Row(y, b)[x0*b:]
	switch {
	case r.swap && i == 1 && len(f.Planes) == 2 && !wide:
		swap8(dst, src)
	case r.bits.none():
		copy(dst, src)
	default:
		shift16(dst, src, r.bits)
	}
}

// fill is chroma of no colour.
func (r *repack) fill(dst []byte) {
	if r.bytes == 1 {
		fill8(dst, 128)
		return
	}
	v := uint16(1) << (r.depth - 1)
	if r.dstHigh {
		v <<= 16 - r.depth
	}
	fill16(dst, v)
}

// RepackTo copies the samples of a frame in host memory to dst, also in host memory
// and of the same size, whose format holds the same samples in another order or in
// other bits: planar or semi-planar, value in the high or low bits, U or V first. Gray
// goes to formats with chroma, whose chroma is then neutral. It copies the properties
// too and sets dst's BitDepth; it does not allocate. Errors: ErrReleased,
// ErrInvalidMemory, ErrInvalidFormat, ErrMismatch, ErrInvalidPlane.
func (f *Frame) RepackTo(dst *Frame) error {
	if err := f.readable("RepackTo"); err != nil {
		return err
	}
	if err := dst.check("RepackTo"); err != nil {
		return err
	}
	if f.Memory != Host || dst.Memory != Host {
		return fmt.Errorf("frame: repack from %v to %v memory: %w", f.Memory, dst.Memory, ErrInvalidMemory)
	}
	if f.Width != dst.Width || f.Height != dst.Height {
		return fmt.Errorf("frame: repack %d x %d to %d x %d: %w", f.Width, f.Height, dst.Width, dst.Height, ErrMismatch)
	}
	r, err := newRepack(f.Format, dst.Format, f.Depth())
	if err != nil {
		return err
	}
	if err := dst.checkPlanes(); err != nil {
		return err
	}
	b := dst.Format.SampleBytes()
	for i := range dst.Planes {
		p := &dst.Planes[i]
		if r.same() {
			copyRows(p, &f.Planes[i], b)
			continue
		}
		for y := range p.Shape[0] {
			r.row(p.Row(y, b), f, i, y, 0)
		}
	}
	depth := f.Depth()
	dst.CopyProperties(f)
	dst.BitDepth = depth
	return nil
}

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

// room is space for n bytes or, if that is too much, for a multiple of 32 bytes.
func (p *pieces) room(n int) []byte {
	if p.used+min(n, chunkBytes/2) > chunkBytes {
		p.flush()
	}
	if left := chunkBytes - p.used; n > left {
		n = left &^ 31
	}
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
	h.Format, h.Memory, h.Width, h.Height, h.BitDepth = f.Format, Host, f.Width, f.Height, f.BitDepth
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
		f.Planes[i].Data, buf = buf[:n:n], buf[n:]
	}
}
