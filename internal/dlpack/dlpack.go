package dlpack

import (
	"errors"
	"fmt"
	"runtime"
	"structs"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

// ErrInvalid: not a tensor that can be read.
var ErrInvalid = errors.New("invalid DLPack tensor")

var liveExports = live.NewKind("dlpack.Export")

// DeviceType is DLDeviceType.
type DeviceType int32

// Devices of dlpack.h.
const (
	CPU         DeviceType = 1
	CUDA        DeviceType = 2
	CUDAHost    DeviceType = 3 // page-locked
	CUDAManaged DeviceType = 13
)

// Type codes of dlpack.h.
const (
	Int   = 0
	UInt  = 1
	Float = 2
)

// A Tensor is DLTensor.
type Tensor struct {
	Data           uintptr
	Device         DeviceType
	ID             int32 // of the device
	Code, Bits     uint8
	Shape, Strides []int64 // strides in elements; of an imported tensor never nil
	ReadOnly       bool
	Keep           any // what Data lies in, if it is Go's memory: reachable until the deleter is called
}

// MaxDims is the most dimensions that are taken or given.
const MaxDims = 8

// DLTensor of dlpack.h.
type tensor struct {
	_          structs.HostLayout
	data       uintptr
	deviceType int32
	deviceID   int32
	ndim       int32
	code, bits uint8
	lanes      uint16
	shape      unsafe.Pointer
	strides    unsafe.Pointer
	byteOffset uint64
}

// DLManagedTensor of dlpack.h.
type managed struct {
	_          structs.HostLayout
	tensor     tensor
	managerCtx uintptr
	deleter    uintptr
}

// DLManagedTensorVersioned of dlpack.h.
type versioned struct {
	_            structs.HostLayout
	major, minor uint32
	managerCtx   uintptr
	deleter      uintptr
	flags        uint64
	tensor       tensor
}

const (
	versionMajor = 1
	versionMinor = 0
	readOnly     = 1 // DLPACK_FLAG_BITMASK_READ_ONLY
)

// An export is what C sees of a tensor, and what keeps it where it is until the
// deleter is called.
type export struct {
	plain   managed
	version versioned
	shape   [MaxDims]int64
	strides [MaxDims]int64
	pin     runtime.Pinner
	deleted func()
	keep    any
}

// exports finds what C gives back by its address.
var exports = struct {
	sync.Mutex
	of map[uintptr]*export
}{of: map[uintptr]*export{}}

var deleter = sync.OnceValue(func() uintptr {
	// void (*deleter)(struct DLManagedTensor *self), which any thread may call.
	return abi.NewCallback(abi.Handler{Args: 1, Call: func(c *abi.Callback) { drop(c.Word(0)) }})
})

func drop(self uintptr) {
	exports.Lock()
	e := exports.of[self]
	delete(exports.of, self)
	exports.Unlock()
	if e == nil {
		return // deleted before: a mistake of the consumer that must not become ours
	}
	e.pin.Unpin()
	liveExports.Done()
	e.deleted()
}

// Export returns the address of a DLManagedTensor or, if asked for, of a
// DLManagedTensorVersioned, whose deleter calls deleted once, on any thread.
func Export(t *Tensor, asVersioned bool, deleted func()) (uintptr, error) {
	if len(t.Shape) > MaxDims || len(t.Strides) != len(t.Shape) {
		return 0, fmt.Errorf("%w: shape %v, strides %v", ErrInvalid, t.Shape, t.Strides)
	}
	e := &export{deleted: deleted, keep: t.Keep}
	copy(e.shape[:], t.Shape)
	copy(e.strides[:], t.Strides)
	e.pin.Pin(e)
	d := tensor{
		data: t.Data, deviceType: int32(t.Device), deviceID: t.ID, ndim: int32(len(t.Shape)),
		code: t.Code, bits: t.Bits, lanes: 1, shape: unsafe.Pointer(&e.shape), strides: unsafe.Pointer(&e.strides),
	}
	self := uintptr(unsafe.Pointer(&e.plain))
	e.plain = managed{tensor: d, deleter: deleter()}
	if asVersioned {
		self = uintptr(unsafe.Pointer(&e.version))
		e.version = versioned{major: versionMajor, minor: versionMinor, deleter: deleter(), tensor: d}
		if t.ReadOnly {
			e.version.flags = readOnly
		}
	}
	exports.Lock()
	exports.of[self] = e
	exports.Unlock()
	liveExports.Add()
	return self, nil
}

// Import reads the tensor that a DLManagedTensor or a DLManagedTensorVersioned holds.
// Whoever takes it calls Delete when it is done with it.
func Import(self uintptr, asVersioned bool) (Tensor, error) {
	if self == 0 {
		return Tensor{}, fmt.Errorf("%w: NULL", ErrInvalid)
	}
	p := abi.Pointer(self)
	d := &(*managed)(p).tensor
	var t Tensor
	if asVersioned {
		v := (*versioned)(p)
		if v.major != versionMajor {
			return Tensor{}, fmt.Errorf("%w: version %d.%d, want %d", ErrInvalid, v.major, v.minor, versionMajor)
		}
		d = &v.tensor
		t.ReadOnly = v.flags&readOnly != 0
	}
	if d.ndim < 0 || d.ndim > MaxDims || d.ndim > 0 && d.shape == nil {
		return Tensor{}, fmt.Errorf("%w: %d dimensions", ErrInvalid, d.ndim)
	}
	if d.lanes != 1 {
		return Tensor{}, fmt.Errorf("%w: %d lanes", ErrInvalid, d.lanes)
	}
	t.Data, t.Device, t.ID, t.Code, t.Bits = d.data+uintptr(d.byteOffset), DeviceType(d.deviceType), d.deviceID, d.code, d.bits
	t.Shape = make([]int64, d.ndim)
	t.Strides = make([]int64, d.ndim)
	if d.ndim == 0 {
		return t, nil
	}
	copy(t.Shape, unsafe.Slice((*int64)(d.shape), d.ndim))
	if d.strides != nil {
		copy(t.Strides, unsafe.Slice((*int64)(d.strides), d.ndim))
		return t, nil
	}
	// NULL: without gaps, the last index running fastest.
	n := int64(1)
	for i := len(t.Shape) - 1; i >= 0; i-- {
		t.Strides[i] = n
		n *= t.Shape[i]
	}
	return t, nil
}

// Bytes is n bytes of host memory at the address of an imported tensor.
func Bytes(data uintptr, n int) []byte { return unsafe.Slice((*byte)(abi.Pointer(data)), n) }

// Address is where b lies. Whoever lets C have it pins it.
func Address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// Delete calls the deleter of an imported tensor, if it has one.
func Delete(self uintptr, asVersioned bool) {
	p := abi.Pointer(self)
	f := (*managed)(p).deleter
	if asVersioned {
		f = (*versioned)(p).deleter
	}
	if f == 0 {
		return
	}
	c := abi.Borrow()
	defer c.Return()
	c.Int(self).Do(f)
}
