package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var errShort = errors.New("too short")

// Chromaticity is a colour, CIE 1931 x and y, 0 to 1.
type Chromaticity struct{ X, Y float64 }

// MasteringDisplay is the display on which HDR video was graded. Its numbers are in the
// units of people; the messages hold chromaticities in 1/50000 and luminances in
// 1/10000 cd/m2 (H.264, HEVC), or in 1/65536, 1/256 and 1/16384 cd/m2 (AV1), to which
// they are rounded.
//
// Source: SMPTE ST 2086; ITU-T H.265, section D.2.28; AV1, section 5.8.4.
type MasteringDisplay struct {
	Red, Green, Blue, White Chromaticity
	Max, Min                float64 // luminance, cd/m2
}

const masteringSize = 24

// Units of the messages.
const (
	seiChroma, obuChroma = 50000, 65536
	seiLuminance         = 10000
	obuMax, obuMin       = 256, 16384
)

// MasteringDisplay reads a message of type SEIMasteringDisplay or SEIMetadataMastering.
func (m SEI) MasteringDisplay() (v MasteringDisplay, err error) {
	if m.Type != SEIMasteringDisplay && m.Type != SEIMetadataMastering {
		return v, ErrSEIType
	}
	b := m.Payload
	if len(b) < masteringSize {
		return v, m.malformed(errShort)
	}
	unit := float64(seiChroma)
	if m.Type == SEIMetadataMastering {
		unit = obuChroma
	}
	at := func(i int) Chromaticity {
		return Chromaticity{float64(binary.BigEndian.Uint16(b[4*i:])) / unit, float64(binary.BigEndian.Uint16(b[4*i+2:])) / unit}
	}
	high, low := float64(binary.BigEndian.Uint32(b[16:])), float64(binary.BigEndian.Uint32(b[20:]))
	if m.Type == SEIMetadataMastering {
		return MasteringDisplay{at(0), at(1), at(2), at(3), high / obuMax, low / obuMin}, nil
	}
	// The order of the message is green, blue, red.
	return MasteringDisplay{at(2), at(0), at(1), at(3), high / seiLuminance, low / seiLuminance}, nil
}

// SEI implements SEIValue for H.264, HEVC and AV1.
func (v MasteringDisplay) SEI(c SEICodec) (SEI, error) {
	m := SEI{Type: SEIMasteringDisplay, Parsed: true, Syntax: SEISyntax{Codec: c}}
	colors, unit, high, low := [4]Chromaticity{v.Green, v.Blue, v.Red, v.White}, float64(seiChroma), v.Max*seiLuminance, v.Min*seiLuminance
	switch c {
	case InH264, InHEVC:
	case InAV1:
		m.Type = SEIMetadataMastering
		colors, unit, high, low = [4]Chromaticity{v.Red, v.Green, v.Blue, v.White}, obuChroma, v.Max*obuMax, v.Min*obuMin
	default:
		return SEI{}, noneIn("a mastering display", c)
	}
	b := make([]byte, 0, masteringSize)
	for _, p := range colors {
		for _, f := range [2]float64{p.X, p.Y} {
			n := math.Round(f * unit)
			if !(n >= 0 && n <= math.MaxUint16) {
				return SEI{}, outOfRange("a chromaticity", f, "0 to 1")
			}
			b = binary.BigEndian.AppendUint16(b, uint16(n))
		}
	}
	for _, f := range [2]float64{high, low} {
		n := math.Round(f)
		if !(n >= 0 && n <= math.MaxUint32) {
			return SEI{}, outOfRange("a luminance", v, "0 and up, in cd/m2")
		}
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	m.Payload = b
	return m, nil
}

// String is like "R(0.708,0.292) G(0.17,0.797) B(0.131,0.046) W(0.3127,0.329) 0.005 to 1000 cd/m2".
func (v MasteringDisplay) String() string {
	point := func(name string, c Chromaticity) string { return fmt.Sprintf("%s(%.5g,%.5g)", name, c.X, c.Y) }
	return fmt.Sprintf("%s %s %s %s %.7g to %.7g cd/m2", point("R", v.Red), point("G", v.Green), point("B", v.Blue), point("W", v.White), v.Min, v.Max)
}

// ContentLight is how bright HDR video gets, in cd/m2: the brightest pixel, and the
// brightest average of a picture. 0 is unknown.
//
// Source: CTA-861.3; ITU-T H.265, section D.2.35; AV1, section 5.8.3.
type ContentLight struct{ MaxCLL, MaxFALL uint16 }

// ContentLight reads a message of type SEIContentLight or SEIMetadataContentLight.
func (m SEI) ContentLight() (v ContentLight, err error) {
	if m.Type != SEIContentLight && m.Type != SEIMetadataContentLight {
		return v, ErrSEIType
	}
	if len(m.Payload) < 4 {
		return v, m.malformed(errShort)
	}
	return ContentLight{binary.BigEndian.Uint16(m.Payload), binary.BigEndian.Uint16(m.Payload[2:])}, nil
}

// SEI implements SEIValue for H.264, HEVC and AV1.
func (v ContentLight) SEI(c SEICodec) (SEI, error) {
	m := SEI{Type: SEIContentLight, Parsed: true, Syntax: SEISyntax{Codec: c}}
	switch c {
	case InH264, InHEVC:
	case InAV1:
		m.Type = SEIMetadataContentLight
	default:
		return SEI{}, noneIn("a content light level", c)
	}
	m.Payload = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, v.MaxCLL), v.MaxFALL)
	return m, nil
}

