//go:build !((linux && (amd64 || arm64)) || (windows && amd64))

package abi

import (
	"errors"
	"fmt"
	"runtime"
)

func openLibrary(string) (uintptr, error) {
	return 0, fmt.Errorf("nvcodec runs on linux/amd64, linux/arm64 and windows/amd64, not on %s/%s: %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)
}

func findSymbol(uintptr, string) (uintptr, error) { return 0, errors.ErrUnsupported }
