package frame

import "fmt"

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
