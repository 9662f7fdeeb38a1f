package bitstream

// A MessageKind says what a Message is.
type MessageKind uint8

// Kinds of messages.
const (
	MessageSEI      MessageKind = iota // of H.264 and HEVC; Type is payloadType
	MessageMetadata                    // metadata OBU of AV1; Type is metadata_type
	MessageMPEG                        // of MPEG-1 and MPEG-2; Type is the start code: user data, group of pictures
	MessageUnit                        // Type is nal_unit_type: Dolby Vision's of HEVC
)

// Start codes of MPEG-1 and MPEG-2 that are messages.
const (
	MPEGUserData = 0xb2
	MPEGGroup    = mpegGroup
)

// A Message is what a packet says beside its pictures.
type Message struct {
	Kind MessageKind
	Type uint32
	// Payload is without emulation prevention bytes and, of AV1, without the trailing
	// bits where those are a byte of their own. It is valid until Next.
	Payload []byte
	// Cut: the message goes beyond its NAL unit.
	Cut bool
}

// Messages walks over all messages of packets, in the order of the stream:
//
//	for m.Reset(CodecHEVC, packet, 4); m.Next(); {
//		use(m.Message())
//	}
//
// Units of other layers than the base layer are left out. Its buffer is used again.
type Messages struct {
	codec Codec
	nals  NALUnits
	obus  OBUs
	codes startCodes
	sei   SEIMessages
	inSEI bool
	rbsp  []byte
	cur   Message
}

// Reset starts over with packet. lengthSize is as for NALUnits.
func (m *Messages) Reset(codec Codec, packet []byte, lengthSize int) {
	*m = Messages{codec: codec, rbsp: m.rbsp[:0]}
	switch codec {
	case CodecH264, CodecHEVC:
		m.nals.Reset(packet, lengthSize)
	case CodecAV1:
		m.obus.Reset(packet)
	case CodecMPEG1, CodecMPEG2:
		m.codes.reset(packet)
	}
}

// Message returns the current message, valid until Next.
func (m *Messages) Message() *Message { return &m.cur }

// Next moves to the next message and reports whether there is one.
func (m *Messages) Next() bool {
	switch m.codec {
	case CodecH264, CodecHEVC:
		return m.nextNAL()
	case CodecAV1:
		return m.nextOBU()
	case CodecMPEG1, CodecMPEG2:
		return m.nextCode()
	}
	return false
}

func (m *Messages) nextNAL() bool {
	for {
		if m.inSEI {
			if m.sei.Next() {
				m.cur = Message{Kind: MessageSEI, Type: m.sei.Type(), Payload: m.sei.Payload()}
				return true
			}
			m.inSEI = false
			if rest, ok := m.sei.Rest(); ok {
				m.cur = Message{Kind: MessageSEI, Type: m.sei.Type(), Payload: rest, Cut: true}
				return true
			}
		}
		if !m.nals.Next() {
			return false
		}
		nal := m.nals.NAL()
		if m.codec == CodecH264 {
			if H264NALType(nal[0]&31) == H264SEI {
				m.beginSEI(nal[1:])
			}
			continue
		}
		h, ok := ParseHEVCNALHeader(nal)
		switch {
		case !ok || h.LayerID != 0:
		case h.Type == HEVCPrefixSEI || h.Type == HEVCSuffixSEI:
			m.beginSEI(nal[2:])
		case h.Type == HEVCUnspec62:
			m.rbsp = AppendRBSP(m.rbsp[:0], nal[2:])
			m.cur = Message{Kind: MessageUnit, Type: uint32(h.Type), Payload: m.rbsp}
			return true
		}
	}
}

func (m *Messages) beginSEI(payload []byte) {
	m.rbsp = AppendRBSP(m.rbsp[:0], payload)
	m.sei.Reset(m.rbsp)
	m.inSEI = true
}

func (m *Messages) nextOBU() bool {
	for m.obus.Next() {
		o := m.obus.OBU()
		if o.Type != OBUMetadata {
			continue
		}
		typ, n, err := ReadLEB128(o.Payload)
		if err != nil {
			continue
		}
		payload := metadataPayload(o.Payload[n:])
		if last := len(payload) - 1; typ == AV1MetadataTimecode && last >= 0 && len(payload) == len(trimZeros(o.Payload[n:])) {
			// Its last byte has the trailing bits in it.
			m.rbsp = append(m.rbsp[:0], payload...)
			m.rbsp[last] &= m.rbsp[last] - 1
			payload = m.rbsp
		}
		m.cur = Message{Kind: MessageMetadata, Type: typ, Payload: payload}
		return true
	}
	return false
}

// AV1MetadataTimecode is the only metadata_type in use whose payload need not be whole
// bytes.
const AV1MetadataTimecode = 5

// metadataPayload takes the trailing bits from the payload of a metadata OBU where they
// are a byte of their own. In another place they are left, since only the syntax of the
// type tells them from the payload.
// Specification: AV1, section 5.3.4.
func metadataPayload(b []byte) []byte {
	b = trimZeros(b)
	if n := len(b); n > 0 && b[n-1] == obuTrailing {
		return b[: n-1 : n-1]
	}
	return b
}

func trimZeros(b []byte) []byte {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return b[:n:n]
}

func (m *Messages) nextCode() bool {
	for m.codes.next() {
		if c := m.codes.code; c == MPEGUserData || c == MPEGGroup {
			body := m.codes.body
			if c == MPEGGroup {
				body = body[:min(len(body), mpegGroupSize):min(len(body), mpegGroupSize)]
			}
			m.cur = Message{Kind: MessageMPEG, Type: uint32(c), Payload: body}
			return true
		}
	}
	return false
}

// mpegGroupSize is the size of a group of pictures header in bytes: what follows are
// zeros before the next start code.
const mpegGroupSize = 4
