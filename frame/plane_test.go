package frame

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDevicePlanes(t *testing.T) {
	type row struct{ offset, pitch int }
	for _, c := range []struct {
		f           Format
		pitch, w, h int
		want        []row
		bytes       int
	}{
		// As NVDEC's surfaces: chroma at pitch * even height.
		{NV12, 0, 1920, 1080, []row{{0, 2048}, {2048 * 1080, 2048}}, 2048 * 1620},
		{NV12, 0, 320, 239, []row{{0, 512}, {512 * 240, 512}}, 512 * 360},
		{P016, 0, 320, 240, []row{{0, 1024}, {1024 * 240, 1024}}, 1024 * 360},
		{NV16, 0, 100, 51, []row{{0, 512}, {512 * 52, 512}}, 512 * 104},
		{YUV444, 0, 100, 51, []row{{0, 512}, {512 * 52, 512}, {512 * 104, 512}}, 512 * 156},
		{YUV444P16, 768, 100, 50, []row{{0, 768}, {768 * 50, 768}, {768 * 100, 768}}, 768 * 150},
		// As NVENC's inputs: half the pitch for planes of half the width.
		{IYUV, 1024, 640, 480, []row{{0, 1024}, {1024 * 480, 512}, {1024*480 + 512*240, 512}}, 1024 * 720},
		{YUV410P, 0, 33, 7, []row{{0, 512}, {512 * 8, 128}, {512*8 + 128*2, 128}}, 512*8 + 128*4},
		{NV24, 0, 10, 3, []row{{0, 512}, {512 * 4, 1024}}, 512*4 + 1024*4},
		{ARGB, 0, 640, 479, []row{{0, 2560}}, 2560 * 480},
		{PAL8, 0, 10, 10, []row{{0, 512}, {5120, 1024}}, 6144},
		{YUVA420P, 0, 10, 10, []row{{0, 512}, {5120, 256}, {6400, 256}, {7680, 512}}, 7680 + 5120},
	} {
		planes, n, err := DevicePlanes(nil, c.f, 1<<40, c.pitch, c.w, c.h)
		require.NoError(t, err, "%v", c.f)
		require.Equal(t, c.bytes, n, "%v", c.f)
		require.Len(t, planes, len(c.want))
		for i, p := range planes {
			require.Equal(t, c.want[i], row{int(p.Ptr - 1<<40), p.Pitch}, "%v plane %d", c.f, i)
			require.Equal(t, c.f.PlaneShape(i, c.w, c.h), p.Shape)
			require.LessOrEqual(t, int(p.Ptr-1<<40)+p.Size(c.f.SampleBytes()), n)
		}
	}
	for _, pitch := range []int{-1, 1, 639, 1 << 40} {
		_, _, err := DevicePlanes(nil, NV12, 0, pitch, 640, 480)
		require.ErrorIs(t, err, ErrInvalidSize, "%d", pitch)
	}
	_, _, err := DevicePlanes(nil, IYUV, 0, 3, 3, 3)
	require.ErrorIs(t, err, ErrInvalidSize, "half of 3 does not hold 2 samples")
	// Planes stay apart whatever the size.
	for f := range Formats() {
		for _, size := range oddSizes {
			planes, n, err := DevicePlanes(nil, f, 0, 0, size[0], size[1])
			require.NoError(t, err)
			end := 0
			for i, p := range planes {
				require.GreaterOrEqual(t, int(p.Ptr), end, "%v %v plane %d", f, size, i)
				require.GreaterOrEqual(t, p.Pitch, p.RowBytes(f.SampleBytes()))
				end = int(p.Ptr) + p.Size(f.SampleBytes())
			}
			require.LessOrEqual(t, end, n)
		}
	}
}

func TestDeviceFramesNeedAContext(t *testing.T) {
	_, err := NewDevicePool(nil, NV12, 64, 64, nil)
	require.Error(t, err)
	_, err = FromDevice(nil, NV12, 64, 64, nil, nil)
	require.Error(t, err)
	planes, _, err := DevicePlanes(nil, NV12, 4096, 0, 64, 64)
	require.NoError(t, err)
	f := &Frame{Format: NV12, Memory: Device, Width: 64, Height: 64, Planes: planes}
	_, err = f.AppendBytes(nil)
	require.ErrorIs(t, err, errNoContext)
	_, err = f.AppendPlanar(nil)
	require.ErrorIs(t, err, errNoContext)
	h, err := NewHost(NV12, 64, 64)
	require.NoError(t, err)
	require.ErrorIs(t, f.CopyTo(h), errNoContext)
	require.ErrorIs(t, f.MarkReady(nil), errNoContext)
	// A reader that cannot be recorded must not make the memory free for others.
	o := new(countingOwner)
	f.Reset(o)
	f.ReleaseOn(nil)
	require.EqualValues(t, 1, o.n.Load())
	require.ErrorIs(t, f.WaitReleased(nil), errLostReader)
	require.NoError(t, f.WaitReleased(nil))
}

func TestCUDAArray(t *testing.T) {
	for _, c := range []struct {
		f       Format
		plane   int
		shape   [3]int
		strides [3]int
		typ     string
	}{
		{NV12, 0, [3]int{1080, 1920, 1}, [3]int{2048, 1, 1}, "|u1"},
		{NV12, 1, [3]int{540, 960, 2}, [3]int{2048, 2, 1}, "|u1"},
		{P016, 1, [3]int{540, 960, 2}, [3]int{4096, 4, 2}, "<u2"},
		{RGB24, 0, [3]int{1080, 1920, 3}, [3]int{6144, 3, 1}, "|u1"},
		{GBRPF32, 2, [3]int{1080, 1920, 1}, [3]int{7680, 4, 4}, "<f4"},
		{GrayF16, 0, [3]int{1080, 1920, 1}, [3]int{4096, 2, 2}, "<f2"},
		{Gray16BE, 0, [3]int{1080, 1920, 1}, [3]int{4096, 2, 2}, ">u2"},
		{ARGB10, 0, [3]int{1080, 1920, 1}, [3]int{7680, 4, 4}, "<u4"},
	} {
		planes, _, err := DevicePlanes(nil, c.f, 1<<20, 0, 1920, 1080)
		require.NoError(t, err)
		f := &Frame{Format: c.f, Memory: Device, Width: 1920, Height: 1080, Planes: planes}
		a, err := f.CUDAArray(c.plane)
		require.NoError(t, err)
		require.Equal(t, CUDAArray{Shape: c.shape, Strides: c.strides, TypeStr: c.typ, Data: planes[c.plane].Ptr}, a)
		_, err = f.CUDAArray(len(planes))
		require.ErrorIs(t, err, ErrInvalidPlane)
		_, err = f.CUDAArray(-1)
		require.ErrorIs(t, err, ErrInvalidPlane)
	}
	h, err := NewHost(NV12, 4, 4)
	require.NoError(t, err)
	_, err = h.CUDAArray(0)
	require.ErrorIs(t, err, ErrInvalidMemory)
}
