package bitstream

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// listMessages reads all messages of a packet.
func listMessages(c Codec, packet []byte, lengthSize int) (list []Message) {
	var m Messages
	for m.Reset(c, packet, lengthSize); m.Next(); {
		x := *m.Message()
		x.Payload = append([]byte{}, x.Payload...)
		list = append(list, x)
	}
	return list
}

func TestMessages(t *testing.T) {
	hevc := []byte{
		0, 0, 0, 1, 0x4e, 1, 137, 2, 1, 2, 0x80, // prefix
		0, 0, 1, 0x4f, 1, 5, 1, 9, 0x80, // of layer 32
		0, 0, 1, 0x02, 1, 7, 7, // slice
		0, 0, 1, 0x50, 1, 132, 4, 0, 0, 3, 1, 8, 5, 1, 6, 0x80, // suffix
		0, 0, 1, 0x7c, 1, 0x19, 0, 0, 3, 2, 0x80, // unit 62
		0, 0, 1, 0x50, 1, 6, 9, 1, 0x80, // cut
	}
	require.Equal(t, []Message{
		{Kind: MessageSEI, Type: 137, Payload: []byte{1, 2}},
		{Kind: MessageSEI, Type: 132, Payload: []byte{0, 0, 1, 8}},
		{Kind: MessageSEI, Type: 5, Payload: []byte{6}},
		{Kind: MessageUnit, Type: 62, Payload: []byte{0x19, 0, 0, 2, 0x80}},
		{Kind: MessageSEI, Type: 6, Payload: []byte{1, 0x80}, Cut: true},
	}, listMessages(CodecHEVC, hevc, 0))

	av1 := []byte{
		0x12, 0,
		0x2a, 5, 1, 3, 0xe8, 1, 0x90, // light level without trailing bits
		0x2a, 4, 4, 0xb5, 0x80, 0, // T.35 with zeros behind the trailing bits
		0x2a, 6, 5, 0x04, 0x03, 0x44, 0x7a, 0x81, // time code of 39 bits and a one
		0x2a, 2, 9, 0x80, // nothing
	}
	require.Equal(t, []Message{
		{Kind: MessageMetadata, Type: 1, Payload: []byte{3, 0xe8, 1, 0x90}},
		{Kind: MessageMetadata, Type: 4, Payload: []byte{0xb5}},
		{Kind: MessageMetadata, Type: 5, Payload: []byte{4, 3, 0x44, 0x7a, 0x80}},
		{Kind: MessageMetadata, Type: 9, Payload: []byte{}},
	}, listMessages(CodecAV1, av1, 0))

	mpeg := []byte{0, 0, 1, 0xb3, 1, 2, 0, 0, 1, 0xb8, 1, 2, 3, 0x40, 0, 0, 0, 1, 0, 9, 9, 0, 0, 1, 0xb2, 'G', 'A', 0, 0, 1, 1, 5}
	require.Equal(t, []Message{
		{Kind: MessageMPEG, Type: MPEGGroup, Payload: []byte{1, 2, 3, 0x40}},
		{Kind: MessageMPEG, Type: MPEGUserData, Payload: []byte("GA")},
	}, listMessages(CodecMPEG2, mpeg, 0))
	require.Empty(t, listMessages(CodecVP9, hevc, 0))
}

// withLengths turns start codes into lengths.
func withLengths(packet []byte, size int) []byte {
	var out []byte
	var u NALUnits
	for u.Reset(packet, 0); u.Next(); {
		for i := size - 1; i >= 0; i-- {
			out = append(out, byte(len(u.NAL())>>(8*i)))
		}
		out = append(out, u.NAL()...)
	}
	return out
}

func nalTypes(c Codec, packet []byte, lengthSize int) (types []int) {
	var u NALUnits
	for u.Reset(packet, lengthSize); u.Next(); {
		if c == CodecH264 {
			types = append(types, int(u.NAL()[0]&31))
		} else {
			types = append(types, int(u.NAL()[0]>>1&63))
		}
	}
	return types
}

