package frame

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// The reference of the conversions: float64, one pixel at a time, by the definitions
// of ITU-T H.273.

// refSamples are the components at a pixel, chroma nearest or linear.
func refSamples(f *Frame, x, y int, linear bool) (s [3]float64) {
	if f.Format.Family() == FamilyGray {
		return [3]float64{float64(sampleAt(f, 0, x, y))}
	}
	for c := range 3 {
		cw, ch := componentSize(f.Format, c, f.Width, f.Height)
		sx, sy := f.Width != cw || f.Format.Family() == FamilyYUV && c > 0, c > 0
		hx, vy := f.Format.ChromaShift()
		if !sx || !sy || hx == 0 && vy == 0 {
			s[c] = float64(sampleAt(f, c, x, y))
			continue
		}
		if !linear {
			s[c] = float64(sampleAt(f, c, min(x>>hx, cw-1), min(y>>vy, ch-1)))
			continue
		}
		px, py := refPosition(f.Color.ChromaLocation, x, y, hx, vy)
		x0, y0 := math.Floor(px), math.Floor(py)
		for dy := range 2 {
			for dx := range 2 {
				xx, yy := min(max(int(x0)+dx, 0), cw-1), min(max(int(y0)+dy, 0), ch-1)
				w := (1 - math.Abs(px-x0-float64(dx))) * (1 - math.Abs(py-y0-float64(dy)))
				s[c] += w * float64(sampleAt(f, c, xx, yy))
			}
		}
	}
	return s
}

// refPosition is where a luma sample lies on the grid of chroma samples.
func refPosition(c ChromaLocation, x, y, hx, vy int) (px, py float64) {
	nx, ny := float64(int(1)<<hx), float64(int(1)<<vy)
	ox, oy := 0.0, (ny-1)/2 // left
	switch c {
	case ChromaCenter:
		ox = (nx - 1) / 2
	case ChromaTopLeft:
		oy = 0
	case ChromaTop:
		ox, oy = (nx-1)/2, 0
	case ChromaBottomLeft:
		oy = ny - 1
	case ChromaBottom:
		ox, oy = (nx-1)/2, ny-1
	}
	return (float64(x) - ox) / nx, (float64(y) - oy) / ny
}

var refWeights = map[Matrix][2]float64{
	MatrixBT709: {0.2126, 0.0722}, MatrixBT470BG: {0.299, 0.114}, MatrixSMPTE170M: {0.299, 0.114},
	MatrixFCC: {0.30, 0.11}, MatrixSMPTE240M: {0.212, 0.087}, MatrixBT2020NCL: {0.2627, 0.0593},
}

// refRGB is red, green and blue of 0 to 1, not limited, of samples of depth bits.
func refRGB(s [3]float64, family Family, c Color, depth int) (rgb [3]float64) {
	top, unit := math.Pow(2, float64(depth))-1, math.Pow(2, float64(depth-8))
	luma := func(v float64) float64 { return v / top }
	chroma := func(v float64) float64 { return (v - 128*unit) / top }
	if c.Range != RangeFull {
		luma = func(v float64) float64 { return (v - 16*unit) / (219 * unit) }
		chroma = func(v float64) float64 { return (v - 128*unit) / (224 * unit) }
	}
	switch {
	case family == FamilyGray:
		return [3]float64{luma(s[0]), luma(s[0]), luma(s[0])}
	case family == FamilyRGB, c.Matrix == MatrixRGB: // planes G, B, R
		return [3]float64{luma(s[2]), luma(s[0]), luma(s[1])}
	case c.Matrix == MatrixYCgCo:
		y, cg, co := luma(s[0]), chroma(s[1]), chroma(s[2])
		return [3]float64{y - cg + co, y + cg, y - cg - co}
	}
	kr, kb := refWeights[c.Matrix][0], refWeights[c.Matrix][1]
	kg := 1 - kr - kb
	y, cb, cr := luma(s[0]), chroma(s[1]), chroma(s[2])
	rgb[0] = y + 2*(1-kr)*cr
	rgb[2] = y + 2*(1-kb)*cb
	rgb[1] = (y - kr*rgb[0] - kb*rgb[2]) / kg
	return rgb
}

func refUnit(v float64) float64 { return min(max(v, 0), 1) }

// channelAt is a number of a result, of 0 to 1 for integers; c is R, G, B.
func channelAt(t testing.TB, f *Frame, c, x, y int) float64 {
	if f.Format.Float() {
		p := &f.Planes[[...]int{2, 0, 1}[c]]
		b := p.Row(y, f.Format.SampleBytes())
		if f.Format.SampleBytes() == 4 {
			return float64(math.Float32frombits(le.Uint32(b[4*x:])))
		}
		return half(le.Uint16(b[2*x:]))
	}
	rows := [4][]uint16{make([]uint16, f.Width), make([]uint16, f.Width), make([]uint16, f.Width), make([]uint16, f.Width)}
	read := reader(f.Format)
	require.NotNil(t, read)
	read(f, y, &rows)
	return float64(rows[c][x]) / float64(int(1)<<f.Depth()-1)
}

