package abi

import "unsafe"

// copies holds the copies whose addresses C gets.
type copies struct{ value [MaxArgs][16]byte }

// Value16 adds a 16-byte struct without floating-point members by value (a GUID):
// a pointer to a copy here, two words on Linux.
func (c *Call) Value16(p *[16]byte) *Call {
	v := &c.value[c.n]
	*v = *p
	return c.Int(uintptr(unsafe.Pointer(v)))
}
