package frame

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// CUDAArray is one plane in the words of the CUDA Array Interface, version 3, which
// Python's array libraries exchange device memory by.
//
// Source: numba.readthedocs.io, CUDA Array Interface (version 3).
type CUDAArray struct {
	Shape    [3]int // rows, columns, samples in a column
	Strides  [3]int // bytes from one row, column and sample to the next
	TypeStr  string // "|u1", "<u2", "<u4", "<f2", "<f4"
	Data     cuda.DevicePtr
	ReadOnly bool
	// Stream orders a consumer: the stream in which the content is produced. 1 is the
	// legacy stream. 0 means that no synchronisation is needed (None in Python).
	Stream uintptr
}

// CUDAArray describes a plane of a frame in device memory; it stays valid until
// Release. Errors: ErrReleased, ErrInvalidMemory, ErrInvalidPlane.
func (f *Frame) CUDAArray(plane int) (CUDAArray, error) {
	if err := f.check("CUDAArray"); err != nil {
		return CUDAArray{}, err
	}
	if f.Memory != Device {
		return CUDAArray{}, fmt.Errorf("frame: CUDAArray of a frame in %v memory: %w", f.Memory, ErrInvalidMemory)
	}
	if plane < 0 || plane >= len(f.Planes) {
		return CUDAArray{}, fmt.Errorf("frame: CUDAArray: plane %d of %d: %w", plane, len(f.Planes), ErrInvalidPlane)
	}
	p := &f.Planes[plane]
	b := f.Format.SampleBytes()
	a := CUDAArray{
		Shape:   p.Shape,
		Strides: [3]int{p.Pitch, p.Shape[2] * b, b},
		TypeStr: f.Format.typeStr(),
		Data:    p.Ptr,
	}
	if f.slot != nil && f.slot.ready.set {
		if a.Stream = f.slot.ready.stream.Handle(); a.Stream == 0 {
			a.Stream = cuda.LegacyStream // 0 would be ambiguous, and is not allowed
		}
	}
	return a, nil
}

func (f Format) typeStr() string {
	l := f.layout()
	switch {
	case l.bytes == 1:
		return "|u1"
	case l.bytes == 2 && l.float:
		return "<f2"
	case l.bytes == 4 && l.float:
		return "<f4"
	case l.bytes == 2 && l.big:
		return ">u2"
	case l.bytes == 2:
		return "<u2"
	}
	return "<u4"
}
