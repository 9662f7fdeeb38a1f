package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestEncode(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dir := t.TempDir()
	const w, h, n = 64, 48, 5
	raw := make([]byte, w*h*3/2*n)
	for i := range raw {
		raw[i] = byte(i / 64)
	}
	in := filepath.Join(dir, "in.yuv")
	require.NoError(t, os.WriteFile(in, raw, 0o600))
	config := filepath.Join(dir, "c.json")
	require.NoError(t, os.WriteFile(config, []byte(`{"tuning_info": "lossless", "preset": "P1", "fps": 25}`), 0o600))
	for _, c := range [][2]string{{"h264", "h264"}, {"hevc", "hevc"}, {"av1", "obu"}, {"h264", "mp4"}, {"hevc", "mkv"}, {"av1", "mp4"}} {
		out := filepath.Join(dir, "out."+c[1])
		require.NoError(t, run(context.Background(), []string{"-i", in, "-s", "64x48", "-if", "YUV420", "-c", c[0], "-o", out, "-json", config, "-device", "cpu"}), c)
		dem, err := codec.Open(context.Background(), out, nil)
		require.NoError(t, err)
		require.Equal(t, codec.ID(c[0]), dem.Stream().Codec)
		dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: codec.CPU}, Layout: codec.LayoutPlanar})
		require.NoError(t, err)
		var got []byte
		for f, err := range dec.Frames(dem.Packets()) {
			require.NoError(t, err)
			got, err = f.AppendPlanar(got)
			require.NoError(t, err)
			f.Release()
		}
		require.True(t, bytes.Equal(raw, got), "%v: %d bytes of %d", c, len(got), len(raw))
		dec.Close()
		dem.Close()
	}
}

func TestEncodeBadUse(t *testing.T) {
	testutils.FFmpeg(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.yuv"), filepath.Join(dir, "out.mp4")
	require.NoError(t, os.WriteFile(in, make([]byte, 64*48*3/2+7), 0o600))
	for want, args := range map[string][]string{
		"missing":           {},
		"two numbers":       {"-i", in, "-s", "64", "-o", out},
		"no format":         {"-i", in, "-s", "64x48", "-if", "NV99", "-o", out},
		"h264, hevc or av1": {"-i", in, "-s", "64x48", "-c", "vp9", "-o", out},
		"within a picture":  {"-i", in, "-s", "64x48", "-o", out},
		"no such file":      {"-i", in + "x", "-s", "64x48", "-o", out},
	} {
		require.ErrorContains(t, run(context.Background(), args), want)
		require.NoFileExists(t, out)
		if want != "within a picture" {
			require.NoFileExists(t, part.Name(out))
			continue
		}
		require.FileExists(t, part.Name(out), "the picture that was whole")
		require.NoError(t, os.Remove(part.Name(out)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, run(ctx, []string{"-i", in, "-s", "64x48", "-o", out}), context.Canceled)
	require.NoFileExists(t, out)
}
