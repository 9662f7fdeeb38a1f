package avformat

import (
	"fmt"
	"unsafe"
)

// Planes are the planes of a picture in the caller's memory: the bytes of each, top
// row first, and how many there are from one row to the next. libswscale works on
// them directly where rows have 64 bytes of room behind them, or strides that are
// multiples of 64; else a copy is in between.
type Planes struct {
	Data   [4][]byte
	Stride [4]int
}

// check says whether the planes hold a picture like i, and whether C code that is
// careless behind the end of a row may work on them.
func (p *Planes) check(i Image, which string) (padded bool, err error) {
	if p == nil {
		return false, &Error{Func: "sws_scale", Code: ErrInvalid, Detail: "no " + which}
	}
	info := i.Format.Info()
	padded = true
	for n := range info.Planes {
		rowBytes, rows := info.PlaneSize(n, i.Width, i.Height)
		if p.Stride[n] < rowBytes || len(p.Data[n]) < p.Stride[n]*(rows-1)+rowBytes {
			return false, &Error{Func: "sws_scale", Code: ErrInvalid, Detail: fmt.Sprintf(
				"plane %d of the %s has %d bytes, stride %d; %v needs %d bytes a row, %d rows", n, which, len(p.Data[n]), p.Stride[n], i, rowBytes, rows)}
		}
		room := rowBytes + scalePadding
		if p.Stride[n]%scalePadding == 0 {
			room = p.Stride[n]
		}
		if p.Stride[n] < room || len(p.Data[n]) < p.Stride[n]*(rows-1)+room {
			padded = false
		}
	}
	return padded, nil
}

func (p *Planes) set(data *[4]unsafe.Pointer, stride *[4]int32, planes int) {
	for i := range planes {
		data[i], stride[i] = unsafe.Pointer(unsafe.SliceData(p.Data[i])), int32(p.Stride[i])
	}
}

func (s *Scaler) fromPlanes(p *Planes) error {
	padded, err := p.check(s.src, "source")
	if err != nil {
		return err
	}
	if padded || s.move != nil {
		p.set(&s.arg.src, &s.arg.srcStride, s.src.Format.Info().Planes)
		return nil
	}
	if s.in, err = standIn(s.in, s.src); err != nil {
		return err
	}
	copyPlanes(s.in, p, false)
	setFrame(&s.arg.src, &s.arg.srcStride, s.in)
	return nil
}

func (s *Scaler) toPlanes(p *Planes) error {
	padded, err := p.check(s.dst, "destination")
	if err != nil {
		return err
	}
	if padded || s.move != nil {
		p.set(&s.arg.dst, &s.arg.dstStride, s.dst.Format.Info().Planes)
		return s.run()
	}
	if s.out, err = standIn(s.out, s.dst); err != nil {
		return err
	}
	setFrame(&s.arg.dst, &s.arg.dstStride, s.out)
	if err := s.run(); err != nil {
		return err
	}
	copyPlanes(s.out, p, true)
	return nil
}

// standIn is a frame of the scaler's own, made at first need.
func standIn(f *Frame, i Image) (*Frame, error) {
	if f != nil {
		return f, nil
	}
	f, err := NewFrame()
	if err != nil {
		return nil, err
	}
	if err := f.Allocate(i.Format, i.Width, i.Height); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func copyPlanes(f *Frame, p *Planes, out bool) {
	for n := range f.Planes() {
		rowBytes, rows := f.PlaneSize(n)
		for y := range rows {
			mine := p.Data[n][y*p.Stride[n]:][:rowBytes]
			if out {
				copy(mine, f.Row(n, y))
			} else {
				copy(f.Row(n, y), mine)
			}
		}
	}
}
