package bitstream

// Limits on what parameter sets of HEVC may say.
const (
	MaxHEVCSPS           = 16 // sps_seq_parameter_set_id
	MaxHEVCPPS           = 64 // pps_pic_parameter_set_id
	maxHEVCShortTermSets = 64
	maxHEVCLongTermPics  = 32
	maxHEVCLog2CTB       = 6
)

// HEVCSPS is a sequence parameter set of the base layer.
// Specification: ITU-T H.265, section 7.3.2.2.
type HEVCSPS struct {
	VPSID                uint8
	MaxSubLayersMinus1   uint8
	TemporalIDNesting    bool
	ProfileTierLevel     HEVCProfileTierLevel
	ID                   uint8
	ChromaFormatIDC      uint8
	SeparateColourPlane  bool
	Width, Height        uint32 // pic_width_in_luma_samples, pic_height_in_luma_samples
	ConformanceWindow    Crop   // in luma samples
	BitDepthLuma         uint8
	BitDepthChroma       uint8
	Log2MaxPicOrderCnt   uint8 // log2_max_pic_order_cnt_lsb_minus4 + 4
	MaxDecPicBuffering   uint8 // sps_max_dec_pic_buffering_minus1 + 1, highest sub-layer
	MaxNumReorderPics    uint8
	MaxLatencyIncrease   uint32 // sps_max_latency_increase_plus1
	Log2MinCB            uint8
	Log2CTB              uint8
	ScalingList          bool
	AMP, SAO, PCM        bool
	NumShortTermRefSets  uint8
	LongTermRefPics      bool
	TemporalMVP          bool
	StrongIntraSmoothing bool
	VUI                  VUI
	// Extension flags; the content of the extensions is not read.
	RangeExtension, MultilayerExtension, Extension3D, SCCExtension bool
}

// Parse reads nal, a unit of type HEVCNALSPS with its header. Units of other layers
// than the base are ErrUnsupported. After an error s has no meaning; damage in the
// VUI or after it is no error, what is read before counts.
func (s *HEVCSPS) Parse(nal []byte) error {
	h, ok := ParseHEVCNALHeader(nal)
	if !ok {
		return ErrTruncated
	}
	if h.LayerID != 0 {
		return ErrUnsupported
	}
	var r BitReader
	r.ResetNAL(nal[2:])
	*s = HEVCSPS{VPSID: uint8(r.Bits(4)), MaxSubLayersMinus1: uint8(r.Bits(3))}
	if s.MaxSubLayersMinus1 >= maxHEVCSubLayers {
		return invalid("sps_max_sub_layers_minus1")
	}
	s.TemporalIDNesting = r.Flag()
	s.ProfileTierLevel.parse(&r, int(s.MaxSubLayersMinus1))
	s.ID = uint8(r.ueMax(MaxHEVCSPS-1, invalid("sps_seq_parameter_set_id")))
	s.parseFormat(&r)
	s.Log2MaxPicOrderCnt = 4 + uint8(r.ueMax(12, invalid("log2_max_pic_order_cnt_lsb_minus4")))
	for range subLayersCoded(&r, s.MaxSubLayersMinus1) {
		s.MaxDecPicBuffering = 1 + uint8(r.ueMax(maxHEVCDPB-1, invalid("sps_max_dec_pic_buffering_minus1")))
		s.MaxNumReorderPics = uint8(r.ueMax(maxHEVCDPB-1, invalid("sps_max_num_reorder_pics")))
		s.MaxLatencyIncrease = r.UE()
	}
	s.parseCodingTools(&r)
	s.VUI.setDefaults()
	if r.Err() != nil {
		return r.Err()
	}
	if r.Flag() {
		s.VUI.Present = true
		s.VUI.parseHEVC(&r, s)
	}
	if r.Flag() { // sps_extension_present_flag
		f := r.Bits(8)
		s.RangeExtension, s.MultilayerExtension = f&0x80 != 0, f&0x40 != 0
		s.Extension3D, s.SCCExtension = f&0x20 != 0, f&0x10 != 0
	}
	return nil
}

func (s *HEVCSPS) parseFormat(r *BitReader) {
	s.ChromaFormatIDC = uint8(r.ueMax(3, invalid("chroma_format_idc")))
	if s.ChromaFormatIDC == 3 {
		s.SeparateColourPlane = r.Flag()
	}
	s.Width = r.ueMax(maxPictureSize, invalid("pic_width_in_luma_samples"))
	s.Height = r.ueMax(maxPictureSize, invalid("pic_height_in_luma_samples"))
	if s.Width == 0 || s.Height == 0 {
		r.fail(invalid("picture size is zero"))
	}
	if r.Flag() {
		s.ConformanceWindow = s.parseWindow(r, invalid("conformance_window"))
	}
	s.BitDepthLuma = 8 + uint8(r.ueMax(8, invalid("bit_depth_luma_minus8")))
	s.BitDepthChroma = 8 + uint8(r.ueMax(8, invalid("bit_depth_chroma_minus8")))
}

