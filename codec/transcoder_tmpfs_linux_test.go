package codec

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestTranscoderDiskFills runs out of room in the middle of a segment: nothing is left,
// and a smaller segment fits.
func TestTranscoderDiskFills(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	path := testutils.Clip(t, "av-12s.mp4")
	tr, done := newTestTranscoder(t, path, &TranscoderConfig{
		Decoder: DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}},
		Encoder: EncoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Preset: P1},
	})
	defer done()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=128k"); err != nil {
		testutils.Skip(t, "cannot mount a small file system: "+err.Error(), "REQUIRE_MOUNT")
	}
	defer syscall.Unmount(dir, 0)
	for _, ext := range []string{"mp4", "mkv"} {
		out := filepath.Join(dir, "out."+ext)
		err := tr.WriteFile(context.Background(), out, nil, Interval{time.Second, 12 * time.Second})
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.ErrorContains(t, err, "segment 1s to 12s")
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		require.Empty(t, left)
		require.NoError(t, tr.WriteFile(context.Background(), out, nil, Interval{2 * time.Second, 2500 * time.Millisecond}))
		require.Len(t, filmed(t, out).times, 15)
		require.NoError(t, syscall.Unlink(out))
	}
}
