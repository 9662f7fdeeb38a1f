package frame

import (
	"bytes"
	"crypto/md5"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestAppendBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for f := range Formats() {
		for _, size := range oddSizes {
			n, err := f.Size(size[0], size[1])
			require.NoError(t, err)
			pixels := make([]byte, n)
			for i := range pixels {
				pixels[i] = byte(r.Uint32())
			}
			packed, err := FromHost(f, size[0], size[1], pixels)
			require.NoError(t, err)
			padded, err := NewHost(f, size[0], size[1])
			require.NoError(t, err)
			require.NoError(t, packed.CopyTo(padded))
			for _, fr := range []*Frame{packed, padded} {
				got, err := fr.AppendBytes([]byte("head"))
				require.NoError(t, err)
				require.Equal(t, "head", string(got[:4]))
				require.True(t, bytes.Equal(pixels, got[4:]), "%v %v", f, size)
				size, err := fr.Size()
				require.NoError(t, err)
				require.Equal(t, n, size)
			}
		}
	}
}

func TestAppendPlanar(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, c := range yuvCases() {
		for _, size := range oddSizes {
			f := randomFrame(t, r, c.f, size[0], size[1], c.depth)
			want := naivePlanar(f)
			if c.f.BigEndian() {
				var err error
				want, err = f.AppendBytes(nil)
				require.NoError(t, err)
			}
			p, err := f.PlanarFormat()
			require.NoError(t, err, "%v", c)
			n, err := p.Size(size[0], size[1])
			require.NoError(t, err)
			require.Len(t, want, n)
			got, err := f.AppendPlanar([]byte{1, 2, 3})
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got[3:]), "%v %v", c, size)

			var w bytes.Buffer
			written, err := f.WritePlanar(iotest.TruncateWriter(&w, 1<<40))
			require.NoError(t, err)
			require.EqualValues(t, n, written)
			require.True(t, bytes.Equal(want, w.Bytes()), "%v %v", c, size)
		}
	}
}

// Packed formats are their own planar form, also with samples of four bytes.
func TestWritePlanarPacked(t *testing.T) {
	for _, f := range []Format{RGB24, YUYV422, ARGB10, GBRPF32, PAL8, MonoWhite, UYYVYY411, GrayF32, YUVA444P16} {
		fr, err := NewHost(f, 37, 11)
		require.NoError(t, err)
		for i := range fr.Planes {
			for j := range fr.Planes[i].Data {
				fr.Planes[i].Data[j] = byte(j*7 + i)
			}
		}
		want, err := fr.AppendBytes(nil)
		require.NoError(t, err)
		got, err := fr.AppendPlanar(nil)
		require.NoError(t, err)
		require.Equal(t, want, got)
		var w bytes.Buffer
		_, err = fr.WritePlanar(&w)
		require.NoError(t, err)
		require.Equal(t, want, w.Bytes(), "%v", f)
	}
}

// Rows longer than the buffer between, and rows that do not divide it.
func TestWritePlanarLongRows(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, c := range []struct {
		f       Format
		w, h, d int
	}{{NV12, 65536, 3, 8}, {P016, 65535, 3, 10}, {P016, 40001, 5, 12}, {NV12, 1919, 200, 8}, {P216, 16381, 9, 10}, {YUV444P16, 32749, 6, 12}} {
		f := randomFrame(t, r, c.f, c.w, c.h, c.d)
		want, err := f.AppendPlanar(nil)
		require.NoError(t, err)
		var w bytes.Buffer
		_, err = f.WritePlanar(&w)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, w.Bytes()), "%v", c)
	}
}

type failingWriter struct{ left int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return w.left, errFull
	}
	w.left -= len(p)
	return len(p), nil
}

var errFull = errors.New("full")

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) - 1, nil }

