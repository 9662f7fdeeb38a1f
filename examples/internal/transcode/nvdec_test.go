package transcode

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// hardware are clips that every NVDEC decodes exactly; the media are tried where they are.
var hardware = []struct{ name, ext string }{
	{"av-12s.mp4", "mp4"}, {"h264.mkv", "mp4"}, {"h264-vfr.mkv", "mkv"}, {"h264-editlist.mp4", "mp4"}, {"h264-crop.mp4", "mov"},
	{"h264-opengop.mp4", "mp4"}, {"h264-rotated.mp4", "mp4"}, {"hevc.mp4", "mp4"}, {"hevc10.mkv", "mp4"}, {"hevc-hdr10.mp4", "mp4"},
	{"h264-resize.ts", "mp4"},
}

var hardwareMedia = []struct{ name, ext string }{
	{"h264-mp4-android-slowmotion-vfr.mp4", "mp4"}, {"h264-mp4-848x464-bframes.mp4", "mp4"}, {"h264-mov-iphone-rot90.mov", "mov"},
	{"hevc-mp4-bear-640x360.mp4", "mp4"}, {"hevc-mp4-main10-200x200.mp4", "mp4"}, {"vp9-webm-bear-320x240.webm", "mkv"},
}

// TestNVDECTranscode decodes on the GPU and codes on the CPU: device frames are copied
// down. Without loss every sample has to be that of a decode on the CPU.
func TestNVDECTranscode(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	paths := map[string]string{}
	for _, c := range hardware {
		paths[testutils.Clip(t, c.name)] = c.ext
	}
	if dir := os.Getenv("NVCODEC_MEDIA"); dir != "" {
		for _, c := range hardwareMedia {
			if p := filepath.Join(dir, c.name); exists(p) {
				paths[p] = c.ext
			}
		}
	}
	for in, ext := range paths {
		t.Run(filepath.Base(in), func(t *testing.T) {
			checkLeaks(t)
			out := filepath.Join(t.TempDir(), "out."+ext)
			job := Job{In: in, Out: out, Device: codec.GPU(0), Copy: true, Encoder: codec.EncoderConfig{Preset: codec.P1, Tuning: codec.Lossless}}
			if filepath.Base(in) == "h264-resize.ts" { // scaled, so not the same in every sample
				job.Encoder.Tuning, job.Encoder.Rate.Quality = codec.HighQuality, 20
			}
			res, err := Run(context.Background(), job)
			require.NoError(t, err)
			require.Regexp(t, `^cuda:0, because .+`, res.Decoder)
			require.Regexp(t, `^cpu, because .+`, res.Encoder)
			want, got := read(t, in), read(t, out)
			compare(t, want, got, res, ext)
			if job.Encoder.Tuning == codec.Lossless {
				require.NoError(t, sameSums(want.sums, got.sums), "samples")
			} else {
				require.Positive(t, res.Scaled)
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestNVDECQuality codes with loss what NVDEC decoded, and compares with the source.
func TestNVDECQuality(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	for _, id := range []codec.ID{codec.H264, codec.HEVC} {
		t.Run(string(id), func(t *testing.T) {
			checkLeaks(t)
			in, out := testutils.Clip(t, "demo.mp4"), filepath.Join(t.TempDir(), "out.mp4")
			job := Job{In: in, Out: out, Device: codec.GPU(0), Copy: true, Encoder: codec.EncoderConfig{Codec: id, Preset: codec.P2}}
			res, err := Run(context.Background(), job)
			require.NoError(t, err)
			require.Regexp(t, `^cuda:0, because .+`, res.Decoder)
			db := distance(t, planes(t, in), planes(t, out))
			t.Logf("%v: decoder %s; encoder %s; %d frames, %.1f dB", id, res.Decoder, res.Encoder, res.Frames, db)
			require.Greater(t, db, 35.0)
			compare(t, read(t, in), read(t, out), res, "mp4")
		})
	}
}

// checkLeaks empties the pool of decode sessions on both sides.
func checkLeaks(t *testing.T) {
	codec.TrimCache()
	testutils.LeakCheck(t)
	t.Cleanup(codec.TrimCache)
}
