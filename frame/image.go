package frame

import (
	"fmt"
	"image"
)

// Image is the picture for Go's image packages, with the colours that it has:
// converted from the stream's matrix and range (Color.Resolve fills in what is not
// specified), transfer and primaries as they are. It needs no release.
//
//   - *image.YCbCr and *image.NYCbCrA for 8-bit planar formats whose colour is what
//     these types mean, BT.601 in full range: the frame's own memory;
//   - *image.Gray for 8-bit gray in full range, *image.NRGBA for RGBA: likewise;
//   - *image.RGBA for other formats up to 8 bits, *image.RGBA64 above;
//     *image.NRGBA and *image.NRGBA64 with alpha: copies.
//
// What shares the frame's memory is valid until Release. A frame in device memory is
// copied down first. Chroma is not interpolated. Errors: ErrReleased,
// ErrInvalidFormat, ErrInvalidColor, ErrInvalidPlane, *cuda.Error.
func (f *Frame) Image() (image.Image, error) {
	f, err := f.onHost("Image")
	if err != nil {
		return nil, err
	}
	c := f.Color.Resolve(f.Format, f.Height)
	jfif := c.Range == RangeFull && (c.Matrix == MatrixBT470BG || c.Matrix == MatrixSMPTE170M)
	l := f.Format.layout()
	switch {
	case f.Format == Gray && c.Range == RangeFull:
		return f.Gray()
	case f.Format == RGBA:
		p := &f.Planes[0]
		return &image.NRGBA{Pix: p.Data, Stride: p.Pitch, Rect: f.rect()}, nil
	case jfif && l.bytes == 1 && f.Format.Planar() && l.family == FamilyYUV && f.Format != YUV410P:
		if l.alpha {
			return f.NYCbCrA()
		}
		return f.YCbCr()
	}
	if f.Depth() > 8 {
		pix := make([]byte, 8*f.Width*f.Height)
		if err := f.convert(pix, 8*f.Width, 16); err != nil {
			return nil, err
		}
		if l.alpha {
			return &image.NRGBA64{Pix: pix, Stride: 8 * f.Width, Rect: f.rect()}, nil
		}
		return &image.RGBA64{Pix: pix, Stride: 8 * f.Width, Rect: f.rect()}, nil
	}
	pix := make([]byte, 4*f.Width*f.Height)
	if err := f.convert(pix, 4*f.Width, 8); err != nil {
		return nil, err
	}
	if l.alpha {
		return &image.NRGBA{Pix: pix, Stride: 4 * f.Width, Rect: f.rect()}, nil
	}
	return &image.RGBA{Pix: pix, Stride: 4 * f.Width, Rect: f.rect()}, nil
}

// RGBA converts to 8 bits as Image does, whatever the format, into dst, whose size
// must be the frame's. Alpha is dropped: the result is opaque. With a nil dst it
// makes one. Errors: as Image, and ErrMismatch.
func (f *Frame) RGBA(dst *image.RGBA) (*image.RGBA, error) {
	f, err := f.onHost("RGBA")
	if err != nil {
		return nil, err
	}
	if dst == nil {
		dst = image.NewRGBA(f.rect())
	}
	if dst.Rect.Dx() != f.Width || dst.Rect.Dy() != f.Height {
		return nil, fmt.Errorf("frame: RGBA: %v for %d x %d: %w", dst.Rect, f.Width, f.Height, ErrMismatch)
	}
	if err := f.convert(dst.Pix, dst.Stride, 8); err != nil {
		return nil, err
	}
	if f.Format.Alpha() {
		for y := range f.Height {
			row := dst.Pix[y*dst.Stride:][:4*f.Width]
			for x := 3; x < len(row); x += 4 {
				row[x] = 0xff
			}
		}
	}
	return dst, nil
}

