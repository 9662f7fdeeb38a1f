package abi

import (
	"strings"
	"unsafe"
)

// Pointer turns an address that C gave into a pointer. The address must not lie in
// Go memory.
func Pointer(addr uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&addr))
}

// CString returns s as a NUL-terminated array in Go memory. A NUL inside s ends it.
// Pass it to C with Call.Ptr.
func CString(s string) *byte {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	b := make([]byte, len(s)+1)
	copy(b, s)
	return &b[0]
}

// GoString copies a NUL-terminated string out of C memory. Zero gives "".
func GoString(addr uintptr) string {
	if addr == 0 {
		return ""
	}
	p := (*byte)(Pointer(addr))
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}

// GoStringN copies a string out of a fixed-size C array in Go memory, up to its
// first NUL.
func GoStringN(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
