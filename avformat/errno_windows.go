package avformat

import "syscall"

const errNoSys = Code(-40)

// errno is Go's number for what the C runtime calls by one of its own.
func (c Code) errno() syscall.Errno {
	switch -c {
	case 28:
		return syscall.ENOSPC
	case 27:
		return syscall.EFBIG
	case 30:
		return syscall.EROFS
	case 32:
		return syscall.EPIPE
	}
	return 0
}
