package bitstream

// An AV1FrameType is frame_type.
// Specification: AV1, section 6.8.2.
type AV1FrameType uint8

// Frame types.
const (
	AV1KeyFrame AV1FrameType = iota
	AV1InterFrame
	AV1IntraOnlyFrame
	AV1SwitchFrame
)

const (
	av1NumRefs    = 8 // NUM_REF_FRAMES
	av1RefsPer    = 7 // REFS_PER_FRAME
	av1AllFrames  = 0xff
	superresNum   = 8
	superresDenom = 9 // SUPERRES_DENOM_MIN
)

// AV1FrameSize is the size of a frame.
type AV1FrameSize struct {
	// UpscaledWidth is the output width; FrameWidth is before super-resolution.
	UpscaledWidth, FrameWidth, FrameHeight uint32
	RenderWidth, RenderHeight              uint32
	SuperresDenom                          uint8
}

// AV1FrameHeader is uncompressed_header() up to the frame size.
// Specification: AV1, section 5.9.2.
type AV1FrameHeader struct {
	ShowExisting      bool
	FrameToShow       uint8 // frame_to_show_map_idx
	Type              AV1FrameType
	ShowFrame         bool
	ShowableFrame     bool
	ErrorResilient    bool
	CurrentFrameID    uint16
	SizeOverride      bool
	OrderHint         uint8
	PrimaryRefFrame   uint8
	RefreshFrameFlags uint8
	RefFrameIdx       [av1RefsPer]uint8
	Size              AV1FrameSize
}

// Intra is FrameIsIntra.
func (h *AV1FrameHeader) Intra() bool {
	return h.Type == AV1KeyFrame || h.Type == AV1IntraOnlyFrame
}

// AV1References is what frame headers refer to: the sequence header and what is known
// of the frames in the eight slots.
type AV1References struct {
	Sequence AV1SequenceHeader
	slots    [av1NumRefs]av1Slot
}

type av1Slot struct {
	valid     bool
	typ       AV1FrameType
	showable  bool
	orderHint uint8
	frameID   uint16
	size      AV1FrameSize
}

// Reset forgets the frames.
func (s *AV1References) Reset() { s.slots = [av1NumRefs]av1Slot{} }

// Parse reads the payload of o, an OBU of type OBUFrameHeader or OBUFrame.
func (h *AV1FrameHeader) Parse(o *OBU, refs *AV1References) error {
	var r BitReader
	r.Reset(o.Payload)
	*h = AV1FrameHeader{}
	seq := &refs.Sequence
	if seq.MaxWidth == 0 {
		return missing("sequence header")
	}
	if seq.ReducedStillHeader {
		h.Type, h.ShowFrame, h.ErrorResilient = AV1KeyFrame, true, true
	} else if h.parseShow(&r, refs); h.ShowExisting || r.Err() != nil {
		return r.Err()
	}
	r.Skip(1) // disable_cdf_update
	sct := seq.ForceScreenContentTools
	if sct == av1Select {
		sct = uint8(r.Bits(1))
	}
	if sct != 0 && seq.ForceIntegerMV == av1Select {
		r.Skip(1) // force_integer_mv
	}
	if seq.FrameIDNumbers {
		h.CurrentFrameID = uint16(r.Bits(int(seq.FrameIDLength)))
	}
	switch {
	case h.Type == AV1SwitchFrame:
		h.SizeOverride = true
	case !seq.ReducedStillHeader:
		h.SizeOverride = r.Flag()
	}
	h.OrderHint = uint8(r.Bits(int(seq.OrderHintBits)))
	h.PrimaryRefFrame = 7 // PRIMARY_REF_NONE
	if !h.Intra() && !h.ErrorResilient {
		h.PrimaryRefFrame = uint8(r.Bits(3))
	}
	if seq.DecoderModelInfo && r.Flag() {
		skipBufferRemovalTimes(&r, o, seq)
	}
	h.RefreshFrameFlags = av1AllFrames
	if h.Type != AV1SwitchFrame && !(h.Type == AV1KeyFrame && h.ShowFrame) {
		h.RefreshFrameFlags = uint8(r.Bits(8))
	}
	if h.Type == AV1IntraOnlyFrame && h.RefreshFrameFlags == av1AllFrames && r.Err() == nil {
		return invalid("refresh_frame_flags")
	}
	if (!h.Intra() || h.RefreshFrameFlags != av1AllFrames) && h.ErrorResilient && seq.EnableOrderHint {
		for i := range refs.slots {
			if hint := uint8(r.Bits(int(seq.OrderHintBits))); hint != refs.slots[i].orderHint || !refs.slots[i].valid {
				// The frame was lost: decoders put one of this order hint in its place.
				refs.slots[i] = av1Slot{orderHint: hint}
			}
		}
	}
	h.parseSize(&r, refs)
	return r.Err()
}

