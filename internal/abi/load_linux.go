//go:build linux && (amd64 || arm64)

package abi

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
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
	h, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil && filepath.IsAbs(name) && foreign(name) {
		// The loader's words, no such file or directory, are wrong.
		return 0, errors.New("is for another processor than " + runtime.GOARCH)
	}
	return h, err
}

// foreign is true for a path to an ELF file of another architecture.
func foreign(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var h [20]byte
	if _, err := io.ReadFull(f, h[:]); err != nil || string(h[:4]) != "\x7fELF" {
		return false
	}
	machine := map[string]uint16{"amd64": 62, "arm64": 183}[runtime.GOARCH]
	return binary.LittleEndian.Uint16(h[18:]) != machine
}

func findSymbol(h uintptr, name string) (uintptr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlsym(h, name)
}
