package avformat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// semiPlanar is the reference: chroma interleaved, samples shifted up.
func semiPlanar(f *Frame, shift int) []byte {
	out := shiftUp(rows(f, 0), shift)
	u, v := shiftUp(rows(f, 1), shift), shiftUp(rows(f, 2), shift)
	size := 1
	if f.Format().Info().Depth > 8 {
		size = 2
	}
	for i := 0; i < len(u); i += size {
		out = append(append(out, u[i:i+size]...), v[i:i+size]...)
	}
	return out
}

func rows(f *Frame, plane int) (b []byte) {
	_, n := f.PlaneSize(plane)
	for y := range n {
		b = append(b, f.Row(plane, y)...)
	}
	return b
}

func shiftUp(b []byte, shift int) []byte {
	b = append([]byte(nil), b...)
	for i := 0; shift > 0 && i < len(b); i += 2 {
		binary.LittleEndian.PutUint16(b[i:], binary.LittleEndian.Uint16(b[i:])<<shift)
	}
	return b
}

var scaleSizes = [][2]int{{2, 2}, {16, 16}, {64, 36}, {66, 66}, {178, 98}, {321, 241}, {5, 3}, {1, 1}, {3, 8}, {8, 3}, {1918, 9}}

// What only moves samples has to be exact, to the last odd column.
func TestScaleExact(t *testing.T) {
	testutils.LeakCheck(t)
	for _, c := range []struct {
		from, to string
		shift    int
	}{
		{"yuv420p", "nv12", 0}, {"yuvj420p", "nv12", 0}, {"yuv420p10le", "p010le", 6},
		{"yuv420p12le", "p016le", 4}, {"yuv420p16le", "p016le", 0}, {"yuv444p", "nv24", 0}, {"yuv422p", "nv16", 0},
		{"yuv420p10le", "p016le", 6}, {"yuv444p10le", "p416le", 6}, {"yuv422p12le", "p216le", 4},
		{"yuv422p10le", "p210le", 6}, {"yuv444p10le", "p410le", 6},
	} {
		t.Run(c.from+" "+c.to, func(t *testing.T) {
			from := format(t, c.from)
			to, err := PixelFormatByName(c.to)
			if err != nil {
				testutils.Skip(t, "pixel format not in this FFmpeg", "")
			}
			for seed, size := range scaleSizes {
				src, dst := newFrame(t), newFrame(t)
				require.NoError(t, src.Allocate(from, size[0], size[1]))
				noise(t, src, uint64(seed))
				s, err := NewScaler(src.Image(), Image{Format: to, Width: size[0], Height: size[1]}, Bicubic)
				require.NoError(t, err)
				require.NoError(t, s.Scale(dst, src))
				want := semiPlanar(src, c.shift)
				require.Equal(t, want, dst.AppendBytes(nil), "%v", size)

				// The same into Go memory, tight and padded.
				for _, pad := range []int{0, 1, 64, 200} {
					p, check := goPlanes(dst, pad)
					require.NoError(t, s.ScaleTo(p, src))
					require.Equal(t, want, check(), "%v into Go memory, %d", size, pad)
				}
				// And from it.
				for _, pad := range []int{0, 1, 64, 200} {
					in, _ := goPlanes(src, pad)
					copyPlanes(src, in, true)
					require.NoError(t, s.ScaleFrom(dst, in))
					require.Equal(t, want, dst.AppendBytes(nil), "%v from Go memory, %d", size, pad)
					out, check := goPlanes(dst, 0)
					require.NoError(t, s.ScalePlanes(out, in))
					require.Equal(t, want, check())
				}
				// And back.
				i := dst.Image()
				if c.from == "yuvj420p" {
					i.Color.Range = rangeFull
				}
				i.Color.ChromaLocation = chromaCenter
				d := src.Image()
				d.Color.ChromaLocation = chromaCenter
				back, err := NewScaler(i, d, Bicubic)
				require.NoError(t, err)
				again := newFrame(t)
				require.NoError(t, back.Scale(again, dst))
				require.Equal(t, src.AppendBytes(nil), again.AppendBytes(nil), "%v and back", size)
				require.NoError(t, back.Close())
				require.NoError(t, s.Close())
				require.NoError(t, s.Close())
				require.ErrorIs(t, s.Scale(dst, src), ErrClosed)
			}
		})
	}
}

