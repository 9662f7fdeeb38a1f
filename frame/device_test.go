package frame

import (
	"bytes"
	"image"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// gpu is a context and two streams that are not ordered with anything.
func gpu(t testing.TB) (*cuda.Context, *cuda.Stream, *cuda.Stream) {
	testutils.Driver(t)
	testutils.LeakCheck(t)
	require.NoError(t, cuda.Load())
	ctx, err := cuda.Primary(0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ctx.Close()) })
	var s [2]*cuda.Stream
	for i := range s {
		s[i], err = ctx.NewStream(cuda.StreamNonBlocking)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s[i].Close()) })
	}
	return ctx, s[0], s[1]
}

// busyBytes is how much memory to set so that a stream is busy for a while.
func busyBytes() int {
	if os.Getenv(testutils.SimEnv) != "" {
		return 16 << 20
	}
	return 1 << 30
}

func devicePool(t testing.TB, ctx *cuda.Context, f Format, w, h int, cfg *DevicePoolConfig) *DevicePool {
	p, err := NewDevicePool(ctx, f, w, h, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func TestDeviceRoundTrip(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	r := rand.New(rand.NewPCG(41, 42))
	for _, c := range []yuvCase{{NV12, 8}, {P016, 10}, {P016, 16}, {YUV444, 8}, {YUV444P16, 12}, {NV16, 8}, {P216, 10}, {YUV420P, 8},
		{YUV420P10, 10}, {YV12, 8}, {Gray, 8}, {NV24, 8}, {YUVA420P, 8}, {GBRP12, 12}} {
		for _, size := range [][2]int{{1, 1}, {3, 5}, {129, 7}, {160, 90}} {
			src := randomFrame(t, r, c.f, size[0], size[1], c.depth)
			want, err := src.AppendBytes(nil)
			require.NoError(t, err)
			planar, err := src.AppendPlanar(nil)
			require.NoError(t, err)
			pool := devicePool(t, ctx, c.f, size[0], size[1], nil)
			locked, err := NewHostPool(c.f, size[0], size[1], &HostPoolConfig{PageLocked: ctx})
			require.NoError(t, err)
			for _, s := range []*cuda.Stream{nil, s1} {
				a, err := pool.Get(s)
				require.NoError(t, err)
				require.Equal(t, ctx.Device(), a.Context().Device())
				require.NoError(t, src.CopyToStream(a, s))
				b, err := pool.Get(s2)
				require.NoError(t, err)
				var other *cuda.Stream
				if s != nil {
					other = s2
				}
				require.NoError(t, a.CopyToStream(b, other)) // waits for a in the other stream
				a.ReleaseOn(s2)
				got, err := b.AppendBytes(nil)
				require.NoError(t, err)
				require.True(t, bytes.Equal(want, got), "%v %v", c, size)
				got, err = b.AppendPlanar(nil)
				require.NoError(t, err)
				require.True(t, bytes.Equal(planar, got), "%v %v", c, size)
				var w bytes.Buffer
				_, err = b.WritePlanar(&w)
				require.NoError(t, err)
				require.True(t, bytes.Equal(planar, w.Bytes()), "%v %v", c, size)
				h, err := locked.Get()
				require.NoError(t, err)
				require.NoError(t, b.CopyToStream(h, s))
				got, err = h.AppendBytes(nil) // waits
				require.NoError(t, err)
				require.True(t, bytes.Equal(want, got), "%v %v", c, size)
				require.Equal(t, c.depth, h.BitDepth)
				x, err := src.Image()
				require.NoError(t, err)
				y, err := b.Image()
				require.NoError(t, err)
				require.Equal(t, x.At(size[0]/2, size[1]/2), y.At(size[0]/2, size[1]/2))
				h.Release()
				b.Release()
			}
			require.NoError(t, pool.Close())
			require.NoError(t, locked.Close())
		}
	}
}

// A frame whose memory is still read in one stream is handed to a writer in another.
func TestReleaseOnOrdersTheNextWriter(t *testing.T) {
	ctx, reader, writer := gpu(t)
	other, err := ctx.NewStream(cuda.StreamNonBlocking)
	require.NoError(t, err)
	defer other.Close()
	const w, h = 4096, 2048
	pool := devicePool(t, ctx, Gray, w, h, nil)
	busy := busyBytes()
	big, err := ctx.Alloc(busy)
	require.NoError(t, err)
	defer ctx.Free(big)
	out, err := ctx.Alloc(w * h)
	require.NoError(t, err)
	defer ctx.Free(out)
	got := make([]byte, w*h)
	for round := range 4 {
		f, err := pool.Get(reader)
		require.NoError(t, err)
		first := f.Planes[0].Ptr
		require.NoError(t, reader.Memset(f.Planes[0].Ptr, 1, w*h))
		for range 20 { // about 10 ms, before it reads
			require.NoError(t, reader.Memset(big, 0, busy))
		}
		require.NoError(t, reader.CopyDtoD(out, f.Planes[0].Ptr, w*h))
		f.Retain().ReleaseOn(other)
		f.Retain().ReleaseOn(reader)
		f.ReleaseOn(other) // again, which must not make it forget the second

		if round%2 == 0 {
			f, err = pool.Get(writer)
		} else {
			f, err = pool.Get(nil)
		}
		require.NoError(t, err)
		require.Equal(t, first, f.Planes[0].Ptr, "the same memory")
		require.NoError(t, writer.Memset(f.Planes[0].Ptr, 2, w*h))
		require.NoError(t, writer.Synchronize())
		require.NoError(t, reader.Synchronize())
		require.NoError(t, ctx.CopyDtoH(got, out))
		require.Equal(t, w*h, bytes.Count(got, []byte{1}), "round %d: the writer came before the reader", round)
		f.Release()
	}
}

func TestDevicePoolLifetimes(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	pool := devicePool(t, ctx, NV12, 1920, 1080, &DevicePoolConfig{Max: 2, Pitch: 4096})
	a, err := pool.Get(s1)
	require.NoError(t, err)
	require.Equal(t, 4096, a.Planes[1].Pitch)
	b, err := pool.Get(s1)
	require.NoError(t, err)
	_, err = pool.Get(s1)
	require.ErrorIs(t, err, ErrExhausted)
	require.NoError(t, a.MarkReady(s1))
	require.NotNil(t, a.Ready())
	require.NoError(t, a.Wait(s1))
	require.NoError(t, a.Wait(s2))
	require.NoError(t, a.Wait(nil))
	arr, err := a.CUDAArray(0)
	require.NoError(t, err)
	require.Equal(t, s1.Handle(), arr.Stream)
	a.Retain().ReleaseOn(s2)
	a.Retain().ReleaseOn(s2)
	a.Retain().ReleaseOn(nil)
	a.Release()
	require.True(t, pool.Fits(NV12, 1920, 1080))
	require.Equal(t, PoolStats{Used: 1, Idle: 1}, pool.Stats())
	require.NoError(t, pool.Close())
	require.NoError(t, ctx.Close()) // the pool has a reference of its own
	_, err = b.AppendBytes(nil)
	require.NoError(t, err)
	b.ReleaseOn(s1)
	require.Equal(t, PoolStats{}, pool.Stats())
}

func TestFromDeviceRelease(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	planes, n, err := DevicePlanes(nil, NV12, 0, 0, 640, 480)
	require.NoError(t, err)
	base, err := ctx.Alloc(n)
	require.NoError(t, err)
	for i := range planes {
		planes[i].Ptr += base
	}
	released, done := 0, false
	f, err := FromDevice(ctx, NV12, 640, 480, planes, func() {
		released++
		require.NoError(t, s2.Memset(base, 0, n)) // ours again, in any stream
		require.NoError(t, s2.Synchronize())
		done, err = s1.Query()
		require.NoError(t, err)
		require.NoError(t, ctx.Free(base))
	})
	require.NoError(t, err)
	require.NoError(t, s1.Memset(base, 7, n))
	require.NoError(t, f.MarkReady(s1))
	b, err := f.AppendBytes(nil)
	require.NoError(t, err)
	require.Equal(t, 640*480*3/2, bytes.Count(b, []byte{7}))
	f.Retain().ReleaseOn(s1)
	require.Zero(t, released)
	big, err := ctx.Alloc(busyBytes())
	require.NoError(t, err)
	defer ctx.Free(big)
	for range 20 {
		require.NoError(t, s1.Memset(big, 0, busyBytes()))
	}
	require.NoError(t, s1.CopyDtoD(big, base, n))
	f.ReleaseOn(s1)
	require.Equal(t, 1, released)
	require.True(t, done, "released before the reader was done")
}

func TestDeviceDoesNotAllocate(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	pool := devicePool(t, ctx, P016, 640, 480, nil)
	locked, err := NewHostPool(P016, 640, 480, &HostPoolConfig{PageLocked: ctx})
	require.NoError(t, err)
	defer locked.Close()
	var dst []byte
	step := func() {
		f, err := pool.Get(s1)
		require.NoError(t, err)
		f.BitDepth = 10
		require.NoError(t, f.MarkReady(s1))
		h, err := locked.Get()
		require.NoError(t, err)
		require.NoError(t, f.CopyToStream(h, s2))
		dst, err = f.AppendPlanar(dst[:0])
		require.NoError(t, err)
		require.NoError(t, f.CopyTo(h))
		require.NoError(t, h.CopyToStream(f, s2))
		h.ReleaseOn(s2)
		f.ReleaseOn(s2)
	}
	for range 4 {
		step()
	}
	if !raceEnabled {
		require.Zero(t, testing.AllocsPerRun(100, step))
	}
}

func BenchmarkDeviceGetReleaseOn(b *testing.B) {
	ctx, s1, s2 := gpu(b)
	pool := devicePool(b, ctx, NV12, 1920, 1080, nil)
	b.ReportAllocs()
	for b.Loop() {
		f, err := pool.Get(s1)
		require.NoError(b, err)
		f.ReleaseOn(s2)
	}
}

func BenchmarkDownload(b *testing.B) {
	ctx, s1, _ := gpu(b)
	pool := devicePool(b, ctx, NV12, 1920, 1080, nil)
	f, err := pool.Get(s1)
	require.NoError(b, err)
	defer f.Release()
	b.Run("AppendBytes", func(b *testing.B) {
		b.SetBytes(1920 * 1080 * 3 / 2)
		var dst []byte
		for b.Loop() {
			dst, err = f.AppendBytes(dst[:0])
			require.NoError(b, err)
		}
	})
	b.Run("PageLocked", func(b *testing.B) {
		locked, err := NewHostPool(NV12, 1920, 1080, &HostPoolConfig{PageLocked: ctx})
		require.NoError(b, err)
		defer locked.Close()
		b.SetBytes(1920 * 1080 * 3 / 2)
		for b.Loop() {
			h, err := locked.Get()
			require.NoError(b, err)
			require.NoError(b, f.CopyToStream(h, s1))
			require.NoError(b, h.Wait(nil))
			h.Release()
		}
	})
	b.Run("RGBA", func(b *testing.B) {
		dst := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
		for b.Loop() {
			if _, err := f.RGBA(dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}
