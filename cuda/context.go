package cuda

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveContexts = live.NewKind("cuda.Context")

// A Context is a CUDA context, the address space and lifetime that all device
// memory, streams and sessions belong to. Several goroutines may use it at a time.
//
// The driver's context outlives Close until the streams, events, modules and
// buffers made from it are closed as well and no call is inside.
type Context struct {
	*contextState
	closed  atomic.Bool
	cleanup runtime.Cleanup
}

// contextState is what the parts of a context share, and what a forgotten Context
// leaves to the garbage collector: cleanups run in no order, so the driver object
// ends when the last of them has let go.
type contextState struct {
	driver *driver
	handle uintptr
	device Device
	kind   contextKind
	refs   atomic.Int64 // the Context, its parts, and calls inside

	pool struct {
		sync.Once
		handle uintptr // 0: memory comes from cuMemAlloc
		usable bool
	}
}

type contextKind uint8

const (
	primaryContext contextKind = iota
	ownContext
	borrowedContext
)

// ContextFlags say how a context's thread waits. Source: CUctx_flags, cuda.h.
type ContextFlags uint32

// How cuCtxSynchronize, cuStreamSynchronize and the like wait.
const (
	ScheduleAuto         ContextFlags = 0 // the driver chooses by the number of contexts and cores
	ScheduleSpin         ContextFlags = 1 // lowest latency, a core at 100 %
	ScheduleYield        ContextFlags = 2
	ScheduleBlockingSync ContextFlags = 4 // sleeps
)

// Primary returns the device's primary context, the one that the CUDA runtime,
// PyTorch and JAX use, so that memory can be shared with them. It is created when
// nobody has yet, which takes 0.1 to 1 s and some hundred MB of device memory.
// Each call counts a use; Close gives it back.
//
// Source: cuDevicePrimaryCtxRetain.
func Primary(dev Device) (*Context, error) {
	d, err := need()
	if err != nil {
		return nil, err
	}
	c := borrow()
	defer c.giveBack()
	if err := d.call(c.Ptr(c.out(0)).Int(uintptr(dev)), "cuDevicePrimaryCtxRetain", d.cuDevicePrimaryCtxRetain); err != nil {
		return nil, err
	}
	return newContext(d, c.uintptr(0), dev, primaryContext), nil
}

// NewContext creates a context of its own on the device. It is not made current.
//
// Source: cuCtxCreate_v2.
func NewContext(dev Device, flags ContextFlags) (*Context, error) {
	d, err := need()
	if err != nil {
		return nil, err
	}
	c := borrow()
	defer c.giveBack()
	// The driver pushes what it creates, so take it off this thread again.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := d.call(c.Ptr(c.out(0)).Int(uintptr(flags)).Int(uintptr(dev)), "cuCtxCreate", d.cuCtxCreate); err != nil {
		return nil, err
	}
	h := c.uintptr(0)
	c.Begin()
	if err := d.call(c.Ptr(c.out(1)), "cuCtxPopCurrent", d.cuCtxPopCurrent); err != nil {
		c.Begin()
		_ = d.call(c.Int(h), "cuCtxDestroy", d.cuCtxDestroy)
		return nil, err
	}
	return newContext(d, h, dev, ownContext), nil
}

// WrapContext borrows a CUcontext of another library. It is never destroyed here
// and must outlive everything made from the Context. A handle that the driver does
// not know is an error when the driver can tell; some drivers crash on garbage.
func WrapContext(handle uintptr) (*Context, error) {
	d, err := need()
	if err != nil {
		return nil, err
	}
	if handle == 0 {
		return nil, &Error{Func: "cuCtxPushCurrent", Result: ErrInvalidContext, Detail: "the handle is null"}
	}
	s := &contextState{driver: d, handle: handle, kind: borrowedContext}
	s.refs.Store(1)
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.exit()
	c := borrow()
	defer c.giveBack()
	if err := d.call(c.Ptr(c.out(0)), "cuCtxGetDevice", d.cuCtxGetDevice); err != nil {
		return nil, err
	}
	return newContext(d, handle, Device(c.int32(0)), borrowedContext), nil
}

func newContext(d *driver, handle uintptr, dev Device, kind contextKind) *Context {
	s := &contextState{driver: d, handle: handle, device: dev, kind: kind}
	s.refs.Store(1)
	liveContexts.Add()
	return s.context()
}

