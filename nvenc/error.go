package nvenc

import (
	"fmt"
	"os"
)

// An Error is a call that failed.
type Error struct {
	Func   string // C name
	Status Status
	Detail string // the driver's last error string, or what to do; may be empty
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s (%s, %d)", e.Func, e.Status.Error(), e.Status.Name(), int32(e.Status))
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap leads errors.Is to the Status.
func (e *Error) Unwrap() error { return e.Status }

// noNVENC is what a device says that does not open a session.
const noNVENC = "this GPU has no NVENC: data-centre GPUs such as A100, H100 and B200 decode only"

func closed(what string) error { return fmt.Errorf("nvenc: %s: %w", what, os.ErrClosed) }
