package frame

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// upload is a copy of f in device memory of its own, with a pitch that is a multiple
// of 512 or, if odd, one that no vector fits.
func upload(t testing.TB, ctx *cuda.Context, f *Frame, odd bool) *Frame {
	t.Helper()
	cfg := &DevicePoolConfig{}
	if odd {
		cfg.Pitch = (f.Format.RowBytes(0, f.Width)+3)&^3 + 4*f.Format.SampleBytes() // chroma rows may be 1/4
	}
	p, err := NewDevicePool(ctx, f.Format, f.Width, f.Height, cfg)
	require.NoError(t, err)
	d, err := p.Get(nil)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	require.NoError(t, f.CopyTo(d))
	d.BitDepth = f.BitDepth
	return d
}

// keepKernels has the kernels of ctx stay until the test ends: a driver without a cache
// would compile them again for each Converter.
func keepKernels(t testing.TB, ctx *cuda.Context) {
	t.Helper()
	k, err := kernelsOf(ctx)
	require.NoError(t, err)
	t.Cleanup(k.close)
}

// requireSameOnDevice converts on both and compares every byte. It returns the bytes.
func requireSameOnDevice(t testing.TB, ctx *cuda.Context, s *cuda.Stream, src *Frame, to Format, c Conversion, odd bool, what string) {
	t.Helper()
	v, err := NewConverter(to, &c)
	require.NoError(t, err, what)
	want, err := v.Convert(src, nil)
	require.NoError(t, err, what)
	d := upload(t, ctx, src, odd)
	got, err := v.Convert(d, s)
	require.NoError(t, err, what)
	d.Release()
	require.Equal(t, Device, got.Memory)
	require.NoError(t, got.Wait(nil))
	a, err := want.AppendBytes(nil)
	require.NoError(t, err)
	b, err := got.AppendBytes(nil)
	require.NoError(t, err)
	if !bytes.Equal(a, b) {
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("%s: byte %d of %d is %d on the device, %d on the CPU", what, i, len(a), b[i], a[i])
			}
		}
	}
	require.Equal(t, [3]any{want.Color, want.BitDepth, want.Rotation}, [3]any{got.Color, got.BitDepth, got.Rotation}, what)
	want.Release()
	got.Release()
	require.NoError(t, v.Close())
}

var everyTarget = append([]Format{NV12, NV21, NV16, NV24, P010, P016, P210, YV12, YUV420P, YUV420P10, YUV422P, YUV444, YUV444P16, Gray, Gray16, GrayF32, GBRAPF16}, convertTargets...)

// The CPU's results and the kernels' are the same.
func TestConvertOnDevice(t *testing.T) {
	ctx, s1, _ := gpu(t)
	keepKernels(t, ctx)
	r := rand.New(rand.NewPCG(45, 46))
	n := 1200
	if testing.Short() {
		n = 250
	}
	for i := range n {
		s := convertSources[r.IntN(len(convertSources))]
		w, h := 1+r.IntN(40), 1+r.IntN(40)
		src := randomFrame(t, r, s.format, w, h, s.depth)
		src.Color = convertColors[r.IntN(len(convertColors))]
		src.Rotation = 90 * r.IntN(4)
		src.Color.ChromaLocation = ChromaLocation(r.IntN(7))
		c := randomConversion(r, w, h)
		to := everyTarget[r.IntN(len(everyTarget))]
		if to.Float() && r.IntN(2) == 0 {
			c.Mean, c.Std = [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}
		}
		what := fmt.Sprintf("%d: %v %d bits %v %dx%d rotation %d to %v by %+v", i, s.format, s.depth, src.Color, w, h, src.Rotation, to, c)
		requireSameOnDevice(t, ctx, s1, src, to, c, r.IntN(2) == 0, what)
	}
}

