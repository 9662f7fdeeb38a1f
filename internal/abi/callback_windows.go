//go:build windows && amd64

package abi

import (
	"sync"
	"syscall"
)

// On Windows the runtime itself turns a Go func into a C function pointer: each
// parameter and the result are one machine word, and a call does not allocate.
func entry(slot, args int) uintptr {
	s := uintptr(slot)
	switch args {
	case 1:
		return syscall.NewCallback(func(a uintptr) uintptr { return enter(s, a, 0, 0, 0) })
	case 2:
		return syscall.NewCallback(func(a, b uintptr) uintptr { return enter(s, a, b, 0, 0) })
	case 3:
		return syscall.NewCallback(func(a, b, c uintptr) uintptr { return enter(s, a, b, c, 0) })
	default:
		return syscall.NewCallback(func(a, b, c, d uintptr) uintptr { return enter(s, a, b, c, d) })
	}
}

// Escape analysis cannot see through the handler, so a Callback on the stack would
// move to the heap each time; a free list avoids that.
func enter(slot, a, b, c, d uintptr) uintptr {
	f := callbackFrames.Get().(*Callback)
	f.slot, f.arg = slot, [NumArgs]uintptr{a, b, c, d}
	dispatch(f)
	r := f.ret
	callbackFrames.Put(f)
	return r
}

var callbackFrames = sync.Pool{New: func() any { return new(Callback) }}
