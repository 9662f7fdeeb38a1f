package frame

// In is the message in the form of codec c, to be coded with pictures of it. Messages of
// c itself, and those whose Syntax says no codec, are taken as they are; those of
// another codec are written anew where c has the same message. Else the error is
// ErrSEIType: so it is for messages about the coded stream and not about its pictures
// (buffering period, recovery point), and for time codes in H.264, where they are part
// of the picture timing.
//
// The payload may be shared with m.
func (m SEI) In(c SEICodec) (SEI, error) {
	if m.belongs(c) {
		m.Syntax.Codec = c
		return m, nil
	}
	if m.Type < SEIMetadataOBU && (c == InH264 || c == InHEVC) && sharedTypes[m.Type] {
		m.Syntax.Codec = c
		return m, nil
	}
	switch m.Type {
	case SEIUserDataRegistered, SEIMetadataT35:
		return m.retype(c, SEIUserDataRegistered, SEIMetadataT35)
	case SEIContentLight, SEIMetadataContentLight:
		return m.retype(c, SEIContentLight, SEIMetadataContentLight)
	case SEIMasteringDisplay, SEIMetadataMastering:
		v, err := m.MasteringDisplay()
		if err != nil {
			return SEI{}, err
		}
		return v.SEI(c)
	case SEITimeCode, SEIMetadataTimeCode, SEIPicTiming, SEIMPEG2TimeCode:
		v, err := m.TimeCode()
		if err != nil {
			return SEI{}, err
		}
		return v.SEI(c)
	case SEIMPEG2UserData:
		if k := atscKind(m.Payload); k == T35Captions || k == T35AFD {
			p := append([]byte{countryUSA, providerATSC >> 8, providerATSC & 0xff}, m.Payload...)
			return SEI{Type: SEIUserDataRegistered, Payload: p}.retype(c, SEIUserDataRegistered, SEIMetadataT35)
		}
	}
	return SEI{}, noneIn(m.Type.String(), c)
}

// sharedTypes are those whose payload is the same in H.264 and HEVC and which speak of
// pictures, not of the coded stream.
var sharedTypes = map[SEIType]bool{
	SEIPanScan: true, SEIUserDataRegistered: true, SEIUserDataUnregistered: true, SEIFilmGrain: true, SEIPostFilterHint: true,
	SEIToneMapping: true, SEIFramePacking: true, SEIDisplayOrientation: true, SEIMasteringDisplay: true, SEIContentLight: true,
	SEIAlternativeTransfer: true, SEIAmbientViewing: true,
}

// belongs reports whether m is a message of c as it is.
func (m SEI) belongs(c SEICodec) bool {
	switch {
	case m.Syntax.Codec != InUnknown && m.Syntax.Codec != c:
		return false
	case m.Type >= SEINALUnit:
		return c == InHEVC
	case m.Type >= SEIMPEG2:
		return c == InMPEG2
	case m.Type >= SEIMetadataOBU:
		return c == InAV1
	}
	return c == InH264 || c == InHEVC
}

// retype is m under the number that c has for it.
func (m SEI) retype(c SEICodec, sei, obu SEIType) (SEI, error) {
	switch c {
	case InH264, InHEVC:
		m.Type = sei
	case InAV1:
		m.Type = obu
	default:
		return SEI{}, noneIn(m.Type.String(), c)
	}
	m.Syntax = SEISyntax{Codec: c}
	return m, nil
}
