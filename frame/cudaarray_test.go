package frame

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
)

func TestFromCUDAArrays(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, f := range []Format{NV12, YV12, YUV420P, YUV444, P010, YUV444P10MSB, ARGB, ARGB10, ABGR, ABGR10, NV16, P210} {
		host := randomFrame(t, r, f, 64, 48, f.Bits())
		want, err := host.AppendBytes(nil)
		require.NoError(t, err)
		pool := devicePool(t, ctx, f, 64, 48, nil)
		src, err := pool.Get(s1)
		require.NoError(t, err)
		require.NoError(t, host.CopyToStream(src, s1))
		// One array a plane, in padded rows, with the stream of their production.
		var arrays []CUDAArray
		for i := range src.Planes {
			a, err := src.CUDAArray(i)
			require.NoError(t, err)
			arrays = append(arrays, a)
		}
		released := 0
		got, err := FromCUDAArrays(ctx, f, 64, 48, arrays, func() { released++ })
		require.NoError(t, err, f)
		require.NotNil(t, got.Ready())
		require.NoError(t, got.Wait(s2))
		b, err := got.AppendBytes(nil)
		require.NoError(t, err)
		require.Equal(t, want, b, f)
		got.Release()
		require.Equal(t, 1, released)
		src.Release()
	}

	// A tensor of 1 x 1 x 72 x 64 is NV12 of 64 x 48.
	p, err := ctx.Alloc(64 * 72)
	require.NoError(t, err)
	defer func() { require.NoError(t, ctx.Free(p)) }()
	pixels := make([]byte, 64*72)
	for i := range pixels {
		pixels[i] = byte(i * 7)
	}
	require.NoError(t, ctx.CopyHtoD(p, pixels))
	for _, f := range []Format{NV12, YUV420P} {
		fr, err := FromCUDAArrays(ctx, f, 64, 48, []CUDAArray{{Shape: [3]int{72, 64, 1}, TypeStr: "|u1", Data: p}}, nil)
		require.NoError(t, err)
		b, err := fr.AppendBytes(nil)
		require.NoError(t, err)
		require.Equal(t, pixels, b, f)
	}
	for name, a := range map[string][]CUDAArray{
		"too few rows":  {{Shape: [3]int{71, 64, 1}, TypeStr: "|u1", Data: p}},
		"too narrow":    {{Shape: [3]int{72, 62, 1}, TypeStr: "|u1", Data: p}},
		"type":          {{Shape: [3]int{72, 64, 1}, TypeStr: "<u2", Data: p}},
		"strided":       {{Shape: [3]int{72, 64, 1}, Strides: [3]int{128, 2, 1}, TypeStr: "|u1", Data: p}},
		"no array":      {},
		"no address":    {{Shape: [3]int{72, 64, 1}, TypeStr: "|u1"}},
		"plane's shape": {{Shape: [3]int{48, 64, 1}, TypeStr: "|u1", Data: p}, {Shape: [3]int{24, 64, 1}, TypeStr: "|u1", Data: p}},
		"streams":       {{Shape: [3]int{48, 64, 1}, TypeStr: "|u1", Data: p, Stream: 1}, {Shape: [3]int{24, 32, 2}, TypeStr: "|u1", Data: p, Stream: 2}},
	} {
		_, err := FromCUDAArrays(ctx, NV12, 64, 48, a, nil)
		require.True(t, errors.Is(err, ErrInvalidPlane) || errors.Is(err, ErrInvalidSize), "%s: %v", name, err)
	}
	// A stream of the driver's own.
	fr, err := FromCUDAArrays(ctx, NV12, 64, 48, []CUDAArray{{Shape: [3]int{72, 64, 1}, TypeStr: "|u1", Data: p, Stream: cuda.LegacyStream}}, nil)
	require.NoError(t, err)
	require.NotNil(t, fr.Ready())
	fr.Release()
}

func TestHoldMemory(t *testing.T) {
	ctx, s, _ := gpu(t)
	pool, err := NewDevicePool(ctx, NV12, 64, 48, nil)
	require.NoError(t, err)
	f, err := pool.Get(s)
	require.NoError(t, err)
	h, ok := f.HoldMemory()
	require.True(t, ok)
	again, ok := f.HoldMemory()
	require.True(t, ok)
	require.Equal(t, h, again)
	require.True(t, h.Same(f))
	again.Release()
	ptr := f.Planes[0].Ptr
	f.Release()
	require.False(t, h.Dropped())
	require.NoError(t, pool.Close())
	require.True(t, h.Dropped())
	// The driver still has it: it can be read.
	b := make([]byte, 64)
	require.NoError(t, ctx.CopyDtoH(b, ptr))
	h.Release() // LeakCheck sees that the memory is gone

	// A Hold may outlive all that its memory came from.
	own, err := cuda.NewContext(0, cuda.ScheduleAuto)
	require.NoError(t, err)
	pool, err = NewDevicePool(own, NV12, 64, 48, nil)
	require.NoError(t, err)
	f, err = pool.Get(nil)
	require.NoError(t, err)
	h, ok = f.HoldMemory()
	require.True(t, ok)
	f.Release()
	require.NoError(t, pool.Close())
	require.NoError(t, own.Close())
	h.Release()

	_, ok = (&Frame{}).HoldMemory()
	require.False(t, ok)
	host, err := NewHost(NV12, 64, 48)
	require.NoError(t, err)
	_, ok = host.HoldMemory()
	require.False(t, ok)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		h, _ := host.HoldMemory()
		h.Release()
	}))
}
