package cuda

import (
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// fake is a driver made of Go functions behind C addresses. Each C signature takes
// one entry; what happens is in the fields.
type fake struct {
	mu     sync.Mutex
	calls  []string
	fail   map[string]Result
	launch [4]uintptr // the first arguments of the last launch
	copy   memcpy2D

	next    atomic.Uint64
	current atomic.Int64 // pushes minus pops
	quiet   bool         // do not record calls
}

var (
	fakes    *fake
	fakeOnce sync.Once
	fakeAPI  driver
)

// called notes a call and returns the result that the test wants for it.
func (f *fake) called(name string, c *abi.Callback) Result {
	if f.quiet {
		return Success
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
	if name == "launch" {
		f.launch = [4]uintptr{c.Word(0), c.Word(1), c.Word(2), c.Word(3)}
	}
	return f.fail[name]
}

func (f *fake) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.calls
	f.calls = nil
	return n
}

func entry(name string, args int, h func(f *fake, c *abi.Callback)) uintptr {
	return abi.NewCallback(abi.Handler{Args: args, Fail: int64(ErrUnknown), Call: func(c *abi.Callback) {
		r := fakes.called(name, c)
		if r == Success && h != nil {
			h(fakes, c)
			return
		}
		c.Return(int64(r))
	}})
}

func store(c *abi.Callback, i int, v uint64) { *(*uint64)(c.Ptr(i)) = v }

// newFake installs the fake as the loaded driver.
func newFake(t *testing.T) *fake {
	fakeOnce.Do(func() {
		handle := func(f *fake, c *abi.Callback) { store(c, 0, 0x1000+f.next.Add(1)*0x10) }
		fakeAPI = driver{
			name:                      "fake",
			cuDevicePrimaryCtxRetain:  entry("retain", 2, func(f *fake, c *abi.Callback) { store(c, 0, 0xC0) }),
			cuDevicePrimaryCtxRelease: entry("release", 1, nil),
			cuCtxCreate:               entry("create", 3, func(f *fake, c *abi.Callback) { f.current.Add(1); handle(f, c) }),
			cuCtxDestroy:              entry("destroy", 1, nil),
			cuCtxPushCurrent:          entry("push", 1, func(f *fake, c *abi.Callback) { f.current.Add(1) }),
			cuCtxPopCurrent:           entry("pop", 1, func(f *fake, c *abi.Callback) { f.current.Add(-1); store(c, 0, 0xC0) }),
			cuCtxGetDevice:            entry("device", 1, func(f *fake, c *abi.Callback) { *(*int32)(c.Ptr(0)) = 3 }),
			cuDeviceGetAttribute:      entry("attribute", 3, func(f *fake, c *abi.Callback) { *(*int32)(c.Ptr(0)) = 1 }),
			cuStreamCreate:            entry("new", 2, handle), // streams, events, memory
			cuStreamDestroy:           entry("end", 1, nil),
			cuStreamQuery:             entry("query", 1, nil),
			cuEventRecord:             entry("record", 2, nil),
			cuMemHostAlloc:            entry("host", 3, func(f *fake, c *abi.Callback) { store(c, 0, uint64(uintptr(unsafe.Pointer(&hostMemory)))) }),
			cuMemcpy2DAsync:           entry("copy2d", 2, func(f *fake, c *abi.Callback) { f.copy = *(*memcpy2D)(c.Ptr(0)) }),
			cuModuleLoadDataEx: entry("load", 4, func(f *fake, c *abi.Callback) {
				store(c, 0, 0x77)
			}),
			cuMemAllocFromPoolAsync: entry("pool", 4, handle),
			cuLaunchKernel:          entry("launch", 4, nil), // eleven arguments, four seen
			cuGetErrorString: entry("text", 2, func(f *fake, c *abi.Callback) {
				if c.Int32(0) != int32(ErrOutOfMemory) {
					c.Return(1)
					return
				}
				store(c, 1, uint64(uintptr(unsafe.Pointer(&outOfMemory[0]))))
			}),
		}
		fakeAPI.cuEventCreate, fakeAPI.cuEventDestroy, fakeAPI.cuEventQuery = fakeAPI.cuStreamCreate, fakeAPI.cuStreamDestroy, fakeAPI.cuStreamQuery
		fakeAPI.cuMemAlloc, fakeAPI.cuMemFree = fakeAPI.cuStreamCreate, fakeAPI.cuStreamDestroy
		fakeAPI.cuMemFreeHost, fakeAPI.cuModuleUnload = fakeAPI.cuStreamDestroy, fakeAPI.cuStreamDestroy
		fakeAPI.cuStreamWaitEvent, fakeAPI.cuStreamSynchronize = fakeAPI.cuEventRecord, fakeAPI.cuStreamQuery
		fakeAPI.cuModuleGetFunction = fakeAPI.cuMemHostAlloc
		fakeAPI.cuMemcpyDtoDAsync, fakeAPI.cuMemsetD8Async = fakeAPI.cuLaunchKernel, fakeAPI.cuLaunchKernel
		fakeAPI.cuMemPoolCreate, fakeAPI.cuMemPoolDestroy = fakeAPI.cuStreamCreate, fakeAPI.cuStreamDestroy
		fakeAPI.cuMemPoolSetAttribute, fakeAPI.cuMemPoolTrimTo = fakeAPI.cuLaunchKernel, fakeAPI.cuEventRecord
		fakeAPI.cuMemFreeAsync = fakeAPI.cuEventRecord
	})
	f := &fake{fail: map[string]Result{}}
	old, oldFake := api.Load(), fakes
	fakes = f
	d := fakeAPI
	api.Store(&d)
	t.Cleanup(func() {
		if n := f.current.Load(); n != 0 {
			t.Errorf("%d contexts are still pushed", n)
		}
		api.Store(old)
		fakes = oldFake
	})
	return f
}

// Package variables stand for C memory: they never move.
var (
	hostMemory  [64]byte
	outOfMemory = [...]byte{'o', 'u', 't', ' ', 'o', 'f', ' ', 'm', 'e', 'm', 'o', 'r', 'y', '!', 0}
)
