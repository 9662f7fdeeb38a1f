package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestTranscode(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "out.mp4")
	in := testutils.Clip(t, "av-12s.mp4")
	for _, audio := range []string{"copy", "none"} {
		require.NoError(t, run(context.Background(), []string{"-i", in, "-o", out, "-device", "cpu", "-c", "h264", "-s", "128x72", "-audio", audio, "-faststart"}))
		dem, err := codec.Open(context.Background(), out, &codec.DemuxerConfig{Select: codec.AllStreams})
		require.NoError(t, err)
		require.Equal(t, [2]int{128, 72}, [2]int{dem.Stream().Width, dem.Stream().Height})
		require.Len(t, dem.Streams(), map[string]int{"copy": 2, "none": 1}[audio])
		require.NoError(t, dem.Close())
		b, err := os.ReadFile(out)
		require.NoError(t, err)
		require.Less(t, bytes.Index(b, []byte("moov")), bytes.Index(b, []byte("mdat")), "faststart")
	}
	for want, args := range map[string][]string{
		"missing":           {"-i", in},
		"copy or none":      {"-i", in, "-o", out, "-audio", "all"},
		"two numbers":       {"-i", in, "-o", out, "-s", "12"},
		"h264, hevc or av1": {"-i", in, "-o", out, "-c", "vp9"},
		"no such file":      {"-i", in, "-o", out, "-json", filepath.Join(dir, "none.json")},
		"same file":         {"-i", out, "-o", out},
	} {
		require.ErrorContains(t, run(context.Background(), args), want)
	}
}
