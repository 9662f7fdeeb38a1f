package codec

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/live"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func openClip(t testing.TB, clip string) *Demuxer {
	dem, err := Open(context.Background(), testutils.Clip(t, clip), nil)
	require.NoError(t, err)
	closeAtEnd(t, dem)
	return dem
}

// closeAtEnd closes c after the test, and keeps no reference to it for longer: what
// goes by the garbage collector is to be counted as gone.
func closeAtEnd(t testing.TB, c io.Closer) {
	t.Cleanup(func() {
		require.NoError(t, c.Close())
		c = nil
	})
}

func newThreaded(t testing.TB, dem *Demuxer, cfg ThreadedDecoderConfig) *ThreadedDecoder {
	td, err := NewThreadedDecoder(dem, &cfg)
	require.NoError(t, err)
	closeAtEnd(t, td)
	return td
}

// shootRest reads the rest of the video in batches.
func shootRest(t testing.TB, td *ThreadedDecoder, batch, first int) (shots []shot) {
	dst := make([]*frame.Frame, batch)
	for {
		n, err := td.Read(t.Context(), dst)
		for _, f := range dst[:n] {
			require.Equal(t, first+len(shots), f.Index)
			shots = append(shots, shoot(t, f))
			f.Release()
		}
		if err == io.EOF {
			require.Zero(t, n)
			return shots
		}
		require.NoError(t, err)
	}
}

func sequential(t testing.TB, clip string, cfg DecoderConfig) []shot {
	s, list := packetsOf(t, clip)
	return shootAll(t, newDecoder(t, s, cfg), list)
}

// The frames are those of a Decoder, in batches of any size, from any frame on, and
// after a Reset in the middle.
func TestThreadedFrames(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 2*time.Minute)
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		for _, clip := range []string{"h264.mkv", "hevc10.mkv", "h264-editlist.mp4", "vp9.webm", "h264-resize.ts"} {
			want := sequential(t, clip, cfg)
			td := newThreaded(t, openClip(t, clip), ThreadedDecoderConfig{DecoderConfig: cfg, Buffer: 3})
			require.Equal(t, openClip(t, clip).Stream().Codec, td.Stream().Codec)
			require.Equal(t, want, shootRest(t, td, 1, 0), clip)
			_, err := td.Read(t.Context(), make([]*frame.Frame, 1))
			require.Equal(t, io.EOF, err, "still at the end")
			require.NoError(t, td.Reset(openClip(t, clip)))
			n, err := td.Read(t.Context(), make([]*frame.Frame, 0))
			require.NoError(t, err)
			require.Zero(t, n)
			dst := make([]*frame.Frame, 2)
			_, err = td.Read(t.Context(), dst)
			require.NoError(t, err)
			require.NoError(t, td.Reset(openClip(t, clip)), "with frames in the queue and in use")
			require.Equal(t, want[:2], []shot{shoot(t, dst[0]), shoot(t, dst[1])}, "frames live until they are released")
			dst[0].Release()
			dst[1].Release()
			require.Equal(t, want, shootRest(t, td, 7, 0), clip)
			require.NoError(t, td.Close())

			start := len(want) / 3
			td = newThreaded(t, openClip(t, clip), ThreadedDecoderConfig{DecoderConfig: cfg, Start: start})
			require.Equal(t, want[start:], shootRest(t, td, 5, start), clip)
			require.Equal(t, GPU(0) == cfg.Device, GPU(0) == td.Device())
			require.NotEmpty(t, td.Reason())
		}
	})
}

// Videos that were queued follow each other, with their ends in between.
func TestThreadedQueue(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 2*time.Minute)
	clips := []string{"h264.mkv", "h264-crop.mp4", "hevc.mp4", "h264-opengop.mp4", "h264-opengop.mp4", "vp8.webm"}
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		td := newThreaded(t, openClip(t, clips[0]), ThreadedDecoderConfig{DecoderConfig: cfg, Buffer: 8})
		for i, clip := range clips {
			if i+1 < len(clips) {
				require.NoError(t, td.Queue(openClip(t, clips[i+1])))
			}
			require.Equal(t, openClip(t, clip).Stream().Width, td.Stream().Width)
			require.Equal(t, sequential(t, clip, cfg), shootRest(t, td, 4, 0), clip)
		}
		_, err := td.Read(t.Context(), make([]*frame.Frame, 1))
		require.Equal(t, io.EOF, err)
		require.NoError(t, td.Queue(openClip(t, clips[0])), "also later")
		n := 0
		for f, err := range td.Frames(t.Context()) {
			require.NoError(t, err)
			f.Release()
			n++
		}
		require.Len(t, sequential(t, clips[0], cfg), n)
	})
}

