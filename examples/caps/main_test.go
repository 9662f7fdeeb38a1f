package main

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestMain(m *testing.M) { nvsim.Main(m, nvsim.Options{Profile: "h200,ada,blackwell"}) }

func TestCaps(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"-device", "cpu"}, &out))
	require.Contains(t, out.String(), "h264")
	require.Contains(t, out.String(), "libx264")

	testutils.Driver(t)
	out.Reset()
	require.NoError(t, run(context.Background(), []string{"-device", "cuda:0", "-json"}, &out))
	var a answer
	require.NoError(t, json.Unmarshal(out.Bytes(), &a))
	require.NotEmpty(t, a.Decode)
	require.Equal(t, codec.GPU(0), a.Decode[0].Device)
	require.Equal(t, len(a.Encode)+len(a.Notes), 3)
	out.Reset()
	require.NoError(t, run(context.Background(), []string{"-device", "cuda:0"}, &out))
	require.Contains(t, out.String(), "DECODE")

	require.Error(t, run(context.Background(), []string{"-device", "cuda:99"}, &out))
	require.Error(t, run(context.Background(), []string{"-nonsense"}, &out))
}

// TestCapsOfEncoder needs a GPU that has one.
func TestCapsOfEncoder(t *testing.T) {
	testutils.Sim(t)
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"-device", "cuda:1"}, &out))
	require.Contains(t, out.String(), "NVENC")
	require.Contains(t, out.String(), "4096x4096")
	require.Contains(t, out.String(), "bref-middle")
}
