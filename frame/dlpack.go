package frame

import (
	"fmt"
	"os"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/dlpack"
)

// DLPack hands the numbers to another library of the process without a copy: it
// returns the address of a DLManagedTensor, as in Python's capsules "dltensor". The
// memory stays until that library calls the tensor's deleter, on whatever thread.
//
// s is the consumer's stream, as in __dlpack__(stream): its work from now on comes
// after what produces the numbers, and nobody writes the memory again before the work
// that is in s when the deleter is called. With nil, DLPack waits itself until the
// numbers are there, and the deleter takes the consumer for one on the legacy stream.
// Errors: ErrReleased, ErrInvalidMemory, *cuda.Error.
//
// Source: dlpack.h, dmlc.github.io/dlpack, Python Array API, __dlpack__.
func (t *Tensor) DLPack(s *cuda.Stream) (uintptr, error) { return t.export(s, false) }

// DLPackVersioned is DLPack with a DLManagedTensorVersioned, of capsules
// "dltensor_versioned".
func (t *Tensor) DLPackVersioned(s *cuda.Stream) (uintptr, error) { return t.export(s, true) }

// DLPackDevice is what __dlpack_device__ says: the type of device, 1 for host memory and
// 2 for CUDA, and its number.
func (t *Tensor) DLPackDevice() (kind, id int) {
	if t.Memory == Host {
		return int(dlpack.CPU), 0
	}
	if ctx := t.Context(); ctx != nil {
		id = int(ctx.Device())
	}
	return int(dlpack.CUDA), id
}

// DLPack is Tensor.DLPack of the frame's Tensor.
func (f *Frame) DLPack(s *cuda.Stream) (uintptr, error) {
	t, err := f.Tensor()
	if err != nil {
		return 0, err
	}
	return t.DLPack(s)
}

// DeleteDLPack calls the deleter of a DLManagedTensor or, if versioned, of a
// DLManagedTensorVersioned, as a consumer does: for those that nobody took.
func DeleteDLPack(tensor uintptr, versioned bool) {
	if tensor != 0 {
		dlpack.Delete(tensor, versioned)
	}
}

func (t *Tensor) export(s *cuda.Stream, versioned bool) (uintptr, error) {
	if t.Memory != Host && t.Memory != Device {
		return 0, fmt.Errorf("frame: DLPack of %v memory: %w", t.Memory, ErrInvalidMemory)
	}
	if t.Memory == Device && t.Context() == nil {
		return 0, errNoContext
	}
	hold := t.hold
	if hold != nil {
		if err := hold.check("DLPack"); err != nil {
			return 0, err
		}
		if hold.Retain() == nil {
			return 0, fmt.Errorf("frame: DLPack: %w", ErrReleased)
		}
	}
	d := dlpack.Tensor{Data: uintptr(t.Ptr), Device: dlpack.CUDA, Code: dlpack.UInt, Bits: uint8(8 * t.Type.Size())}
	kind, id := t.DLPackDevice()
	d.Device, d.ID = dlpack.DeviceType(kind), int32(id)
	if t.Memory == Host {
		d.Data, d.Keep, s = dlpack.Address(t.Data), t.Data, nil
	}
	if t.Type.kind().float() {
		d.Code = dlpack.Float
	}
	for i := range t.Shape {
		d.Shape, d.Strides = append(d.Shape, int64(t.Shape[i])), append(d.Strides, int64(t.Strides[i]))
	}
	done := func() {
		switch {
		case hold == nil:
		case hold.Memory == Device:
			hold.ReleaseOn(s)
		default:
			hold.Release()
		}
	}
	err := t.Wait(s)
	var p uintptr
	if err == nil {
		p, err = dlpack.Export(&d, versioned, done)
	}
	if err != nil && hold != nil {
		hold.Release()
	}
	return p, err
}

