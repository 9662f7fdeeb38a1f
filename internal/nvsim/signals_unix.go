//go:build unix

package nvsim

import (
	"os"
	"syscall"
)

var forwarded = []os.Signal{syscall.SIGQUIT, syscall.SIGINT, syscall.SIGTERM}
