package frame

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// fieldOf is every other row of a picture, as a picture.
func fieldOf(f *Frame, field int) *Frame {
	planes := make([]Plane, len(f.Planes))
	for i, p := range f.Planes {
		first := min(field, p.Shape[0]-1)
		planes[i] = Plane{Data: p.Data[first*p.Pitch:], Shape: p.Shape, Pitch: 2 * p.Pitch}
		planes[i].Shape[0] = (p.Shape[0] - first + 1) / 2
	}
	return &Frame{Format: f.Format, Memory: Host, Width: f.Width, Height: (f.Height - field + 1) / 2, BitDepth: f.BitDepth, Planes: planes}
}

// fieldChroma are the components of a pixel of a field, whose chroma lies, by figure 6-2
// of H.264, at a quarter of the distance of its rows in the top field and at three quarters
// in the bottom field.
func fieldChroma(f *Frame, x, y, field int, linear bool) (s [3]float64) {
	s[0] = float64(sampleAt(f, 0, x, y))
	for c := 1; c < 3; c++ {
		cw, ch := componentSize(f.Format, c, f.Width, f.Planes[1].Shape[0])
		ch = f.Planes[1].Shape[0]
		at := func(x, y int) float64 {
			return float64(sampleAt(f, c, min(max(x, 0), cw-1), min(max(y, 0), ch-1)))
		}
		if !linear {
			s[c] = at(x/2, y/2)
			continue
		}
		px := float64(x) / 2 // left
		py := (float64(y) - 0.25 - 0.5*float64(field)) / 2
		x0, y0 := math.Floor(px), math.Floor(py)
		for dy := range 2 {
			for dx := range 2 {
				w := (1 - math.Abs(px-x0-float64(dx))) * (1 - math.Abs(py-y0-float64(dy)))
				s[c] += w * at(int(x0)+dx, int(y0)+dy)
			}
		}
	}
	return s
}

// The chroma of an interlaced picture belongs to its field, on the CPU and on the device.
func TestConvertInterlaced(t *testing.T) {
	ctx, s1, _ := gpu(t)
	keepKernels(t, ctx)
	r := rand.New(rand.NewPCG(101, 102))
	for _, format := range []Format{NV12, P016, YUV420P} {
		for _, chroma := range []ChromaFilter{ChromaNearest, ChromaLinear} {
			for _, h := range []int{3, 4, 5, 6, 7, 8, 9, 13, 16, 18} {
				depth := 8
				if format == P016 {
					depth = 10
				}
				src := randomFrame(t, r, format, 9, h, depth)
				src.Interlaced = true
				src.Color = Color{Matrix: MatrixBT709, Range: RangeLimited}
				to := RGB24
				if h%2 == 0 {
					to = GBRPF32
				}
				c := Conversion{Chroma: chroma}
				v, err := NewConverter(to, &c)
				require.NoError(t, err)
				got, err := v.Convert(src, nil)
				require.NoError(t, err)
				require.True(t, got.Interlaced)
				fields := [2]*Frame{fieldOf(src, 0), fieldOf(src, 1)}
				for y := range h {
					for x := range 9 {
						rgb := refRGB(fieldChroma(fields[y&1], x, y/2, y&1, chroma == ChromaLinear), FamilyYUV, src.Color, depth)
						for k := range 3 {
							want := refUnit(rgb[k])
							if v := channelAt(t, got, k, x, y); math.Abs(v-want) > tolerance(to, want) {
								t.Fatalf("%v of %d rows, %v: channel %d at %d,%d is %.9g, want %.9g", format, h, chroma, k, x, y, v, want)
							}
						}
					}
				}
				got.Release()
				require.NoError(t, v.Close())
				if format != YUV420P {
					requireSameOnDevice(t, ctx, s1, src, to, c, false, fmt.Sprintf("%v of %d rows, %v", format, h, chroma))
				}
			}
		}
	}
}

// Pictures of both kinds in turn, as in telecine, cost nothing more than one kind.
func TestConvertInterlacedAllocations(t *testing.T) {
	ctx, s1, _ := gpu(t)
	keepKernels(t, ctx)
	r := rand.New(rand.NewPCG(103, 104))
	src := randomFrame(t, r, NV12, 32, 16, 8)
	device := upload(t, ctx, src, false)
	defer device.Release()
	v, err := NewConverter(RGB24, nil)
	require.NoError(t, err)
	defer v.Close()
	i := 0
	step := func() {
		for _, f := range []*Frame{src, device} {
			f.Interlaced = i&1 == 1
			g, err := v.Convert(f, s1)
			if err != nil {
				t.Fatal(err)
			}
			g.Release()
		}
		i++
	}
	for range 20 {
		step()
	}
	if n := testing.AllocsPerRun(200, step); n != 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

// A whole picture of a usual size, every pixel of it, against the reference; the device
// gives the same bytes.
func TestConvert1080(t *testing.T) {
	ctx, s1, _ := gpu(t)
	keepKernels(t, ctx)
	r := rand.New(rand.NewPCG(105, 106))
	const w, h = 1920, 1080
	for _, c := range []struct {
		from   Format
		depth  int
		to     Format
		chroma ChromaFilter
	}{{NV12, 8, RGB24, ChromaNearest}, {NV12, 8, GBRPF16, ChromaLinear}, {P016, 10, GBRPF32, ChromaNearest}, {YUV444, 8, BGRA, ChromaNearest}} {
		if testing.Short() && c.from != NV12 {
			continue
		}
		src := randomFrame(t, r, c.from, w, h, c.depth)
		src.Color = Color{Primaries: PrimariesBT709, Transfer: TransferBT709, Matrix: MatrixBT709, Range: RangeLimited}
		conv := Conversion{Chroma: c.chroma}
		v, err := NewConverter(c.to, &conv)
		require.NoError(t, err)
		got, err := v.Convert(src, nil)
		require.NoError(t, err)
		var rows [4][]uint16
		for k := range rows {
			rows[k] = make([]uint16, w)
		}
		read := reader(c.to)
		for y := range h {
			if !c.to.Float() {
				read(got, y, &rows)
			}
			for x := range w {
				rgb := refRGB(refSamples(src, x, y, c.chroma == ChromaLinear), FamilyYUV, src.Color, c.depth)
				for k := range 3 {
					want, value := refUnit(rgb[k]), 0.0
					if c.to.Float() {
						value = channelAt(t, got, k, x, y)
					} else {
						value = float64(rows[k][x]) / 255
					}
					if math.Abs(value-want) > tolerance(c.to, want) {
						t.Fatalf("%v to %v: channel %d at %d,%d is %.9g, want %.9g", c.from, c.to, k, x, y, value, want)
					}
				}
			}
		}
		got.Release()
		require.NoError(t, v.Close())
		requireSameOnDevice(t, ctx, s1, src, c.to, conv, false, fmt.Sprintf("%v to %v", c.from, c.to))
	}
}
