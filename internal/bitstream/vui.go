package bitstream

// VUI is the video usability information of H.264 and HEVC. Not present, its fields
// have the values that the specifications infer.
// Specification: ITU-T H.264, section E.1.1; ITU-T H.265, section E.2.1.
type VUI struct {
	Present bool
	// SAR is the sample aspect ratio, 0/0 unspecified.
	SAR   Ratio
	Color Color
	// VideoFormat: 5 unspecified. ColourDescription: codes were in the stream.
	VideoFormat       uint8
	ColourDescription bool
	// ChromaLocBottom is as Color.ChromaLocation, for bottom fields.
	ChromaLocBottom uint8
	// TimingInfo says that NumUnitsInTick, TimeScale were in the stream.
	TimingInfo                bool
	NumUnitsInTick, TimeScale uint32
	FixedFrameRate            bool // H.264
	NalHRD, VclHRD            bool
	// CPBRemovalDelayLength, DPBOutputDelayLength, TimeOffsetLength are in bits, for
	// buffering period and picture timing SEI.
	CPBRemovalDelayLength, DPBOutputDelayLength, TimeOffsetLength uint8
	PicStruct                                                     bool
	SubPicHRD                                                     bool // HEVC
	// BitstreamRestriction says that the two after it were in the stream (H.264).
	BitstreamRestriction bool
	MaxNumReorderFrames  uint8
	MaxDecFrameBuffering uint8
	// NeutralChroma, FieldSeq and DefaultDisplayWindow (in luma samples) are HEVC's.
	NeutralChroma, FieldSeq bool
	DefaultDisplayWindow    Crop
}

func (v *VUI) setDefaults() {
	v.VideoFormat = 5
	v.Color = unspecifiedColor
	v.CPBRemovalDelayLength, v.DPBOutputDelayLength, v.TimeOffsetLength = 24, 24, 24
}

// sampleAspectRatios is table E-1, by aspect_ratio_idc.
var sampleAspectRatios = [...]Ratio{
	{}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}, {24, 11}, {20, 11}, {32, 11},
	{80, 33}, {18, 11}, {15, 11}, {64, 33}, {160, 99}, {4, 3}, {3, 2}, {2, 1},
}

const extendedSAR = 255

// parseCommon reads what both codecs begin with, up to the chroma location.
func (v *VUI) parseCommon(r *BitReader) {
	if r.Flag() {
		idc := r.Bits(8)
		switch {
		case idc == extendedSAR:
			v.SAR = Ratio{r.Bits(16), r.Bits(16)}
			if v.SAR.Num == 0 || v.SAR.Den == 0 {
				v.SAR = Ratio{}
			}
		case int(idc) < len(sampleAspectRatios):
			v.SAR = sampleAspectRatios[idc]
		}
	}
	if r.Flag() { // overscan_info_present_flag
		r.Skip(1)
	}
	if r.Flag() {
		v.VideoFormat = uint8(r.Bits(3))
		v.Color.Range = RangeLimited
		if r.Flag() {
			v.Color.Range = RangeFull
		}
		v.ColourDescription = r.Flag()
		if v.ColourDescription {
			p, t, m := uint8(r.Bits(8)), uint8(r.Bits(8)), uint8(r.Bits(8))
			if r.Err() == nil {
				v.Color.Primaries, v.Color.Transfer, v.Color.Matrix = p, t, m
			}
		}
	}
	if r.Flag() {
		const maxLoc = 5
		top := r.ueMax(maxLoc, invalid("chroma_sample_loc_type_top_field"))
		bottom := r.ueMax(maxLoc, invalid("chroma_sample_loc_type_bottom_field"))
		if r.Err() == nil {
			v.Color.ChromaLocation, v.ChromaLocBottom = uint8(top)+1, uint8(bottom)+1
		}
	}
}

func (v *VUI) parseH264(r *BitReader) {
	v.parseCommon(r)
	if r.Flag() {
		v.parseTiming(r)
		v.FixedFrameRate = r.Flag()
	}
	if v.NalHRD = r.Flag(); v.NalHRD {
		v.parseH264HRD(r)
	}
	if v.VclHRD = r.Flag(); v.VclHRD {
		v.parseH264HRD(r)
	}
	if v.NalHRD || v.VclHRD {
		r.Skip(1) // low_delay_hrd_flag
	}
	v.PicStruct = r.Flag()
	if !r.Flag() {
		return
	}
	r.Skip(1)     // motion_vectors_over_pic_boundaries_flag
	for range 4 { // max_bytes_per_pic_denom, max_bits_per_mb_denom,
		r.UE() // log2_max_mv_length_horizontal, _vertical
	}
	reorder := r.ueMax(maxH264RefFrames, invalid("max_num_reorder_frames"))
	buffering := r.ueMax(maxH264RefFrames, invalid("max_dec_frame_buffering"))
	// A restriction that cannot be true is taken as none.
	if r.Err() == nil && reorder <= buffering {
		v.BitstreamRestriction = true
		v.MaxNumReorderFrames, v.MaxDecFrameBuffering = uint8(reorder), uint8(buffering)
	}
}

func (v *VUI) parseTiming(r *BitReader) {
	units, scale := r.Bits(32), r.Bits(32)
	if r.Err() == nil {
		v.TimingInfo, v.NumUnitsInTick, v.TimeScale = true, units, scale
	}
}

// parseH264HRD reads hrd_parameters().
// Specification: ITU-T H.264, section E.1.2.
func (v *VUI) parseH264HRD(r *BitReader) {
	count := 1 + r.ueMax(maxCPBCountMinus1, invalid("cpb_cnt_minus1"))
	r.Skip(8) // bit_rate_scale, cpb_size_scale
	for range count {
		r.UE()
		r.UE()
		r.Skip(1)
	}
	r.Skip(5) // initial_cpb_removal_delay_length_minus1
	cpb, dpb, offset := uint8(r.Bits(5))+1, uint8(r.Bits(5))+1, uint8(r.Bits(5))
	if r.Err() == nil {
		v.CPBRemovalDelayLength, v.DPBOutputDelayLength, v.TimeOffsetLength = cpb, dpb, offset
	}
}
