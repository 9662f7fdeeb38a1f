package frame

import (
	"fmt"
	"math"
)

// Coefficients returns the weights of red and blue in luma. ok is false for what is
// not such a matrix: RGB, YCgCo, and the kinds that are not linear.
//
// Source: ITU-T H.273, table 4.
func (v Matrix) Coefficients() (kr, kb float64, ok bool) {
	switch v {
	case MatrixBT709:
		return 0.2126, 0.0722, true
	case MatrixBT470BG, MatrixSMPTE170M:
		return 0.299, 0.114, true
	case MatrixFCC:
		return 0.30, 0.11, true
	case MatrixSMPTE240M:
		return 0.212, 0.087, true
	case MatrixBT2020NCL:
		return 0.2627, 0.0593, true
	}
	return 0, 0, false
}

// ToRGB are the numbers that turn samples into red, green and blue of 0 to 1:
// out[i] = Luma*(Y-LumaOffset) + M[i][0]*(Cb-ChromaOffset) + M[i][1]*(Cr-ChromaOffset).
// For MatrixRGB, M is 0, and Luma and LumaOffset hold for each component.
type ToRGB struct {
	Luma, LumaOffset float64
	M                [3][2]float64
	ChromaOffset     float64
}

// ToRGB computes the conversion of samples of the given depth in bits. c has to be
// resolved (Resolve). Error: ErrInvalidColor for matrices that are not linear.
//
// Source: ITU-T H.273, equations 20 to 53 and 8.3.
func (c Color) ToRGB(depth int) (ToRGB, error) {
	if depth < 1 || depth > 16 {
		return ToRGB{}, fmt.Errorf("frame: depth of %d bits: %w", depth, ErrInvalidColor)
	}
	top := math.Ldexp(1, depth) - 1
	unit := math.Ldexp(1, depth-8)
	t := ToRGB{Luma: 1 / top, ChromaOffset: 128 * unit}
	chroma := 1 / top
	if c.Range != RangeFull {
		t.Luma, t.LumaOffset, chroma = 1/(219*unit), 16*unit, 1/(224*unit)
	}
	kr, kb, ok := c.Matrix.Coefficients()
	switch {
	case ok:
		kg := 1 - kr - kb
		t.M = [3][2]float64{
			{0, 2 * (1 - kr)},
			{-2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg},
			{2 * (1 - kb), 0},
		}
	case c.Matrix == MatrixYCgCo:
		t.M = [3][2]float64{{-1, 1}, {1, 0}, {-1, -1}}
	case c.Matrix == MatrixRGB:
	default:
		return ToRGB{}, fmt.Errorf("frame: no conversion to RGB from matrix %v: %w", c.Matrix, ErrInvalidColor)
	}
	for i := range t.M {
		t.M[i][0] *= chroma
		t.M[i][1] *= chroma
	}
	return t, nil
}

// fixed is ToRGB in integers with 28 bits of fraction, for results of 0 to top. The
// products stay below 2^28 * 2^16 * 2^17 / 2^1, inside of int64.
type fixed struct {
	luma, lumaOffset int64
	m                [3][2]int64
	chromaOffset     int64
	top              int64
}

const fraction = 28

func (t ToRGB) fixed(top int) fixed {
	scale := func(v float64) int64 { return int64(math.Round(v * float64(top) * (1 << fraction))) }
	f := fixed{luma: scale(t.Luma), lumaOffset: int64(t.LumaOffset), chromaOffset: int64(t.ChromaOffset), top: int64(top)}
	for i := range f.m {
		f.m[i] = [2]int64{scale(t.M[i][0]), scale(t.M[i][1])}
	}
	return f
}

func (f *fixed) clamp(v int64) int64 {
	// Adding half before the shift rounds to nearest.
	return min(max((v+1<<(fraction-1))>>fraction, 0), f.top)
}
