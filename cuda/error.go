package cuda

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// An Error is a driver call that failed.
type Error struct {
	Func   string // C name, without version suffix
	Result Result
	Detail string // what to do, or what the driver added; may be empty
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s (%s, %d)", e.Func, e.Result.Error(), e.Result.Name(), int32(e.Result))
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap leads errors.Is to the Result.
func (e *Error) Unwrap() error { return e.Result }

// NewError returns the error of a C function that answered r, with the remedy where
// one is known, and nil for Success. It serves the packages that share CUresult.
func NewError(name string, r Result) error {
	if r == Success {
		return nil
	}
	return &Error{Func: name, Result: r, Detail: remedies[r]}
}

// Lost tells that the context cannot be used any more: every later call in it will
// fail, and it must be destroyed, or, for a primary context, the process ended.
func Lost(err error) bool {
	var r Result
	if !errors.As(err, &r) {
		return false
	}
	switch r {
	case ErrECCUncorrectable, ErrIllegalAddress, ErrHardwareStackError, ErrIllegalInstruction,
		ErrMisalignedAddress, ErrInvalidAddressSpace, ErrInvalidPC, ErrLaunchFailed, ErrLaunchTimeout,
		ErrContextIsDestroyed, ErrDeinitialized:
		return true
	}
	return false
}

// remedies holds what a person can do, where that is known.
var remedies = map[Result]string{
	ErrNoDevice:                   "the driver is installed but sees no GPU: check nvidia-smi, CUDA_VISIBLE_DEVICES and, in a container, that it was started with --gpus",
	ErrUnknown:                    "the driver could not start: check that nvidia-smi works and that the nvidia_uvm kernel module is loaded (after a driver update or suspend, reboot)",
	ErrStubLibrary:                "this is the toolkit's stub library, for linking only: remove its folder (.../stubs) from the library path so that the driver's own libcuda is found",
	ErrSystemDriverMismatch:       "kernel module and user-space driver are of different versions: reboot, or reload the nvidia kernel modules",
	ErrCompatNotSupportedOnDevice: "forward-compatibility libraries are first in the library path but work on data-centre GPUs only: remove cuda-compat from it",
	ErrSystemNotReady:             "the fabric manager is not running: start nvidia-fabricmanager",
	ErrDeviceUnavailable:          "another process holds the GPU in exclusive mode",
	ErrUnsupportedPTXVersion:      "update the NVIDIA driver to 525 or newer",
	ErrJITCompilerNotFound:        "libnvidia-ptxjitcompiler is missing: install the driver's compute libraries",
	ErrOutOfMemory:                "GPU memory is used up: hold fewer frames or sessions at a time, or free memory held by other processes",
}

func (d *driver) error(name string, r Result) error { return NewError(name, r) }

// missing is the error of a function that this driver does not have.
func missing(name string) error {
	return fmt.Errorf("%s: this driver does not have it; update it: %w", name, errors.ErrUnsupported)
}

// closed is the error of a call on something closed.
func closed(what string) error { return fmt.Errorf("%s: %w", what, os.ErrClosed) }

// driverString asks the driver for a status' text or name. The strings are static
// in the library.
func driverString(d *driver, r Result, text bool) string {
	if d == nil {
		return ""
	}
	fn := d.cuGetErrorName
	if text {
		fn = d.cuGetErrorString
	}
	if fn == 0 {
		return ""
	}
	c := borrow()
	defer c.giveBack()
	if c.Int(uintptr(r)).Ptr(c.out(0)).Do32(fn) != 0 {
		return ""
	}
	return abi.GoString(c.uintptr(0))
}

func itoa(n int) string { return strconv.Itoa(n) }
