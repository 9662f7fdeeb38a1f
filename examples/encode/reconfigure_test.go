package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestMain(m *testing.M) { nvsim.Main(m, nvsim.Options{Profile: "ada"}) }

func TestReconfigure(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Sim(t)
	testutils.LeakCheck(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.yuv"), filepath.Join(dir, "out.mp4")
	require.NoError(t, os.WriteFile(in, make([]byte, 256*192*3/2*6), 0o600))
	args := []string{"-i", in, "-s", "256x192", "-o", out, "-device", "cuda:0", "-reconfigure"}
	require.NoError(t, run(context.Background(), append(args, `2:{"bitrate": "1M", "fps": 60}`, "-reconfigure", `4:{"vbvbufsize": "500k", "idr": 1}`)))
	for bad, want := range map[string]string{
		`x:{}`: "frame number", `2`: "frame number", `2:{"preset": "P1"}`: "cannot change", `2:{"bitrate": -1}`: "bits", `2:nonsense`: "invalid",
	} {
		require.ErrorContains(t, run(context.Background(), append(args, bad)), want)
	}
	args[7] = "cpu"
	require.ErrorContains(t, run(context.Background(), append(args, `2:{"bitrate": "1M"}`)), "make a new one")
}
