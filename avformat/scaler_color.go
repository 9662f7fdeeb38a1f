package avformat

import "strings"

// A side is what libswscale has to know about one side, with nothing left unknown.
type side struct {
	format           PixelFormat // never one of the yuvj or gray formats
	full             int         // 1: full range
	matrix           int         // AVColorSpace, as far as libswscale has coefficients for it
	chromaX, chromaY int         // 1/256 of a luma sample; swsNoPos where not subsampled
	rgb              bool
	jpeg             bool // one of the yuvj formats
	gray             bool // format has chroma planes that the picture has not
}

const (
	rangeLimited = 1
	rangeFull    = 2

	matrixUnknown = 2
	matrixBT601   = 5

	chromaLeft   = 1
	chromaCenter = 2
)

// resolve fills in what the images leave open.
func resolve(src, dst Image) (from, to side) {
	c := src.Color
	from = sideOf(src)
	if from.jpeg {
		c.Range = rangeFull
	}
	if c.ChromaLocation == 0 {
		c.ChromaLocation = chromaLeft
		if from.jpeg {
			c.ChromaLocation = chromaCenter
		}
	}
	from.set(c)

	d := dst.Color
	to = sideOf(dst)
	if to.jpeg {
		d.Range = rangeFull
	}
	if !from.rgb {
		if d.Range == 0 && from.full != 0 {
			d.Range = rangeFull
		}
		if unknownMatrix(d.Matrix) {
			d.Matrix = c.Matrix
		}
	}
	if d.ChromaLocation == 0 {
		d.ChromaLocation = c.ChromaLocation
	}
	to.set(d)
	if to.rgb {
		to.matrix = from.matrix
	} else if from.rgb {
		from.matrix = to.matrix
	}
	return from, to
}

func unknownMatrix(m int) bool { return m == 0 || m == matrixUnknown }

// convertible is true for the matrices that libswscale has coefficients for; it
// would take BT.601's for the others without a word.
func convertible(m int) bool { return m >= 0 && m <= 10 && m != 8 }

// sideOf knows the yuvj formats for what they are, yuv in full range, and makes grey
// pictures YUV without colour: libswscale takes all grey for full range.
func sideOf(i Image) side {
	info := i.Format.Info()
	s := side{format: i.Format, rgb: info.RGB}
	name := info.Name
	if rest, ok := strings.CutPrefix(name, "yuvj"); ok {
		s.jpeg, name = true, "yuv"+rest
	}
	if rest, ok := strings.CutPrefix(name, "gray"); ok && len(info.Components) == 1 && !info.Float {
		s.gray, name = true, "yuv420p"+rest
	}
	if f, err := PixelFormatByName(name); err == nil {
		s.format = f
	} else {
		s.jpeg, s.gray = false, false
	}
	return s
}

func (s *side) set(c Color) {
	if c.Range == rangeFull {
		s.full = 1
	}
	s.matrix = c.Matrix
	if unknownMatrix(s.matrix) {
		s.matrix = matrixBT601
	}
	info := s.format.Info()
	// Positions are those of AVChromaLocation: left, centre, top left, top, bottom
	// left, bottom.
	x := [7]int{0, 0, 1, 0, 1, 0, 1}[min(max(c.ChromaLocation, 0), 6)] * 128
	y := [7]int{1, 1, 1, 0, 0, 2, 2}[min(max(c.ChromaLocation, 0), 6)] * 128
	s.chromaX, s.chromaY = swsNoPos, swsNoPos
	if info.Log2ChromaW > 0 {
		s.chromaX = x * (1<<info.Log2ChromaW - 1)
	}
	if info.Log2ChromaH > 0 {
		s.chromaY = y * (1<<info.Log2ChromaH - 1)
	}
}