// goPlanes is Go memory like a frame, with pad bytes behind each row that nobody may
// touch if they are less than the padding that Planes promises; check says what is in
// it.
func goPlanes(f *Frame, pad int) (*Planes, func() []byte) {
	p := new(Planes)
	for i := range f.Planes() {
		b, n := f.PlaneSize(i)
		p.Stride[i] = b + pad
		p.Data[i] = make([]byte, (b+pad)*n)
		for k := range p.Data[i] {
			p.Data[i][k] = 0xa5
		}
	}
	return p, func() (out []byte) {
		for i := range f.Planes() {
			b, n := f.PlaneSize(i)
			for y := range n {
				row := p.Data[i][y*p.Stride[i]:][:p.Stride[i]]
				out = append(out, row[:b]...)
				for k := b; k < len(row) && pad < scalePadding; k++ {
					if row[k] != 0xa5 {
						return []byte(fmt.Sprintf("plane %d, row %d: byte %d behind its end was written", i, y, k-b))
					}
				}
			}
		}
		return out
	}
}

func TestScaleColor(t *testing.T) {
	rgb := format(t, "rgb24")
	for _, c := range []struct {
		format       string
		rng, matrix  int
		y, u, v      float64
		wantR, wantG float64
		wantB        float64
	}{
		// A colour that tells the matrices and ranges apart.
		{"yuv444p", 1, 5, 100, 90, 180, 0, 0, 0},
		{"yuv444p", 1, 1, 100, 90, 180, 0, 0, 0},
		{"yuv444p", 2, 1, 100, 90, 180, 0, 0, 0},
		{"yuv444p", 1, 9, 100, 90, 180, 0, 0, 0},
		{"yuv420p", 2, 5, 100, 90, 180, 0, 0, 0},
		{"yuvj420p", 0, 5, 100, 90, 180, 0, 0, 0},
		{"nv12", 1, 1, 100, 90, 180, 0, 0, 0},
	} {
		t.Run(fmt.Sprint(c.format, c.rng, c.matrix), func(t *testing.T) {
			kr, kb := map[int]float64{1: 0.2126, 5: 0.299, 9: 0.2627}[c.matrix], map[int]float64{1: 0.0722, 5: 0.114, 9: 0.0593}[c.matrix]
			y, u, v := (c.y-16)/219, (c.u-128)/224, (c.v-128)/224
			if c.rng == 2 || c.format == "yuvj420p" {
				y, u, v = c.y/255, (c.u-128)/255, (c.v-128)/255
			}
			r, b := y+2*(1-kr)*v, y+2*(1-kb)*u
			g := (y - kr*r - kb*b) / (1 - kr - kb)

			src, dst := newFrame(t), newFrame(t)
			require.NoError(t, src.Allocate(format(t, c.format), 32, 32))
			var pixels []byte
			for p := range src.Planes() {
				n, rows := src.PlaneSize(p)
				for i := range n * rows {
					switch {
					case p == 0:
						pixels = append(pixels, byte(c.y))
					case p == 1 && (src.Planes() == 3 || i%2 == 0):
						pixels = append(pixels, byte(c.u))
					default:
						pixels = append(pixels, byte(c.v))
					}
				}
			}
			require.NoError(t, src.SetBytes(pixels))
			src.SetColor(Color{Range: c.rng, Matrix: c.matrix})
			s, err := NewScaler(src.Image(), Image{Format: rgb, Width: 32, Height: 32}, Bicubic)
			require.NoError(t, err)
			defer s.Close()
			require.NoError(t, s.Scale(dst, src))
			got := dst.AppendBytes(nil)
			for i, want := range [3]float64{r, g, b} {
				require.InDelta(t, math.Min(255, math.Max(0, want*255)), float64(got[3*(32*16+16)+i]), 1.5, "channel %d of %v", i, got[:3])
			}
			// And back to the same colour space.
			back, err := NewScaler(dst.Image(), src.Image(), Bicubic)
			require.NoError(t, err)
			defer back.Close()
			again := newFrame(t)
			require.NoError(t, back.Scale(again, dst))
			for i, b := range again.AppendBytes(nil) {
				require.InDelta(t, float64(pixels[i]), float64(b), 2, "sample %d", i)
			}
		})
	}
}

