package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestScaler compares what is scaled with the same picture drawn at that size.
func TestScaler(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, to := range []frame.Format{frame.NV12, frame.YUV420P, frame.YV12, frame.P010, frame.YUV444, frame.ARGB} {
		s, err := NewScaler(96, 64, to, nil)
		require.NoError(t, err)
		for _, c := range []struct {
			f    frame.Format
			w, h int
		}{{to, 96, 64}, {to, 192, 128}, {to, 48, 32}, {frame.NV12, 192, 128}, {frame.P010, 192, 128}, {frame.YUV444, 96, 64}} {
			in := testPicture(t, c.f, c.w, c.h, 0)
			in.PTS, in.TimeBase, in.SAR, in.Key = 7, frame.Rational{Num: 1, Den: 25}, frame.Rational{Num: 4, Den: 3}, true
			out, err := s.Scale(in)
			require.NoError(t, err, "%v to %v", c.f, to)
			require.Equal(t, [2]int{96, 64}, [2]int{out.Width, out.Height})
			require.Equal(t, to, out.Format)
			require.Equal(t, frame.Host, out.Memory)
			require.EqualValues(t, 7, out.PTS)
			require.Equal(t, in.TimeBase, out.TimeBase)
			require.Equal(t, in.SAR, out.SAR, "the picture keeps its shape")
			require.True(t, out.Key)
			switch {
			case c.f == to && c.w == 96:
				require.Equal(t, planar(t, in), planar(t, out), "%v is not copied as it is", to)
			case c.f == to:
				want := meanOf(t, in)
				require.InDeltaSlice(t, want, meanOf(t, out), 3, "%v %dx%d", to, c.w, c.h)
			}
			out.Release()
		}
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
		_, err = s.Scale(testPicture(t, to, 96, 64, 0))
		require.ErrorIs(t, err, ErrClosed)
	}
}

// meanOf is the mean of each component's samples, in units of 8 bits.
func meanOf(t *testing.T, f *frame.Frame) []float64 {
	var means []float64
	for _, p := range f.Planes {
		comps := p.Shape[2]
		sum, n := make([]float64, comps), 0.0
		for y := range p.Shape[0] {
			for x := range p.Shape[1] {
				for c := range comps {
					if i := y*p.Pitch + x*comps + c; f.Format.SampleBytes() == 1 {
						sum[c] += float64(p.Data[i])
					} else {
						i = y*p.Pitch + 2*(x*comps+c)
						sum[c] += float64(int(p.Data[i])|int(p.Data[i+1])<<8) / 256
					}
				}
				n++
			}
		}
		for _, s := range sum {
			means = append(means, s/n)
		}
	}
	return means
}

// TestScalerShape wants the shape of the picture kept, and colours converted.
func TestScalerShape(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	s, err := NewScaler(640, 360, frame.NV12, &ScalerConfig{Color: frame.Color{Range: frame.RangeFull}})
	require.NoError(t, err)
	defer s.Close()
	in := testPicture(t, frame.NV12, 720, 576, 0)
	in.SAR, in.Color = frame.Rational{Num: 16, Den: 11}, frame.Unspecified
	in.Color.Range, in.Color.Matrix = frame.RangeLimited, 8 // one that libswscale does not know
	for i := range in.Planes[0].Data {
		in.Planes[0].Data[i] = 235
	}
	out, err := s.Scale(in)
	require.NoError(t, err)
	defer out.Release()
	require.InDelta(t, 720.0*16/11/576, float64(out.Width)*out.SAR.Float64()/float64(out.Height), 1e-9)
	require.Equal(t, frame.RangeFull, out.Color.Range)
	require.Equal(t, in.Color.Matrix, out.Color.Matrix)
	require.InDelta(t, 255, meanOf(t, out)[0], 1, "white stays white")
}

func TestScalerBadUse(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	_, err := NewScaler(0, 64, frame.NV12, nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewScaler(64, 64, frame.Unknown, nil)
	require.ErrorIs(t, err, ErrArgument)
	s, err := NewScaler(64, 64, frame.NV12, nil)
	require.NoError(t, err)
	_, err = s.Scale(nil)
	require.ErrorIs(t, err, ErrArgument)
	require.NoError(t, s.Close())
	var none *Scaler
	require.NoError(t, none.Close())
	_, err = none.Scale(nil)
	require.ErrorIs(t, err, ErrArgument)
}

// TestScalerAllocs counts the steady state: every second frame of another size would
// make a new engine, so all are alike.
func TestScalerAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	s, err := NewScaler(64, 64, frame.NV12, nil)
	require.NoError(t, err)
	defer s.Close()
	in := testPicture(t, frame.NV12, 96, 80, 0)
	step := func() {
		out, err := s.Scale(in)
		if err != nil {
			t.Fatal(err)
		}
		out.Release()
	}
	for range 20 {
		step()
	}
	if allocs := testing.AllocsPerRun(200, step); !raceEnabled {
		require.Zero(t, allocs)
	}
}