// parseShow reads what comes before disable_cdf_update.
func (h *AV1FrameHeader) parseShow(r *BitReader, refs *AV1References) {
	seq := &refs.Sequence
	presentationTime := 0
	if seq.DecoderModelInfo && !seq.EqualPictureInterval {
		presentationTime = int(seq.FramePresentationTimeLength)
	}
	if h.ShowExisting = r.Flag(); h.ShowExisting {
		h.FrameToShow = uint8(r.Bits(3))
		r.Skip(presentationTime)
		if seq.FrameIDNumbers {
			r.Skip(int(seq.FrameIDLength))
		}
		s := &refs.slots[h.FrameToShow]
		if !s.valid {
			r.fail(missing("frame to show"))
			return
		}
		h.ShowFrame, h.Type, h.OrderHint, h.Size = true, s.typ, s.orderHint, s.size
		h.CurrentFrameID = s.frameID
		if h.Type == AV1KeyFrame {
			h.RefreshFrameFlags = av1AllFrames
		}
		return
	}
	h.Type = AV1FrameType(r.Bits(2))
	if h.ShowFrame = r.Flag(); h.ShowFrame {
		r.Skip(presentationTime)
		h.ShowableFrame = h.Type != AV1KeyFrame
	} else {
		h.ShowableFrame = r.Flag()
	}
	h.ErrorResilient = h.Type == AV1SwitchFrame || h.Type == AV1KeyFrame && h.ShowFrame || r.Flag()
	if h.Type == AV1KeyFrame && h.ShowFrame {
		for i := range refs.slots {
			refs.slots[i].valid, refs.slots[i].orderHint = false, 0
		}
	}
}

func skipBufferRemovalTimes(r *BitReader, o *OBU, seq *AV1SequenceHeader) {
	for i := range int(seq.OperatingPointsCount) {
		p := &seq.OperatingPoints[i]
		if p.DecoderModel && p.has(o) {
			r.Skip(int(seq.BufferRemovalTimeLength))
		}
	}
}

// has reports whether o's layer belongs to the operating point. Its extension need
// not be there: the layers are 0 then.
func (p *AV1OperatingPoint) has(o *OBU) bool {
	return p.IDC == 0 || p.IDC>>o.TemporalID&1 != 0 && p.IDC>>(8+o.SpatialID)&1 != 0
}

func (h *AV1FrameHeader) parseSize(r *BitReader, refs *AV1References) {
	seq := &refs.Sequence
	if h.Intra() {
		h.Size.parse(r, seq, h.SizeOverride)
		h.Size.parseRender(r)
		return
	}
	short := seq.EnableOrderHint && r.Flag() // frame_refs_short_signaling
	if short {
		last, gold := uint8(r.Bits(3)), uint8(r.Bits(3))
		h.setFrameRefs(last, gold, refs)
	}
	for i := range h.RefFrameIdx {
		if !short {
			h.RefFrameIdx[i] = uint8(r.Bits(3))
		}
		if seq.FrameIDNumbers {
			r.Skip(int(seq.DeltaFrameIDLength))
		}
	}
	if h.SizeOverride && !h.ErrorResilient {
		for _, i := range h.RefFrameIdx {
			if r.Flag() { // found_ref
				h.Size = refs.slots[i].size
				if h.Size.UpscaledWidth == 0 {
					r.fail(missing("frame that gives the size"))
				}
				h.Size.parseSuperres(r, seq)
				return
			}
		}
	}
	h.Size.parse(r, seq, h.SizeOverride)
	h.Size.parseRender(r)
}

// parse reads frame_size().
func (s *AV1FrameSize) parse(r *BitReader, seq *AV1SequenceHeader, override bool) {
	s.UpscaledWidth, s.FrameHeight = seq.MaxWidth, seq.MaxHeight
	if override {
		s.UpscaledWidth = r.Bits(int(seq.FrameWidthBits)) + 1
		s.FrameHeight = r.Bits(int(seq.FrameHeightBits)) + 1
	}
	s.parseSuperres(r, seq)
}

// parseSuperres reads superres_params().
func (s *AV1FrameSize) parseSuperres(r *BitReader, seq *AV1SequenceHeader) {
	s.SuperresDenom = superresNum
	if seq.EnableSuperres && r.Flag() {
		s.SuperresDenom = superresDenom + uint8(r.Bits(3))
	}
	d := uint32(s.SuperresDenom)
	s.FrameWidth = (s.UpscaledWidth*superresNum + d/2) / d
}

// parseRender reads render_size().
func (s *AV1FrameSize) parseRender(r *BitReader) {
	s.RenderWidth, s.RenderHeight = s.UpscaledWidth, s.FrameHeight
	if r.Flag() {
		s.RenderWidth, s.RenderHeight = r.Bits(16)+1, r.Bits(16)+1
	}
}

// Decoded puts the frame into the slots that it refreshes, as decoding it would. Call
// it once for each header, after Parse.
// Specification: AV1, sections 7.20 and 7.21.
func (s *AV1References) Decoded(h *AV1FrameHeader) {
	n := av1Slot{true, h.Type, h.ShowableFrame, h.OrderHint, h.CurrentFrameID, h.Size}
	for i := range s.slots {
		if h.RefreshFrameFlags>>i&1 != 0 {
			s.slots[i] = n
		}
	}
}