// half is the value of a number of 16 bits.
func half(h uint16) float64 {
	e, m := int(h>>10&31), float64(h&1023)
	v := math.Ldexp(m, -24)
	switch {
	case e == 31 && m == 0:
		v = math.Inf(1)
	case e == 31:
		v = math.NaN()
	case e > 0:
		v = math.Ldexp(1024+m, e-25)
	}
	if h&0x8000 != 0 {
		v = -v
	}
	return v
}

// ulp is the distance of the numbers around v with that many bits of mantissa.
func ulp(v float64, bits, least int) float64 {
	_, e := math.Frexp(v)
	return math.Ldexp(1, max(e-bits, least))
}

// tolerance is what a result may differ from the reference.
func tolerance(f Format, want float64) float64 {
	const sum = 1.0 / (1 << 30) // of the parts that a sum of two floats leaves out
	switch {
	case f.Float() && f.SampleBytes() == 2:
		return ulp(want, 11, -24)/2 + ulp(want, 24, -149)/2 + sum // it is rounded twice
	case f.Float():
		return ulp(want, 24, -149)/2 + sum
	}
	// Half of a step would be perfect; one is what is promised.
	return 0.51 / float64(int(1)<<f.Bits()-1)
}

var convertSources = []struct {
	format Format
	depth  int
}{
	{NV12, 8}, {NV21, 8}, {NV16, 8}, {NV24, 8}, {YV12, 8}, {YUV420P, 8}, {YUV422P, 8}, {YUV440P, 8}, {YUV444, 8}, {YUV411P, 8}, {YUVA420P, 8},
	{P016, 10}, {P016, 12}, {P010, 10}, {P012, 12}, {P216, 10}, {P210, 10}, {P416, 12}, {YUV444P16, 10}, {YUV444P16, 12}, {YUV444P16, 16}, {YUV444P10MSB, 10},
	{YUV420P10, 10}, {YUV422P12, 12}, {YUV444P10, 10}, {YUV420P16, 16}, {Gray, 8}, {Gray10, 10}, {GBRP, 8}, {GBRP10, 10},
}

var convertTargets = []Format{RGB24, BGR24, RGBA, BGRA, PackedARGB, PackedABGR, RGBX, GBRP, GBRAP, GBRP10, RGB48, BGR48, RGBA64, ARGB10, ABGR10, GBRPF16, GBRPF32}

var convertColors = []Color{
	{}, {Matrix: MatrixBT709, Range: RangeLimited}, {Matrix: MatrixBT709, Range: RangeFull}, {Matrix: MatrixSMPTE170M, Range: RangeLimited},
	{Matrix: MatrixBT470BG, Range: RangeFull}, {Matrix: MatrixBT2020NCL, Range: RangeLimited}, {Matrix: MatrixBT2020NCL, Range: RangeFull},
	{Matrix: MatrixSMPTE240M, Range: RangeLimited}, {Matrix: MatrixFCC, Range: RangeLimited}, {Matrix: MatrixYCgCo, Range: RangeFull}, {Matrix: MatrixRGB, Primaries: 1, Range: RangeFull},
}

// checkConversion compares a conversion without resizing with the reference.
func checkConversion(t testing.TB, src, got *Frame, linear bool) {
	t.Helper()
	c := src.Color.Resolve(src.Format, src.Height)
	for y := range src.Height {
		for x := range src.Width {
			rgb := refRGB(refSamples(src, x, y, linear), src.Format.Family(), c, src.Depth())
			for k := range 3 {
				want := refUnit(rgb[k])
				limit := tolerance(got.Format, want)
				if linear && src.Depth() > 12 {
					limit *= 4 // more bits than two floats sum without error
				}
				if v := channelAt(t, got, k, x, y); math.Abs(v-want) > limit {
					t.Fatalf("%v (%d bits, %v) %dx%d to %v, linear %v: channel %d at %d,%d is %.9g, want %.9g",
						src.Format, src.Depth(), src.Color, src.Width, src.Height, got.Format, linear, k, x, y, v, want)
				}
			}
		}
	}
}

// Every format and matrix, at sizes where all rounding of chroma shows.
func TestConvertAgainstReference(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	for i, s := range convertSources {
		t.Run(fmt.Sprintf("%v-%d", s.format, s.depth), func(t *testing.T) {
			for n, to := range convertTargets {
				for k, c := range convertColors {
					if (i+n+k)%3 != 0 && (n > 0 || testing.Short()) {
						continue // each pair of the three meets
					}
					for _, chroma := range []ChromaFilter{ChromaNearest, ChromaLinear} {
						w, h := 1+r.IntN(17), 1+r.IntN(17)
						c.ChromaLocation = ChromaLocation(r.IntN(7))
						src := randomFrame(t, r, s.format, w, h, s.depth)
						src.Color = c
						v, err := NewConverter(to, &Conversion{Chroma: chroma})
						require.NoError(t, err)
						got, err := v.Convert(src, nil)
						require.NoError(t, err)
						checkConversion(t, src, got, chroma == ChromaLinear)
						got.Release()
						require.NoError(t, v.Close())
					}
				}
			}
		})
	}
}
