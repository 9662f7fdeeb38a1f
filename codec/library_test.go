package codec

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// missing runs f in a process of its own, with an environment in which a library is
// missing; what is loaded once stays loaded.
func missing(t *testing.T, env []string, f func(t *testing.T)) {
	if os.Getenv("NVCODEC_TEST_CHILD") == t.Name() {
		f(t)
		return
	}
	cmd := testutils.Again("-test.run", "^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v")
	cmd.Env = append(append(os.Environ(), "NVCODEC_TEST_CHILD="+t.Name()), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

func TestMissingFFmpeg(t *testing.T) {
	dir := t.TempDir()
	missing(t, []string{"NVCODEC_FFMPEG=" + dir}, func(t *testing.T) {
		_, err := Open(context.Background(), "in.mp4", nil)
		require.ErrorIs(t, err, ErrLibrary)
		require.ErrorContains(t, err, "libavformat", "every name tried")
		require.ErrorContains(t, err, "nstall", "the remedy")
		_, err = NewDecoder(StreamInfo{Codec: "prores", Width: 64, Height: 64, BitDepth: 10}, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
		require.ErrorIs(t, err, ErrLibrary)
	})
}

func TestMissingDriver(t *testing.T) {
	testutils.FFmpeg(t)
	clip := testutils.Clip(t, "demo.mp4")
	dir := t.TempDir()
	missing(t, []string{"NVCODEC_LIBCUDA=" + dir}, func(t *testing.T) {
		dem, err := Open(context.Background(), clip, nil)
		require.NoError(t, err)
		defer dem.Close()
		_, err = NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}})
		require.ErrorIs(t, err, ErrLibrary, "a GPU that was asked for is not replaced")
		require.ErrorContains(t, err, "libcuda")
		dec, err := NewDecoder(dem.Stream(), nil)
		require.NoError(t, err)
		defer dec.Close()
		require.Equal(t, CPU, dec.Device())
		require.Contains(t, dec.Reason(), "libcuda", "the reason for the CPU")
		n := 0
		for f, err := range dec.Frames(dem.Packets()) {
			require.NoError(t, err)
			f.Release()
			n++
		}
		require.Equal(t, 300, n)
		caps, err := DecodeCaps(Auto, H264, 420, 8)
		require.NoError(t, err)
		require.Equal(t, CPU, caps.Device)
		require.True(t, caps.Supported)
		_, err = DecodeCaps(GPU(0), H264, 420, 8)
		require.ErrorIs(t, err, ErrLibrary)
	})
}

func TestDecodeCapsArguments(t *testing.T) {
	for _, c := range []struct{ chroma, bits int }{{0, 8}, {411, 8}, {420, 7}, {420, 17}} {
		_, err := DecodeCaps(CPU, H264, c.chroma, c.bits)
		require.ErrorIs(t, err, ErrArgument)
	}
	_, err := DecodeCaps(CPU, "", 420, 8)
	require.ErrorIs(t, err, ErrArgument)
	_, err = DecodeCaps(-7, H264, 420, 8)
	require.ErrorIs(t, err, ErrArgument)
	testutils.FFmpeg(t)
	caps, err := DecodeCaps(CPU, "no_such_codec", 420, 8)
	require.NoError(t, err)
	require.False(t, caps.Supported)
	caps, err = DecodeCaps(CPU, AV1, 420, 8)
	require.NoError(t, err)
	require.NotEqual(t, "av1", caps.Decoder, "FFmpeg's own needs a device")
}

// TestOneWrongFile names a file that is no library.
func TestOneWrongFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "libavformat.so.59")
	require.NoError(t, os.WriteFile(file, []byte("not a library"), 0o600))
	missing(t, []string{"NVCODEC_FFMPEG=" + file}, func(t *testing.T) {
		_, err := Open(context.Background(), "in.mp4", nil)
		require.ErrorIs(t, err, ErrLibrary)
		require.ErrorContains(t, err, "libavformat.so.59")
	})
}
