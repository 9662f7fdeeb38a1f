package frame

import (
	"math"
	"math/bits"
)

// A mix is one channel of a row.
type mix struct {
	m, r      [4]float32
	low, high float32
	p, q, r2  []float32
	// float64 holds all that there is in the sums of m, and of r: then it rounds like a
	// fused multiplication.
	exact, exactRest bool
	all              [10]float32 // m, r, low and high, for the vector rows
	t, u             []float32   // sums
}

// sums are, from result i on, kernels/job.h's sums of m, and of rest if that is asked for.
func (m *mix) sums(i int, rest bool) {
	m.row(m.t[:len(m.p)], &m.m, i, m.exact)
	if rest {
		m.row(m.u[:len(m.p)], &m.r, i, m.exactRest)
	}
}

func (m *mix) row(t []float32, k *[4]float32, from int, exact bool) {
	t, p := t[from:], m.p[from:]
	t = t[:len(p)]
	var q, r []float32
	if m.q != nil {
		q, r = m.q[from:][:len(p)], m.r2[from:][:len(p)]
	}
	if !exact {
		for i := range t {
			v := k[3]
			if q != nil {
				v = fma32(k[1], q[i], fma32(k[2], r[i], v))
			}
			t[i] = fma32(k[0], p[i], v)
		}
		return
	}
	a, b, c, d := float64(k[0]), float64(k[1]), float64(k[2]), float64(k[3])
	switch {
	case q == nil || b == 0 && c == 0:
		for i := range t {
			t[i] = float32(a*float64(p[i]) + d)
		}
	case b == 0:
		for i := range t {
			v := float32(c*float64(r[i]) + d)
			t[i] = float32(a*float64(p[i]) + float64(v))
		}
	case c == 0:
		for i := range t {
			v := float32(b*float64(q[i]) + d)
			t[i] = float32(a*float64(p[i]) + float64(v))
		}
	default:
		for i := range t {
			v := float32(c*float64(r[i]) + d)
			v = float32(b*float64(q[i]) + float64(v))
			t[i] = float32(a*float64(p[i]) + float64(v))
		}
	}
}

// colour is kernels/job.h's of the same name, of a sum.
func colour(t float32) float32 { return min(max(t, 0), 1) }

// precise is kernels/job.h's of the same name, of the sums.
func (m *mix) precise(i int) float32 { return max(m.low, min(m.high, m.t[i]+m.u[i])) }

// exactSum is true if float64 holds every sum of products of k and samples of 0 to top
// that are multiples of 2^grain, and of their rounded parts.
func exactSum(k *[4]float32, grain int, top float64) bool {
	lowest, bound := 1<<20, 0.0
	for i, v := range k {
		if v == 0 {
			continue
		}
		g, b := lowestBit(v), math.Abs(float64(v))
		if i < 3 {
			g, b = g+grain, b*top
		}
		lowest, bound = min(lowest, g), bound+b
	}
	_, e := math.Frexp(bound)
	return e+1-lowest <= 53
}

// lowestBit is the exponent of the last bit of v that is set.
func lowestBit(v float32) int {
	f, e := math.Frexp(float64(v))
	return e - 53 + bits.TrailingZeros64(uint64(math.Abs(math.Ldexp(f, 53))))
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
	m.sums(done, false)
	for i := done; i < len(m.p); i++ {
		d[o] = byte(whole(colour(m.t[i]), scale))
		o += along
	}
}

func (m *mix) shorts(d []byte, o, along int, scale float32, shift uint) {
	m.sums(0, false)
	for i := range m.p {
		le.PutUint16(d[o:], uint16(whole(colour(m.t[i]), scale)<<shift))
		o += along
	}
}

func (m *mix) halves(d []byte, o, along int) {
	done := 0
	if along == 2 {
		done = mixHalvesVector(d[o:], m)
		o += 2 * done
	}
	m.sums(done, true)
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
	m.sums(done, true)
	for i := done; i < len(m.p); i++ {
		le.PutUint32(d[o:], math.Float32bits(m.precise(i)))
		o += along
	}
}

// words puts one of the three parts of a word; the first puts the others to what a
// word is without them.
func (m *mix) words(d []byte, o, along int, scale float32, c int) {
	shift := 20 - 10*c
	m.sums(0, false)
	for i := range m.p {
		w := uint32(3) << 30
		if c > 0 {
			w = le.Uint32(d[o:])
		}
		le.PutUint32(d[o:], w|(whole(colour(m.t[i]), scale)&1023)<<shift)
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
