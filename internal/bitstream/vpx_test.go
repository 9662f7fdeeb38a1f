package bitstream

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVP8Header(t *testing.T) {
	frame := []byte{0x10 | 1<<1 | 0x20, 0x02, 0, 0x9d, 1, 0x2a, 0x40, 0x41, 0xf0, 0x80, 0, 0, 0}
	var h VP8FrameHeader
	require.NoError(t, h.Parse(frame))
	require.Equal(t, VP8FrameHeader{
		Key: true, ShowFrame: true, Version: 1, FirstPartitionSize: 17, Width: 320, Height: 240, XScale: 1, YScale: 2,
	}, h)
	// The two bits after the header, arithmetically coded with probability one half.
	for i, data := range [][]byte{{0}, {0x40}, {0x80}, {0xff}} {
		first, second := vp8FirstBools(data)
		require.Equal(t, [2]int{i >> 1, i & 1}, [2]int{int(first), btoi(second)}, "%x", data)
	}
	require.NoError(t, h.Parse([]byte{1, 0, 0}))
	require.Equal(t, VP8FrameHeader{}, h)
	for _, bad := range [][]byte{nil, {0, 0}, frame[:9]} {
		require.ErrorIs(t, h.Parse(bad), ErrTruncated)
	}
	frame[4] = 2
	require.ErrorIs(t, h.Parse(frame), ErrSyntax)
	require.ErrorIs(t, h.Parse([]byte{0, 0, 0, 0x9d, 1, 0x2a, 0, 0, 1, 0}), ErrSyntax)
}

func TestVP9Superframe(t *testing.T) {
	frames := func(packet []byte) (out [][]byte, err error) {
		var f VP9Frames
		for f.Reset(packet); f.Next(); {
			out = append(out, f.Frame())
		}
		return out, f.Err()
	}
	got, err := frames([]byte{1, 2, 3})
	require.NoError(t, err)
	require.Equal(t, [][]byte{{1, 2, 3}}, got)
	// Three frames, the second empty, two bytes a size.
	index := []byte{0xca, 2, 0, 0, 0, 1, 0, 0xca}
	got, err = frames(append([]byte{7, 8, 9}, index...))
	require.NoError(t, err)
	require.Equal(t, [][]byte{{7, 8}, {9}}, got)
	got, err = frames(append([]byte{7, 8}, index...))
	require.ErrorIs(t, err, ErrTruncated)
	require.Equal(t, [][]byte{{7, 8}}, got)
	// A marker without its like is data.
	got, err = frames([]byte{0xca, 0xca})
	require.NoError(t, err)
	require.Equal(t, [][]byte{{0xca, 0xca}}, got)
	got, err = frames(nil)
	require.NoError(t, err)
	require.Empty(t, got)
	got, err = frames([]byte{0xc0, 0, 0xc0})
	require.NoError(t, err)
	require.Empty(t, got)
}

// vp9Tail writes what follows refresh_frame_context.
func vp9Tail(w *bitWriter, segmentation bool) *bitWriter {
	w.u(2, 1)                                               // frame_context_idx
	w.u(6, 5).u(3, 1).f(1, 1).f(1).u(7, 9).f(0, 0, 0, 0, 0) // loop filter with deltas
	w.u(8, 100).f(1).u(5, 3).f(0, 0)                        // quantisation
	w.f(btoi(segmentation))
	if segmentation {
		w.f(1)
		for i := range 7 {
			w.f(i & 1)
			if i&1 != 0 {
				w.u(8, 128)
			}
		}
		w.f(1).f(1).u(8, 7).f(0, 0) // temporal update
		w.f(1, 0)
		for i := range 8 {
			w.f(1).u(9, uint64(i)).f(1).u(7, 3).f(1).u(2, 1).f(1)
		}
	}
	w.f(0, 1, 0)    // tile_cols_log2 of 640 samples has one bit, tile rows
	w.u(16, 0x1234) // header_size_in_bytes
	return w
}