// A consumer that does not come keeps decoding waiting: no more frames are alive than
// the buffer has, and those of one packet.
func TestThreadedSlowConsumer(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	td := newThreaded(t, openClip(t, "av-12s.mp4"), ThreadedDecoderConfig{DecoderConfig: onCPU(DecoderConfig{}), Buffer: 4})
	require.Eventually(t, func() bool { return len(td.run.ready) == 4 }, 20*time.Second, time.Millisecond)
	time.Sleep(20 * time.Millisecond) // time to go wrong in
	dst := make([]*frame.Frame, 1)
	_, err := td.Read(t.Context(), dst)
	require.NoError(t, err)
	dst[0].Release()
	require.Eventually(t, func() bool { return len(td.run.ready) == 4 }, 20*time.Second, time.Millisecond)
	require.NoError(t, td.Close())
	require.LessOrEqual(t, td.run.next, 7, "frames that were decoded")
	require.NoError(t, td.Close())
	_, err = td.Read(t.Context(), dst)
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, td.Queue(openClip(t, "h264.mkv")), os.ErrClosed)
	require.ErrorIs(t, td.Reset(openClip(t, "h264.mkv")), os.ErrClosed)
}

// failingReader fails, or waits, where it is told to.
type failingReader struct {
	data []byte
	at   int
	err  error         // nil: wait
	wait chan struct{} // closed when the reader may go on to fail
	told chan struct{} // closed when it waits
	once sync.Once
}

func (r *failingReader) Read(p []byte) (int, error) {
	if r.at == len(r.data) {
		if r.wait != nil {
			r.once.Do(func() { close(r.told) })
			<-r.wait
		}
		return 0, r.err
	}
	n := copy(p, r.data[r.at:])
	r.at += n
	return n, nil
}

// An error comes after the frames before it.
func TestThreadedError(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, time.Minute)
	cut, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	cut = cut[:len(cut)/2]
	boom := errors.New("boom")
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		want := sequential(t, "h264.mkv", cfg)
		dem, err := NewDemuxer(&failingReader{data: cut, err: boom}, nil)
		require.NoError(t, err)
		defer dem.Close()
		td := newThreaded(t, dem, ThreadedDecoderConfig{DecoderConfig: cfg})
		dst := make([]*frame.Frame, 1000)
		n, err := td.Read(t.Context(), dst)
		require.NoError(t, err)
		require.Greater(t, n, 5)
		for i, f := range dst[:n-3] {
			require.Equal(t, want[i].sum, shoot(t, f).sum)
		}
		for _, f := range dst[:n] {
			f.Release()
		}
		n, err = td.Read(t.Context(), dst)
		require.Zero(t, n)
		require.ErrorIs(t, err, boom)
		_, err = td.Read(t.Context(), dst)
		require.ErrorIs(t, err, boom, "still")
		require.NoError(t, td.Reset(openClip(t, "h264.mkv")), "it can go on with another video")
		require.Equal(t, want, shootRest(t, td, 16, 0))
	})
}

// Close ends a Read that waits for frames, and a read that waits for the source.
func TestThreadedCloseWakes(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, time.Minute)
	testutils.LeakCheck(t)
	data, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	r := &failingReader{data: data[:len(data)/2], err: io.EOF, wait: make(chan struct{}), told: make(chan struct{})}
	// What opens the container reads as far as it needs to; the rest is the worker's.
	dem, err := NewDemuxer(r, nil)
	require.NoError(t, err)
	td := newThreaded(t, dem, ThreadedDecoderConfig{DecoderConfig: onCPU(DecoderConfig{}), Buffer: 1000})
	<-r.told
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	dst := make([]*frame.Frame, 1000)
	n, err := td.Read(ctx, dst)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	for _, f := range dst[:n] {
		f.Release()
	}
	got := make(chan error)
	go func() {
		_, err := td.Read(context.Background(), dst)
		got <- err
	}()
	time.Sleep(10 * time.Millisecond)
	require.NoError(t, td.Close())
	require.ErrorIs(t, <-got, os.ErrClosed)
	require.NoError(t, dem.Close())
	close(r.wait)
}

