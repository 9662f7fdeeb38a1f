package bitstream

// H264PPS is a picture parameter set, as far as slice headers need it.
// Specification: ITU-T H.264, section 7.3.2.2.
type H264PPS struct {
	ID, SPSID                uint8
	EntropyCodingMode        bool
	BottomFieldPicOrder      bool // bottom_field_pic_order_in_frame_present_flag
	NumSliceGroups           uint8
	SliceGroupMapType        uint8
	NumRefIdxL0, NumRefIdxL1 uint8 // num_ref_idx_lX_default_active_minus1 + 1
	WeightedPred             bool
	WeightedBipredIDC        uint8
	DeblockingFilterControl  bool
	ConstrainedIntraPred     bool
	RedundantPicCnt          bool // redundant_pic_cnt_present_flag
	PicInitQPMinus26         int8
	Transform8x8Mode         bool
	PicScalingMatrix         bool
}

const maxH264MapUnits = maxH264SizeInMBs * maxH264SizeInMBs

// Parse reads nal, a unit of type H264NALPPS with its header byte. After an error p
// has no meaning.
func (p *H264PPS) Parse(nal []byte) error {
	if len(nal) < 2 {
		return ErrTruncated
	}
	var r BitReader
	r.ResetNAL(nal[1:])
	*p = H264PPS{
		ID:                  uint8(r.ueMax(MaxH264PPS-1, invalid("pic_parameter_set_id"))),
		SPSID:               uint8(r.ueMax(MaxH264SPS-1, invalid("seq_parameter_set_id"))),
		EntropyCodingMode:   r.Flag(),
		BottomFieldPicOrder: r.Flag(),
		NumSliceGroups:      1 + uint8(r.ueMax(7, invalid("num_slice_groups_minus1"))),
	}
	if p.NumSliceGroups > 1 {
		p.skipSliceGroups(&r)
	}
	p.NumRefIdxL0 = 1 + uint8(r.ueMax(maxH264NumRefIndex-1, invalid("num_ref_idx_l0_default_active_minus1")))
	p.NumRefIdxL1 = 1 + uint8(r.ueMax(maxH264NumRefIndex-1, invalid("num_ref_idx_l1_default_active_minus1")))
	p.WeightedPred = r.Flag()
	p.WeightedBipredIDC = uint8(r.Bits(2))
	p.PicInitQPMinus26 = int8(r.SE())
	r.SE() // pic_init_qs_minus26
	r.SE() // chroma_qp_index_offset
	p.DeblockingFilterControl = r.Flag()
	p.ConstrainedIntraPred = r.Flag()
	p.RedundantPicCnt = r.Flag()
	if r.Err() == nil && r.MoreRBSPData() {
		p.Transform8x8Mode = r.Flag()
		p.PicScalingMatrix = r.Flag()
	}
	return r.Err()
}

// skipSliceGroups reads what describes slice groups (FMO).
func (p *H264PPS) skipSliceGroups(r *BitReader) {
	p.SliceGroupMapType = uint8(r.ueMax(6, invalid("slice_group_map_type")))
	switch p.SliceGroupMapType {
	case 0:
		for range p.NumSliceGroups {
			r.UE()
		}
	case 2:
		for range p.NumSliceGroups - 1 {
			r.UE()
			r.UE()
		}
	case 3, 4, 5:
		r.Skip(1)
		r.UE()
	case 6:
		width := 0
		for n := int(p.NumSliceGroups) - 1; n > 0; n >>= 1 {
			width++
		}
		units := int(r.ueMax(maxH264MapUnits-1, invalid("pic_size_in_map_units_minus1"))) + 1
		r.Skip(units * width)
	}
}
