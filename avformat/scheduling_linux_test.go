package avformat

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestEncodersKeepScheduling wants no real-time thread after any encoder was opened.
// It can only fail for root, which is who runs containers.
func TestEncodersKeepScheduling(t *testing.T) {
	testutils.FFmpeg(t)
	for id := range threads() {
		if a, err := unix.SchedGetAttr(id, 0); err == nil && realTime(a) {
			require.NoError(t, unix.SchedSetAttr(id, &unix.SchedAttr{}, 0), "what another test left")
		}
	}
	format, err := PixelFormatByName("yuv420p")
	require.NoError(t, err)
	opened := 0
	for _, codec := range []string{"h264", "hevc", "av1"} {
		list, err := Encoders(codec)
		require.NoError(t, err)
		for _, c := range list {
			if c.Hardware || !slices.Contains(c.PixelFormats, format) {
				continue
			}
			e, err := NewEncoder(codec, Image{Format: format, Width: 64, Height: 64}, &EncoderOptions{Name: c.Name, FrameRate: Rational{30, 1}})
			if err != nil {
				continue // in the build, but not on this machine
			}
			opened++
			for id := range threads() {
				if a, err := unix.SchedGetAttr(id, 0); err == nil {
					require.False(t, realTime(a), "%s left thread %d real-time", c.Name, id)
				}
			}
			require.NoError(t, e.Close())
		}
	}
	require.Positive(t, opened)
}
