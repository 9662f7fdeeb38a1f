package bitstream

// AV1SequenceHeader is sequence_header_obu().
// Specification: AV1, section 5.5.
type AV1SequenceHeader struct {
	Profile                          uint8
	StillPicture, ReducedStillHeader bool
	TimingInfo                       bool
	NumUnitsInTick, TimeScale        uint32
	EqualPictureInterval             bool
	NumTicksPerPicture               uint32
	DecoderModelInfo                 bool
	BufferRemovalTimeLength          uint8 // buffer_removal_time_length_minus_1 + 1
	FramePresentationTimeLength      uint8 // frame_presentation_time_length_minus_1 + 1
	OperatingPointsCount             uint8 // 1 to 32
	OperatingPoints                  [32]AV1OperatingPoint
	FrameWidthBits, FrameHeightBits  uint8
	MaxWidth, MaxHeight              uint32 // max_frame_width_minus_1 + 1
	FrameIDNumbers                   bool
	DeltaFrameIDLength               uint8 // delta_frame_id_length_minus_2 + 2
	FrameIDLength                    uint8 // idLen
	Superblock128                    bool
	EnableOrderHint                  bool
	OrderHintBits                    uint8
	// ForceScreenContentTools and ForceIntegerMV: 2 means that each frame says.
	ForceScreenContentTools, ForceIntegerMV uint8
	EnableSuperres                          bool
	BitDepth                                uint8
	Mono                                    bool
	Color                                   Color
	SubsamplingX, SubsamplingY              bool
	SeparateUVDeltaQ                        bool
	FilmGrain                               bool // film_grain_params_present
}

// AV1OperatingPoint says which layers belong together.
type AV1OperatingPoint struct {
	IDC          uint16 // temporal layers in bits 0-7, spatial layers in 8-11; 0: all
	LevelIDX     uint8
	HighTier     bool
	DecoderModel bool // decoder_model_present_for_this_op
	InitialDelay uint8
}

const av1Select = 2 // SELECT_SCREEN_CONTENT_TOOLS, SELECT_INTEGER_MV

// Parse reads the payload of an OBU of type OBUSequenceHeader.
func (s *AV1SequenceHeader) Parse(payload []byte) error {
	var r BitReader
	r.Reset(payload)
	*s = AV1SequenceHeader{Profile: uint8(r.Bits(3))}
	if s.Profile > 2 {
		return invalid("seq_profile")
	}
	s.StillPicture, s.ReducedStillHeader = r.Flag(), r.Flag()
	if s.ReducedStillHeader {
		s.OperatingPointsCount = 1
		s.OperatingPoints[0].LevelIDX = uint8(r.Bits(5))
	} else {
		s.parseOperatingPoints(&r)
	}
	s.FrameWidthBits, s.FrameHeightBits = uint8(r.Bits(4))+1, uint8(r.Bits(4))+1
	s.MaxWidth = r.Bits(int(s.FrameWidthBits)) + 1
	s.MaxHeight = r.Bits(int(s.FrameHeightBits)) + 1
	if !s.ReducedStillHeader {
		if s.FrameIDNumbers = r.Flag(); s.FrameIDNumbers {
			s.DeltaFrameIDLength = uint8(r.Bits(4)) + 2
			s.FrameIDLength = uint8(r.Bits(3)) + 1 + s.DeltaFrameIDLength
			if s.FrameIDLength > 16 {
				return invalid("additional_frame_id_length_minus_1")
			}
		}
	}
	s.Superblock128 = r.Flag()
	r.Skip(2) // enable_filter_intra, enable_intra_edge_filter
	s.ForceScreenContentTools, s.ForceIntegerMV = av1Select, av1Select
	if !s.ReducedStillHeader {
		s.parseTools(&r)
	}
	s.EnableSuperres = r.Flag()
	r.Skip(2) // enable_cdef, enable_restoration
	s.parseColor(&r)
	s.FilmGrain = r.Flag()
	return r.Err()
}

func (s *AV1SequenceHeader) parseOperatingPoints(r *BitReader) {
	delayLength := 0
	if s.TimingInfo = r.Flag(); s.TimingInfo {
		s.NumUnitsInTick, s.TimeScale = r.Bits(32), r.Bits(32)
		if s.EqualPictureInterval = r.Flag(); s.EqualPictureInterval {
			s.NumTicksPerPicture = r.UVLC()
			if s.NumTicksPerPicture < 1<<32-1 {
				s.NumTicksPerPicture++
			}
		}
		if s.DecoderModelInfo = r.Flag(); s.DecoderModelInfo {
			delayLength = int(r.Bits(5)) + 1
			r.Skip(32) // num_units_in_decoding_tick
			s.BufferRemovalTimeLength = uint8(r.Bits(5)) + 1
			s.FramePresentationTimeLength = uint8(r.Bits(5)) + 1
		}
	}
	initialDelay := r.Flag()
	s.OperatingPointsCount = uint8(r.Bits(5)) + 1
	for i := range int(s.OperatingPointsCount) {
		p := &s.OperatingPoints[i]
		p.IDC = uint16(r.Bits(12))
		p.LevelIDX = uint8(r.Bits(5))
		if p.LevelIDX > 7 {
			p.HighTier = r.Flag()
		}
		if s.DecoderModelInfo {
			if p.DecoderModel = r.Flag(); p.DecoderModel {
				r.Skip(2*delayLength + 1)
			}
		}
		if initialDelay && r.Flag() {
			p.InitialDelay = uint8(r.Bits(4)) + 1
		}
	}
}

