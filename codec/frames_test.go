package codec

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestFrames(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	testutils.Watchdog(t, time.Minute)
	cfg := &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}}
	all := Frames(t.Context(), testutils.Clip(t, "h264.mkv"), cfg)
	var kept *frame.Frame
	for range 2 { // each loop is one from the start
		n, last := 0, time.Duration(-1)
		for f, err := range all {
			require.NoError(t, err)
			require.Greater(t, f.Time(), last)
			last = f.Time()
			if n == 7 && kept == nil {
				kept = f
			} else {
				f.Release()
			}
			n++
		}
		require.Equal(t, 60, n)
	}
	b, err := kept.AppendBytes(nil)
	require.NoError(t, err, "a frame outlives its loop")
	require.Len(t, b, 320*180*3/2)
	kept.Release()
	for f, err := range all { // which may be left
		require.NoError(t, err)
		f.Release()
		break
	}

	failing := func(ctx context.Context, path string, cfg *DecoderConfig) (n int, err error) {
		for f, e := range Frames(ctx, path, cfg) {
			require.NoError(t, err, "an error is the last")
			if err = e; err == nil {
				n++
				f.Release()
			}
		}
		return n, err
	}
	_, err = failing(t.Context(), filepath.Join(t.TempDir(), "nothing.mp4"), cfg)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = failing(t.Context(), testutils.Clip(t, "audio.m4a"), cfg)
	require.ErrorIs(t, err, ErrNoVideo)
	_, err = failing(t.Context(), testutils.Clip(t, "h264.mkv"), &DecoderConfig{Layout: 99})
	require.ErrorIs(t, err, ErrArgument)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = failing(done, testutils.Clip(t, "h264.mkv"), cfg)
	require.ErrorIs(t, err, context.Canceled)

	whole, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	for i := len(whole) / 2; i < len(whole)/2+2000; i++ {
		whole[i] ^= 0x55
	}
	broken := filepath.Join(t.TempDir(), "broken.mkv")
	require.NoError(t, os.WriteFile(broken, whole, 0o600))
	n, err := failing(t.Context(), broken, cfg)
	require.ErrorIs(t, err, ErrCorrupt)
	require.Positive(t, n, "what could be decoded comes first")
}

// TestFramesEnd ends the context while the source gives nothing more.
func TestFramesEnd(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	testutils.Watchdog(t, time.Minute)
	clip, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	done := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(clip[:len(clip)*3/4])
		w.(http.Flusher).Flush()
		<-done
	}))
	defer web.Close()
	defer close(done)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Threads: 1, Latency: LatencyLow}
	n := 0
	err = decodeFile(ctx, web.URL+"/clip.mkv", &DemuxerConfig{Network: true}, cfg, func(f *frame.Frame) bool {
		f.Release()
		if n++; n == 5 {
			time.AfterFunc(100*time.Millisecond, cancel) // most probably it waits then
		}
		return true
	})
	require.ErrorIs(t, err, context.Canceled)
	require.GreaterOrEqual(t, n, 5)
}
