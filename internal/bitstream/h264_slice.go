package bitstream

// H264SliceHeader is a slice header up to dec_ref_pic_marking().
// Specification: ITU-T H.264, section 7.3.3.
type H264SliceHeader struct {
	NAL       H264NALHeader
	FirstMB   uint32
	SliceType uint8 // modulo 5: 0 P, 1 B, 2 I, 3 SP, 4 SI
	// AllSame: all slices of the picture have this type (slice_type over 4).
	AllSame                bool
	PPSID, SPSID           uint8
	ColourPlane            uint8
	FrameNum               uint32
	Field, Bottom          bool
	IDRPicID               uint32
	PicOrderCntLsb         uint32
	DeltaPicOrderCntBottom int32
	DeltaPicOrderCnt       [2]int32
	RedundantPicCnt        uint32
	// NoOutputOfPriorPics and LongTermReference are of IDR pictures.
	NoOutputOfPriorPics, LongTermReference bool
	// AdaptiveMarking: memory management control operations follow.
	AdaptiveMarking bool
	// MMCO5: memory_management_control_operation 5, which resets like an IDR picture.
	MMCO5 bool
}

// Values of SliceType.
const (
	H264SliceP  = 0
	H264SliceB  = 1
	H264SliceI  = 2
	H264SliceSP = 3
	H264SliceSI = 4
)

// H264ParameterSets finds parameter sets by id.
type H264ParameterSets struct {
	sps [MaxH264SPS]*H264SPS
	pps [MaxH264PPS]*H264PPS
}

// SPS returns a sequence parameter set or nil.
func (s *H264ParameterSets) SPS(id uint8) *H264SPS { return at(s.sps[:], id) }

// PPS returns a picture parameter set or nil.
func (s *H264ParameterSets) PPS(id uint8) *H264PPS { return s.pps[id] }

// Add reads a unit of type H264NALSPS or H264NALPPS and keeps it. A damaged unit
// replaces nothing. It allocates only for an id that is new.
func (s *H264ParameterSets) Add(nal []byte) error {
	h, _ := ParseH264NALHeader(nal)
	switch h.Type {
	case H264NALSPS:
		var n H264SPS
		if err := n.Parse(nal); err != nil {
			return err
		}
		put(&s.sps[n.ID], &n)
	case H264NALPPS:
		var n H264PPS
		if err := n.Parse(nal); err != nil {
			return err
		}
		put(&s.pps[n.ID], &n)
	}
	return nil
}

// Limits of slice header loops.
const (
	maxH264RefMods = 2*maxH264NumRefIndex + 2 // each entry once, and the end
	maxH264MMCO    = 66                       // 32 frames as fields, and the end
)

// Parse reads the header of nal, for which HasSliceHeader is true. It does not
// allocate.
func (h *H264SliceHeader) Parse(nal []byte, sets *H264ParameterSets) error {
	*h = H264SliceHeader{}
	nh, ok := ParseH264NALHeader(nal)
	if !ok {
		return invalid("forbidden_zero_bit")
	}
	h.NAL = nh
	var r BitReader
	r.ResetNAL(nal[1:])
	h.FirstMB = r.UE()
	t := r.ueMax(9, invalid("slice_type"))
	h.SliceType, h.AllSame = uint8(t%5), t > 4
	h.PPSID = uint8(r.ueMax(MaxH264PPS-1, invalid("pic_parameter_set_id")))
	if r.Err() != nil {
		return r.Err()
	}
	pps := sets.PPS(h.PPSID)
	if pps == nil {
		return missing("picture parameter set")
	}
	h.SPSID = pps.SPSID
	sps := sets.SPS(h.SPSID)
	if sps == nil {
		return missing("sequence parameter set")
	}
	h.parseOrder(&r, sps, pps)
	if r.Err() != nil {
		return r.Err()
	}
	h.parseReferences(&r, sps, pps)
	return r.Err()
}

// parseOrder reads what tells pictures apart and orders them.
func (h *H264SliceHeader) parseOrder(r *BitReader, sps *H264SPS, pps *H264PPS) {
	if sps.SeparateColourPlane {
		h.ColourPlane = uint8(r.Bits(2))
	}
	h.FrameNum = r.Bits(int(sps.Log2MaxFrameNum))
	if !sps.FrameMBsOnly {
		if h.Field = r.Flag(); h.Field {
			h.Bottom = r.Flag()
		}
	}
	if h.NAL.Type == H264IDR {
		h.IDRPicID = r.ueMax(65535, invalid("idr_pic_id"))
	}
	switch sps.PicOrderCntType {
	case 0:
		h.PicOrderCntLsb = r.Bits(int(sps.Log2MaxPicOrderCntLsb))
		if pps.BottomFieldPicOrder && !h.Field {
			h.DeltaPicOrderCntBottom = r.SE()
		}
	case 1:
		if !sps.DeltaPicOrderAlwaysZero {
			h.DeltaPicOrderCnt[0] = r.SE()
			if pps.BottomFieldPicOrder && !h.Field {
				h.DeltaPicOrderCnt[1] = r.SE()
			}
		}
	}
	if pps.RedundantPicCnt {
		h.RedundantPicCnt = r.ueMax(127, invalid("redundant_pic_cnt"))
	}
}

