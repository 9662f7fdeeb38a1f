package frame

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// reference is the colour of a pixel by the definition, in float64, 0 to 1.
func reference(t testing.TB, f *Frame, x, y int) [3]float64 {
	c := f.Color.Resolve(f.Format, f.Height)
	l := f.Format.layout()
	d := float64(int(1) << (f.Depth() - 8))
	luma := func(v int) float64 {
		if c.Range == RangeFull {
			return float64(v) / (256*d - 1)
		}
		return (float64(v) - 16*d) / (219 * d)
	}
	chroma := func(v int) float64 {
		if c.Range == RangeFull {
			return (float64(v) - 128*d) / (256*d - 1)
		}
		return (float64(v) - 128*d) / (224 * d)
	}
	if l.family == FamilyGray {
		v := luma(sampleAt(f, 0, x, y))
		return [3]float64{v, v, v}
	}
	if l.family == FamilyRGB || c.Matrix == MatrixRGB {
		return [3]float64{luma(sampleAt(f, 2, x>>l.shift, y>>l.shiftV)), luma(sampleAt(f, 0, x, y)), luma(sampleAt(f, 1, x>>l.shift, y>>l.shiftV))}
	}
	Y, u, v := luma(sampleAt(f, 0, x, y)), chroma(sampleAt(f, 1, x>>l.shift, y>>l.shiftV)), chroma(sampleAt(f, 2, x>>l.shift, y>>l.shiftV))
	if c.Matrix == MatrixYCgCo {
		return [3]float64{Y - u + v, Y + u, Y - u - v}
	}
	kr, kb, ok := c.Matrix.Coefficients()
	require.True(t, ok)
	r, b := Y+2*(1-kr)*v, Y+2*(1-kb)*u
	return [3]float64{r, (Y - kr*r - kb*b) / (1 - kr - kb), b}
}

func TestImageColours(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for _, c := range yuvCases() {
		if c.f.BigEndian() || c.depth < 8 {
			continue
		}
		for _, col := range []Color{{}, {Matrix: MatrixBT709, Range: RangeLimited, Primaries: 1}, {Matrix: MatrixBT470BG, Range: RangeFull},
			{Matrix: MatrixBT2020NCL, Range: RangeLimited}, {Matrix: MatrixBT709, Range: RangeFull}, {Matrix: MatrixYCgCo, Range: RangeFull},
			{Matrix: MatrixSMPTE240M, Range: RangeLimited}, {Matrix: MatrixRGB, Range: RangeFull, Primaries: 1}, {Matrix: MatrixRGB, Range: RangeLimited, Primaries: 1}} {
			f := randomFrame(t, r, c.f, 23, 9, c.depth)
			f.Color = col
			m, err := f.Image()
			require.NoError(t, err, "%v", c)
			require.Equal(t, image.Rect(0, 0, 23, 9), m.Bounds())
			rgba, err := f.RGBA(nil)
			require.NoError(t, err)
			switch m.(type) {
			case *image.YCbCr, *image.NYCbCrA, *image.Gray:
				// Go's own conversion, which has 8 bits and its own rounding.
				require.Equal(t, 8, c.depth)
			default:
				wide := c.depth > 8
				_, is16 := map[bool]image.Image{true: m}[wide].(interface{ RGBA64At(x, y int) color.RGBA64 })
				require.True(t, !wide || is16, "%T", m)
			}
			for y := range f.Height {
				for x := range f.Width {
					want := reference(t, f, x, y)
					got8 := rgba.RGBAAt(x, y)
					require.EqualValues(t, 255, got8.A)
					for i, v := range []uint8{got8.R, got8.G, got8.B} {
						exact := min(max(want[i], 0), 1) * 255
						require.InDelta(t, exact, float64(v), 0.5001, "%v %+v at %d,%d: %d", c, f.Color, x, y, i)
					}
					var got [3]uint32
					switch m := m.(type) {
					case *image.NRGBA:
						p := m.NRGBAAt(x, y)
						got = [3]uint32{uint32(p.R) * 257, uint32(p.G) * 257, uint32(p.B) * 257}
						require.EqualValues(t, sampleAt(f, 3, x, y), p.A)
					case *image.NRGBA64:
						p := m.NRGBA64At(x, y)
						got = [3]uint32{uint32(p.R), uint32(p.G), uint32(p.B)}
						require.InDelta(t, float64(sampleAt(f, 3, x, y))/float64(int(1)<<c.depth-1)*65535, float64(p.A), 0.51)
					case *image.NYCbCrA:
						continue
					default:
						got[0], got[1], got[2], _ = m.At(x, y).RGBA()
					}
					tolerance := 0.6
					if c.depth == 8 {
						tolerance = 0.5001 * 257
					}
					if _, ok := m.(*image.YCbCr); ok {
						tolerance = 1.1 * 257
					}
					for i, v := range got {
						require.InDelta(t, min(max(want[i], 0), 1)*65535, float64(v), tolerance, "%v %+v %T at %d,%d: %d", c, f.Color, m, x, y, i)
					}
				}
			}
		}
	}
}

