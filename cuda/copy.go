package cuda

import (
	"fmt"
	"structs"
	"unsafe"
)

// Copy2D describes the copy of a rectangle. Each side is host memory, an array or
// device memory: SrcHost wins over SrcArray and Src when it is not nil, SrcArray over Src;
// likewise at the destination. Of an array it is the first rows; it has no pitch.
type Copy2D struct {
	Src, Dst           DevicePtr
	SrcHost, DstHost   []byte
	SrcArray, DstArray *Array
	SrcPitch           int // bytes between rows, at least WidthBytes; 0 means WidthBytes
	DstPitch           int
	WidthBytes         int
	Height             int // rows
}

// memcpy2D. Source: CUDA_MEMCPY2D_v2, cuda.h.
type memcpy2D struct {
	_             structs.HostLayout
	SrcXInBytes   uint64
	SrcY          uint64
	SrcMemoryType MemoryType
	_             [4]byte
	SrcHost       unsafe.Pointer
	SrcDevice     DevicePtr
	SrcArray      uintptr
	SrcPitch      uint64
	DstXInBytes   uint64
	DstY          uint64
	DstMemoryType MemoryType
	_             [4]byte
	DstHost       unsafe.Pointer
	DstDevice     DevicePtr
	DstArray      uintptr
	DstPitch      uint64
	WidthInBytes  uint64
	Height        uint64
}

// set fills the C struct. A slice that is too short would be memory corruption in
// C, so it is an error here.
func (m *memcpy2D) set(c *Copy2D) error {
	sp, dp := c.SrcPitch, c.DstPitch
	if sp == 0 {
		sp = c.WidthBytes
	}
	if dp == 0 {
		dp = c.WidthBytes
	}
	if c.WidthBytes < 0 || c.Height < 0 || sp < c.WidthBytes || dp < c.WidthBytes {
		return &Error{Func: "cuMemcpy2D", Result: ErrInvalidValue,
			Detail: fmt.Sprintf("%d bytes x %d rows with pitches %d and %d", c.WidthBytes, c.Height, sp, dp)}
	}
	*m = memcpy2D{WidthInBytes: uint64(c.WidthBytes), Height: uint64(c.Height), SrcPitch: uint64(sp), DstPitch: uint64(dp)}
	if c.SrcHost != nil {
		if !holds(c.SrcHost, sp, c) {
			return shortHost("source", c.SrcHost, sp, c)
		}
		m.SrcMemoryType, m.SrcHost = MemoryHost, ptr(c.SrcHost)
	} else if c.SrcArray != nil {
		m.SrcMemoryType, m.SrcArray, m.SrcPitch = MemoryArray, c.SrcArray.Handle(), 0
	} else {
		m.SrcMemoryType, m.SrcDevice = MemoryDevice, c.Src
	}
	if c.DstHost != nil {
		if !holds(c.DstHost, dp, c) {
			return shortHost("destination", c.DstHost, dp, c)
		}
		m.DstMemoryType, m.DstHost = MemoryHost, ptr(c.DstHost)
	} else if c.DstArray != nil {
		m.DstMemoryType, m.DstArray, m.DstPitch = MemoryArray, c.DstArray.Handle(), 0
	} else {
		m.DstMemoryType, m.DstDevice = MemoryDevice, c.Dst
	}
	for _, a := range []*Array{c.SrcArray, c.DstArray} {
		if a != nil && a.closed.Load() {
			return closed("cuda: array")
		}
	}
	return nil
}

func holds(b []byte, pitch int, c *Copy2D) bool {
	return c.Height == 0 || len(b) >= (c.Height-1)*pitch+c.WidthBytes
}

func shortHost(side string, b []byte, pitch int, c *Copy2D) error {
	return &Error{Func: "cuMemcpy2D", Result: ErrInvalidValue,
		Detail: fmt.Sprintf("%s of %d bytes does not hold %d rows of %d bytes at pitch %d", side, len(b), c.Height, c.WidthBytes, pitch)}
}

// Copy2D queues the copy in the stream. With page-locked host memory it returns at
// once, and the memory must stay until the copy is done; with other host memory it
// may wait, and the slice is not used after it returns.
//
// Source: cuMemcpy2DAsync_v2.
func (s *Stream) Copy2D(c *Copy2D) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.ctx.exit()
	b := borrow()
	defer b.giveBack()
	if err := b.copy.set(c); err != nil {
		return err
	}
	err := s.ctx.driver.call(b.Ptr(unsafe.Pointer(&b.copy)).Int(s.handle), "cuMemcpy2DAsync", s.ctx.driver.cuMemcpy2DAsync)
	b.copy.SrcHost, b.copy.DstHost = nil, nil // the pool must not keep them
	return err
}

