package bitstream

const vp9NumRefs = 8

// VP9FrameHeader is uncompressed_header().
// Specification: VP9 bitstream, section 6.2.
type VP9FrameHeader struct {
	Profile        uint8
	ShowExisting   bool
	FrameToShow    uint8 // frame_to_show_map_idx
	Key            bool
	ShowFrame      bool
	ErrorResilient bool
	IntraOnly      bool
	// ResetFrameContext: 2 resets one context, 3 all.
	ResetFrameContext          uint8
	BitDepth                   uint8
	ColorSpace                 uint8
	FullRange                  bool
	SubsamplingX, SubsamplingY bool
	RefreshFrameFlags          uint8
	RefFrameIdx                [3]uint8
	Width, Height              uint32
	RenderWidth, RenderHeight  uint32
	RefreshFrameContext        bool
	FrameParallel              bool
	FrameContextIdx            uint8
	LoopFilterDeltaUpdate      bool // mode_ref_delta_update
	Segmentation               bool
	SegmentationUpdateMap      bool
	SegmentationTemporal       bool
	SegmentationUpdateData     bool
	HeaderSize                 uint16 // of the compressed header
}

// VP9References is what is known of the frames in the eight slots, and the format that
// the last key frame set.
type VP9References struct {
	slots [vp9NumRefs]vp9Slot
	color vp9Color
}

type vp9Slot struct {
	width, height uint32
	color         vp9Color
}

type vp9Color struct {
	bitDepth, colorSpace                  uint8
	fullRange, subsamplingX, subsamplingY bool
}

// Reset forgets the frames.
func (s *VP9References) Reset() { *s = VP9References{} }

const vp9RGB = 7 // CS_RGB

// Parse reads the header of frame, one frame of a superframe.
func (h *VP9FrameHeader) Parse(frame []byte, refs *VP9References) error {
	var r BitReader
	r.Reset(frame)
	*h = VP9FrameHeader{}
	if r.Bits(2) != 2 && r.Err() == nil {
		return invalid("frame_marker")
	}
	h.Profile = uint8(r.Bits(1) | r.Bits(1)<<1)
	if h.Profile == 3 && r.Flag() {
		return invalid("profile over 3")
	}
	if h.ShowExisting = r.Flag(); h.ShowExisting {
		h.FrameToShow = uint8(r.Bits(3))
		s := &refs.slots[h.FrameToShow]
		if s.width == 0 && r.Err() == nil {
			return missing("frame to show")
		}
		h.ShowFrame = true
		h.Width, h.Height = s.width, s.height
		h.RenderWidth, h.RenderHeight = s.width, s.height
		h.setColor(s.color)
		return r.Err()
	}
	h.Key, h.ShowFrame, h.ErrorResilient = !r.Flag(), r.Flag(), r.Flag()
	if h.Key {
		parseVP9Sync(&r)
		h.parseColor(&r)
		h.RefreshFrameFlags = 0xff
		h.parseSize(&r)
		h.parseRender(&r)
	} else {
		h.parseInter(&r, refs)
	}
	if r.Err() != nil {
		return r.Err()
	}
	h.FrameParallel = true
	if !h.ErrorResilient {
		h.RefreshFrameContext, h.FrameParallel = r.Flag(), r.Flag()
	}
	h.FrameContextIdx = uint8(r.Bits(2))
	h.parseLoopFilter(&r)
	r.Skip(8) // base_q_idx
	for range 3 {
		if r.Flag() { // delta_coded
			r.Skip(5)
		}
	}
	h.parseSegmentation(&r)
	h.parseTiles(&r)
	h.HeaderSize = uint16(r.Bits(16))
	return r.Err()
}

// Intra is FrameIsIntra.
func (h *VP9FrameHeader) Intra() bool { return h.Key || h.IntraOnly }

func parseVP9Sync(r *BitReader) {
	if r.Bits(24) != 0x498342 {
		r.fail(invalid("frame_sync_code"))
	}
}

// parseInter reads on from error_resilient_mode in a frame that is not a key frame.
func (h *VP9FrameHeader) parseInter(r *BitReader, refs *VP9References) {
	if !h.ShowFrame {
		h.IntraOnly = r.Flag()
	}
	if !h.ErrorResilient {
		h.ResetFrameContext = uint8(r.Bits(2))
	}
	if h.IntraOnly {
		parseVP9Sync(r)
		if h.Profile > 0 {
			h.parseColor(r)
		} else {
			h.setColor(vp9Color{bitDepth: 8, colorSpace: 1, subsamplingX: true, subsamplingY: true})
		}
		h.RefreshFrameFlags = uint8(r.Bits(8))
		h.parseSize(r)
		h.parseRender(r)
		return
	}
	if refs.color.bitDepth == 0 {
		r.fail(missing("key frame"))
		return
	}
	h.setColor(refs.color)
	h.RefreshFrameFlags = uint8(r.Bits(8))
	for i := range h.RefFrameIdx {
		h.RefFrameIdx[i] = uint8(r.Bits(3))
		r.Skip(1) // ref_frame_sign_bias
	}
	found := false
	for _, i := range h.RefFrameIdx {
		if found = r.Flag(); found {
			h.Width, h.Height = refs.slots[i].width, refs.slots[i].height
			break
		}
	}
	if !found {
		h.parseSize(r)
	} else if h.Width == 0 && r.Err() == nil {
		r.fail(missing("frame that gives the size"))
	}
	h.parseRender(r)
	r.Skip(1)      // allow_high_precision_mv
	if !r.Flag() { // is_filter_switchable
		r.Skip(2)
	}
}