// Grey is in limited range as often as not.
func TestScaleGray(t *testing.T) {
	for _, name := range []string{"gray", "gray10le", "gray12le"} {
		src, dst := newFrame(t), newFrame(t)
		f := format(t, name)
		depth := f.Info().Depth
		require.NoError(t, src.Allocate(f, 256, 2))
		var b []byte
		for i := range 512 {
			if v := uint16(i%256) << (depth - 8); depth > 8 {
				b = binary.LittleEndian.AppendUint16(b, v)
			} else {
				b = append(b, byte(v))
			}
		}
		require.NoError(t, src.SetBytes(b))
		for _, rng := range []int{0, 1, 2} {
			s, err := NewScaler(Image{f, 256, 2, Color{Range: rng}}, Image{Format: format(t, "rgb24"), Width: 256, Height: 2}, Bicubic)
			require.NoError(t, err)
			dst.Unref()
			require.NoError(t, s.Scale(dst, src))
			for i, v := range dst.AppendBytes(nil) {
				y := float64(i / 3 % 256)
				if rng != 2 {
					y = (y - 16) * 255 / 219
				}
				require.InDelta(t, min(255, max(0, y)), float64(v), 1.01, "%s range %d, %d", name, rng, i/3)
			}
			back, err := NewScaler(dst.Image(), src.Image(), Bicubic)
			require.NoError(t, err)
			again := newFrame(t)
			require.NoError(t, back.Scale(again, dst))
			require.Len(t, again.AppendBytes(nil), len(b))
			require.NoError(t, s.Close())
			require.NoError(t, back.Close())
		}
	}
}

// A range that is asked for is converted, one that is not stays.
func TestScaleRange(t *testing.T) {
	src, dst := newFrame(t), newFrame(t)
	f := format(t, "gray")
	require.NoError(t, src.Allocate(f, 16, 16))
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	require.NoError(t, src.SetBytes(b))
	scale := func(from, to int) []byte {
		s, err := NewScaler(Image{f, 16, 16, Color{Range: from}}, Image{format(t, "yuv420p"), 16, 16, Color{Range: to}}, Bicubic)
		require.NoError(t, err)
		defer s.Close()
		dst.Unref()
		require.NoError(t, s.Scale(dst, src))
		return dst.AppendBytes(nil)[:256]
	}
	require.Equal(t, b, scale(1, 0))
	require.Equal(t, b, scale(2, 0))
	require.Equal(t, b, scale(2, 2))
	for i, v := range scale(2, 1) {
		require.InDelta(t, 16+float64(i)*219/255, float64(v), 1)
	}
	for i, v := range scale(1, 2) {
		require.InDelta(t, min(255, max(0, (float64(i)-16)*255/219)), float64(v), 1.01)
	}
}

// Chroma that lies left of its luma pair must not be taken as lying between the two.
func TestScaleChromaLocation(t *testing.T) {
	rgb := format(t, "rgb24")
	src := newFrame(t)
	require.NoError(t, src.Allocate(format(t, "yuv420p"), 64, 8))
	for y := range 8 {
		for x := range src.Row(0, y) {
			src.Row(0, y)[x] = 128
		}
	}
	for y := range 4 {
		for x := range src.Row(1, y) {
			src.Row(1, y)[x] = 128
			src.Row(2, y)[x] = byte(64 + 4*x) // a ramp: red rises by 2 a luma pixel
		}
	}
	red := func(location int) int {
		dst := newFrame(t)
		i := src.Image()
		i.Color = Color{Range: 2, Matrix: 5, ChromaLocation: location}
		s, err := NewScaler(i, Image{Format: rgb, Width: 64, Height: 8}, Bilinear)
		require.NoError(t, err)
		defer s.Close()
		require.NoError(t, s.Scale(dst, src))
		return int(dst.Row(0, 4)[3*32])
	}
	// At x=32 with left siting chroma sample 16 applies: v=128, red = 128. Between
	// the pair, it is a quarter sample less.
	require.InDelta(t, 128, red(chromaLeft), 1)
	require.InDelta(t, 128-1.402, red(chromaCenter), 1)
	require.Equal(t, red(chromaLeft), red(0))
	require.NotEqual(t, red(chromaLeft), red(chromaCenter))
}

func TestScaleResize(t *testing.T) {
	src, dst := newFrame(t), newFrame(t)
	f := format(t, "yuv420p")
	require.NoError(t, src.Allocate(f, 64, 64))
	for p := range 3 {
		_, n := src.PlaneSize(p)
		for y := range n {
			for x := range src.Row(p, y) {
				src.Row(p, y)[x] = byte(50 + 50*p)
			}
		}
	}
	for _, filter := range []ScaleFilter{Bicubic, Bilinear, Nearest, Area, Lanczos, Spline} {
		s, err := NewScaler(src.Image(), Image{Format: f, Width: 35, Height: 91}, filter)
		require.NoError(t, err)
		dst.Unref()
		require.NoError(t, s.Scale(dst, src))
		for p := range 3 {
			for _, b := range rows(dst, p) {
				require.Equal(t, byte(50+50*p), b)
			}
		}
		require.NoError(t, s.Close())
	}
}