func TestWritePlanarErrors(t *testing.T) {
	f, err := NewHost(P016, 640, 480)
	require.NoError(t, err)
	f.BitDepth = 10
	n, err := f.WritePlanar(&failingWriter{left: 100000})
	require.ErrorIs(t, err, errFull)
	require.EqualValues(t, 100000, n)
	_, err = f.WritePlanar(shortWriter{})
	require.ErrorIs(t, err, io.ErrShortWrite)
	f.BitDepth = 11
	_, err = f.WritePlanar(io.Discard)
	require.ErrorIs(t, err, ErrInvalidFormat)
	_, err = f.AppendPlanar(nil)
	require.ErrorIs(t, err, ErrInvalidFormat)
}

// Every pair of formats that hold the same samples.
func TestRepackTo(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	pairs := 0
	for _, a := range yuvCases() {
		for b := range Formats() {
			if _, err := newRepack(a.f, b, a.depth); err != nil || a.f == b {
				continue
			}
			pairs++
			for _, size := range oddSizes {
				src := randomFrame(t, r, a.f, size[0], size[1], a.depth)
				src.PTS = 42
				dst := randomFrame(t, r, b, size[0], size[1], min(a.depth, b.Bits()))
				require.NoError(t, src.RepackTo(dst), "%v to %v", a, b)
				require.Equal(t, a.depth, dst.BitDepth)
				require.EqualValues(t, 42, dst.PTS)
				if a.f.Family() == FamilyGray {
					for y := range size[1] {
						for x := range size[0] {
							require.Equal(t, sampleAt(src, 0, x, y), sampleAt(dst, 0, x, y))
							shiftX, shiftY := b.ChromaShift()
							for c := 1; c < components(b); c++ {
								require.Equal(t, 1<<(a.depth-1), sampleAt(dst, c, x>>shiftX, y>>shiftY), "%v to %v", a, b)
							}
						}
					}
					continue
				}
				requireSameSamples(t, src, dst, a.String()+" to "+b.String())
			}
		}
	}
	require.Greater(t, pairs, 100)
}

// What engines need: libavcodec's formats to NVDEC's and back.
func TestRepackNative(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for _, f := range []Format{YUV420P, YUVJ420P, YUV420P10, YUV420P12, YUV422P, YUV422P10, YUV422P12, YUV444P, YUV444P10, YUV444P12, Gray, Gray10, GBRP, GBRP12, YUV420P9, YUV420P16} {
		native, ok := f.NativeFormat()
		require.True(t, ok)
		src := randomFrame(t, r, f, 53, 27, f.Bits())
		mid := randomFrame(t, r, native, 53, 27, min(f.Bits(), native.Bits()))
		require.NoError(t, src.RepackTo(mid), "%v", f)
		require.Equal(t, f.Bits(), mid.BitDepth)
		if f.Family() == FamilyGray {
			continue
		}
		want, err := src.AppendBytes(nil)
		require.NoError(t, err)
		got, err := mid.AppendPlanar(nil)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), "%v", f)
	}
}

func TestRepackRefuses(t *testing.T) {
	mk := func(f Format, w, h, depth int) *Frame {
		fr, err := NewHost(f, w, h)
		require.NoError(t, err)
		fr.BitDepth = depth
		return fr
	}
	for _, c := range []struct {
		src, dst *Frame
		want     error
	}{
		{mk(NV12, 8, 8, 0), mk(YUV422P, 8, 8, 0), ErrInvalidFormat},
		{mk(NV12, 8, 8, 0), mk(YUV420P10, 8, 8, 0), ErrInvalidFormat},
		{mk(NV12, 8, 8, 0), mk(RGB24, 8, 8, 0), ErrInvalidFormat},
		{mk(P016, 8, 8, 12), mk(YUV420P10, 8, 8, 0), ErrInvalidFormat},
		{mk(P016, 8, 8, 9), mk(YUV420P10, 8, 8, 0), ErrInvalidFormat},
		{mk(P016, 8, 8, 12), mk(P010, 8, 8, 0), ErrInvalidFormat},
		{mk(P016, 8, 8, 99), mk(YUV420P10, 8, 8, 0), ErrInvalidFormat},
		{mk(YUVA420P, 8, 8, 0), mk(NV12, 8, 8, 0), ErrInvalidFormat},
		{mk(NV12, 8, 8, 0), mk(Gray, 8, 8, 0), ErrInvalidFormat},
		{mk(NV12, 8, 8, 0), mk(YUV420P, 8, 6, 0), ErrMismatch},
		{mk(NV12, 8, 8, 0), &Frame{Format: YUV420P, Memory: Device, Width: 8, Height: 8}, ErrInvalidMemory},
		{mk(NV12, 8, 8, 0), &Frame{Format: YUV420P, Memory: Host, Width: 8, Height: 8}, ErrInvalidPlane},
	} {
		require.ErrorIs(t, c.src.RepackTo(c.dst), c.want, "%v to %v", c.src, c.dst)
	}
}

