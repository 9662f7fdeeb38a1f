package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
)

// lumaOf decodes the first n frames of a clip and returns their luma, and the last frame's
// description.
func lumaOf(t *testing.T, clip string, n int, cfg *DecoderConfig) (planes [][]byte, last *frame.Frame) {
	last = new(frame.Frame)
	dem := openClip(t, clip)
	dec, err := NewDecoder(dem.Stream(), cfg)
	require.NoError(t, err)
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		b, err := f.AppendBytes(nil)
		require.NoError(t, err)
		planes = append(planes, b[:f.Width*f.Height])
		last.Width, last.Height, last.SAR = f.Width, f.Height, f.SAR
		f.Release()
		if len(planes) == n {
			break
		}
	}
	return planes, last
}

// NVDEC's own scaler shows the same part of the picture as ours, in its proportions. The
// session is used again afterwards without it.
func TestNVDECScale(t *testing.T) {
	for _, c := range []struct {
		clip          string
		width, height int
	}{{"demo.mp4", 320, 180}, {"demo.mp4", 224, 224}, {"h264-crop.mp4", 96, 64}, {"demo.mp4", 800, 450}, {"av-12s.mp4", 160, 90}} {
		onNVDEC(t)
		cfg := onGPU(DecoderConfig{ScaleWidth: c.width, ScaleHeight: c.height})
		got, scaled := lumaOf(t, c.clip, 8, &cfg)
		require.Equal(t, [2]int{c.width, c.height}, [2]int{scaled.Width, scaled.Height})
		plain := onGPU(DecoderConfig{})
		want, whole := lumaOf(t, c.clip, 8, &plain)
		soft := onCPU(DecoderConfig{})
		again, _ := lumaOf(t, c.clip, 8, &soft)
		require.Equal(t, again, want, "%s, without the scaler", c.clip)
		if whole.SAR.Num > 0 {
			shape := func(f *frame.Frame) float64 { return f.SAR.Float64() * float64(f.Width) / float64(f.Height) }
			require.InDelta(t, shape(whole), shape(scaled), 1e-9, c.clip)
		}
		for _, filter := range []frame.Filter{frame.Bilinear, frame.Area} {
			ours := soft
			ours.Conversion = frame.Conversion{Width: c.width, Height: c.height, Filter: filter}
			want, _ := lumaOf(t, c.clip, 8, &ours)
			var db float64
			for i := range want {
				db += psnr(t, want[i], got[i], 8) / float64(len(want))
			}
			t.Logf("scaler: %s, %dx%d to %dx%d: luma is %.1f dB from %v", c.clip, whole.Width, whole.Height, c.width, c.height, db, filter)
			require.Greater(t, db, 20.0)
		}
	}
}

func TestScaleNeedsNVDEC(t *testing.T) {
	for _, bad := range []DecoderConfig{{ScaleWidth: 3, ScaleHeight: 2}, {ScaleWidth: 2}, {ScaleHeight: -2, ScaleWidth: 2}, {ScaleWidth: 1 << 20, ScaleHeight: 2}} {
		_, err := NewDecoder(StreamInfo{Codec: H264}, &bad)
		require.ErrorIs(t, err, ErrArgument)
		require.ErrorContains(t, err, "ScaleWidth")
	}
	dem := openClip(t, "demo.mp4")
	cfg := onCPU(DecoderConfig{ScaleWidth: 32, ScaleHeight: 32})
	_, err := NewDecoder(dem.Stream(), &cfg)
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "ScaleWidth x ScaleHeight 32x32")
}
