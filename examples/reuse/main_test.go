package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestMain(m *testing.M) { nvsim.Main(m, nvsim.Options{}) }

func TestReuse(t *testing.T) {
	testutils.FFmpeg(t)
	device := "cpu"
	if os.Getenv(testutils.SimEnv) != "" {
		device = "cuda:0"
	}
	var out strings.Builder
	args := strings.Fields("-clips 6 -threads 2 -device " + device + " " + testutils.Clip(t, "h264.mkv") + " " + testutils.Clip(t, "h264-crop.mp4"))
	require.NoError(t, run(context.Background(), args, &out), out.String())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 5)
	require.Contains(t, lines[3], "all in turn")
	if device != "cpu" {
		require.Contains(t, lines[4], "sessions made")
		require.NotContains(t, lines[4], "0 sessions made")
	}
	require.Error(t, run(context.Background(), nil, &out))
}
