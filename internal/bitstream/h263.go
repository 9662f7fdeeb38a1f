package bitstream

// H263Picture is a picture header of H.263, which is also MPEG-4's short video header.
// Specification: ITU-T H.263, section 5.1.
type H263Picture struct {
	TemporalReference uint8
	// SourceFormat: 1 sub-QCIF ... 5 16CIF, 6 custom. Width and Height are 0 when the
	// header relies on the one before.
	SourceFormat  uint8
	Width, Height uint16
	CodingType    uint8 // 0 I, 1 P, 2 improved PB, 3 B, 4 EI, 5 EP
	SAR           Ratio
}

var h263Sizes = [...][2]uint16{{}, {128, 96}, {176, 144}, {352, 288}, {704, 576}, {1408, 1152}}

const (
	h263Custom   = 6
	h263Extended = 7
)

// isH263 reports whether data begins with a picture start code.
func isH263(data []byte) bool {
	return len(data) >= 3 && data[0]|data[1] == 0 && data[2]&0xfc == 0x80
}

// Parse reads the header of the picture that data begins with.
func (p *H263Picture) Parse(data []byte) error {
	*p = H263Picture{}
	if !isH263(data) {
		return invalid("picture start code")
	}
	var r BitReader
	r.Reset(data)
	r.Skip(22)
	p.TemporalReference = uint8(r.Bits(8))
	r.Skip(2 + 3) // fixed bits, split_screen, document_camera, freeze_picture_release
	if p.SourceFormat = uint8(r.Bits(3)); p.SourceFormat != h263Extended {
		if p.SourceFormat == 0 || p.SourceFormat >= h263Custom {
			return invalid("source format")
		}
		p.CodingType = uint8(r.Bits(1))
		p.SAR = Ratio{12, 11}
		p.Width, p.Height = h263Sizes[p.SourceFormat][0], h263Sizes[p.SourceFormat][1]
		return r.Err()
	}
	return p.parsePlus(&r)
}

// parsePlus reads PLUSPTYPE and what gives the size after it.
// Specification: ITU-T H.263, sections 5.1.4 to 5.1.6.
func (p *H263Picture) parsePlus(r *BitReader) error {
	full := r.Bits(3) // UFEP
	if full > 1 {
		return invalid("UFEP")
	}
	p.SourceFormat = 0
	if full == 1 {
		p.SourceFormat = uint8(r.Bits(3))
		r.Skip(15)
	}
	p.CodingType = uint8(r.Bits(3))
	r.Skip(6)
	if r.Flag() { // CPM
		r.Skip(2)
	}
	if full == 0 {
		return r.Err()
	}
	if p.SourceFormat != h263Custom {
		if p.SourceFormat == 0 || p.SourceFormat > h263Custom {
			return invalid("source format")
		}
		p.SAR = Ratio{12, 11}
		p.Width, p.Height = h263Sizes[p.SourceFormat][0], h263Sizes[p.SourceFormat][1]
		return r.Err()
	}
	a := r.Bits(4)
	p.Width = uint16(r.Bits(9)+1) * 4
	r.Skip(1)
	p.Height = uint16(r.Bits(9)) * 4
	if a == mpeg4ExtendedPAR {
		p.SAR = Ratio{r.Bits(8), r.Bits(8)}
	} else if int(a) < len(mpeg4Aspects) {
		p.SAR = mpeg4Aspects[a]
	}
	if p.Height == 0 && r.Err() == nil {
		return invalid("picture size is zero")
	}
	return r.Err()
}

// PictureType returns the type of the picture.
func (p *H263Picture) PictureType() PictureType {
	switch p.CodingType {
	case 0, 4:
		return PictureI
	case 3:
		return PictureB
	}
	return PictureP
}

// h263Tracker reads packets of one picture each.
type h263Tracker struct{}

func (h263Tracker) extradata(*Tracker, []byte) error { return nil }
func (h263Tracker) reset()                           {}

func (h263Tracker) packet(t *Tracker, data []byte) error {
	return t.h263(data, CodecH263)
}

// h263 counts the picture in data.
func (t *Tracker) h263(data []byte, codec Codec) error {
	var h H263Picture
	if err := h.Parse(data); err != nil {
		return err
	}
	p := &t.pkt
	p.Pictures, p.Shown = 1, 1
	p.Type = h.PictureType()
	p.Key = p.Type == PictureI
	p.Closed, p.RandomAccess = p.Key, p.Key
	p.Disposable = p.Type == PictureB
	if h.Width != 0 {
		i := Info{
			Codec: codec, Profile: -1, Level: -1,
			ChromaFormat: 1, BitDepthLuma: 8, BitDepthChroma: 8, SAR: h.SAR,
			Color:  unspecifiedColor,
			MinDPB: 1, Progressive: true, SpatialLayers: 1,
		}
		i.macroblocks(int(h.Width), int(h.Height), true)
		t.setInfo(i)
	}
	p.Width, p.Height = t.info.Width, t.info.Height
	return nil
}
