package bitstream

// vp9Tracker reads packets of frames and superframes.
type vp9Tracker struct {
	refs  VP9References
	frame VP9FrameHeader
}

// extradata has nothing that key frames do not have, except the size, which it lacks.
func (v *vp9Tracker) extradata(_ *Tracker, data []byte) error {
	var c VPConfig
	return c.Parse(data)
}

func (v *vp9Tracker) reset() { v.refs.Reset() }

func (v *vp9Tracker) packet(t *Tracker, data []byte) error {
	var first error
	var f VP9Frames
	f.Reset(data)
	p := &t.pkt
	p.Disposable = true
	for f.Next() {
		if err := v.readFrame(t, f.Frame()); err != nil && first == nil {
			first = err
		}
	}
	if p.Pictures == 0 && p.Shown == 0 {
		p.Disposable = false
		if first == nil {
			first = ErrTruncated
		}
	}
	if first == nil {
		first = f.Err()
	}
	return first
}

func (v *vp9Tracker) readFrame(t *Tracker, frame []byte) error {
	h, p := &v.frame, &t.pkt
	if err := h.Parse(frame, &v.refs); err != nil {
		return err
	}
	v.refs.Decoded(h)
	if h.ShowFrame {
		p.Shown++
		p.Width, p.Height = int(h.Width), int(h.Height)
	}
	if h.ShowExisting {
		p.ShowExisting = true
		return nil
	}
	if !h.leavesNothing() {
		p.Disposable = false
	}
	t.setInfo(h.info())
	if p.Pictures++; p.Pictures > 1 {
		return nil
	}
	p.Key, p.Closed, p.RandomAccess = h.Key, h.Key, h.Key
	// Even a frame that takes no motion vectors now would take those of the frame
	// before if the one between were left out.
	p.UsesPrevious = !h.Intra() && !h.ErrorResilient
	p.Type = PictureP
	if h.Intra() {
		p.Type = PictureI
	}
	if p.Width == 0 {
		p.Width, p.Height = int(h.Width), int(h.Height)
	}
	return nil
}

// leavesNothing reports whether no later frame can tell that the frame was decoded,
// except through what VP9 takes from the frame directly before. Intra and error
// resilient frames reset probabilities, filter deltas and segmentation.
func (h *VP9FrameHeader) leavesNothing() bool {
	return h.RefreshFrameFlags == 0 && !h.RefreshFrameContext && !h.Intra() && !h.ErrorResilient &&
		h.ResetFrameContext < 2 && !h.LoopFilterDeltaUpdate && !h.Segmentation
}

// vp9Matrix maps color_space to matrix coefficients, as libavcodec does.
var vp9Matrix = [8]uint8{Unspecified, 5, 1, 6, 7, 9, Unspecified, 0}

func (h *VP9FrameHeader) info() Info {
	w, v := int(h.Width), int(h.Height)
	i := Info{
		Codec: CodecVP9, Profile: int(h.Profile), Level: -1,
		Width: w, Height: v, CodedWidth: w, CodedHeight: v, MaxWidth: w, MaxHeight: v,
		ChromaFormat: chromaFormat(false, h.SubsamplingX, h.SubsamplingY),
		BitDepthLuma: h.BitDepth, BitDepthChroma: h.BitDepth,
		Color: Color{
			Primaries: Unspecified, Transfer: Unspecified, Matrix: vp9Matrix[h.ColorSpace&7],
			Range: RangeLimited,
		},
		MinDPB: vp9NumRefs, Progressive: true, SpatialLayers: 1,
	}
	if h.FullRange {
		i.Color.Range = RangeFull
	}
	return i
}
