package bitstream

// Payload types of supplemental enhancement information that this package knows.
// Specification: ITU-T H.264, section D.1.1; ITU-T H.265, section D.2.1.
const (
	SEIRecoveryPoint      = 6
	SEIDecodedPictureHash = 132
)

// SEIMessages walks over the messages of an SEI RBSP, which is the payload of an SEI
// NAL unit after its header without emulation prevention bytes (AppendRBSP).
// Specification: ITU-T H.264, section 7.3.2.3.1; ITU-T H.265, section 7.3.5.
type SEIMessages struct {
	data    []byte
	payload []byte
	typ     uint32
	cut     bool
	err     error
}

// Reset starts over with rbsp.
func (m *SEIMessages) Reset(rbsp []byte) { *m = SEIMessages{data: rbsp} }

// Next moves to the next message and reports whether there is one.
func (m *SEIMessages) Next() bool {
	m.payload = nil
	// A lone 0x80 is rbsp_trailing_bits(): no message has fewer than two bytes.
	if m.err != nil || len(m.data) < 2 {
		return false
	}
	typ, ok1 := m.ff()
	size, ok2 := m.ff()
	m.typ = typ
	if !ok1 || !ok2 || uint64(size) > uint64(len(m.data)) {
		m.err = ErrTruncated
		m.cut = ok1 && ok2
		return false
	}
	m.payload, m.data = m.data[:size:size], m.data[size:]
	return true
}

// ff reads a number as bytes of 255 and a last one below.
func (m *SEIMessages) ff() (uint32, bool) {
	var v uint32
	for i, b := range m.data {
		v += uint32(b) // at most 255 * 2^24 bytes fit before it wraps: harmless
		if b != 255 {
			m.data = m.data[i+1:]
			return v, true
		}
	}
	m.data = nil
	return 0, false
}

// Type returns the payloadType of the message.
func (m *SEIMessages) Type() uint32 { return m.typ }

// Payload returns the message's bytes, a part of the RBSP.
func (m *SEIMessages) Payload() []byte { return m.payload }

// Rest returns what there is of a message that goes beyond the data, after Next
// returned false; Type is its type.
func (m *SEIMessages) Rest() (payload []byte, ok bool) { return m.data, m.cut }

// Err returns ErrTruncated when a message went beyond the data.
func (m *SEIMessages) Err() error { return m.err }

// RecoveryPoint is the recovery point message of H.264 and HEVC.
// Specification: ITU-T H.264, section D.1.8; ITU-T H.265, section D.2.8.
type RecoveryPoint struct {
	// Count is recovery_frame_cnt (frames in decoding order, H.264) or
	// recovery_poc_cnt (pictures in output order, HEVC).
	Count      int32
	ExactMatch bool
	BrokenLink bool
	SliceGroup uint8 // changing_slice_group_idc of H.264
}

// Parse reads a payload of type SEIRecoveryPoint in the form of codec, H.264 or HEVC.
func (p *RecoveryPoint) Parse(payload []byte, codec Codec) error {
	var r BitReader
	r.Reset(payload)
	*p = RecoveryPoint{}
	if codec == CodecHEVC {
		p.Count = r.SE()
	} else {
		p.Count = int32(r.ueMax(65535, invalid("recovery_frame_cnt")))
	}
	p.ExactMatch = r.Flag()
	p.BrokenLink = r.Flag()
	if codec != CodecHEVC && r.Left() >= 2 { // streams exist that leave it out
		p.SliceGroup = uint8(r.Bits(2))
	}
	return r.Err()
}

// PicTimingSyntax is what the picture timing message depends on beside its bytes: what
// the sequence parameter set in force says.
// Specification: ITU-T H.264, section D.1.3; ITU-T H.265, section D.2.3.
type PicTimingSyntax struct {
	// Known: there is a sequence parameter set in force.
	Known bool
	// PicStruct is pic_struct_present_flag, of HEVC frame_field_info_present_flag.
	PicStruct bool
	// Delays is CpbDpbDelaysPresentFlag; SubPic that delays of HEVC have more parts.
	Delays, SubPic bool
	// The lengths of fields, in bits.
	CPBRemovalDelay, DPBOutputDelay, TimeOffset uint8
}

func (v *VUI) picTiming() PicTimingSyntax {
	return PicTimingSyntax{
		Known: true, PicStruct: v.PicStruct, Delays: v.NalHRD || v.VclHRD, SubPic: v.SubPicHRD,
		CPBRemovalDelay: v.CPBRemovalDelayLength, DPBOutputDelay: v.DPBOutputDelayLength, TimeOffset: v.TimeOffsetLength,
	}
}

// PicTiming returns what picture timing messages of the last packet depend on.
func (t *Tracker) PicTiming() PicTimingSyntax { return t.timing }
