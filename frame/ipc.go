package frame

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// An IPCTensor describes a tensor in device memory to another process on the machine. It
// may be sent as JSON.
type IPCTensor struct {
	Handle         cuda.IPCHandle // of the allocation
	Offset         int            // bytes from its beginning to the first number
	Device         int            // number of the device
	Type           DType
	Shape, Strides []int // strides in numbers
}

// IPC describes the tensor to another process, and waits until its numbers are there.
// The memory has to stay, unchanged, until the other process is done: it is up to the
// two to tell each other, and for the one that made it to Release it then. Errors:
// ErrReleased, ErrInvalidMemory, *cuda.Error.
//
// Source: CUDA driver API, cuIpcGetMemHandle.
func (t *Tensor) IPC() (IPCTensor, error) {
	ctx := t.Context()
	if t.Memory != Device || ctx == nil {
		return IPCTensor{}, fmt.Errorf("frame: IPC of a tensor in %v memory: %w", t.Memory, ErrInvalidMemory)
	}
	if err := t.Wait(nil); err != nil {
		return IPCTensor{}, err
	}
	h, offset, err := ctx.IPCMemory(t.Ptr)
	if err != nil {
		return IPCTensor{}, err
	}
	return IPCTensor{Handle: h, Offset: offset, Device: int(ctx.Device()), Type: t.Type,
		Shape: append([]int{}, t.Shape...), Strides: append([]int{}, t.Strides...)}, nil
}

// OpenIPC opens another process' tensor, on the device that it is on. Release ends its
// use here, after all work named to ReleaseOn. Errors: ErrInvalidMemory, *cuda.Error.
func OpenIPC(ctx *cuda.Context, x *IPCTensor) (*Tensor, error) {
	if ctx == nil {
		return nil, errNoContext
	}
	if len(x.Shape) > maxDims || len(x.Strides) != len(x.Shape) || x.Offset < 0 || x.Type > Float32 {
		return nil, fmt.Errorf("frame: OpenIPC: shape %v, strides %v at %d: %w", x.Shape, x.Strides, x.Offset, ErrInvalidPlane)
	}
	if int(ctx.Device()) != x.Device {
		return nil, fmt.Errorf("frame: OpenIPC: a tensor on device %d for a context on %v: %w", x.Device, ctx.Device(), ErrInvalidMemory)
	}
	own, err := ctx.Clone()
	if err != nil {
		return nil, err
	}
	base, err := own.OpenIPCMemory(x.Handle)
	if err != nil {
		own.Close()
		return nil, err
	}
	f := &Frame{Format: Gray, Width: 1, Height: 1, Memory: Device, ctx: own}
	f.Reset(releaseFunc(func() {
		_ = own.CloseIPCMemory(base)
		own.Close()
	}))
	t := &Tensor{Type: x.Type, Memory: Device, Ptr: base + cuda.DevicePtr(x.Offset), hold: f}
	t.setDims(x.Shape, x.Strides)
	return t, nil
}