// String is like "MaxCLL 1000 cd/m2, MaxFALL 400 cd/m2".
func (v ContentLight) String() string {
	return fmt.Sprintf("MaxCLL %d cd/m2, MaxFALL %d cd/m2", v.MaxCLL, v.MaxFALL)
}

// AlternativeTransfer names the transfer function that is to be preferred to the one
// in the stream's headers: HLG video says BT.2020 there and ARIB STD-B67 here.
//
// Source: ITU-T H.265, section D.2.38.
type AlternativeTransfer struct{ Preferred Transfer }

// AlternativeTransfer reads a message of type SEIAlternativeTransfer.
func (m SEI) AlternativeTransfer() (v AlternativeTransfer, err error) {
	if m.Type != SEIAlternativeTransfer {
		return v, ErrSEIType
	}
	if len(m.Payload) < 1 {
		return v, m.malformed(errShort)
	}
	return AlternativeTransfer{Transfer(m.Payload[0])}, nil
}

// SEI implements SEIValue for H.264 and HEVC.
func (v AlternativeTransfer) SEI(c SEICodec) (SEI, error) {
	if c != InH264 && c != InHEVC {
		return SEI{}, noneIn("an alternative transfer function", c)
	}
	return SEI{Type: SEIAlternativeTransfer, Payload: []byte{byte(v.Preferred)}, Parsed: true, Syntax: SEISyntax{Codec: c}}, nil
}

// String is like "arib-std-b67 preferred".
func (v AlternativeTransfer) String() string { return v.Preferred.String() + " preferred" }

// AmbientViewing is the light of the room in which video is meant to be seen.
//
// Source: ITU-T H.265, section D.2.39.
type AmbientViewing struct {
	Illuminance float64 // lux, in steps of 1/10000
	Light       Chromaticity
}

const ambientSize = 8

// AmbientViewing reads a message of type SEIAmbientViewing.
func (m SEI) AmbientViewing() (v AmbientViewing, err error) {
	if m.Type != SEIAmbientViewing {
		return v, ErrSEIType
	}
	b := m.Payload
	if len(b) < ambientSize {
		return v, m.malformed(errShort)
	}
	return AmbientViewing{
		float64(binary.BigEndian.Uint32(b)) / seiLuminance,
		Chromaticity{float64(binary.BigEndian.Uint16(b[4:])) / seiChroma, float64(binary.BigEndian.Uint16(b[6:])) / seiChroma},
	}, nil
}

// SEI implements SEIValue for H.264 and HEVC.
func (v AmbientViewing) SEI(c SEICodec) (SEI, error) {
	if c != InH264 && c != InHEVC {
		return SEI{}, noneIn("an ambient viewing environment", c)
	}
	lux, x, y := math.Round(v.Illuminance*seiLuminance), math.Round(v.Light.X*seiChroma), math.Round(v.Light.Y*seiChroma)
	if !(lux >= 0 && lux <= math.MaxUint32 && x >= 0 && x <= math.MaxUint16 && y >= 0 && y <= math.MaxUint16) {
		return SEI{}, outOfRange("the ambient light", v, "0 lux and up, x and y 0 to 1")
	}
	b := binary.BigEndian.AppendUint32(make([]byte, 0, ambientSize), uint32(lux))
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(x)), uint16(y))
	return SEI{Type: SEIAmbientViewing, Payload: b, Parsed: true, Syntax: SEISyntax{Codec: c}}, nil
}

// String is like "314 lux of (0.3127,0.329)".
func (v AmbientViewing) String() string {
	return fmt.Sprintf("%.7g lux of (%.5g,%.5g)", v.Illuminance, v.Light.X, v.Light.Y)
}
