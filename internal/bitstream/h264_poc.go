package bitstream

// H264PictureOrder computes picture order counts. Its zero value is the state before
// an IDR picture.
// Specification: ITU-T H.264, section 8.2.1.
type H264PictureOrder struct {
	// Of the previous reference picture, for type 0.
	prevMsb, prevLsb int32
	// Of the previous picture, for types 1 and 2.
	prevFrameNum       uint32
	prevFrameNumOffset int32
}

// Reset forgets the pictures seen.
func (o *H264PictureOrder) Reset() { *o = H264PictureOrder{} }

// Next returns TopFieldOrderCnt and BottomFieldOrderCnt of the picture that begins
// with slice h; for a field both are its own. After a picture with MMCO5 the counts
// are those that later pictures see it with. Arithmetic wraps on values that the
// specification forbids.
func (o *H264PictureOrder) Next(h *H264SliceHeader, sps *H264SPS) (top, bottom int32) {
	switch sps.PicOrderCntType {
	case 0:
		top, bottom = o.type0(h, sps)
	case 1:
		top, bottom = o.type1(h, sps)
	default:
		top, bottom = o.type2(h, sps)
	}
	if h.Field {
		if h.Bottom {
			top = bottom
		} else {
			bottom = top
		}
	}
	if h.MMCO5 {
		m := min(top, bottom)
		top, bottom = top-m, bottom-m
		o.prevFrameNum, o.prevFrameNumOffset = 0, 0
		o.prevMsb, o.prevLsb = 0, 0
		if !h.Field || !h.Bottom {
			o.prevLsb = top
		}
	}
	return top, bottom
}

func (o *H264PictureOrder) type0(h *H264SliceHeader, sps *H264SPS) (top, bottom int32) {
	if h.NAL.Type == H264IDR {
		o.prevMsb, o.prevLsb = 0, 0
	}
	size, lsb := int32(1)<<sps.Log2MaxPicOrderCntLsb, int32(h.PicOrderCntLsb)
	msb := o.prevMsb
	switch {
	case lsb < o.prevLsb && o.prevLsb-lsb >= size/2:
		msb += size
	case lsb > o.prevLsb && lsb-o.prevLsb > size/2:
		msb -= size
	}
	top = msb + lsb
	bottom = top
	if !h.Field {
		bottom += h.DeltaPicOrderCntBottom
	}
	if h.NAL.RefIDC != 0 {
		o.prevMsb, o.prevLsb = msb, lsb
	}
	return top, bottom
}

// frameNumOffset computes FrameNumOffset and moves on.
func (o *H264PictureOrder) frameNumOffset(h *H264SliceHeader, sps *H264SPS) int32 {
	offset := o.prevFrameNumOffset
	if h.NAL.Type == H264IDR {
		offset = 0
	} else if o.prevFrameNum > h.FrameNum {
		offset += 1 << sps.Log2MaxFrameNum
	}
	o.prevFrameNum, o.prevFrameNumOffset = h.FrameNum, offset
	return offset
}

func (o *H264PictureOrder) type1(h *H264SliceHeader, sps *H264SPS) (top, bottom int32) {
	abs := int32(0)
	offset := o.frameNumOffset(h, sps)
	n := int32(sps.NumRefFramesInPOCCycle)
	if n != 0 {
		abs = offset + int32(h.FrameNum)
	}
	if h.NAL.RefIDC == 0 && abs > 0 {
		abs--
	}
	expected := int32(0)
	if abs > 0 {
		var cycle int32
		for _, d := range sps.OffsetForRefFrame[:n] {
			cycle += d
		}
		expected = (abs - 1) / n * cycle
		for _, d := range sps.OffsetForRefFrame[:(abs-1)%n+1] {
			expected += d
		}
	}
	if h.NAL.RefIDC == 0 {
		expected += sps.OffsetForNonRefPic
	}
	top = expected + h.DeltaPicOrderCnt[0]
	if h.Field {
		bottom = expected + sps.OffsetForTopToBottom + h.DeltaPicOrderCnt[0]
	} else {
		bottom = top + sps.OffsetForTopToBottom + h.DeltaPicOrderCnt[1]
	}
	return top, bottom
}

func (o *H264PictureOrder) type2(h *H264SliceHeader, sps *H264SPS) (top, bottom int32) {
	v := 2 * (o.frameNumOffset(h, sps) + int32(h.FrameNum))
	if h.NAL.RefIDC == 0 {
		v--
	}
	return v, v
}
