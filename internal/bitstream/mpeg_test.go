package bitstream

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func code(c byte, body []byte) []byte { return append([]byte{0, 0, 1, c}, body...) }

func mpegSequenceHeader(w, h, aspect, rate uint64) []byte {
	return code(mpegSequence, new(bitWriter).u(12, w).u(12, h).u(4, aspect).u(4, rate).u(18, 1).f(1).u(10, 1).f(0, 0, 0).data)
}

func mpegSequenceExtension(progressive, chroma uint64) []byte {
	return code(mpegExtension, new(bitWriter).u(4, 1).u(8, 0x48).u(1, progressive).u(2, chroma).u(2, 1).u(2, 0).
		u(12, 0).f(1).u(8, 0).f(0).u(2, 1).u(5, 2).data)
}

func mpegPictureOf(typ, structure uint64) []byte {
	b := code(mpegPicture, new(bitWriter).u(10, 5).u(3, typ).u(16, 0xffff).f(0).data)
	b = append(b, code(mpegExtension, new(bitWriter).u(4, 8).u(16, 0x1111).u(2, 0).u(2, structure).f(1, 0, 0, 0, 0, 0).f(1, 0, 0).f(0).data)...)
	return append(b, code(1, []byte{0x55, 0x66})...)
}

func TestMPEG2Tracker(t *testing.T) {
	tr, err := NewTracker(CodecMPEG2, nil)
	require.NoError(t, err)
	seq := append(mpegSequenceHeader(100, 50, 3, 4), mpegSequenceExtension(0, 2)...)
	display := code(mpegExtension, new(bitWriter).u(4, 2).u(3, 5).f(1).u(8, 5).u(8, 6).u(8, 7).u(14, 100).f(1).u(14, 50).data)
	gop := func(closed int) []byte { return code(mpegGroup, new(bitWriter).u(25, 0).f(closed, 0).data) }
	join := func(parts ...[]byte) (b []byte) {
		for _, p := range parts {
			b = append(b, p...)
		}
		return b
	}
	const i, p, b, frame = 1, 2, 3, 3
	for n, c := range []struct {
		packet []byte
		want   PacketInfo
	}{
		{join(seq, display, gop(0), mpegPictureOf(i, 1)), PacketInfo{Shown: 1, Type: PictureI, Parity: TopField, Key: true, RandomAccess: true, Parameters: true, NewSequence: true}},
		{mpegPictureOf(p, 2), PacketInfo{Type: PictureP, Parity: BottomField, SecondField: true}},
		// Decoding began with the I picture, so what this refers to is not there.
		{mpegPictureOf(b, frame), PacketInfo{Type: PictureB, RASL: true, Disposable: true}},
		{mpegPictureOf(p, frame), PacketInfo{Shown: 1, Type: PictureP}},
		{mpegPictureOf(b, frame), PacketInfo{Shown: 1, Type: PictureB, Disposable: true}},
		{join(gop(0), mpegPictureOf(i, frame)), PacketInfo{Shown: 1, Type: PictureI, Key: true, RandomAccess: true}},
		{mpegPictureOf(b, frame), PacketInfo{Shown: 1, Type: PictureB, RASL: true, Disposable: true}},
		{join(gop(1), mpegPictureOf(i, frame)), PacketInfo{Shown: 1, Type: PictureI, Key: true, RandomAccess: true, Closed: true}},
		{mpegPictureOf(b, frame), PacketInfo{Shown: 1, Type: PictureB, Disposable: true}},
		{join(mpegPictureOf(p, 1), mpegPictureOf(p, 2), code(mpegSequenceEnd, nil)), PacketInfo{Shown: 1, Pictures: 2, Type: PictureP, Parity: TopField, EndOfSequence: true}},
		// The same sequence header again is no new sequence, another is.
		{join(seq, display, mpegPictureOf(i, frame)), PacketInfo{Shown: 1, Type: PictureI, Key: true, RandomAccess: true, Parameters: true}},
		{join(mpegSequenceHeader(100, 50, 1, 4), mpegSequenceExtension(1, 1), mpegPictureOf(i, frame)), PacketInfo{Shown: 1, Type: PictureI, Key: true, RandomAccess: true, Parameters: true, NewSequence: true}},
	} {
		got, err := tr.Parse(c.packet)
		require.NoError(t, err, n)
		c.want.Pictures = max(c.want.Pictures, 1)
		c.want.Width, c.want.Height = 100+1<<12, 50
		require.Equal(t, c.want, got, n)
		if n == 0 {
			info, _ := tr.Info()
			require.Equal(t, Info{
				Codec: CodecMPEG2, Profile: 4, Level: 8, Width: 4196, Height: 50, CodedWidth: 4208, CodedHeight: 64,
				MaxWidth: 4208, MaxHeight: 64, Crop: Crop{Right: 12, Bottom: 14}, ChromaFormat: 2,
				BitDepthLuma: 8, BitDepthChroma: 8, SAR: Ratio{400, 18882}.lowest(),
				Color: Color{5, 6, 7, RangeLimited, 0}, MaxReorder: 1, MinDPB: 2, FrameRate: Ratio{60000, 3003}, SpatialLayers: 1,
			}, info)
		}
	}
	_, err = tr.Parse(code(mpegPicture, new(bitWriter).u(10, 5).u(3, 7).u(16, 0).data))
	require.ErrorIs(t, err, ErrSyntax)
	_, err = tr.Parse(mpegSequenceHeader(0, 50, 3, 4))
	require.ErrorIs(t, err, ErrSyntax)
	_, err = tr.Parse(code(mpegSequence, []byte{1, 2}))
	require.ErrorIs(t, err, ErrTruncated)
}

