package bitstream

import "math/bits"

// Start codes of MPEG-4 part 2.
// Specification: ISO/IEC 14496-2, table 6-3.
const (
	mpeg4VOLFirst = 0x20
	mpeg4VOLLast  = 0x2f
	mpeg4VOS      = 0xb0
	mpeg4VOSEnd   = 0xb1
	mpeg4UserData = 0xb2
	mpeg4GOV      = 0xb3
	mpeg4VO       = 0xb5
	mpeg4VOP      = 0xb6
)

// MPEG4VOL is a video object layer header as far as VOP headers and sizes need it.
// Specification: ISO/IEC 14496-2, section 6.2.3.
type MPEG4VOL struct {
	VerID             uint8
	SAR               Ratio
	ControlParameters bool
	LowDelay          bool
	Shape             uint8 // 0 rectangular
	TimeResolution    uint16
	TimeIncrementBits uint8
	FixedVOPRate      bool
	FixedVOPIncrement uint16
	Width, Height     uint16
	Interlaced        bool
	SpriteEnable      uint8 // 1 static, 2 GMC
	BitsPerPixel      uint8
}

// Values of shape and of aspect_ratio_info.
const (
	mpeg4Rectangular = 0
	mpeg4BinaryOnly  = 2
	mpeg4Grayscale   = 3
	mpeg4ExtendedPAR = 15
)

var mpeg4Aspects = [...]Ratio{{}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}}

// Parse reads the body of a video object layer. verID is visual_object_verid, 1 if
// there was none.
func (v *MPEG4VOL) Parse(body []byte, verID uint8) error {
	var r BitReader
	r.Reset(body)
	*v = MPEG4VOL{VerID: verID, BitsPerPixel: 8}
	r.Skip(1 + 8) // random_accessible_vol, video_object_type_indication
	if r.Flag() {
		v.VerID = uint8(r.Bits(4))
		r.Skip(3)
	}
	if a := r.Bits(4); a == mpeg4ExtendedPAR {
		v.SAR = Ratio{r.Bits(8), r.Bits(8)}
		if v.SAR.Num == 0 || v.SAR.Den == 0 {
			v.SAR = Ratio{}
		}
	} else if int(a) < len(mpeg4Aspects) {
		v.SAR = mpeg4Aspects[a]
	}
	if v.ControlParameters = r.Flag(); v.ControlParameters {
		r.Skip(2) // chroma_format: 4:2:0 is the only one
		v.LowDelay = r.Flag()
		if r.Flag() {
			r.Skip(79) // vbv_parameters
		}
	}
	v.Shape = uint8(r.Bits(2))
	if v.Shape == mpeg4Grayscale && v.VerID != 1 {
		r.Skip(4)
	}
	r.Skip(1)
	v.TimeResolution = uint16(r.Bits(16))
	if v.TimeResolution == 0 && r.Err() == nil {
		return invalid("vop_time_increment_resolution")
	}
	// As many bits as resolution - 1 needs, at least one.
	v.TimeIncrementBits = uint8(max(bits.Len16(v.TimeResolution-1), 1))
	r.Skip(1)
	if v.FixedVOPRate = r.Flag(); v.FixedVOPRate {
		v.FixedVOPIncrement = uint16(r.Bits(int(v.TimeIncrementBits)))
	}
	if v.Shape != mpeg4BinaryOnly {
		v.parsePicture(&r)
	}
	return r.Err()
}

func (v *MPEG4VOL) parsePicture(r *BitReader) {
	if v.Shape == mpeg4Rectangular {
		r.Skip(1)
		v.Width = uint16(r.Bits(13))
		r.Skip(1)
		v.Height = uint16(r.Bits(13))
		r.Skip(1)
	}
	v.Interlaced = r.Flag()
	r.Skip(1) // obmc_disable
	n := 2
	if v.VerID == 1 {
		n = 1
	}
	v.SpriteEnable = uint8(r.Bits(n))
}

// Info sums the header up.
func (v *MPEG4VOL) Info() Info {
	i := Info{
		Codec: CodecMPEG4, Profile: -1, Level: -1,
		ChromaFormat: 1, BitDepthLuma: 8, BitDepthChroma: 8, SAR: v.SAR,
		Color:      unspecifiedColor,
		MaxReorder: 1, MinDPB: 2, Progressive: !v.Interlaced, SpatialLayers: 1,
	}
	if v.LowDelay {
		i.MaxReorder = 0
	}
	if v.FixedVOPRate && v.FixedVOPIncrement > 0 {
		i.FrameRate = Ratio{uint32(v.TimeResolution), uint32(v.FixedVOPIncrement)}
	}
	i.macroblocks(int(v.Width), int(v.Height), true)
	return i
}

// MPEG4VOP is the beginning of a video object plane.
// Specification: ISO/IEC 14496-2, section 6.2.5.
type MPEG4VOP struct {
	CodingType     uint8 // 0 I, 1 P, 2 B, 3 S
	ModuloTimeBase uint8 // whole seconds, at most maxMPEG4Seconds
	TimeIncrement  uint16
	Coded          bool
}

const maxMPEG4Seconds = 255

// Parse reads the body of a VOP.
func (p *MPEG4VOP) Parse(body []byte, vol *MPEG4VOL) error {
	var r BitReader
	r.Reset(body)
	*p = MPEG4VOP{CodingType: uint8(r.Bits(2))}
	for r.Flag() {
		if p.ModuloTimeBase == maxMPEG4Seconds {
			return invalid("modulo_time_base")
		}
		p.ModuloTimeBase++
	}
	r.Skip(1)
	p.TimeIncrement = uint16(r.Bits(int(vol.TimeIncrementBits)))
	r.Skip(1)
	p.Coded = r.Flag()
	return r.Err()
}

// PictureType returns the type of the picture; sprites with motion compensation (S)
// are P.
func (p *MPEG4VOP) PictureType() PictureType {
	return [...]PictureType{PictureI, PictureP, PictureB, PictureP}[p.CodingType&3]
}

// mpeg4Packed reports whether user data says that B-VOPs share the packet of the VOP
// that they precede in output: "DivX503b1393p", "DivX501Build0413p".
func mpeg4Packed(userData []byte) bool {
	s := userData
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	prefix := func(p string) bool {
		if len(s) < len(p) || string(s[:len(p)]) != p {
			return false
		}
		s = s[len(p):]
		return true
	}
	return prefix("DivX") && digits() && (prefix("Build") || prefix("b")) && digits() && prefix("p")
}
