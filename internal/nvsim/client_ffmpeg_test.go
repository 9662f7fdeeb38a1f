package nvsim

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// quirks of FFmpeg 5.1, which is a client that we cannot change: it tells the
// parser of longer headers than it passes.
const quirks = "bytes of sequence header do not fit"

// frames decodes a file with ffmpeg, by a decoder of that name or its own choice,
// and returns the MD5 of each frame.
func frames(t *testing.T, sim bool, decoder, file, format string) []string {
	t.Helper()
	args := []string{"-v", "error", "-noautorotate"}
	if decoder != "" {
		args = append(args, "-c:v", decoder)
	}
	args = append(args, "-i", file, "-map", "0:v:0", "-vsync", "0")
	if format != "" {
		args = append(args, "-pix_fmt", format)
	}
	args = append(args, "-f", "framemd5", "-")
	program := testutils.FFmpegProgram(t)
	var out string
	if sim {
		code, o, errs := run(t, Options{Profile: "blackwell", Env: []string{"NVSIM_ALLOW=" + quirks}}, program, args...)
		require.Equal(t, 0, code, "%s: %.2000s", file, errs)
		out = o
	} else {
		b, err := exec.Command(program, args...).Output()
		require.NoError(t, err)
		out = string(b)
	}
	return hashes(out)
}

// hashes reads the text of ffmpeg's framemd5.
func hashes(text string) (md5 []string) {
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(line, "#") {
			md5 = append(md5, f[len(f)-1])
		}
	}
	return md5
}

func hasCuvid(t *testing.T) {
	t.Helper()
	out, err := exec.Command(testutils.FFmpegProgram(t), "-hide_banner", "-decoders").Output()
	require.NoError(t, err)
	if !strings.Contains(string(out), "h264_cuvid") {
		testutils.Skip(t, "ffmpeg without cuvid", "REQUIRE_FFMPEG")
	}
}

// The ffmpeg program, unmodified, decodes on the simulator as on a GPU and gives
// the frames of libavcodec.
func TestClientFFmpeg(t *testing.T) {
	simDir(t)
	hasCuvid(t)
	for _, c := range []struct{ file, codec, format string }{
		{"h264.mkv", "h264", "yuv420p"},
		{"h264-interlaced.ts", "h264", "yuv420p"},
		{"h264-opengop.mp4", "h264", "yuv420p"},
		{"h264-crop.mp4", "h264", "yuv420p"},
		{"hevc.mp4", "hevc", "yuv420p"},
		{"hevc10.mkv", "hevc", "yuv420p10le"},
		{"hevc-444.mp4", "hevc", "yuv444p"},
		{"vp8.webm", "vp8", "yuv420p"},
		{"vp9.webm", "vp9", "yuv420p"},
		{"av1.mp4", "av1", "yuv420p"},
		{"mpeg2.ts", "mpeg2", "yuv420p"},
		{"mpeg4.avi", "mpeg4", "yuv420p"},
		{"mjpeg.avi", "mjpeg", "yuvj420p"},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			file := testutils.Clip(t, c.file)
			want := frames(t, false, "", file, c.format)
			require.NotEmpty(t, want)
			require.Equal(t, want, frames(t, true, c.codec+"_cuvid", file, c.format))
		})
	}
}

// mediaExceptions are files with which ffmpeg's cuvid decoders do something else
// than its own decoders, on any driver.
var mediaExceptions = map[string]string{
	"h264-jvt-CVFC1_Sony_C.jsv":                 "crop at the left and top is not in the display area",
	"h264-jvt-HCBP2_HHI_A.264":                  "ffmpeg has 25 surfaces and maps some too late: the simulator tells",
	"h264-mov-editlist-3-entries.mov":           "cuvid ignores edit lists",
	"h264-mov-editlist-discards-half.mov":       "cuvid ignores edit lists",
	"h264-mov-editlist-ends-on-last-bframe.mov": "cuvid ignores edit lists",
	"h264-mov-iphone-568x320.mov":               "cuvid ignores edit lists",
	"h264-mp4-editlist-discards-first-key.mp4":  "cuvid ignores edit lists",
	"hevc-mov-editlist-starts-on-b.mov":         "cuvid ignores edit lists",
	"hevc-mov-iphone-dolbyvision-hlg-rot90.mov": "cuvid ignores edit lists",
	"av1-vector-vq-suite-001.ivf":               "full range told by another pixel format",
	"mjpeg-avi-camera-160x120.avi":              "4:2:2 comes out as 4:2:0",
	"mpeg4-avi-packed-bframes.avi":              "a picture that is not coded is shown once more",
}

// The same for the files of the media corpus that NVDEC can decode: a few small
// ones, or all with NVSIM_CLIENTS=1, which takes minutes.
func TestClientFFmpegMedia(t *testing.T) {
	testutils.Short(t)
	dir := testutils.Media(t)
	simDir(t)
	hasCuvid(t)
	var manifest struct {
		Files []struct {
			Name     string
			FrameMD5 string
			Derived  struct {
				Codec, Decode string
				PixFmt        string `json:"pix_fmt"`
				Width, Height int
				Frames        int
				Changes       int `json:"frame_format_changes"`
			}
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &manifest))
	codecs := map[string]string{"h264": "h264", "hevc": "hevc", "vp8": "vp8", "vp9": "vp9", "av1": "av1", "mpeg1video": "mpeg1", "mpeg2video": "mpeg2", "mpeg4": "mpeg4",
		"mjpeg": "mjpeg", "vc1": "vc1"}
	taken := map[string]int{}
	smallest := map[string]int{"hevc": 144, "vp9": 128, "av1": 128, "mjpeg": 64}
	for _, f := range manifest.Files {
		d := f.Derived
		codec := codecs[d.Codec]
		small := max(smallest[codec], 48)
		switch {
		case codec == "" || d.Decode != "ok" || d.Changes > 0 || mediaExceptions[f.Name] != "":
			continue
		case d.Width < small || d.Height < 16 || (smallest[codec] > 0 && d.Height < small):
			continue
		case d.Width%2 != 0 || d.Height%2 != 0:
			continue // ffmpeg's cuvid rounds sizes up
		case strings.Contains(d.PixFmt, "422") || strings.Contains(d.PixFmt, "440") || strings.Contains(d.PixFmt, "gray") || strings.Contains(d.PixFmt, "gbr"):
			continue
		case strings.Contains(d.PixFmt, "444") && codec != "hevc", strings.Contains(d.PixFmt, "12") && codec == "av1":
			continue
		case os.Getenv("NVSIM_CLIENTS") == "" && (d.Width*d.Height*d.Frames > 4_000_000 || taken[codec] == 4):
			continue
		}
		taken[codec]++
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(dir, f.Name)
			golden, err := os.ReadFile(filepath.Join(dir, f.FrameMD5))
			require.NoError(t, err)
			want := hashes(string(golden))
			require.NotEmpty(t, want)
			require.Equal(t, want, frames(t, true, codec+"_cuvid", file, d.PixFmt))
		})
	}
}
