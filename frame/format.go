package frame

import (
	"errors"
	"fmt"
)

// Errors that describe what was asked for. Match them with errors.Is.
var (
	ErrInvalidFormat = errors.New("invalid pixel format")
	ErrInvalidSize   = errors.New("invalid picture size")
	ErrInvalidPlane  = errors.New("invalid plane")
)

// Limits of a picture. They are above what any codec allows and keep all sizes
// well inside an int of 32 bits.
const (
	MaxDimension = 1 << 16   // columns or rows
	MaxBytes     = 1<<31 - 1 // all planes with their padding
)

func (f Format) layout() *layout {
	if f >= formatCount {
		f = Unknown
	}
	return &layouts[f]
}

// Valid is true for every format listed in this package but Unknown.
func (f Format) Valid() bool { return f > Unknown && f < formatCount }

// Family is the kind of samples.
func (f Format) Family() Family { return f.layout().family }

// Planes is the number of planes, 1 to 4; 0 if f is not valid.
func (f Format) Planes() int { return int(f.layout().n) }

// Bits is the number of significant bits of a sample; of the widest component
// where one word holds several. A frame's BitDepth may be lower for formats that
// serve several depths: P016, P216, P416, YUV444P16.
func (f Format) Bits() int { return int(f.layout().bits) }

// SampleBytes is the size of a sample in bytes: 1, 2 or 4.
func (f Format) SampleBytes() int { return int(f.layout().bytes) }

// HighBits is true if the significant bits of a sample are its high ones, as in
// P016; false if the value lies in the low bits, as in yuv420p10le.
func (f Format) HighBits() bool { return f.layout().high }

// BigEndian is true if samples are wider than a byte and big-endian.
func (f Format) BigEndian() bool { return f.layout().big }

// Float is true if samples are floating point.
func (f Format) Float() bool { return f.layout().float }

// ChromaShift is the subsampling of chroma, as log2: 1, 1 for 4:2:0; 1, 0 for
// 4:2:2; 0, 0 for 4:4:4, for gray and for RGB.
func (f Format) ChromaShift() (x, y int) {
	l := f.layout()
	return int(l.shift), int(l.shiftV)
}

// SemiPlanar is true if chroma is one plane of interleaved samples.
func (f Format) SemiPlanar() bool {
	l := f.layout()
	return l.family == FamilyYUV && l.n == 2
}

// Planar is true if every plane holds one component.
func (f Format) Planar() bool {
	l := f.layout()
	return l.family == FamilyYUV && l.n >= 3 || l.family == FamilyRGB && l.n >= 3 ||
		l.family == FamilyGray && !l.alpha && l.plane[0].h == 0
}

// Alpha is true if there is transparency.
func (f Format) Alpha() bool { return f.layout().alpha }

// FullRange is true for the formats whose name says so (yuvj420p, ...).
func (f Format) FullRange() bool { return f.layout().full }

// PlaneShape returns rows, columns and samples in a column of one plane of a picture
// of width x height; zero if there is no such plane. Subsampled dimensions are
// rounded up. The palette of PAL8 is 1 x 256 x 4.
func (f Format) PlaneShape(plane, width, height int) [3]int {
	l := f.layout()
	if plane < 0 || plane >= int(l.n) || width <= 0 || height <= 0 {
		return [3]int{}
	}
	if f == PAL8 && plane == 1 {
		return [3]int{1, 256, 4}
	}
	p := l.plane[plane]
	return [3]int{ceilShift(height, p.v), ceilShift(width, p.h), int(p.n)}
}

// RowBytes is the length of one row of a plane without padding, in bytes.
func (f Format) RowBytes(plane, width int) int {
	s := f.PlaneShape(plane, width, 1)
	return s[1] * s[2] * f.SampleBytes()
}

// Size is the number of bytes of a picture without padding, planes one after the
// other: the length of a frame in FFmpeg's rawvideo. Errors: ErrInvalidFormat,
// ErrInvalidSize.
func (f Format) Size(width, height int) (int, error) {
	if err := f.check(width, height); err != nil {
		return 0, err
	}
	return f.size(width, height), nil
}

func (f Format) size(width, height int) int {
	n := 0
	for i := range f.Planes() {
		n += f.PlaneShape(i, width, height)[0] * f.RowBytes(i, width)
	}
	return n
}

// check refuses what no allocation should be tried for.
func (f Format) check(width, height int) error {
	if !f.Valid() {
		return fmt.Errorf("frame: %v: %w", f, ErrInvalidFormat)
	}
	if width < 1 || height < 1 || width > MaxDimension || height > MaxDimension {
		return fmt.Errorf("frame: %d x %d, want 1 to %d: %w", width, height, MaxDimension, ErrInvalidSize)
	}
	var n int64
	for i := range f.Planes() {
		// With the padding of every row to 512 bytes, and of rows to an even number.
		s := f.PlaneShape(i, width, height)
		row := int64(s[1]) * int64(s[2]) * int64(f.SampleBytes())
		n += (row + 511) &^ 511 * int64(s[0]+1)
	}
	if n > MaxBytes {
		return fmt.Errorf("frame: %v of %d x %d takes %d bytes, more than %d: %w", f, width, height, n, MaxBytes, ErrInvalidSize)
	}
	return nil
}

func ceilShift(n int, s uint8) int { return (n + 1<<s - 1) >> s }
