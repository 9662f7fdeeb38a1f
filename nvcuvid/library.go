package nvcuvid

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/nvlib"
)

// ErrLibrary is matched by the error of Load when the library is missing or too
// old. The error lists every file tried and says what to do.
var ErrLibrary = abi.ErrLibrary

// library is the function table: addresses, so that tests can put Go functions in.
type library struct {
	name string

	cuvidGetDecoderCaps                                                   uintptr
	cuvidCreateDecoder, cuvidDestroyDecoder, cuvidReconfigureDecoder      uintptr
	cuvidDecodePicture, cuvidGetDecodeStatus                              uintptr
	cuvidMapVideoFrame, cuvidUnmapVideoFrame                              uintptr
	cuvidCreateVideoParser, cuvidDestroyVideoParser, cuvidParseVideoData  uintptr
	cuvidCtxLockCreate, cuvidCtxLockDestroy, cuvidCtxLock, cuvidCtxUnlock uintptr
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
// environment variable NVCODEC_LIBNVCUVID does the same and yields to it.
func SetLibrary(path string) {
	load.Lock()
	defer load.Unlock()
	load.path = path
}

// Load finds the library. Everything else in the package calls it. The answer is
// remembered for the life of the process. Errors match ErrLibrary, and
// errors.ErrUnsupported where NVIDIA has no driver at all. It does not initialise
// CUDA: cuda.Load does.
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
	lib, err := abi.Open(nvlib.NVDEC.Spec(load.path))
	if err != nil {
		return nil, err
	}
	s := abi.NewSymbols(lib)
	l := &library{
		name:                    lib.Name,
		cuvidGetDecoderCaps:     s.Need("cuvidGetDecoderCaps"),
		cuvidCreateDecoder:      s.Need("cuvidCreateDecoder"),
		cuvidDestroyDecoder:     s.Need("cuvidDestroyDecoder"),
		cuvidReconfigureDecoder: s.Need("cuvidReconfigureDecoder"),
		cuvidDecodePicture:      s.Need("cuvidDecodePicture"),
		cuvidGetDecodeStatus:    s.Want("cuvidGetDecodeStatus"),
		// The names without 64 exist as well and write a 32-bit pointer.
		cuvidMapVideoFrame:      s.Need("cuvidMapVideoFrame64"),
		cuvidUnmapVideoFrame:    s.Need("cuvidUnmapVideoFrame64"),
		cuvidCreateVideoParser:  s.Need("cuvidCreateVideoParser"),
		cuvidDestroyVideoParser: s.Need("cuvidDestroyVideoParser"),
		cuvidParseVideoData:     s.Need("cuvidParseVideoData"),
		cuvidCtxLockCreate:      s.Want("cuvidCtxLockCreate"),
		cuvidCtxLockDestroy:     s.Want("cuvidCtxLockDestroy"),
		cuvidCtxLock:            s.Want("cuvidCtxLock"),
		cuvidCtxUnlock:          s.Want("cuvidCtxUnlock"),
	}
	return l, s.Err(nvlib.NVDEC.Remedy())
}

// LibraryName returns the file that was opened, for logs, or "".
func LibraryName() string {
	if l := api.Load(); l != nil {
		return l.name
	}
	return ""
}

// result turns a status into an error. The statuses are CUDA's.
func result(name string, r int32) error { return cuda.NewError(name, cuda.Result(r)) }

func missing(name string) error {
	return fmt.Errorf("%s: this driver does not have it; update it: %w", name, errors.ErrUnsupported)
}

func closed(what string) error { return fmt.Errorf("nvcuvid: %s: %w", what, os.ErrClosed) }
