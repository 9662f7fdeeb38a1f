//go:build !linux

package abi

// KeepScheduling runs f.
func KeepScheduling(f func()) { f() }
