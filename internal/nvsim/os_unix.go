//go:build linux || darwin

package nvsim

import (
	"os"
	"syscall"
)

var forwarded = []os.Signal{syscall.SIGQUIT, syscall.SIGINT, syscall.SIGTERM}

// lockFile waits for a lock that ends with the process at the latest.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
