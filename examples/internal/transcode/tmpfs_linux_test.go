package transcode

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestDiskFills runs out of room in the middle: nothing has the final name, and what was
// written can be played where the container can do without its end.
func TestDiskFills(t *testing.T) {
	testutils.FFmpeg(t)
	for _, c := range []struct {
		ext        string
		fragmented bool
		playable   bool
	}{{"mp4", false, false}, {"mov", false, false}, {"mp4", true, true}, {"mkv", false, true}, {"ts", false, true}} {
		name := c.ext
		if c.fragmented {
			name += " in fragments"
		}
		t.Run(name, func(t *testing.T) {
			testutils.LeakCheck(t)
			dir := t.TempDir()
			if err := syscall.Mount("none", dir, "tmpfs", 0, "size=128k"); err != nil {
				testutils.Skip(t, "cannot mount a small file system: "+err.Error(), "REQUIRE_MOUNT")
			}
			defer syscall.Unmount(dir, 0)
			out := filepath.Join(dir, "out."+c.ext)
			job := fast(testutils.Clip(t, "av-12s.mp4"), out)
			job.Encoder.GOP = 10
			job.Muxer.Fragmented = c.fragmented
			res, err := Run(context.Background(), job)
			require.ErrorIs(t, err, syscall.ENOSPC)
			require.NoFileExists(t, out)
			if !c.playable {
				require.Empty(t, res.Part)
				require.NoFileExists(t, part.Name(out))
				return
			}
			require.Equal(t, part.Name(out), res.Part)
			require.ErrorContains(t, err, res.Part)
			n := playable(t, res.Part)
			t.Logf("%d of %d frames", n, res.Frames)
			require.Greater(t, n, 10)
		})
	}
}

// playable counts the frames that come out of a file without an end.
func playable(t *testing.T, path string) (n int) {
	dem, err := codec.Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: codec.CPU}})
	require.NoError(t, err)
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			break // it ends within a packet
		}
		n++
		f.Release()
	}
	return n
}
