package bitstream

func (v *VUI) parseHEVC(r *BitReader, s *HEVCSPS) {
	v.parseCommon(r)
	v.NeutralChroma, v.FieldSeq = r.Flag(), r.Flag()
	v.PicStruct = r.Flag() // frame_field_info_present_flag
	if r.Flag() {
		c := s.parseWindow(r, invalid("default_display_window"))
		if r.Err() == nil {
			v.DefaultDisplayWindow = c
		}
	}
	if r.Flag() {
		v.parseTiming(r)
		if r.Flag() { // vui_poc_proportional_to_timing_flag
			r.UE()
		}
		if r.Flag() {
			v.parseHEVCHRD(r, int(s.MaxSubLayersMinus1))
		}
	}
	if r.Flag() { // bitstream_restriction_flag
		r.Skip(3)
		for range 5 {
			r.UE()
		}
	}
}

// parseHEVCHRD reads hrd_parameters( 1, maxSubLayersMinus1 ).
// Specification: ITU-T H.265, section E.2.2.
func (v *VUI) parseHEVCHRD(r *BitReader, maxSubLayersMinus1 int) {
	v.NalHRD, v.VclHRD = r.Flag(), r.Flag()
	subPic := false
	if v.NalHRD || v.VclHRD {
		if subPic = r.Flag(); subPic {
			r.Skip(8 + 5 + 1 + 5)
		}
		r.Skip(4 + 4)
		if subPic {
			r.Skip(4)
		}
		r.Skip(5)
		cpb, dpb := uint8(r.Bits(5))+1, uint8(r.Bits(5))+1
		if r.Err() == nil {
			v.CPBRemovalDelayLength, v.DPBOutputDelayLength = cpb, dpb
		}
	}
	v.SubPicHRD = subPic
	for range maxSubLayersMinus1 + 1 {
		skipSubLayerHRD(r, v.NalHRD, v.VclHRD, subPic)
	}
}

func skipSubLayerHRD(r *BitReader, nal, vcl, subPic bool) {
	fixed := r.Flag() // fixed_pic_rate_general_flag
	if !fixed {
		fixed = r.Flag() // fixed_pic_rate_within_cvs_flag
	}
	lowDelay := false
	if fixed {
		r.UE() // elemental_duration_in_tc_minus1
	} else {
		lowDelay = r.Flag()
	}
	count := uint32(1)
	if !lowDelay {
		count += r.ueMax(maxCPBCountMinus1, invalid("cpb_cnt_minus1"))
	}
	for _, present := range [2]bool{nal, vcl} {
		if !present {
			continue
		}
		for range count {
			r.UE()
			r.UE()
			if subPic {
				r.UE()
				r.UE()
			}
			r.Skip(1)
		}
	}
}
