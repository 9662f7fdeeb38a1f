package avformat

import (
	"encoding/binary"
	"unsafe"
)

// A mover does the conversions that only put samples elsewhere: between planar and
// semi-planar, and between low and high bits. libswscale has them too, but its loops
// for more than 8 bits forget the last chroma column of an odd width, and what it
// does for others differs between releases.
type mover struct {
	info             [2]*PixelFormatInfo // source, destination
	swapped          [2]bool             // semi-planar with V before U
	wide             bool                // 16-bit words, little-endian
	shift            int                 // of a word, to the left if positive
	max              uint16              // with rounding: the largest result; else 0
	width, height    int
	sample, luma     int // bytes of a sample; bytes of a luma row
	chroma, chromaHt int // bytes of a chroma row of one component; chroma rows
}

// newMover is nil when a conversion is more than that.
func newMover(src, dst Image, from, to side) *mover {
	a, b := from.format.Info(), to.format.Info()
	if src.Width != dst.Width || src.Height != dst.Height || from.full != to.full || from.matrix != to.matrix ||
		from.chromaX != to.chromaX || from.chromaY != to.chromaY || a.Log2ChromaW != b.Log2ChromaW || a.Log2ChromaH != b.Log2ChromaH {
		return nil
	}
	m := &mover{info: [2]*PixelFormatInfo{a, b}, width: src.Width, height: src.Height, sample: 1}
	for i, f := range m.info {
		ok, swapped := movable(f)
		if !ok {
			return nil
		}
		m.swapped[i] = swapped
	}
	if m.wide = a.Depth > 8; m.wide != (b.Depth > 8) {
		return nil
	}
	if m.wide {
		m.sample = 2
		up := a.Components[0].Shift
		m.shift = b.Depth - a.Depth + b.Components[0].Shift - up
		if a.Depth > b.Depth {
			if up+b.Components[0].Shift != 0 {
				return nil
			}
			m.max = 1<<b.Depth - 1
		}
	} else if a.Depth != b.Depth {
		return nil
	}
	m.luma = m.width * m.sample
	m.chroma = (m.width + 1<<a.Log2ChromaW - 1) >> a.Log2ChromaW * m.sample
	m.chromaHt = (m.height + 1<<a.Log2ChromaH - 1) >> a.Log2ChromaH
	return m
}

// movable is true for Y, U, V of one depth on three planes, or on two with chroma
// interleaved.
func movable(f *PixelFormatInfo) (ok, swapped bool) {
	if f.RGB || f.Alpha || f.BigEndian || f.Palette || f.Bitstream || f.Hardware || f.Float || len(f.Components) != 3 || f.Depth < 8 || f.Depth > 16 {
		return false, false
	}
	size := (f.Depth + 7) / 8
	y, u, v := f.Components[0], f.Components[1], f.Components[2]
	for _, c := range f.Components {
		if c.Depth != f.Depth || c.Shift != y.Shift || c.Depth+c.Shift > 8*size {
			return false, false
		}
	}
	if y.Plane != 0 || y.Step != size || y.Offset != 0 {
		return false, false
	}
	if f.Planes == 3 {
		return u.Plane == 1 && v.Plane == 2 && u.Step == size && v.Step == size && u.Offset+v.Offset == 0, false
	}
	return f.Planes == 2 && u.Plane == 1 && v.Plane == 1 && u.Step == 2*size && v.Step == 2*size && u.Offset+v.Offset == size, u.Offset > 0
}

type picture struct {
	data   *[4]unsafe.Pointer
	stride *[4]int32
}

func (p picture) row(plane, y, n int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(p.data[plane], y*int(p.stride[plane]))), n)
}

func (m *mover) run(dst, src picture) {
	for y := range m.height {
		m.words(dst.row(0, y, m.luma), src.row(0, y, m.luma))
	}
	n := m.chroma
	in, out := m.info[0].Planes == 3, m.info[1].Planes == 3
	for y := range m.chromaHt {
		switch {
		case in && out:
			m.words(dst.row(1, y, n), src.row(1, y, n))
			m.words(dst.row(2, y, n), src.row(2, y, n))
		case in:
			u, v := src.row(1, y, n), src.row(2, y, n)
			if m.swapped[1] {
				u, v = v, u
			}
			m.interleave(dst.row(1, y, 2*n), u, v)
		case out:
			u, v := dst.row(1, y, n), dst.row(2, y, n)
			if m.swapped[0] {
				u, v = v, u
			}
			m.split(u, v, src.row(1, y, 2*n))
		case m.swapped[0] == m.swapped[1]:
			m.words(dst.row(1, y, 2*n), src.row(1, y, 2*n))
		default:
			m.swap(dst.row(1, y, 2*n), src.row(1, y, 2*n))
		}
	}
}