func TestImageTypes(t *testing.T) {
	jfif := Color{Matrix: MatrixSMPTE170M, Range: RangeFull, Primaries: 1, Transfer: 1}
	full := Color{Range: RangeFull}
	for _, c := range []struct {
		f     Format
		color Color
		want  image.Image
		view  bool
	}{
		{YUVJ420P, Color{}, (*image.YCbCr)(nil), true},
		{YUV420P, jfif, (*image.YCbCr)(nil), true},
		{YUV422P, jfif, (*image.YCbCr)(nil), true},
		{YUV444P, jfif, (*image.YCbCr)(nil), true},
		{YUVA420P, jfif, (*image.NYCbCrA)(nil), true},
		{YV12, jfif, (*image.YCbCr)(nil), true},
		{YUV420P, Color{}, (*image.RGBA)(nil), false},
		{NV12, jfif, (*image.RGBA)(nil), false},
		{YUV410P, jfif, (*image.RGBA)(nil), false},
		{YUVA444P, Color{}, (*image.NRGBA)(nil), false},
		{Gray, full, (*image.Gray)(nil), true},
		{Gray, Color{}, (*image.RGBA)(nil), false},
		{Gray16, full, (*image.RGBA64)(nil), false},
		{YA8, full, (*image.NRGBA)(nil), false},
		{P016, Color{}, (*image.RGBA64)(nil), false},
		{YUV444P10, Color{}, (*image.RGBA64)(nil), false},
		{RGBA64, Color{}, (*image.NRGBA64)(nil), false},
		{RGBA, Color{}, (*image.NRGBA)(nil), true},
		{BGRA, Color{}, (*image.NRGBA)(nil), false},
		{RGB24, Color{}, (*image.RGBA)(nil), false},
		{PAL8, Color{}, (*image.NRGBA)(nil), false},
		{MonoBlack, Color{}, (*image.RGBA)(nil), false},
	} {
		f, err := NewHost(c.f, 13, 7)
		require.NoError(t, err)
		f.Color = c.color
		if len(f.Planes) == 4 {
			fill8(f.Planes[3].Data, 255)
		}
		m, err := f.Image()
		require.NoError(t, err, "%v", c.f)
		require.IsType(t, c.want, m, "%v", c.f)
		r0, _, _, _ := m.At(3, 2).RGBA()
		f.Planes[0].Data[2*f.Planes[0].Pitch+3*f.Planes[0].Shape[2]] = 200
		r1, _, _, _ := m.At(3, 2).RGBA()
		if c.f != RGBA { // its alpha is 0 here, so that all is black
			require.Equal(t, c.view, r0 != r1, "%v", c.f)
		}
	}
	for _, f := range []Format{BayerBGGR8, XYZ12, GBRPF32, GrayF16, UYYVYY411} {
		fr, err := NewHost(f, 8, 8)
		require.NoError(t, err)
		_, err = fr.Image()
		require.ErrorIs(t, err, ErrInvalidFormat, "%v", f)
	}
	fr, err := NewHost(NV12, 8, 8)
	require.NoError(t, err)
	fr.Color = Color{Matrix: MatrixICtCp, Primaries: 9}
	_, err = fr.Image()
	require.ErrorIs(t, err, ErrInvalidColor)
	_, err = fr.RGBA(image.NewRGBA(image.Rect(0, 0, 8, 9)))
	require.ErrorIs(t, err, ErrMismatch)
	_, err = fr.NYCbCrA()
	require.ErrorIs(t, err, ErrInvalidFormat)
}

// Raw samples in Go's types.
func TestYCbCrSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for _, f := range []Format{NV12, NV21, NV16, NV24, YUV420P, YUV422P, YUV444P, YUV440P, YUV411P, YV12, YUVA420P, YUVJ422P} {
		for _, size := range oddSizes {
			fr := randomFrame(t, r, f, size[0], size[1], 8)
			m, err := fr.YCbCr()
			require.NoError(t, err, "%v", f)
			x, y := f.ChromaShift()
			for py := range size[1] {
				for px := range size[0] {
					got := m.YCbCrAt(px, py)
					want := color.YCbCr{Y: uint8(sampleAt(fr, 0, px, py)), Cb: uint8(sampleAt(fr, 1, px>>x, py>>y)), Cr: uint8(sampleAt(fr, 2, px>>x, py>>y))}
					require.Equal(t, want, got, "%v %v at %d,%d", f, size, px, py)
				}
			}
			g, err := fr.Gray()
			require.NoError(t, err)
			require.EqualValues(t, sampleAt(fr, 0, size[0]-1, size[1]-1), g.GrayAt(size[0]-1, size[1]-1).Y)
		}
	}
	for _, f := range []Format{P016, RGB24, Gray, YUV410P, YUYV422, YUV420P10} {
		fr, err := NewHost(f, 8, 8)
		require.NoError(t, err)
		_, err = fr.YCbCr()
		require.ErrorIs(t, err, ErrInvalidFormat, "%v", f)
	}
	fr, err := NewHost(YA8, 8, 8)
	require.NoError(t, err)
	_, err = fr.Gray()
	require.ErrorIs(t, err, ErrInvalidFormat)
}

func TestRGBADoesNotAllocate(t *testing.T) {
	if raceEnabled {
		return
	}
	f, err := NewHost(NV12, 320, 240)
	require.NoError(t, err)
	dst := image.NewRGBA(image.Rect(0, 0, 320, 240))
	require.Zero(t, testing.AllocsPerRun(10, func() { _, err = f.RGBA(dst) }))
	require.NoError(t, err)
}

func BenchmarkRGBA(b *testing.B) {
	for _, c := range []yuvCase{{NV12, 8}, {P016, 10}} {
		b.Run(c.String(), func(b *testing.B) {
			f := benchFrame(b, c.f, c.depth)
			dst := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
			for b.Loop() {
				if _, err := f.RGBA(dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
