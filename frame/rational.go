package frame

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// NoPTS is the timestamp of what has none. It is FFmpeg's AV_NOPTS_VALUE.
const NoPTS = math.MinInt64

// ErrInvalidRational: a number that is not a ratio, or one with denominator 0.
var ErrInvalidRational = errors.New("invalid rational number")

// Rational is an exact ratio: a time base (seconds a tick), a frame rate, an aspect
// ratio. The zero value, like every ratio with denominator 0, is not valid.
type Rational struct{ Num, Den int }

// Rounding says which integer stands for a ratio between two of them.
type Rounding uint8

// Roundings; the names in brackets are FFmpeg's.
const (
	RoundNearest Rounding = iota // half away from zero (AV_ROUND_NEAR_INF)
	RoundDown                    // towards minus infinity (AV_ROUND_DOWN)
	RoundUp                      // towards plus infinity (AV_ROUND_UP)
	RoundZero                    // towards zero (AV_ROUND_ZERO)
)

// Valid is true if the denominator is not 0.
func (r Rational) Valid() bool { return r.Den != 0 }

// Float64 is the nearest float64; NaN or an infinity if the denominator is 0.
func (r Rational) Float64() float64 { return float64(r.Num) / float64(r.Den) }

// Inv is 1/r.
func (r Rational) Inv() Rational { return Rational{r.Den, r.Num} }

// Reduce divides out common factors and makes the denominator positive.
func (r Rational) Reduce() Rational {
	n, d := abs(int64(r.Num)), abs(int64(r.Den))
	g := gcd(n, d)
	if g == 0 {
		return r
	}
	n, d = n/g, d/g
	if n > math.MaxInt || d > math.MaxInt {
		return r // the lowest int has no positive twin
	}
	s := Rational{int(n), int(d)}
	if (r.Num < 0) != (r.Den < 0) {
		s.Num = -s.Num
	}
	return s
}

// Cmp is -1, 0 or 1 as r is less than, equal to or greater than s, exactly. Both
// must be valid.
func (r Rational) Cmp(s Rational) int {
	neg := func(r Rational) bool { return (r.Num < 0) != (r.Den < 0) && r.Num != 0 }
	nr, ns := neg(r), neg(s)
	if nr != ns {
		if nr {
			return -1
		}
		return 1
	}
	h1, l1 := bits.Mul64(abs(int64(r.Num)), abs(int64(s.Den)))
	h2, l2 := bits.Mul64(abs(int64(s.Num)), abs(int64(r.Den)))
	c := 0
	switch {
	case h1 < h2 || h1 == h2 && l1 < l2:
		c = -1
	case h1 > h2 || l1 > l2:
		c = 1
	}
	if nr {
		return -c
	}
	return c
}

// String is "num/den".
func (r Rational) String() string { return strconv.Itoa(r.Num) + "/" + strconv.Itoa(r.Den) }

// MarshalText is String.
func (r Rational) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText takes "30000/1001", "16:9", "25" or "29.97", the last as 2997/100.
// Error: ErrInvalidRational.
func (r *Rational) UnmarshalText(text []byte) error {
	v, err := ParseRational(string(text))
	if err == nil {
		*r = v
	}
	return err
}

// ParseRational takes what UnmarshalText takes.
func ParseRational(s string) (Rational, error) {
	bad := func() (Rational, error) { return Rational{}, fmt.Errorf("frame: %q: %w", s, ErrInvalidRational) }
	if i := strings.IndexAny(s, "/:"); i >= 0 {
		n, err1 := strconv.Atoi(s[:i])
		d, err2 := strconv.Atoi(s[i+1:])
		if err1 != nil || err2 != nil {
			return bad()
		}
		return Rational{n, d}, nil
	}
	whole, frac, _ := strings.Cut(s, ".")
	if len(frac) > 9 || strings.HasPrefix(frac, "-") || strings.HasPrefix(frac, "+") {
		return bad()
	}
	n, err := strconv.Atoi(whole + frac)
	if err != nil {
		return bad()
	}
	d := 1
	for range len(frac) {
		d *= 10
	}
	if d == 1 {
		return Rational{n, 1}, nil
	}
	return Rational{n, d}.Reduce(), nil
}

