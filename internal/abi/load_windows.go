//go:build windows && amd64

package abi

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// A name without a path loads from the program's folder or System32, never from
// the working directory; an absolute path loads from where it says, and so do its
// dependencies.
func openLibrary(name string) (uintptr, error) {
	flags := uintptr(windows.LOAD_LIBRARY_SEARCH_DEFAULT_DIRS)
	if filepath.IsAbs(name) {
		flags |= windows.LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR
	}
	h, err := windows.LoadLibraryEx(name, 0, flags)
	return uintptr(h), err
}

func findSymbol(h uintptr, name string) (uintptr, error) {
	return windows.GetProcAddress(windows.Handle(h), name)
}