func TestScaleErrors(t *testing.T) {
	testutils.LeakCheck(t)
	f := format(t, "yuv420p")
	ok := Image{Format: f, Width: 16, Height: 16}
	for _, bad := range []Image{{}, {Format: f}, {Format: f, Width: -1, Height: 5}, {Format: f, Width: 1 << 30, Height: 5}, {Format: -1, Width: 5, Height: 5}} {
		_, err := NewScaler(ok, bad, Bicubic)
		require.ErrorIs(t, err, ErrInvalid)
		_, err = NewScaler(bad, ok, Bicubic)
		require.ErrorIs(t, err, ErrInvalid)
	}
	_, err := NewScaler(ok, Image{Format: format(t, "cuda"), Width: 16, Height: 16}, Bicubic)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	_, err = NewScaler(Image{f, 16, 16, Color{Matrix: 14}}, ok, Bicubic)
	require.ErrorIs(t, err, errors.ErrUnsupported)

	s, err := NewScaler(ok, Image{Format: format(t, "nv12"), Width: 16, Height: 16}, Bicubic)
	require.NoError(t, err)
	src, dst := newFrame(t), newFrame(t)
	require.ErrorIs(t, s.Scale(dst, src), ErrInvalid)
	require.NoError(t, src.Allocate(f, 16, 18))
	require.ErrorIs(t, s.Scale(dst, src), ErrInvalid)
	require.NoError(t, src.Allocate(f, 16, 16))
	require.ErrorIs(t, s.Scale(src, src), ErrInvalid)
	require.NoError(t, s.Scale(dst, src))
	other := newFrame(t)
	require.NoError(t, other.Ref(dst))
	require.ErrorIs(t, s.Scale(dst, src), ErrInvalid)
	require.ErrorIs(t, s.Scale(nil, src), ErrClosed)
	require.ErrorIs(t, s.Scale(dst, nil), ErrClosed)
	require.ErrorIs(t, s.ScaleTo(nil, src), ErrInvalid)
	require.ErrorIs(t, s.ScaleTo(new(Planes), src), ErrInvalid)
	p, _ := goPlanes(dst, 0)
	p.Data[1] = p.Data[1][:len(p.Data[1])-1]
	require.ErrorIs(t, s.ScaleTo(p, src), ErrInvalid)
	p.Stride[0] = 15
	require.ErrorIs(t, s.ScalePlanes(p, p), ErrInvalid)
	require.ErrorIs(t, s.ScaleFrom(dst, nil), ErrInvalid)
	require.NoError(t, s.Close())
	require.NoError(t, (*Scaler)(nil).Close())
	require.ErrorIs(t, (*Scaler)(nil).Scale(dst, src), ErrClosed)
	require.ErrorIs(t, s.ScalePlanes(p, p), ErrClosed)
}

func TestScaleAllocs(t *testing.T) {
	src, dst := newFrame(t), newFrame(t)
	require.NoError(t, src.Allocate(format(t, "yuv420p"), 66, 50))
	s, err := NewScaler(src.Image(), Image{Format: format(t, "nv12"), Width: 66, Height: 50}, Bicubic)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Scale(dst, src))
	tight, _ := goPlanes(dst, 0)
	padded, _ := goPlanes(dst, 64)
	in, _ := goPlanes(src, 0)
	require.NoError(t, s.ScaleTo(tight, src))
	require.NoError(t, s.ScaleFrom(dst, in))
	noAllocs(t, func() {
		_ = s.Scale(dst, src)
		_ = s.ScaleTo(tight, src)
		_ = s.ScaleTo(padded, src)
		_ = s.ScaleFrom(dst, in)
	})
}

func BenchmarkScaleNV12(b *testing.B) {
	src, dst := newFrame(b), newFrame(b)
	require.NoError(b, src.Allocate(format(b, "yuv420p"), 1920, 1080))
	s, err := NewScaler(src.Image(), Image{Format: format(b, "nv12"), Width: 1920, Height: 1080}, Bicubic)
	require.NoError(b, err)
	defer s.Close()
	for b.Loop() {
		if err := s.Scale(dst, src); err != nil {
			b.Fatal(err)
		}
	}
}
