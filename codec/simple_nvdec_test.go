package codec

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestSimpleShares has many readers at once on the few engines of a GPU, some with
// several sessions.
func TestSimpleShares(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	TrimCache()
	testutils.LeakCheck(t)
	t.Cleanup(TrimCache)
	path := testutils.Clip(t, "h264-opengop.mp4")
	cfg := DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}}
	plain, err := plainDecode(t, path, &cfg)
	require.NoError(t, err)
	x := scanFile(t, path)
	var wg sync.WaitGroup
	for g := range 24 {
		s := openSimple(t, path, &SimpleDecoderConfig{DecoderConfig: cfg, Index: x, Parallel: g % 4})
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 1))
			for range 3 {
				list := rnd.Perm(len(plain))[:20]
				p := 0
				for f, err := range s.FramesAt(list) {
					if err != nil || f.Index != list[p] || see(t, f) != plain[list[p]] {
						t.Errorf("reader %d, frame %d: %v", g, list[p], err)
						return
					}
					f.Release()
					p++
				}
				f, err := s.At(list[0])
				if err != nil || see(t, f) != plain[list[0]] {
					t.Errorf("reader %d: %v", g, err)
				}
				f.Release()
			}
			s.Close()
		})
	}
	wg.Wait()
}

// TestSimpleWidens wants several sessions at work where they are to be had.
func TestSimpleWidens(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	path := testutils.Clip(t, "demo.mp4")
	cfg := DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}}
	plain, err := plainDecode(t, path, &cfg)
	require.NoError(t, err)
	// Three sessions that idle.
	var warm [3]*looper
	for i := range warm {
		warm[i] = newLooper(t, "demo.mp4", nil, &cfg)
		for warm[i].frames == 0 {
			warm[i].step()
		}
	}
	for _, l := range warm {
		require.NoError(t, l.dec.Close())
	}
	s := openSimple(t, path, &SimpleDecoderConfig{DecoderConfig: cfg, Parallel: 3})
	wantFrames(t, plain, numbers(0, 300, 1), s.All())
	require.Len(t, s.others, 2)
	require.Equal(t, 1, s.share.sessions(), "the others are given back")
	// A list takes as many as it is worth by itself.
	s = openSimple(t, path, &SimpleDecoderConfig{DecoderConfig: cfg})
	list := []int{290, 10, 70, 130, 190, 250}
	wantFrames(t, plain, list, s.FramesAt(list))
	require.NotEmpty(t, s.others)
	wantFrames(t, plain, numbers(0, 40, 1), s.Range(0, 40, 1))
	TrimCache()
}

// TestSimpleKeepsSessions wants the sessions of a list to be there for the next one, though
// the cache is smaller.
func TestSimpleKeepsSessions(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	TrimCache()
	SetDecoderCache(1)
	t.Cleanup(func() {
		SetDecoderCache(defaultDecoderCache)
		TrimCache()
	})
	cfg := DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}}
	lower := sessions.raise(4)
	var warm [4]*looper
	for i := range warm {
		warm[i] = newLooper(t, "demo.mp4", nil, &cfg)
		for warm[i].frames == 0 {
			warm[i].step()
		}
	}
	for _, l := range warm {
		require.NoError(t, l.dec.Close())
	}
	require.Equal(t, 4, CacheStats().Idle)
	s := openSimple(t, testutils.Clip(t, "demo.mp4"), &SimpleDecoderConfig{DecoderConfig: cfg})
	list := numbers(0, 300, 20)
	fetch := func() {
		for f, err := range s.FramesAt(list) {
			require.NoError(t, err)
			f.Release()
		}
	}
	fetch()
	require.Greater(t, len(s.others), 1)
	lower()
	require.GreaterOrEqual(t, CacheStats().Idle, len(warm)-1, "one may be the decoder's own")
	require.NoError(t, s.Close())
	require.Equal(t, 1, CacheStats().Idle)
}

// TestSimpleContext works in a context and a stream of the caller's, with frames in
// either memory.
func TestSimpleContext(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	TrimCache()
	testutils.LeakCheck(t)
	t.Cleanup(TrimCache)
	require.NoError(t, cuda.Load())
	devices, err := cuda.Devices()
	require.NoError(t, err)
	ctx, err := cuda.NewContext(devices[0], 0)
	require.NoError(t, err)
	defer ctx.Close()
	stream, err := ctx.NewStream(cuda.StreamNonBlocking)
	require.NoError(t, err)
	defer stream.Close()
	path := testutils.Clip(t, "h264-opengop.mp4")
	plain, err := plainDecode(t, path, &cpuOnly)
	require.NoError(t, err)
	for _, memory := range []frame.Memory{frame.Device, frame.Host} {
		cfg := SimpleDecoderConfig{Parallel: 3}
		cfg.Device, cfg.Context, cfg.Stream, cfg.Memory = GPU(0), ctx, stream, memory
		s := openSimple(t, path, &cfg)
		list := []int{59, 3, 30, 3, 21, 45}
		p := 0
		for f, err := range s.FramesAt(list) {
			require.NoError(t, err)
			require.Equal(t, memory, f.Memory)
			if memory == frame.Device {
				require.Equal(t, ctx.Handle(), f.Context().Handle())
			}
			require.Equal(t, plain[list[p]], see(t, f))
			f.Release()
			p++
		}
		require.Equal(t, len(list), p)
		require.NoError(t, s.Close())
	}
}

// TestSimpleResetNVDEC goes from file to file with the sessions that it has.
func TestSimpleResetNVDEC(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	TrimCache()
	testutils.LeakCheck(t)
	t.Cleanup(TrimCache)
	cfg := SimpleDecoderConfig{WaitForWarmUp: true}
	cfg.Device, cfg.MaxWidth, cfg.MaxHeight = GPU(0), 640, 384
	s := openSimple(t, testutils.Clip(t, "demo.mp4"), &cfg)
	made := CacheStats().Creations
	for _, clip := range []string{"h264.mkv", "h264-opengop.mp4", "h264-vfr.mkv", "demo.mp4"} {
		path := testutils.Clip(t, clip)
		plain, err := plainDecode(t, path, &cpuOnly)
		require.NoError(t, err)
		dem, err := Open(context.Background(), path, nil)
		require.NoError(t, err)
		defer dem.Close()
		require.NoError(t, s.Reset(dem))
		n := len(plain)
		wantFrames(t, plain, []int{n - 1, 0, n / 2, 3}, s.FramesAt([]int{n - 1, 0, n / 2, 3}))
	}
	require.LessOrEqual(t, CacheStats().Creations-made, int64(maxEngines))
	dem, err := Open(context.Background(), testutils.Clip(t, "hevc.mp4"), nil)
	require.NoError(t, err)
	defer dem.Close()
	require.NoError(t, s.Reset(dem))
	plain, err := plainDecode(t, testutils.Clip(t, "hevc.mp4"), &cpuOnly)
	require.NoError(t, err)
	wantFrames(t, plain, []int{59, 0}, s.FramesAt([]int{-1, 0}))
	require.NoError(t, s.Close())
}