func TestCopyTo(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	src := randomFrame(t, r, P016, 33, 17, 10)
	src.PTS, src.Key = 99, true
	src.AddSEI(SEITimeCode, []byte{1}, false)
	dst, err := NewHost(P016, 33, 17)
	require.NoError(t, err)
	require.NoError(t, src.CopyTo(dst))
	requireSameSamples(t, src, dst, "copy")
	require.Equal(t, src.SEI, dst.SEI)
	require.Equal(t, []any{int64(99), true, 10}, []any{dst.PTS, dst.Key, dst.BitDepth})
	require.NoError(t, src.CopyToStream(dst, nil))
	for _, other := range []*Frame{{}, {Format: P016, Width: 33, Height: 18}} {
		require.ErrorIs(t, src.CopyTo(other), ErrMismatch)
	}
	require.ErrorIs(t, src.CopyTo(&Frame{Format: P016, Memory: Host, Width: 33, Height: 17}), ErrInvalidPlane)
	require.ErrorIs(t, src.CopyTo(nil), ErrReleased)
}

func TestFramesOfPlanes(t *testing.T) {
	buf := make([]byte, 1000)
	for _, c := range []struct {
		f      Format
		planes []Plane
		want   error
	}{
		{NV12, []Plane{{Data: buf}, {Data: buf}}, nil},
		{NV12, []Plane{{Data: buf, Pitch: 20}, {Data: buf, Pitch: 10}}, nil},
		{NV12, []Plane{{Data: buf}}, ErrInvalidPlane},
		{NV12, []Plane{{Data: buf, Pitch: 9}, {Data: buf}}, ErrInvalidPlane},
		{NV12, []Plane{{Data: buf, Pitch: 200}, {Data: buf}}, ErrInvalidPlane},
		{NV12, []Plane{{Data: buf, Pitch: 1 << 40}, {Data: buf}}, ErrInvalidSize},
		{NV12, []Plane{{Data: buf, Pitch: -16}, {Data: buf}}, ErrInvalidPlane},
		{NV12, []Plane{{Data: buf[:99]}, {Data: buf}}, ErrInvalidPlane},
		{NV12, []Plane{{Data: buf, Shape: [3]int{10, 10, 2}}, {Data: buf}}, ErrInvalidPlane},
		{NV12, []Plane{{Ptr: 4096}, {Ptr: 8192}}, ErrInvalidPlane},
		{Unknown, nil, ErrInvalidFormat},
	} {
		_, err := FromPlanes(c.f, 10, 10, c.planes...)
		require.ErrorIs(t, err, c.want)
	}
	// A literal that lies about its planes is found before anything is read.
	for _, f := range []*Frame{
		{},
		{Format: NV12, Memory: Host, Width: 4, Height: 4},
		{Format: NV12, Memory: Host, Width: 1 << 40, Height: 4},
		{Format: Gray, Memory: Host, Width: 4, Height: 4, Planes: []Plane{{Data: buf[:15], Shape: [3]int{4, 4, 1}, Pitch: 4}}},
		{Format: Gray, Memory: Device, Width: 4, Height: 4, Planes: []Plane{{Shape: [3]int{4, 4, 1}, Pitch: 4}}},
	} {
		_, err := f.AppendBytes(nil)
		require.Error(t, err)
		_, err = f.AppendPlanar(nil)
		require.Error(t, err)
		_, err = f.Image()
		require.Error(t, err)
		_, err = f.WritePlanar(io.Discard)
		require.Error(t, err)
		require.NotEmpty(t, f.String())
	}
}

