// Package cli is what the programs have in common: flags, Ctrl-C and exit statuses.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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

// Flags returns a set of flags whose help is begun by usage, some lines, and ended by
// the exit statuses.
func Flags(name, usage string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.Usage = func() {
		fmt.Fprintln(fs.Output(), "usage:", usage)
		fs.PrintDefaults()
		fmt.Fprintf(fs.Output(), "exit status: %d all is well, %d something failed, %d a wrong command line, %d Ctrl-C\n", OK, Failed, Usage, Interrupted)
	}
	return fs
}

// Clip is the video that a program takes if it is given none: the repository's, where
// the program runs in it, else "".
func Clip() string {
	const name = "testdata/demo.mp4"
	if fi, err := os.Stat(name); err == nil && fi.Mode().IsRegular() {
		return name
	}
	return ""
}

// Files are the arguments that are no flags, or the Clip.
func Files(fs *flag.FlagSet) []string {
	if clip := Clip(); fs.NArg() == 0 && clip != "" {
		return []string{clip}
	}
	return fs.Args()
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

// Closing closes c when ctx ends, so that reads end that wait for a source, or when the
// function is called that it returns.
func Closing(ctx context.Context, c io.Closer) (end func()) {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	return func() {
		stop()
		_ = c.Close()
	}
}

// Main runs a program and exits with its status. The first Ctrl-C cancels the context,
// the second ends the program at once.
func Main(name string, run func(ctx context.Context, args []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:])
	if err != nil && ctx.Err() != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%w; %w", ctx.Err(), err) // what failed because of Ctrl-C
	}
	stop()
	if status := Status(err); status != OK {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(status)
	}
}
