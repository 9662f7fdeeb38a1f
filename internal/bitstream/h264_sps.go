package bitstream

// Limits on what a sequence parameter set may say.
const (
	MaxH264SPS         = 32  // seq_parameter_set_id
	MaxH264PPS         = 256 // pic_parameter_set_id
	maxH264POCCycle    = 255 // num_ref_frames_in_pic_order_cnt_cycle
	maxH264RefFrames   = 16
	maxH264SizeInMBs   = 4096 // 65536 samples; no level allows over 16888
	maxBitDepthMinus8  = 6    // 14 bits
	maxCPBCountMinus1  = 31
	maxPictureSize     = 1 << 16
	maxH264NumRefIndex = 32
)

// H264SPS is a sequence parameter set. Scaling lists are read over.
// Specification: ITU-T H.264, sections 7.3.2.1.1 and E.1.1.
type H264SPS struct {
	ProfileIDC uint8
	// ConstraintFlags are constraint_set0_flag (bit 7) to constraint_set5_flag (bit 2).
	ConstraintFlags         uint8
	LevelIDC                uint8
	ID                      uint8
	ChromaFormatIDC         uint8
	SeparateColourPlane     bool
	BitDepthLuma            uint8
	BitDepthChroma          uint8
	TransformBypass         bool
	Log2MaxFrameNum         uint8
	PicOrderCntType         uint8
	Log2MaxPicOrderCntLsb   uint8
	DeltaPicOrderAlwaysZero bool
	OffsetForNonRefPic      int32
	OffsetForTopToBottom    int32
	NumRefFramesInPOCCycle  uint8
	OffsetForRefFrame       [maxH264POCCycle]int32
	MaxNumRefFrames         uint8
	GapsInFrameNumAllowed   bool
	PicWidthInMBs           uint16
	PicHeightInMapUnits     uint16
	FrameMBsOnly            bool
	MBAdaptiveFrameField    bool
	Direct8x8Inference      bool
	// FrameCrop is in luma samples.
	FrameCrop Crop
	VUI       VUI
}

// Parse reads nal, a unit of type H264NALSPS or H264SubsetSPS with its header byte.
// After an error s has no meaning; damage in the VUI alone is no error, what is read
// before it counts.
func (s *H264SPS) Parse(nal []byte) error {
	if len(nal) < 4 {
		return ErrTruncated
	}
	var r BitReader
	r.ResetNAL(nal[1:])
	*s = H264SPS{
		ProfileIDC:      uint8(r.Bits(8)),
		ConstraintFlags: uint8(r.Bits(8)),
		LevelIDC:        uint8(r.Bits(8)),
		ID:              uint8(r.ueMax(MaxH264SPS-1, invalid("seq_parameter_set_id"))),
		ChromaFormatIDC: 1, BitDepthLuma: 8, BitDepthChroma: 8,
	}
	switch s.ProfileIDC {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135, 144:
		s.parseHigh(&r)
	}
	s.Log2MaxFrameNum = 4 + uint8(r.ueMax(12, invalid("log2_max_frame_num_minus4")))
	s.parsePOC(&r)
	s.MaxNumRefFrames = uint8(r.ueMax(maxH264RefFrames, invalid("max_num_ref_frames")))
	s.GapsInFrameNumAllowed = r.Flag()
	s.PicWidthInMBs = 1 + uint16(r.ueMax(maxH264SizeInMBs-1, invalid("pic_width_in_mbs_minus1")))
	s.PicHeightInMapUnits = 1 + uint16(r.ueMax(maxH264SizeInMBs-1, invalid("pic_height_in_map_units_minus1")))
	s.FrameMBsOnly = r.Flag()
	if !s.FrameMBsOnly {
		s.MBAdaptiveFrameField = r.Flag()
	}
	s.Direct8x8Inference = r.Flag()
	if r.Flag() {
		s.parseCrop(&r)
	}
	vui := r.Flag()
	if r.Err() != nil {
		return r.Err()
	}
	s.VUI.setDefaults()
	if vui {
		s.VUI.Present = true
		s.VUI.parseH264(&r)
	}
	return nil
}

func (s *H264SPS) parseHigh(r *BitReader) {
	s.ChromaFormatIDC = uint8(r.ueMax(3, invalid("chroma_format_idc")))
	if s.ChromaFormatIDC == 3 {
		s.SeparateColourPlane = r.Flag()
	}
	s.BitDepthLuma += uint8(r.ueMax(maxBitDepthMinus8, invalid("bit_depth_luma_minus8")))
	s.BitDepthChroma += uint8(r.ueMax(maxBitDepthMinus8, invalid("bit_depth_chroma_minus8")))
	s.TransformBypass = r.Flag()
	if !r.Flag() {
		return
	}
	lists := 8
	if s.ChromaFormatIDC == 3 {
		lists = 12
	}
	for i := range lists {
		if r.Flag() {
			size := 16
			if i >= 6 {
				size = 64
			}
			skipScalingList(r, size)
		}
	}
}

