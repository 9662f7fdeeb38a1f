package frame

import (
	"math"
)

// A view is where a step writes: for each channel the first number, in memory of one
// kind.
type view struct {
	ptr         [4]uint64
	data        [4][]byte
	rowStride   [4]int
	pixelStride int
}

// frameView is the planes of f that a part writes.
func frameView(f *Frame, p *part, k kind) (v view) {
	b := k.bytes()
	v.pixelStride = p.step * b
	for c := range p.channels {
		pl := &f.Planes[p.plane[c]]
		o := int(p.offset[c]) * b
		if k == kindW10 {
			pl, o = &f.Planes[0], 0
		}
		v.rowStride[c] = pl.Pitch
		if f.Memory == Host {
			v.data[c] = pl.Data[o:]
		} else {
			v.ptr[c] = uint64(pl.Ptr) + uint64(o)
		}
	}
	return v
}

// A hostEngine does on the CPU what the kernels do, in the same arithmetic: its
// results are equal to the last bit.
type hostEngine struct {
	buf    []float32
	number []int // of the source's rows in the lines
	lines  [3]lines
	sum    [3][]float32
}

// lines are rows of one component after the horizontal weights, which many rows of
// the result share.
type lines struct {
	rows   []float32 // taps rows of n
	number []int
}

func (h *hostEngine) run(s *step, src *Frame, in *source, k kind, v *view) {
	j := &s.job
	n := int(j.length[0])
	h.reset(j, n)
	pad(j, k, v)
	for b := range int(j.length[1]) {
		for i := range int(j.components) {
			class := min(i, 1)
			x, y := s.tables[class][0], s.tables[class][1]
			first, sum := y.first(b), h.sum[i]
			for t := range y.taps {
				w := y.weight(t, b)
				line := h.line(s, src, in, i, first+t, x)
				if t == 0 && w == 1 {
					copy(sum, line)
					continue
				}
				if t == 0 {
					clear(sum)
				}
				line = line[:len(sum)]
				for a := range sum {
					sum[a] += float32(w * line[a])
				}
			}
		}
		write(s, k, v, b, &h.sum)
	}
}

func (h *hostEngine) reset(j *job, n int) {
	need, rows := 0, 0
	for i := range int(j.components) {
		taps := int(j.taps[min(i, 1)][1])
		need += (taps + 1) * n
		rows += taps
	}
	if cap(h.buf) < need {
		h.buf = make([]float32, need)
	}
	if cap(h.number) < rows {
		h.number = make([]int, rows)
	}
	buf, number := h.buf[:need], h.number[:rows]
	for i := range int(j.components) {
		taps := int(j.taps[min(i, 1)][1])
		l := &h.lines[i]
		l.rows, buf = buf[:taps*n], buf[taps*n:]
		l.number, number = number[:taps], number[taps:]
		h.sum[i], buf = buf[:n], buf[n:]
		for r := range l.number {
			l.number[r] = -1
		}
	}
}

// line is row y of an input, weighted horizontally.
func (h *hostEngine) line(s *step, src *Frame, in *source, i, y int, x *table) []float32 {
	l := &h.lines[i]
	slot := y % len(l.number) // consecutive rows have places of their own
	row := l.rows[slot*x.n:][:x.n]
	if l.number[slot] == y {
		return row
	}
	l.number[slot] = y
	c := s.src[i]
	p := &src.Planes[in.plane[c]]
	data := p.Data[y*p.Pitch:]
	first, step := int(in.offset[c]), int(in.step[c])
	for t := range x.taps {
		switch {
		case t > 0 && in.wide:
			for a := range row {
				k := 2 * (first + step*(x.first(a)+t))
				row[a] += float32(x.weight(t, a) * float32(le.Uint16(data[k:])))
			}
		case t > 0:
			for a := range row {
				row[a] += float32(x.weight(t, a) * float32(data[first+step*(x.first(a)+t)]))
			}
		case in.wide:
			for a := range row {
				row[a] = float32(x.weight(0, a) * float32(le.Uint16(data[2*(first+step*x.first(a)):])))
			}
		default:
			for a := range row {
				row[a] = float32(x.weight(0, a) * float32(data[first+step*x.first(a)]))
			}
		}
	}
	return row
}

// write makes row b of the picture (or column, if it is transposed) from the sums.
func write(s *step, k kind, v *view, b int, sum *[3][]float32) {
	j := &s.job
	for c := range int(j.channels) {
		x, y, along := int(j.left), int(j.top)+b, v.pixelStride
		if j.transpose != 0 {
			x, y, along = int(j.left)+b, int(j.top), v.rowStride[c]
		}
		o := y*v.rowStride[c] + x*v.pixelStride
		m := &mix{m: j.matrix[c], r: j.rest[c], low: j.low[c], high: j.high[c], exact: s.whole}
		m.p, m.q, m.r2 = sum[0], nil, nil
		if j.components > 1 {
			m.q, m.r2 = sum[1], sum[2]
		}
		d := v.data[c]
		switch k {
		case kindU8:
			m.bytes(d, o, along, j.scale)
		case kindU16:
			m.shorts(d, o, along, j.scale, uint(j.shift))
		case kindF16:
			m.halves(d, o, along)
		case kindF32:
			m.floats(d, o, along)
		case kindW10:
			m.words(d, o, along, j.scale, c)
		}
	}
}

// A mix is one channel of a row.
type mix struct {
	m, r      [4]float32
	low, high float32
	p, q, r2  []float32
	exact     bool
}