func (s *AV1SequenceHeader) parseTools(r *BitReader) {
	r.Skip(4) // enable_interintra_compound ... enable_dual_filter
	if s.EnableOrderHint = r.Flag(); s.EnableOrderHint {
		r.Skip(2) // enable_jnt_comp, enable_ref_frame_mvs
	}
	if !r.Flag() { // seq_choose_screen_content_tools
		s.ForceScreenContentTools = uint8(r.Bits(1))
	}
	if s.ForceScreenContentTools > 0 && !r.Flag() { // seq_choose_integer_mv
		s.ForceIntegerMV = uint8(r.Bits(1))
	}
	if s.EnableOrderHint {
		s.OrderHintBits = uint8(r.Bits(3)) + 1
	}
}

// parseColor reads color_config().
// Specification: AV1, section 5.5.2.
func (s *AV1SequenceHeader) parseColor(r *BitReader) {
	s.BitDepth = 8
	if r.Flag() { // high_bitdepth
		s.BitDepth = 10
		if s.Profile == 2 && r.Flag() {
			s.BitDepth = 12
		}
	}
	if s.Profile != 1 {
		s.Mono = r.Flag()
	}
	c := &s.Color
	*c = unspecifiedColor
	if r.Flag() {
		c.Primaries, c.Transfer, c.Matrix = uint8(r.Bits(8)), uint8(r.Bits(8)), uint8(r.Bits(8))
	}
	c.Range = RangeLimited
	switch {
	case s.Mono:
		if r.Flag() {
			c.Range = RangeFull
		}
		s.SubsamplingX, s.SubsamplingY = true, true
		return
	case c.Primaries == 1 && c.Transfer == 13 && c.Matrix == 0: // sRGB
		c.Range = RangeFull
	default:
		if r.Flag() {
			c.Range = RangeFull
		}
		switch {
		case s.Profile == 0:
			s.SubsamplingX, s.SubsamplingY = true, true
		case s.Profile == 2 && s.BitDepth == 12:
			if s.SubsamplingX = r.Flag(); s.SubsamplingX {
				s.SubsamplingY = r.Flag()
			}
		case s.Profile == 2:
			s.SubsamplingX = true
		}
		if s.SubsamplingX && s.SubsamplingY {
			// chroma_sample_position: 1 is left, 2 is top left.
			c.ChromaLocation = [4]uint8{0, 1, 3, 0}[r.Bits(2)]
		}
	}
	s.SeparateUVDeltaQ = r.Flag()
}

// chromaFormat returns Info.ChromaFormat for subsampling flags.
func chromaFormat(mono, x, y bool) uint8 {
	switch {
	case mono:
		return 0
	case x && y:
		return 1
	case x:
		return 2
	case !y:
		return 3
	}
	return 4
}

// SpatialLayers returns how many spatial layers operating point op has at most.
func (s *AV1SequenceHeader) SpatialLayers(op int) int {
	n := 1
	if op >= 0 && op < int(s.OperatingPointsCount) {
		for i := range 4 {
			if s.OperatingPoints[op].IDC>>(8+i)&1 != 0 {
				n = i + 1
			}
		}
	}
	return n
}

// Info sums the header up for operating point 0, which decoders choose by default.
// Width and Height are the maximum and samples square; frames may say otherwise.
func (s *AV1SequenceHeader) Info() Info {
	w, h := int(s.MaxWidth), int(s.MaxHeight)
	i := Info{
		Codec: CodecAV1, Profile: int(s.Profile), Level: int(s.OperatingPoints[0].LevelIDX),
		Width: w, Height: h, CodedWidth: w, CodedHeight: h, MaxWidth: w, MaxHeight: h,
		ChromaFormat: chromaFormat(s.Mono, s.SubsamplingX, s.SubsamplingY),
		BitDepthLuma: s.BitDepth, BitDepthChroma: s.BitDepth,
		SAR: Ratio{1, 1}, Color: s.Color, MinDPB: 8, Progressive: true,
		FilmGrain: s.FilmGrain, SpatialLayers: s.SpatialLayers(0),
	}
	if s.TimingInfo && s.EqualPictureInterval {
		i.FrameRate = frameRate(s.TimeScale, s.NumUnitsInTick, s.NumTicksPerPicture)
	}
	return i
}
