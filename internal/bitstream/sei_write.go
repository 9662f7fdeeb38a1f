package bitstream

// AppendSEIMessage appends the type, size and payload of a message as they stand in an
// SEI RBSP.
// Specification: ITU-T H.264, section 7.3.2.3.1; ITU-T H.265, section 7.3.5.
func AppendSEIMessage(dst []byte, typ uint32, payload []byte) []byte {
	dst = appendFF(dst, typ)
	dst = appendFF(dst, uint32(len(payload)))
	return append(dst, payload...)
}

func appendFF(dst []byte, v uint32) []byte {
	for ; v >= 255; v -= 255 {
		dst = append(dst, 255)
	}
	return append(dst, byte(v))
}

// HEVCUnspec62 is the NAL unit type that Dolby Vision keeps its metadata in.
const HEVCUnspec62 HEVCNALType = 62

// Headers of the NAL units that an SEIInserter writes.
var (
	h264SEIHeader  = [...]byte{byte(H264SEI)}
	hevcPrefix     = [...]byte{byte(HEVCPrefixSEI) << 1, 1}
	hevcSuffix     = [...]byte{byte(HEVCSuffixSEI) << 1, 1}
	hevcUnspec     = [...]byte{byte(HEVCUnspec62) << 1, 1}
	nalStartCode   = [...]byte{0, 0, 0, 1}
	rbspTrailing   = [...]byte{0x80}
	obuTrailing    = byte(0x80)
	obuMetadataHdr = byte(OBUMetadata)<<3 | 2 // with a size
)

// An SEIInserter writes messages into coded pictures of H.264, HEVC and AV1. It is used
// again and again, and then does not allocate:
//
//	w.Reset(CodecHEVC)
//	w.Message(SEIUserDataUnregistered, payload)
//	packet, err = w.AppendPacket(dst, packet, lengthSize)
//
// Not for use by several goroutines at once.
type SEIInserter struct {
	codec  Codec
	before []byte // NAL units without start codes, or whole OBUs
	after  []byte
	units  []seiUnit
	rbsp   []byte
}

// A seiUnit is a NAL unit in before or after.
type seiUnit struct {
	after      bool
	start, end int
}

// Reset forgets all messages. codec is that of the packets to come.
func (w *SEIInserter) Reset(codec Codec) {
	w.codec = codec
	w.before, w.after, w.units = w.before[:0], w.after[:0], w.units[:0]
}

// Empty reports whether there is nothing to insert.
func (w *SEIInserter) Empty() bool { return len(w.before) == 0 && len(w.after) == 0 }

// Message adds a message of H.264 or HEVC. Each gets a NAL unit of its own: before the
// picture, or behind it for the types that HEVC allows nowhere else.
func (w *SEIInserter) Message(typ uint32, payload []byte) {
	w.rbsp = append(AppendSEIMessage(w.rbsp[:0], typ, payload), rbspTrailing[:]...)
	switch {
	case w.codec == CodecH264:
		w.add(false, h264SEIHeader[:])
	case typ == SEIDecodedPictureHash:
		w.add(true, hevcSuffix[:])
	default:
		w.add(false, hevcPrefix[:])
	}
}

// DolbyVision adds the metadata of Dolby Vision for an HEVC picture, an RBSP, which
// stands behind the picture in a NAL unit of type 62.
func (w *SEIInserter) DolbyVision(rpu []byte) {
	w.rbsp = append(w.rbsp[:0], rpu...)
	w.add(true, hevcUnspec[:])
}

func (w *SEIInserter) add(after bool, header []byte) {
	buf := &w.before
	if after {
		buf = &w.after
	}
	start := len(*buf)
	*buf = append(*buf, header...)
	*buf = AppendEBSP(*buf, w.rbsp)
	w.units = append(w.units, seiUnit{after, start, len(*buf)})
}

// Metadata adds a metadata OBU of AV1. bits is the length of the payload, of which the
// last byte may be used in part.
// Specification: AV1, section 5.8.1.
func (w *SEIInserter) Metadata(typ uint32, payload []byte, bits int) {
	w.rbsp = AppendLEB128(w.rbsp[:0], typ)
	w.rbsp = append(w.rbsp, payload...)
	if n := bits & 7; n != 0 && (bits+7)/8 == len(payload) {
		last := &w.rbsp[len(w.rbsp)-1]
		*last = *last&^(0xff>>n) | 0x80>>n
	} else {
		w.rbsp = append(w.rbsp, obuTrailing)
	}
	w.before = append(w.before, obuMetadataHdr)
	w.before = AppendLEB128(w.before, uint32(len(w.rbsp)))
	w.before = append(w.before, w.rbsp...)
}

// errNoPicture: nothing that messages could belong to.
const errNoPicture = invalid("no picture in the packet")