// word is the conversion of one 16-bit sample.
func (m *mover) word(w uint16) uint16 {
	switch {
	case m.max != 0:
		n := uint(-m.shift)
		return uint16(min((uint32(w)+1<<(n-1))>>n, uint32(m.max)))
	case m.shift >= 0:
		return w << m.shift
	}
	return w >> -m.shift
}

// lanes is word on four samples at once.
func (m *mover) lanes(w uint64) uint64 {
	const ones = 0x0001000100010001
	switch {
	case m.max != 0:
		return uint64(m.word(uint16(w))) | uint64(m.word(uint16(w>>16)))<<16 | uint64(m.word(uint16(w>>32)))<<32 | uint64(m.word(uint16(w>>48)))<<48
	case m.shift >= 0:
		return w << m.shift & (uint64(uint16(0xffff<<m.shift)) * ones)
	}
	return w >> -m.shift & (uint64(0xffff>>-m.shift) * ones)
}

func (m *mover) words(dst, src []byte) {
	if !m.wide || m.shift == 0 {
		copy(dst, src)
		return
	}
	le := binary.LittleEndian
	for len(src) >= 8 && len(dst) >= 8 {
		le.PutUint64(dst, m.lanes(le.Uint64(src)))
		dst, src = dst[8:], src[8:]
	}
	for len(src) >= 2 {
		le.PutUint16(dst, m.word(le.Uint16(src)))
		dst, src = dst[2:], src[2:]
	}
}

func (m *mover) interleave(dst, u, v []byte) {
	le := binary.LittleEndian
	const pairs, bytes = 0x0000ffff0000ffff, 0x00ff00ff00ff00ff
	for len(u) >= 4 && len(v) >= 4 && len(dst) >= 8 {
		a, b := uint64(le.Uint32(u)), uint64(le.Uint32(v))
		a, b = (a|a<<16)&pairs, (b|b<<16)&pairs
		if m.wide {
			a = m.lanes(a | b<<16)
		} else {
			a, b = (a|a<<8)&bytes, (b|b<<8)&bytes
			a |= b << 8
		}
		le.PutUint64(dst, a)
		dst, u, v = dst[8:], u[4:], v[4:]
	}
	for n := m.sample; len(u) >= n; dst, u, v = dst[2*n:], u[n:], v[n:] {
		if m.wide {
			le.PutUint16(dst, m.word(le.Uint16(u)))
			le.PutUint16(dst[2:], m.word(le.Uint16(v)))
		} else {
			dst[0], dst[1] = u[0], v[0]
		}
	}
}

func (m *mover) split(u, v, src []byte) {
	le := binary.LittleEndian
	const pairs, bytes = 0x0000ffff0000ffff, 0x00ff00ff00ff00ff
	for len(src) >= 8 && len(u) >= 4 && len(v) >= 4 {
		w := le.Uint64(src)
		var a, b uint64
		if m.wide {
			w = m.lanes(w)
			a, b = w&pairs, w>>16&pairs
		} else {
			a, b = w&bytes, w>>8&bytes
			a, b = (a|a>>8)&pairs, (b|b>>8)&pairs
		}
		le.PutUint32(u, uint32(a|a>>16))
		le.PutUint32(v, uint32(b|b>>16))
		src, u, v = src[8:], u[4:], v[4:]
	}
	for n := m.sample; len(src) >= 2*n; src, u, v = src[2*n:], u[n:], v[n:] {
		if m.wide {
			le.PutUint16(u, m.word(le.Uint16(src)))
			le.PutUint16(v, m.word(le.Uint16(src[2:])))
		} else {
			u[0], v[0] = src[0], src[1]
		}
	}
}

func (m *mover) swap(dst, src []byte) {
	for n := m.sample; len(src) >= 2*n; dst, src = dst[2*n:], src[2*n:] {
		if m.wide {
			binary.LittleEndian.PutUint16(dst, m.word(binary.LittleEndian.Uint16(src[2:])))
			binary.LittleEndian.PutUint16(dst[2:], m.word(binary.LittleEndian.Uint16(src)))
		} else {
			dst[0], dst[1] = src[1], src[0]
		}
	}
}
