package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func sei(t *testing.T, args ...string) (string, error) {
	var b bytes.Buffer
	err := run(t.Context(), args, &b)
	return b.String(), err
}

const uuid = "086f3693-b7b3-4f2c-9653-21492feee5b8"

// TestInsert writes a text without coding anew, and reads it again, with FFmpeg too.
func TestInsert(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for in, ext := range map[string]string{"demo.mp4": "mp4", "hevc.mp4": "mkv", "h264.mkv": "ts", "av-12s.mp4": "mov"} {
		clip, out := testutils.Clip(t, in), filepath.Join(t.TempDir(), "out."+ext)
		s, err := sei(t, "insert", "-i", clip, "-o", out, "-uuid", uuid, "-text", "camera 7: \x00\x00\x01")
		require.NoError(t, err, in)
		require.Contains(t, s, "pictures have it")
		s, err = sei(t, "extract", "-i", out, "-json", "-device", "cpu")
		require.NoError(t, err)
		frames := map[int]bool{}
		for line := range strings.Lines(s) {
			var r struct {
				Frame   int
				Payload string
				Value   struct{ Data []byte }
			}
			require.NoError(t, json.Unmarshal([]byte(line), &r))
			if strings.HasPrefix(r.Payload, strings.ReplaceAll(uuid, "-", "")) {
				require.Equal(t, "camera 7: \x00\x00\x01", string(r.Value.Data))
				require.False(t, frames[r.Frame], "twice")
				frames[r.Frame] = true
			}
		}
		probe, err := exec.Command(testutils.FFprobeProgram(t), "-v", "error", "-select_streams", "v:0", "-show_frames", "-of", "json", out).Output()
		require.NoError(t, err)
		var doc struct{ Frames []any }
		require.NoError(t, json.Unmarshal(probe, &doc))
		require.Len(t, frames, len(doc.Frames), "every frame has it")
		require.GreaterOrEqual(t, bytes.Count(probe, []byte("User Data Unregistered")), len(doc.Frames), in)
		sum := func(path string) string {
			b, err := exec.Command(testutils.FFmpegProgram(t), "-v", "error", "-i", path, "-map", "0:v:0", "-f", "md5", "-").Output()
			require.NoError(t, err)
			return string(b)
		}
		require.Equal(t, sum(clip), sum(out), "the pictures are the same")
	}
}

func TestExtract(t *testing.T) {
	testutils.FFmpeg(t)
	s, err := sei(t, "extract", "-i", testutils.Clip(t, "hevc-hdr10.mp4"), "-device", "cpu")
	require.NoError(t, err)
	require.Contains(t, s, "mastering_display_colour_volume: R(")
	require.Contains(t, s, "content_light_level_info: MaxCLL ")
	require.Contains(t, s, `stream {"mastering_display":`)
	for _, args := range [][]string{{}, {"show"}, {"extract"}, {"insert", "-i", "x"}, {"insert", "-i", "x", "-o", "y", "-uuid", "12"},
		{"insert", "-i", testutils.Clip(t, "vp9.webm"), "-o", filepath.Join(t.TempDir(), "x.webm"), "-uuid", uuid}} {
		_, err := sei(t, args...)
		require.Error(t, err, args)
	}
}