// TestInsertNAL: messages of any size stand right before the first slice, and everything
// else is as it was.
func TestInsertNAL(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	h264 := []byte{0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 6, 5, 1, 7, 0x80,
		0, 0, 1, 0x65, 1, 2, 0, 0, 1, 0x65, 3, 0, 0, 1, 0x0a, 0, 0}
	hevc := []byte{0, 0, 0, 1, 0x46, 1, 0x50, 0, 0, 0, 1, 0x40, 1, 9, 0, 0, 1, 0x42, 1, 9, 0, 0, 1, 0x44, 1, 9,
		0, 0, 1, 0x4e, 1, 5, 1, 7, 0x80, 0, 0, 1, 0x02, 3, 8, 0, 0, 1, 0x02, 3, 9, 0, 0, 1, 0x4a, 1, 0, 0, 0}
	for _, c := range []struct {
		codec         Codec
		packet        []byte
		before, after []int
		units         []int
	}{
		{CodecH264, h264, []int{4, 5, 132, 200, 300}, nil, []int{9, 7, 8, 6, 6, 6, 6, 6, 6, 5, 5, 10}},
		{CodecHEVC, hevc, []int{4, 5, 200, 300}, []int{132}, []int{35, 32, 33, 34, 39, 39, 39, 39, 39, 1, 1, 40, 37}},
	} {
		for _, length := range []int{0, 4, 3, 2} {
			packet := c.packet
			if length > 0 {
				packet = withLengths(packet, length)
			}
			for _, size := range []int{0, 1, 2, 254, 255, 256, 1000, 30000, 65536} {
				if size >= 30000 && length == 2 {
					continue
				}
				var w SEIInserter
				w.Reset(c.codec)
				require.True(t, w.Empty())
				want := []Message{}
				add := func(types []int) {
					for _, typ := range types {
						payload := make([]byte, size)
						for i := range payload {
							payload[i] = byte(rnd.IntN(5)) // much to escape
						}
						want = append(want, Message{Kind: MessageSEI, Type: uint32(typ), Payload: payload})
					}
				}
				want = append(want, Message{Kind: MessageSEI, Type: 5, Payload: []byte{7}})
				add(c.before)
				add(c.after)
				for _, m := range want[1:] {
					w.Message(m.Type, m.Payload)
				}
				out, err := w.AppendPacket([]byte("begin"), packet, length)
				require.NoError(t, err)
				out, ok := bytes.CutPrefix(out, []byte("begin"))
				require.True(t, ok)
				require.Equal(t, want, listMessages(c.codec, out, length), "%v length %d size %d", c.codec, length, size)
				require.Equal(t, c.units, nalTypes(c.codec, out, length), "%v length %d size %d", c.codec, length, size)
				var u NALUnits
				for u.Reset(out, length); u.Next(); {
					require.False(t, bytes.Contains(u.NAL(), []byte{0, 0, 0}) || bytes.Contains(u.NAL(), []byte{0, 0, 1}), "a start code in a unit")
					if nal := u.NAL(); c.codec == CodecHEVC && nal[0]>>1 == byte(HEVCSuffixSEI) {
						require.EqualValues(t, 3, nal[1], "the temporal layer of the picture")
					}
				}
				if n := testing.AllocsPerRun(2, func() {
					w.Reset(c.codec)
					for _, m := range want[1:] {
						w.Message(m.Type, m.Payload)
					}
					out, _ = w.AppendPacket(out[:0], packet, length)
				}); n != 0 {
					t.Errorf("%v allocations", n)
				}
			}
		}
	}
	var w SEIInserter
	w.Reset(CodecHEVC)
	w.DolbyVision([]byte{0x19, 0, 0, 0, 0x80})
	out, err := w.AppendPacket(nil, hevc, 0)
	require.NoError(t, err)
	require.Equal(t, []int{35, 32, 33, 34, 39, 1, 1, 62, 37}, nalTypes(CodecHEVC, out, 0))
	require.Equal(t, Message{Kind: MessageUnit, Type: 62, Payload: []byte{0x19, 0, 0, 0, 0x80}}, listMessages(CodecHEVC, out, 0)[1])

	_, err = w.AppendPacket(nil, hevc[:8], 0)
	require.ErrorIs(t, err, ErrSyntax)
	w.Reset(CodecH264)
	w.Message(5, make([]byte, 300))
	same, err := w.AppendPacket([]byte{1}, []byte{2, 0x65, 1}, 1)
	require.ErrorIs(t, err, ErrSyntax, "longer than one byte of length can say")
	require.Equal(t, []byte{1}, same)
}

