package avformat

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestLoad(t *testing.T) {
	testutils.FFmpeg(t)
	v, err := Load()
	require.NoError(t, err)
	t.Log(v, v.SWScale, v.ScaleError)
	require.NotEmpty(t, v.Release)
	id, ok := codecID("hevc")
	require.True(t, ok)
	require.Equal(t, "hevc", codecName(id))
	f, err := pixelFormat("p010le")
	require.NoError(t, err)
	require.Equal(t, "p010le", pixelFormatName(f))
}
