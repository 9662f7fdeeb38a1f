package frame

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/dlpack"
)

func TestFrameTensor(t *testing.T) {
	r := rand.New(rand.NewPCG(61, 62))
	for _, c := range []struct {
		f              Format
		w, h           int
		shape, strides []int
		typ            DType
	}{
		{RGB24, 10, 4, []int{4, 10, 3}, []int{64, 3, 1}, Uint8},
		{RGBA, 10, 4, []int{4, 10, 4}, []int{64, 4, 1}, Uint8},
		{Gray, 10, 4, []int{4, 10}, []int{64, 1}, Uint8},
		{NV12, 10, 4, []int{6, 10}, []int{64, 1}, Uint8},
		{P016, 10, 4, []int{6, 10}, []int{32, 1}, Uint16},
		{NV16, 10, 5, []int{10, 10}, []int{64, 1}, Uint8},
		{NV12, 10, 5, []int{8, 10}, []int{64, 1}, Uint8},
		{YUV444, 10, 4, []int{3, 4, 10}, []int{256, 64, 1}, Uint8},
		{GBRPF32, 10, 4, []int{3, 4, 10}, []int{64, 16, 1}, Float32},
		{GBRPF16, 10, 4, []int{3, 4, 10}, []int{128, 32, 1}, Float16},
	} {
		f, err := NewHost(c.f, c.w, c.h)
		require.NoError(t, err)
		for i := range f.Planes {
			for k := range f.Planes[i].Data {
				f.Planes[i].Data[k] = byte(r.Uint32())
			}
		}
		x, err := f.Tensor()
		require.NoError(t, err, "%v", c.f)
		require.Equal(t, c.shape, x.Shape, "%v", c.f)
		require.Equal(t, c.strides, x.Strides, "%v", c.f)
		require.Equal(t, c.typ, x.Type)
		a, err := x.AppendBytes(nil)
		require.NoError(t, err)
		b, err := f.AppendBytes(nil)
		require.NoError(t, err)
		require.Equal(t, b, a, "%v", c.f)
	}
	odd, err := NewHost(NV12, 9, 5)
	require.NoError(t, err)
	_, err = odd.Tensor()
	require.ErrorIs(t, err, ErrInvalidPlane)
	x, err := odd.PlaneTensor(1)
	require.NoError(t, err)
	require.Equal(t, []int{3, 5, 2}, x.Shape)
	apart := randomFrame(t, r, YUV444, 8, 8, 8)
	_, err = apart.Tensor()
	require.ErrorIs(t, err, ErrInvalidPlane)
	for _, f := range []Format{RGB48BE, ARGB10, MonoBlack} {
		bad, err := NewHost(f, 8, 8)
		require.NoError(t, err)
		_, err = bad.Tensor()
		require.ErrorIs(t, err, ErrInvalidFormat)
	}
}

// What is exported comes back as the frame it was, and is released once.
func TestDLPackRoundTrip(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	r := rand.New(rand.NewPCG(63, 64))
	for _, f := range []Format{RGB24, BGRA, Gray, NV12, P016, NV16, YUV444, YUV444P16, GBRP, GBRPF32, Gray16} {
		for _, device := range []bool{false, true} {
			for _, versioned := range []bool{false, true} {
				src, err := NewHost(f, 12, 6)
				require.NoError(t, err)
				for i := range src.Planes {
					for k := range src.Planes[i].Data {
						src.Planes[i].Data[k] = byte(r.Uint32())
					}
				}
				want, err := src.AppendBytes(nil)
				require.NoError(t, err)
				in, on := src, (*cuda.Context)(nil)
				if device {
					in, on = upload(t, ctx, src, false), ctx
				}
				x, err := in.Tensor()
				require.NoError(t, err)
				p, err := x.export(s1, versioned)
				require.NoError(t, err)
				in.Release()
				back, err := FromDLPack(on, f, p, versioned, s2)
				require.NoError(t, err, "%v", f)
				got, err := back.AppendBytes(nil)
				require.NoError(t, err)
				require.Equal(t, want, got, "%v", f)
				require.Equal(t, [2]int{12, 6}, [2]int{back.Width, back.Height})
				kind, id := x.DLPackDevice()
				require.Equal(t, [2]int{map[bool]int{false: 1, true: 2}[device], 0}, [2]int{kind, id})
				back.Release()
				if device {
					require.Zero(t, in.References())
				}
			}
		}
	}
}

