package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestProbeScan(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	clip := testutils.Clip(t, "h264-vfr.mkv")
	saved := filepath.Join(t.TempDir(), "a.idx")
	var out strings.Builder
	require.NoError(t, run(context.Background(), []string{"-scan", "-index", saved, clip}, &out))
	require.Contains(t, out.String(), "scan: 21 frames in 21 packets")
	require.Contains(t, out.String(), "variable")
	f, err := os.Open(saved)
	require.NoError(t, err)
	defer f.Close()
	x, err := codec.ReadIndex(f)
	require.NoError(t, err)
	require.Equal(t, 21, x.Len())

	out.Reset()
	require.NoError(t, run(context.Background(), []string{clip, "-json", "-scan"}, &out))
	var got struct{ Scanned codec.ScannedMetadata }
	require.NoError(t, json.Unmarshal([]byte(out.String()), &got))
	require.Equal(t, 21, got.Scanned.Frames)
}