func (r Ratio) lowest() Ratio { return reduce(uint64(r.Num), uint64(r.Den)) }

// The aspect ratio is that of the display, if it can be true.
func TestMPEG2SAR(t *testing.T) {
	s := MPEGSequence{MPEG2: true, Width: 704, Height: 576, AspectRatio: 2}
	require.Equal(t, Ratio{12, 11}, s.sar())
	s.Display, s.DisplayWidth, s.DisplayHeight = true, 528, 576 // 4:3 of it makes the whole 16:9
	require.Equal(t, Ratio{16, 11}, s.sar())
	s.DisplayWidth = 100
	require.Equal(t, Ratio{12, 11}, s.sar())
	s.AspectRatio = 4
	s.Width, s.Height = 221, 100
	require.Equal(t, Ratio{1, 1}, s.sar())
	s.AspectRatio = 9
	require.Zero(t, s.sar())
	require.Zero(t, (&MPEGSequence{AspectRatio: 15}).sar())
	require.Equal(t, Ratio{2000, 2139}, (&MPEGSequence{AspectRatio: 11}).sar())
}

func mpeg4Layer() []byte {
	w := new(bitWriter).f(0).u(8, 17).f(1).u(4, 5).u(3, 1).u(4, 15).u(8, 12).u(8, 11)
	w.f(1).u(2, 1).f(1).f(1).u(32, 0x55555555).u(32, 0x55555555).u(15, 1) // vol_control_parameters: 79 bits of vbv
	w.u(2, 0).f(1).u(16, 30000).f(1).f(1).u(15, 1001)
	w.f(1).u(13, 352).f(1).u(13, 286).f(1).f(1, 1).u(2, 2)
	return code(0x20, w.data)
}

