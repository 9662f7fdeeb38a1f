package transcode

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestQuality wants more than 35 dB at 0.1 bit a pixel of real pictures.
func TestQuality(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Short(t)
	dir := testutils.Media(t)
	for name, id := range map[string]codec.ID{
		"h264-fmp4-bear-640x360.mp4": codec.H264, "hevc-mp4-bear-640x360.mp4": codec.HEVC, "h264-mp4-848x464-bframes.mp4": codec.H264,
	} {
		in, out := filepath.Join(dir, name), filepath.Join(t.TempDir(), "out.mp4")
		s := read(t, in).info
		fps := s.FrameRate.Float64()
		job := fast(in, out)
		job.Encoder.Codec, job.Encoder.Preset = id, codec.P4
		job.Encoder.Rate = codec.RateControl{Mode: codec.VBR, BitRate: int64(0.1 * float64(s.Width*s.Height) * fps)}
		res, err := Run(context.Background(), job)
		require.NoError(t, err)
		fi, err := os.Stat(out)
		require.NoError(t, err)
		t.Logf("%s: %.2f dB, %d bytes", name, distance(t, planes(t, in), planes(t, out)), fi.Size())
		require.Greater(t, distance(t, planes(t, in), planes(t, out)), 35.0, name)
		require.NotZero(t, res.Frames)
	}
}

// distance is the PSNR of luma and chroma together, over all frames, of 8-bit samples.
func distance(t *testing.T, x, y func() []byte) float64 {
	var sum, n float64
	for {
		p, q := x(), y()
		if len(p) != len(q) {
			t.Fatalf("a frame of %d bytes, and one of %d", len(p), len(q))
		}
		if p == nil {
			return 10 * math.Log10(255*255*n/sum)
		}
		for i := range p {
			d := float64(p[i]) - float64(q[i])
			sum += d * d
		}
		n += float64(len(p))
	}
}

// planes gives the samples of one frame after another, then nil.
func planes(t *testing.T, path string) func() []byte {
	return samples(t, path, func(f *frame.Frame) []byte {
		b, _ := f.AppendPlanar(nil)
		return b
	})
}

func samples(t *testing.T, path string, of func(*frame.Frame) []byte) func() []byte {
	dem, err := codec.Open(context.Background(), path, nil)
	require.NoError(t, err)
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: codec.CPU}, Layout: codec.LayoutPlanar})
	require.NoError(t, err)
	out := make(chan []byte, 1)
	go func() {
		defer close(out)
		defer dem.Close()
		defer dec.Close()
		for f, err := range dec.Frames(dem.Packets()) {
			if err != nil {
				return
			}
			b := of(f)
			f.Release()
			out <- b
		}
	}()
	return func() []byte { return <-out }
}
