package avformat

import (
	"errors"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// ErrInterrupted is the cause of errors of calls that Interrupt ended.
var ErrInterrupted = errors.New("interrupted")

// An interrupt ends blocking I/O, FFmpeg's own and that of a user's reader. FFmpeg
// asks a callback whether to give up; libc's atoi, given a digit in memory, is one
// that needs no way into Go. It lies on the heap, in a session that outlives the C
// object that has its address.
type interrupt struct {
	digit  [2]uint32 // "0" or "1" and zeroes, as C reads it (little endian)
	mu     sync.Mutex
	ch     chan struct{} // closed when raised
	raised bool
}

func newInterrupt() *interrupt {
	return &interrupt{digit: [2]uint32{'0'}, ch: make(chan struct{})}
}

// raise makes C calls in progress and all later ones give up. Any goroutine.
func (i *interrupt) raise() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.raised {
		i.raised = true
		atomic.StoreUint32(&i.digit[0], '1')
		close(i.ch)
	}
}

// lower takes raise back.
func (i *interrupt) lower() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.raised {
		i.raised = false
		atomic.StoreUint32(&i.digit[0], '0')
		i.ch = make(chan struct{})
	}
}

func (i *interrupt) isRaised() bool { return atomic.LoadUint32(&i.digit[0]) == '1' }

// done is closed when raise is called, or has been.
func (i *interrupt) done() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.ch
}

// install writes i into the AVIOInterruptCB at address p.
func (i *interrupt) install(p uintptr) {
	setPtr(p, ff.off.interruptCB.callback, interruptCallback())
	setPtr(p, ff.off.interruptCB.opaque, uintptr(unsafe.Pointer(&i.digit)))
}

// interruptCallback is atoi, or where there is none a Go function that does the
// same: int callback(void *).
var interruptCallback = sync.OnceValue(func() uintptr {
	if ff.atoi != 0 {
		return ff.atoi
	}
	return abi.NewCallback(abi.Handler{Args: 1, Fail: 1, Call: func(c *abi.Callback) {
		if atomic.LoadUint32((*uint32)(c.Ptr(0))) == '1' {
			c.Return(1)
		}
	}})
})