func TestMPEG4Tracker(t *testing.T) {
	vop := func(typ, seconds, coded uint64) []byte {
		w := new(bitWriter).u(2, typ)
		for range seconds {
			w.f(1)
		}
		return code(mpeg4VOP, w.f(0, 1).u(15, 77).f(1).u(1, coded).u(16, 0x5555).data)
	}
	gov := code(mpeg4GOV, new(bitWriter).u(18, 1<<7).f(1, 0).u(4, 15).data)
	x := append(code(mpeg4VOS, []byte{0xf5}), code(mpeg4VO, []byte{0x89, 0x13})...)
	x = append(append(x, mpeg4Layer()...), code(mpeg4UserData, []byte("DivX503b1393p"))...)
	tr, err := NewTracker(CodecMPEG4, x)
	require.NoError(t, err)
	info, ok := tr.Info()
	require.True(t, ok)
	require.Equal(t, Info{
		Codec: CodecMPEG4, Profile: 15, Level: 5, Width: 352, Height: 286, CodedWidth: 352, CodedHeight: 288,
		MaxWidth: 352, MaxHeight: 288, Crop: Crop{Bottom: 2}, ChromaFormat: 1, BitDepthLuma: 8, BitDepthChroma: 8,
		SAR: Ratio{12, 11}, Color: unspecifiedColor, MinDPB: 2, FrameRate: Ratio{30000, 1001}, SpatialLayers: 1,
	}, info)
	for i, c := range []struct {
		packet []byte
		want   PacketInfo
	}{
		{append(gov, vop(0, 0, 1)...), PacketInfo{Pictures: 1, Shown: 1, Type: PictureI, Key: true, RandomAccess: true, Closed: true}},
		{vop(2, 3, 1), PacketInfo{Pictures: 1, Shown: 1, Type: PictureB, Disposable: true}},
		{append(vop(1, 0, 1), vop(2, 0, 1)...), PacketInfo{Pictures: 2, Shown: 2, Type: PictureP}},
		{vop(1, 0, 0), PacketInfo{Pictures: 1, Type: PictureP}},
		{vop(0, 0, 1), PacketInfo{Pictures: 1, Shown: 1, Type: PictureI, Key: true, RandomAccess: true}},
		{vop(2, 0, 1), PacketInfo{Pictures: 1, Shown: 1, Type: PictureB, Disposable: true, RASL: true}},
	} {
		got, err := tr.Parse(c.packet)
		require.NoError(t, err, i)
		c.want.Width, c.want.Height, c.want.Packed = 352, 286, true
		require.Equal(t, c.want, got, i)
	}
	// After a seek the B-VOP refers to what is not there.
	tr.Reset()
	for i, shown := range []int{1, 0} {
		p, err := tr.Parse([][]byte{vop(0, 0, 1), vop(2, 0, 1)}[i])
		require.NoError(t, err)
		require.Equal(t, shown, p.Shown)
	}
	_, err = tr.Parse(vop(1, 300, 1))
	require.ErrorIs(t, err, ErrSyntax)
	tr, err = NewTracker(CodecMPEG4, nil)
	require.NoError(t, err)
	_, err = tr.Parse(vop(0, 0, 1))
	require.ErrorIs(t, err, ErrNoParameters)
	var v MPEG4VOL
	require.ErrorIs(t, v.Parse([]byte{0, 0}, 1), ErrTruncated)
	require.ErrorIs(t, v.Parse(make([]byte, 20), 1), ErrSyntax)
}

func TestMPEG4Packed(t *testing.T) {
	for s, want := range map[string]bool{
		"DivX503b1393p": true, "DivX501Build0413p": true, "DivX503b1393": false, "DivX503b1393q": false,
		"DivXb1p": false, "DivX5bp": false, "XviD0041": false, "": false,
	} {
		require.Equal(t, want, mpeg4Packed([]byte(s)), s)
	}
}

func TestH263(t *testing.T) {
	start := func() *bitWriter { return new(bitWriter).u(22, 0x20).u(8, 9).f(1, 0, 0, 0, 0) }
	var p H263Picture
	require.NoError(t, p.Parse(start().u(3, 3).f(1).u(16, 0).data))
	require.Equal(t, H263Picture{TemporalReference: 9, SourceFormat: 3, Width: 352, Height: 288, CodingType: 1, SAR: Ratio{12, 11}}, p)
	plus := func() *bitWriter { return start().u(3, 7) }
	require.NoError(t, p.Parse(plus().u(3, 1).u(3, 6).u(15, 8).u(3, 0).u(6, 1).f(1).u(2, 0).u(4, 15).u(9, 49).f(1).u(9, 30).u(8, 4).u(8, 3).data))
	require.Equal(t, H263Picture{TemporalReference: 9, SourceFormat: 6, Width: 200, Height: 120, SAR: Ratio{4, 3}}, p)
	require.NoError(t, p.Parse(plus().u(3, 1).u(3, 2).u(15, 8).u(3, 3).u(6, 1).f(0).data))
	require.Equal(t, PictureB, p.PictureType())
	require.Equal(t, uint16(176), p.Width)
	require.NoError(t, p.Parse(plus().u(3, 0).u(3, 1).u(6, 1).f(0).u(8, 0).data))
	require.Zero(t, p.Width)
	for name, data := range map[string][]byte{
		"start": {0, 0, 0x40, 0}, "format": start().u(3, 0).u(8, 0).data, "reserved": start().u(3, 6).u(8, 0).data,
		"ufep": plus().u(3, 2).u(8, 0).data, "plus format": plus().u(3, 1).u(3, 7).u(40, 0).data,
		"height": plus().u(3, 1).u(3, 6).u(15, 0).u(3, 0).u(6, 0).f(0).u(4, 1).u(9, 1).f(1).u(9, 0).data,
	} {
		require.ErrorIs(t, p.Parse(data), ErrSyntax, name)
	}
	// A short header in MPEG-4.
	i, err := ParseInfo(CodecMPEG4, nil, start().u(3, 2).f(0).u(16, 0).data)
	require.NoError(t, err)
	require.Equal(t, CodecMPEG4, i.Codec)
	require.Equal(t, 176, i.Width)
}

