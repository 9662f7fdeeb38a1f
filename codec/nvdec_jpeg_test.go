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

// TestJPEGStatusFails: a question without an answer is an error, since without one an
// unfinished picture may be taken.
func TestJPEGStatusFails(t *testing.T) {
	testutils.Sim(t)
	checkSessions(t)
	dem, err := Open(t.Context(), testutils.Clip(t, "mjpeg.avi"), nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), gpu(DecoderConfig{}))
	require.NoError(t, err)
	defer dec.Close()
	require.NoError(t, nvsim.Inject("cuvidGetDecodeStatus:3:999"))
	t.Cleanup(func() { require.NoError(t, nvsim.Inject("")) })
	for f, e := range dec.Frames(dem.Packets()) {
		if f.Release(); e != nil {
			err = e
			break
		}
	}
	require.ErrorContains(t, err, "cuvidGetDecodeStatus")
}
