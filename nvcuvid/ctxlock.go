package nvcuvid

import (
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveCtxLocks = live.NewKind("nvcuvid.CtxLock")

// A CtxLock lets the driver make a context current by itself, for decoders that are
// used without one. Package codec does not need it: it has the context current in
// every call.
type CtxLock struct {
	lib    *library
	handle uintptr
	closed atomic.Bool
}

// CreateCtxLock makes a lock for a context.
//
// Source: cuvidCtxLockCreate.
func CreateCtxLock(ctx *cuda.Context) (*CtxLock, error) {
	l, err := need()
	if err != nil {
		return nil, err
	}
	if l.cuvidCtxLockCreate == 0 || l.cuvidCtxLockDestroy == 0 {
		return nil, missing("cuvidCtxLockCreate")
	}
	c := abi.Borrow()
	defer c.Return()
	out := new(uintptr)
	if err := result("cuvidCtxLockCreate", c.Ptr(unsafe.Pointer(out)).Int(ctx.Handle()).Do32(l.cuvidCtxLockCreate)); err != nil {
		return nil, err
	}
	liveCtxLocks.Add()
	return &CtxLock{lib: l, handle: *out}, nil
}

// Handle returns the value for DecodeCreateInfo.VidLock.
func (k *CtxLock) Handle() uintptr { return k.handle }

// Lock makes the context current and keeps other users of the lock out. The calling
// goroutine must be locked to its thread.
//
// Source: cuvidCtxLock.
func (k *CtxLock) Lock() error { return k.do("cuvidCtxLock", k.lib.cuvidCtxLock) }

// Unlock undoes Lock.
//
// Source: cuvidCtxUnlock.
func (k *CtxLock) Unlock() error { return k.do("cuvidCtxUnlock", k.lib.cuvidCtxUnlock) }

func (k *CtxLock) do(name string, fn uintptr) error {
	if k.closed.Load() {
		return closed("context lock")
	}
	if fn == 0 {
		return missing(name)
	}
	c := abi.Borrow()
	defer c.Return()
	return result(name, c.Int(k.handle).Int(0).Do32(fn))
}

// Close destroys the lock, after the decoders that use it.
//
// Source: cuvidCtxLockDestroy.
func (k *CtxLock) Close() error {
	if k == nil || k.closed.Swap(true) {
		return nil
	}
	c := abi.Borrow()
	defer c.Return()
	liveCtxLocks.Done()
	return result("cuvidCtxLockDestroy", c.Int(k.handle).Do32(k.lib.cuvidCtxLockDestroy))
}
