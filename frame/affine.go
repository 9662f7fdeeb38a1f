package frame

import (
	"fmt"
	"math"
)

// An affine is up to four channels as sums of three components and 1.
type affine [4][4]float64

// after is first, then a.
func (a affine) after(first affine) affine {
	var r affine
	for i := range 4 {
		for k := range 4 {
			for m := range 3 {
				r[i][k] += a[i][m] * first[m][k]
			}
		}
		r[i][3] += a[i][3]
		for k := range 3 {
			if math.Abs(r[i][k]) < 1e-14 {
				r[i][k] = 0 // what is left of 1 - 1
			}
		}
	}
	return r
}

// toRGB takes the samples of a source, as its words hold them, to red, green and blue
// of 0 to 1. c is resolved. up is how far the value lies above bit 0.
func toRGB(l *layout, c Color, depth, up int) (affine, error) {
	rgb := l.family == FamilyRGB
	gray := l.family == FamilyGray
	gbr := !rgb && !gray && c.Matrix == MatrixRGB
	if rgb || gray {
		c.Matrix = MatrixRGB
	}
	t, err := c.ToRGB(depth)
	if err != nil {
		return affine{}, err
	}
	unit := math.Ldexp(1, -up)
	var a affine
	for i := range 3 {
		switch {
		case gray:
			a[i][0] = t.Luma * unit
		case gbr:
			a[i][[...]int{2, 0, 1}[i]] = t.Luma * unit
		case rgb:
			a[i][i] = t.Luma * unit
		default:
			a[i] = [4]float64{t.Luma * unit, t.M[i][0] * unit, t.M[i][1] * unit, -(t.M[i][0] + t.M[i][1]) * t.ChromaOffset}
		}
		a[i][3] -= t.Luma * t.LumaOffset
	}
	return a, nil
}

// lumaWeights are what red, green and blue weigh in luma.
func lumaWeights(m Matrix) (r, g, b float64, ok bool) {
	if m == MatrixYCgCo {
		return 0.25, 0.5, 0.25, true
	}
	kr, kb, ok := m.Coefficients()
	return kr, 1 - kr - kb, kb, ok
}

// fromRGB takes red, green and blue of 0 to 1 to Y, U, V as parts of the largest
// number of depth bits. c is resolved.
func fromRGB(c Color, depth int) (affine, error) {
	top := math.Ldexp(1, depth) - 1
	unit := math.Ldexp(1, depth-8)
	luma, chroma, offset := 1.0, 1.0, 0.0
	if c.Range != RangeFull {
		luma, chroma, offset = 219*unit/top, 224*unit/top, 16*unit/top
	}
	var a affine
	kr, kb, ok := c.Matrix.Coefficients()
	kg := 1 - kr - kb
	switch {
	case ok:
		a[0] = [4]float64{kr, kg, kb}
		a[1] = [4]float64{-kr / (2 * (1 - kb)), -kg / (2 * (1 - kb)), 0.5}
		a[2] = [4]float64{0.5, -kg / (2 * (1 - kr)), -kb / (2 * (1 - kr))}
	case c.Matrix == MatrixYCgCo:
		a[0], a[1], a[2] = [4]float64{0.25, 0.5, 0.25}, [4]float64{-0.25, 0.5, -0.25}, [4]float64{0.5, 0, -0.5}
	case c.Matrix == MatrixRGB:
		// Green, blue, red under the names of Y, U, V.
		a[0], a[1], a[2] = [4]float64{0, luma, 0, offset}, [4]float64{0, 0, luma, offset}, [4]float64{luma, 0, 0, offset}
		return a, nil
	default:
		return a, fmt.Errorf("frame: no conversion from RGB to matrix %v: %w", c.Matrix, ErrInvalidColor)
	}
	for i := range 3 {
		scale := chroma
		if i == 0 {
			scale = luma
		}
		for k := range 3 {
			a[i][k] *= scale
		}
		a[i][3] = 128 * unit / top
	}
	a[0][3] = offset
	return a, nil
}

// setColors fills in the colours of a job for channels of 0 to 1 or, for floats, of
// (that - mean) / std. The source's samples have depth bits above up more, and are
// summed with fraction bits below.
func (j *job) setColors(a affine, k kind, mean, std [4]float64, pad [4]float64, depth, up, fraction int) {
	top := math.Ldexp(1, depth+up)
	for i := range 4 {
		if !k.float() {
			for n := range 4 {
				j.matrix[i][n], j.rest[i][n] = float32(a[i][n]), 0
			}
			j.low[i], j.high[i], j.pad[i] = 0, 1, float32(min(max(pad[i], 0), 1))
			continue
		}
		row := a[i]
		row[3] -= mean[i]
		bound := math.Abs(row[3] / std[i])
		for n := range row {
			row[n] /= std[i]
			if n < 3 {
				bound += math.Abs(row[n]) * top
			}
		}
		// Multiples of grid, with sums of less than 2^24 of them, are exact in float32.
		_, e := math.Frexp(bound)
		for n, v := range row {
			grid := math.Ldexp(1, e-24+fraction-up)
			if n == 3 {
				grid = math.Ldexp(1, e-24)
			}
			m := math.RoundToEven(v/grid) * grid
			j.matrix[i][n], j.rest[i][n] = float32(m), float32(v-m)
		}
		low, high := (0-mean[i])/std[i]+0, (1-mean[i])/std[i]+0 // not -0
		j.low[i], j.high[i] = float32(min(low, high)), float32(max(low, high))
		j.pad[i] = float32((min(max(pad[i], 0), 1) - mean[i]) / std[i])
	}
}
