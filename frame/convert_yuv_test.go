package frame

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// refYUV is Y, Cb, Cr as code values of depth bits, not rounded or limited.
func refYUV(rgb [3]float64, c Color, depth int) [3]float64 {
	top, unit := math.Pow(2, float64(depth))-1, math.Pow(2, float64(depth-8))
	kr, kb := refWeights[c.Matrix][0], refWeights[c.Matrix][1]
	y := kr*rgb[0] + (1-kr-kb)*rgb[1] + kb*rgb[2]
	cb, cr := (rgb[2]-y)/(2*(1-kb)), (rgb[0]-y)/(2*(1-kr))
	if c.Range == RangeFull {
		return [3]float64{y * top, cb*top + 128*unit, cr*top + 128*unit}
	}
	return [3]float64{y*219*unit + 16*unit, cb*224*unit + 128*unit, cr*224*unit + 128*unit}
}

// refChroma is the weights of the positions of a line that make chroma sample k.
func refChroma(n, k, shift int, linear bool, place float64) map[int]float64 {
	w := map[int]float64{}
	f := 1 << shift
	add := func(i int, v float64) { w[max(0, min(i, n-1))] += v }
	if !linear || place == float64(f-1)/2 {
		for i := range f {
			add(k*f+i, 1/float64(f))
		}
		return w
	}
	for i := -2 * f; i <= 3*f; i++ {
		add(k*f+i, max(0, 1-math.Abs(float64(i)-place)/float64(f))/float64(f))
	}
	return w
}

func refDownsampled(p *refPicture, x, y, sx, sy int, linear bool, at ChromaLocation) (rgb [3]float64) {
	px, py := refPosition(at, 0, 0, sx, sy) // where luma 0 is on the chroma grid
	ox, oy := -px*float64(int(1)<<sx), -py*float64(int(1)<<sy)
	for i, a := range refChroma(p.w, x, sx, linear, ox) {
		for j, b := range refChroma(p.h, y, sy, linear, oy) {
			for c := range 3 {
				rgb[c] += a * b * p.at(i, j)[c]
			}
		}
	}
	return rgb
}

// To Y, U, V: what an encoder takes.
func TestConvertToYUV(t *testing.T) {
	r := rand.New(rand.NewPCG(71, 72))
	targets := []Format{NV12, NV21, NV16, NV24, P010, P210, P016, YV12, YUV420P, YUV422P, YUV444, YUV420P10, YUV444P16, YUVJ420P}
	for i := range 400 {
		s := convertSources[r.IntN(len(convertSources))]
		sources := []Format{RGB24, BGRA, ABGR, PackedARGB, GBRP, RGB48, s.format}
		from := sources[r.IntN(len(sources))]
		depth := from.Bits()
		if from == s.format {
			depth = s.depth
		}
		src := randomFrame(t, r, from, 1+r.IntN(17), 1+r.IntN(17), depth)
		if from.Family() != FamilyRGB {
			src.Color = convertColors[r.IntN(9)]
		}
		to := targets[r.IntN(len(targets))]
		c := Conversion{Chroma: ChromaFilter(r.IntN(2)), Color: &Color{
			Matrix: []Matrix{MatrixBT709, MatrixSMPTE170M, MatrixBT2020NCL, MatrixSMPTE240M, MatrixFCC}[r.IntN(5)],
			Range:  Range(1 + r.IntN(2)), ChromaLocation: ChromaLocation(1 + r.IntN(6))}}
		if to.FullRange() {
			c.Color.Range = RangeFull
		}
		v, err := NewConverter(to, &c)
		require.NoError(t, err)
		got, err := v.Convert(src, nil)
		require.NoError(t, err)
		full := refPacked(t, src, c.Chroma == ChromaLinear)
		sx, sy := to.ChromaShift()
		same := from.Family() == FamilyYUV && sx+sy > 0 && src.Color.Resolve(from, src.Height).Matrix == c.Color.Matrix
		for k := range 3 {
			if same && k > 0 {
				break // chroma to chroma: TestConvertYUVOnly
			}
			cw, ch := componentSize(to, k, src.Width, src.Height)
			for y := range ch {
				for x := range cw {
					var rgb [3]float64
					if k == 0 {
						rgb = *full.at(x, y)
					} else {
						rgb = refDownsampled(full, x, y, sx, sy, c.Chroma == ChromaLinear, c.Color.ChromaLocation)
					}
					top := math.Pow(2, float64(got.Depth())) - 1
					want := min(max(refYUV(rgb, *c.Color, got.Depth())[k], 0), top)
					if v := float64(sampleAt(got, k, x, y)); math.Abs(v-want) > 0.51 {
						t.Fatalf("%d: %v %v %dx%d to %v by %+v %+v: component %d at %d,%d is %v, want %.3f", i, src.Format, src.Color, src.Width, src.Height, to, c, *c.Color, k, x, y, v, want)
					}
				}
			}
		}
		got.Release()
		require.NoError(t, v.Close())
	}
}

// refPacked is refOf, also for packed formats.
func refPacked(t testing.TB, f *Frame, linear bool) *refPicture {
	if f.Format.Family() != FamilyRGB || f.Format.Planes() > 1 {
		return refOf(f, linear)
	}
	p := newRefPicture(f.Width, f.Height)
	for y := range f.Height {
		for x := range f.Width {
			for c := range 3 {
				p.at(x, y)[c] = channelAt(t, f, c, x, y)
			}
		}
	}
	return p
}

// A change of size alone, or of bits alone, leaves colours alone: samples that are the
// same stay so to the last bit, and chroma is resized on its own grid.
func TestConvertYUVOnly(t *testing.T) {
	r := rand.New(rand.NewPCG(73, 74))
	for _, c := range []struct {
		from, to Format
		depth    int
	}{{NV12, NV12, 8}, {NV12, YUV420P, 8}, {P016, P016, 10}, {P010, YUV420P10, 10}, {NV16, YUV422P, 8}, {YUV444, NV24, 8}, {YUV420P12, P012, 12}, {NV21, YV12, 8}} {
		for _, chroma := range []ChromaFilter{ChromaNearest, ChromaLinear} {
			src := randomFrame(t, r, c.from, 15, 9, c.depth)
			src.Color = convertColors[1+r.IntN(9)]
			v, err := NewConverter(c.to, &Conversion{Chroma: chroma})
			require.NoError(t, err)
			got, err := v.Convert(src, nil)
			require.NoError(t, err)
			requireSameSamples(t, src, got, c.from.String()+" to "+c.to.String())
			got.Release()
			require.NoError(t, v.Close())
			// A picture of one colour stays of one colour.
			for k := range components(c.from) {
				cw, ch := componentSize(c.from, k, 15, 9)
				for y := range ch {
					for x := range cw {
						setSample(src, k, x, y, 60+7*k)
					}
				}
			}
			v, err = NewConverter(c.to, &Conversion{Width: 22, Height: 5, Chroma: chroma, Filter: Bicubic, Rotate: 90})
			require.NoError(t, err)
			got, err = v.Convert(src, nil)
			require.NoError(t, err)
			for k := range components(c.to) {
				cw, ch := componentSize(c.to, k, 22, 5)
				for y := range ch {
					for x := range cw {
						require.Equal(t, 60+7*k, sampleAt(got, k, x, y), "%v to %v", c.from, c.to)
					}
				}
			}
			got.Release()
			require.NoError(t, v.Close())
		}
	}
}
