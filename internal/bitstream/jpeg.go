package bitstream

// Markers of JPEG.
// Specification: ITU-T T.81, table B.1.
const (
	jpegSOF0  = 0xc0
	jpegDHT   = 0xc4
	jpegJPG   = 0xc8
	jpegDAC   = 0xcc
	jpegSOF15 = 0xcf
	jpegRST0  = 0xd0
	jpegSOI   = 0xd8
	jpegEOI   = 0xd9
	jpegSOS   = 0xda
	jpegAPP14 = 0xee
	jpegTEM   = 0x01
)

// JPEGFrame is a frame header with what decides on the colours.
// Specification: ITU-T T.81, section B.2.2.
type JPEGFrame struct {
	Process       uint8 // 0 baseline, 1 extended, 2 progressive, 3 lossless ... of SOFn
	Precision     uint8
	Width, Height uint16
	Components    uint8
	// Horizontal and Vertical are the sampling factors, ID the component identifiers.
	Horizontal, Vertical, ID [4]uint8
	// Adobe says that an Adobe APP14 segment was there, with Transform 0 (RGB, CMYK),
	// 1 (YCbCr), 2 (YCCK).
	Adobe     bool
	Transform uint8
}

// Parse reads the headers of image up to the frame header.
func (f *JPEGFrame) Parse(image []byte) error {
	*f = JPEGFrame{}
	if len(image) < 4 || image[0] != 0xff || image[1] != jpegSOI {
		return invalid("JPEG start of image")
	}
	data := image[2:]
	for len(data) >= 2 {
		if data[0] != 0xff {
			data = data[1:] // padding of bad writers
			continue
		}
		m := data[1]
		if m == 0xff { // fill byte
			data = data[1:]
			continue
		}
		data = data[2:]
		if m == 0 || m == jpegTEM || m >= jpegRST0 && m <= jpegSOI {
			continue
		}
		if m == jpegEOI || m == jpegSOS {
			break
		}
		if len(data) < 2 {
			break
		}
		n := int(data[0])<<8 | int(data[1])
		if n < 2 || n > len(data) {
			return ErrTruncated
		}
		body := data[2:n]
		data = data[n:]
		switch {
		case m >= jpegSOF0 && m <= jpegSOF15 && m != jpegDHT && m != jpegJPG && m != jpegDAC:
			f.Process = m - jpegSOF0
			return f.parseFrame(body)
		case m == jpegAPP14 && len(body) >= 12 && string(body[:5]) == "Adobe":
			f.Adobe, f.Transform = true, body[11]
		}
	}
	return ErrTruncated
}

func (f *JPEGFrame) parseFrame(body []byte) error {
	if len(body) < 6 {
		return ErrTruncated
	}
	f.Precision = body[0]
	f.Height, f.Width = uint16(body[1])<<8|uint16(body[2]), uint16(body[3])<<8|uint16(body[4])
	f.Components = body[5]
	if f.Components < 1 || int(f.Components) > len(f.ID) {
		return invalid("JPEG component count")
	}
	if len(body) < 6+3*int(f.Components) {
		return ErrTruncated
	}
	if f.Width == 0 || f.Height == 0 {
		return invalid("picture size is zero")
	}
	for i := range int(f.Components) {
		c := body[6+3*i:]
		f.ID[i], f.Horizontal[i], f.Vertical[i] = c[0], c[1]>>4, c[1]&15
		if f.Horizontal[i] < 1 || f.Horizontal[i] > 4 || f.Vertical[i] < 1 || f.Vertical[i] > 4 {
			return invalid("JPEG sampling factor")
		}
	}
	return nil
}

// RGB reports whether the components are red, green and blue.
func (f *JPEGFrame) RGB() bool {
	if f.Components != 3 {
		return false
	}
	if f.Adobe {
		return f.Transform == 0
	}
	return f.ID == [4]uint8{'R', 'G', 'B', 0}
}

// Info sums the header up.
func (f *JPEGFrame) Info() Info {
	w, h := int(f.Width), int(f.Height)
	i := Info{
		Codec: CodecJPEG, Profile: int(f.Process), Level: -1,
		Width: w, Height: h, CodedWidth: w, CodedHeight: h, MaxWidth: w, MaxHeight: h,
		BitDepthLuma: f.Precision, BitDepthChroma: f.Precision,
		// JFIF: the matrix of BT.601, full range.
		Color:       Color{Primaries: Unspecified, Transfer: Unspecified, Matrix: 5, Range: RangeFull, ChromaLocation: 2},
		Progressive: true, SpatialLayers: 1,
	}
	if f.RGB() {
		i.Color.Matrix = 0
	}
	if f.Components >= 3 {
		i.ChromaFormat = f.chromaFormat()
	}
	return i
}

// chromaFormat compares the sampling of the first component with that of the others.
func (f *JPEGFrame) chromaFormat() uint8 {
	h, v := f.Horizontal, f.Vertical
	if h[1] != h[2] || v[1] != v[2] {
		return 4
	}
	switch {
	case h[0] == h[1] && v[0] == v[1]:
		return 3
	case h[0] == 2*h[1] && v[0] == v[1]:
		return 2
	case h[0] == 2*h[1] && v[0] == 2*v[1]:
		return 1
	}
	return 4
}

// jpegTracker reads packets of one picture each; two images of a packet are fields.
type jpegTracker struct{}

func (jpegTracker) extradata(*Tracker, []byte) error { return nil }
func (jpegTracker) reset()                           {}

func (jpegTracker) packet(t *Tracker, data []byte) error {
	var f JPEGFrame
	if err := f.Parse(data); err != nil {
		return err
	}
	t.setInfo(f.Info())
	p := &t.pkt
	p.Pictures, p.Shown = 1, 1
	p.Key, p.Closed, p.RandomAccess, p.Disposable = true, true, true, true
	p.Type = PictureI
	p.Width, p.Height = int(f.Width), int(f.Height)
	return nil
}
