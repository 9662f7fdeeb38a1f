package bitstream

// An HEVCNALType is the nal_unit_type of HEVC.
// Specification: ITU-T H.265, table 7-1.
type HEVCNALType uint8

// NAL unit types that this package tells apart.
const (
	HEVCTrailN        HEVCNALType = 0
	HEVCTrailR        HEVCNALType = 1
	HEVCRADLN         HEVCNALType = 6
	HEVCRADLR         HEVCNALType = 7
	HEVCRASLN         HEVCNALType = 8
	HEVCRASLR         HEVCNALType = 9
	HEVCBLAWLP        HEVCNALType = 16
	HEVCBLAWRADL      HEVCNALType = 17
	HEVCBLANLP        HEVCNALType = 18
	HEVCIDRWRADL      HEVCNALType = 19
	HEVCIDRNLP        HEVCNALType = 20
	HEVCCRA           HEVCNALType = 21
	HEVCNALVPS        HEVCNALType = 32
	HEVCNALSPS        HEVCNALType = 33
	HEVCNALPPS        HEVCNALType = 34
	HEVCAUD           HEVCNALType = 35
	HEVCEndOfSequence HEVCNALType = 36
	HEVCEndOfStream   HEVCNALType = 37
	HEVCPrefixSEI     HEVCNALType = 39
	HEVCSuffixSEI     HEVCNALType = 40
)

// IsVCL reports whether the unit is a slice segment of a type in use.
func (t HEVCNALType) IsVCL() bool { return t <= HEVCRASLR || t.IsIRAP() && t <= HEVCCRA }

// IsIRAP reports whether the picture is an intra random access point; the two
// reserved types count.
func (t HEVCNALType) IsIRAP() bool { return t >= 16 && t <= 23 }

// IsIDR reports whether the picture is an instantaneous decoding refresh.
func (t HEVCNALType) IsIDR() bool { return t == HEVCIDRWRADL || t == HEVCIDRNLP }

// IsBLA reports whether the picture is a broken link access.
func (t HEVCNALType) IsBLA() bool { return t >= HEVCBLAWLP && t <= HEVCBLANLP }

// IsRASL reports whether the picture is a random access skipped leading picture.
func (t HEVCNALType) IsRASL() bool { return t == HEVCRASLN || t == HEVCRASLR }

// IsRADL reports whether the picture is a random access decodable leading picture.
func (t HEVCNALType) IsRADL() bool { return t == HEVCRADLN || t == HEVCRADLR }

// IsSubLayerNonRef reports whether pictures of the same temporal sub-layer do not
// refer to the picture.
func (t HEVCNALType) IsSubLayerNonRef() bool { return t <= 14 && t&1 == 0 }

// HEVCNALHeader is the first two bytes of a NAL unit.
// Specification: ITU-T H.265, section 7.3.1.2.
type HEVCNALHeader struct {
	Type       HEVCNALType
	LayerID    uint8
	TemporalID uint8
}

// ParseHEVCNALHeader reads the header of nal. ok is false for a unit of under two
// bytes, a set forbidden_zero_bit or nuh_temporal_id_plus1 0.
func ParseHEVCNALHeader(nal []byte) (h HEVCNALHeader, ok bool) {
	if len(nal) < 2 {
		return h, false
	}
	h.Type = HEVCNALType(nal[0] >> 1 & 63)
	h.LayerID = nal[0]&1<<5 | nal[1]>>3
	t := nal[1] & 7
	if t == 0 || nal[0]&0x80 != 0 {
		return h, false
	}
	h.TemporalID = t - 1
	return h, true
}
