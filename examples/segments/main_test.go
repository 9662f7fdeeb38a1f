package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestParse(t *testing.T) {
	got, err := parse("0:2, 2:4.5,10:12")
	require.NoError(t, err)
	require.Equal(t, []codec.Interval{{Start: 0, End: 2 * time.Second}, {Start: 2 * time.Second, End: 4500 * time.Millisecond}, {Start: 10 * time.Second, End: 12 * time.Second}}, got)
	for _, bad := range []string{"", "1", "2:1", "1:1", "a:b", "1:1e99", "0:1,,2:3"} {
		_, err := parse(bad)
		require.ErrorContains(t, err, "-segments", bad)
	}
}

func TestRun(t *testing.T) {
	testutils.FFmpeg(t)
	dir := t.TempDir()
	in, out := testutils.Clip(t, "av-12s.mp4"), filepath.Join(dir, "out.mp4")
	require.NoError(t, run(context.Background(), []string{"-i", in, "-o", out, "-segments", "0:0.5,3:4", "-device", "cpu", "-s", "160x0"}))
	require.NoError(t, run(context.Background(), []string{"-i", in, "-o", out, "-segments", "0:0.5,3:4", "-device", "cpu", "-joined", "-audio", "none", "-parallel", "2"}))
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{out, filepath.Join(dir, "out_0_0.5.mp4"), filepath.Join(dir, "out_3_4.mp4")}, names)
	require.ErrorContains(t, run(context.Background(), []string{"-i", in, "-o", out, "-segments", "99:100", "-device", "cpu"}), "not every part")
	require.Error(t, run(context.Background(), []string{"-i", in}))
}
