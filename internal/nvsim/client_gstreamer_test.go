package nvsim

import (
	"cmp"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// gstreamer returns the programs of Debian's GStreamer, or skips.
func gstreamer(t *testing.T) (launch, inspect string) {
	t.Helper()
	if os.Getenv("NVSIM_CLIENTS") == "" {
		testutils.Skip(t, "long test without NVSIM_CLIENTS", "")
	}
	var err error
	if launch, err = exec.LookPath("gst-launch-1.0"); err == nil {
		inspect, err = exec.LookPath("gst-inspect-1.0")
	}
	if err != nil {
		testutils.Skip(t, "no GStreamer", "REQUIRE_CLIENTS")
	}
	return launch, inspect
}

// gst runs one of its programs on a simulated GPU that has everything. The elements
// that the plugin offers depend on the driver and are cached, so the cache is ours.
func gst(t *testing.T, program string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	clients.Lock()
	dir := filepath.Join(clientsDir(t), "gst")
	clients.Unlock()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	return run(t, Options{Profile: "blackwell", Env: []string{
		"GST_REGISTRY=" + filepath.Join(dir, "registry"), "XDG_RUNTIME_DIR=" + dir, "GST_REGISTRY_FORK=no",
	}}, program, args...)
}

// GStreamer's nvcodec plugin loads, and the elements that use NVIDIA's parser decode
// as libavcodec does. The ones that parse themselves (sl for stateless, and all of
// AV1) are refused, without a violation: nothing wrong was done.
func TestClientGStreamerDecode(t *testing.T) {
	launch, inspect := gstreamer(t)
	simDir(t)
	code, out, errs := gst(t, inspect, "nvcodec")
	require.Equal(t, 0, code, "%s", errs)
	if strings.Contains(out, "No such element") {
		testutils.Skip(t, "GStreamer without nvcodec", "REQUIRE_CLIENTS")
	}
	for _, c := range []struct{ file, parse, element, format string }{
		{"h264.h264", "h264parse", "nvh264dec", "NV12"},
		{"hevc.mp4", "qtdemux ! h265parse", "nvh265dec", "NV12"},
		{"hevc10.mkv", "matroskademux ! h265parse", "nvh265dec", "P010_10LE"},
		{"vp8.webm", "matroskademux", "nvvp8dec", "NV12"},
		{"vp9.webm", "matroskademux ! vp9parse", "nvvp9dec", "NV12"},
		{"h264.h264", "h264parse", "nvh264sldec", ""},
		{"vp9.webm", "matroskademux ! vp9parse", "nvvp9sldec", ""},
	} {
		t.Run(c.element+"/"+c.file, func(t *testing.T) {
			file, raw := testutils.Clip(t, c.file), filepath.Join(t.TempDir(), "raw")
			pipe := fmt.Sprintf("filesrc location=%s ! %s ! %s ! video/x-raw,format=%s ! filesink location=%s", file, c.parse, c.element, cmp.Or(c.format, "NV12"), raw)
			code, _, errs := gst(t, launch, append([]string{"-q"}, strings.Fields(pipe)...)...)
			if c.format == "" {
				require.Contains(t, errs, "cuvidDecodePicture: refused")
				require.NotContains(t, errs, "violation")
				return
			}
			require.Equal(t, 0, code, "%s", errs)
			got, err := os.ReadFile(raw)
			require.NoError(t, err)
			want := rawFrames(t, map[string]string{"NV12": "nv12", "P010_10LE": "p010le"}[c.format], "-i", file)
			require.Equal(t, md5.Sum(want), md5.Sum(got), "%d bytes, not %d", len(got), len(want))
		})
	}
}

// rawFrames decodes by the system's ffmpeg with its own decoders.
func rawFrames(t *testing.T, format string, input ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := append([]string{"-v", "error", "-noautorotate"}, input...)
	args = append(args, "-map", "0:v:0", "-vsync", "0", "-pix_fmt", format, "-f", "rawvideo", "-")
	out, err := exec.CommandContext(ctx, testutils.FFmpegProgram(t), args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("ffmpeg: %s", exit.Stderr)
	}
	require.NoError(t, err)
	return out
}

// GStreamer's encoders load and are offered, but those of 1.22 know only the presets from
// before P1 to P7, which no driver since 550 has, nor this one: they are refused as
// there, without a violation. Refused elements now and then do not end, on a lock of their
// own, so they are ended. A newer GStreamer encodes.
func TestClientGStreamerEncode(t *testing.T) {
	launch, inspect := gstreamer(t)
	simDir(t)
	for _, element := range []string{"nvh264enc", "nvh265enc", "nvcudah264enc", "nvcudah265enc"} {
		t.Run(element, func(t *testing.T) {
			code, out, errs := gst(t, inspect, element)
			require.Equal(t, 0, code, "%s%s", out, errs)
			want := moving(t, "nv12")
			dir := t.TempDir()
			raw, file := filepath.Join(dir, "raw"), filepath.Join(dir, map[bool]string{true: "out.h264", false: "out.hevc"}[strings.Contains(element, "264")])
			require.NoError(t, os.WriteFile(raw, want.data, 0o644))
			pipe := fmt.Sprintf("filesrc location=%s ! rawvideoparse width=%d height=%d format=nv12 framerate=30/1 ! %s bitrate=6000 ! filesink location=%s", raw, encWidth, encHeight, element, file)
			legacy := strings.Contains(out, "low-latency-hq") && !strings.Contains(out, ": p4 ")
			program, args := launch, append([]string{"-q"}, strings.Fields(pipe)...)
			if legacy {
				program, args = "timeout", append([]string{"-s", "KILL", "10", launch}, args...)
			}
			code, trace, errs := gst(t, program, args...)
			require.NotContains(t, errs, "violation")
			if legacy {
				require.NotEqual(t, 0, code, "%s%s", trace, errs)
				require.Regexp(t, "Selected preset not supported|Failed to set format|not-negotiated", errs)
				return
			}
			require.Equal(t, 0, code, "%s%s", trace, errs)
			looksLike(t, file, want, false)
		})
	}
}
