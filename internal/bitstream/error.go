package bitstream

import "errors"

var (
	// ErrTruncated: the data ends inside of a syntax element.
	ErrTruncated = errors.New("bitstream: data ends too early")
	// ErrSyntax: a value that the specification forbids or that is over a limit of
	// this package.
	ErrSyntax = errors.New("bitstream: invalid syntax")
	// ErrNoParameters: a picture refers to a parameter set or sequence header that
	// was not seen.
	ErrNoParameters = errors.New("bitstream: parameter set missing")
	// ErrUnsupported: valid, but not read by this package.
	ErrUnsupported = errors.New("bitstream: unsupported")
)

// An invalid error matches ErrSyntax and names the element. A constant string as an
// error value needs no allocation, which per-packet functions may not make.
type invalid string

func (e invalid) Error() string        { return "bitstream: invalid syntax: " + string(e) }
func (e invalid) Is(target error) bool { return target == ErrSyntax }

// A missing error matches ErrNoParameters.
type missing string

func (e missing) Error() string        { return "bitstream: missing: " + string(e) }
func (e missing) Is(target error) bool { return target == ErrNoParameters }
