package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// seiOf gives packets to a reader, each with the number of its pictures, and returns the
// messages of the last.
func seiOf(r *seiReader, length int, packets ...[]byte) []frame.SEI {
	var l *seiList
	for i, p := range packets {
		r.recycle(&l)
		info := bitstream.PacketInfo{Pictures: 1, Shown: 1}
		if i < len(packets)-1 {
			info = bitstream.PacketInfo{}
		}
		r.collect(&l, p, length, &info, true, bitstream.PicTimingSyntax{})
	}
	f := new(frame.Frame)
	l.addTo(f)
	return f.SEI
}

func TestSEIList(t *testing.T) {
	h264 := []byte{
		0, 0, 0, 1, 0x09, 0xF0, // access unit delimiter
		0, 0, 1, 0x06, 5, 4, 1, 0, 0, 3, 1, 4, 2, 7, 8, 0x80, // two messages, one with an emulation prevention byte
		0, 0, 1, 0x06, 144, 4, 0, 9, 0, 3, 0x80,
		0, 0, 1, 0x65, 1, 2, 3,
	}
	in := frame.SEISyntax{Codec: frame.InH264}
	var r seiReader
	r.init(bitstream.CodecH264)
	require.Equal(t, []frame.SEI{
		{Type: 5, Payload: []byte{1, 0, 0, 1}, Syntax: in}, {Type: 4, Payload: []byte{7, 8}, Syntax: in, Parsed: true},
		{Type: 144, Payload: []byte{0, 9, 0, 3}, Syntax: in, Parsed: true},
	}, seiOf(&r, 0, h264))
	// A packet without a picture gives its messages to the next one with a picture.
	sei := []byte{0, 0, 1, 0x06, 200, 1, 3, 0x80}
	list := seiOf(&r, 0, sei, sei, h264)
	require.Len(t, list, 5)
	require.Equal(t, []frame.SEIType{200, 200, 5}, []frame.SEIType{list[0].Type, list[1].Type, list[2].Type})
	require.Len(t, seiOf(&r, 0, h264), 3)
	// One that is skipped takes what waits with it.
	seiOf(&r, 0, sei, nil)
	r.skipped(sei, 0, &bitstream.PacketInfo{})
	r.skipped(h264, 0, &bitstream.PacketInfo{Pictures: 1})
	require.Len(t, seiOf(&r, 0, h264), 3)
	// What waits is bounded.
	for range 100 {
		r.skipped(append(append([]byte{0, 0, 1, 6, 5}, 255, 255, 255, 255), make([]byte, 100_000)...), 0, &bitstream.PacketInfo{})
		require.LessOrEqual(t, len(r.waiting.data), defaultMaxSEI)
	}

	hevc := []byte{
		0, 0, 0, 6, 39 << 1, 1, 144, 9, 1, 7, // cut short
		0, 0, 0, 6, 40 << 1, 1, 132, 1, 3, 0x80,
		0, 0, 0, 5, 39<<1 | 1, 1, 5, 1, 7, // another layer
	}
	in.Codec = frame.InHEVC
	hvcc := append(append([]byte{1}, make([]byte, 20)...), 3, 1, 39, 0, 1, 0, 6, 39<<1, 1, 200, 1, 5, 0x80)
	r.init(bitstream.CodecHEVC)
	want := []frame.SEI{{Type: 144, Payload: []byte{1, 7}, Syntax: in}, {Type: 132, Payload: []byte{3}, Syntax: in}}
	require.Equal(t, []frame.SEI{{Type: 200, Payload: []byte{5}, Syntax: in}}, headerSEI(HEVC, hvcc))
	require.Equal(t, want, seiOf(&r, 4, hevc))

	av1 := []byte{0x12, 0, 0x2A, 6, 1, 3, 0xe8, 1, 0x90, 0x80, 0x32, 1, 0}
	r.init(bitstream.CodecAV1)
	require.Equal(t, []frame.SEI{{Type: frame.SEIMetadataContentLight, Payload: []byte{3, 0xe8, 1, 0x90}, Syntax: frame.SEISyntax{Codec: frame.InAV1}, Parsed: true}},
		seiOf(&r, 0, av1))
	mpeg := []byte{0, 0, 1, 0xb8, 1, 2, 3, 0x40, 0, 0, 1, 0, 9, 9, 0, 0, 1, 0xb2, 'C', 'C', 0, 0, 1, 1, 5}
	r.init(bitstream.CodecMPEG2)
	in.Codec = frame.InMPEG2
	require.Equal(t, []frame.SEI{{Type: frame.SEIMPEG2TimeCode, Payload: []byte{1, 2, 3, 0x40}, Syntax: in, Parsed: true},
		{Type: frame.SEIMPEG2UserData, Payload: []byte("CC"), Syntax: in}}, seiOf(&r, 0, mpeg))

	var l *seiList
	r.init(bitstream.CodecH264)
	info := bitstream.PacketInfo{Pictures: 1}
	if n := testing.AllocsPerRun(100, func() {
		r.recycle(&l)
		r.collect(&l, h264, 0, &info, true, bitstream.PicTimingSyntax{})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzSEIList reads a packet as any codec does, and makes values of what is in it.
func FuzzSEIList(f *testing.F) {
	f.Add(byte(1), []byte{0, 0, 1, 6, 5, 1, 2, 0x80}, byte(0), []byte(nil))
	f.Add(byte(2), []byte{0, 0, 0, 6, 40 << 1, 1, 132, 1, 3, 0x80}, byte(4), append(append([]byte{1}, make([]byte, 20)...), 3, 1, 39, 0, 1, 0, 6, 39<<1, 1, 200, 1, 5, 0x80))
	f.Add(byte(3), []byte{0x12, 0, 0x2A, 6, 1, 3, 0xe8, 1, 0x90, 0x80, 0x32, 1, 0}, byte(0), []byte(nil))
	f.Fuzz(func(t *testing.T, c byte, data []byte, length byte, extradata []byte) {
		var r seiReader
		codec := bitstream.Codec(c % byte(bitstream.CodecJPEG+1))
		r.init(codec)
		total := 0
		for _, m := range seiOf(&r, int(length%5), data, data) {
			total += len(m.Payload)
			v, err := m.Value()
			if m.Parsed {
				require.NoError(t, err)
				_ = v.String()
			}
		}
		require.LessOrEqual(t, total, 2*len(data))
		for _, id := range []ID{H264, HEVC, AV1, MPEG2, VP9} {
			total := 0
			for _, m := range headerSEI(id, extradata) {
				total += len(m.Payload)
			}
			require.LessOrEqual(t, total, len(extradata))
		}
	})
}