// Copy2D copies and waits. It does not wait for work queued in non-blocking
// streams.
//
// Source: cuMemcpy2D_v2.
func (c *Context) Copy2D(r *Copy2D) error {
	if err := c.Enter(); err != nil {
		return err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	if err := b.copy.set(r); err != nil {
		return err
	}
	err := c.driver.call(b.Ptr(unsafe.Pointer(&b.copy)), "cuMemcpy2D", c.driver.cuMemcpy2D)
	b.copy.SrcHost, b.copy.DstHost = nil, nil
	return err
}

// CopyDtoD queues a copy of n bytes within the device.
//
// Source: cuMemcpyDtoDAsync_v2.
func (s *Stream) CopyDtoD(dst, src DevicePtr, n int) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.ctx.exit()
	b := borrow()
	defer b.giveBack()
	b.Int(uintptr(dst)).Int(uintptr(src)).Int(uintptr(n)).Int(s.handle)
	return s.ctx.driver.call(&b.Call, "cuMemcpyDtoDAsync", s.ctx.driver.cuMemcpyDtoDAsync)
}

// CopyHtoD queues a copy of src to the device. What Copy2D says about host memory
// holds.
//
// Source: cuMemcpyHtoDAsync_v2.
func (s *Stream) CopyHtoD(dst DevicePtr, src []byte) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.ctx.exit()
	b := borrow()
	defer b.giveBack()
	b.Int(uintptr(dst)).Ptr(ptr(src)).Int(uintptr(len(src))).Int(s.handle)
	return s.ctx.driver.call(&b.Call, "cuMemcpyHtoDAsync", s.ctx.driver.cuMemcpyHtoDAsync)
}

// CopyDtoH queues a copy of len(dst) bytes from the device. What Copy2D says about
// host memory holds.
//
// Source: cuMemcpyDtoHAsync_v2.
func (s *Stream) CopyDtoH(dst []byte, src DevicePtr) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.ctx.exit()
	b := borrow()
	defer b.giveBack()
	b.Ptr(ptr(dst)).Int(uintptr(src)).Int(uintptr(len(dst))).Int(s.handle)
	return s.ctx.driver.call(&b.Call, "cuMemcpyDtoHAsync", s.ctx.driver.cuMemcpyDtoHAsync)
}

// Memset queues the setting of n bytes to v.
//
// Source: cuMemsetD8Async.
func (s *Stream) Memset(p DevicePtr, v byte, n int) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.ctx.exit()
	b := borrow()
	defer b.giveBack()
	b.Int(uintptr(p)).Int(uintptr(v)).Int(uintptr(n)).Int(s.handle)
	return s.ctx.driver.call(&b.Call, "cuMemsetD8Async", s.ctx.driver.cuMemsetD8Async)
}

// CopyHtoD copies src to the device and waits.
//
// Source: cuMemcpyHtoD_v2.
func (c *Context) CopyHtoD(dst DevicePtr, src []byte) error {
	if err := c.Enter(); err != nil {
		return err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	return c.driver.call(b.Int(uintptr(dst)).Ptr(ptr(src)).Int(uintptr(len(src))), "cuMemcpyHtoD", c.driver.cuMemcpyHtoD)
}

// CopyDtoH copies len(dst) bytes from the device and waits.
//
// Source: cuMemcpyDtoH_v2.
func (c *Context) CopyDtoH(dst []byte, src DevicePtr) error {
	if err := c.Enter(); err != nil {
		return err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	return c.driver.call(b.Ptr(ptr(dst)).Int(uintptr(src)).Int(uintptr(len(dst))), "cuMemcpyDtoH", c.driver.cuMemcpyDtoH)
}

// CopyDtoD copies n bytes within the device. Like the driver's function it may
// return before the copy is done; it is ordered on the legacy stream.
//
// Source: cuMemcpyDtoD_v2.
func (c *Context) CopyDtoD(dst, src DevicePtr, n int) error {
	if err := c.Enter(); err != nil {
		return err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	return c.driver.call(b.Int(uintptr(dst)).Int(uintptr(src)).Int(uintptr(n)), "cuMemcpyDtoD", c.driver.cuMemcpyDtoD)
}

// Memset sets n bytes to v, ordered on the legacy stream.
//
// Source: cuMemsetD8_v2.
func (c *Context) Memset(p DevicePtr, v byte, n int) error {
	if err := c.Enter(); err != nil {
		return err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	return c.driver.call(b.Int(uintptr(p)).Int(uintptr(v)).Int(uintptr(n)), "cuMemsetD8", c.driver.cuMemsetD8)
}