func (h *VP9FrameHeader) setColor(c vp9Color) {
	h.BitDepth, h.ColorSpace, h.FullRange = c.bitDepth, c.colorSpace, c.fullRange
	h.SubsamplingX, h.SubsamplingY = c.subsamplingX, c.subsamplingY
}

func (h *VP9FrameHeader) colors() vp9Color {
	return vp9Color{h.BitDepth, h.ColorSpace, h.FullRange, h.SubsamplingX, h.SubsamplingY}
}

// parseColor reads color_config().
func (h *VP9FrameHeader) parseColor(r *BitReader) {
	c := vp9Color{bitDepth: 8}
	if h.Profile >= 2 {
		c.bitDepth = 10
		if r.Flag() {
			c.bitDepth = 12
		}
	}
	c.colorSpace = uint8(r.Bits(3))
	odd := h.Profile&1 != 0
	if c.colorSpace != vp9RGB {
		c.fullRange = r.Flag()
		c.subsamplingX, c.subsamplingY = true, true
		if odd {
			c.subsamplingX, c.subsamplingY = r.Flag(), r.Flag()
			r.Skip(1)
		}
	} else {
		c.fullRange = true
		if !odd {
			r.fail(invalid("RGB in profile 0 or 2"))
		}
		r.Skip(1)
	}
	h.setColor(c)
}

func (h *VP9FrameHeader) parseSize(r *BitReader) {
	h.Width, h.Height = r.Bits(16)+1, r.Bits(16)+1
}

func (h *VP9FrameHeader) parseRender(r *BitReader) {
	h.RenderWidth, h.RenderHeight = h.Width, h.Height
	if r.Flag() {
		h.RenderWidth, h.RenderHeight = r.Bits(16)+1, r.Bits(16)+1
	}
}

func (h *VP9FrameHeader) parseLoopFilter(r *BitReader) {
	r.Skip(9)      // loop_filter_level, loop_filter_sharpness
	if !r.Flag() { // loop_filter_delta_enabled
		return
	}
	if h.LoopFilterDeltaUpdate = r.Flag(); !h.LoopFilterDeltaUpdate {
		return
	}
	for range 4 + 2 {
		if r.Flag() {
			r.Skip(7)
		}
	}
}

// parseSegmentation reads segmentation_params().
func (h *VP9FrameHeader) parseSegmentation(r *BitReader) {
	if h.Segmentation = r.Flag(); !h.Segmentation {
		return
	}
	if h.SegmentationUpdateMap = r.Flag(); h.SegmentationUpdateMap {
		skipVP9Probs(r, 7)
		if h.SegmentationTemporal = r.Flag(); h.SegmentationTemporal {
			skipVP9Probs(r, 3)
		}
	}
	if h.SegmentationUpdateData = r.Flag(); !h.SegmentationUpdateData {
		return
	}
	r.Skip(1) // segmentation_abs_or_delta_update
	for range 8 {
		// Of features 0 and 1 a sign follows the value.
		for _, bits := range [...]int{8 + 1, 6 + 1, 2, 0} {
			if r.Flag() {
				r.Skip(bits)
			}
		}
	}
}

func skipVP9Probs(r *BitReader, n int) {
	for range n {
		if r.Flag() {
			r.Skip(8)
		}
	}
}

// parseTiles reads tile_info().
func (h *VP9FrameHeader) parseTiles(r *BitReader) {
	const minTileWidth, maxTileWidth = 4, 64 // in superblocks
	sb := int(h.Width+63) / 64
	minLog2 := 0
	for maxTileWidth<<minLog2 < sb {
		minLog2++
	}
	maxLog2 := 1
	for sb>>maxLog2 >= minTileWidth {
		maxLog2++
	}
	for range maxLog2 - 1 - minLog2 {
		if !r.Flag() { // increment_tile_cols_log2
			break
		}
	}
	if r.Flag() { // tile_rows_log2
		r.Skip(1)
	}
}

// Decoded puts the frame into the slots that it refreshes. Call it once for each
// header, after Parse.
// Specification: VP9 bitstream, section 8.10.
func (s *VP9References) Decoded(h *VP9FrameHeader) {
	if h.ShowExisting {
		return
	}
	if h.Key || h.IntraOnly {
		s.color = h.colors()
	}
	for i := range s.slots {
		if h.RefreshFrameFlags>>i&1 != 0 {
			s.slots[i] = vp9Slot{h.Width, h.Height, h.colors()}
		}
	}
}
