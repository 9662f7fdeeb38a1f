//go:build windows || !amd64

package abi

import "unsafe"

// CallValue64 calls fn(first, value, last), where value is a struct of 64 bytes by
// value: here the address of a copy.
func CallValue64(fn uintptr, first unsafe.Pointer, value *[64]byte, last uintptr) int32 {
	own := *value
	c := Borrow()
	defer c.Return()
	return c.Ptr(first).Ptr(unsafe.Pointer(&own)).Int(last).Do32(fn)
}
