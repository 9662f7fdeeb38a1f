package frame

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// UserDataRegistered is user data of an organisation that is registered by ITU-T T.35:
// captions, HDR10+, Dolby Vision for AV1.
//
// Source: ITU-T H.264, section D.1.6; AV1, section 5.8.2.
type UserDataRegistered struct {
	Country   byte   // itu_t_t35_country_code: 0xb5 United States, 0x26 China
	Extension byte   // itu_t_t35_country_code_extension_byte, if Country is 0xff
	Data      []byte // what follows, the provider's code first; a part of the message
}

// Well-known codes.
const (
	countryUSA      = 0xb5
	countryExtended = 0xff
	providerATSC    = 0x0031
	providerHDR10   = 0x003c // Samsung's
	providerDolby   = 0x003b
)

// UserDataRegistered reads a message of type SEIUserDataRegistered or SEIMetadataT35.
func (m SEI) UserDataRegistered() (v UserDataRegistered, err error) {
	if m.Type != SEIUserDataRegistered && m.Type != SEIMetadataT35 {
		return v, ErrSEIType
	}
	b := m.Payload
	if len(b) < 1 || b[0] == countryExtended && len(b) < 2 {
		return v, m.malformed(errShort)
	}
	v.Country, v.Data = b[0], b[1:]
	if v.Country == countryExtended {
		v.Extension, v.Data = b[1], b[2:]
	}
	return v, nil
}

// SEI implements SEIValue for H.264, HEVC and AV1.
func (v UserDataRegistered) SEI(c SEICodec) (SEI, error) {
	m := SEI{Type: SEIUserDataRegistered, Payload: []byte{v.Country}, Parsed: true, Syntax: SEISyntax{Codec: c}}
	switch c {
	case InH264, InHEVC:
	case InAV1:
		m.Type = SEIMetadataT35
	default:
		return SEI{}, noneIn("registered user data", c)
	}
	if v.Country == countryExtended {
		m.Payload = append(m.Payload, v.Extension)
	}
	m.Payload = append(m.Payload, v.Data...)
	return m, nil
}

// Provider is the code of the organisation, or -1 if the data is too short for one.
func (v UserDataRegistered) Provider() int {
	if len(v.Data) < 2 {
		return -1
	}
	return int(binary.BigEndian.Uint16(v.Data))
}

// T35Kind is what registered user data holds, as far as it is known here.
type T35Kind uint8

// Kinds of registered user data.
const (
	T35Other       T35Kind = iota
	T35Captions            // CEA-608 and CEA-708 captions, ATSC A/53 part 4: SEI.AppendCaptions
	T35AFD                 // active format description, ATSC A/53 part 4
	T35HDR10Plus           // dynamic HDR metadata, SMPTE ST 2094-40
	T35DolbyVision         // Dolby Vision metadata, of AV1
)

var t35Names = [...]string{"user data", "captions", "active format description", "HDR10+", "Dolby Vision"}

// String says the kind in words.
func (k T35Kind) String() string { return enumName(t35Names[:], uint8(k), "T35Kind") }

// Kind tells what the data holds.
func (v UserDataRegistered) Kind() T35Kind {
	if v.Country != countryUSA || len(v.Data) < 2 {
		return T35Other
	}
	d := v.Data[2:]
	switch v.Provider() {
	case providerATSC:
		return atscKind(d)
	case providerHDR10:
		// provider_oriented_code 1, application_identifier 4
		if len(d) >= 3 && d[0] == 0 && d[1] == 1 && d[2] == 4 {
			return T35HDR10Plus
		}
	case providerDolby:
		// provider_oriented_code 0x00000800
		if len(d) >= 4 && binary.BigEndian.Uint32(d) == 0x800 {
			return T35DolbyVision
		}
	}
	return T35Other
}