// vc1Headers has a sequence header and an entry point with everything in them.
func vc1Headers() []byte {
	w := new(bitWriter).u(2, 3).u(3, 2).u(2, 1).u(3, 0).u(5, 0).f(0).u(12, 359).u(12, 239).f(1, 1, 0, 1, 1, 0)
	w.f(1).u(14, 639).u(14, 479).f(1).u(4, 15).u(8, 11).u(8, 9).f(1).f(0).u(8, 3).u(4, 2).f(1).u(8, 1).u(8, 2).u(8, 3)
	w.f(1).u(5, 2).u(8, 0x11).u(32, 1).u(32, 2)
	entry := new(bitWriter).f(0, 1).f(0, 0, 0, 0).f(0).u(2, 0).f(0, 0).u(2, 0).u(16, 0).f(1).u(12, 319).u(12, 199)
	return append(code(vc1Sequence, w.data), code(vc1EntryPoint, entry.data)...)
}

func TestVC1(t *testing.T) {
	x := vc1Headers()
	tr, err := NewTracker(CodecVC1, append([]byte{0x25}, x...))
	require.NoError(t, err)
	info, ok := tr.Info()
	require.True(t, ok)
	require.Equal(t, Info{
		Codec: CodecVC1, Profile: 3, Level: 2, Width: 640, Height: 400, CodedWidth: 640, CodedHeight: 416,
		MaxWidth: 640, MaxHeight: 416, Crop: Crop{Bottom: 16}, ChromaFormat: 1, BitDepthLuma: 8, BitDepthChroma: 8,
		SAR: Ratio{6, 5}, Color: Color{1, 2, 3, 0, 0}, MaxReorder: 1, MinDPB: 2, FrameRate: Ratio{30000, 1001}, SpatialLayers: 1,
	}, info)
	frame := func(bits ...int) []byte { return new(bitWriter).f(bits...).u(24, 0x123456).data }
	for i, c := range []struct {
		packet []byte
		typ    PictureType
		shown  int
	}{
		{append(x, code(vc1Frame, frame(0, 1, 1, 0))...), PictureI, 1},
		{frame(0, 1, 0), PictureB, 1}, // the entry point is closed
		{frame(0, 0), PictureP, 1},
		{frame(1, 0, 1, 1, 1, 0), PictureB, 1}, // BI of an interlaced frame
		{frame(0, 1, 1, 1, 1), PictureP, 1},    // skipped
		{frame(1, 1, 0, 0, 1), PictureI, 1},    // fields
		{append(code(vc1Frame, frame(1, 1, 1, 0, 0)), code(vc1Field, []byte{1, 2})...), PictureB, 1},
		{append(code(vc1Frame, frame(1, 1, 0, 1, 0)), code(vc1EndOfSequence, nil)...), PictureP, 1},
	} {
		p, err := tr.Parse(c.packet)
		require.NoError(t, err, i)
		require.Equal(t, c.typ, p.Type, i)
		require.Equal(t, c.shown, p.Shown, i)
		require.Equal(t, c.typ == PictureB, p.Disposable, i)
		require.Equal(t, i == 0, p.Closed, i)
		require.Equal(t, i == 7, p.EndOfSequence, i)
		require.Equal(t, i == 6, p.RASL, i)
	}
	var s VC1Sequence
	require.ErrorIs(t, s.Parse([]byte{0, 0}), ErrSyntax)
	require.ErrorIs(t, s.Parse([]byte{0xc0, 0}), ErrSyntax)
	require.ErrorIs(t, s.ParseStructC([]byte{0xc0, 0, 0, 0}), ErrSyntax)
	require.ErrorIs(t, s.ParseStructC([]byte{0x40}), ErrTruncated)

	// Main profile with B frames, range reduction and interpolation.
	_, err = NewTracker(CodecVC1, []byte{1})
	require.ErrorIs(t, err, ErrNoParameters)

	// Main profile with B frames, range reduction and interpolation.
	c := new(bitWriter).u(2, 1).u(2, 0).u(20, 0).f(1).u(3, 2).u(2, 0).f(1).f(1)
	tr, err = NewTracker(CodecWMV3, c.data)
	require.NoError(t, err)
	for i, c := range []struct {
		packet []byte
		typ    PictureType
		shown  int
	}{
		{new(bitWriter).f(0).u(2, 3).f(1).f(0, 1).u(20, 0).data, PictureI, 1},
		{new(bitWriter).f(1).u(2, 3).f(1).f(0, 0).u(20, 0).data, PictureB, 0},
		{new(bitWriter).f(1).u(2, 3).f(1).f(1).u(20, 0).data, PictureP, 1},
		{new(bitWriter).f(1).u(2, 3).f(1).f(0, 0).u(20, 0).data, PictureB, 1},
		{[]byte{0}, PictureP, 1}, // repeats the frame before
		{nil, PictureP, 1},
	} {
		p, err := tr.Parse(c.packet)
		require.NoError(t, err, i)
		require.Equal(t, c.typ, p.Type, i)
		require.Equal(t, c.shown, p.Shown, i)
	}
	tr, err = NewTracker(CodecWMV3, nil)
	require.NoError(t, err)
	_, err = tr.Parse([]byte{1, 2, 3})
	require.ErrorIs(t, err, ErrNoParameters)
}

