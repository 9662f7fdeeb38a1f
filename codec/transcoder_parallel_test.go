package codec

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestTranscoderParallel decodes segments with several decoders: frames, audio and order
// are those of one.
func TestTranscoderParallel(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, name := range []string{"av-12s.mp4", "h264-opengop.mp4", "h264-vfr.mkv", "h264-editlist.mp4", "vp9.webm"} {
		path := testutils.Clip(t, name)
		src := filmed(t, path)
		cfg := lossless()
		cfg.Parallel = 3
		tr, done := newTestTranscoder(t, path, cfg)
		n := len(src.times)
		cuts := []Interval{{src.times[0], src.times[n/3]}, {src.times[n/3], src.times[n-1]}, {src.times[n/4], src.times[n/4] + 1}, {src.times[n/2], src.times[n-1] + time.Hour}}
		dir := t.TempDir()
		for _, c := range cuts {
			out := filepath.Join(dir, "out.mov")
			if filepath.Ext(name) == ".webm" {
				out = filepath.Join(dir, "out.mkv")
			}
			require.NoError(t, tr.WriteFile(context.Background(), out, nil, c), "%s %v", name, c)
			got := filmed(t, out)
			frames, sounds := checkSegment(t, src, got, c.Start, c.End, 0, 0, 0)
			require.Equal(t, frames, len(got.times), "%s %v", name, c)
			require.Equal(t, sounds, len(got.audio), "%s %v", name, c)
		}
		joined := filepath.Join(dir, "joined.mov")
		require.NoError(t, tr.WriteFile(context.Background(), joined, nil, cuts[:3]...))
		got := filmed(t, joined)
		frames, sounds, base := 0, 0, time.Duration(0)
		for _, c := range cuts[:2] {
			f, s := checkSegment(t, src, got, c.Start, c.End, base, frames, sounds)
			frames, sounds, base = frames+f, sounds+s, base+c.End-c.Start
		}
		require.Len(t, got.times, frames+1, name)
		whole := filepath.Join(dir, "whole.mov")
		require.NoError(t, tr.WriteFile(context.Background(), whole, nil))
		require.Equal(t, src.sums, filmed(t, whole).sums, name)
		require.ErrorIs(t, tr.WriteFile(context.Background(), whole, nil, Interval{time.Hour, 2 * time.Hour}), ErrRange)
		ctx := &endsAfter{context.Background(), 20}
		require.ErrorIs(t, tr.WriteFile(ctx, filepath.Join(dir, "no.mov"), nil), context.Canceled)
		require.NoFileExists(t, filepath.Join(dir, "no.mov"))
		require.NoError(t, tr.WriteFile(context.Background(), whole, nil, cuts[0]))
		require.Len(t, filmed(t, whole).times, n/3, name)
		done()
	}
}

// TestTranscoderParallelGPU is the same with sessions on the GPU, and goes to another file.
func TestTranscoderParallelGPU(t *testing.T) {
	onNVDEC(t)
	cfg := lossless()
	cfg.Decoder.Device, cfg.Parallel = GPU(0), 3
	tr, done := newTestTranscoder(t, testutils.Clip(t, "av-12s.mp4"), cfg)
	defer done()
	for i, name := range []string{"av-12s.mp4", "h264.mkv", "av-12s.mp4"} {
		path := testutils.Clip(t, name)
		src := filmed(t, path)
		if i > 0 {
			dem, err := Open(context.Background(), path, &DemuxerConfig{Select: VideoAndAudio})
			require.NoError(t, err)
			defer dem.Close()
			require.NoError(t, tr.Reset(dem))
		}
		out := filepath.Join(t.TempDir(), "out.mp4")
		require.NoError(t, tr.WriteFile(context.Background(), out, nil, Interval{src.times[10], src.times[50]}))
		require.Equal(t, src.sums[10:50], filmed(t, out).sums, name)
	}
}

// TestTranscoderParallelNeeds says what Parallel needs.
func TestTranscoderParallelNeeds(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	b, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	dem, err := NewDemuxer(bytes.NewReader(b), nil)
	require.NoError(t, err)
	defer dem.Close()
	cfg := lossless()
	cfg.Parallel = 2
	_, err = NewTranscoder(dem, cfg)
	require.ErrorIs(t, err, ErrUnsupported)
	cfg.Parallel = 65
	_, err = NewTranscoder(dem, cfg)
	require.ErrorIs(t, err, ErrArgument)
}
