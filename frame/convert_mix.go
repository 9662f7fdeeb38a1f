package frame

import "math"

// A mix is one channel of a row.
type mix struct {
	m, r      [4]float32
	low, high float32
	p, q, r2  []float32
	exact     bool
	all       [10]float32 // m, r, low and high, for the vector rows
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
	done := 0
	if along == 1 {
		done = mixBytesVector(d[o:], m, scale)
		o += done
	}
	for i := done; i < len(m.p); i++ {
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
	done := 0
	if along == 2 {
		done = mixHalvesVector(d[o:], m)
		o += 2 * done
	}
	for i := done; i < len(m.p); i++ {
		le.PutUint16(d[o:], float16(m.precise(i)))
		o += along
	}
}

func (m *mix) floats(d []byte, o, along int) {
	done := 0
	if along == 4 {
		done = mixFloatsVector(d[o:], m)
		o += 4 * done
	}
	for i := done; i < len(m.p); i++ {
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