func TestInsertOBU(t *testing.T) {
	seq := []byte{0x0a, 3, 0, 0, 0}
	hidden, shown := []byte{0x32, 2, 0x20, 1}, []byte{0x32, 2, 0x30, 1}
	unit := func(parts ...[]byte) []byte { return append([]byte{0x12, 0}, bytes.Join(parts, nil)...) }
	var w SEIInserter
	w.Reset(CodecAV1)
	w.Metadata(4, []byte{0xb5, 1, 2}, 24)
	w.Metadata(5, []byte{4, 3, 0x44, 0x7a, 0x80}, 39)
	w.Metadata(9, nil, 0)
	obus := []byte{0x2a, 5, 4, 0xb5, 1, 2, 0x80, 0x2a, 6, 5, 4, 3, 0x44, 0x7a, 0x81, 0x2a, 2, 9, 0x80}
	for _, c := range []struct{ in, out []byte }{
		{unit(seq, shown), unit(seq, obus, shown)},
		{unit(seq, hidden, shown), unit(seq, hidden, obus, shown)},
		{unit(hidden, []byte{0x1a, 1, 0x90}), unit(hidden, obus, []byte{0x1a, 1, 0x90})}, // an existing frame
		{unit(hidden), unit(obus, hidden)},
		{unit([]byte{0x0a, 1, 0x18}, []byte{0x32, 1, 0}), unit([]byte{0x0a, 1, 0x18}, obus, []byte{0x32, 1, 0})}, // a still picture
	} {
		out, err := w.AppendPacket(nil, c.in, 0)
		require.NoError(t, err)
		require.Equal(t, c.out, out)
		require.Equal(t, []Message{
			{Kind: MessageMetadata, Type: 4, Payload: []byte{0xb5, 1, 2}}, {Kind: MessageMetadata, Type: 5, Payload: []byte{4, 3, 0x44, 0x7a, 0x80}},
			{Kind: MessageMetadata, Type: 9, Payload: []byte{}},
		}, listMessages(CodecAV1, out, 0))
	}
	_, err := w.AppendPacket(nil, unit(seq), 0)
	require.ErrorIs(t, err, ErrSyntax)
}

func TestReplace(t *testing.T) {
	packet := []byte{0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 6, 0, 2, 7, 7, 1, 1, 9, 5, 2, 0, 0, 3, 0x80, 0, 0, 1, 6, 1, 1, 5, 0x80, 0, 0, 1, 0x65, 1}
	for _, length := range []int{0, 4, 1} {
		p := packet
		if length > 0 {
			p = withLengths(packet, length)
		}
		for _, payload := range [][]byte{{}, {0, 0, 0}, bytes.Repeat([]byte{1}, 200)} {
			var w SEIInserter
			out, ok := w.AppendReplaced([]byte{1}, p, CodecH264, length, 1, payload)
			require.True(t, ok)
			require.Equal(t, []Message{{Type: 0, Payload: []byte{7, 7}}, {Type: 1, Payload: payload}, {Type: 5, Payload: []byte{0, 0}}, {Type: 1, Payload: []byte{5}}},
				listMessages(CodecH264, out[1:], length))
			require.Equal(t, []int{9, 6, 6, 5}, nalTypes(CodecH264, out[1:], length))
			out, ok = w.AppendReplaced([]byte{1}, p, CodecH264, length, 2, payload)
			require.False(t, ok)
			require.Equal(t, []byte{1}, out)
		}
	}
	var w SEIInserter
	_, ok := w.AppendReplaced(nil, withLengths(packet, 1), CodecH264, 1, 1, make([]byte, 300))
	require.False(t, ok, "too long for its length")
	hevc := []byte{0, 0, 1, 0x4e, 1, 1, 1, 9, 0x80, 0, 0, 1, 0x26, 1, 7}
	out, ok := w.AppendReplaced(nil, hevc, CodecHEVC, 0, 1, []byte{4})
	require.True(t, ok)
	require.Equal(t, []byte{0, 0, 1, 0x4e, 1, 1, 1, 4, 0x80, 0, 0, 1, 0x26, 1, 7}, out)
}

