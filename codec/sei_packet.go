package codec

import (
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// seiList holds the SEI messages of one packet. They are read from the packet and
// not taken from the driver, which gives some of them in structs of its own and
// older ones not at all. Its buffers are used again.
type seiList struct {
	data     []byte // payloads without emulation prevention bytes
	messages []seiMessage
	rbsp     []byte // scratch
}

type seiMessage struct {
	typ        frame.SEIType
	start, end int
}

func (l *seiList) reset() { l.data, l.messages = l.data[:0], l.messages[:0] }

// collect reads the messages of a packet whose NAL units have lengths of the given
// size; 0 is start codes.
func (l *seiList) collect(c bitstream.Codec, packet []byte, lengthSize int) {
	switch c {
	case bitstream.CodecH264, bitstream.CodecHEVC:
		l.collectNAL(c, packet, lengthSize)
	case bitstream.CodecAV1:
		l.collectOBU(packet)
	}
}

func (l *seiList) collectNAL(c bitstream.Codec, packet []byte, lengthSize int) {
	var u bitstream.NALUnits
	u.Reset(packet, lengthSize)
	for u.Next() {
		nal := u.NAL()
		header := 1
		if c == bitstream.CodecHEVC {
			if header = 2; len(nal) < 2 {
				continue
			}
			// Prefix and suffix messages of the base layer.
			if t := nal[0] >> 1 & 63; t != 39 && t != 40 || nal[0]&1 != 0 || nal[1]&0xF8 != 0 {
				continue
			}
		} else if nal[0]&31 != 6 {
			continue
		}
		l.rbsp = bitstream.AppendRBSP(l.rbsp[:0], nal[header:])
		var m bitstream.SEIMessages
		m.Reset(l.rbsp)
		for m.Next() {
			l.append(frame.SEIType(m.Type()), m.Payload())
		}
	}
}

func (l *seiList) append(t frame.SEIType, payload []byte) {
	start := len(l.data)
	l.data = append(l.data, payload...)
	l.messages = append(l.messages, seiMessage{t, start, len(l.data)})
}

func (l *seiList) collectOBU(packet []byte) {
	var u bitstream.OBUs
	u.Reset(packet)
	for u.Next() {
		o := u.OBU()
		if o.Type != bitstream.OBUMetadata {
			continue
		}
		typ, n, err := bitstream.ReadLEB128(o.Payload)
		if err != nil {
			continue
		}
		l.append(frame.SEIMetadataOBU+frame.SEIType(typ), o.Payload[n:])
	}
}

// has tells whether a message of type t is there.
func (l *seiList) has(t frame.SEIType) bool {
	for _, m := range l.messages {
		if m.typ == t {
			return true
		}
	}
	return false
}

// addTo copies the messages to a frame.
func (l *seiList) addTo(f *frame.Frame) {
	for _, m := range l.messages {
		f.AddSEI(m.typ, l.data[m.start:m.end], false)
	}
}
