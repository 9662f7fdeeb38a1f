package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestMain(m *testing.M) { nvsim.Main(m, nvsim.Options{}) }

func TestPrefetch(t *testing.T) {
	testutils.FFmpeg(t)
	t.Cleanup(codec.TrimCache)
	for _, device := range devices() {
		var out strings.Builder
		args := strings.Fields("-buffer 4 -batch 7 -start 10 -work 0 -device " + device + " -i " + testutils.Clip(t, "h264.mkv"))
		require.NoError(t, run(t.Context(), args, &out), out.String())
		require.Contains(t, out.String(), "on "+device)
		require.Contains(t, out.String(), "\n50 frames")
	}
	require.Error(t, run(t.Context(), nil, new(strings.Builder)))
}

func devices() []string {
	if os.Getenv(testutils.SimEnv) == "" {
		return []string{"cpu"}
	}
	return []string{"cpu", "cuda:0"}
}