// FuzzSEIInsert: what is inserted comes out, and what was there stays, whatever the
// packet is.
func FuzzSEIInsert(f *testing.F) {
	f.Add(byte(CodecH264), []byte{0, 0, 1, 6, 5, 1, 2, 0x80, 0, 0, 1, 0x65, 1, 2, 0, 0}, byte(0), uint16(5), []byte{0, 0, 0, 1})
	f.Add(byte(CodecHEVC), []byte{0, 0, 0, 5, 0x4e, 1, 5, 0, 0x80, 0, 0, 0, 3, 0x26, 1, 9}, byte(4), uint16(300), []byte{1, 0, 0})
	f.Add(byte(CodecAV1), []byte{0x12, 0, 0x0a, 1, 0, 0x32, 2, 0x20, 1, 0x32, 2, 0x10, 1}, byte(0), uint16(4), []byte{0xb5, 0x80, 0})
	f.Fuzz(func(t *testing.T, codec byte, packet []byte, length byte, typ uint16, payload []byte) {
		c, n := []Codec{CodecH264, CodecHEVC, CodecAV1}[codec%3], int(length%5)
		before := listMessages(c, packet, n)
		var w SEIInserter
		w.Reset(c)
		if c == CodecAV1 {
			w.Metadata(uint32(typ), payload, 8*len(payload))
			n = 0
		} else {
			w.Message(uint32(typ), payload)
		}
		out, err := w.AppendPacket(nil, packet, n)
		if err != nil {
			require.Empty(t, out)
			return
		}
		require.LessOrEqual(t, len(out), len(packet)+len(payload)*3/2+len(payload)/255+typHeader)
		after := listMessages(c, out, n)
		if c == CodecAV1 && typ == AV1MetadataTimecode {
			return // its end cannot be told
		}
		require.Len(t, after, len(before)+1)
		found := false
		for i, m := range after {
			switch {
			case !found && m.Type == uint32(typ) && !m.Cut && bytes.Equal(m.Payload, payload) && (i == len(before) || !equalMessage(m, before[i])):
				found = true
			case found:
				require.Equal(t, before[i-1], m)
			default:
				require.Equal(t, before[i], m)
			}
		}
		require.True(t, found)
	})
}

// typHeader bounds what stands around a payload.
const typHeader = 300

func equalMessage(a, b Message) bool {
	return a.Kind == b.Kind && a.Type == b.Type && a.Cut == b.Cut && bytes.Equal(a.Payload, b.Payload)
}

// FuzzMessages: payloads are never longer than the packet, reading changes nothing.
func FuzzMessages(f *testing.F) {
	f.Add(byte(CodecH264), []byte{0, 0, 1, 6, 255, 255, 2, 3, 1, 2, 3, 0x80}, byte(0))
	f.Add(byte(CodecHEVC), []byte{0, 0, 0, 6, 0x50, 1, 132, 1, 9, 0x80}, byte(4))
	f.Add(byte(CodecAV1), []byte{0x2a, 6, 5, 4, 3, 0x44, 0x7a, 0x81}, byte(0))
	f.Add(byte(CodecMPEG2), []byte{0, 0, 1, 0xb2, 1, 0, 0, 1, 0xb8, 1, 2, 3, 4, 5}, byte(0))
	f.Fuzz(func(t *testing.T, codec byte, packet []byte, length byte) {
		copyOf := bytes.Clone(packet)
		total := 0
		for _, m := range listMessages(Codec(codec%byte(CodecJPEG+1)), packet, int(length%5)) {
			total += len(m.Payload)
		}
		require.LessOrEqual(t, total, len(packet))
		require.Equal(t, copyOf, packet)
	})
}
