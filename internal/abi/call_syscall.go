//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package abi

import "github.com/ebitengine/purego"

// syscallN does not allocate with purego v0.11.0 and v0.11.3; with v0.10.2 it
// does. So go.mod asks for v0.11.3, and a test watches later ones.
func syscallN(fn uintptr, words []uintptr) uintptr {
	r, _, _ := purego.SyscallN(fn, words...)
	return r
}
