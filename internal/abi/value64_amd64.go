//go:build !windows

package abi

import (
	"runtime"
	"unsafe"
)

// CallValue64 calls fn(first, value, last), where value is a struct of 64 bytes by
// value: here a copy on the stack, behind the six registers for other arguments.
func CallValue64(fn uintptr, first unsafe.Pointer, value *[64]byte, last uintptr) int32 {
	words := new([14]uintptr)
	words[0], words[1] = uintptr(first), last
	*(*[64]byte)(unsafe.Pointer(&words[6])) = *value
	r := syscallN(fn, words[:])
	runtime.KeepAlive(first)
	return int32(r)
}
