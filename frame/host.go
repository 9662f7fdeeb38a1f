package frame

import (
	"slices"
)

// Size is the number of bytes that AppendBytes appends.
func (f *Frame) Size() (int, error) { return f.Format.Size(f.Width, f.Height) }

// AppendBytes appends the samples of all planes in the frame's own format, without
// padding. It copies a frame in device memory down and waits for that; else it does
// not allocate if dst has room. Errors: ErrReleased, ErrInvalidFormat,
// ErrInvalidSize, ErrInvalidPlane, *cuda.Error.
func (f *Frame) AppendBytes(dst []byte) ([]byte, error) {
	if err := f.readable("AppendBytes"); err != nil {
		return dst, err
	}
	n := f.Format.size(f.Width, f.Height)
	dst = slices.Grow(dst, n)
	if f.Memory == Device {
		out := dst[len(dst) : len(dst)+n]
		if err := f.download(out); err != nil {
			return dst, err
		}
		return dst[:len(dst)+n], nil
	}
	for i := range f.Planes {
		dst = f.appendPlane(dst, i)
	}
	return dst, nil
}

func (f *Frame) appendPlane(dst []byte, i int) []byte {
	p, b := &f.Planes[i], f.Format.SampleBytes()
	row := p.RowBytes(b)
	if p.Pitch == row {
		return append(dst, p.Data[:row*p.Shape[0]]...)
	}
	for y := range p.Shape[0] {
		o := y * p.Pitch
		dst = append(dst, p.Data[o:o+row]...)
	}
	return dst
}

// readable checks that the pixels can be read, and waits for the end of an
// asynchronous copy into host memory.
func (f *Frame) readable(op string) error {
	if err := f.check(op); err != nil {
		return err
	}
	if err := f.checkPlanes(); err != nil {
		return err
	}
	return f.Wait(nil)
}
