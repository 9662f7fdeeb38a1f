//go:build linux && (amd64 || arm64)

package abi

import (
	"runtime"

	"github.com/ebitengine/purego"
)

// RTLD_NOW, so that a missing symbol shows here and not in a later call;
// RTLD_LOCAL, so that two FFmpeg releases in one process do not mix. The thread is
// locked because the loader keeps its error text per thread, and purego fetches it
// by a second call.
func openLibrary(name string) (uintptr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

func findSymbol(h uintptr, name string) (uintptr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlsym(h, name)
}