func TestJPEG(t *testing.T) {
	segment := func(m byte, body ...byte) []byte {
		return append([]byte{0xff, m, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
	}
	image := func(parts ...[]byte) []byte {
		b := []byte{0xff, jpegSOI}
		for _, p := range parts {
			b = append(b, p...)
		}
		return b
	}
	sof := func(n byte, sampling ...byte) []byte {
		body := []byte{8, 0, 100, 0, 200, byte(len(sampling))}
		for i, s := range sampling {
			body = append(body, byte(i+1), s, 0)
		}
		return segment(jpegSOF0+n, body...)
	}
	adobe := func(transform byte) []byte {
		return segment(jpegAPP14, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), transform)...)
	}
	for i, c := range []struct {
		data   []byte
		chroma uint8
		matrix uint8
	}{
		{image(segment(0xe0, 1, 2), sof(0, 0x22, 0x11, 0x11)), 1, 5},
		{image([]byte{0xff, 0xff, 0xff}, segment(jpegDHT, 1), sof(2, 0x21, 0x11, 0x11)), 2, 5},
		{image([]byte{7}, sof(0, 0x11, 0x11, 0x11)), 3, 5},
		{image(sof(0, 0x41, 0x11, 0x11)), 4, 5},
		{image(sof(0, 0x12, 0x11, 0x12)), 4, 5},
		{image(sof(0, 0x11)), 0, 5},
		{image(adobe(0), sof(0, 0x11, 0x11, 0x11)), 3, 0},
		{image(adobe(1), sof(0, 0x11, 0x11, 0x11)), 3, 5},
	} {
		info, err := ParseInfo(CodecJPEG, nil, c.data)
		require.NoError(t, err, i)
		require.Equal(t, [4]int{200, 100, int(c.chroma), int(c.matrix)}, [4]int{info.Width, info.Height, int(info.ChromaFormat), int(info.Color.Matrix)}, i)
		require.Equal(t, RangeFull, info.Color.Range)
	}
	var f JPEGFrame
	for _, bad := range [][]byte{
		nil, {0xff, jpegSOI}, {1, 2, 3, 4}, image([]byte{0xff, jpegEOI, 0, 0}), image(segment(jpegSOS, 1)), image([]byte{0xff, 0xe0, 0, 1}),
		image([]byte{0xff, 0xe0, 0, 90, 1}), image(segment(jpegSOF0, 8, 0, 1, 0, 1)), image(segment(jpegSOF0, 8, 0, 1, 0, 1, 5)),
		image(segment(jpegSOF0, 8, 0, 1, 0, 1, 1)), image(segment(jpegSOF0, 8, 0, 0, 0, 1, 1, 1, 0x11, 0)), image(sof(0, 0x50)), image(sof(0, 0x10)),
	} {
		require.Error(t, f.Parse(bad), "%x", bad)
	}
}
