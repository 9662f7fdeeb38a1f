package bitstream

// A Ratio is a fraction as coded, not reduced. Den 0 means unknown.
type Ratio struct{ Num, Den uint32 }

// A Crop is how many luma samples are cut from each side of the coded picture.
type Crop struct{ Left, Top, Right, Bottom int }

// A Range is the range of sample values; the numbers are FFmpeg's.
type Range uint8

// Ranges.
const (
	RangeUnspecified Range = iota
	RangeLimited
	RangeFull
)

// Unspecified is the code of primaries, transfer and matrix that says nothing.
// Specification: ISO/IEC 23091-2.
const Unspecified = 2

// Color describes what sample values mean. Primaries, Transfer and Matrix are the
// code points of ISO/IEC 23091-2, 2 = unspecified.
type Color struct {
	Primaries, Transfer, Matrix uint8
	Range                       Range
	// ChromaLocation is chroma_sample_loc_type (of the top field) plus 1, which is
	// FFmpeg's number: 1 left, 2 centre, 3 top left. 0 is unspecified.
	ChromaLocation uint8
}

var unspecifiedColor = Color{Primaries: Unspecified, Transfer: Unspecified, Matrix: Unspecified}

// Info is what the sequence header of a stream says. It is comparable: two equal
// values need no new decoder.
type Info struct {
	Codec Codec
	// Profile and Level as coded: profile_idc, level_idc (HEVC: general_*), seq_profile
	// and seq_level_idx (AV1), profile (VP8: version). -1 where the codec has none.
	Profile, Level int
	// Width and Height are the picture's after cropping, in luma samples.
	Width, Height int
	// CodedWidth and CodedHeight are before cropping: whole macroblocks (H.264, MPEG, VC-1,
	// VP8) or minimum coding blocks (HEVC); for AV1, VP9 and JPEG the plain size.
	CodedWidth, CodedHeight int
	// MaxWidth and MaxHeight bound the pictures of the sequence (AV1); else coded size.
	MaxWidth, MaxHeight int
	Crop                Crop
	// ChromaFormat is 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4, 4 other (4:4:0, 4:1:1).
	ChromaFormat                 uint8
	BitDepthLuma, BitDepthChroma uint8
	SAR                          Ratio
	Color                        Color
	// MaxReorder is how many pictures can precede a picture in decoding order and
	// follow it in output order; the bound of the level when the stream does not say.
	MaxReorder int
	// MinDPB is how many pictures a decoder must hold, the current one excluded.
	MinDPB int
	// Progressive is false when pictures may be fields or interlaced frames.
	Progressive bool
	// FrameRate of frames, not fields; Den 0 when not told.
	FrameRate Ratio
	// FilmGrain is true when pictures carry film grain parameters (AV1).
	FilmGrain bool
	// SpatialLayers of the chosen operating point (AV1), else 1.
	SpatialLayers int
}

// SameDecoder reports whether a hardware decoder made for i can be reconfigured for
// o: codec, chroma format and bit depths are the same.
func (i Info) SameDecoder(o Info) bool {
	return i.Codec == o.Codec && i.ChromaFormat == o.ChromaFormat &&
		i.BitDepthLuma == o.BitDepthLuma && i.BitDepthChroma == o.BitDepthChroma
}
