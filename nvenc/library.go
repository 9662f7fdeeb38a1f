package nvenc

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/nvlib"
)

// ErrLibrary is matched by the error of Load when the library is missing or too
// old. The error lists every file tried and says what to do.
var ErrLibrary = abi.ErrLibrary

// library is the open library.
type library struct {
	name   string
	newest API // that the driver knows

	getMaxSupportedVersion, createInstance uintptr

	mu     sync.Mutex
	tables [len(apis)]*functionList // by version, when a session has asked for it
}

var (
	api atomic.Pointer[library] // nil until the library is open, for good then

	load struct {
		sync.Mutex
		done bool
		path string
		err  error
	}
)

// SetLibrary makes Load open the given file, or the library in the given folder,
// instead of searching. It has no effect after the first use of the package. The
// environment variable NVCODEC_LIBNVENC does the same and yields to it.
func SetLibrary(path string) {
	load.Lock()
	defer load.Unlock()
	load.path = path
}

// Load finds the library, and CUDA's below it. Everything else in the package calls
// it. The answer is remembered for the life of the process. Errors match ErrLibrary,
// and errors.ErrUnsupported where NVIDIA has no driver at all, or are those of
// cuda.Load.
func Load() error {
	_, err := need()
	return err
}

func need() (*library, error) {
	if l := api.Load(); l != nil {
		return l, nil
	}
	load.Lock()
	defer load.Unlock()
	if !load.done {
		load.done = true
		lib, err := open()
		if load.err = err; err == nil {
			api.Store(lib)
		}
	}
	return api.Load(), load.err
}

func open() (*library, error) {
	if err := cuda.Load(); err != nil {
		return nil, err
	}
	lib, err := abi.Open(nvlib.NVENC.Spec(load.path))
	if err != nil {
		return nil, err
	}
	s := abi.NewSymbols(lib)
	l := &library{
		name:                   lib.Name,
		getMaxSupportedVersion: s.Need("NvEncodeAPIGetMaxSupportedVersion"),
		createInstance:         s.Need("NvEncodeAPICreateInstance"),
	}
	if err := s.Err(nvlib.NVENC.Remedy()); err != nil {
		return nil, err
	}
	return l, l.ask()
}

// ask learns the driver's newest version.
func (l *library) ask() error {
	c := abi.Borrow()
	defer c.Return()
	v := new(uint32)
	if s := Status(c.Ptr(unsafe.Pointer(v)).Do32(l.getMaxSupportedVersion)); s != Success {
		return &Error{Func: "NvEncodeAPIGetMaxSupportedVersion", Status: s}
	}
	l.newest = API(*v>>4<<8 | *v&15)
	return nil
}

// LibraryName returns the file that was opened, for logs, or "".
func LibraryName() string {
	if l := api.Load(); l != nil {
		return l.name
	}
	return ""
}

// MaxAPI is the newest version that the driver knows, which may be newer than those
// of APIs.
//
// Source: NvEncodeAPIGetMaxSupportedVersion.
func MaxAPI() (API, error) {
	l, err := need()
	if err != nil {
		return 0, err
	}
	return l.newest, nil
}

// functions returns the driver's functions for a version.
func (l *library) functions(a API) (*functionList, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.tables[a.index()]; f != nil {
		return f, nil
	}
	f := &functionList{version: a.version(idFunctionList)}
	c := abi.Borrow()
	defer c.Return()
	// The driver fills in the same slots whatever the version: those of its own.
	if s := Status(c.Ptr(unsafe.Pointer(f)).Do32(l.createInstance)); s != Success {
		return nil, &Error{Func: "NvEncodeAPICreateInstance", Status: s, Detail: "for API " + a.String()}
	}
	l.tables[a.index()] = f
	return f, nil
}

// missing is the error of a function that the session's version does not have.
func missing(name string, since, a API) error {
	if a < since {
		return &FieldError{Field: name, Since: since, API: a}
	}
	return fmt.Errorf("%s: this driver does not have it; update it: %w", name, errors.ErrUnsupported)
}