// atscKind tells what user data in the form of ATSC A/53 holds.
func atscKind(d []byte) T35Kind {
	switch {
	case len(d) >= 5 && string(d[:4]) == atscCaptions && d[4] == atscCCData:
		return T35Captions
	case len(d) >= 5 && string(d[:4]) == atscFormat:
		return T35AFD
	}
	return T35Other
}

// String is like "captions, 71 bytes", or names country and provider.
func (v UserDataRegistered) String() string {
	if k := v.Kind(); k != T35Other {
		return fmt.Sprintf("%v, %d bytes", k, len(v.Data))
	}
	if v.Country == countryExtended {
		return fmt.Sprintf("country %#02x %#02x, %d bytes", v.Country, v.Extension, len(v.Data))
	}
	return fmt.Sprintf("country %#02x, provider %#04x, %d bytes", v.Country, v.Provider(), len(v.Data))
}

// A UUID names who defined unregistered user data.
type UUID [16]byte

// String is the usual form: 8-4-4-4-12 hexadecimal digits.
func (u UUID) String() string {
	s := hex.EncodeToString(u[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// ParseUUID reads 32 hexadecimal digits, hyphens anywhere.
func ParseUUID(s string) (u UUID, err error) {
	digits := make([]byte, 0, 32)
	for i := range len(s) {
		if s[i] != '-' {
			digits = append(digits, s[i])
		}
	}
	if n, err := hex.Decode(u[:], digits[:min(len(digits), 32)]); err != nil || n != len(u) || len(digits) != 32 {
		return UUID{}, outOfRange("the UUID", fmt.Sprintf("%q", s), "32 hexadecimal digits")
	}
	return u, nil
}

// UserDataUnregistered is user data of anyone.
//
// Source: ITU-T H.264, section D.1.7.
type UserDataUnregistered struct {
	UUID UUID
	Data []byte // a part of the message
}

// UserDataUnregistered reads a message of type SEIUserDataUnregistered.
func (m SEI) UserDataUnregistered() (v UserDataUnregistered, err error) {
	if m.Type != SEIUserDataUnregistered {
		return v, ErrSEIType
	}
	if len(m.Payload) < len(v.UUID) {
		return v, m.malformed(errShort)
	}
	n := copy(v.UUID[:], m.Payload)
	v.Data = m.Payload[n:]
	return v, nil
}

// SEI implements SEIValue for H.264 and HEVC.
func (v UserDataUnregistered) SEI(c SEICodec) (SEI, error) {
	if c != InH264 && c != InHEVC {
		return SEI{}, noneIn("unregistered user data", c)
	}
	p := append(append(make([]byte, 0, len(v.UUID)+len(v.Data)), v.UUID[:]...), v.Data...)
	return SEI{Type: SEIUserDataUnregistered, Payload: p, Parsed: true, Syntax: SEISyntax{Codec: c}}, nil
}

// UUIDs under which encoders say how they were set.
var (
	uuidX264 = UUID{0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7, 0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef}
	uuidX265 = UUID{0x2c, 0xa2, 0xde, 0x09, 0xb5, 0x17, 0x47, 0xdb, 0xbb, 0x55, 0xa4, 0xfe, 0x7f, 0xc2, 0xfc, 0x4e}
)

// EncoderSettings reports whether it is what x264 or x265 say of themselves, which is
// not true of the same pictures coded anew.
func (v UserDataUnregistered) EncoderSettings() bool { return v.UUID == uuidX264 || v.UUID == uuidX265 }

// String is the UUID and the data: as text if it is one, shortened.
func (v UserDataUnregistered) String() string {
	const most = 60
	if t := text(v.Data); t != "" {
		if len(t) > most {
			cut := most
			for !utf8.RuneStart(t[cut]) {
				cut--
			}
			t = t[:cut] + "..."
		}
		return fmt.Sprintf("%v %q", v.UUID, t)
	}
	return fmt.Sprintf("%v, %d bytes", v.UUID, len(v.Data))
}

// text is b as a text, without a zero at its end, or "".
func text(b []byte) string {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	if !utf8.Valid(b) {
		return ""
	}
	for _, r := range string(b) {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return ""
		}
	}
	return string(b)
}

// RecoveryPoint says that decoding can begin here and when pictures are right.
//
// Source: ITU-T H.264, section D.1.8; ITU-T H.265, section D.2.8.
type RecoveryPoint struct {
	Count      int32 // H.264: frames in decoding order; HEVC: difference of the output order
	Exact      bool  // pictures from there on are exactly those of decoding from the start
	BrokenLink bool  // those before cannot be shown
	Group      uint8 // changing_slice_group_idc of H.264
}

// RecoveryPoint reads a message of type SEIRecoveryPoint, with the codec of SEI.Syntax.
func (m SEI) RecoveryPoint() (v RecoveryPoint, err error) {
	codec := bitstream.CodecH264
	switch {
	case m.Type != SEIRecoveryPoint:
		return v, ErrSEIType
	case m.Syntax.Codec == InHEVC:
		codec = bitstream.CodecHEVC
	case m.Syntax.Codec != InH264:
		return v, m.malformed(errNoSyntax)
	}
	var p bitstream.RecoveryPoint
	if err := p.Parse(m.Payload, codec); err != nil {
		return v, m.malformed(err)
	}
	return RecoveryPoint{Count: p.Count, Exact: p.ExactMatch, BrokenLink: p.BrokenLink, Group: p.SliceGroup}, nil
}

// SEI implements SEIValue for H.264 and HEVC.
func (v RecoveryPoint) SEI(c SEICodec) (SEI, error) {
	var w bitstream.BitWriter
	switch {
	case c == InH264 && (v.Count < 0 || v.Count > 65535 || v.Group > 3):
		return SEI{}, outOfRange("a recovery point", v.Count, "0 to 65535, and a Group to 3")
	case c == InHEVC && v.Count == -1<<31:
		return SEI{}, outOfRange("a recovery point", v.Count, "above -2147483648")
	case c == InH264:
		w.UE(uint32(v.Count))
	case c == InHEVC:
		w.SE(v.Count)
	default:
		return SEI{}, noneIn("a recovery point", c)
	}
	w.Flag(v.Exact)
	w.Flag(v.BrokenLink)
	if c == InH264 {
		w.Bits(2, uint64(v.Group))
	}
	w.AlignSEI()
	return SEI{Type: SEIRecoveryPoint, Payload: w.Data(), Parsed: true, Syntax: SEISyntax{Codec: c}}, nil
}

// String is like "right after 12 frames".
func (v RecoveryPoint) String() string {
	s := fmt.Sprintf("right after %d frames", v.Count)
	if v.Exact {
		s += ", exactly"
	}
	if v.BrokenLink {
		s += ", link broken"
	}
	return s
}

// DolbyVision is the metadata (RPU) of a Dolby Vision picture of HEVC, which is not
// read here.
type DolbyVision struct{ RPU []byte }

// DolbyVision reads a message of type SEIDolbyVision.
func (m SEI) DolbyVision() (v DolbyVision, err error) {
	switch {
	case m.Type != SEIDolbyVision:
		return v, ErrSEIType
	case len(m.Payload) == 0:
		return v, m.malformed(errShort)
	}
	return DolbyVision{m.Payload}, nil
}

// SEI implements SEIValue for HEVC.
func (v DolbyVision) SEI(c SEICodec) (SEI, error) {
	if c != InHEVC {
		return SEI{}, noneIn("Dolby Vision metadata by itself", c)
	}
	return SEI{Type: SEIDolbyVision, Payload: append([]byte(nil), v.RPU...), Parsed: true, Syntax: SEISyntax{Codec: c}}, nil
}

// String says the size.
func (v DolbyVision) String() string { return fmt.Sprintf("%d bytes", len(v.RPU)) }
