//go:build !unix

package nvsim

import "os"

var forwarded = []os.Signal{os.Interrupt}
