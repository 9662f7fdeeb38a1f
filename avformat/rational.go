package avformat

import (
	"math"
	"math/bits"
	"time"
)

// NoPTS is the timestamp or duration that a stream does not say (AV_NOPTS_VALUE).
const NoPTS int64 = math.MinInt64

// TimeBase is the unit of the times of a whole container: microseconds
// (AV_TIME_BASE_Q).
var TimeBase = Rational{1, 1000000}

// A Rational is a fraction: a time base in seconds per tick, a rate, an aspect
// ratio. Den 0, the zero value included, means unknown. Source: AVRational,
// rational.h.
type Rational struct{ Num, Den int }

// Known is false for fractions that say nothing: x/0, 0/x and what is negative.
func (r Rational) Known() bool { return r.Num > 0 && r.Den > 0 }

// Float64 is the fraction's value, 0 if it is not Known.
func (r Rational) Float64() float64 {
	if !r.Known() {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// Duration turns t ticks of time base r into a time.Duration, rounded to nearest.
// NoPTS gives 0; times beyond its range give the range's end.
func (r Rational) Duration(t int64) time.Duration {
	if t == NoPTS {
		return 0
	}
	return time.Duration(Rescale(t, r, Rational{1, int(time.Second)}))
}

// Ticks turns d into ticks of time base r, rounded to nearest.
func (r Rational) Ticks(d time.Duration) int64 {
	return Rescale(int64(d), Rational{1, int(time.Second)}, r)
}

// Rescale turns t from time base from to time base to, with 128-bit arithmetic,
// rounded to nearest and halves away from zero, as av_rescale_q does. NoPTS stays
// NoPTS; what does not fit becomes the nearest int64 that is not NoPTS. With a time
// base that is not Known t is returned as it is.
func Rescale(t int64, from, to Rational) int64 {
	if t == NoPTS || !from.Known() || !to.Known() {
		return t
	}
	neg := t < 0
	if neg {
		t = -t
	}
	// t * (from.Num*to.Den) / (from.Den*to.Num); each factor is below 2^31 when it
	// came from C, so a product fits 64 bits. Larger ones are not exact.
	numHigh, num := bits.Mul64(uint64(from.Num), uint64(to.Den))
	denHigh, den := bits.Mul64(uint64(from.Den), uint64(to.Num))
	if numHigh != 0 || denHigh != 0 {
		return saturate(float64(t)*from.Float64()/to.Float64(), neg)
	}
	hi, lo := bits.Mul64(uint64(t), num)
	var carry uint64
	lo, carry = bits.Add64(lo, den/2, 0)
	hi += carry
	if hi >= den {
		return saturate(math.Inf(1), neg)
	}
	q, _ := bits.Div64(hi, lo, den)
	if q > math.MaxInt64 {
		return saturate(math.Inf(1), neg)
	}
	if neg {
		return -int64(q)
	}
	return int64(q)
}

func saturate(v float64, neg bool) int64 {
	n := int64(math.MaxInt64)
	if v < math.MaxInt64 {
		n = int64(math.Round(v))
	}
	if neg {
		return -n
	}
	return n
}
