package frame

import "fmt"

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