// Duration is the time of ticks of r seconds each, rounded to the nearest
// nanosecond; what does not fit is clamped. NoPTS and an invalid r give 0.
func (r Rational) Duration(ticks int64) time.Duration {
	if ticks == NoPTS {
		return 0
	}
	v, _ := Rescale(ticks, r, nanosecond, RoundNearest)
	return time.Duration(v)
}

// Ticks is the number of ticks of r seconds each in d, rounded to the nearest one,
// clamped as in Duration.
func (r Rational) Ticks(d time.Duration) int64 { return r.TicksRound(d, RoundNearest) }

// TicksRound is Ticks with another rounding: RoundDown finds the tick that d is in.
func (r Rational) TicksRound(d time.Duration, round Rounding) int64 {
	v, _ := Rescale(int64(d), nanosecond, r, round)
	return v
}

var nanosecond = Rational{1, 1e9}

// Rescale converts ticks of one time base to another, exactly: the product is not
// limited to 64 bits. NoPTS stays NoPTS. A result that does not fit is clamped to
// [-MaxInt64, MaxInt64], and ok is false; it is false, with 0, for time bases that
// are not valid or not positive.
func Rescale(ticks int64, from, to Rational, round Rounding) (v int64, ok bool) {
	if ticks == NoPTS {
		return NoPTS, true
	}
	if from.Num <= 0 || from.Den <= 0 || to.Num <= 0 || to.Den <= 0 {
		return 0, false
	}
	// ticks * (from.Num * to.Den) / (from.Den * to.Num), with common factors out.
	a, b, c, d := uint64(from.Num), uint64(to.Den), uint64(from.Den), uint64(to.Num)
	a, c = cancel(a, c)
	a, d = cancel(a, d)
	b, c = cancel(b, c)
	b, d = cancel(b, d)
	h1, num := bits.Mul64(a, b)
	h2, den := bits.Mul64(c, d)
	if h1|h2 != 0 {
		return rescaleBig(ticks, a, b, c, d, round)
	}
	neg := ticks < 0
	hi, lo := bits.Mul64(abs(ticks), num)
	if hi >= den {
		return clamp(neg), false
	}
	q, rem := bits.Div64(hi, lo, den)
	up := false
	switch round {
	case RoundNearest:
		up = rem >= den-rem
	case RoundDown:
		up = neg && rem != 0
	case RoundUp:
		up = !neg && rem != 0
	}
	if up {
		q++ // cannot wrap: q is below 2^64-1 unless den is 1, and then rem is 0
	}
	if q > math.MaxInt64 {
		return clamp(neg), false
	}
	if neg {
		return -int64(q), true
	}
	return int64(q), true
}

// rescaleBig is for time bases of more than 32 bits, which only a damaged file has.
func rescaleBig(ticks int64, a, b, c, d uint64, round Rounding) (int64, bool) {
	u := func(v uint64) *big.Int { return new(big.Int).SetUint64(v) }
	num := new(big.Int).Mul(u(a), u(b))
	num.Mul(num, u(abs(ticks)))
	den := new(big.Int).Mul(u(c), u(d))
	q, rem := new(big.Int).QuoRem(num, den, new(big.Int))
	neg := ticks < 0
	up := false
	switch round {
	case RoundNearest:
		up = rem.Lsh(rem, 1).Cmp(den) >= 0
	case RoundDown:
		up = neg && rem.Sign() != 0
	case RoundUp:
		up = !neg && rem.Sign() != 0
	}
	if up {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() {
		return clamp(neg), false
	}
	if neg {
		return -q.Int64(), true
	}
	return q.Int64(), true
}

func clamp(neg bool) int64 {
	if neg {
		return -math.MaxInt64
	}
	return math.MaxInt64
}

func cancel(a, b uint64) (uint64, uint64) {
	g := gcd(a, b)
	return a / g, b / g
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func abs(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
