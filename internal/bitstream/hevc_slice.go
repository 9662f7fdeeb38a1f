package bitstream

import "math/bits"

// HEVCSliceHeader is the beginning of a slice segment header.
// Specification: ITU-T H.265, section 7.3.6.1.
type HEVCSliceHeader struct {
	NAL                 HEVCNALHeader
	FirstInPic          bool // first_slice_segment_in_pic_flag
	NoOutputOfPriorPics bool
	PPSID, SPSID        uint8
	Dependent           bool // the fields after Address are those of the slice before
	Address             uint32
	SliceType           uint8 // 0 B, 1 P, 2 I
	PicOutput           bool
	PicOrderCntLsb      uint32
}

// HEVCParameterSets finds parameter sets by id.
type HEVCParameterSets struct {
	sps [MaxHEVCSPS]*HEVCSPS
	pps [MaxHEVCPPS]*HEVCPPS
	vps [maxHEVCVPS]*HEVCVPS
}

// VPS returns a video parameter set or nil.
func (s *HEVCParameterSets) VPS(id uint8) *HEVCVPS { return at(s.vps[:], id) }

// SPS returns a sequence parameter set or nil.
func (s *HEVCParameterSets) SPS(id uint8) *HEVCSPS { return at(s.sps[:], id) }

// PPS returns a picture parameter set or nil.
func (s *HEVCParameterSets) PPS(id uint8) *HEVCPPS { return at(s.pps[:], id) }

func at[T any](list []*T, id uint8) *T {
	if int(id) >= len(list) {
		return nil
	}
	return list[id]
}

func put[T any](slot **T, v *T) {
	if *slot == nil {
		*slot = new(T)
	}
	**slot = *v
}

// Add reads a parameter set of the base layer and keeps it. A damaged unit replaces
// nothing. It allocates only for an id that is new.
func (s *HEVCParameterSets) Add(nal []byte) error {
	h, _ := ParseHEVCNALHeader(nal)
	switch h.Type {
	case HEVCNALVPS:
		var n HEVCVPS
		if err := n.Parse(nal); err != nil {
			return err
		}
		put(&s.vps[n.ID], &n)
	case HEVCNALSPS:
		var n HEVCSPS
		if err := n.Parse(nal); err != nil {
			return err
		}
		put(&s.sps[n.ID], &n)
	case HEVCNALPPS:
		var n HEVCPPS
		if err := n.Parse(nal); err != nil {
			return err
		}
		put(&s.pps[n.ID], &n)
	}
	return nil
}

// Parse reads the header of nal, for which IsVCL is true. It does not allocate.
func (h *HEVCSliceHeader) Parse(nal []byte, sets *HEVCParameterSets) error {
	*h = HEVCSliceHeader{PicOutput: true}
	nh, ok := ParseHEVCNALHeader(nal)
	if !ok {
		return invalid("nal_unit_header")
	}
	h.NAL = nh
	var r BitReader
	r.ResetNAL(nal[2:])
	h.FirstInPic = r.Flag()
	if nh.Type.IsIRAP() {
		h.NoOutputOfPriorPics = r.Flag()
	}
	h.PPSID = uint8(r.ueMax(MaxHEVCPPS-1, invalid("slice_pic_parameter_set_id")))
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
	if !h.FirstInPic {
		if pps.DependentSliceSegments {
			h.Dependent = r.Flag()
		}
		h.Address = r.Bits(bits.Len32(sps.sizeInCTBs() - 1))
	}
	if h.Dependent {
		return r.Err()
	}
	r.Skip(int(pps.NumExtraSliceBits))
	h.SliceType = uint8(r.ueMax(2, invalid("slice_type")))
	if pps.OutputFlagPresent {
		h.PicOutput = r.Flag()
	}
	if sps.SeparateColourPlane {
		r.Skip(2)
	}
	if !nh.Type.IsIDR() {
		h.PicOrderCntLsb = r.Bits(int(sps.Log2MaxPicOrderCnt))
	}
	return r.Err()
}

// sizeInCTBs is PicSizeInCtbsY, at least 1.
func (s *HEVCSPS) sizeInCTBs() uint32 {
	ctb := uint32(1) << s.Log2CTB
	return (s.Width + ctb - 1) >> s.Log2CTB * ((s.Height + ctb - 1) >> s.Log2CTB)
}

// PictureType returns the type of the slice.
func (h *HEVCSliceHeader) PictureType() PictureType {
	return [...]PictureType{PictureB, PictureP, PictureI}[h.SliceType]
}

// HEVCPictureOrder computes picture order counts. Its zero value is the state before
// the first picture.
// Specification: ITU-T H.265, section 8.3.1.
type HEVCPictureOrder struct {
	prev int32 // PicOrderCntVal of prevTid0Pic
}

// Next returns PicOrderCntVal of the picture that begins with slice h. noRasl is
// NoRaslOutputFlag of an IRAP picture.
func (o *HEVCPictureOrder) Next(h *HEVCSliceHeader, sps *HEVCSPS, noRasl bool) int32 {
	size := int32(1) << sps.Log2MaxPicOrderCnt
	lsb := int32(h.PicOrderCntLsb)
	prevLsb := o.prev & (size - 1)
	msb := o.prev - prevLsb
	switch {
	case h.NAL.Type.IsIRAP() && noRasl:
		msb = 0
	case lsb < prevLsb && prevLsb-lsb >= size/2:
		msb += size
	case lsb > prevLsb && lsb-prevLsb > size/2:
		msb -= size
	}
	poc := msb + lsb
	t := h.NAL.Type
	if h.NAL.TemporalID == 0 && !t.IsRASL() && !t.IsRADL() && !t.IsSubLayerNonRef() {
		o.prev = poc
	}
	return poc
}