// colour is kernels/job.h's of the same name.
func (m *mix) colour(i int) float32 {
	var t float32
	if m.exact {
		// Whole numbers of 16 bits times 24 bits: float64 holds product and sum.
		t = m.m[3]
		if m.q != nil {
			t = float32(float64(m.m[2])*float64(m.r2[i]) + float64(t))
			t = float32(float64(m.m[1])*float64(m.q[i]) + float64(t))
		}
		t = float32(float64(m.m[0])*float64(m.p[i]) + float64(t))
	} else {
		t = m.sum(&m.m, i)
	}
	return min(max(t, 0), 1)
}

func (m *mix) sum(k *[4]float32, i int) float32 {
	t := k[3]
	if m.q != nil {
		t = fma32(k[2], m.r2[i], t)
		t = fma32(k[1], m.q[i], t)
	}
	return fma32(k[0], m.p[i], t)
}

// precise is kernels/job.h's of the same name.
func (m *mix) precise(i int) float32 {
	return max(m.low, min(m.high, m.sum(&m.m, i)+m.sum(&m.r, i)))
}

// whole rounds v times scale to the nearest integer, to even between two.
func whole(v, scale float32) uint32 {
	const magic = 1<<52 + 1<<51
	return uint32(math.Float64bits(float64(v)*float64(scale) + magic))
}

func (m *mix) bytes(d []byte, o, along int, scale float32) {
	for i := range m.p {
		d[o] = byte(whole(m.colour(i), scale))
		o += along
	}
}

func (m *mix) shorts(d []byte, o, along int, scale float32, shift uint) {
	for i := range m.p {
		le.PutUint16(d[o:], uint16(whole(m.colour(i), scale)<<shift))
		o += along
	}
}

func (m *mix) halves(d []byte, o, along int) {
	for i := range m.p {
		le.PutUint16(d[o:], float16(m.precise(i)))
		o += along
	}
}

func (m *mix) floats(d []byte, o, along int) {
	for i := range m.p {
		le.PutUint32(d[o:], math.Float32bits(m.precise(i)))
		o += along
	}
}

// words puts one of the three parts of a word; the first puts the others to what a
// word is without them.
func (m *mix) words(d []byte, o, along int, scale float32, c int) {
	shift := 20 - 10*c
	for i := range m.p {
		w := uint32(3) << 30
		if c > 0 {
			w = le.Uint32(d[o:])
		}
		le.PutUint32(d[o:], w|(whole(m.colour(i), scale)&1023)<<shift)
		o += along
	}
}

// fma32 is a*b+c with one rounding.
func fma32(a, b, c float32) float32 {
	p := float64(a) * float64(b) // exact
	z := float64(c)
	s := p + z
	// Rounding to 53 bits and then to 24 may differ from rounding to 24 at once, where
	// s is in the middle of two and was not exact: make its last bit say so.
	zz := s - p
	if e := (p - (s - zz)) + (z - zz); e != 0 {
		if u := math.Float64bits(s); u&1 == 0 {
			if e > 0 == (s > 0) {
				u++
			} else {
				u--
			}
			s = math.Float64frombits(u)
		}
	}
	return float32(s)
}

// float16 rounds to the nearest number of 16 bits, to even between two.
func float16(v float32) uint16 {
	u := math.Float32bits(v)
	sign, a := uint16(u>>16&0x8000), u&0x7fffffff
	switch {
	case a > 0x7f800000:
		return sign | 0x7fff
	case a >= 0x477ff000: // rounds to more than the largest
		return sign | 0x7c00
	case a < 0x38800000: // below the smallest normal number: whole parts of 2^-24
		f := math.Float32frombits(a) + 0.5 // whose last bit is 2^-24
		return sign | uint16(math.Float32bits(f)-math.Float32bits(0.5))
	}
	a += 0xfff + a>>13&1
	return sign | uint16((a-0x38000000)>>13)
}

// pad fills what lies around the picture.
func pad(j *job, k kind, v *view) {
	w, h := int(j.length[0]), int(j.length[1])
	if j.transpose != 0 {
		w, h = h, w
	}
	x0, x1, y0, y1 := int(j.left), int(j.left)+w, int(j.top), int(j.top)+h
	if x0 == 0 && y0 == 0 && x1 == int(j.width) && y1 == int(j.height) {
		return
	}
	for y := range int(j.height) {
		if y < y0 || y >= y1 {
			padRow(j, k, v, y, 0, int(j.width))
			continue
		}
		padRow(j, k, v, y, 0, x0)
		padRow(j, k, v, y, x1, int(j.width))
	}
}

func padRow(j *job, k kind, v *view, y, x0, x1 int) {
	if k == kindW10 {
		w := uint32(3) << 30
		for c := range 3 {
			w |= (whole(j.pad[c], j.scale) & 1023) << (20 - 10*c)
		}
		for x := x0; x < x1; x++ {
			le.PutUint32(v.data[0][y*v.rowStride[0]+x*v.pixelStride:], w)
		}
		return
	}
	for c := range int(j.channels) {
		d := v.data[c]
		o := y*v.rowStride[c] + x0*v.pixelStride
		for x := x0; x < x1; x++ {
			switch k {
			case kindU8:
				d[o] = byte(whole(j.pad[c], j.scale))
			case kindU16:
				le.PutUint16(d[o:], uint16(whole(j.pad[c], j.scale)<<j.shift))
			case kindF16:
				le.PutUint16(d[o:], float16(j.pad[c]))
			case kindF32:
				le.PutUint32(d[o:], math.Float32bits(j.pad[c]))
			}
			o += v.pixelStride
		}
	}
}