// The fast kernels, at widths around their vectors, with crops that they allow.
func TestConvertFast(t *testing.T) {
	ctx, s1, _ := gpu(t)
	keepKernels(t, ctx)
	r := rand.New(rand.NewPCG(47, 48))
	sizes := [][2]int{{1, 1}, {5, 3}, {6, 2}, {7, 4}, {8, 5}, {16, 2}, {17, 3}, {21, 4}, {22, 2}, {23, 1}, {32, 4}, {47, 5}, {48, 4}, {64, 6}, {176, 5}, {1920, 3}}
	for _, s := range convertSources {
		if x, y := s.format.ChromaShift(); !s.format.SemiPlanar() || x != 1 || y != 1 || s.format == NV21 {
			continue
		}
		for _, to := range []Format{RGB24, BGR24, RGBA, BGRA, PackedARGB, GBRP, GBRPF16, GBRPF32} {
			for _, size := range sizes {
				src := randomFrame(t, r, s.format, size[0], size[1], s.depth)
				src.Color = convertColors[r.IntN(len(convertColors))]
				c := Conversion{}
				if size[0] > 36 && r.IntN(2) == 0 {
					c.Crop = image.Rect(16, 0, size[0]-r.IntN(20), size[1])
				}
				if to.Float() {
					c.Mean, c.Std = [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}
				}
				what := fmt.Sprintf("%v %d bits %v %v to %v by %+v", s.format, s.depth, src.Color, size, to, c)
				requireFast(t, src, to, c)
				requireSameOnDevice(t, ctx, s1, src, to, c, false, what)
			}
		}
	}
}

// requireFast is that a fast kernel is chosen.
func requireFast(t testing.TB, src *Frame, to Format, c Conversion) {
	v, err := NewConverter(to, &c)
	require.NoError(t, err)
	p, err := v.engine.prepare(src)
	require.NoError(t, err)
	require.True(t, p.steps[0].fast, "%v to %v", src, to)
}

func TestConvertLifetime(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	r := rand.New(rand.NewPCG(49, 50))
	v, err := NewConverter(RGB24, nil)
	require.NoError(t, err)
	// Geometry, format and colour change in mid-stream; streams alternate.
	for i := range 40 {
		f := []Format{NV12, P016, YUV444}[i/7%3]
		depth := 8
		if f == P016 {
			depth = 10
		}
		src := randomFrame(t, r, f, 16+i/5%3, 12, depth)
		src.Color = convertColors[i/3%len(convertColors)]
		want, err := v.Convert(src, nil)
		require.NoError(t, err)
		d := upload(t, ctx, src, false)
		got, err := v.Convert(d, []*cuda.Stream{s1, s2, nil}[i%3])
		require.NoError(t, err)
		d.Release()
		back, err := NewHost(got.Format, got.Width, got.Height)
		require.NoError(t, err)
		require.NoError(t, got.CopyTo(back))
		got.Release()
		a, _ := want.AppendBytes(nil)
		b, _ := back.AppendBytes(nil)
		require.Equal(t, a, b, "frame %d", i)
		want.Release()
	}
	require.NoError(t, v.Close())
	require.NoError(t, v.Close())
	_, err = v.Convert(randomFrame(t, r, NV12, 4, 4, 8), nil)
	require.Error(t, err)
	require.Empty(t, kernelSets.of)
}

// One frame at a time, without a Converter.
func TestFrameConvert(t *testing.T) {
	ctx, _, _ := gpu(t)
	src := randomFrame(t, rand.New(rand.NewPCG(57, 58)), NV12, 18, 10, 8)
	device := upload(t, ctx, src, false)
	want, err := src.Convert(RGB24)
	require.NoError(t, err)
	checkConversion(t, src, want, false)
	got, err := device.Convert(RGB24)
	require.NoError(t, err)
	device.Release()
	require.Equal(t, Device, got.Memory)
	a, err := want.AppendBytes(nil)
	require.NoError(t, err)
	b, err := got.AppendBytes(nil)
	require.NoError(t, err)
	require.Equal(t, a, b)
	want.Release()
	got.Release()
	_, err = src.Convert(PAL8)
	require.ErrorIs(t, err, ErrInvalidFormat)
	_, err = want.Convert(RGB24)
	require.ErrorIs(t, err, ErrReleased)
}
