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
