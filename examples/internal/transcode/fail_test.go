package transcode

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func fast(in, out string) Job {
	return Job{In: in, Out: out, Device: codec.CPU, Copy: true, Encoder: codec.EncoderConfig{Preset: codec.P1}}
}

// TestCancel ends a job early: playable, and not under the final name.
func TestCancel(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, ext := range []string{"mp4", "mkv", "ts"} {
		out := filepath.Join(t.TempDir(), "out."+ext)
		ctx, cancel := context.WithCancel(context.Background())
		job := fast(testutils.Clip(t, "av-12s.mp4"), out)
		n := 0
		job.Frame = func() {
			if n++; n == 50 {
				cancel()
			}
		}
		res, err := Run(ctx, job)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "out.part."+ext)
		require.NoFileExists(t, out)
		require.Equal(t, part.Name(out), res.Part)
		got := read(t, res.Part)
		require.EqualValues(t, res.Frames, len(got.pts))
		require.GreaterOrEqual(t, len(got.pts), 50)
		require.Less(t, len(got.pts), 100)
		require.NotEmpty(t, got.sound[0].sums)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Run(ctx, fast(testutils.Clip(t, "av-12s.mp4"), filepath.Join(t.TempDir(), "x.mp4")))
	require.ErrorIs(t, err, context.Canceled)
}

// TestDamagedSource has an error, all that can be decoded, and nothing that looks whole.
func TestDamagedSource(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	b, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	dir := t.TempDir()
	for i := len(b) / 2; i < len(b)/2+2000; i++ {
		b[i] ^= 0x5a
	}
	in, out := filepath.Join(dir, "damaged.mkv"), filepath.Join(dir, "out.mp4")
	require.NoError(t, os.WriteFile(in, b, 0o600))
	res, err := Run(context.Background(), fast(in, out))
	require.Error(t, err)
	require.NoFileExists(t, out)
	require.Equal(t, part.Name(out), res.Part)
	require.EqualValues(t, res.Frames, len(read(t, res.Part).pts))

	require.NoError(t, os.WriteFile(in, []byte("no video at all"), 0o600))
	_, err = Run(context.Background(), fast(in, out))
	require.Error(t, err)
	_, err = Run(context.Background(), fast(testutils.Clip(t, "audio.m4a"), out))
	require.ErrorIs(t, err, codec.ErrNoVideo)
	_, err = Run(context.Background(), fast(in, in))
	require.ErrorContains(t, err, "same file")
	require.NoFileExists(t, out)
}

// TestFullDisk writes where nothing can be written to.
func TestFullDisk(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		testutils.Skip(t, "there is no "+full, "REQUIRE_DEV_FULL")
	}
	for _, ext := range []string{"mp4", "mkv"} {
		dir := t.TempDir()
		out := filepath.Join(dir, "out."+ext)
		require.NoError(t, os.Symlink(full, part.Name(out)))
		_, err := Run(context.Background(), fast(testutils.Clip(t, "h264.mkv"), out))
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.NoFileExists(t, out)
	}
	_, err := Run(context.Background(), fast(testutils.Clip(t, "h264.mkv"), filepath.Join(t.TempDir(), "no", "out.mp4")))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestSoundDoesNotFit says so before anything is written.
func TestSoundDoesNotFit(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dir := t.TempDir()
	job := fast(testutils.Clip(t, "av-12s.mp4"), filepath.Join(dir, "out.webm"))
	job.Encoder.Codec = codec.AV1
	_, err := Run(context.Background(), job)
	require.ErrorContains(t, err, "aac")
	require.ErrorContains(t, err, "-audio none")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	job.Copy = false
	res, err := Run(context.Background(), job)
	require.NoError(t, err)
	require.Len(t, res.Left, 1)
	require.Contains(t, res.Left[0], "aac")
	require.Empty(t, read(t, job.Out).sound)
}

// TestCarried keeps rotation, HDR, colour, SAR and metadata of our own clips.
func TestCarried(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, name := range []string{"h264-rotated.mp4", "hevc-hdr10.mp4", "h264-vfr.mkv", "h264-editlist.mp4", "h264-opengop.mp4"} {
		out := filepath.Join(t.TempDir(), "out.mp4")
		in := testutils.Clip(t, name)
		job := fast(in, out)
		job.Encoder.Codec = codec.HEVC
		res, err := Run(context.Background(), job)
		require.NoError(t, err, name)
		want, got := read(t, in), read(t, out)
		compare(t, want, got, res, "mp4")
		if want.info.Color.Range == 0 {
			got.info.Color.Range = 0 // HEVC says limited in so many words
		}
		require.Equal(t, want.info.Color, got.info.Color, name)
		require.Equal(t, want.info.SAR, got.info.SAR, name)
		if want.info.Metadata["language"] == "" {
			got.info.Metadata["language"] = "" // mp4 says und
		}
		require.Equal(t, want.info.Metadata["language"], got.info.Metadata["language"], name)
	}
}