// skipScalingList reads scaling_list(). The list ends when the next scale is 0.
// Specification: ITU-T H.264, section 7.3.2.1.1.1.
func skipScalingList(r *BitReader, size int) {
	next := int32(8)
	for range size {
		next = (next + r.SE()) & 255
		if next == 0 {
			return
		}
	}
}

func (s *H264SPS) parsePOC(r *BitReader) {
	s.PicOrderCntType = uint8(r.ueMax(2, invalid("pic_order_cnt_type")))
	switch s.PicOrderCntType {
	case 0:
		s.Log2MaxPicOrderCntLsb = 4 + uint8(r.ueMax(12, invalid("log2_max_pic_order_cnt_lsb_minus4")))
	case 1:
		s.DeltaPicOrderAlwaysZero = r.Flag()
		s.OffsetForNonRefPic = r.SE()
		s.OffsetForTopToBottom = r.SE()
		s.NumRefFramesInPOCCycle = uint8(r.ueMax(maxH264POCCycle, invalid("num_ref_frames_in_pic_order_cnt_cycle")))
		for i := range int(s.NumRefFramesInPOCCycle) {
			s.OffsetForRefFrame[i] = r.SE()
		}
	}
}

func (s *H264SPS) parseCrop(r *BitReader) {
	x, y := s.cropUnits()
	w, h := s.codedSize()
	// Each alone is bounded by the size, so that the sums below cannot overflow.
	left := int(r.ueMax(maxPictureSize, invalid("frame_crop_left_offset"))) * x
	right := int(r.ueMax(maxPictureSize, invalid("frame_crop_right_offset"))) * x
	top := int(r.ueMax(maxPictureSize, invalid("frame_crop_top_offset"))) * y
	bottom := int(r.ueMax(maxPictureSize, invalid("frame_crop_bottom_offset"))) * y
	if left+right >= w || top+bottom >= h {
		r.fail(invalid("frame cropping leaves nothing"))
	}
	s.FrameCrop = Crop{Left: left, Top: top, Right: right, Bottom: bottom}
}

// cropUnits returns CropUnitX and CropUnitY.
// Specification: ITU-T H.264, section 7.4.2.1.1.
func (s *H264SPS) cropUnits() (x, y int) {
	x, y = 1, 1
	if !s.SeparateColourPlane {
		switch s.ChromaFormatIDC {
		case 1:
			x, y = 2, 2
		case 2:
			x = 2
		}
	}
	if !s.FrameMBsOnly {
		y *= 2
	}
	return x, y
}

// codedSize is of a frame.
func (s *H264SPS) codedSize() (w, h int) {
	w, h = int(s.PicWidthInMBs)*16, int(s.PicHeightInMapUnits)*16
	if !s.FrameMBsOnly {
		h *= 2
	}
	return w, h
}

// ChromaArrayType is ChromaFormatIDC, or 0 for separate colour planes.
func (s *H264SPS) ChromaArrayType() uint8 {
	if s.SeparateColourPlane {
		return 0
	}
	return s.ChromaFormatIDC
}

// Info sums the parameter set up.
func (s *H264SPS) Info() Info {
	w, h := s.codedSize()
	i := Info{
		Codec: CodecH264, Profile: int(s.ProfileIDC), Level: int(s.LevelIDC),
		CodedWidth: w, CodedHeight: h, MaxWidth: w, MaxHeight: h, Crop: s.FrameCrop,
		ChromaFormat: s.ChromaFormatIDC, BitDepthLuma: s.BitDepthLuma, BitDepthChroma: s.BitDepthChroma,
		SAR: s.VUI.SAR, Color: s.VUI.Color,
		MaxReorder: s.maxReorder(), MinDPB: s.MaxDecFrameBuffering(),
		Progressive: s.FrameMBsOnly, SpatialLayers: 1,
	}
	i.crop()
	if s.ChromaFormatIDC == 0 {
		i.BitDepthChroma = i.BitDepthLuma
	}
	if v := &s.VUI; v.TimingInfo {
		// A tick is a field.
		i.FrameRate = frameRate(v.TimeScale, v.NumUnitsInTick, 2)
	}
	return i
}

// crop sets Width and Height.
func (i *Info) crop() {
	i.Width = i.CodedWidth - i.Crop.Left - i.Crop.Right
	i.Height = i.CodedHeight - i.Crop.Top - i.Crop.Bottom
}

// frameRate is num/(den*per), or 0/0 when that says nothing.
func frameRate(num, den, per uint32) Ratio {
	if num == 0 || den == 0 || per == 0 || den > (1<<32-1)/per {
		return Ratio{}
	}
	return Ratio{num, den * per}
}
