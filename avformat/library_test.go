package avformat

import (
	"os"
	"strconv"
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

// Under scripts/majors.sh the libraries are those that were asked for.
func TestMajorAskedFor(t *testing.T) {
	testutils.FFmpeg(t)
	if want := os.Getenv("NVCODEC_MAJOR"); want != "" {
		v, err := Load()
		require.NoError(t, err)
		require.Equal(t, want, strconv.Itoa(v.AVFormat.Major))
	}
}
