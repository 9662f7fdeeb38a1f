package cuda

import (
	"math"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// Dim3 is the size of a grid in blocks or of a block in threads. Zero counts as 1.
type Dim3 struct{ X, Y, Z int }

// MaxArgs is the number of parameters that Args holds.
const MaxArgs = 32

// Args are the parameters of a kernel launch, in order. An Args is made once, with
// NewArgs, and filled again for each launch; the driver copies the values during
// Launch. One goroutine at a time.
type Args struct {
	n     int
	ptr   [MaxArgs]unsafe.Pointer // into value, or to the caller's memory
	value [MaxArgs]uint64
	call  abi.Call
}

// NewArgs returns an Args that is certain to be on the heap.
//
//go:noinline
func NewArgs() *Args { return new(Args) }

// Reset starts a new list.
func (a *Args) Reset() *Args {
	a.n = 0
	return a
}

func (a *Args) add(v uint64) *Args {
	a.value[a.n] = v // the driver reads as many bytes as the parameter has, low ones first
	a.ptr[a.n] = unsafe.Pointer(&a.value[a.n])
	a.n++
	return a
}

// Ptr adds a pointer parameter.
func (a *Args) Ptr(p DevicePtr) *Args { return a.add(uint64(p)) }

// Int32 adds an int parameter.
func (a *Args) Int32(v int32) *Args { return a.add(uint64(uint32(v))) }

// Uint32 adds an unsigned int parameter.
func (a *Args) Uint32(v uint32) *Args { return a.add(uint64(v)) }

// Int64 adds a long long parameter.
func (a *Args) Int64(v int64) *Args { return a.add(uint64(v)) }

// Uint64 adds an unsigned long long or size_t parameter.
func (a *Args) Uint64(v uint64) *Args { return a.add(v) }

// Float32 adds a float parameter.
func (a *Args) Float32(v float32) *Args { return a.add(uint64(math.Float32bits(v))) }

// Float64 adds a double parameter.
func (a *Args) Float64(v float64) *Args { return a.add(math.Float64bits(v)) }

// Struct adds a parameter passed by value that lies at p. p must be on the heap (a
// field of a session object, say) and hold no Go pointers.
func (a *Args) Struct(p unsafe.Pointer) *Args {
	a.ptr[a.n] = p
	a.n++
	return a
}

// StructArg is Struct for packages that keep away from unsafe.
func StructArg[T any](a *Args, p *T) *Args { return a.Struct(unsafe.Pointer(p)) }

// Launch queues the kernel in the stream; nil is the legacy stream. shared is the
// dynamic shared memory of a block in bytes. It does not allocate. A wrong number
// or type of parameters is undefined behaviour, as in C.
//
// Source: cuLaunchKernel.
func (f *Function) Launch(grid, block Dim3, shared int, s *Stream, args *Args) error {
	if err := s.usable(); err != nil {
		return err
	}
	if err := f.module.enter(); err != nil {
		return err
	}
	defer f.module.ctx.exit()
	c := args.call.Begin().Int(f.handle).
		Int(dim(grid.X)).Int(dim(grid.Y)).Int(dim(grid.Z)).
		Int(dim(block.X)).Int(dim(block.Y)).Int(dim(block.Z)).
		Int(uintptr(shared)).Int(s.Handle()).Ptr(unsafe.Pointer(&args.ptr)).Int(0)
	d := f.module.ctx.driver
	if r := Result(c.Do32(d.cuLaunchKernel)); r != Success {
		return &Error{Func: "cuLaunchKernel", Result: r, Detail: f.name}
	}
	return nil
}

// Name returns the name that the function was looked up by.
func (f *Function) Name() string { return f.name }

func dim(n int) uintptr {
	if n == 0 {
		return 1
	}
	return uintptr(n)
}
