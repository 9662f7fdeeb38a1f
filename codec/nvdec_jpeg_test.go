package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestJPEGFinished: pictures are not taken before the hardware has finished them.
func TestJPEGFinished(t *testing.T) {
	testutils.Sim(t)
	cfg := gpu(DecoderConfig{})
	want := describedFrames(t, "mjpeg.avi", cfg)
	require.NoError(t, nvsim.Inject("unfinished JPEG:0:1"))
	t.Cleanup(func() { require.NoError(t, nvsim.Inject("")) })
	require.Equal(t, want, describedFrames(t, "mjpeg.avi", cfg))
	s, err := nvsim.ReadState()
	require.NoError(t, err)
	require.Greater(t, s.Calls["cuvidGetDecodeStatus"], len(want), "each is asked for until it is finished")
}
