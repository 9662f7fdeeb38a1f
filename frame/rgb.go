package frame

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
)

// convert writes opaque or straight-alpha R, G, B, A of 8 bits, or of 16 bits
// big-endian as in image.RGBA64, to rows of pix.
func (f *Frame) convert(pix []byte, stride, outBits int) error {
	l := f.Format.layout()
	read := reader(f.Format)
	if read == nil {
		return fmt.Errorf("frame: no conversion of %v to RGB: %w", f.Format, ErrInvalidFormat)
	}
	c := f.Color.Resolve(f.Format, f.Height)
	depth := f.Depth()
	if l.family == FamilyRGB || l.family == FamilyGray {
		c.Matrix = MatrixRGB // three components, or one for all
	}
	gbr := l.family == FamilyYUV && c.Matrix == MatrixRGB // green, blue, red under the names of Y, U, V
	if l.n == 1 && l.family == FamilyRGB || f.Format == PAL8 || f.Format == MonoBlack || f.Format == MonoWhite {
		c.Range = RangeFull
	}
	if unpacked(f.Format) {
		depth = 8 // the reader has scaled each component
	}
	t, err := c.ToRGB(depth)
	if err != nil {
		return err
	}
	k := t.fixed(1<<outBits - 1)
	w := f.Width
	b := rowBuffers.Get().(*rowBuffer)
	defer rowBuffers.Put(b)
	b.samples = slices.Grow(b.samples[:0], 4*w)[:4*w]
	rows := &b.rows
	*rows = [4][]uint16{b.samples[:w], b.samples[w : 2*w], b.samples[2*w : 3*w], b.samples[3*w:]}
	top := uint16(1<<depth - 1)
	if !l.alpha {
		for x := range rows[3] {
			rows[3][x] = top
		}
	}
	alpha := (1<<outBits - 1) << fraction / int64(top)
	for y := range f.Height {
		read(f, y, rows)
		if gbr {
			rows[0], rows[1], rows[2] = rows[2], rows[0], rows[1]
		}
		dst := pix[y*stride:][:w*outBits/2]
		if c.Matrix == MatrixRGB {
			k.rgbRow(dst, rows, alpha, outBits)
		} else {
			k.yuvRow(dst, rows, alpha, outBits)
		}
	}
	return nil
}

// rowBuffer is a row of components. Its slices are in it since what goes to a reader
// escapes.
type rowBuffer struct {
	samples []uint16
	rows    [4][]uint16
}

var rowBuffers = sync.Pool{New: func() any { return new(rowBuffer) }}

func (k *fixed) yuvRow(dst []byte, rows *[4][]uint16, alpha int64, outBits int) {
	n := len(rows[0])
	ys, us, vs, as := rows[0], rows[1][:n], rows[2][:n], rows[3][:n]
	// In locals, or the compiler reads them again after every store.
	luma, top := k.luma, k.top
	ru, rv, gu, gv, bu, bv := k.m[0][0], k.m[0][1], k.m[1][0], k.m[1][1], k.m[2][0], k.m[2][1]
	const half = 1 << (fraction - 1)
	y0, c0 := half-k.lumaOffset*luma, k.chromaOffset
	if outBits == 8 {
		dst = dst[:4*n]
		for x := range ys {
			y := y0 + int64(ys[x])*luma
			u, v := int64(us[x])-c0, int64(vs[x])-c0
			r := uint32(min(max((y+u*ru+v*rv)>>fraction, 0), 255))
			g := uint32(min(max((y+u*gu+v*gv)>>fraction, 0), 255))
			b := uint32(min(max((y+u*bu+v*bv)>>fraction, 0), 255))
			a := uint32((int64(as[x])*alpha + half) >> fraction)
			le.PutUint32(dst[4*x:4*x+4], r|g<<8|b<<16|a<<24)
		}
		return
	}
	for x := range ys {
		y := y0 + int64(ys[x])*luma
		u, v := int64(us[x])-c0, int64(vs[x])-c0
		r := uint64(min(max((y+u*ru+v*rv)>>fraction, 0), top))
		g := uint64(min(max((y+u*gu+v*gv)>>fraction, 0), top))
		b := uint64(min(max((y+u*bu+v*bv)>>fraction, 0), top))
		a := uint64(k.clamp(int64(as[x]) * alpha))
		binary.BigEndian.PutUint64(dst[8*x:], r<<48|g<<32|b<<16|a)
	}
}

func (k *fixed) rgbRow(dst []byte, rows *[4][]uint16, alpha int64, outBits int) {
	for x := range rows[0] {
		put(dst, x, outBits,
			k.clamp((int64(rows[0][x])-k.lumaOffset)*k.luma),
			k.clamp((int64(rows[1][x])-k.lumaOffset)*k.luma),
			k.clamp((int64(rows[2][x])-k.lumaOffset)*k.luma),
			k.clamp(int64(rows[3][x])*alpha))
	}
}

