package transcode

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// media are real files: every container and video codec of the corpus, variable rates,
// edit lists, B-frames, times before zero, 10 bit, odd sizes, rotation, HDR, subtitles.
var media = []struct {
	name, ext string
	id        codec.ID
	lossless  bool
}{
	{"h264-mp4-editlist-discards-first-key.mp4", "mp4", codec.H264, true},
	{"h264-mp4-editlist-positive-shift.mp4", "mp4", codec.H264, false},
	{"h264-mov-editlist-3-entries.mov", "mp4", codec.H264, false},
	{"h264-mov-editlist-ends-on-last-bframe.mov", "mov", codec.H264, false},
	{"h264-mp4-android-slowmotion-vfr.mp4", "mp4", codec.H264, false},
	{"h264-mp4-3bframes-nopyramid-norestriction.mp4", "mp4", codec.H264, true},
	{"h264-mp4-nonzero-start.mp4", "mp4", codec.H264, false},
	{"h264-mp4-848x464-rot90.mp4", "mp4", codec.H264, false},
	{"h264-mov-iphone-rot90.mov", "mov", codec.H264, false},
	{"h264-mov-rot180-3f.mov", "mp4", codec.HEVC, false},
	{"h264-mp4-high10-200x200.mp4", "mp4", codec.H264, true},
	{"h264-mp4-high444-321x241.mp4", "mp4", codec.H264, true},
	{"h264-mp4-bpyramid-3b-sar64x45.mp4", "mkv", codec.H264, false},
	{"h264-mkv-16x8.mkv", "mkv", codec.H264, true},
	{"h264-mkv-camera-pancake-426x240.mkv", "mp4", codec.H264, false},
	{"h264-flv-1080x720.flv", "mp4", codec.H264, false},
	{"h264-fmp4-bear-640x360.mp4", "mp4", codec.H264, false},
	{"h264-ts-82x144.ts", "ts", codec.H264, false},
	{"h264-annexb-bear-320x180.h264", "mkv", codec.H264, false},
	{"h264-annexb-high422-320x180.264", "mp4", codec.H264, true},
	{"hevc-mov-editlist-starts-on-b.mov", "mp4", codec.HEVC, false},
	{"hevc-mp4-bear-640x360.mp4", "mp4", codec.HEVC, false},
	{"hevc-mp4-444-8bit-321x241.mp4", "mp4", codec.HEVC, true},
	{"hevc-mp4-main10-200x200.mp4", "mp4", codec.HEVC, true},
	{"hevc-mkv-dovi-256x144.mkv", "mkv", codec.H264, false},
	{"hevc-annexb-girlshy-316x240.h265", "mp4", codec.H264, false},
	{"av1-mp4-bear-320x240.mp4", "mp4", codec.AV1, false},
	{"av1-mp4-10bit-320x240.mp4", "mp4", codec.HEVC, false},
	{"av1-vector-odd-width-179x120.ivf", "mp4", codec.AV1, false},
	{"av1-obu-bbb-176x144.av1", "mkv", codec.H264, false},
	{"vp8-webm-bear-320x240.webm", "webm", codec.AV1, false},
	{"vp8-vector-02-inter-1418.ivf", "mp4", codec.H264, true},
	{"vp9-webm-bear-161x121.webm", "webm", codec.AV1, false},
	{"vp9-mp4-10bit-321x241.mp4", "mp4", codec.AV1, false},
	{"vp9-vector-vp91-2-04-yuv444.webm", "mp4", codec.H264, true},
	{"mpeg1-es-camera-cube-384x288.mpeg", "mp4", codec.H264, false},
	{"mpeg2-ps-camera-hello-640x480.mpeg", "mp4", codec.H264, false},
	{"mpeg2-m2ts-bear-320x192.m2ts", "ts", codec.H264, false},
	{"mpeg2-es-bbb-176x144.m2v", "mp4", codec.H264, false},
	{"mpeg2-mp4-121x81.mp4", "mp4", codec.AV1, false},
	{"mpeg4-avi-packed-bframes.avi", "mkv", codec.H264, false},
	{"mpeg4-mp4-bunny-176x144.mp4", "mp4", codec.H264, false},
	{"h263-3gp-bunny-176x144.3gp", "mp4", codec.H264, false},
	{"flv1-flv-bear.flv", "flv", codec.H264, false},
	{"msmpeg4v3-asf-bear.asf", "mkv", codec.H264, false},
	{"vc1-wmv-main-screen-640x480.wmv", "asf", codec.H264, false},
	{"vc1-ismv-advanced-240x104.ismv", "asf", codec.H264, false},
	{"mjpeg-avi-camera-160x120.avi", "mov", codec.H264, false},
	{"mjpeg-raw-cars-320x240.mjpeg", "mp4", codec.H264, false},
}

// TestMedia sends real files through.
func TestMedia(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Short(t)
	ffprobe := testutils.FFprobeProgram(t)
	dir := testutils.Media(t)
	require.GreaterOrEqual(t, len(media), 30)
	for _, m := range media {
		t.Run(m.name, func(t *testing.T) {
			in, out := filepath.Join(dir, m.name), filepath.Join(t.TempDir(), "out."+m.ext)
			job := Job{In: in, Out: out, Device: codec.CPU, Copy: true}
			job.Encoder = codec.EncoderConfig{Codec: m.id, Preset: codec.P1}
			if m.lossless {
				job.Encoder.Tuning = codec.Lossless
			}
			res, err := Run(context.Background(), job)
			require.NoError(t, err)
			require.NoFileExists(t, part.Name(out))
			want, got := read(t, in), read(t, out)
			compare(t, want, got, res, m.ext)
			if m.lossless {
				require.NoError(t, sameSums(want.sums, got.sums), "samples")
			}
			probe(t, ffprobe, in, out, len(want.pts))
		})
	}
}
