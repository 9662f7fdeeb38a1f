package cuda

import (
	"fmt"
	"runtime"
	"structs"
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveArrays = live.NewKind("cuda.Array")

// An ArrayFormat is what an array's channels are. Source: CUarray_format, cuda.h.
type ArrayFormat uint32

// The formats of channels.
const (
	ArrayUint8   ArrayFormat = 0x01
	ArrayUint16  ArrayFormat = 0x02
	ArrayUint32  ArrayFormat = 0x03
	ArrayInt8    ArrayFormat = 0x08
	ArrayInt16   ArrayFormat = 0x09
	ArrayInt32   ArrayFormat = 0x0a
	ArrayFloat16 ArrayFormat = 0x10
	ArrayFloat32 ArrayFormat = 0x20
)

// An Array is a CUDA array: device memory in an order of the driver's own, for textures,
// and as input of NVENC (nvenc.ResourceCUDAArray), where all planes of a picture lie in
// one array with one channel, one below the other. Copy2D reaches it. Any goroutine may
// use it.
type Array struct {
	ctx     *Context
	handle  uintptr
	closed  atomic.Bool
	cleanup runtime.Cleanup
}

// arrayDescriptor. Source: CUDA_ARRAY_DESCRIPTOR_v2, cuda.h.
type arrayDescriptor struct {
	_           structs.HostLayout
	Width       uint64
	Height      uint64
	Format      ArrayFormat
	NumChannels uint32
}

// NewArray makes an array of width x height elements, each with 1, 2 or 4 channels. Close
// frees it.
//
// Source: cuArrayCreate_v2.
func (c *Context) NewArray(width, height int, format ArrayFormat, channels int) (*Array, error) {
	if width <= 0 || height <= 0 || channels <= 0 {
		return nil, &Error{Func: "cuArrayCreate", Result: ErrInvalidValue, Detail: fmt.Sprintf("%d x %d elements of %d channels", width, height, channels)}
	}
	if err := c.Enter(); err != nil {
		return nil, err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	d := &arrayDescriptor{Width: uint64(width), Height: uint64(height), Format: format, NumChannels: uint32(channels)}
	if err := c.driver.call(b.Ptr(b.out(0)).Ptr(unsafe.Pointer(d)), "cuArrayCreate", c.driver.cuArrayCreate); err != nil {
		return nil, err
	}
	a := &Array{ctx: c, handle: b.uintptr(0)}
	c.acquire() // cannot fail inside Enter
	liveArrays.Add()
	a.cleanup = runtime.AddCleanup(a, endPart, part{c.contextState, a.handle, arrayPart})
	return a, nil
}

// Handle is the CUarray.
func (a *Array) Handle() uintptr { return a.handle }

// Close frees the array, after all work on the device that might
// use it. It may be called twice.
//
// Source: cuArrayDestroy.
func (a *Array) Close() error {
	if a == nil || a.closed.Swap(true) {
		return nil
	}
	a.cleanup.Stop()
	return part{a.ctx.contextState, a.handle, arrayPart}.end()
}
