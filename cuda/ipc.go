package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveIPC = live.NewKind("cuda.IPCMemory")

// An IPCHandle stands for memory, or an event, of this process in another one on the
// same machine: send its bytes there.
type IPCHandle [64]byte

// cuIpcOpenMemHandle flag: lets devices that are peers reach each other's memory.
const ipcMemLazyEnablePeerAccess = 1

// IPCMemory returns what another process opens the allocation by that p lies in, and how
// many bytes after its beginning p is. The memory must come from Alloc or AllocPitch,
// not from a pool, and has to stay until the other process has closed it.
//
// Source: cuIpcGetMemHandle.
func (c *Context) IPCMemory(p DevicePtr) (h IPCHandle, offset int, err error) {
	if c.driver.cuIpcGetMemHandle == 0 {
		return h, 0, errNoIPC("cuIpcGetMemHandle")
	}
	info, err := Pointer(p)
	if err != nil {
		return h, 0, err
	}
	if info.Base == 0 {
		info.Base = p
	}
	if err := c.Enter(); err != nil {
		return h, 0, err
	}
	defer c.Exit()
	out := new(IPCHandle)
	b := borrow()
	defer b.giveBack()
	err = c.driver.call(b.Ptr(unsafe.Pointer(out)).Int(uintptr(info.Base)), "cuIpcGetMemHandle", c.driver.cuIpcGetMemHandle)
	return *out, int(p - info.Base), err
}

// OpenIPCMemory makes another process' memory usable in this context and returns its
// beginning; CloseIPCMemory ends it. A process cannot open its own.
//
// Source: cuIpcOpenMemHandle_v2.
func (c *Context) OpenIPCMemory(h IPCHandle) (DevicePtr, error) {
	if c.driver.cuIpcOpenMemHandle == 0 {
		return 0, errNoIPC("cuIpcOpenMemHandle")
	}
	if err := c.Enter(); err != nil {
		return 0, err
	}
	defer c.Exit()
	out := new(DevicePtr)
	r := Result(abi.CallValue64(c.driver.cuIpcOpenMemHandle, unsafe.Pointer(out), (*[64]byte)(&h), ipcMemLazyEnablePeerAccess))
	if r != Success {
		return 0, c.driver.error("cuIpcOpenMemHandle", r)
	}
	liveIPC.Add()
	return *out, nil
}

// CloseIPCMemory ends the use of memory that OpenIPCMemory returned.
//
// Source: cuIpcCloseMemHandle.
func (c *Context) CloseIPCMemory(p DevicePtr) error {
	if c.driver.cuIpcCloseMemHandle == 0 {
		return errNoIPC("cuIpcCloseMemHandle")
	}
	if err := c.enter(); err != nil {
		return err
	}
	defer c.exit()
	b := borrow()
	defer b.giveBack()
	err := c.driver.call(b.Int(uintptr(p)), "cuIpcCloseMemHandle", c.driver.cuIpcCloseMemHandle)
	if err == nil {
		liveIPC.Done()
	}
	return err
}

// NewIPCEvent creates an event that another process can open by IPC.
//
// Source: cuEventCreate with CU_EVENT_INTERPROCESS.
func (c *Context) NewIPCEvent() (*Event, error) {
	return c.newEvent(eventDisableTiming | eventInterprocess)
}

// IPC returns what another process opens the event by, which NewIPCEvent made.
//
// Source: cuIpcGetEventHandle.
func (e *Event) IPC() (IPCHandle, error) {
	if e.ctx.driver.cuIpcGetEventHandle == 0 {
		return IPCHandle{}, errNoIPC("cuIpcGetEventHandle")
	}
	if err := e.enter(); err != nil {
		return IPCHandle{}, err
	}
	defer e.ctx.exit()
	out := new(IPCHandle)
	b := borrow()
	defer b.giveBack()
	err := e.ctx.driver.call(b.Ptr(unsafe.Pointer(out)).Int(e.handle), "cuIpcGetEventHandle", e.ctx.driver.cuIpcGetEventHandle)
	return *out, err
}

// OpenIPCEvent opens an event of another process, to wait for what it marks there.
//
// Source: cuIpcOpenEventHandle.
func (c *Context) OpenIPCEvent(h IPCHandle) (*Event, error) {
	if c.driver.cuIpcOpenEventHandle == 0 {
		return nil, errNoIPC("cuIpcOpenEventHandle")
	}
	if err := c.Enter(); err != nil {
		return nil, err
	}
	defer c.Exit()
	out := new(uintptr)
	r := Result(abi.CallValue64(c.driver.cuIpcOpenEventHandle, unsafe.Pointer(out), (*[64]byte)(&h), 0))
	if r != Success {
		return nil, c.driver.error("cuIpcOpenEventHandle", r)
	}
	e := &Event{ctx: c, handle: *out}
	c.acquire() // cannot fail inside Enter
	liveEvents.Add()
	e.cleanup = runtime.AddCleanup(e, endPart, part{c.contextState, e.handle, eventPart})
	return e, nil
}

func errNoIPC(name string) error {
	return fmt.Errorf("cuda: the driver has no %s: %w", name, errors.ErrUnsupported)
}
