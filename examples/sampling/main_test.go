package main

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestSampling(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	var out strings.Builder
	clip := testutils.Clip(t, "h264-opengop.mp4")
	require.NoError(t, run(context.Background(), []string{"-device", "cpu", "-threads", "1,2", "-frames", "6", "-sequential", "20", clip}, &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 1+2*len(patterns))
	require.Contains(t, lines[2], "sequential")
	require.Equal(t, "40", strings.Fields(lines[2])[3], lines[2])
	require.Error(t, run(context.Background(), nil, &out))
	require.Error(t, run(context.Background(), []string{"-device", "cpu", "-threads", "0", clip}, &out))
}
