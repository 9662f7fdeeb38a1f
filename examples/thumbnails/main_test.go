package main

import (
	"context"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestThumbnails(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, c := range []struct {
		args    []string
		columns int
		tiles   int
		format  string
	}{
		{[]string{"-n", "7", "-columns", "3"}, 3, 7, "png"},
		{[]string{"-n", "100", "-columns", "4", "-keys"}, 4, 5, "jpg"},
	} {
		out := filepath.Join(t.TempDir(), "sheet."+c.format)
		args := append(c.args, "-device", "cpu", "-width", "64", "-o", out, testutils.Clip(t, "demo.mp4"))
		require.NoError(t, run(context.Background(), args, io.Discard))
		f, err := os.Open(out)
		require.NoError(t, err)
		img, _, err := image.Decode(f)
		f.Close()
		require.NoError(t, err)
		rows := (c.tiles + c.columns - 1) / c.columns
		require.Equal(t, c.columns*(64+8)+8, img.Bounds().Dx())
		require.Greater(t, img.Bounds().Dy(), rows*36)
		require.Less(t, img.Bounds().Dy(), (rows+1)*(36+40))
	}
	require.Error(t, run(context.Background(), []string{"-o", filepath.Join(t.TempDir(), "x.gif"), testutils.Clip(t, "demo.mp4")}, io.Discard))
	require.Error(t, run(context.Background(), nil, io.Discard))
}

func TestChoose(t *testing.T) {
	testutils.FFmpeg(t)
	dem, err := codec.Open(context.Background(), testutils.Clip(t, "demo.mp4"), nil)
	require.NoError(t, err)
	defer dem.Close()
	x, err := dem.Scan(context.Background())
	require.NoError(t, err)
	require.Equal(t, []int{49, 150, 250}, choose(x, 3, false))
	require.Len(t, choose(x, 1000, false), 300)
	require.Equal(t, x.KeyFrames(), choose(x, 1000, true))
	require.Len(t, choose(x, 2, true), 2)
}
