package bitstream

// Start codes of MPEG-1 and MPEG-2.
// Specification: ITU-T H.262, table 6-1; ISO/IEC 11172-2, section 2.4.2.2.
const (
	mpegPicture     = 0x00
	mpegSequence    = 0xb3
	mpegExtension   = 0xb5
	mpegSequenceEnd = 0xb7
	mpegGroup       = 0xb8

	mpegSequenceExt = 1
	mpegDisplayExt  = 2
	mpegPictureExt  = 8
)

// MPEGSequence is a sequence header with the extensions that followed it. Without
// any it is of MPEG-1.
// Specification: ITU-T H.262, sections 6.2.2.1, 6.2.2.3, 6.2.2.4.
type MPEGSequence struct {
	MPEG2                       bool
	Width, Height               uint16
	AspectRatio, FrameRateCode  uint8
	ProfileLevel                uint8
	Progressive, LowDelay       bool
	ChromaFormat                uint8 // 1 4:2:0, 2 4:2:2, 3 4:4:4
	FrameRateExtN               uint8
	FrameRateExtD               uint8
	Display                     bool
	Color                       Color
	DisplayWidth, DisplayHeight uint16
}

// Parse reads the body of a sequence header.
func (s *MPEGSequence) Parse(body []byte) error {
	var r BitReader
	r.Reset(body)
	*s = MPEGSequence{
		Width: uint16(r.Bits(12)), Height: uint16(r.Bits(12)),
		AspectRatio: uint8(r.Bits(4)), FrameRateCode: uint8(r.Bits(4)),
		ProfileLevel: 0, Progressive: true, ChromaFormat: 1,
		Color: unspecifiedColor,
	}
	r.Skip(18 + 1 + 10 + 1) // bit_rate_value, marker_bit, vbv_buffer_size_value, constrained
	if r.Err() != nil {
		return r.Err()
	}
	if s.Width == 0 || s.Height == 0 {
		return invalid("picture size is zero")
	}
	return nil
}

// parseExtension reads the body of a sequence extension or sequence display extension.
func (s *MPEGSequence) parseExtension(body []byte) error {
	var r BitReader
	r.Reset(body)
	switch r.Bits(4) {
	case mpegSequenceExt:
		n := *s
		n.MPEG2 = true
		n.ProfileLevel = uint8(r.Bits(8))
		n.Progressive = r.Flag()
		n.ChromaFormat = uint8(r.Bits(2))
		n.Width = n.Width&0xfff | uint16(r.Bits(2))<<12
		n.Height = n.Height&0xfff | uint16(r.Bits(2))<<12
		r.Skip(12 + 1 + 8)
		n.LowDelay = r.Flag()
		n.FrameRateExtN, n.FrameRateExtD = uint8(r.Bits(2)), uint8(r.Bits(5))
		if r.Err() != nil {
			return r.Err()
		}
		if n.ChromaFormat == 0 {
			return invalid("chroma_format")
		}
		*s = n
	case mpegDisplayExt:
		n := *s
		r.Skip(3) // video_format
		if r.Flag() {
			n.Color.Primaries, n.Color.Transfer, n.Color.Matrix = uint8(r.Bits(8)), uint8(r.Bits(8)), uint8(r.Bits(8))
		}
		n.DisplayWidth = uint16(r.Bits(14))
		r.Skip(1)
		n.DisplayHeight = uint16(r.Bits(14))
		if r.Err() != nil {
			return r.Err()
		}
		n.Display = true
		*s = n
	}
	return nil
}

