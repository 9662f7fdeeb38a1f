package cuda

import (
	"sync"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/nvlib"
)

// ErrLibrary is matched by the error of Load when the driver's library is missing
// or too old. The error lists every file tried and says what to install.
var ErrLibrary = abi.ErrLibrary

var (
	api atomic.Pointer[driver] // nil until the library is open, for good then

	load struct {
		sync.Mutex
		done bool
		path string
		err  error
	}
)

// SetLibrary makes Load open the given file, or the library in the given folder,
// instead of searching. It has no effect after the first use of the package. The
// environment variable NVCODEC_LIBCUDA does the same and yields to it.
func SetLibrary(path string) {
	load.Lock()
	defer load.Unlock()
	load.path = path
}

// Load finds and initialises the driver. Everything else in the package calls it;
// calling it first only tells early whether there is a driver. The answer is
// remembered for the life of the process.
//
// A missing library matches ErrLibrary, and errors.ErrUnsupported where NVIDIA has
// no driver at all. A driver without a usable device is an *Error of cuInit:
// ErrNoDevice, ErrUnknown, ErrStubLibrary, ErrSystemDriverMismatch.
//
// Source: cuInit.
func Load() error {
	if api.Load() != nil { // the frequent case takes no lock
		return nil
	}
	load.Lock()
	defer load.Unlock()
	if !load.done {
		load.done = true
		load.err = open()
	}
	return load.err
}

func open() error {
	lib, err := abi.Open(nvlib.CUDA.Spec(load.path))
	if err != nil {
		return err
	}
	d, err := newDriver(lib)
	if err != nil {
		return err
	}
	c := abi.Borrow()
	defer c.Return()
	if r := Result(c.Int(0).Do32(d.cuInit)); r != Success {
		return d.error("cuInit", r)
	}
	api.Store(d)
	return nil
}

// need returns the loaded driver.
func need() (*driver, error) {
	if d := api.Load(); d != nil {
		return d, nil
	}
	if err := Load(); err != nil {
		return nil, err
	}
	return api.Load(), nil
}

// DriverVersion returns the CUDA version that the driver implements: 12040 is 12.4.
//
// Source: cuDriverGetVersion.
func DriverVersion() (int, error) {
	d, err := need()
	if err != nil {
		return 0, err
	}
	c := borrow()
	defer c.giveBack()
	if err := d.call(c.Ptr(c.out(0)), "cuDriverGetVersion", d.cuDriverGetVersion); err != nil {
		return 0, err
	}
	return int(c.int32(0)), nil
}

// LibraryName returns the file that was opened, for logs, or "".
func LibraryName() string {
	if d := api.Load(); d != nil {
		return d.name
	}
	return ""
}
