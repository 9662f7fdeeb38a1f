//go:build !windows

package abi

// CLong is C's unsigned long: 64 bits here, 32 on Windows.
type CLong = uint64
