package avformat

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func newFrame(t testing.TB) *Frame {
	t.Helper()
	testutils.FFmpeg(t)
	f, err := NewFrame()
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func format(t testing.TB, name string) PixelFormat {
	t.Helper()
	testutils.FFmpeg(t)
	f, err := PixelFormatByName(name)
	require.NoError(t, err)
	return f
}

// noise is reproducible samples of up to depth bits in the format's own byte order.
func noise(t testing.TB, f *Frame, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	info := f.Format().Info()
	b := make([]byte, info.Size(f.Width(), f.Height()))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if info.Depth > 8 {
		for i := 1; i < len(b); i += 2 {
			v := uint16(b[i-1]) | uint16(b[i])<<8
			v &= 1<<info.Depth - 1
			v <<= info.Components[0].Shift
			b[i-1], b[i] = byte(v), byte(v>>8)
		}
	}
	require.NoError(t, f.SetBytes(b))
}

func TestPixelFormats(t *testing.T) {
	for _, c := range []struct {
		name                string
		planes, cw, ch      int
		depth, shift        int
		width, height, size int
		row1, rows1         int
	}{
		{"yuv420p", 3, 1, 1, 8, 0, 5, 3, 15 + 2*3*2, 3, 2},
		{"yuvj420p", 3, 1, 1, 8, 0, 5, 3, 15 + 2*3*2, 3, 2},
		{"yuv420p10le", 3, 1, 1, 10, 0, 5, 3, 2 * (15 + 2*3*2), 6, 2},
		{"yuv422p", 3, 1, 0, 8, 0, 5, 3, 15 + 2*3*3, 3, 3},
		{"yuv444p12le", 3, 0, 0, 12, 0, 5, 3, 2 * 45, 10, 3},
		{"yuv410p", 3, 2, 2, 8, 0, 5, 5, 25 + 2*2*2, 2, 2},
		{"nv12", 2, 1, 1, 8, 0, 5, 3, 15 + 6*2, 6, 2},
		{"p010le", 2, 1, 1, 10, 6, 5, 3, 2 * (15 + 6*2), 12, 2},
		{"nv16", 2, 1, 0, 8, 0, 4, 3, 12 + 4*3, 4, 3},
		{"gray", 1, 0, 0, 8, 0, 5, 3, 15, 0, 0},
		{"rgb24", 1, 0, 0, 8, 0, 5, 3, 45, 0, 0},
		{"bgra", 1, 0, 0, 8, 0, 5, 3, 60, 0, 0},
		{"gbrp", 3, 0, 0, 8, 0, 5, 3, 45, 5, 3},
		{"yuyv422", 1, 1, 0, 8, 0, 5, 3, 12 * 3, 0, 0},
		{"yuva420p", 4, 1, 1, 8, 0, 5, 3, 15 + 2*6 + 15, 3, 2},
		{"monob", 1, 0, 0, 1, 7, 9, 2, 4, 0, 0},
		{"pal8", 2, 0, 0, 8, 0, 5, 3, 15 + 1024, 1024, 1},
	} {
		f := format(t, c.name)
		i := f.Info()
		require.NotNil(t, i, c.name)
		require.Equal(t, c.name, f.String())
		require.Equal(t, c.planes, i.Planes, c.name)
		require.Equal(t, c.cw, i.Log2ChromaW, c.name)
		require.Equal(t, c.ch, i.Log2ChromaH, c.name)
		require.Equal(t, c.depth, i.Depth, c.name)
		if !i.Bitstream {
			require.Equal(t, c.shift, i.Components[0].Shift, c.name)
		}
		require.Equal(t, c.size, i.Size(c.width, c.height), c.name)
		b, r := i.PlaneSize(1, c.width, c.height)
		require.Equal(t, [2]int{c.row1, c.rows1}, [2]int{b, r}, c.name)
	}
	require.True(t, format(t, "yuv420p10be").Info().BigEndian)
	require.True(t, format(t, "gbrp").Info().RGB)
	require.True(t, format(t, "yuva420p").Info().Alpha)
	require.True(t, format(t, "cuda").Info().Hardware)
	require.Nil(t, PixelFormatNone.Info())
	require.Nil(t, PixelFormat(100000).Info())
	require.Equal(t, "PixelFormat(100000)", PixelFormat(100000).String())
	_, err := PixelFormatByName("nosuch")
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

// Every format's rows and sizes have to be those of FFmpeg's own arithmetic.
func TestPixelFormatSizes(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	n := 0
	for f := PixelFormat(0); f.Info() != nil || f < 250; f++ {
		i := f.Info()
		if i == nil || i.Hardware {
			continue
		}
		n++
		for _, s := range [][2]int{{1, 1}, {5, 3}, {64, 64}, {177, 33}} {
			want := int(int32(imageSize(f, s[0], s[1])))
			require.Equal(t, want, i.Size(s[0], s[1]), "%v %v", f, s)
		}
	}
	require.Greater(t, n, 150)
}

func TestFrame(t *testing.T) {
	testutils.LeakCheck(t)
	f, g := newFrame(t), newFrame(t)
	require.True(t, f.Empty())
	require.Equal(t, PixelFormatNone, f.Format())
	require.Equal(t, NoPTS, f.PTS())
	require.Nil(t, f.Plane(0))
	require.Zero(t, f.Planes())
	require.Empty(t, f.AppendBytes(nil))
	require.Error(t, f.SetBytes(nil))

	require.NoError(t, f.Allocate(format(t, "yuv420p10le"), 35, 17))
	require.Equal(t, 3, f.Planes())
	require.True(t, f.Writable())
	noise(t, f, 1)
	b := f.AppendBytes(nil)
	require.Len(t, b, 2*(35*17+2*18*9))
	require.Equal(t, b[70:140], f.Row(0, 1))
	require.Nil(t, f.Row(0, 17))
	require.Nil(t, f.Row(3, 0))
	require.Len(t, f.Plane(1), 8*f.Linesize(1)+36)

	require.NoError(t, g.Ref(f))
	require.False(t, f.Writable())
	require.Error(t, f.SetBytes(b), "shared pixels must not be written")
	require.NoError(t, g.MakeWritable())
	require.True(t, f.Writable())
	require.Equal(t, b, g.AppendBytes(nil))
	f.Unref()
	require.True(t, f.Empty())
	require.NoError(t, f.Move(g))
	require.True(t, g.Empty())
	require.Equal(t, b, f.AppendBytes(nil))
	require.NoError(t, f.Move(f))
	require.Equal(t, b, f.AppendBytes(nil))

	for _, bad := range [][2]int{{0, 1}, {1, 0}, {-1, 5}, {1 << 20, 5}} {
		require.Error(t, f.Allocate(format(t, "nv12"), bad[0], bad[1]))
	}
	require.Error(t, f.Allocate(PixelFormatNone, 4, 4))
	require.Error(t, f.Allocate(format(t, "cuda"), 4, 4))
}

func TestFrameBottomUp(t *testing.T) {
	f := newFrame(t)
	require.NoError(t, f.Allocate(format(t, "gray"), 5, 4))
	noise(t, f, 2)
	want := append([]byte(nil), f.Row(0, 3)...)
	for y := 2; y >= 0; y-- {
		want = append(want, f.Row(0, y)...)
	}
	// As decoders of BMP and the like do it: the address of the last row, and a
	// negative step.
	o, stride := &ff.off.frame, f.Linesize(0)
	setPtr(f.p, o.data, f.data(0)+uintptr(3*stride))
	setInt32(f.p, o.linesize, int32(-stride))
	require.Equal(t, -stride, f.Linesize(0))
	require.Equal(t, want, f.AppendBytes(nil))
	require.Len(t, f.Plane(0), 3*stride+5)
	require.Equal(t, want[:5], f.Plane(0)[3*stride:])
}

func TestFrameProps(t *testing.T) {
	f, g := newFrame(t), newFrame(t)
	require.NoError(t, f.Allocate(format(t, "yuv420p"), 16, 16))
	f.SetPTS(77)
	f.SetDuration(3)
	f.SetKey(true)
	f.SetInterlaced(true, true)
	f.SetPictureType('B')
	f.SetSampleAspectRatio(Rational{4, 3})
	c := Color{Range: 2, Primaries: 9, Transfer: 16, Matrix: 9, ChromaLocation: 3}
	f.SetColor(c)
	m := MasteringDisplay{HasLuminance: true, Min: Rational{1, 10000}, Max: Rational{1000, 1}}
	require.NoError(t, f.AddSideData(FrameDataMasteringDisplay, m.Bytes()))
	require.NoError(t, f.AddSideData(FrameDataContentLight, ContentLight{1000, 400}.Bytes()))
	require.NoError(t, f.AddSideData(FrameDataUserUnregistered, make([]byte, 20)))
	require.NoError(t, f.AddSideData(FrameDataTimecode, []byte{2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0}))
	require.NoError(t, f.AddSideData(FrameDataDisplayMatrix, NewDisplayMatrix(90, false).Bytes()))
	require.NoError(t, g.CopyProps(f))
	for _, f := range []*Frame{f, g} {
		require.EqualValues(t, 77, f.PTS())
		require.EqualValues(t, 3, f.Duration())
		require.True(t, f.Key())
		require.True(t, f.Interlaced())
		require.True(t, f.TopFieldFirst())
		require.Equal(t, "B", f.PictureType().String())
		require.Equal(t, Rational{4, 3}, f.SampleAspectRatio())
		require.Equal(t, c, f.Color())
		got, ok := f.MasteringDisplay()
		require.True(t, ok)
		require.True(t, got.HasLuminance)
		require.Equal(t, m.Max, got.Max)
		l, ok := f.ContentLight()
		require.True(t, ok)
		require.Equal(t, ContentLight{1000, 400}, l)
		codes, n := f.Timecodes()
		require.Equal(t, 2, n)
		require.Equal(t, [3]uint32{0x04030201, 0x08070605, 0}, codes)
		d, ok := f.DisplayMatrix()
		require.True(t, ok)
		deg, _ := d.Orientation()
		require.InDelta(t, 90, deg, 1e-6)
		require.Len(t, f.SideDataOf(FrameDataUserUnregistered), 20)
		kinds := map[FrameDataType]int{}
		for k := range f.SideData {
			kinds[k]++
		}
		require.Len(t, kinds, 5)
	}
	f.SetKey(false)
	require.False(t, f.Key())
	require.True(t, f.Interlaced())
	f.RemoveSideData(FrameDataTimecode)
	require.Nil(t, f.SideDataOf(FrameDataTimecode))
	_, n := f.Timecodes()
	require.Zero(t, n)
	require.Contains(t, FrameDataTimecode.String(), "imecode")
	if ff.version.AVUtil.Major > 56 { // 4.3 does not know it
		require.Contains(t, FrameDataUserUnregistered.String(), "nregistered")
	}
	require.Equal(t, "FrameDataType(999)", FrameDataType(999).String())
}

func TestFrameClosed(t *testing.T) {
	testutils.LeakCheck(t)
	testutils.FFmpeg(t)
	var none *Frame
	shut := newFrame(t)
	require.NoError(t, shut.Close())
	require.NoError(t, shut.Close())
	require.NoError(t, none.Close())
	for _, f := range []*Frame{none, shut} {
		f.Unref()
		f.SetPTS(1)
		f.SetDuration(1)
		f.SetKey(true)
		f.SetInterlaced(true, true)
		f.SetPictureType('I')
		f.SetSampleAspectRatio(Rational{1, 1})
		f.SetColor(Color{})
		f.RemoveSideData(0)
		for range f.SideData {
			t.Fatal("side data of nothing")
		}
		require.ErrorIs(t, f.Ref(f), ErrClosed)
		require.ErrorIs(t, f.Move(f), ErrClosed)
		require.ErrorIs(t, f.CopyProps(f), ErrClosed)
		require.ErrorIs(t, f.Allocate(0, 4, 4), ErrClosed)
		require.ErrorIs(t, f.MakeWritable(), ErrClosed)
		require.ErrorIs(t, f.SetBytes(nil), ErrClosed)
		require.ErrorIs(t, f.AddSideData(0, nil), ErrClosed)
		require.Zero(t, f.Width()+f.Height()+f.Linesize(0)+f.Planes()+f.RepeatFields())
		require.False(t, f.Key() || f.Interlaced() || f.TopFieldFirst() || f.Writable())
		require.Equal(t, NoPTS, f.PTS())
		require.Equal(t, NoPTS, f.PacketPTS())
		require.Equal(t, NoPTS, f.PacketDTS())
		require.Zero(t, f.Duration())
		require.Zero(t, f.Flags())
		require.Zero(t, f.DecodeErrors())
		require.Zero(t, f.Crop())
		require.Nil(t, f.Plane(0))
		require.Nil(t, f.Row(0, 0))
		require.Nil(t, f.AppendBytes(nil))
		require.Equal(t, Rational{}, f.SampleAspectRatio())
		require.Equal(t, "?", f.PictureType().String())
		require.Equal(t, 2, f.Color().Matrix)
	}
}

func TestFrameAllocs(t *testing.T) {
	f, g := newFrame(t), newFrame(t)
	require.NoError(t, f.Allocate(format(t, "yuv420p"), 64, 64))
	require.NoError(t, f.AddSideData(FrameDataTimecode, make([]byte, 16)))
	buf := make([]byte, 0, 64*64*2)
	var sum int64
	noAllocs(t, func() {
		_ = g.Ref(f)
		sum += g.PTS() + g.Duration() + int64(g.Width()+g.Planes()+len(g.Plane(1))+len(g.Row(0, 3)))
		if g.Key() || g.Interlaced() || g.Color().Matrix == 0 || g.PictureType() == 0 || g.Crop()[0] != 0 {
			sum++
		}
		for _, b := range g.SideData {
			sum += int64(len(b))
		}
		_, k := g.Timecodes()
		sum += int64(k)
		buf = g.AppendBytes(buf[:0])
		g.Unref()
	})
}