func put(dst []byte, x, bits int, r, g, b, a int64) {
	if bits == 8 {
		le.PutUint32(dst[4*x:], uint32(r)|uint32(g)<<8|uint32(b)<<16|uint32(a)<<24)
		return
	}
	binary.BigEndian.PutUint64(dst[8*x:], uint64(r)<<48|uint64(g)<<32|uint64(b)<<16|uint64(a))
}

// A rowReader takes row y apart: Y, U, V or R, G, B in rows[0] to rows[2], at full
// width and with the value in the low bits, alpha in rows[3] if there is any.
type rowReader func(f *Frame, y int, rows *[4][]uint16)

func reader(f Format) rowReader {
	l := f.layout()
	switch {
	case l.float, l.family == FamilyOther, !f.Valid():
		return nil
	case l.family == FamilyYUV && l.n > 1:
		return readYUV
	case l.family == FamilyRGB && l.n >= 3:
		return readGBR
	case f == MonoBlack, f == MonoWhite:
		return readMono
	case l.family == FamilyGray:
		return readGray
	case f == PAL8:
		return readPalette
	}
	if _, ok := words[f]; ok {
		return readWord
	}
	if _, ok := orders[f]; ok {
		return readPacked
	}
	return nil
}

// sampler reads samples of one plane's row as numbers.
type sampler struct {
	row  []byte
	wide bool
	big  bool
	down uint8 // from the high bits
}

func (f *Frame) sampler(plane, y int) sampler {
	l := f.Format.layout()
	s := sampler{row: f.Planes[plane].Row(y, int(l.bytes)), wide: l.bytes == 2, big: l.big}
	if l.high {
		s.down = uint8(16-f.Depth()) & 15
	}
	return s
}

// read takes every step-th sample from the first-th on and puts each 1 << repeat times.
func (s sampler) read(dst []uint16, first, step int, repeat uint8) {
	switch {
	case !s.wide && repeat == 0 && step == 1:
		for x, v := range s.row[first:][:len(dst)] {
			dst[x] = uint16(v)
		}
	case !s.wide && repeat == 1:
		for x, i := 0, first; x < len(dst); x, i = x+2, i+step {
			v := uint16(s.row[i])
			if dst[x] = v; x+1 < len(dst) {
				dst[x+1] = v
			}
		}
	case !s.wide:
		for x := range dst {
			dst[x] = uint16(s.row[first+step*(x>>repeat)])
		}
	case !s.big && repeat == 0 && step == 1:
		row := s.row[2*first:][:2*len(dst)]
		for x := range dst {
			dst[x] = le.Uint16(row[2*x:]) >> (s.down & 15)
		}
	case !s.big && repeat == 1:
		for x, i := 0, 2*first; x < len(dst); x, i = x+2, i+2*step {
			v := le.Uint16(s.row[i:]) >> (s.down & 15)
			if dst[x] = v; x+1 < len(dst) {
				dst[x+1] = v
			}
		}
	case s.big:
		for x := range dst {
			dst[x] = binary.BigEndian.Uint16(s.row[2*(first+step*(x>>repeat)):]) >> s.down
		}
	default:
		for x := range dst {
			dst[x] = le.Uint16(s.row[2*(first+step*(x>>repeat)):]) >> s.down
		}
	}
}

func readYUV(f *Frame, y int, rows *[4][]uint16) {
	l := f.Format.layout()
	f.sampler(0, y).read(rows[0], 0, 1, 0)
	u, v := 1, 2
	if l.swap {
		u, v = 2, 1
	}
	cy := y >> l.shiftV
	if l.n == 2 {
		s := f.sampler(1, cy)
		s.read(rows[u], 0, 2, l.shift)
		s.read(rows[v], 1, 2, l.shift)
		return
	}
	f.sampler(1, cy).read(rows[u], 0, 1, l.shift)
	f.sampler(2, cy).read(rows[v], 0, 1, l.shift)
	if l.alpha {
		f.sampler(3, y).read(rows[3], 0, 1, 0)
	}
}

func readGBR(f *Frame, y int, rows *[4][]uint16) {
	for plane, component := range [...]int{1, 2, 0, 3} {
		if plane < f.Format.Planes() {
			f.sampler(plane, y).read(rows[component], 0, 1, 0)
		}
	}
}

func readGray(f *Frame, y int, rows *[4][]uint16) {
	s := f.sampler(0, y)
	step := int(f.Format.layout().plane[0].n)
	s.read(rows[0], 0, step, 0)
	if step == 2 {
		s.read(rows[3], 1, step, 0)
	}
	copy(rows[1], rows[0])
	copy(rows[2], rows[0])
}

