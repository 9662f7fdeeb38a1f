package frame

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// ErrInvalidMemory: a frame in the wrong kind of memory, or no such kind.
var ErrInvalidMemory = errors.New("invalid memory")

// A Plane is a rectangle of samples in host or device memory.
type Plane struct {
	Ptr   cuda.DevicePtr // device memory: the first sample
	Data  []byte         // host memory: from the first sample on, len at least Size
	Shape [3]int         // rows, columns, samples in a column (2 for interleaved UV)
	Pitch int            // bytes from one row to the next
}

// Size is the number of bytes from the plane's first to its last sample.
func (p *Plane) Size(sampleBytes int) int {
	if p.Shape[0] == 0 {
		return 0
	}
	return (p.Shape[0]-1)*p.Pitch + p.RowBytes(sampleBytes)
}

// RowBytes is the length of a row without padding.
func (p *Plane) RowBytes(sampleBytes int) int { return p.Shape[1] * p.Shape[2] * sampleBytes }

// Row is row y of a plane in host memory, without padding.
func (p *Plane) Row(y, sampleBytes int) []byte {
	o := y * p.Pitch
	return p.Data[o : o+p.RowBytes(sampleBytes) : o+p.RowBytes(sampleBytes)]
}

const (
	hostAlign   = 64  // a cache line and the widest vector
	deviceAlign = 512 // what NVDEC's own surfaces have
)

// hostPlanes lays planes out in one buffer, each row aligned, and returns its size.
func hostPlanes(dst *[4]Plane, f Format, width, height, align int) int {
	n := 0
	for i := range f.Planes() {
		pitch := (f.RowBytes(i, width) + align - 1) / align * align
		shape := f.PlaneShape(i, width, height)
		dst[i] = Plane{Shape: shape, Pitch: pitch}
		n += shape[0] * pitch
	}
	return n
}

func (s *slot) setHost(f Format, buf []byte) {
	for i := range f.Planes() {
		p := &s.planes[i]
		n := p.Shape[0] * p.Pitch
		p.Data, buf = buf[:n], buf[n:] // with the capacity, by which Tensor knows neighbours
	}
}

// DevicePlanes appends the planes of a picture that lies at base the way NVDEC's
// surfaces and NVENC's inputs do, and returns the number of bytes that they span:
// luma in rows of pitch bytes, as many as the height rounded up to an even number,
// then chroma at once. The chroma pitch is pitch for interleaved planes and is
// divided by the subsampling for separate ones. A pitch of 0 means the row rounded
// up to 512 bytes. Errors: ErrInvalidFormat, ErrInvalidSize.
func DevicePlanes(dst []Plane, f Format, base cuda.DevicePtr, pitch, width, height int) ([]Plane, int, error) {
	if err := f.check(width, height); err != nil {
		return dst, 0, err
	}
	row := f.RowBytes(0, width)
	if pitch == 0 {
		pitch = (row + deviceAlign - 1) / deviceAlign * deviceAlign
	}
	if pitch < row || pitch > MaxBytes/(height+1) {
		return dst, 0, fmt.Errorf("frame: pitch %d for rows of %d bytes: %w", pitch, row, ErrInvalidSize)
	}
	l := f.layout()
	even := (height + 1) &^ 1
	n := 0
	for i := range f.Planes() {
		p := Plane{Ptr: base + cuda.DevicePtr(n), Shape: f.PlaneShape(i, width, height), Pitch: pitch}
		rows := ceilShift(even, l.plane[i].v)
		if i > 0 {
			p.Pitch = pitch * int(l.plane[i].n) >> l.plane[i].h
		}
		if f == PAL8 && i == 1 {
			p.Pitch, rows = 1024, 1
		}
		if need := f.RowBytes(i, width); p.Pitch < need {
			return dst, 0, fmt.Errorf("frame: pitch %d leaves %d for chroma rows of %d bytes: %w", pitch, p.Pitch, need, ErrInvalidSize)
		}
		dst = append(dst, p)
		n += rows * p.Pitch
	}
	if n > MaxBytes {
		return dst[:0], 0, fmt.Errorf("frame: %d bytes: %w", n, ErrInvalidSize)
	}
	return dst, n, nil
}

// usePlanes points f at copies of planes that the caller may not change behind us.
func (f *Frame) usePlanes(planes []Plane) { f.Planes = f.store[:copy(f.store[:], planes)] }

// checkPlanes is an error unless f's planes fit its format and size.
func (f *Frame) checkPlanes() error {
	if err := f.Format.check(f.Width, f.Height); err != nil {
		return err
	}
	if len(f.Planes) != f.Format.Planes() {
		return fmt.Errorf("frame: %d planes, %v has %d: %w", len(f.Planes), f.Format, f.Format.Planes(), ErrInvalidPlane)
	}
	b := f.Format.SampleBytes()
	for i := range f.Planes {
		p := &f.Planes[i]
		switch want := f.Format.PlaneShape(i, f.Width, f.Height); {
		case p.Shape != want:
			return fmt.Errorf("frame: plane %d has shape %v, want %v: %w", i, p.Shape, want, ErrInvalidPlane)
		case p.Pitch < p.RowBytes(b):
			return fmt.Errorf("frame: plane %d has pitch %d, its rows %d bytes: %w", i, p.Pitch, p.RowBytes(b), ErrInvalidPlane)
		case p.Pitch > MaxBytes/p.Shape[0]:
			return fmt.Errorf("frame: plane %d has pitch %d: %w", i, p.Pitch, ErrInvalidSize)
		case f.Memory == Host && len(p.Data) < p.Size(b):
			return fmt.Errorf("frame: plane %d has %d bytes, want %d: %w", i, len(p.Data), p.Size(b), ErrInvalidPlane)
		case f.Memory == Device && p.Ptr == 0:
			return fmt.Errorf("frame: plane %d has no address: %w", i, ErrInvalidPlane)
		}
	}
	return nil
}
