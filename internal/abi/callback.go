package abi

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"
)

// NumArgs is how many integer or pointer arguments an entry saves. All callbacks
// that we need pass at most four, which is what Windows passes in registers.
const NumArgs = 4

// maxCallbacks is the number of entries that the assembly provides. One serves a
// C signature of one package for the life of the process.
const maxCallbacks = 24

// Callback holds the arguments of one call from C into Go. It lies on the C stack,
// is not seen by the collector and is valid only until the handler returns.
// The assembly depends on this layout.
type Callback struct {
	slot uintptr
	arg  [NumArgs]uintptr
	ret  uintptr
}

// Ptr returns argument i as a pointer to C memory. Reading the pointer out of
// memory, rather than converting a uintptr, is what keeps go vet and checkptr
// content; it is right only because the address is not Go memory.
func (c *Callback) Ptr(i int) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&c.arg[i]))
}

// Int32 returns argument i as a C int. The upper half of the register is undefined
// in all three ABIs and is dropped here.
func (c *Callback) Int32(i int) int32 { return int32(c.arg[i]) }

// Int64 returns argument i as a C int64_t.
func (c *Callback) Int64(i int) int64 { return int64(c.arg[i]) }

// Word returns argument i untouched: a va_list, say, which all three ABIs deliver
// as one pointer-sized word that may be passed on to C as it is.
func (c *Callback) Word(i int) uintptr { return c.arg[i] }

// Handle returns argument i as the Handle that was given to C.
func (c *Callback) Handle(i int) Handle { return Handle(c.arg[i]) }

// Return sets the C result. A negative value sign-extends, which serves int and
// int64_t results alike.
func (c *Callback) Return(v int64) { c.ret = uintptr(v) }

// A Handler receives the calls that C makes to one entry.
type Handler struct {
	// Args is the number of parameters of the C function type, 1 to NumArgs.
	Args int
	// Fail is the C result when Call panics.
	Fail int64
	// Call runs on the goroutine that called into C, or on a goroutine that the
	// runtime lends when C called from a thread of its own. It may allocate,
	// block, grow the stack and call C again. It must not call runtime.Goexit
	// (so neither testing.T.FailNow): C frames would be skipped.
	Call func(*Callback)
	// Panic is told about a panic that ended Call; a session stores it and
	// reports it from the method that had called C. nil prints it.
	Panic func(c *Callback, value any)
}

var (
	handlers     [maxCallbacks]atomic.Pointer[Handler]
	handlerMutex sync.Mutex
	handlerCount int
)

// NewCallback returns a C function address that calls h, for the life of the
// process. Entries are few: take one for each C signature, in a package variable,
// and tell sessions apart by the Handle in the user pointer.
func NewCallback(h Handler) uintptr {
	if h.Args < 1 || h.Args > NumArgs || h.Call == nil {
		panic("abi: bad Handler")
	}
	handlerMutex.Lock()
	defer handlerMutex.Unlock()
	if handlerCount == maxCallbacks {
		panic("abi: no callback entry left")
	}
	i := handlerCount
	handlerCount++
	handlers[i].Store(&h)
	return entry(i, h.Args)
}

// dispatch is entered from C. A panic must not unwind C frames, so it ends here.
func dispatch(c *Callback) {
	c.ret = 0
	h := handlers[c.slot].Load()
	if h == nil {
		return
	}
	defer contain(c, h)
	h.Call(c)
}

// contain is deferred directly, so that recover works, and is not a closure, so
// that the defer does not allocate.
func contain(c *Callback, h *Handler) {
	v := recover()
	if v == nil {
		return
	}
	c.ret = uintptr(h.Fail)
	if h.Panic != nil {
		h.Panic(c, v)
		return
	}
	fmt.Fprintf(os.Stderr, "nvcodec: panic in a C callback: %v\n%s", v, debug.Stack())
}
