package nvsim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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

// The same client encodes. FFmpeg fills the structs of NVENC 12.0 and 13.1.
func TestClientNpmEncode(t *testing.T) {
	simDir(t)
	for api, version := range addons {
		for _, e := range []encoding{
			{encoder: "h264_nvenc", format: "yuv420p", options: "preset=p4"},
			{encoder: "h264_nvenc", format: "yuv420p", options: "preset=p7 bf=3 b_ref_mode=middle", bframes: true},
			{encoder: "h264_nvenc", format: "nv12", options: "preset=p1 tune=ull"},
			{encoder: "h264_nvenc", format: "yuv444p", options: "preset=p4"},
			{encoder: "h264_nvenc", format: "yuv420p", options: "preset=p4 tune=lossless", lossless: true},
			{encoder: "hevc_nvenc", format: "yuv420p", options: "preset=p4"},
			{encoder: "hevc_nvenc", format: "yuv420p", options: "preset=p5 bf=4 rc-lookahead=10", bframes: true},
			{encoder: "hevc_nvenc", format: "p010le", options: "preset=p4"},
			{encoder: "hevc_nvenc", format: "yuv444p16le", options: "preset=p4"},
			{encoder: "hevc_nvenc", format: "yuv420p", options: "preset=p4 rc=constqp qp=20"},
			{encoder: "av1_nvenc", format: "yuv420p", options: "preset=p4"},
			{encoder: "av1_nvenc", format: "yuv420p", options: "preset=p6 bf=3 b_ref_mode=middle"},
			{encoder: "av1_nvenc", format: "p010le", options: "preset=p4 rc=constqp qp=40"},
			{encoder: "h264_nvenc", format: "yuv420p", options: "preset=p4 tune=ull bf=0 g=10 intra-refresh=1"},
			{encoder: "hevc_nvenc", format: "yuv420p", options: "preset=p4 tune=ull bf=0 g=10 intra-refresh=1"},
			{encoder: "h264_nvenc", format: "nv16", options: "preset=p4", api: "13.1"},
			{encoder: "hevc_nvenc", format: "nv16", options: "preset=p4 bf=2", api: "13.1", bframes: true},
			{encoder: "hevc_nvenc", format: "p210le", options: "preset=p4", api: "13.1"},
		} {
			if e.api != "" && e.api != api {
				continue
			}
			t.Run(api+"/"+e.name(), func(t *testing.T) {
				t.Parallel()
				node, path := addon(t, version)
				var want pixels
				var in []byte
				if e.format == "nv16" { // which no scaler here writes
					want = moving(t, "yuv422p")
					in = semiPlanar(want)
				} else {
					want = moving(t, e.format)
					in = want.data
				}
				dir := t.TempDir()
				file := filepath.Join(dir, map[string]string{"h264_nvenc": "out.h264", "hevc_nvenc": "out.hevc", "av1_nvenc": "out.ivf"}[e.encoder])
				raw := filepath.Join(dir, "raw")
				require.NoError(t, os.WriteFile(raw, in, 0o644))
				args := []string{"testdata/client.js", path, "encode", e.encoder, strconv.Itoa(encWidth), strconv.Itoa(encHeight), e.format, "30", raw, file}
				if !strings.Contains(e.options, "qp") && !e.lossless {
					args = append(args, "b=6000000")
				}
				o := Options{Profile: "blackwell", Env: []string{"NVSIM_NVENC=" + strings.ReplaceAll(api, ".", "")}}
				code, out, errs := run(t, o, node, append(args, strings.Fields(e.options)...)...)
				require.Equal(t, 0, code, "%.3000s", errs)
				var packets []packetTime
				for line := range strings.Lines(out) {
					var p packetTime
					_, err := fmt.Sscanf(line, "%d %d", &p.pts, &p.dts)
					require.NoError(t, err, "%q", line)
					packets = append(packets, p)
				}
				inOrder(t, packets)
				if e.bframes {
					require.True(t, reordered(packets), "no picture is out of display order")
				}
				looksLike(t, file, want, e.lossless)
			})
		}
	}
}
