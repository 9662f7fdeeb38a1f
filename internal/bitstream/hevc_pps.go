package bitstream

// HEVCPPS is the beginning of a picture parameter set: what slice segment headers
// need.
// Specification: ITU-T H.265, section 7.3.2.3.1.
type HEVCPPS struct {
	ID, SPSID              uint8
	DependentSliceSegments bool
	OutputFlagPresent      bool
	NumExtraSliceBits      uint8
	SignDataHiding         bool
	CabacInitPresent       bool
	NumRefIdxL0            uint8
	NumRefIdxL1            uint8
	InitQPMinus26          int32
	ConstrainedIntraPred   bool
	TransformSkip          bool
}

// Parse reads nal, a unit of type HEVCNALPPS with its header. After an error p has
// no meaning.
func (p *HEVCPPS) Parse(nal []byte) error {
	h, ok := ParseHEVCNALHeader(nal)
	if !ok {
		return ErrTruncated
	}
	if h.LayerID != 0 {
		return ErrUnsupported
	}
	var r BitReader
	r.ResetNAL(nal[2:])
	const maxRef = 15
	*p = HEVCPPS{
		ID:                     uint8(r.ueMax(MaxHEVCPPS-1, invalid("pps_pic_parameter_set_id"))),
		SPSID:                  uint8(r.ueMax(MaxHEVCSPS-1, invalid("pps_seq_parameter_set_id"))),
		DependentSliceSegments: r.Flag(),
		OutputFlagPresent:      r.Flag(),
		NumExtraSliceBits:      uint8(r.Bits(3)),
		SignDataHiding:         r.Flag(),
		CabacInitPresent:       r.Flag(),
		NumRefIdxL0:            1 + uint8(r.ueMax(maxRef-1, invalid("num_ref_idx_l0_default_active_minus1"))),
		NumRefIdxL1:            1 + uint8(r.ueMax(maxRef-1, invalid("num_ref_idx_l1_default_active_minus1"))),
		InitQPMinus26:          r.SE(),
		ConstrainedIntraPred:   r.Flag(),
		TransformSkip:          r.Flag(),
	}
	return r.Err()
}
