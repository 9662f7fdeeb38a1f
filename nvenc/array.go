package nvenc

import "unsafe"

// An Array is memory at a fixed address for what PicParams or a Config leads to by
// address: SEI payloads, tile sizes, mastering data. Keep the Array as long as C may
// use the address.
type Array[T any] struct{ items []T }

// NewArray makes an Array of n zero values.
//
//go:noinline
func NewArray[T any](n int) *Array[T] { return &Array[T]{make([]T, max(n, 1))[:n]} }

// Items are the values, to be written in place.
func (a *Array[T]) Items() []T { return a.items }

// Address is where the first value lies; it stays the same.
func (a *Array[T]) Address() uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(a.items))) }