func TestFromDLPackErrors(t *testing.T) {
	data := make([]byte, 4096)
	for _, c := range []struct {
		f              Format
		bits           uint8
		shape, strides []int64
		want           error
	}{
		{NV12, 8, []int64{9, 8}, []int64{8, 1}, nil},
		{IYUV, 8, []int64{9, 8}, []int64{8, 1}, nil},
		{RGB24, 8, []int64{4, 8, 3}, []int64{32, 3, 1}, nil},
		{GBRP, 8, []int64{3, 4, 8}, []int64{40, 8, 1}, nil},
		{Gray, 8, []int64{4, 8}, []int64{8, 1}, nil},
		{Gray, 8, []int64{4, 8, 1}, []int64{8, 1, 1}, nil},
		{NV12, 16, []int64{9, 8}, []int64{8, 1}, ErrInvalidFormat},
		{P016, 8, []int64{9, 8}, []int64{8, 1}, ErrInvalidFormat},
		{NV12, 8, []int64{8, 8}, []int64{8, 1}, ErrInvalidPlane},
		{NV12, 8, []int64{9, 7}, []int64{8, 1}, ErrInvalidPlane},
		{NV12, 8, []int64{9, 8}, []int64{8, 2}, ErrInvalidPlane},
		{IYUV, 8, []int64{9, 8}, []int64{10, 1}, ErrInvalidPlane},
		{RGB24, 8, []int64{3, 4, 8}, []int64{32, 8, 1}, ErrInvalidPlane},
		{RGB24, 8, []int64{4, 8, 4}, []int64{32, 4, 1}, ErrInvalidPlane},
		{RGB24, 8, []int64{4, 8, 3}, []int64{-32, 3, 1}, ErrInvalidPlane},
		{RGB24, 8, []int64{4, 8, 3}, []int64{20, 3, 1}, ErrInvalidPlane},
		{GBRP, 8, []int64{4, 8, 3}, []int64{32, 3, 1}, ErrInvalidPlane},
		{RGB24, 8, []int64{0, 8, 3}, []int64{32, 3, 1}, ErrInvalidPlane},
		{RGB24, 8, []int64{1 << 40, 8, 3}, []int64{32, 3, 1}, ErrInvalidPlane},
		{YUYV422, 8, []int64{4, 8, 2}, []int64{16, 2, 1}, ErrInvalidPlane},
	} {
		deleted := 0
		p, err := dlpack.Export(&dlpack.Tensor{Data: dlpack.Address(data), Keep: data, Device: dlpack.CPU, Code: dlpack.UInt, Bits: c.bits,
			Shape: c.shape, Strides: c.strides}, false, func() { deleted++ })
		require.NoError(t, err)
		f, err := FromDLPack(nil, c.f, p, false, nil)
		if c.want == nil {
			require.NoError(t, err, "%+v", c)
			require.Equal(t, [2]int{8, len(c.shape)}, [2]int{f.Width, len(c.shape)})
			f.Release()
		} else {
			require.ErrorIs(t, err, c.want, "%+v", c)
			require.Zero(t, deleted)
			DeleteDLPack(p, false)
		}
		require.Equal(t, 1, deleted)
	}
	_, err := FromDLPack(nil, NV12, 0, false, nil)
	require.ErrorIs(t, err, ErrInvalidPlane)
}

// A consumer that is late, and deletes before its work is done, sees its numbers and
// not those of the next picture; a producer that is late is waited for.
func TestDLPackOrder(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	const n = 64 << 10
	busy, err := ctx.Alloc(busyBytes())
	require.NoError(t, err)
	seen, err := ctx.Alloc(n)
	require.NoError(t, err)
	defer func() {
		require.NoError(t, ctx.Synchronize())
		require.NoError(t, ctx.Free(busy))
		require.NoError(t, ctx.Free(seen))
	}()
	pool := devicePool(t, ctx, Gray, 512, 128, &DevicePoolConfig{Max: 1})
	for round := range byte(4) {
		f, err := pool.Get(s1)
		require.NoError(t, err)
		require.NoError(t, s1.Memset(busy, 1, busyBytes())) // the producer is late
		require.NoError(t, s1.Memset(f.Planes[0].Ptr, 10+round, n))
		require.NoError(t, f.MarkReady(s1))
		p, err := f.DLPack(s2)
		require.NoError(t, err)
		f.Release()
		x, err := dlpack.Import(p, false)
		require.NoError(t, err)
		require.NoError(t, s2.Memset(busy, 2, busyBytes())) // and so is the consumer
		require.NoError(t, s2.CopyDtoD(seen, cuda.DevicePtr(x.Data), n))
		DeleteDLPack(p, false)
		// The same memory at once for the next picture.
		g, err := pool.Get(s1)
		require.NoError(t, err)
		require.NoError(t, s1.Memset(g.Planes[0].Ptr, 99, n))
		require.NoError(t, g.MarkReady(s1))
		g.Release()
		got := make([]byte, n)
		require.NoError(t, s2.CopyDtoH(got, seen))
		require.NoError(t, s2.Synchronize())
		require.Equal(t, n, bytes.Count(got, []byte{10 + round}))
	}
}
