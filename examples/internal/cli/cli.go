// Package cli is what the programs have in common: flags, Ctrl-C and exit statuses.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

// Exit statuses of the programs.
const (
	OK          = 0
	Failed      = 1   // it was tried, and went wrong
	Usage       = 2   // the command line is wrong
	Interrupted = 130 // Ctrl-C, as shells have it
)

// usageError is a command line that cannot be right.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// UsageError says that the command line is wrong.
func UsageError(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// Flags returns a set of flags whose help is begun by usage, some lines.
func Flags(name, usage string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.Usage = func() {
		fmt.Fprintln(fs.Output(), "usage:", usage)
		fs.PrintDefaults()
	}
	return fs
}

// Parse parses args. After -h the help is on standard output and the error is
// flag.ErrHelp, after a mistake it is on standard error.
func Parse(fs *flag.FlagSet, args []string) error {
	for _, a := range args {
		if a == "--" {
			break
		}
		if a == "-h" || a == "-help" || a == "--h" || a == "--help" {
			fs.SetOutput(os.Stdout)
		}
	}
	if err := fs.Parse(args); err != nil && !errors.Is(err, flag.ErrHelp) {
		return usageError{err}
	} else if err != nil {
		return err
	}
	return nil
}

// Status is the exit status that tells of err.
func Status(err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return OK
	case errors.As(err, &usage):
		return Usage
	case errors.Is(err, context.Canceled):
		return Interrupted
	}
	return Failed
}

// Main runs a program and exits with its status. The first Ctrl-C cancels the context,
// the second ends the program at once.
func Main(name string, run func(ctx context.Context, args []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:])
	stop()
	if status := Status(err); status != OK {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(status)
	}
}
