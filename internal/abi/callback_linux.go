//go:build linux && (amd64 || arm64)

package abi

import (
	"unsafe"

	// Not for its API but for its side effect: with CGO_ENABLED=0 it links the C
	// run-time set-up (threads, TLS, crosscall2) that runtime/cgo otherwise gives.
	_ "github.com/ebitengine/purego"
)

// dispatchFn gives the assembly the entry PC of dispatch: a func value points to a
// word that holds the PC, and that PC is the one the compiler's own calls use,
// which is what crosscall2 wants.
//
//lint:ignore U1000 the assembly reads it
var dispatchFn func(*Callback) = dispatch

// entryTable is filled by the assembly with the C addresses of the entries.
var entryTable [maxCallbacks]uintptr

func entry(slot, _ int) uintptr { return entryTable[slot] }

// What the assembly assumes; a difference does not compile.
const (
	_ = -(unsafe.Offsetof(Callback{}.arg) ^ 8)
	_ = -(unsafe.Offsetof(Callback{}.ret) ^ 40)
	_ = -(unsafe.Sizeof(entryTable) ^ 192)
)
