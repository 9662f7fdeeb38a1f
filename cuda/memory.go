package cuda

import (
	"errors"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var (
	liveMemory = live.NewKind("cuda.DevicePtr")
	liveHost   = live.NewKind("cuda.HostBuffer")
)

// A DevicePtr is an address in device memory: a CUdeviceptr. The host must not
// read or write it.
type DevicePtr uint64

// Alloc returns n bytes of device memory, aligned to at least 256. It is slow and
// waits for the device; use it at set-up, or AllocAsync.
//
// Source: cuMemAlloc_v2.
func (c *Context) Alloc(n int) (DevicePtr, error) {
	if err := c.Enter(); err != nil {
		return 0, err
	}
	defer c.Exit()
	return c.alloc(n)
}

func (s *contextState) alloc(n int) (DevicePtr, error) {
	b := borrow()
	defer b.giveBack()
	if err := s.driver.call(b.Ptr(b.out(0)).Int(uintptr(n)), "cuMemAlloc", s.driver.cuMemAlloc); err != nil {
		return 0, err
	}
	liveMemory.Add()
	return DevicePtr(b.word[0]), nil
}

// AllocPitch returns memory for height rows of widthBytes bytes, and the distance
// between rows in bytes, which suits the device. elementSize is 4, 8 or 16, the
// size of the widest access.
//
// Source: cuMemAllocPitch_v2.
func (c *Context) AllocPitch(widthBytes, height, elementSize int) (p DevicePtr, pitch int, err error) {
	if err := c.Enter(); err != nil {
		return 0, 0, err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	b.Ptr(b.out(0)).Ptr(b.out(1)).Int(uintptr(widthBytes)).Int(uintptr(height)).Int(uintptr(elementSize))
	if err := c.driver.call(&b.Call, "cuMemAllocPitch", c.driver.cuMemAllocPitch); err != nil {
		return 0, 0, err
	}
	liveMemory.Add()
	return DevicePtr(b.word[0]), int(b.word[1]), nil
}

// Free gives memory of Alloc and AllocPitch back, after all work on the device that
// might use it. Zero is ignored. It works after Close while parts of the context
// are in use.
//
// Source: cuMemFree_v2.
func (c *Context) Free(p DevicePtr) error {
	if p == 0 {
		return nil
	}
	if err := c.enter(); err != nil {
		gaveUp(err)
		return err
	}
	defer c.exit()
	return c.free(p)
}

func (s *contextState) free(p DevicePtr) error {
	b := borrow()
	defer b.giveBack()
	err := s.driver.call(b.Int(uintptr(p)), "cuMemFree", s.driver.cuMemFree)
	gaveUp(err)
	return err
}

// gaveUp counts memory that its owner has let go of: also if the driver would not take it
// back, since nobody will try again, but not if there is none at that address.
func gaveUp(err error) {
	if !errors.Is(err, ErrInvalidValue) {
		liveMemory.Done()
	}
}

// A HostBuffer is page-locked host memory. Copies between it and the device run at
// full speed and beside other work.
type HostBuffer struct {
	part    part
	bytes   []byte
	closed  atomic.Bool
	cleanup runtime.Cleanup
}

// cuMemHostAlloc flag: page-locked for all contexts.
const memHostAllocPortable = 1

// AllocHost returns n bytes of page-locked memory. It is slow; keep the buffer.
//
// Source: cuMemHostAlloc.
func (c *Context) AllocHost(n int) (*HostBuffer, error) {
	if err := c.Enter(); err != nil {
		return nil, err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	if err := c.driver.call(b.Ptr(b.out(0)).Int(uintptr(n)).Int(memHostAllocPortable), "cuMemHostAlloc", c.driver.cuMemHostAlloc); err != nil {
		return nil, err
	}
	h := &HostBuffer{part: part{c.contextState, b.uintptr(0), hostPart}}
	h.bytes = unsafe.Slice((*byte)(abi.Pointer(h.part.handle)), n)
	c.acquire() // cannot fail inside Enter
	liveHost.Add()
	h.cleanup = runtime.AddCleanup(h, endPart, h.part)
	return h, nil
}

// Bytes returns the memory, which is C's: it must not be touched after Close, and
// the HostBuffer has to be kept as long as the slice is in use.
func (h *HostBuffer) Bytes() []byte { return h.bytes }

// Close frees the memory. Copies still queued must be done.
//
// Source: cuMemFreeHost.
func (h *HostBuffer) Close() error {
	if h == nil || h.closed.Swap(true) {
		return nil
	}
	h.cleanup.Stop()
	h.bytes = nil
	return h.part.end()
}
