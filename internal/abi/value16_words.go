//go:build !windows

package abi

import (
	"runtime"
	"unsafe"
)

//lint:ignore U1000 holds something on Windows
type copies struct{}

// Value16 adds a 16-byte struct without floating-point members by value (a GUID):
// two words here, a pointer to a copy on Windows.
func (c *Call) Value16(p *[16]byte) *Call {
	// A struct never straddles registers and stack. No function that we call gets
	// here with exactly one integer register left, so that case is not supported.
	if runtime.GOARCH == "amd64" && c.n == 6-1 || runtime.GOARCH == "arm64" && c.n == 8-1 {
		panic("abi: struct would straddle registers and stack")
	}
	w := (*[2]uint64)(unsafe.Pointer(p))
	return c.Int(uintptr(w[0])).Int(uintptr(w[1]))
}
