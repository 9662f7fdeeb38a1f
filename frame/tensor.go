package frame

import (
	"fmt"
	"math"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// A DType is the type of a tensor's numbers.
type DType uint8

// Types of numbers, little-endian.
const (
	Uint8   DType = iota // 0 to 255
	Uint16               // 0 to 65535
	Float16              // 0 to 1, or normalised
	Float32              // 0 to 1, or normalised
)

var dtypeNames = [...]string{"uint8", "uint16", "float16", "float32"}

// String is NumPy's name.
func (v DType) String() string { return enumName(dtypeNames[:], uint8(v), "DType") }

// MarshalText is String.
func (v DType) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is the reverse of String.
func (v *DType) UnmarshalText(text []byte) error {
	for i, n := range dtypeNames {
		if n == string(text) {
			*v = DType(i)
			return nil
		}
	}
	return fmt.Errorf("frame: no type %q, want uint8, uint16, float16 or float32: %w", text, ErrInvalidConversion)
}

// Size is the number of bytes.
func (v DType) Size() int { return v.kind().bytes() }

func (v DType) kind() kind { return [...]kind{kindU8, kindU16, kindF16, kindF32}[min(v, Float32)] }

// A Tensor is an array of numbers in host or device memory: what array libraries
// exchange. It may be a view of a frame or a Batch, whose rules for use and release
// then hold; see Retain.
type Tensor struct {
	Type    DType
	Shape   []int
	Strides []int // from one index to the next, in numbers
	Memory  Memory
	Ptr     cuda.DevicePtr // device memory: the first number
	Data    []byte         // host memory: from the first number on

	hold *Frame // whose life the memory has
	dims [2][maxDims]int
}

const maxDims = 4

// Tensor is a view of the frame's samples, valid until Release:
//
//   - rows x columns x samples for packed formats (RGB24, RGBA), rows x columns for
//     one sample (Gray);
//   - planes x rows x columns for planes of equal size in equal distances (GBRP,
//     YUV444);
//   - rows x columns for NV12, P016, NV16 and the like: luma and below it the rows of
//     chroma, as PyNvVideoCodec has it, if these lie so, as those of decoders and
//     DevicePool do, and the width is even.
//
// PlaneTensor gives the planes of the others. Errors: ErrReleased, ErrInvalidPlane,
// ErrInvalidFormat.
func (f *Frame) Tensor() (*Tensor, error) {
	if err := f.convertible("Tensor"); err != nil {
		return nil, err
	}
	if len(f.Planes) == 1 {
		return f.PlaneTensor(0)
	}
	t, err := f.PlaneTensor(0)
	if err != nil {
		return nil, err
	}
	a, b := &f.Planes[0], &f.Planes[1]
	n := f.Format.SampleBytes()
	gap, ok := f.distance(0, 1)
	switch {
	case !ok || gap <= 0:
	case len(f.Planes) == 2 && a.Pitch == b.Pitch && gap == a.Shape[0]*a.Pitch && b.Shape[1]*b.Shape[2] == a.Shape[1]:
		t.Shape[0] += b.Shape[0]
		if f.Memory == Host {
			t.Data = a.Data[: gap+b.Size(n) : gap+b.Size(n)]
		}
		return t, nil
	case a.Shape == b.Shape && a.Pitch == b.Pitch && gap%n == 0:
		for i := 2; i < len(f.Planes); i++ {
			d, ok := f.distance(i-1, i)
			if !ok || d != gap || f.Planes[i].Shape != a.Shape || f.Planes[i].Pitch != a.Pitch {
				return nil, errApart(f)
			}
		}
		if f.Memory == Host {
			end := gap*(len(f.Planes)-1) + a.Size(n)
			t.Data = a.Data[:end:end]
		}
		t.setDims([]int{len(f.Planes), a.Shape[0], a.Shape[1]}, []int{gap / n, a.Pitch / n, 1})
		return t, nil
	}
	return nil, errApart(f)
}

func errApart(f *Frame) error {
	return fmt.Errorf("frame: the planes of %v are not one array; take PlaneTensor: %w", f, ErrInvalidPlane)
}

// distance is how many bytes after plane i plane j begins, if both are known to lie in
// one piece of memory.
func (f *Frame) distance(i, j int) (int, bool) {
	a, b := &f.Planes[i], &f.Planes[j]
	if f.Memory == Device {
		return int(b.Ptr - a.Ptr), true
	}
	n := a.Shape[0] * a.Pitch
	if cap(a.Data) > n && len(b.Data) > 0 && &a.Data[:n+1][n] == &b.Data[0] {
		return n, true
	}
	return 0, false
}

// PlaneTensor is a view of one plane: rows x columns, and samples if there are several
// in a column. Errors: ErrReleased, ErrInvalidPlane, ErrInvalidFormat.
func (f *Frame) PlaneTensor(plane int) (*Tensor, error) {
	if err := f.convertible("PlaneTensor"); err != nil {
		return nil, err
	}
	if plane < 0 || plane >= len(f.Planes) {
		return nil, fmt.Errorf("frame: plane %d of %d: %w", plane, len(f.Planes), ErrInvalidPlane)
	}
	l, p := f.Format.layout(), &f.Planes[plane]
	t := &Tensor{Memory: f.Memory, Ptr: p.Ptr, hold: f}
	switch {
	case l.big || f.Format == MonoBlack || f.Format == MonoWhite || l.bytes == 4 && !l.float:
		return nil, fmt.Errorf("frame: %v is no array of numbers: %w", f.Format, ErrInvalidFormat)
	case l.float && l.bytes == 4:
		t.Type = Float32
	case l.float:
		t.Type = Float16
	case l.bytes == 2:
		t.Type = Uint16
	}
	n := t.Type.Size()
	if p.Pitch%n != 0 {
		return nil, fmt.Errorf("frame: pitch %d of numbers of %d bytes: %w", p.Pitch, n, ErrInvalidPlane)
	}
	if f.Memory == Host {
		t.Data = p.Data[:p.Size(n)]
	}
	t.setDims([]int{p.Shape[0], p.Shape[1], p.Shape[2]}, []int{p.Pitch / n, p.Shape[2], 1})
	if p.Shape[2] == 1 {
		t.Shape, t.Strides = t.Shape[:2], t.Strides[:2]
	}
	return t, nil
}

func (t *Tensor) setDims(shape, strides []int) {
	t.Shape = t.dims[0][:copy(t.dims[0][:], shape)]
	t.Strides = t.dims[1][:copy(t.dims[1][:], strides)]
}

// Retain counts one holder more of the memory, who has to call Release or ReleaseOn.
// It returns t, or nil if the memory was given back. What belongs to nobody, such as a
// frame made as a literal, is not counted.
func (t *Tensor) Retain() *Tensor {
	if t.hold != nil && t.hold.Retain() == nil {
		return nil
	}
	return t
}

// Release gives up a reference. See Frame.Release.
func (t *Tensor) Release() {
	if t != nil {
		t.hold.Release()
	}
}

// ReleaseOn is Release for a holder whose work in stream s still reads the memory. See
// Frame.ReleaseOn.
func (t *Tensor) ReleaseOn(s *cuda.Stream) {
	if t != nil {
		t.hold.ReleaseOn(s)
	}
}

// Wait orders the work that is put into stream s from now on after what produces the
// numbers; with nil it waits itself. See Frame.Wait.
func (t *Tensor) Wait(s *cuda.Stream) error {
	if t.hold == nil {
		return nil
	}
	return t.hold.Wait(s)
}

// Context is the CUDA context of a tensor in device memory; else nil. It is borrowed.
func (t *Tensor) Context() *cuda.Context {
	if t.hold == nil {
		return nil
	}
	return t.hold.ctx
}

// Len is how many numbers there are.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// contiguous is true if the numbers lie without gaps, the last index running fastest.
func (t *Tensor) contiguous() bool {
	n := 1
	for i := len(t.Shape) - 1; i >= 0; i-- {
		if t.Shape[i] != 1 && t.Strides[i] != n {
			return false
		}
		n *= t.Shape[i]
	}
	return true
}

// AppendBytes appends the numbers, without gaps and the last index running fastest. It
// copies device memory down and waits for that. Errors: ErrReleased, *cuda.Error.
func (t *Tensor) AppendBytes(dst []byte) ([]byte, error) {
	if t.hold != nil {
		if err := t.hold.check("AppendBytes"); err != nil {
			return dst, err
		}
	}
	if err := t.Wait(nil); err != nil {
		return dst, err
	}
	n := t.Type.Size()
	data := t.Data
	if t.Memory == Device {
		ctx := t.Context()
		if ctx == nil {
			return dst, errNoContext
		}
		data = make([]byte, t.span()*n)
		if err := ctx.CopyDtoH(data, t.Ptr); err != nil {
			return dst, err
		}
	}
	if t.contiguous() {
		return append(dst, data[:t.Len()*n]...), nil
	}
	return t.appendLines(dst, data, 0, 0), nil
}

// span is how many numbers there are from the first to the last, with gaps.
func (t *Tensor) span() int {
	n := 1
	for i, d := range t.Shape {
		n += (d - 1) * t.Strides[i]
	}
	return n
}

func (t *Tensor) appendLines(dst, data []byte, dim, at int) []byte {
	n := t.Type.Size()
	for i := range t.Shape[dim] {
		k := at + i*t.Strides[dim]
		if dim == len(t.Shape)-1 {
			dst = append(dst, data[k*n:(k+1)*n]...)
		} else {
			dst = t.appendLines(dst, data, dim+1, k)
		}
	}
	return dst
}

// CUDAArray describes a tensor in device memory in the words of the CUDA Array
// Interface, version 3; it stays valid until Release. Errors: ErrReleased,
// ErrInvalidMemory.
func (t *Tensor) CUDAArray() (CUDATensor, error) {
	if t.Memory != Device {
		return CUDATensor{}, fmt.Errorf("frame: CUDAArray of a tensor in %v memory: %w", t.Memory, ErrInvalidMemory)
	}
	a := CUDATensor{Shape: t.Shape, TypeStr: [...]string{"|u1", "<u2", "<f2", "<f4"}[t.Type], Data: t.Ptr}
	for _, s := range t.Strides {
		a.Strides = append(a.Strides, s*t.Type.Size())
	}
	if t.hold != nil {
		if err := t.hold.check("CUDAArray"); err != nil {
			return CUDATensor{}, err
		}
		a.Stream = t.hold.streamNumber()
	}
	return a, nil
}

// CUDATensor is CUDAArray for any number of dimensions.
type CUDATensor struct {
	Shape, Strides []int // strides in bytes
	TypeStr        string
	Data           cuda.DevicePtr
	Stream         uintptr // as in CUDAArray
}

// AppendFloats appends the numbers as float32, in the order of AppendBytes, for
// statistics and tests. Errors: as AppendBytes.
func (t *Tensor) AppendFloats(dst []float32) ([]float32, error) {
	b, err := t.AppendBytes(nil)
	if err != nil {
		return dst, err
	}
	switch t.Type {
	case Uint8:
		for _, v := range b {
			dst = append(dst, float32(v))
		}
	case Uint16:
		for i := 0; i < len(b); i += 2 {
			dst = append(dst, float32(le.Uint16(b[i:])))
		}
	case Float16:
		for i := 0; i < len(b); i += 2 {
			dst = append(dst, float16Value(le.Uint16(b[i:])))
		}
	case Float32:
		for i := 0; i < len(b); i += 4 {
			dst = append(dst, math.Float32frombits(le.Uint32(b[i:])))
		}
	}
	return dst, nil
}

// float16Value is the reverse of float16, which is exact.
func float16Value(h uint16) float32 {
	sign, a := uint32(h&0x8000)<<16, uint32(h&0x7fff)
	switch {
	case a >= 0x7c00:
		return math.Float32frombits(sign | 0x7f800000 | a&0x3ff<<13)
	case a < 0x400:
		f := float32(a) / (1 << 24)
		return math.Float32frombits(sign | math.Float32bits(f))
	}
	return math.Float32frombits(sign | (a<<13 + 0x38000000))
}