// parseWindow reads four offsets and returns them in luma samples. A window that
// leaves nothing of the picture is taken as none, as libavcodec does.
func (s *HEVCSPS) parseWindow(r *BitReader, what error) Crop {
	x, y := 1, 1
	switch s.ChromaFormatIDC {
	case 1:
		x, y = 2, 2
	case 2:
		x = 2
	}
	c := Crop{Left: int(r.ueMax(maxPictureSize, what)) * x, Right: int(r.ueMax(maxPictureSize, what)) * x}
	c.Top, c.Bottom = int(r.ueMax(maxPictureSize, what))*y, int(r.ueMax(maxPictureSize, what))*y
	if c.Left+c.Right >= int(s.Width) || c.Top+c.Bottom >= int(s.Height) {
		return Crop{}
	}
	return c
}

// parseCodingTools reads on to the VUI.
func (s *HEVCSPS) parseCodingTools(r *BitReader) {
	s.Log2MinCB = 3 + uint8(r.ueMax(maxHEVCLog2CTB-3, invalid("log2_min_luma_coding_block_size_minus3")))
	s.Log2CTB = s.Log2MinCB + uint8(r.ueMax(maxHEVCLog2CTB-3, invalid("log2_diff_max_min_luma_coding_block_size")))
	if s.Log2CTB > maxHEVCLog2CTB {
		r.fail(invalid("CtbLog2SizeY"))
	}
	for range 4 { // sizes of transform blocks, depths of transform hierarchies
		r.UE()
	}
	if s.ScalingList = r.Flag(); s.ScalingList && r.Flag() {
		skipHEVCScalingLists(r)
	}
	s.AMP, s.SAO, s.PCM = r.Flag(), r.Flag(), r.Flag()
	if s.PCM {
		r.Skip(8)
		r.UE()
		r.UE()
		r.Skip(1)
	}
	s.NumShortTermRefSets = uint8(r.ueMax(maxHEVCShortTermSets, invalid("num_short_term_ref_pic_sets")))
	skipShortTermRefSets(r, int(s.NumShortTermRefSets))
	if s.LongTermRefPics = r.Flag(); s.LongTermRefPics {
		for range r.ueMax(maxHEVCLongTermPics, invalid("num_long_term_ref_pics_sps")) {
			r.Skip(int(s.Log2MaxPicOrderCnt) + 1)
		}
	}
	s.TemporalMVP, s.StrongIntraSmoothing = r.Flag(), r.Flag()
}

// Specification: ITU-T H.265, section 7.3.4.
func skipHEVCScalingLists(r *BitReader) {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for m := 0; m < 6; m += step {
			if !r.Flag() { // scaling_list_pred_mode_flag
				r.UE()
				continue
			}
			if size > 1 {
				r.SE()
			}
			for range min(64, 1<<(4+size<<1)) {
				r.SE()
			}
		}
	}
}

// Info sums the parameter set up.
func (s *HEVCSPS) Info() Info {
	w, h := int(s.Width), int(s.Height)
	i := Info{
		Codec: CodecHEVC, Profile: int(s.ProfileTierLevel.ProfileIDC), Level: int(s.ProfileTierLevel.LevelIDC),
		CodedWidth: w, CodedHeight: h, MaxWidth: w, MaxHeight: h, Crop: s.ConformanceWindow,
		ChromaFormat: s.ChromaFormatIDC, BitDepthLuma: s.BitDepthLuma, BitDepthChroma: s.BitDepthChroma,
		SAR: s.VUI.SAR, Color: s.VUI.Color,
		MaxReorder: int(s.MaxNumReorderPics), MinDPB: int(s.MaxDecPicBuffering) - 1,
		Progressive:   !s.VUI.FieldSeq && !(s.ProfileTierLevel.Interlaced && !s.ProfileTierLevel.Progressive),
		SpatialLayers: 1,
	}
	i.crop()
	if s.ChromaFormatIDC == 0 {
		i.BitDepthChroma = i.BitDepthLuma
	}
	if v := &s.VUI; v.TimingInfo {
		i.FrameRate = frameRate(v.TimeScale, v.NumUnitsInTick, 1)
	}
	return i
}
