package frame

import "fmt"

// CaptionType says whose a pair of caption bytes is.
// Source: CTA-708, table 3.
type CaptionType uint8

// Types of caption pairs.
const (
	Caption608Field1 CaptionType = iota // CEA-608, first field: channels 1, 2
	Caption608Field2                    // CEA-608, second field: channels 3, 4
	Caption708Data                      // CEA-708, more of a packet
	Caption708Start                     // CEA-708, a packet begins
)

var captionNames = [...]string{"608 field 1", "608 field 2", "708 data", "708 start"}

// String names standard and field.
func (t CaptionType) String() string { return enumName(captionNames[:], uint8(t), "CaptionType") }

// A CaptionPair is two bytes of captions.
type CaptionPair struct {
	Type  CaptionType
	Valid bool
	Data  [2]byte // of CEA-608 with parity bits
}

// String is like "608 field 1 94 2c".
func (p CaptionPair) String() string {
	s := fmt.Sprintf("%v %02x %02x", p.Type, p.Data[0], p.Data[1])
	if !p.Valid {
		s += " (not valid)"
	}
	return s
}

// Identifiers of user data. Source: ATSC A/53 part 4, sections 6.2.2 to 6.2.4.
const (
	atscCaptions = "GA94"
	atscFormat   = "DTG1"
	atscCCData   = 3
)

// CaptionBytes are the pairs of a message as they stand in it, three bytes each
// (cc_data of CTA-708), a part of the payload. A message of registered user data or of
// MPEG-2 user data that holds no captions gives ErrSEIType.
func (m SEI) CaptionBytes() ([]byte, error) {
	var d []byte
	switch m.Type {
	case SEIUserDataRegistered, SEIMetadataT35:
		v, err := m.UserDataRegistered()
		if err != nil {
			return nil, err
		}
		if v.Kind() != T35Captions {
			return nil, ErrSEIType
		}
		d = v.Data[2:]
	case SEIMPEG2UserData:
		if d = m.Payload; atscKind(d) != T35Captions {
			return nil, ErrSEIType
		}
	default:
		return nil, ErrSEIType
	}
	d = d[5:]
	// process_em_data_flag, process_cc_data_flag, additional_data_flag, cc_count 5; em_data 8
	if len(d) < 2 {
		return nil, m.malformed(errShort)
	}
	n := 3 * int(d[0]&31)
	if d[0]&0x40 == 0 {
		return nil, nil // not to be processed
	}
	if len(d)-2 < n {
		return nil, m.malformed(errShort)
	}
	return d[2 : 2+n : 2+n], nil
}

// AppendCaptions appends the pairs of a message to dst, which then is an allocation
// less than a new slice. Errors are those of CaptionBytes.
func (m SEI) AppendCaptions(dst []CaptionPair) ([]CaptionPair, error) {
	b, err := m.CaptionBytes()
	for ; len(b) >= 3; b = b[3:] {
		dst = append(dst, CaptionPair{CaptionType(b[0] & 3), b[0]&4 != 0, [2]byte{b[1], b[2]}})
	}
	return dst, err
}

// Captions are pairs of caption bytes, at most 31, as a value to encode.
type Captions []CaptionPair

const maxCaptions = 31

// SEI implements SEIValue for H.264, HEVC, AV1 and MPEG-2.
func (v Captions) SEI(c SEICodec) (SEI, error) {
	if len(v) > maxCaptions {
		return SEI{}, outOfRange("the number of caption pairs", len(v), "0 to 31")
	}
	d := append([]byte(atscCaptions), atscCCData, 0x40|byte(len(v)), 0xff)
	for _, p := range v {
		if p.Type > Caption708Start {
			return SEI{}, outOfRange("a caption's type", p.Type, "0 to 3")
		}
		b := 0xf8 | byte(p.Type)
		if p.Valid {
			b |= 4
		}
		d = append(d, b, p.Data[0], p.Data[1])
	}
	d = append(d, 0xff) // marker_bits
	if c == InMPEG2 {
		return SEI{Type: SEIMPEG2UserData, Payload: d, Syntax: SEISyntax{Codec: c}}, nil
	}
	return UserDataRegistered{Country: countryUSA, Data: append([]byte{providerATSC >> 8, providerATSC & 0xff}, d...)}.SEI(c)
}

// String counts the pairs.
func (v Captions) String() string { return fmt.Sprintf("%d caption pairs", len(v)) }
