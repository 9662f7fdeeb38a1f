package avformat

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestMuxOpus copies files with Opus sound, whose first samples are not heard: sound and
// pictures stay where they were.
func TestMuxOpus(t *testing.T) {
	dir := testutils.Media(t)
	for _, c := range []struct{ clip, format string }{
		{"h264-mkv-camera-pancake-426x240.mkv", "matroska"},
		{"h264-mkv-camera-pancake-426x240.mkv", "mp4"},
		{"vp9-webm-no-duration.webm", "webm"},
		{"vp9-webm-no-duration.webm", "matroska"},
	} {
		t.Run(c.clip+" to "+c.format, func(t *testing.T) {
			path, file := filepath.Join(dir, c.clip), filepath.Join(t.TempDir(), "out")
			for range 2 { // and a copy of the copy
				out, err := CreateOutput(context.Background(), file, &OutputOptions{Format: c.format})
				require.NoError(t, err)
				require.NoError(t, remux(t, openPath(t, path), out))
				want, got := seconds(t, path), seconds(t, file)
				require.Equal(t, len(want["opus"]), len(got["opus"]))
				for codec := range want {
					for i := range want[codec] {
						require.InDelta(t, want[codec][i]-want["opus"][0], got[codec][i]-got["opus"][0], 0.0011, "%s %d", codec, i)
					}
				}
				path, file = file, file+"2"
			}
		})
	}
}

// seconds lists when each packet is shown or heard, by codec.
func seconds(t *testing.T, path string) map[string][]float64 {
	in, m, p := openPath(t, path), map[string][]float64{}, newPacket(t)
	for in.ReadPacket(p) == nil {
		s := in.Streams()[p.Times().Stream]
		m[s.Codec] = append(m[s.Codec], float64(p.Times().PTS)*float64(s.TimeBase.Num)/float64(s.TimeBase.Den))
	}
	return m
}