func TestThreadedBadUse(t *testing.T) {
	testutils.FFmpeg(t)
	_, err := NewThreadedDecoder(nil, nil)
	require.ErrorIs(t, err, ErrArgument)
	for _, cfg := range []ThreadedDecoderConfig{{Buffer: -1}, {Buffer: 1 << 20}, {Start: -1}, {DecoderCache: -1}, {DecoderConfig: DecoderConfig{Threads: -1}}} {
		_, err := NewThreadedDecoder(openClip(t, "h264.mkv"), &cfg)
		require.ErrorIs(t, err, ErrArgument)
	}
	var none *ThreadedDecoder
	require.NoError(t, none.Close())
	_, err = none.Read(t.Context(), nil)
	require.ErrorIs(t, err, ErrArgument)
	td := newThreaded(t, openClip(t, "h264.mkv"), ThreadedDecoderConfig{DecoderConfig: onCPU(DecoderConfig{}), Start: 100000})
	_, err = td.Read(t.Context(), make([]*frame.Frame, 1))
	require.ErrorIs(t, err, ErrRange, "there is no such frame")
	require.ErrorIs(t, td.Reset(nil), ErrArgument)
}

// No allocation a frame, with the file begun anew as videos that follow each other.
func TestThreadedAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		// What tests before have left to be ended allocates as well: once it must be nothing.
		n := 1.0
		for tries := 0; n > 0 && tries < 3; tries++ {
			n = threadedAllocs(t, cfg)
		}
		if !raceEnabled {
			require.Zero(t, n)
		}
	})
}

// threadedAllocs is how much a Read of four frames allocates.
func threadedAllocs(t *testing.T, cfg DecoderConfig) float64 {
	td := newThreaded(t, openClip(t, "av-12s.mp4"), ThreadedDecoderConfig{DecoderConfig: cfg, Buffer: 8})
	defer td.Close()
	dst := make([]*frame.Frame, 4)
	read := func() {
		n, err := td.Read(context.Background(), dst)
		if err != nil || n != len(dst) {
			t.Error(n, err)
		}
		for _, f := range dst[:n] {
			f.Release()
		}
	}
	for range 20 {
		read()
	}
	return testing.AllocsPerRun(50, read)
}

// Many at once, closed at any moment, leave nothing behind.
func TestThreadedChurn(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 2*time.Minute)
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		before := runtime.NumGoroutine()
		var wg sync.WaitGroup
		for i := range 12 {
			dem := openClip(t, []string{"h264.mkv", "hevc.mp4", "vp9.webm"}[i%3])
			next := openClip(t, "h264.mkv")
			td, err := NewThreadedDecoder(dem, &ThreadedDecoderConfig{DecoderConfig: cfg, Buffer: 2})
			require.NoError(t, err)
			wg.Add(2)
			go func() {
				defer wg.Done()
				dst := make([]*frame.Frame, 3)
				for {
					n, err := td.Read(context.Background(), dst)
					for _, f := range dst[:n] {
						f.Release()
					}
					if err != nil && err != io.EOF {
						return
					}
					if err == io.EOF && td.Reset(next) != nil {
						return
					}
				}
			}()
			go func() {
				defer wg.Done()
				time.Sleep(time.Duration(i) * 3 * time.Millisecond)
				if err := td.Close(); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		TrimCache()
		require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, 10*time.Second, 10*time.Millisecond)
		require.Zero(t, live.Snapshot()["nvcuvid.Decoder"])
	})
}

// Readers that share one session give it on at the border of a group of pictures, and
// the frames are the same. One whose consumer does not come stops nobody.
func TestThreadedShare(t *testing.T) {
	onNVDEC(t)
	testutils.Watchdog(t, time.Minute)
	TrimCache()
	want := sequential(t, "av-12s.mp4", onGPU(DecoderConfig{}))
	schedulersMu.Lock()
	s := schedulers[schedulerKey{}] // GPU 0's
	schedulersMu.Unlock()
	limit := s.limit
	s.limit = 2 // one for the reader that rests, one for the others
	t.Cleanup(func() { s.limit = limit })
	idle := newThreaded(t, openClip(t, "h264.mkv"), ThreadedDecoderConfig{DecoderConfig: onGPU(DecoderConfig{}), Buffer: 1})
	require.Eventually(t, func() bool { return len(idle.run.ready) == 1 }, 20*time.Second, time.Millisecond)
	before := s.moves.Load()
	got := make([][]shot, 3)
	var wg sync.WaitGroup
	for i := range got {
		td := newThreaded(t, openClip(t, "av-12s.mp4"), ThreadedDecoderConfig{DecoderConfig: onGPU(DecoderConfig{}), Buffer: 4})
		wg.Go(func() {
			for f, err := range td.Frames(context.Background()) {
				if err != nil {
					t.Error(err)
					return
				}
				got[i] = append(got[i], shoot(t, f))
				f.Release()
			}
		})
	}
	wg.Wait()
	for i := range got {
		require.Equal(t, want, got[i])
	}
	require.Positive(t, s.moves.Load()-before)
	require.Equal(t, 1, idle.cfg.share.sessions())
}
