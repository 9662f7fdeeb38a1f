package transcode

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestSizeChanges scales what has another size than the first picture: one stream has
// one size.
func TestSizeChanges(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, name := range []string{"h264-resize.ts", "h264-resize.h264"} {
		in, out := testutils.Clip(t, name), filepath.Join(t.TempDir(), "out.mkv")
		res, err := Run(context.Background(), fast(in, out))
		require.NoError(t, err, name)
		want, got := read(t, in), read(t, out)
		require.Positive(t, res.Scaled, name)
		require.Less(t, res.Scaled, res.Frames, name)
		compare(t, want, got, res, "mkv")
		require.Greater(t, distance(t, scaledByHand(t, in, got.info), planes(t, out)), 30.0, name)
	}
}

// scaledByHand gives the pictures of a file in one size.
func scaledByHand(t *testing.T, path string, s codec.StreamInfo) func() []byte {
	scaler, err := codec.NewScaler(s.Width, s.Height, frame.YUV420P, nil)
	require.NoError(t, err)
	t.Cleanup(func() { scaler.Close() })
	return samples(t, path, func(f *frame.Frame) []byte {
		g, err := scaler.Scale(f)
		if err != nil {
			return nil
		}
		defer g.Release()
		b, _ := g.AppendPlanar(nil)
		return b
	})
}

// TestScale goes to a size that was asked for; the picture keeps its shape.
func TestScale(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, c := range []struct {
		name string
		w, h int
	}{{"av-12s.mp4", 160, 90}, {"h264-rotated.mp4", 64, 200}, {"hevc10.mkv", 400, 100}} {
		in, out := testutils.Clip(t, c.name), filepath.Join(t.TempDir(), "out.mp4")
		job := fast(in, out)
		job.Width, job.Height = c.w, c.h
		job.Encoder.Rate.Quality = 10
		res, err := Run(context.Background(), job)
		require.NoError(t, err)
		require.Equal(t, res.Frames, res.Scaled)
		want, got := read(t, in), read(t, out)
		require.Equal(t, [2]int{c.w, c.h}, [2]int{got.info.Width, got.info.Height})
		shape := func(s codec.StreamInfo) float64 {
			sar := 1.0
			if s.SAR.Num > 0 {
				sar = s.SAR.Float64()
			}
			return sar * float64(s.Width) / float64(s.Height)
		}
		if want.info.SAR.Num > 0 {
			require.InDelta(t, shape(want.info), shape(got.info), 0.01, c.name)
		}
		require.Equal(t, want.info.BitDepth, got.info.BitDepth)
		want.info.Width, want.info.Height = c.w, c.h
		compare(t, want, got, res, "mp4")
	}
}

// TestChaptersAndCover keeps both where the container has them, and says so where not.
func TestChaptersAndCover(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dir := t.TempDir()
	source := filepath.Join(dir, "source.mp4")
	var cover bytes.Buffer
	require.NoError(t, jpeg.Encode(&cover, image.NewYCbCr(image.Rect(0, 0, 48, 48), image.YCbCrSubsampleRatio420), nil))
	decorate(t, testutils.Clip(t, "av-12s.mp4"), source, cover.Bytes())
	for _, ext := range []string{"mp4", "m4v", "mkv", "ts", "mov"} {
		out := filepath.Join(dir, "out."+ext)
		res, err := Run(context.Background(), fast(source, out))
		require.NoError(t, err)
		compare(t, read(t, source), read(t, out), res, ext)
		dem, err := codec.Open(context.Background(), out, &codec.DemuxerConfig{Select: codec.AllStreams})
		require.NoError(t, err)
		chapters, pictures := dem.Container().Chapters, 0
		for p, err := range dem.Packets() {
			require.NoError(t, err)
			if dem.Streams()[p.Stream].AttachedPicture {
				pictures++
				require.Equal(t, cover.Bytes(), p.Data, ext)
			}
		}
		require.NoError(t, dem.Close())
		left := strings.Join(res.Left, " ")
		switch ext {
		case "ts":
			require.Empty(t, chapters)
			require.Contains(t, left, "mjpeg")
			continue
		case "mov":
			require.Contains(t, left, "mjpeg")
		default:
			require.Equal(t, 1, pictures, ext)
			require.NotContains(t, left, "mjpeg")
		}
		require.Len(t, chapters, 2, ext)
		require.Equal(t, "second", chapters[1].Metadata["title"], ext)
		require.InDelta(t, 5, chapters[1].Start.Seconds(), 0.001, ext)
	}
}

// decorate copies a clip and gives it chapters and a cover, which comes as a stream of its
// own that a muxer knows by its mark.
func decorate(t *testing.T, in, out string, cover []byte) {
	dem, err := codec.Open(context.Background(), in, &codec.DemuxerConfig{Select: codec.AllStreams})
	require.NoError(t, err)
	defer dem.Close()
	streams := append(dem.Streams(), codec.StreamInfo{Codec: codec.MJPEG, Width: 48, Height: 48, AttachedPicture: true})
	m, err := codec.Create(context.Background(), out, &codec.MuxerConfig{Chapters: []codec.Chapter{
		{ID: 1, End: 5 * time.Second, Metadata: map[string]string{"title": "first"}},
		{ID: 2, Start: 5 * time.Second, End: 12 * time.Second, Metadata: map[string]string{"title": "second"}},
	}}, streams...)
	require.NoError(t, err)
	require.NoError(t, m.WritePacket(&codec.Packet{Stream: len(streams) - 1, Data: cover, PTS: codec.NoPTS, DTS: codec.NoPTS, Key: true}))
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		require.NoError(t, m.WritePacket(p))
	}
	require.NoError(t, m.Close())
}
