package codec

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// withoutCodecs hides codecs of the loaded FFmpeg.
const withoutCodecs = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
struct codec { const char *name; };
const struct codec *av_codec_iterate(void **state) {
	const struct codec *(*real)(void **) = dlsym(RTLD_NEXT, "av_codec_iterate");
	for (;;) {
		const struct codec *c = real(state);
		if (!c || strcmp(c->name, "h264") && strcmp(c->name, "libx264") && strcmp(c->name, "libx264rgb"))
			return c;
	}
}
`

// TestBuildWithoutCodecs runs with an FFmpeg that was built without H.264.
func TestBuildWithoutCodecs(t *testing.T) {
	testutils.FFmpeg(t)
	cc := testutils.CC(t)
	clip, other := testutils.Clip(t, "demo.mp4"), testutils.Clip(t, "hevc.mp4")
	v, err := avformat.Load()
	require.NoError(t, err)
	dir := os.Getenv(avformat.Env)
	if os.Getenv("NVCODEC_TEST_CHILD") == "" {
		dir = t.TempDir()
		name := fmt.Sprintf("libavformat.so.%d", v.AVFormat.Major)
		build := func(source, out string, args ...string) {
			src := filepath.Join(dir, "shim.c")
			require.NoError(t, os.WriteFile(src, []byte(source), 0o644))
			b, err := exec.Command(cc, append([]string{"-shared", "-fPIC", "-o", out, src}, args...)...).CombinedOutput()
			require.NoError(t, err, "%s", b)
			require.NoError(t, os.Remove(src))
		}
		// The shim asks the loader for the library by its name; a stub says which that is.
		stub := filepath.Join(t.TempDir(), name)
		build("", stub, "-Wl,-soname,"+name)
		build(withoutCodecs, filepath.Join(dir, name), "-Wl,--no-as-needed", stub, "-ldl")
	}
	missing(t, []string{avformat.Env + "=" + dir}, func(t *testing.T) {
		require.Equal(t, dir, filepath.Dir(v.Library))
		cpu := DeviceConfig{Device: CPU}
		dem, err := Open(t.Context(), clip, nil)
		require.NoError(t, err)
		defer dem.Close()
		for _, dev := range []Device{CPU, Auto} {
			dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: dev}})
			if dev == Auto && err == nil {
				require.NoError(t, dec.Close()) // there is a GPU, or its simulator
				continue
			}
			require.ErrorIs(t, err, ErrUnsupported)
			require.True(t, errors.Is(err, avformat.ErrDecoderNotFound))
			require.ErrorContains(t, err, v.Library)
			require.ErrorContains(t, err, "was built without a software decoder for h264")
			require.ErrorContains(t, err, "install a full build of FFmpeg")
		}
		_, err = NewEncoder(64, 64, frame.NV12, &EncoderConfig{DeviceConfig: cpu})
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, v.Library)
		require.ErrorContains(t, err, "no software encoder for h264; install a build with libx264")
		caps, err := DecodeCaps(CPU, H264, 420, 8)
		require.NoError(t, err)
		require.False(t, caps.Supported)
		encodes, err := EncodeCaps(CPU, H264)
		require.NoError(t, err)
		require.False(t, encodes.Supported)

		// What it has works.
		n, _, err := decodeAll(other, &DecoderConfig{DeviceConfig: cpu})
		require.NoError(t, err)
		require.Positive(t, n)
	})
}
