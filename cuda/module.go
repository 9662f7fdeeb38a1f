package cuda

import (
	"bytes"
	"runtime"
	"strings"
	"structs"
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveModules = live.NewKind("cuda.Module")

// A Module is compiled device code in a context.
type Module struct {
	ctx     *Context
	handle  uintptr
	closed  atomic.Bool
	cleanup runtime.Cleanup
}

// A Function is a kernel of a module. It is valid until the module is closed.
type Function struct {
	module *Module
	handle uintptr
	name   string
}

const (
	jitErrorLogBuffer          = 5 // CU_JIT_ERROR_LOG_BUFFER
	jitErrorLogBufferSizeBytes = 6 // CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
	jitLogSize                 = 8192
)

// jitOptions is the memory of cuModuleLoadDataEx's two option arrays. The size is
// passed as a value in a pointer slot.
type jitOptions struct {
	_      structs.HostLayout
	option [2]int32
	value  struct {
		log  unsafe.Pointer
		size uintptr
	}
}

// LoadModule compiles PTX text (or loads a cubin) for the context's device. The
// error holds what the driver's compiler said. The driver caches what it compiled
// on disk.
//
// Source: cuModuleLoadDataEx.
func (c *Context) LoadModule(image []byte) (*Module, error) {
	if err := c.Enter(); err != nil {
		return nil, err
	}
	defer c.Exit()
	image = append(bytes.Clone(image), 0) // PTX is a C string
	log := make([]byte, jitLogSize)
	o := &jitOptions{option: [2]int32{jitErrorLogBuffer, jitErrorLogBufferSizeBytes}}
	o.value.log, o.value.size = ptr(log), jitLogSize
	b := borrow()
	defer b.giveBack()
	b.Ptr(b.out(0)).Ptr(ptr(image)).Int(2).Ptr(unsafe.Pointer(&o.option)).Ptr(unsafe.Pointer(&o.value))
	if r := Result(b.Do32(c.driver.cuModuleLoadDataEx)); r != Success {
		err := &Error{Func: "cuModuleLoadDataEx", Result: r, Detail: remedies[r]}
		if text := strings.TrimSpace(abi.GoStringN(log)); text != "" {
			err.Detail = strings.TrimSpace(err.Detail + "\n" + text)
		}
		return nil, err
	}
	m := &Module{ctx: c, handle: b.uintptr(0)}
	c.acquire() // cannot fail inside Enter
	liveModules.Add()
	m.cleanup = runtime.AddCleanup(m, endPart, part{c.contextState, m.handle, modulePart})
	return m, nil
}

// Function looks a kernel up by its (mangled) name.
//
// Source: cuModuleGetFunction.
func (m *Module) Function(name string) (*Function, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.ctx.exit()
	b := borrow()
	defer b.giveBack()
	b.Ptr(b.out(0)).Int(m.handle).Ptr(unsafe.Pointer(abi.CString(name)))
	if r := Result(b.Do32(m.ctx.driver.cuModuleGetFunction)); r != Success {
		return nil, &Error{Func: "cuModuleGetFunction", Result: r, Detail: name}
	}
	return &Function{module: m, handle: b.uintptr(0), name: name}, nil
}

// Global returns the address and size of a variable of the module.
//
// Source: cuModuleGetGlobal_v2.
func (m *Module) Global(name string) (p DevicePtr, size int, err error) {
	if err := m.enter(); err != nil {
		return 0, 0, err
	}
	defer m.ctx.exit()
	b := borrow()
	defer b.giveBack()
	b.Ptr(b.out(0)).Ptr(b.out(1)).Int(m.handle).Ptr(unsafe.Pointer(abi.CString(name)))
	err = m.ctx.driver.call(&b.Call, "cuModuleGetGlobal", m.ctx.driver.cuModuleGetGlobal)
	return DevicePtr(b.word[0]), int(b.word[1]), err
}

// Context returns the context that the module was loaded in.
func (m *Module) Context() *Context { return m.ctx }

// Close unloads the module. Its kernels must not be running.
//
// Source: cuModuleUnload.
func (m *Module) Close() error {
	if m == nil || m.closed.Swap(true) {
		return nil
	}
	m.cleanup.Stop()
	return part{m.ctx.contextState, m.handle, modulePart}.end()
}

func (m *Module) enter() error {
	if m.closed.Load() {
		return closed("cuda: module")
	}
	return m.ctx.enter()
}
