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
	a.Stream = f.streamNumber()
	return a, nil
}

// streamNumber is the stream that produces the content; 0 if it is there.
func (f *Frame) streamNumber() uintptr {
	if f.slot == nil || !f.slot.ready.set {
		return 0
	}
	if h := f.slot.ready.stream.Handle(); h != 0 {
		return h
	}
	return cuda.LegacyStream // 0 would be ambiguous, and is not allowed
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

// FromCUDAArrays makes a frame of device memory of ctx that another library describes:
// one array for each plane, or one for all of them, as the guide's tensors of shape
// (1, 1, rows of all planes, columns) are. Rows may be padded, samples not. The
// production in an array's Stream is what Wait waits for; then the frame has one
// reference and needs Release. release is as for FromDevice, and not called if there is
// an error.
// Errors: ErrInvalidFormat, ErrInvalidSize, ErrInvalidPlane, *cuda.Error.
func FromCUDAArrays(ctx *cuda.Context, f Format, width, height int, arrays []CUDAArray, release func()) (*Frame, error) {
	if err := f.check(width, height); err != nil {
		return nil, err
	}
	if len(arrays) != f.Planes() && len(arrays) != 1 {
		return nil, fmt.Errorf("frame: %d CUDA arrays, %v has %d planes: %w", len(arrays), f, f.Planes(), ErrInvalidPlane)
	}
	var planes [4]Plane
	for i := range arrays {
		if err := planes[i].fromArray(f, i, &arrays[i]); err != nil {
			return nil, err
		}
	}
	list := planes[:len(arrays)]
	if len(arrays) < f.Planes() {
		all, _, err := DevicePlanes(nil, f, planes[0].Ptr, planes[0].Pitch, width, height)
		if err != nil {
			return nil, err
		}
		rows := planes[0].Shape[0]
		last := &all[len(all)-1]
		need := int(last.Ptr-planes[0].Ptr) + last.Size(f.SampleBytes())
		if planes[0].Shape[1]*planes[0].Shape[2]*f.SampleBytes() < f.RowBytes(0, width) || rows*planes[0].Pitch < need {
			return nil, fmt.Errorf("frame: a CUDA array of %d x %d does not hold %v of %d x %d: %w", rows, planes[0].Shape[1], f, width, height, ErrInvalidPlane)
		}
		list = all
	}
	fr, err := FromDevice(ctx, f, width, height, list, nil)
	if err != nil {
		return nil, err
	}
	stream, err := productionStream(arrays)
	if err != nil {
		return nil, err
	}
	if release != nil || stream != 0 {
		if release == nil {
			release = func() {} // the event of the production has to end
		}
		fr.owned(release)
	}
	if stream != 0 {
		if err := fr.MarkReady(cuda.WrapStream(ctx, stream)); err != nil {
			fr.Release()
			return nil, err
		}
	}
	return fr, nil
}

// productionStream is the stream of all arrays, 0 for none.
func productionStream(arrays []CUDAArray) (uintptr, error) {
	var stream uintptr
	for i := range arrays {
		switch s := arrays[i].Stream; {
		case s == 0 || s == stream:
		case stream != 0:
			return 0, fmt.Errorf("frame: CUDA arrays of streams %#x and %#x: one frame is produced in one: %w", stream, s, ErrInvalidPlane)
		default:
			stream = s
		}
	}
	return stream, nil
}

// fromArray reads one array.
func (p *Plane) fromArray(f Format, i int, a *CUDAArray) error {
	b := f.SampleBytes()
	if t := a.TypeStr; t != f.typeStr() && !(b == 1 && (t == "<u1" || t == ">u1")) {
		return fmt.Errorf("frame: CUDA array %d of type %q, %v has %q: %w", i, t, f, f.typeStr(), ErrInvalidPlane)
	}
	p.Ptr, p.Shape = a.Data, a.Shape
	for k := range p.Shape {
		if p.Shape[k] == 0 {
			p.Shape[k] = 1
		}
	}
	strides := a.Strides
	if strides == [3]int{} {
		strides = [3]int{p.RowBytes(b), p.Shape[2] * b, b}
	}
	if p.Shape[2] > 1 && strides[2] != b || p.Shape[1] > 1 && strides[1] != p.Shape[2]*b {
		return fmt.Errorf("frame: CUDA array %d has strides %v: samples of a row must follow each other: %w", i, a.Strides, ErrInvalidPlane)
	}
	if p.Pitch = strides[0]; p.Shape[0] == 1 {
		p.Pitch = max(p.Pitch, p.RowBytes(b))
	}
	return nil
}
