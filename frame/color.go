package frame

import (
	"errors"
	"strconv"
)

// ErrInvalidColor: a colour description that has no meaning here.
var ErrInvalidColor = errors.New("unsupported colour description")

// Color describes what sample values mean. The numbers are those of ISO/IEC 23091-2
// (the same as in H.264, HEVC and AV1), so values that a bitstream carries can be
// converted as they are; Range and ChromaLocation are FFmpeg's, whose zero means
// unspecified.
//
// The zero Color is unspecified in all parts: see Resolve.
type Color struct {
	Primaries      Primaries
	Transfer       Transfer
	Matrix         Matrix
	Range          Range
	ChromaLocation ChromaLocation
}

// Unspecified is the description of a stream that carries none.
var Unspecified = Color{PrimariesUnspecified, TransferUnspecified, MatrixUnspecified, RangeUnspecified, ChromaUnspecified}

// Primaries are the chromaticities of red, green, blue and white.
type Primaries uint8

// Primaries of ISO/IEC 23091-2, table 2.
const (
	PrimariesBT709       Primaries = 1
	PrimariesUnspecified Primaries = 2
	PrimariesBT470M      Primaries = 4
	PrimariesBT470BG     Primaries = 5
	PrimariesSMPTE170M   Primaries = 6
	PrimariesSMPTE240M   Primaries = 7
	PrimariesFilm        Primaries = 8
	PrimariesBT2020      Primaries = 9
	PrimariesSMPTE428    Primaries = 10 // CIE XYZ
	PrimariesSMPTE431    Primaries = 11 // DCI-P3
	PrimariesSMPTE432    Primaries = 12 // Display P3
	PrimariesEBU3213     Primaries = 22
)

// Transfer is the function from light to code values.
type Transfer uint8

// Transfer functions of ISO/IEC 23091-2, table 3.
const (
	TransferBT709        Transfer = 1
	TransferUnspecified  Transfer = 2
	TransferGamma22      Transfer = 4
	TransferGamma28      Transfer = 5
	TransferSMPTE170M    Transfer = 6
	TransferSMPTE240M    Transfer = 7
	TransferLinear       Transfer = 8
	TransferLog          Transfer = 9
	TransferLogSqrt      Transfer = 10
	TransferIEC61966_2_4 Transfer = 11 // xvYCC
	TransferBT1361       Transfer = 12
	TransferIEC61966_2_1 Transfer = 13 // sRGB
	TransferBT2020_10    Transfer = 14
	TransferBT2020_12    Transfer = 15
	TransferSMPTE2084    Transfer = 16 // PQ
	TransferSMPTE428     Transfer = 17
	TransferARIBSTDB67   Transfer = 18 // HLG
)

// Matrix is how luma and chroma are made from red, green and blue.
type Matrix uint8

// Matrix coefficients of ISO/IEC 23091-2, table 4.
const (
	MatrixRGB         Matrix = 0 // no matrix: planes are G, B, R
	MatrixBT709       Matrix = 1
	MatrixUnspecified Matrix = 2
	MatrixFCC         Matrix = 4
	MatrixBT470BG     Matrix = 5 // BT.601
	MatrixSMPTE170M   Matrix = 6 // BT.601
	MatrixSMPTE240M   Matrix = 7
	MatrixYCgCo       Matrix = 8
	MatrixBT2020NCL   Matrix = 9
	MatrixBT2020CL    Matrix = 10
	MatrixSMPTE2085   Matrix = 11
	MatrixChromaNCL   Matrix = 12
	MatrixChromaCL    Matrix = 13
	MatrixICtCp       Matrix = 14
	MatrixIPTC2       Matrix = 15
	MatrixYCgCoRe     Matrix = 16
	MatrixYCgCoRo     Matrix = 17
)

// Range says which code values stand for black and white.
type Range uint8

// Ranges.
const (
	RangeUnspecified Range = iota
	RangeLimited           // 8 bit: luma 16..235, chroma 16..240
	RangeFull              // 8 bit: 0..255
)

// ChromaLocation is where chroma samples of 4:2:0 lie between luma samples: the
// numbers of H.264 and HEVC plus one.
type ChromaLocation uint8

// Chroma locations.
const (
	ChromaUnspecified ChromaLocation = iota
	ChromaLeft
	ChromaCenter
	ChromaTopLeft
	ChromaTop
	ChromaBottomLeft
	ChromaBottom
)

