package cuda

import (
	"math"
	"structs"
	"unsafe"
)

// Stream-ordered memory comes from a pool of our own rather than the device's
// default one: the default one is shared with every other library in the process
// (PyTorch's allocator, for one), and how much it keeps is not ours to set.

// memPoolProps. Source: CUmemPoolProps, cuda.h.
type memPoolProps struct {
	_           structs.HostLayout
	AllocType   int32
	HandleTypes int32
	Location    memLocation
	Security    uintptr // Windows only
	MaxSize     uint64
	Usage       uint16
	_           [54]byte
}

// memLocation. Source: CUmemLocation, cuda.h.
type memLocation struct {
	_    structs.HostLayout
	Type int32
	ID   int32
}

const (
	memAllocationTypePinned            = 1 // CU_MEM_ALLOCATION_TYPE_PINNED, the only kind
	memLocationTypeDevice              = 1 // CU_MEM_LOCATION_TYPE_DEVICE
	memPoolAttrReleaseThreshold        = 4 // CU_MEMPOOL_ATTR_RELEASE_THRESHOLD
	memPoolKeepAll              uint64 = math.MaxUint64
)

// AllocAsync returns n bytes of device memory that work queued in s from now on may
// use. Freed memory is kept for the next request, so that in steady state it costs
// some 4 µs and does not wait. Where the driver has no memory pools it is Alloc.
//
// Source: cuMemAllocFromPoolAsync.
func (s *Stream) AllocAsync(n int) (DevicePtr, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.ctx.exit()
	pool, ok := s.ctx.memPool()
	if !ok {
		return s.ctx.alloc(n)
	}
	b := borrow()
	defer b.giveBack()
	b.Ptr(b.out(0)).Int(uintptr(n)).Int(pool).Int(s.handle)
	if err := s.ctx.driver.call(&b.Call, "cuMemAllocFromPoolAsync", s.ctx.driver.cuMemAllocFromPoolAsync); err != nil {
		return 0, err
	}
	liveMemory.Add()
	return DevicePtr(b.word[0]), nil
}

// FreeAsync gives memory of AllocAsync back once the work queued in s so far is
// done. Zero is ignored. It works after Close of the stream's context, not of the
// stream.
//
// Source: cuMemFreeAsync.
func (s *Stream) FreeAsync(p DevicePtr) error {
	if p == 0 {
		return nil
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.ctx.exit()
	if _, ok := s.ctx.memPool(); !ok {
		return s.ctx.free(p) // waits for the device by itself
	}
	b := borrow()
	defer b.giveBack()
	err := s.ctx.driver.call(b.Int(uintptr(p)).Int(s.handle), "cuMemFreeAsync", s.ctx.driver.cuMemFreeAsync)
	gaveUp(err)
	return err
}

// TrimPool gives memory that AllocAsync keeps back to the device, down to keep
// bytes.
//
// Source: cuMemPoolTrimTo.
func (c *Context) TrimPool(keep int) error {
	if err := c.Enter(); err != nil {
		return err
	}
	defer c.Exit()
	pool, ok := c.memPool()
	if !ok {
		return nil
	}
	b := borrow()
	defer b.giveBack()
	return c.driver.call(b.Int(pool).Int(uintptr(keep)), "cuMemPoolTrimTo", c.driver.cuMemPoolTrimTo)
}

// memPool returns the context's pool, made on first use, or false when the driver
// or the device (some vGPUs, older Jetsons) has none.
func (s *contextState) memPool() (uintptr, bool) {
	s.pool.Do(s.openPool)
	return s.pool.handle, s.pool.usable
}

func (s *contextState) openPool() {
	d := s.driver
	for _, fn := range []uintptr{d.cuMemAllocFromPoolAsync, d.cuMemFreeAsync, d.cuMemPoolCreate, d.cuMemPoolDestroy, d.cuMemPoolSetAttribute, d.cuMemPoolTrimTo} {
		if fn == 0 {
			return
		}
	}
	if n, err := s.device.Attribute(MemoryPoolsSupported); err != nil || n == 0 {
		return
	}
	b := borrow()
	defer b.giveBack()
	props := &memPoolProps{AllocType: memAllocationTypePinned, Location: memLocation{Type: memLocationTypeDevice, ID: int32(s.device)}}
	if d.call(b.Ptr(b.out(0)).Ptr(unsafe.Pointer(props)), "cuMemPoolCreate", d.cuMemPoolCreate) != nil {
		return
	}
	s.pool.handle = b.uintptr(0)
	b.Begin()
	b.word[1] = memPoolKeepAll
	// Without it every synchronisation would return free memory to the system.
	_ = d.call(b.Int(s.pool.handle).Int(memPoolAttrReleaseThreshold).Ptr(b.out(1)), "cuMemPoolSetAttribute", d.cuMemPoolSetAttribute)
	s.pool.usable = true
}

// closePool is called by the last user of the context.
func (s *contextState) closePool() {
	if !s.pool.usable {
		return
	}
	b := borrow()
	defer b.giveBack()
	_ = b.Int(s.pool.handle).Do32(s.driver.cuMemPoolDestroy)
}
