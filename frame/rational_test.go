package frame

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		base  Rational
		ticks int64
		want  time.Duration
	}{
		{Rational{1, 90000}, 90000, time.Second},
		{Rational{1, 90000}, 1, 11111}, // 11111.1
		{Rational{1, 90000}, -1, -11111},
		{Rational{1, 3}, 2, 666666667},
		{Rational{1, 2e9}, 1, 1},   // half away from zero
		{Rational{1, 2e9}, -1, -1}, // on both sides
		{Rational{1001, 30000}, 30000, 1001 * time.Second},
		{Rational{1, 1}, math.MaxInt64, math.MaxInt64}, // clamped
		{Rational{1, 1}, -math.MaxInt64, -math.MaxInt64},
		{Rational{1, 25}, NoPTS, 0},
		{Rational{}, 5, 0},
		{Rational{1, -25}, 5, 0},
		// A product of 125 bits that fits again.
		{Rational{1, 1e9}, math.MaxInt64, math.MaxInt64},
		{Rational{math.MaxInt32, math.MaxInt32 - 1}, 8e9, 8000000003725290302},
	} {
		require.Equal(t, c.want, c.base.Duration(c.ticks), "%v * %d", c.base, c.ticks)
	}
	require.EqualValues(t, 3003, Rational{1, 90000}.Ticks(33366667))
	require.EqualValues(t, 3002, Rational{1, 90000}.TicksRound(33366666, RoundDown))
	require.EqualValues(t, NoPTS, mustRescale(t, NoPTS, Rational{1, 25}, Rational{1, 90000}))
}

func mustRescale(t *testing.T, v int64, from, to Rational) int64 {
	r, ok := Rescale(v, from, to, RoundNearest)
	require.True(t, ok)
	return r
}

// Against arithmetic without limits.
func TestRescaleExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	size := func() int { return 1 + int(r.Uint64()>>(1+r.UintN(62))) }
	for range 20000 {
		v := int64(r.Uint64() >> (1 + r.UintN(60)))
		if r.UintN(2) == 0 {
			v = -v
		}
		from, to := Rational{size(), size()}, Rational{size(), size()}
		round := Rounding(r.UintN(4))
		got, ok := Rescale(v, from, to, round)
		want := exact(v, from, to, round)
		if !want.IsInt64() || want.Int64() == math.MinInt64 {
			require.False(t, ok, "%d %v %v", v, from, to)
			require.EqualValues(t, math.MaxInt64, max(got, -got))
			continue
		}
		require.True(t, ok, "%d %v %v", v, from, to)
		require.Equal(t, want.Int64(), got, "%d %v %v rounding %d", v, from, to, round)
	}
}

func exact(v int64, from, to Rational, round Rounding) *big.Int {
	b := func(n int) *big.Int { return big.NewInt(int64(n)) }
	x := new(big.Rat).SetFrac(b(from.Num), b(from.Den))
	x.Quo(x, new(big.Rat).SetFrac(b(to.Num), b(to.Den)))
	x.Mul(x, new(big.Rat).SetInt64(v))
	floor := new(big.Int).Div(x.Num(), x.Denom()) // Euclidean: floor for a positive divisor
	rest := new(big.Rat).Sub(x, new(big.Rat).SetInt(floor))
	up := false
	switch round {
	case RoundNearest:
		c := rest.Cmp(big.NewRat(1, 2))
		up = c > 0 || c == 0 && v > 0
	case RoundUp:
		up = rest.Sign() > 0
	case RoundZero:
		up = rest.Sign() > 0 && v < 0
	}
	if up {
		floor.Add(floor, big.NewInt(1))
	}
	return floor
}

func TestRationalCmp(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		a := Rational{int(int64(r.Uint64()) >> r.UintN(60)), 1 + int(r.Uint64()>>(1+r.UintN(60)))}
		b := Rational{int(int64(r.Uint64()) >> r.UintN(60)), 1 + int(r.Uint64()>>(1+r.UintN(60)))}
		if r.UintN(4) == 0 {
			b = Rational{a.Num, a.Den}
		}
		x := new(big.Rat).SetFrac(big.NewInt(int64(a.Num)), big.NewInt(int64(a.Den)))
		y := new(big.Rat).SetFrac(big.NewInt(int64(b.Num)), big.NewInt(int64(b.Den)))
		require.Equal(t, x.Cmp(y), a.Cmp(b), "%v %v", a, b)
		if a.Num != math.MinInt {
			require.Equal(t, x.Cmp(y), Rational{-a.Num, -a.Den}.Cmp(b))
		}
	}
	require.Zero(t, Rational{0, 5}.Cmp(Rational{0, -3}))
}

func TestRationalText(t *testing.T) {
	for s, want := range map[string]Rational{
		"30000/1001": {30000, 1001}, "16:9": {16, 9}, "25": {25, 1}, "29.97": {2997, 100}, "0.5": {1, 2}, "-0.25": {-1, 4}, "0/1": {0, 1}, "24.0": {24, 1},
	} {
		got, err := ParseRational(s)
		require.NoError(t, err, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "/", "1/", "/2", "a", "1/b", "1.2.3", "1e5", "99999999999999999999", "1.-5", "0.0000000001", "-"} {
		_, err := ParseRational(s)
		require.ErrorIs(t, err, ErrInvalidRational, s)
	}
	require.Equal(t, Rational{-3, 4}, Rational{6, -8}.Reduce())
	require.Equal(t, Rational{0, 1}, Rational{0, -8}.Reduce())
	require.Equal(t, Rational{0, 0}, Rational{0, 0}.Reduce())
	require.Equal(t, Rational{math.MinInt, 1}, Rational{math.MinInt, 1}.Reduce())
	require.False(t, Rational{}.Valid())
	require.InDelta(t, 29.97, Rational{30000, 1001}.Float64(), 0.001)
}

func TestTimeDoesNotAllocate(t *testing.T) {
	f := &Frame{PTS: 12345, TimeBase: Rational{1, 90000}}
	var d time.Duration
	require.Zero(t, testing.AllocsPerRun(100, func() { d = f.Time() }))
	require.Equal(t, 137166667*time.Nanosecond, d)
}

func BenchmarkDuration(b *testing.B) {
	base := Rational{1, 90000}
	var v int64
	for b.Loop() {
		v += int64(base.Duration(v))&1 + 1
	}
}
