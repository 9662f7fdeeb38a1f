package codec

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestTranscoderMedia cuts real files: variable rates, open GOPs, B-frames, times before
// and after 0, edit lists, containers without an index.
func TestTranscoderMedia(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Short(t)
	dir := testutils.Media(t)
	for _, name := range []string{
		"h264-mp4-editlist-positive-shift.mp4", "h264-mov-editlist-3-entries.mov", "h264-mov-editlist-ends-on-last-bframe.mov",
		"h264-mp4-android-slowmotion-vfr.mp4", "h264-mp4-3bframes-nopyramid-norestriction.mp4", "h264-mp4-nonzero-start.mp4",
		"h264-mp4-high10-200x200.mp4", "h264-mkv-camera-pancake-426x240.mkv", "h264-fmp4-bear-640x360.mp4", "hevc-mov-editlist-starts-on-b.mov",
		"hevc-mp4-bear-640x360.mp4", "hevc-mp4-main10-200x200.mp4", "av1-mp4-bear-320x240.mp4", "vp8-webm-bear-320x240.webm",
		"mpeg2-m2ts-bear-320x192.m2ts", "mpeg2-ps-camera-hello-640x480.mpeg", "h264-flv-1080x720.flv", "h264-ts-82x144.ts", "mpeg4-mp4-bunny-176x144.mp4",
		"mpeg4-avi-camera-physics-400x300.avi", "mpeg4-avi-packed-bframes.avi", "mjpeg-avi-camera-160x120.avi", // pictures without times of their own
	} {
		t.Run(name, func(t *testing.T) {
			testutils.LeakCheck(t)
			path := filepath.Join(dir, name)
			src := filmed(t, path)
			cfg := lossless()
			tr, done := newTestTranscoder(t, path, cfg)
			defer done()
			n := len(src.times)
			rnd := rand.New(rand.NewPCG(3, 4))
			cuts := [][2]time.Duration{{src.times[0], src.times[n/3]}, {src.times[n/3], src.times[n/2]}}
			for range 3 {
				a := rnd.IntN(n)
				b := a + 1 + rnd.IntN(min(n-a, 40))
				end := src.times[n-1] + time.Hour
				if b < n {
					end = src.times[b]
				}
				cuts = append(cuts, [2]time.Duration{src.times[a], end})
			}
			for _, c := range cuts {
				if c[0] >= c[1] {
					continue
				}
				ext := ".mov"
				switch filepath.Ext(name) { // by what holds their audio
				case ".mkv":
					ext = ".mp4"
				case ".webm", ".avi":
					ext = ".mkv"
				}
				out := filepath.Join(t.TempDir(), "out"+ext)
				err := tr.WriteFile(context.Background(), out, nil, Interval{c[0], c[1]})
				require.NoError(t, err)
				got := filmed(t, out)
				frames, sounds := checkSegment(t, src, got, c[0], c[1], 0, 0, 0)
				require.Equal(t, frames, len(got.times), "%v", c)
				require.Equal(t, sounds, len(got.audio), "%v", c)
			}
		})
	}
}

// TestTranscoderRotation: the new file is turned as the source was, where its container has
// a place for that.
func TestTranscoderRotation(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dir := testutils.Media(t)
	for name, want := range map[string]int{"h264-mov-rot90-3f.mov": 90, "h264-mov-rot180-3f.mov": 180, "h264-mov-iphone-568x320.mov": 0} {
		for _, ext := range []string{".mp4", ".mov"} {
			cfg := lossless()
			cfg.Encoder.Tuning = HighQuality
			tr, done := newTestTranscoder(t, filepath.Join(dir, name), cfg)
			out := filepath.Join(t.TempDir(), "out"+ext)
			require.NoError(t, tr.WriteFile(context.Background(), out, nil, Interval{0, 100 * time.Millisecond}))
			done()
			dem, err := Open(context.Background(), out, nil)
			require.NoError(t, err)
			require.Equal(t, want, dem.Stream().Rotation, name+ext)
			require.NoError(t, dem.Close())
		}
	}
}