// parseReferences reads on to the end of dec_ref_pic_marking(), for the flags there.
func (h *H264SliceHeader) parseReferences(r *BitReader, sps *H264SPS, pps *H264PPS) {
	if h.NAL.RefIDC == 0 {
		return // no dec_ref_pic_marking()
	}
	if h.NAL.Type == H264IDR && (h.SliceType == H264SliceI || h.SliceType == H264SliceSI) {
		h.NoOutputOfPriorPics = r.Flag()
		h.LongTermReference = r.Flag()
		return
	}
	b := h.SliceType == H264SliceB
	p := h.SliceType == H264SliceP || h.SliceType == H264SliceSP
	l0, l1 := int(pps.NumRefIdxL0), int(pps.NumRefIdxL1)
	if b {
		r.Skip(1) // direct_spatial_mv_pred_flag
	}
	if (p || b) && r.Flag() { // num_ref_idx_active_override_flag
		l0 = 1 + int(r.ueMax(maxH264NumRefIndex-1, invalid("num_ref_idx_l0_active_minus1")))
		if b {
			l1 = 1 + int(r.ueMax(maxH264NumRefIndex-1, invalid("num_ref_idx_l1_active_minus1")))
		}
	}
	if p || b {
		skipRefPicListModification(r)
	}
	if b {
		skipRefPicListModification(r)
	}
	if pps.WeightedPred && p || pps.WeightedBipredIDC == 1 && b {
		if !b {
			l1 = 0
		}
		skipPredWeightTable(r, sps.ChromaArrayType() != 0, l0, l1)
	}
	if h.NAL.Type == H264IDR {
		h.NoOutputOfPriorPics = r.Flag()
		h.LongTermReference = r.Flag()
		return
	}
	if h.AdaptiveMarking = r.Flag(); !h.AdaptiveMarking {
		return
	}
	for range maxH264MMCO {
		switch r.UE() {
		case 0:
			return
		case 1, 2, 4, 6:
			r.UE()
		case 3:
			r.UE()
			r.UE()
		case 5:
			h.MMCO5 = true
		default:
			r.fail(invalid("memory_management_control_operation"))
		}
	}
	r.fail(invalid("too many memory management operations"))
}

// Specification: ITU-T H.264, section 7.3.3.1.
func skipRefPicListModification(r *BitReader) {
	if !r.Flag() {
		return
	}
	for range maxH264RefMods {
		op := r.UE()
		if op == 3 || r.Err() != nil {
			return
		}
		if op > 5 {
			break
		}
		r.UE()
	}
	r.fail(invalid("ref_pic_list_modification"))
}

// Specification: ITU-T H.264, section 7.3.3.2.
func skipPredWeightTable(r *BitReader, chroma bool, l0, l1 int) {
	r.UE()
	if chroma {
		r.UE()
	}
	for range l0 + l1 {
		if r.Flag() {
			r.SE()
			r.SE()
		}
		if chroma && r.Flag() {
			for range 4 {
				r.SE()
			}
		}
	}
}

// PictureType returns the type of the slice.
func (h *H264SliceHeader) PictureType() PictureType {
	switch h.SliceType {
	case H264SliceB:
		return PictureB
	case H264SliceI, H264SliceSI:
		return PictureI
	}
	return PictureP
}

// NewPicture reports whether the slice h is the first of another primary coded
// picture than the slice prev, the one before it in decoding order. Slices with
// RedundantPicCnt over 0 are none of either.
// Specification: ITU-T H.264, section 7.4.1.2.4.
func (h *H264SliceHeader) NewPicture(prev *H264SliceHeader) bool {
	idr, prevIDR := h.NAL.Type == H264IDR, prev.NAL.Type == H264IDR
	return h.FrameNum != prev.FrameNum ||
		h.PPSID != prev.PPSID ||
		h.SPSID != prev.SPSID ||
		h.Field != prev.Field || h.Bottom != prev.Bottom ||
		(h.NAL.RefIDC == 0) != (prev.NAL.RefIDC == 0) ||
		h.PicOrderCntLsb != prev.PicOrderCntLsb ||
		h.DeltaPicOrderCntBottom != prev.DeltaPicOrderCntBottom ||
		h.DeltaPicOrderCnt != prev.DeltaPicOrderCnt ||
		idr != prevIDR || idr && h.IDRPicID != prev.IDRPicID
}