// YCbCr is the samples, as they are, in Go's type for 8-bit Y, Cb and Cr. It shares
// the frame's memory for planar formats and is valid until Release; the chroma of
// semi-planar formats is copied apart.
//
// Go takes these samples for BT.601 in full range when it converts them, which video
// rarely is: use Image or RGBA for colours, this for the samples. Errors: ErrReleased,
// ErrInvalidFormat, ErrInvalidPlane, *cuda.Error.
func (f *Frame) YCbCr() (*image.YCbCr, error) {
	f, err := f.onHost("YCbCr")
	if err != nil {
		return nil, err
	}
	l := f.Format.layout()
	if l.family != FamilyYUV || l.bytes != 1 || l.n < 2 {
		return nil, fmt.Errorf("frame: YCbCr of %v: %w", f.Format, ErrInvalidFormat)
	}
	ratio, err := f.ratio()
	if err != nil {
		return nil, err
	}
	y := &f.Planes[0]
	m := &image.YCbCr{Y: y.Data[:y.Size(1)], YStride: y.Pitch, SubsampleRatio: ratio, Rect: f.rect()}
	if f.Format.Planar() {
		cb, cr := &f.Planes[1], &f.Planes[2]
		if l.swap {
			cb, cr = cr, cb
		}
		if cb.Pitch == cr.Pitch {
			m.Cb, m.Cr, m.CStride = cb.Data[:cb.Size(1)], cr.Data[:cr.Size(1)], cb.Pitch
			return m, nil
		}
	}
	to, r, err := f.planar("YCbCr")
	if err != nil {
		return nil, err
	}
	if to == f.Format {
		r.bytes = 1
	}
	shape := to.PlaneShape(1, f.Width, f.Height)
	n := shape[0] * shape[1]
	buf := make([]byte, 2*n)
	m.Cb, m.Cr, m.CStride = buf[:n:n], buf[n:], shape[1]
	for i := range shape[0] {
		r.row(m.Cb[i*shape[1]:][:shape[1]], f, 1, i, 0)
		r.row(m.Cr[i*shape[1]:][:shape[1]], f, 2, i, 0)
	}
	return m, nil
}

// NYCbCrA is YCbCr for planar formats with alpha. What is said there holds.
func (f *Frame) NYCbCrA() (*image.NYCbCrA, error) {
	f, err := f.onHost("NYCbCrA")
	if err != nil {
		return nil, err
	}
	if l := f.Format.layout(); l.family != FamilyYUV || !l.alpha || l.n != 4 || l.bytes != 1 {
		return nil, fmt.Errorf("frame: NYCbCrA of %v: %w", f.Format, ErrInvalidFormat)
	}
	m, err := f.YCbCr()
	if err != nil {
		return nil, err
	}
	a := &f.Planes[3]
	return &image.NYCbCrA{YCbCr: *m, A: a.Data[:a.Size(1)], AStride: a.Pitch}, nil
}

// Gray is the luma or gray plane of an 8-bit format, as it is, in Go's type. It
// shares the frame's memory and is valid until Release. Errors: ErrReleased,
// ErrInvalidFormat, ErrInvalidPlane, *cuda.Error.
func (f *Frame) Gray() (*image.Gray, error) {
	f, err := f.onHost("Gray")
	if err != nil {
		return nil, err
	}
	l := f.Format.layout()
	if l.bytes != 1 || f.Format.RowBytes(0, 8) != 8 || l.family != FamilyYUV && l.family != FamilyGray {
		return nil, fmt.Errorf("frame: Gray of %v: %w", f.Format, ErrInvalidFormat)
	}
	p := &f.Planes[0]
	return &image.Gray{Pix: p.Data[:p.Size(1)], Stride: p.Pitch, Rect: f.rect()}, nil
}

func (f *Frame) rect() image.Rectangle { return image.Rect(0, 0, f.Width, f.Height) }

// onHost is f, or a copy of it in host memory.
func (f *Frame) onHost(op string) (*Frame, error) {
	if err := f.readable(op); err != nil {
		return nil, err
	}
	if f.Memory == Host {
		return f, nil
	}
	h, err := NewHost(f.Format, f.Width, f.Height)
	if err != nil {
		return nil, err
	}
	return h, f.CopyTo(h)
}

func (f *Frame) ratio() (image.YCbCrSubsampleRatio, error) {
	l := f.Format.layout()
	switch [2]uint8{l.shift, l.shiftV} {
	case [2]uint8{0, 0}:
		return image.YCbCrSubsampleRatio444, nil
	case [2]uint8{1, 0}:
		return image.YCbCrSubsampleRatio422, nil
	case [2]uint8{1, 1}:
		return image.YCbCrSubsampleRatio420, nil
	case [2]uint8{0, 1}:
		return image.YCbCrSubsampleRatio440, nil
	case [2]uint8{2, 0}:
		return image.YCbCrSubsampleRatio411, nil
	}
	// Go's 4:1:0 has chroma for every second row, FFmpeg's for every fourth.
	return 0, fmt.Errorf("frame: YCbCr of %v: %w", f.Format, ErrInvalidFormat)
}
