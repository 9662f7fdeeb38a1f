package abi

import (
	"runtime"
	"sync"
	"unsafe"
)

// MaxArgs is the number of argument words that a Call can carry.
const MaxArgs = 12

// A Call carries the arguments of one C call. purego.SyscallN is cheap, but its
// variadic slice escapes when written in place; handing it a slice that already
// lives on the heap does not allocate, and that is all a Call is for.
//
// A session object holds one for the calls that it makes one at a time, and
// another for calls that it makes inside callbacks of the same session, because
// the outer one is in use then. Code without a session uses Borrow. A Call is not
// safe for concurrent use.
type Call struct {
	n    int
	word [MaxArgs]uintptr
	// keep holds the Go pointers among the arguments. Storing them here does two
	// things that a uintptr cannot: it makes the pointee escape to the heap, so
	// that it stays put when a callback grows the goroutine's stack, and it keeps
	// the pointee alive until the next Begin.
	keep  [MaxArgs]unsafe.Pointer
	dirty bool // keep holds something
	busy  bool // C has not returned yet
	//lint:ignore U1000 holds something on Windows
	copies
}

// NewCall returns a Call that is certain to be on the heap.
//
//go:noinline
func NewCall() *Call { return new(Call) }

// Begin starts a new argument list. It panics when C has not returned from the
// Call's last Do: a callback, or another goroutine, would take from C what the
// running call keeps alive.
func (c *Call) Begin() *Call {
	if c.busy {
		panic("abi: Call used again before C returned")
	}
	if c.dirty {
		clear(c.keep[:c.n])
		c.dirty = false
	}
	c.n = 0
	return c
}

// Int adds an integer, enum, C handle, function pointer or device pointer.
func (c *Call) Int(v uintptr) *Call {
	c.word[c.n] = v
	c.n++
	return c
}

// Ptr adds a pointer to Go memory (or C memory, or nil) that C may use for the
// length of the call. If C keeps it for longer, the caller has to keep the object
// alive for that long.
func (c *Call) Ptr(p unsafe.Pointer) *Call {
	c.word[c.n] = uintptr(p)
	c.keep[c.n] = p
	c.n++
	c.dirty = true
	return c
}

// Rational adds an 8-byte struct of two C ints by value (an AVRational): one word
// on all three targets, as argument and as result.
func (c *Call) Rational(num, den int32) *Call {
	return c.Int(uintptr(uint64(uint32(num)) | uint64(uint32(den))<<32))
}

// Do calls fn and returns the full result register. For a C int use Do32: the upper
// half is undefined. It panics when fn is 0, the address of a symbol that the
// library lacks.
func (c *Call) Do(fn uintptr) uintptr {
	if fn == 0 {
		panic("abi: call of a function that the library lacks")
	}
	c.busy = true
	r := syscallN(fn, c.word[:c.n])
	c.busy = false // and so c, with what keep holds, was alive until here
	runtime.KeepAlive(c)
	return r
}

// Do32 is Do for functions that return a C int or enum.
func (c *Call) Do32(fn uintptr) int32 { return int32(c.Do(fn)) }

var calls = sync.Pool{New: func() any { return NewCall() }}

// Borrow lends a Call for calls that belong to no session, already begun; give it
// back with Return. It does not allocate as long as the pool holds one.
func Borrow() *Call { return calls.Get().(*Call).Begin() }

// Return gives a borrowed Call back.
func (c *Call) Return() {
	c.Begin()
	calls.Put(c)
}