// What ffprobe prints, FFmpeg 8; "" for reserved numbers.
var (
	primariesNames = [...]string{"reserved", "bt709", "unknown", "reserved", "bt470m", "bt470bg", "smpte170m", "smpte240m",
		"film", "bt2020", "smpte428", "smpte431", "smpte432", 22: "ebu3213"}
	transferNames = [...]string{"reserved", "bt709", "unknown", "reserved", "bt470m", "bt470bg", "smpte170m", "smpte240m",
		"linear", "log100", "log316", "iec61966-2-4", "bt1361e", "iec61966-2-1", "bt2020-10", "bt2020-12",
		"smpte2084", "smpte428", "arib-std-b67"}
	matrixNames = [...]string{"gbr", "bt709", "unknown", "reserved", "fcc", "bt470bg", "smpte170m", "smpte240m",
		"ycgco", "bt2020nc", "bt2020c", "smpte2085", "chroma-derived-nc", "chroma-derived-c", "ictcp",
		"ipt-c2", "ycgco-re", "ycgco-ro"}
	rangeNames  = [...]string{"unknown", "tv", "pc"}
	chromaNames = [...]string{"unspecified", "left", "center", "topleft", "top", "bottomleft", "bottom"}
)

func enumName(names []string, v uint8, typ string) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return typ + "(" + strconv.Itoa(int(v)) + ")"
}

func enumParse[T ~uint8](p *T, names []string, typ string, text []byte) error {
	for i, n := range names {
		if n != "" && n != "reserved" && n == string(text) {
			*p = T(i)
			return nil
		}
	}
	return &ColorNameError{Type: typ, Name: string(text)}
}

// ColorNameError is a name that is not one of an enumeration of this package. It is
// an ErrInvalidColor.
type ColorNameError struct{ Type, Name string }

func (e *ColorNameError) Error() string { return "frame: no " + e.Type + " " + strconv.Quote(e.Name) }

// Is makes it match ErrInvalidColor.
func (e *ColorNameError) Is(target error) bool { return target == ErrInvalidColor }

// String is the name that ffprobe prints.
func (v Primaries) String() string { return enumName(primariesNames[:], uint8(v), "Primaries") }

// String is the name that ffprobe prints.
func (v Transfer) String() string { return enumName(transferNames[:], uint8(v), "Transfer") }

// String is the name that ffprobe prints.
func (v Matrix) String() string { return enumName(matrixNames[:], uint8(v), "Matrix") }

// String is the name that ffprobe prints.
func (v Range) String() string { return enumName(rangeNames[:], uint8(v), "Range") }

// String is the name that ffprobe prints.
func (v ChromaLocation) String() string { return enumName(chromaNames[:], uint8(v), "ChromaLocation") }

// MarshalText is String.
func (v Primaries) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// MarshalText is String.
func (v Transfer) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// MarshalText is String.
func (v Matrix) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// MarshalText is String.
func (v Range) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// MarshalText is String.
func (v ChromaLocation) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText takes a name that ffprobe prints. Error: *ColorNameError.
func (v *Primaries) UnmarshalText(text []byte) error {
	return enumParse(v, primariesNames[:], "primaries", text)
}

// UnmarshalText takes a name that ffprobe prints. Error: *ColorNameError.
func (v *Transfer) UnmarshalText(text []byte) error {
	return enumParse(v, transferNames[:], "transfer function", text)
}

// UnmarshalText takes a name that ffprobe prints. Error: *ColorNameError.
func (v *Matrix) UnmarshalText(text []byte) error {
	return enumParse(v, matrixNames[:], "matrix", text)
}

// UnmarshalText takes a name that ffprobe prints. Error: *ColorNameError.
func (v *Range) UnmarshalText(text []byte) error {
	return enumParse(v, rangeNames[:], "range", text)
}

// UnmarshalText takes a name that ffprobe prints. Error: *ColorNameError.
func (v *ChromaLocation) UnmarshalText(text []byte) error {
	return enumParse(v, chromaNames[:], "chroma location", text)
}

// Resolve fills in what is unspecified, for a picture of the given format and
// height, as players do: BT.709 from 720 lines up, else BT.601; limited range,
// unless the format's name says full or its samples are RGB. BT.2020 is only
// assumed when said.
func (c Color) Resolve(f Format, height int) Color {
	if c.Primaries == 0 && c.Transfer == 0 && c.Matrix == 0 {
		c.Matrix = MatrixUnspecified // a zero Color, since 0 is reserved for the other two
	}
	hd := height >= 720
	if c.Matrix == MatrixUnspecified || c.Matrix == 3 {
		switch {
		case f.Family() == FamilyRGB:
			c.Matrix = MatrixRGB
		case hd:
			c.Matrix = MatrixBT709
		default:
			c.Matrix = MatrixSMPTE170M
		}
	}
	if c.Primaries == 0 || c.Primaries == PrimariesUnspecified {
		if c.Primaries = PrimariesSMPTE170M; hd {
			c.Primaries = PrimariesBT709
		}
	}
	if c.Transfer == 0 || c.Transfer == TransferUnspecified {
		if c.Transfer = TransferSMPTE170M; hd {
			c.Transfer = TransferBT709
		}
	}
	if f.FullRange() || c.Range == RangeUnspecified && f.Family() == FamilyRGB {
		c.Range = RangeFull
	} else if c.Range == RangeUnspecified {
		c.Range = RangeLimited
	}
	return c
}
