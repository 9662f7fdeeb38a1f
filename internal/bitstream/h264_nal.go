package bitstream

// An H264NALType is the nal_unit_type of H.264.
// Specification: ITU-T H.264, table 7-1.
type H264NALType uint8

// NAL unit types that this package tells apart.
const (
	H264Slice         H264NALType = 1
	H264PartitionA    H264NALType = 2
	H264PartitionB    H264NALType = 3
	H264PartitionC    H264NALType = 4
	H264IDR           H264NALType = 5
	H264SEI           H264NALType = 6
	H264NALSPS        H264NALType = 7
	H264NALPPS        H264NALType = 8
	H264AUD           H264NALType = 9
	H264EndOfSequence H264NALType = 10
	H264EndOfStream   H264NALType = 11
	H264Filler        H264NALType = 12
	H264SPSExtension  H264NALType = 13
	H264Prefix        H264NALType = 14
	H264SubsetSPS     H264NALType = 15
	H264Auxiliary     H264NALType = 19
	H264Extension     H264NALType = 20
)

// H264NALHeader is the first byte of a NAL unit.
// Specification: ITU-T H.264, section 7.3.1.
type H264NALHeader struct {
	RefIDC uint8
	Type   H264NALType
}

// ParseH264NALHeader reads the header of nal. ok is false for an empty unit or one
// whose forbidden_zero_bit is set.
func ParseH264NALHeader(nal []byte) (h H264NALHeader, ok bool) {
	if len(nal) == 0 {
		return h, false
	}
	return H264NALHeader{nal[0] >> 5 & 3, H264NALType(nal[0] & 31)}, nal[0]&0x80 == 0
}

// HasSliceHeader reports whether the unit begins with a slice header of a primary
// coded picture (of the base view or layer).
func (t H264NALType) HasSliceHeader() bool {
	return t == H264Slice || t == H264PartitionA || t == H264IDR
}
