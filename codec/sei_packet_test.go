package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

func TestSEIList(t *testing.T) {
	var l seiList
	h264 := []byte{
		0, 0, 0, 1, 0x09, 0xF0, // access unit delimiter
		0, 0, 1, 0x06, 5, 4, 1, 0, 0, 3, 1, 4, 2, 7, 8, 0x80, // two messages, one with an emulation prevention byte
		0, 0, 1, 0x06, 6, 1, 9, 0x80,
		0, 0, 1, 0x65, 1, 2, 3,
	}
	l.collect(bitstream.CodecH264, h264, 0)
	f := new(frame.Frame)
	l.addTo(f)
	require.Equal(t, []frame.SEI{
		{Type: 5, Payload: []byte{1, 0, 0, 1}}, {Type: 4, Payload: []byte{7, 8}}, {Type: 6, Payload: []byte{9}},
	}, f.SEI)

	l.reset()
	hevc := []byte{
		0, 0, 0, 5, 39 << 1, 1, 137, 1, 7, // cut short: length 5
		0, 0, 0, 6, 40 << 1, 1, 132, 1, 3, 0x80,
		0, 0, 0, 5, 39<<1 | 1, 1, 5, 1, 7, // another layer
	}
	l.collect(bitstream.CodecHEVC, hevc, 4)
	f = new(frame.Frame)
	l.addTo(f)
	require.Equal(t, []frame.SEI{{Type: 137, Payload: []byte{7}}, {Type: 132, Payload: []byte{3}}}, f.SEI)

	l.reset()
	av1 := []byte{0x12, 0, 0x2A, 3, 1, 0xAA, 0x80, 0x32, 1, 0}
	l.collect(bitstream.CodecAV1, av1, 0)
	f = new(frame.Frame)
	l.addTo(f)
	require.Equal(t, []frame.SEI{{Type: frame.SEIMetadataContentLight, Payload: []byte{0xAA, 0x80}}}, f.SEI)

	if n := testing.AllocsPerRun(100, func() { l.reset(); l.collect(bitstream.CodecH264, h264, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzSEIList(f *testing.F) {
	f.Add(byte(1), []byte{0, 0, 1, 6, 5, 1, 2, 0x80}, byte(0))
	f.Fuzz(func(t *testing.T, c byte, data []byte, length byte) {
		var l seiList
		l.collect(bitstream.Codec(c), data, int(length%5))
		l.addTo(new(frame.Frame))
	})
}