// FromDLPack makes a frame of another library's tensor, without a copy: an input for
// an encoder or a Converter. tensor is the address of a DLManagedTensor or, if
// versioned, of a DLManagedTensorVersioned, which belongs to the frame from then on:
// its deleter is called after the last Release, when all work named to ReleaseOn is
// done. If FromDLPack fails, the tensor stays the caller's. Its numbers must be there,
// or be produced in a stream that the frame's users are ordered after; a non-nil s says
// which, and Wait waits for it.
//
// Shapes are those that Frame.Tensor gives: rows x columns x samples for packed
// formats, planes x rows x columns for planar ones of full-size chroma, and rows of
// luma and chroma for NV12, P016, NV16, P216 and IYUV (whose rows must be without
// gaps). ctx is the context that device memory is used in; nil for host memory. Errors:
// ErrInvalidFormat, ErrInvalidSize, ErrInvalidPlane, ErrInvalidMemory.
func FromDLPack(ctx *cuda.Context, f Format, tensor uintptr, versioned bool, s *cuda.Stream) (*Frame, error) {
	d, err := dlpack.Import(tensor, versioned)
	if err != nil {
		return nil, fmt.Errorf("frame: %w: %w", err, ErrInvalidPlane)
	}
	l := f.layout()
	code := uint8(dlpack.UInt)
	if l.float {
		code = dlpack.Float
	}
	if !f.Valid() || d.Code != code || int(d.Bits) != 8*int(l.bytes) || l.big {
		return nil, fmt.Errorf("frame: a tensor of type %d with %d bits is not %v: %w", d.Code, d.Bits, f, ErrInvalidFormat)
	}
	in := imported{data: uint64(d.Data), shape: d.Shape, strides: d.Strides, bytes: int64(l.bytes)}
	planes, width, height, err := in.planes(f, l)
	if err != nil {
		return nil, err
	}
	release := func() { dlpack.Delete(tensor, versioned) }
	switch d.Device {
	case dlpack.CUDA, dlpack.CUDAManaged:
		if ctx == nil {
			return nil, fmt.Errorf("frame: device memory without a CUDA context: %w", os.ErrInvalid)
		}
		if int(ctx.Device()) != int(d.ID) {
			return nil, fmt.Errorf("frame: a tensor on device %d for a context on %v: %w", d.ID, ctx.Device(), ErrInvalidMemory)
		}
		fr, err := FromDevice(ctx, f, width, height, planes, release)
		if err == nil && s != nil {
			if err = fr.MarkReady(s); err != nil {
				return nil, err
			}
		}
		return fr, err
	case dlpack.CPU, dlpack.CUDAHost:
	default:
		return nil, fmt.Errorf("frame: a tensor on a device of type %d: %w", d.Device, ErrInvalidMemory)
	}
	for i := range planes {
		p := &planes[i]
		p.Data, p.Ptr = dlpack.Bytes(uintptr(p.Ptr), p.Size(int(l.bytes))), 0
	}
	fr, err := FromPlanes(f, width, height, planes...)
	if err != nil {
		return nil, err
	}
	fr.Reset(releaseFunc(release))
	return fr, nil
}

// imported is a tensor that becomes planes.
type imported struct {
	data           uint64
	shape, strides []int64
	bytes          int64
}

func (m *imported) planes(f Format, l *layout) (planes []Plane, width, height int, err error) {
	bad := func() ([]Plane, int, int, error) {
		return nil, 0, 0, fmt.Errorf("frame: a tensor of shape %v with strides %v is not %v: %w", m.shape, m.strides, f, ErrInvalidPlane)
	}
	shape, strides := m.shape, m.strides
	n := int64(l.plane[0].n)
	if l.n == 1 && n == 1 && len(shape) == 2 {
		shape, strides = append(append([]int64{}, shape...), 1), append(append([]int64{}, strides...), 1)
	}
	for i := range shape {
		if shape[i] < 1 || shape[i] > MaxDimension*2 || strides[i] < 0 || strides[i] > MaxBytes {
			return bad()
		}
	}
	rows, pitch := int64(0), int64(0)
	between := []int64{} // bytes from the first plane to each other
	switch {
	case l.n == 1 && len(shape) == 3 && l.plane[0].h == 0:
		if shape[2] != n || n > 1 && strides[2] != 1 || strides[1] != n && shape[1] > 1 {
			return bad()
		}
		rows, width, pitch = shape[0], int(shape[1]), strides[0]
	case l.n > 1 && l.shift == 0 && l.shiftV == 0 && f.Planar() && len(shape) == 3:
		if shape[0] != int64(l.n) || strides[2] != 1 && shape[2] > 1 {
			return bad()
		}
		rows, width, pitch = shape[1], int(shape[2]), strides[1]
		for i := range int64(l.n - 1) {
			between = append(between, (i+1)*strides[0]*m.bytes)
		}
	case l.family == FamilyYUV && l.shift == 1 && len(shape) == 2 && !l.alpha:
		// Rows of chroma are as many bytes as half of them, or all, are of luma.
		rows = shape[0] * 2 / 3
		if l.shiftV == 0 {
			rows = shape[0] / 2
		}
		width, pitch = int(shape[1]), strides[0]
		chroma := shape[0] - rows
		if width%2 != 0 || strides[1] != 1 || l.shiftV == 1 && (rows%2 != 0 || shape[0]%3 != 0) || l.shiftV == 0 && shape[0]%2 != 0 ||
			l.n == 3 && pitch != int64(width) {
			return bad()
		}
		between = append(between, rows*pitch*m.bytes)
		if l.n == 3 {
			between = append(between, rows*pitch*m.bytes+chroma*pitch*m.bytes/2)
		}
	default:
		return bad()
	}
	height = int(rows)
	if err := f.check(width, height); err != nil {
		return nil, 0, 0, err
	}
	for i := range int(l.n) {
		p := Plane{Ptr: cuda.DevicePtr(m.data), Shape: f.PlaneShape(i, width, height), Pitch: int(pitch * m.bytes)}
		if i > 0 {
			p.Ptr += cuda.DevicePtr(between[i-1])
			if l.n == 3 && l.shift == 1 {
				p.Pitch /= 2
			}
		}
		if height == 1 && p.Pitch < p.RowBytes(int(m.bytes)) {
			p.Pitch = p.RowBytes(int(m.bytes)) // of one row it does not matter
		}
		planes = append(planes, p)
	}
	return planes, width, height, nil
}