func TestVP9Frames(t *testing.T) {
	var refs VP9References
	var h VP9FrameHeader
	parse := func(w *bitWriter) {
		t.Helper()
		require.NoError(t, h.Parse(w.obu(), &refs))
		refs.Decoded(&h)
		if !h.ShowExisting {
			require.Equal(t, uint16(0x1234), h.HeaderSize)
		}
	}
	require.ErrorIs(t, h.Parse(new(bitWriter).u(4, 8).f(1).u(3, 0).obu(), &refs), ErrNoParameters)
	// A key frame of profile 3: 12 bits, 4:4:0.
	w := new(bitWriter).u(2, 2).f(1, 1, 0).f(0).f(0, 1, 0).u(24, 0x498342)
	w.f(1).u(3, 5).f(1).f(0, 1, 0).u(16, 639).u(16, 359).f(1).u(16, 9).u(16, 19).f(1, 0)
	parse(vp9Tail(w, true))
	require.Equal(t, VP9FrameHeader{
		Profile: 3, Key: true, ShowFrame: true, BitDepth: 12, ColorSpace: 5, FullRange: true, SubsamplingY: true,
		RefreshFrameFlags: 0xff, Width: 640, Height: 360, RenderWidth: 10, RenderHeight: 20,
		RefreshFrameContext: true, FrameContextIdx: 1, LoopFilterDeltaUpdate: true, Segmentation: true,
		SegmentationUpdateMap: true, SegmentationTemporal: true, SegmentationUpdateData: true, HeaderSize: 0x1234,
	}, h)
	require.Equal(t, uint8(4), h.info().ChromaFormat)
	require.Equal(t, Color{Unspecified, Unspecified, 9, RangeFull, 0}, h.info().Color)
	// A hidden intra-only frame of profile 1 with RGB.
	w = new(bitWriter).u(2, 2).f(1, 0).f(0).f(1, 0, 0).f(1).u(2, 2).u(24, 0x498342).u(3, 7).f(0).u(8, 0x10)
	w.u(16, 639).u(16, 179).f(0).f(0, 1)
	parse(vp9Tail(w, false))
	require.Equal(t, uint8(3), h.info().ChromaFormat)
	require.Zero(t, h.info().Color.Matrix)
	require.Equal(t, uint8(2), h.ResetFrameContext)
	// A frame with the size of its second reference.
	w = new(bitWriter).u(2, 2).f(1, 0).f(0).f(1, 1, 1).u(8, 0)
	w.u(3, 1).f(0).u(3, 4).f(0).u(3, 2).f(1).f(0, 1).f(0).f(1).f(0).u(2, 2)
	parse(vp9Tail(w, false))
	require.Equal(t, [2]uint32{640, 180}, [2]uint32{h.Width, h.Height})
	require.True(t, h.ErrorResilient && h.FrameParallel)
	// Showing slot 0, which still has the key frame.
	parse(new(bitWriter).u(2, 2).f(0, 0).f(1).u(3, 0))
	require.Equal(t, [2]uint32{640, 360}, [2]uint32{h.Width, h.Height})
	require.Equal(t, uint8(12), h.BitDepth)

	for name, w := range map[string]*bitWriter{
		"marker":   new(bitWriter).u(2, 1).u(20, 0),
		"reserved": new(bitWriter).u(2, 2).f(1, 1, 1).u(20, 0),
		"sync":     new(bitWriter).u(2, 2).f(0, 0, 0).f(0, 1, 0).u(24, 0x498343).u(32, 0).u(32, 0),
		"rgb":      new(bitWriter).u(2, 2).f(0, 0, 0).f(0, 1, 0).u(24, 0x498342).u(3, 7).u(32, 0).u(32, 0),
	} {
		require.ErrorIs(t, h.Parse(w.obu(), &refs), ErrSyntax, name)
	}
}

func TestVP9Tiles(t *testing.T) {
	for width, columns := range map[uint32]int{8: 0, 255: 0, 449: 1, 512: 1, 960: 1, 961: 2, 4096: 4, 4097: 4, 65536: 8} {
		// As many increment bits as may be, then the end.
		w := new(bitWriter)
		min := 0
		for 64<<min < int(width+63)/64 {
			min++
		}
		for range columns - min {
			w.f(1)
		}
		w.f(0).u(8, 0xff)
		var r BitReader
		r.Reset(w.data)
		h := VP9FrameHeader{Width: width}
		h.parseTiles(&r)
		require.Equal(t, uint32(0xff), r.Bits(8), width)
	}
}

func TestVPConfig(t *testing.T) {
	var c VPConfig
	want := VPConfig{Profile: 2, Level: 31, BitDepth: 10, ChromaSubsampling: 1, Color: Color{9, 16, 9, RangeFull, 3}}
	record := []byte{2, 31, 10<<4 | 1<<1 | 1, 9, 16, 9, 0, 0}
	require.NoError(t, c.Parse(record))
	require.Equal(t, want, c)
	require.NoError(t, c.Parse(append([]byte{1, 0, 0, 0}, record...)))
	require.Equal(t, want, c)
	require.NoError(t, c.Parse([]byte{1, 1, 2, 2, 1, 31, 3, 1, 10, 4, 1, 1, 99, 0}))
	require.Equal(t, VPConfig{Profile: 2, Level: 31, BitDepth: 10, ChromaSubsampling: 1, Color: Color{2, 2, 2, 0, 3}}, c)
	require.ErrorIs(t, c.Parse([]byte{1, 1, 2, 2, 9}), ErrTruncated)
	require.ErrorIs(t, c.Parse([]byte{1, 2, 3, 4, 5}), ErrTruncated)
	require.ErrorIs(t, c.Parse(nil), ErrTruncated)
}

func TestVP9Disposable(t *testing.T) {
	key := new(bitWriter).u(2, 2).f(0, 0).f(0).f(0, 1, 0).u(24, 0x498342).u(3, 1).f(0).u(16, 63).u(16, 63).f(0).f(0, 1)
	tail := func(w *bitWriter, delta int) []byte {
		w.u(2, 0).u(9, 0).f(1, delta)
		if delta == 1 {
			w.u(6, 0)
		}
		return w.u(8, 9).f(0, 0, 0).f(0).f(0).u(16, 1).obu()
	}
	inter := func(resilient int, refresh uint64, context int) *bitWriter {
		w := new(bitWriter).u(2, 2).f(0, 0).f(0).f(1, 1, resilient)
		if resilient == 0 {
			w.u(2, 0)
		}
		w.u(8, refresh).u(12, 0).f(1).f(0).f(0).f(1)
		if resilient == 0 {
			w.f(context, 1)
		}
		return w
	}
	tr, err := NewTracker(CodecVP9, nil)
	require.NoError(t, err)
	for i, c := range []struct {
		packet           []byte
		disposable, uses bool
	}{
		{tail(key, 0), false, false},
		{tail(inter(0, 0, 0), 0), true, true},
		{tail(inter(0, 0, 1), 0), false, true}, // context kept
		{tail(inter(0, 0, 0), 1), false, true}, // filter deltas kept
		{tail(inter(0, 4, 0), 0), false, true}, // reference
		{tail(inter(1, 0, 0), 0), false, false},
		{[]byte{0x88}, true, false}, // shows an existing frame
	} {
		p, err := tr.Parse(c.packet)
		require.NoError(t, err, i)
		require.Equal(t, 1, p.Shown, i)
		require.Equal(t, c.disposable, p.Disposable, i)
		require.Equal(t, c.uses, p.UsesPrevious, i)
	}
}
