package abi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Spec describes one library that is needed at run time.
type Spec struct {
	What   string   // for people: "the NVIDIA video decoder"
	Names  []string // candidates, best first
	Env    string   // environment variable that names a file or directory to use instead; "" for none
	Path   string   // set by the program: a file or directory to use instead; before Env
	Remedy string   // what to install, in one sentence; not shown when an override is at fault
}

// ErrLibrary is matched by every error of a library that could not be opened or
// lacks a symbol.
var ErrLibrary = errors.New("library not available")

// A NotFoundError lists every candidate with the loader's own words.
type NotFoundError struct {
	What   string
	Names  []string
	Errors []error // one for each of Names
	Remedy string
}

// Error has a line for what is missing, one for each name tried, and one for the remedy.
func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cannot load %s; tried", e.What)
	for i, n := range e.Names {
		fmt.Fprintf(&b, "\n\t%s: %s", n, plain(n, e.Errors[i].Error()))
	}
	if e.Remedy != "" {
		b.WriteString("\n" + e.Remedy)
	}
	return b.String()
}

// plain says the loader's words for candidate name more clearly. They often begin
// with a file's name: the library's own, or that of a library which it needs, and
// then that one is what is really missing.
func plain(name, text string) string {
	text = strings.TrimPrefix(text, name+": ")
	const missing = ": cannot open shared object file"
	if i := strings.Index(text, missing); i > 0 {
		return "found, but it needs " + text[:i] + text[i:]
	}
	return text
}

func (e *NotFoundError) Unwrap() []error { return e.Errors }

// Is makes errors.Is(err, ErrLibrary) true.
func (e *NotFoundError) Is(target error) bool { return target == ErrLibrary }

// A Library is an open shared library. It is never closed: the libraries start
// threads and register exit handlers, and function addresses are kept for ever.
type Library struct {
	Name   string // the candidate that opened
	Index  int    // of Name among the candidates
	handle uintptr
}

// Open opens the first candidate that loads. With an override (Spec.Path, else the
// environment variable Spec.Env) only the override is tried: what a person asked
// for is not replaced by something else in silence. The error is a *NotFoundError.
func Open(s Spec) (*Library, error) {
	names, by := candidates(s)
	e := &NotFoundError{What: s.What, Names: names, Remedy: s.Remedy}
	if by != "" {
		e.Remedy = by + " says to look only there: correct or remove it."
	}
	for i, n := range names {
		h, err := openLibrary(n)
		if err == nil {
			return &Library{Name: n, Index: i, handle: h}, nil
		}
		e.Errors = append(e.Errors, err)
	}
	return nil, e
}

// candidates applies the overrides: a directory gives each candidate's file name
// in it, in order; anything else is the file itself. by says what overrode.
func candidates(s Spec) (names []string, by string) {
	path := s.Path
	if path != "" {
		by = "The library path set by the program"
	} else if s.Env != "" {
		path = os.Getenv(s.Env)
		by = s.Env
	}
	if path == "" {
		return s.Names, ""
	}
	// A loader would take a relative path in its own way: as one from the working
	// directory on Linux, as an error on Windows. A bare name is left to its search.
	if filepath.Base(path) != path {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
	}
	fi, err := os.Stat(path)
	if err != nil || !fi.IsDir() {
		return []string{path}, by
	}
	if path, err = filepath.Abs(path); err != nil {
		return []string{path}, by
	}
	seen := map[string]bool{}
	for _, n := range s.Names {
		p := filepath.Join(path, filepath.Base(n))
		if !seen[p] {
			seen[p] = true
			names = append(names, p)
		}
	}
	return names, by
}

// Symbol returns the address of a symbol. On ELF systems the library's own
// dependencies are searched as well; on Windows they are not.
func (l *Library) Symbol(name string) (uintptr, error) {
	p, err := findSymbol(l.handle, name)
	if err != nil {
		return 0, fmt.Errorf("%s has no %s: %w", l.Name, name, err)
	}
	if p == 0 {
		return 0, fmt.Errorf("%s has no %s", l.Name, name)
	}
	return p, nil
}