// context makes a Context that owns one of the state's references.
func (s *contextState) context() *Context {
	c := &Context{contextState: s}
	c.cleanup = runtime.AddCleanup(c, (*contextState).release, s)
	return c
}

// Handle returns the CUcontext.
func (c *Context) Handle() uintptr { return c.handle }

// Device returns the GPU that the context is on.
func (c *Context) Device() Device { return c.device }

// IsPrimary tells a context made by Primary from a private or borrowed one.
func (c *Context) IsPrimary() bool { return c.kind == primaryContext }

// Clone returns another owner of the same context: it stays until both are closed.
func (c *Context) Clone() (*Context, error) {
	if c.closed.Load() || !c.acquire() {
		return nil, closed("cuda: context")
	}
	return c.context(), nil
}

// Enter makes the context current on the calling goroutine's OS thread and locks
// the goroutine to it until Exit. Calls nest. The two must pair on one goroutine,
// and nothing between them may wait for another goroutine: a locked thread that
// waits costs two thread switches. It does not allocate.
//
// Source: cuCtxPushCurrent_v2.
func (c *Context) Enter() error {
	if c == nil || c.closed.Load() {
		return closed("cuda: context")
	}
	return c.enter()
}

// Exit undoes the last Enter of this goroutine. Do not call it if Enter failed.
//
// Source: cuCtxPopCurrent_v2.
func (c *Context) Exit() { c.exit() }

// Do runs f with the context current. What Enter says about waiting holds for f.
func (c *Context) Do(f func() error) error {
	if err := c.Enter(); err != nil {
		return err
	}
	defer c.Exit()
	return f()
}

// Synchronize waits until all work in the context is done.
//
// Source: cuCtxSynchronize.
func (c *Context) Synchronize() error {
	if err := c.Enter(); err != nil {
		return err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	return c.driver.call(&b.Call, "cuCtxSynchronize", c.driver.cuCtxSynchronize)
}

// MemInfo returns the device's free and total memory in bytes.
//
// Source: cuMemGetInfo_v2.
func (c *Context) MemInfo() (free, total uint64, err error) {
	if err := c.Enter(); err != nil {
		return 0, 0, err
	}
	defer c.Exit()
	b := borrow()
	defer b.giveBack()
	err = c.driver.call(b.Ptr(b.out(0)).Ptr(b.out(1)), "cuMemGetInfo", c.driver.cuMemGetInfo)
	return b.word[0], b.word[1], err
}

// Close gives the context back. What was made from it stays usable until it is
// closed itself. It may be called from any goroutine.
//
// Source: cuDevicePrimaryCtxRelease_v2, cuCtxDestroy_v2.
func (c *Context) Close() error {
	if c == nil || c.closed.Swap(true) {
		return nil
	}
	c.cleanup.Stop()
	return c.drop()
}

// acquire counts one user more, unless the context has ended.
func (s *contextState) acquire() bool {
	for {
		n := s.refs.Load()
		if n <= 0 {
			return false
		}
		if s.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release is drop for those who cannot report an error.
func (s *contextState) release() { _ = s.drop() }

// drop counts one user less and ends the context after the last.
func (s *contextState) drop() error {
	if s.refs.Add(-1) != 0 {
		return nil
	}
	liveContexts.Done()
	s.closePool()
	b := borrow()
	defer b.giveBack()
	switch s.kind {
	case primaryContext:
		return s.driver.call(b.Int(uintptr(s.device)), "cuDevicePrimaryCtxRelease", s.driver.cuDevicePrimaryCtxRelease)
	case ownContext:
		return s.driver.call(b.Int(s.handle), "cuCtxDestroy", s.driver.cuCtxDestroy)
	}
	return nil
}

func (s *contextState) enter() error {
	if !s.acquire() {
		return closed("cuda: context")
	}
	runtime.LockOSThread()
	b := borrow()
	err := s.driver.call(b.Int(s.handle), "cuCtxPushCurrent", s.driver.cuCtxPushCurrent)
	b.giveBack()
	if err != nil {
		runtime.UnlockOSThread()
		s.release()
	}
	return err
}

// exit does not report a failed pop: it means that somebody else has taken our
// context off the thread, which the next call in it reports.
func (s *contextState) exit() {
	b := borrow()
	_ = b.Ptr(b.out(0)).Do32(s.driver.cuCtxPopCurrent)
	b.giveBack()
	runtime.UnlockOSThread()
	s.release()
}

func (c *Context) String() string {
	return fmt.Sprintf("cuda.Context(%#x on device %d)", c.handle, c.device)
}
