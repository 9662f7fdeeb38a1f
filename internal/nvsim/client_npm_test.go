package nvsim

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// addons are builds of FFmpeg that npm packages carry, by the NVENC API that they
// speak. scripts/clients.sh fetches them.
var addons = map[string]string{"12.0": "5.2.4", "13.1": "6.1.1"}

// addon returns the path of one and of node, or skips.
func addon(t *testing.T, version string) (node, path string) {
	t.Helper()
	if os.Getenv("NVSIM_CLIENTS") == "" {
		testutils.Skip(t, "long test without NVSIM_CLIENTS", "")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		testutils.Skip(t, "no node program", "REQUIRE_CLIENTS")
	}
	dir := os.Getenv("CLIENTS")
	if dir == "" {
		cache, err := os.UserCacheDir()
		require.NoError(t, err)
		dir = filepath.Join(cache, "nvcodec-clients")
	}
	path = filepath.Join(dir, version, "node-av.node")
	if _, err := os.Stat(path); err != nil {
		testutils.Skip(t, "no FFmpeg from npm", "REQUIRE_CLIENTS")
	}
	return node, path
}

// Newer versions of FFmpeg decode as the system's does.
func TestClientNpmDecode(t *testing.T) {
	simDir(t)
	for api, version := range addons {
		for _, c := range []struct{ file, codec string }{
			{"h264.mkv", "h264"},
			{"h264-interlaced.ts", "h264"},
			{"h264-opengop.mp4", "h264"},
			{"h264-crop.mp4", "h264"},
			{"hevc.mp4", "hevc"},
			{"hevc10.mkv", "hevc"},
			{"hevc-444.mp4", "hevc"},
			{"vp8.webm", "vp8"},
			{"vp9.webm", "vp9"},
			{"av1.mp4", "av1"},
			{"mpeg2.ts", "mpeg2"},
			{"mpeg4.avi", "mpeg4"},
			{"mjpeg.avi", "mjpeg"},
		} {
			t.Run(api+"/"+c.file, func(t *testing.T) {
				t.Parallel()
				node, path := addon(t, version)
				file := testutils.Clip(t, c.file)
				want := frames(t, false, "", file, "")
				require.NotEmpty(t, want)
				o := Options{Profile: "blackwell", Env: []string{"NVSIM_ALLOW=" + quirks}}
				code, out, errs := run(t, o, node, "testdata/client.js", path, "decode", c.codec+"_cuvid", file)
				require.Equal(t, 0, code, "%.2000s", errs)
				require.Equal(t, want, hashes(out))
			})
		}
	}
}
