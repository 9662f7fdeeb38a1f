package frame

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Numbers of 16 bits: all of them to float32 and back, and rounding between them.
func TestFloat16(t *testing.T) {
	for h := range 1 << 16 {
		v := float16Value(uint16(h))
		want := half(uint16(h))
		if math.IsNaN(want) {
			require.True(t, math.IsNaN(float64(v)))
			continue
		}
		require.Equal(t, want, float64(v), "%#x", h)
		require.Equal(t, uint16(h), float16(v), "%#x", h)
		if h&0x7fff >= 0x7bff || h == 0x8000 {
			continue
		}
		next := half(uint16(h + 1))
		mid := (want + next) / 2 // between two, exactly
		even := uint16(h)
		if h&1 == 1 {
			even++
		}
		require.Equal(t, even, float16(float32(mid)), "%#x", h)
		require.Equal(t, uint16(h), float16(math.Nextafter32(float32(mid), float32(want))), "%#x", h)
		require.Equal(t, uint16(h+1), float16(math.Nextafter32(float32(mid), float32(next))), "%#x", h)
	}
	require.Equal(t, uint16(0x7c00), float16(65520))
	require.Equal(t, uint16(0x7bff), float16(65519.996))
}

// fma32 rounds once: where rounding twice would differ, and for many other numbers.
func TestFMA32(t *testing.T) {
	for _, c := range [][4]float32{
		{1 + 0x1p-23, 1 + 0x1p-23, 0x1p-60, 1 + 0x1p-22},
		{0x1.000002p0, 0x1p-24, 1, 1 + 0x1p-23},
		{-0x1.000002p0, 0x1p-25, 1, 1 - 0x1p-24},
		{0x1p-12, 0x1p-12, 1, 1}, // half of the last bit: to even
		{3, 7, -21, 0},
	} {
		require.Equal(t, c[3], fma32(c[0], c[1], c[2]), "%v", c)
	}
}

func TestAppendFloats(t *testing.T) {
	f, err := NewHost(GBRPF16, 3, 2)
	require.NoError(t, err)
	for i, p := range f.Planes {
		for k := range 3 {
			le.PutUint16(p.Data[2*k:], float16(float32(i)+float32(k)/4))
		}
	}
	x, err := f.PlaneTensor(1)
	require.NoError(t, err)
	got, err := x.AppendFloats(nil)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 1.25, 1.5, 0, 0, 0}, got)
}