// mpegFrameRates is table 6-4, by frame_rate_code.
var mpegFrameRates = [...]Ratio{
	{}, {24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {30, 1}, {50, 1}, {60000, 1001}, {60, 1},
}

// mpeg1Aspects is the height to width ratio of samples times 10000, by
// pel_aspect_ratio.
// Specification: ISO/IEC 11172-2, section 2.4.3.2.
var mpeg1Aspects = [...]uint32{
	0, 10000, 6735, 7031, 7615, 8055, 8437, 8935, 9157, 9815, 10255, 10695, 10950, 11575, 12015,
}

// Info sums the headers up.
func (s *MPEGSequence) Info() Info {
	i := Info{
		Codec: CodecMPEG1, Profile: -1, Level: -1,
		ChromaFormat: s.ChromaFormat, BitDepthLuma: 8, BitDepthChroma: 8,
		SAR: s.sar(), Color: s.Color, MaxReorder: 1, MinDPB: 2,
		Progressive: s.Progressive, SpatialLayers: 1,
	}
	i.Color.Range = RangeLimited
	if s.MPEG2 {
		i.Codec = CodecMPEG2
		i.Profile, i.Level = int(s.ProfileLevel>>4&7), int(s.ProfileLevel&15)
	}
	if s.LowDelay {
		i.MaxReorder = 0
	}
	if int(s.FrameRateCode) < len(mpegFrameRates) {
		f := mpegFrameRates[s.FrameRateCode]
		i.FrameRate = Ratio{f.Num * (uint32(s.FrameRateExtN) + 1), f.Den * (uint32(s.FrameRateExtD) + 1)}
	}
	i.macroblocks(int(s.Width), int(s.Height), s.Progressive)
	return i
}

// macroblocks sets the sizes of a picture whose header tells the cropped one: coded
// are whole macroblocks, of both fields if it is interlaced.
func (i *Info) macroblocks(w, h int, progressive bool) {
	rows := 32
	if progressive {
		rows = 16
	}
	i.Width, i.Height = w, h
	i.CodedWidth, i.CodedHeight = (w+15)&^15, (h+rows-1)/rows*rows
	i.MaxWidth, i.MaxHeight = i.CodedWidth, i.CodedHeight
	i.Crop.Right, i.Crop.Bottom = i.CodedWidth-w, i.CodedHeight-h
}

// sar returns the sample aspect ratio.
func (s *MPEGSequence) sar() Ratio {
	if !s.MPEG2 {
		if s.AspectRatio == 0 || int(s.AspectRatio) >= len(mpeg1Aspects) {
			return Ratio{}
		}
		return reduce(10000, uint64(mpeg1Aspects[s.AspectRatio]))
	}
	var dar Ratio
	switch s.AspectRatio {
	case 1:
		return Ratio{1, 1}
	case 2:
		dar = Ratio{4, 3}
	case 3:
		dar = Ratio{16, 9}
	case 4:
		dar = Ratio{221, 100}
	default:
		return Ratio{}
	}
	w, h := uint64(s.Width), uint64(s.Height)
	// The ratio is of the display size. Many streams carry one that does not fit, so
	// it counts only if the whole picture then is 4:3 or 16:9, as in libavcodec.
	if dw, dh := uint64(s.DisplayWidth), uint64(s.DisplayHeight); s.Display && dw > 0 && dh > 0 {
		whole := reduce(uint64(dar.Num)*w*dh, uint64(dar.Den)*h*dw)
		if whole == (Ratio{4, 3}) || whole == (Ratio{16, 9}) {
			w, h = dw, dh
		}
	}
	return reduce(uint64(dar.Num)*h, uint64(dar.Den)*w)
}

// MPEGPicture is a picture header with its coding extension.
// Specification: ITU-T H.262, sections 6.2.3 and 6.2.3.1.
type MPEGPicture struct {
	TemporalReference uint16
	CodingType        uint8 // 1 I, 2 P, 3 B, 4 D
	// The rest is of MPEG-2. Structure: 1 top field, 2 bottom field, 3 frame.
	Structure        uint8
	TopFieldFirst    bool
	RepeatFirstField bool
	ProgressiveFrame bool
}

// Parse reads the body of a picture header.
func (p *MPEGPicture) Parse(body []byte) error {
	var r BitReader
	r.Reset(body)
	*p = MPEGPicture{TemporalReference: uint16(r.Bits(10)), CodingType: uint8(r.Bits(3)), Structure: 3, ProgressiveFrame: true}
	if r.Err() != nil {
		return r.Err()
	}
	if p.CodingType < 1 || p.CodingType > 4 {
		return invalid("picture_coding_type")
	}
	return nil
}

// parseExtension reads the body of an extension if it is a picture coding extension.
func (p *MPEGPicture) parseExtension(body []byte) error {
	var r BitReader
	r.Reset(body)
	if r.Bits(4) != mpegPictureExt {
		return r.Err()
	}
	r.Skip(16 + 2) // f_code, intra_dc_precision
	p.Structure = uint8(r.Bits(2))
	p.TopFieldFirst = r.Flag()
	r.Skip(5)
	p.RepeatFirstField = r.Flag()
	r.Skip(1)
	p.ProgressiveFrame = r.Flag()
	if r.Err() == nil && p.Structure == 0 {
		return invalid("picture_structure")
	}
	return r.Err()
}

// PictureType returns the type of the picture.
func (p *MPEGPicture) PictureType() PictureType {
	return [...]PictureType{PictureUnknown, PictureI, PictureP, PictureB, PictureI}[p.CodingType]
}