func TestBytesDoNotAllocate(t *testing.T) {
	if raceEnabled {
		return
	}
	nv12, err := NewHost(NV12, 1920, 1080)
	require.NoError(t, err)
	p016, err := NewHost(P016, 1920, 1080)
	require.NoError(t, err)
	p016.BitDepth = 10
	i420, err := NewHost(YUV420P, 1920, 1080)
	require.NoError(t, err)
	dst := make([]byte, 0, 1920*1080*3)
	hash := md5.New()
	for name, do := range map[string]func(){
		"AppendBytes":  func() { dst, err = nv12.AppendBytes(dst[:0]) },
		"AppendPlanar": func() { dst, err = p016.AppendPlanar(dst[:0]) },
		"WritePlanar":  func() { _, err = p016.WritePlanar(hash) },
		"CopyTo":       func() { err = nv12.CopyTo(nv12) },
		"RepackTo":     func() { err = i420.RepackTo(nv12) },
		"Retain":       func() { nv12.Retain().Release() },
	} {
		require.Zero(t, testing.AllocsPerRun(5, do), name)
		require.NoError(t, err)
	}
}

func FuzzFromHost(f *testing.F) {
	f.Add(uint8(NV12), 3, 5, 27, 8)
	f.Add(uint8(P016), 1, 1, 6, 10)
	f.Add(uint8(PAL8), 2, 2, 1028, 0)
	f.Add(uint8(200), -1, 1<<40, 0, -1)
	f.Fuzz(func(t *testing.T, format uint8, w, h, n, depth int) {
		if n < 0 || n > 1<<20 {
			return
		}
		fr, err := FromHost(Format(format), w, h, make([]byte, n))
		if err != nil {
			require.True(t, errors.Is(err, ErrInvalidFormat) || errors.Is(err, ErrInvalidSize), "%v", err)
			return
		}
		fr.BitDepth = depth
		b, err := fr.AppendBytes(nil)
		require.NoError(t, err)
		require.Len(t, b, n)
		if p, err := fr.AppendPlanar(nil); err == nil {
			var w bytes.Buffer
			_, err := fr.WritePlanar(&w)
			require.NoError(t, err)
			require.True(t, bytes.Equal(p, w.Bytes()))
		} else {
			require.ErrorIs(t, err, ErrInvalidFormat)
		}
		if w < 100 && h < 100 {
			_, _ = fr.Image()
			_, _ = fr.YCbCr()
		}
	})
}

func benchFrame(b *testing.B, f Format, depth int) *Frame {
	fr, err := NewHost(f, 1920, 1080)
	require.NoError(b, err)
	fr.BitDepth = depth
	n, _ := fr.Size()
	b.SetBytes(int64(n))
	b.ReportAllocs()
	return fr
}

func BenchmarkAppendPlanar(b *testing.B) {
	for _, c := range []yuvCase{{NV12, 8}, {P016, 10}, {YUV444P16, 10}, {YUV420P, 8}} {
		b.Run(c.String(), func(b *testing.B) {
			f := benchFrame(b, c.f, c.depth)
			var dst []byte
			for b.Loop() {
				dst, _ = f.AppendPlanar(dst[:0])
			}
		})
	}
}

func BenchmarkRepackTo(b *testing.B) {
	for _, c := range []struct {
		src yuvCase
		dst Format
	}{{yuvCase{YUV420P, 8}, NV12}, {yuvCase{YUV420P10, 10}, P016}, {yuvCase{YUV444P10, 10}, YUV444P16}, {yuvCase{NV12, 8}, YUV420P}} {
		b.Run(c.src.String()+"-"+c.dst.String(), func(b *testing.B) {
			f := benchFrame(b, c.src.f, c.src.depth)
			dst, err := NewHost(c.dst, 1920, 1080)
			require.NoError(b, err)
			for b.Loop() {
				if err := f.RepackTo(dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWritePlanarMD5(b *testing.B) {
	f := benchFrame(b, P016, 10)
	h := md5.New()
	for b.Loop() {
		_, _ = f.WritePlanar(h)
	}
}
