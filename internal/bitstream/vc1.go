package bitstream

// Start codes of VC-1 advanced profile.
// Specification: SMPTE ST 421, annex E.5.
const (
	vc1EndOfSequence = 0x0a
	vc1Slice         = 0x0b
	vc1Field         = 0x0c
	vc1Frame         = 0x0d
	vc1EntryPoint    = 0x0e
	vc1Sequence      = 0x0f
)

// Profiles of VC-1.
const (
	VC1Simple   = 0
	VC1Main     = 1
	VC1Advanced = 3
)

// VC1Sequence is a sequence header: STRUCT_C of simple and main profile, which has no
// size, or that of advanced profile.
// Specification: SMPTE ST 421, section 6.1 and annex J.1.
type VC1Sequence struct {
	Profile, Level uint8
	// Width and Height are coded sizes, 0 where the header has none.
	Width, Height      uint16
	Interlace          bool
	Pulldown           bool // pulldown_flag
	FrameInterpolation bool // finterpflag
	PSF                bool
	RangeReduction     bool // simple and main
	MaxBFrames         uint8
	DisplayWidth       uint16
	DisplayHeight      uint16
	SAR                Ratio
	FrameRate          Ratio
	Color              Color
	leakyBuckets       uint8
}

// ParseStructC reads the four bytes of simple and main profile that containers keep.
func (s *VC1Sequence) ParseStructC(data []byte) error {
	var r BitReader
	r.Reset(data)
	*s = VC1Sequence{Color: unspecifiedColor, Level: 0}
	s.Profile = uint8(r.Bits(2))
	r.Skip(2)
	if s.Profile == VC1Advanced {
		return invalid("profile of STRUCT_C")
	}
	r.Skip(3 + 5 + 1 + 1 + 1 + 1 + 1 + 1 + 2 + 1 + 1 + 1 + 1) // frmrtq_postproc ... syncmarker
	s.RangeReduction = r.Flag()
	s.MaxBFrames = uint8(r.Bits(3))
	r.Skip(2)
	s.FrameInterpolation = r.Flag()
	return r.Err()
}

var vc1FrameRates = [...]uint32{0, 24000, 25000, 30000, 50000, 60000, 48000, 72000}

// Parse reads the body of a sequence header of advanced profile.
func (s *VC1Sequence) Parse(body []byte) error {
	var r BitReader
	r.ResetNAL(body)
	*s = VC1Sequence{Color: unspecifiedColor}
	s.Profile = uint8(r.Bits(2))
	s.Level = uint8(r.Bits(3))
	if r.Err() == nil && s.Profile != VC1Advanced {
		return invalid("profile of a sequence header")
	}
	if r.Bits(2) != 1 && r.Err() == nil {
		return invalid("COLORDIFF_FORMAT")
	}
	r.Skip(3 + 5 + 1) // frmrtq_postproc, bitrtq_postproc, postprocflag
	s.Width, s.Height = uint16(r.Bits(12)+1)*2, uint16(r.Bits(12)+1)*2
	s.Pulldown = r.Flag()
	s.Interlace = r.Flag()
	r.Skip(1) // tfcntrflag
	s.FrameInterpolation = r.Flag()
	r.Skip(1)
	s.PSF = r.Flag()
	s.MaxBFrames = 7
	if r.Flag() {
		s.parseDisplay(&r)
	}
	if r.Flag() { // hrd_param_flag
		s.leakyBuckets = uint8(r.Bits(5))
		r.Skip(8 + 32*int(s.leakyBuckets))
	}
	return r.Err()
}

// parseDisplay reads what display_ext announces.
func (s *VC1Sequence) parseDisplay(r *BitReader) {
	s.DisplayWidth, s.DisplayHeight = uint16(r.Bits(14))+1, uint16(r.Bits(14))+1
	if r.Flag() {
		switch a := r.Bits(4); {
		case a == 15:
			s.SAR = reduce(uint64(r.Bits(8))+1, uint64(r.Bits(8))+1)
		case a > 0 && a < 14:
			s.SAR = sampleAspectRatios[a]
		}
	}
	if r.Flag() {
		if r.Flag() { // framerateind
			s.FrameRate = Ratio{r.Bits(16) + 1, 32}
		} else {
			n, d := r.Bits(8), r.Bits(4)
			if n > 0 && int(n) < len(vc1FrameRates) && (d == 1 || d == 2) {
				s.FrameRate = Ratio{vc1FrameRates[n], 999 + d}
			}
		}
	}
	if r.Flag() {
		s.Color.Primaries, s.Color.Transfer, s.Color.Matrix = uint8(r.Bits(8)), uint8(r.Bits(8)), uint8(r.Bits(8))
	}
}

// parseEntryPoint reads the body of an entry point header for its size. broken says
// that B pictures that follow refer to what is not there, closed that none does.
// Specification: SMPTE ST 421, section 6.2.
func (s *VC1Sequence) parseEntryPoint(body []byte) (broken, closed bool, err error) {
	var r BitReader
	r.ResetNAL(body)
	broken, closed = r.Flag(), r.Flag()
	r.Skip(4) // panscan_flag, refdist_flag, loopfilter, fastuvmc
	r.Skip(1 + 2 + 1 + 1 + 2 + 8*int(s.leakyBuckets))
	if r.Flag() {
		w, h := uint16(r.Bits(12)+1)*2, uint16(r.Bits(12)+1)*2
		if r.Err() == nil {
			s.Width, s.Height = w, h
		}
	}
	return broken, closed, r.Err()
}

// Info sums the header up. For simple and main profile sizes are 0.
func (s *VC1Sequence) Info() Info {
	i := Info{
		Codec: CodecWMV3, Profile: int(s.Profile), Level: int(s.Level),
		ChromaFormat: 1, BitDepthLuma: 8, BitDepthChroma: 8,
		SAR: s.SAR, Color: s.Color, FrameRate: s.FrameRate,
		MinDPB: 2, Progressive: !s.Interlace, SpatialLayers: 1,
	}
	if s.MaxBFrames > 0 {
		i.MaxReorder = 1
	}
	if s.Profile == VC1Advanced {
		i.Codec = CodecVC1
	}
	i.macroblocks(int(s.Width), int(s.Height), !s.Interlace)
	return i
}
