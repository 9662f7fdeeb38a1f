package avformat

import (
	"strconv"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// call0, call1 and callString are for calls outside of any session.
func call0(fn uintptr) uintptr {
	c := abi.Borrow()
	defer c.Return()
	return c.Do(fn)
}

func call1(fn, a uintptr) uintptr {
	c := abi.Borrow()
	defer c.Return()
	return c.Int(a).Do(fn)
}

func callString(fn uintptr, s string) uintptr {
	c := abi.Borrow()
	defer c.Return()
	return c.Ptr(unsafe.Pointer(abi.CString(s))).Do(fn)
}

// A holder is a heap cell for functions that take a handle by address.
type holder struct{ p uintptr }

// free calls a C function that takes the address of a handle and zeroes it, as
// av_packet_free does. Zero p is fine.
func free(fn, p uintptr) {
	if p == 0 {
		return
	}
	c := abi.Borrow()
	defer c.Return()
	c.Ptr(unsafe.Pointer(&holder{p})).Do(fn)
}

func bytePtr(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

func itoa(i int) string { return strconv.Itoa(i) }
