package codec

import (
	"context"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestTranscoderAllocs: what a segment costs does not grow with its frames.
func TestTranscoderAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	if raceEnabled {
		t.Log("the race detector allocates")
		return
	}
	cfg := lossless()
	cfg.Encoder.Tuning = HighQuality
	cfg.Decoder.Threads, cfg.Encoder.Threads = 1, 1
	tr, done := newTestTranscoder(t, testutils.Clip(t, "av-12s.mp4"), cfg)
	defer done()
	streams, err := tr.Streams()
	require.NoError(t, err)
	count := func(length time.Duration) uint64 {
		least := ^uint64(0)
		for range 5 {
			m, err := NewMuxer(io.Discard, &MuxerConfig{Format: "matroska"}, streams...)
			require.NoError(t, err)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			require.NoError(t, tr.Segment(context.Background(), m, time.Second, time.Second+length))
			runtime.ReadMemStats(&after)
			require.NoError(t, m.Close())
			least = min(least, after.Mallocs-before.Mallocs)
		}
		return least
	}
	count(2 * time.Second) // warm
	short, long := count(2*time.Second), count(10*time.Second)
	perFrame := (float64(long) - float64(short)) / (8 * 30)
	t.Logf("%d allocations for 60 frames, %d for 300: %.3f a frame", short, long, perFrame)
	require.Less(t, perFrame, 0.05)
}
