//go:build !((linux && (amd64 || arm64)) || (windows && amd64))

package abi

// No library opens on this platform, so no function address exists to be called.
func syscallN(uintptr, []uintptr) uintptr {
	panic("abi: calling C needs linux/amd64, linux/arm64 or windows/amd64")
}
