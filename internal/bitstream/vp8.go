package bitstream

// VP8FrameHeader is the uncompressed part of a frame header and the first two bits
// of the rest.
// Specification: RFC 6386, sections 9.1, 9.2 and 19.
type VP8FrameHeader struct {
	Key, ShowFrame     bool
	Version            uint8
	FirstPartitionSize uint32
	// The rest is of key frames only.
	Width, Height uint16
	// XScale and YScale ask for scaling before display; decoders do none.
	XScale, YScale uint8
	ColorSpace     uint8 // 0 is BT.601, 1 reserved
	NoClamping     bool
}

const vp8KeyHeader = 10

// Parse reads the header of frame.
func (h *VP8FrameHeader) Parse(frame []byte) error {
	*h = VP8FrameHeader{}
	if len(frame) < 3 {
		return ErrTruncated
	}
	tag := uint32(frame[0]) | uint32(frame[1])<<8 | uint32(frame[2])<<16
	h.Key, h.Version, h.ShowFrame = tag&1 == 0, uint8(tag>>1&7), tag>>4&1 != 0
	h.FirstPartitionSize = tag >> 5
	if !h.Key {
		return nil
	}
	if len(frame) < vp8KeyHeader {
		return ErrTruncated
	}
	if frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a {
		return invalid("start code")
	}
	w, v := uint16(frame[6])|uint16(frame[7])<<8, uint16(frame[8])|uint16(frame[9])<<8
	h.Width, h.XScale = w&0x3fff, uint8(w>>14)
	h.Height, h.YScale = v&0x3fff, uint8(v>>14)
	if h.Width == 0 || h.Height == 0 {
		return invalid("picture size is zero")
	}
	h.ColorSpace, h.NoClamping = vp8FirstBools(frame[vp8KeyHeader:])
	return nil
}

// vp8FirstBools decodes two bits of probability one half.
// Specification: RFC 6386, section 7.3.
func vp8FirstBools(data []byte) (first uint8, second bool) {
	var value, size uint32 = 0, 255
	for i := range 3 {
		value <<= 8
		if i < len(data) {
			value |= uint32(data[i])
		}
	}
	var bit [2]bool
	for i := range bit {
		split := 1 + (size-1)*128>>8
		if bit[i] = value >= split<<16; bit[i] {
			value -= split << 16
			size -= split
		} else {
			size = split
		}
		for size < 128 {
			size <<= 1
			value <<= 1
		}
	}
	if bit[0] {
		first = 1
	}
	return first, bit[1]
}

// vp8Tracker reads packets of one frame each.
type vp8Tracker struct{}

func (vp8Tracker) extradata(*Tracker, []byte) error { return nil }
func (vp8Tracker) reset()                           {}

func (vp8Tracker) packet(t *Tracker, data []byte) error {
	var h VP8FrameHeader
	if err := h.Parse(data); err != nil {
		return err
	}
	p := &t.pkt
	p.Pictures = 1
	if h.ShowFrame {
		p.Shown = 1
	}
	p.Key, p.Closed, p.RandomAccess = h.Key, h.Key, h.Key
	p.Type = PictureP
	if h.Key {
		p.Type = PictureI
		i := Info{
			Codec: CodecVP8, Profile: int(h.Version), Level: -1,
			ChromaFormat: 1, BitDepthLuma: 8, BitDepthChroma: 8,
			Color:  unspecifiedColor,
			MinDPB: 3, Progressive: true, SpatialLayers: 1,
		}
		i.macroblocks(int(h.Width), int(h.Height), true)
		t.setInfo(i)
	}
	p.Width, p.Height = t.info.Width, t.info.Height
	return nil
}
