//go:build !windows

package avformat

import "syscall"

const errNoSys = Code(-38)

// errno is the system's own number, which FFmpeg negates.
func (c Code) errno() syscall.Errno { return syscall.Errno(-c) }