// AppendPacket appends packet with the messages in it to dst. lengthSize is as for
// NALUnits; AV1 packets are in the low overhead format. The messages stand directly
// before the picture: of AV1 before the frame that is shown. A packet without a
// picture is an error that matches ErrSyntax, a unit too long for lengthSize one too,
// and so is a packet cut short where there is something to stand behind the picture.
// Then dst comes back as it was.
func (w *SEIInserter) AppendPacket(dst, packet []byte, lengthSize int) ([]byte, error) {
	var first, last int
	var err error
	var layer byte
	if w.codec == CodecAV1 {
		first, err = shownFrame(packet)
		last = len(packet)
	} else {
		first, last, layer, err = w.picture(packet, lengthSize)
	}
	if err != nil {
		return dst, err
	}
	if lengthSize > 0 && w.codec != CodecAV1 {
		for _, u := range w.units {
			if uint64(u.end-u.start) >= 1<<(8*lengthSize) {
				return dst, invalid("NAL unit is too long for its length")
			}
		}
	}
	dst = append(dst, packet[:first]...)
	if w.codec == CodecAV1 {
		dst = append(dst, w.before...)
		return append(dst, packet[first:]...), nil
	}
	dst = w.appendUnits(dst, false, lengthSize, layer)
	dst = append(dst, packet[first:last]...)
	dst = w.appendUnits(dst, true, lengthSize, layer)
	return append(dst, packet[last:]...), nil
}

// appendUnits appends the units of one side. layer is nuh_temporal_id_plus1 of the
// picture, which that of an HEVC message must not be below.
func (w *SEIInserter) appendUnits(dst []byte, after bool, lengthSize int, layer byte) []byte {
	buf := w.before
	if after {
		buf = w.after
	}
	for _, u := range w.units {
		if u.after != after {
			continue
		}
		if lengthSize == 0 {
			dst = append(dst, nalStartCode[:]...)
		}
		for i := lengthSize - 1; i >= 0; i-- {
			dst = append(dst, byte((u.end-u.start)>>(8*i)))
		}
		start := len(dst)
		dst = append(dst, buf[u.start:u.end]...)
		if w.codec == CodecHEVC {
			dst[start+1] = layer
		}
	}
	return dst
}

// picture returns where the first coded slice begins, start code or length included,
// where what belongs to the picture ends, and nuh_temporal_id_plus1 of HEVC.
func (w *SEIInserter) picture(packet []byte, lengthSize int) (first, last int, layer byte, err error) {
	var u NALUnits
	first, last = -1, len(packet)
	for u.Reset(packet, lengthSize); u.Next(); {
		nal, begin := u.NAL(), u.Offset()-lengthSize
		if lengthSize == 0 {
			if begin -= len(startCode); begin > 0 && packet[begin-1] == 0 {
				begin--
			}
		}
		vcl, end := false, false
		if w.codec == CodecH264 {
			t := H264NALType(nal[0] & 31)
			// A prefix unit belongs to the slice behind it.
			vcl, end = t.HasSliceHeader() || t == H264Prefix, t == H264EndOfSequence || t == H264EndOfStream
		} else if h, ok := ParseHEVCNALHeader(nal); ok {
			vcl, end = h.Type.IsVCL(), h.Type == HEVCEndOfSequence || h.Type == HEVCEndOfStream
		}
		switch {
		case vcl && first < 0:
			first = begin
			if w.codec == CodecHEVC {
				layer = nal[1] & 7
			}
		case end && first >= 0:
			return first, begin, layer, nil
		}
	}
	if first < 0 {
		return 0, 0, 0, errNoPicture
	}
	if u.Err() != nil && len(w.after) > 0 {
		return 0, 0, 0, u.Err() // the last unit would swallow what comes behind it
	}
	// Zeros behind the last unit may be the first of the next start code.
	if lengthSize == 0 {
		for last > first && packet[last-1] == 0 {
			last--
		}
	}
	return first, last, layer, nil
}

// shownFrame returns where the first frame that is shown begins in a temporal unit.
// What stands before a frame belongs to it, also one that is not shown.
// Specification: AV1, section 5.9.2.
func shownFrame(packet []byte) (int, error) {
	var u OBUs
	at, first, reduced := 0, -1, false
	for u.Reset(packet); u.Next(); {
		o := u.OBU()
		switch o.Type {
		case OBUSequenceHeader:
			// seq_profile 3 bits, still_picture, reduced_still_picture_header
			reduced = len(o.Payload) > 0 && o.Payload[0]&0x08 != 0
		case OBUFrame, OBUFrameHeader:
			if first < 0 {
				first = at
			}
			// show_existing_frame, frame_type 2 bits, show_frame
			if reduced || len(o.Payload) > 0 && (o.Payload[0]&0x80 != 0 || o.Payload[0]&0x10 != 0) {
				return at, nil
			}
		}
		at += len(o.Raw)
	}
	if first < 0 {
		return 0, errNoPicture
	}
	return first, nil
}
