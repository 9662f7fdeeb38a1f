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

// A syntaxError matches ErrSyntax and names the element. A constant string as an
// error value needs no allocation, which per-packet functions may not make.
type syntaxError string

func (e syntaxError) Error() string        { return "bitstream: invalid syntax: " + string(e) }
func (e syntaxError) Is(target error) bool { return target == ErrSyntax }

// A missingError matches ErrNoParameters.
type missingError string

func (e missingError) Error() string        { return "bitstream: missing: " + string(e) }
func (e missingError) Is(target error) bool { return target == ErrNoParameters }
