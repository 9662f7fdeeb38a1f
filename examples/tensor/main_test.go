package main

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestMain(m *testing.M) {
	nvsim.Main(m, nvsim.Options{Kernels: []string{"../../frame/kernels/convert.cu", "../../frame/kernels/fast.cu"}, AllowLeaks: true})
}

// The batch is the same wherever it is made.
func TestTensor(t *testing.T) {
	testutils.FFmpeg(t)
	clip := testutils.Clip(t, "h264-rotated.mp4")
	batch := func(t *testing.T, device string) (string, []byte) {
		file := filepath.Join(t.TempDir(), "batch.png")
		var out bytes.Buffer
		require.NoError(t, run(context.Background(), []string{"-i", clip, "-n", "3", "-every", "2", "-size", "64", "-device", device, "-o", file}, &out))
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		img, err := png.Decode(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, 3*64, img.Bounds().Dx())
		require.Contains(t, out.String(), "float16 [3 3 64 64]")
		require.NotContains(t, out.String(), "empty")
		return out.String(), b
	}
	_, cpu := batch(t, "cpu")
	t.Run("cuda", func(t *testing.T) {
		testutils.Driver(t)
		text, b := batch(t, "cuda:0")
		require.Contains(t, text, "device memory")
		require.Equal(t, cpu, b)
	})
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"-i", clip, "-n", "500", "-size", "8", "-device", "cpu"}, &out))
	require.Contains(t, out.String(), "empty")
	require.Error(t, run(context.Background(), nil, &out))
}