func readMono(f *Frame, y int, rows *[4][]uint16) {
	row := f.Planes[0].Row(y, 1)
	invert := f.Format == MonoWhite
	for x := range rows[0] {
		var v uint16
		if row[x>>3]>>(7-x&7)&1 == 1 != invert {
			v = 1
		}
		rows[0][x], rows[1][x], rows[2][x] = v, v, v
	}
}

func readPalette(f *Frame, y int, rows *[4][]uint16) {
	palette := f.Planes[1].Data
	for x, i := range f.Planes[0].Row(y, 1) {
		c := palette[4*int(i):][:4]
		rows[2][x], rows[1][x], rows[0][x], rows[3][x] = uint16(c[0]), uint16(c[1]), uint16(c[2]), uint16(c[3])
	}
}

// orders gives, for packed formats of several equal samples, the position of R, G,
// B, A or of Y, U, V, A in a group; 4:2:2 groups have a second Y two after the first.
var orders = map[Format][4]int{
	RGB24: {0, 1, 2, -1}, BGR24: {2, 1, 0, -1}, RGB48: {0, 1, 2, -1}, RGB48BE: {0, 1, 2, -1}, BGR48: {2, 1, 0, -1},
	RGBA: {0, 1, 2, 3}, BGRA: {2, 1, 0, 3}, PackedARGB: {1, 2, 3, 0}, PackedABGR: {3, 2, 1, 0},
	RGBX: {0, 1, 2, -1}, BGRX: {2, 1, 0, -1}, XRGB: {1, 2, 3, -1}, XBGR: {3, 2, 1, -1},
	RGBA64: {0, 1, 2, 3}, RGBA64BE: {0, 1, 2, 3}, BGRA64: {2, 1, 0, 3},
	YUYV422: {0, 1, 3, -1}, YVYU422: {0, 3, 1, -1}, UYVY422: {1, 0, 2, -1}, Y210: {0, 1, 3, -1}, Y212: {0, 1, 3, -1},
	AYUV: {1, 2, 3, 0}, AYUV64: {1, 2, 3, 0}, UYVA: {1, 0, 2, 3}, VUYA: {2, 1, 0, 3}, VUYX: {2, 1, 0, -1},
	VYU444: {1, 2, 0, -1}, XV36: {1, 0, 2, -1},
}

func readPacked(f *Frame, y int, rows *[4][]uint16) {
	order := orders[f.Format]
	l := f.Format.layout()
	s := f.sampler(0, y)
	n := int(l.plane[0].n)
	for c, at := range order {
		switch {
		case at < 0:
		case c == 0 && l.plane[0].h == 1:
			s.read(rows[c], at, 2, 0)
		default:
			s.read(rows[c], at, n, l.plane[0].h)
		}
	}
}

// A wordLayout places components in a word: shift and bits of R, G, B (or Y, U, V).
type wordLayout [3][2]uint8

var words = map[Format]wordLayout{
	ARGB10: {{20, 10}, {10, 10}, {0, 10}}, ABGR10: {{0, 10}, {10, 10}, {20, 10}},
	RGB565: {{11, 5}, {5, 6}, {0, 5}}, BGR565: {{0, 5}, {5, 6}, {11, 5}},
	RGB555: {{10, 5}, {5, 5}, {0, 5}}, BGR555: {{0, 5}, {5, 5}, {10, 5}},
	RGB444: {{8, 4}, {4, 4}, {0, 4}}, BGR444: {{0, 4}, {4, 4}, {8, 4}},
	RGB8: {{5, 3}, {2, 3}, {0, 2}}, BGR8: {{0, 3}, {3, 3}, {6, 2}},
	RGB4Byte: {{3, 1}, {1, 2}, {0, 1}}, BGR4Byte: {{0, 1}, {1, 2}, {3, 1}},
	XV30: {{10, 10}, {0, 10}, {20, 10}}, V30X: {{12, 10}, {2, 10}, {22, 10}},
}

// unpacked is true for formats whose components differ in width, which are scaled to
// 8 bits when they are read.
func unpacked(f Format) bool { _, ok := words[f]; return ok && f.Bits() < 8 }

func readWord(f *Frame, y int, rows *[4][]uint16) {
	l, bytes, scale := words[f.Format], f.Format.SampleBytes(), unpacked(f.Format)
	row := f.Planes[0].Row(y, bytes)
	for x := range rows[0] {
		v := uint32(row[x*bytes])
		switch bytes {
		case 2:
			v = uint32(le.Uint16(row[2*x:]))
		case 4:
			v = le.Uint32(row[4*x:])
		}
		for c, p := range l {
			top := uint32(1)<<p[1] - 1
			s := v >> p[0] & top
			if scale {
				s = (s*255 + top/2) / top
			}
			rows[c][x] = uint16(s)
		}
	}
}
