package abi

import (
	"fmt"
	"strings"
)

// Symbols collects the function addresses of a table: Need for those that must be
// there, Want for those that newer versions have. Err names all that are missing
// at once.
type Symbols struct {
	libs    []*Library
	missing []string
}

// NewSymbols looks symbols up in libs, the first that has it.
func NewSymbols(libs ...*Library) *Symbols { return &Symbols{libs: libs} }

// Want returns the address of name, or 0.
func (s *Symbols) Want(name string) uintptr {
	for _, l := range s.libs {
		if p, err := l.Symbol(name); err == nil {
			return p
		}
	}
	return 0
}

// Need returns the address of the first of names that is there.
func (s *Symbols) Need(names ...string) uintptr {
	for _, n := range names {
		if p := s.Want(n); p != 0 {
			return p
		}
	}
	s.missing = append(s.missing, names[0])
	return 0
}

// Err is nil, or a *SymbolError that names every symbol that Need did not find.
func (s *Symbols) Err(remedy string) error {
	if len(s.missing) == 0 {
		return nil
	}
	e := &SymbolError{Missing: s.missing, Remedy: remedy}
	for _, l := range s.libs {
		e.Libraries = append(e.Libraries, l.Name)
	}
	return e
}

// A SymbolError says that a library opened but is too old, or not what its name says.
type SymbolError struct {
	Libraries []string
	Missing   []string
	Remedy    string
}

func (e *SymbolError) Error() string {
	s := fmt.Sprintf("%s lacks %s", strings.Join(e.Libraries, ", "), strings.Join(e.Missing, ", "))
	if e.Remedy != "" {
		s += ". " + e.Remedy
	}
	return s
}

// Is makes errors.Is(err, ErrLibrary) true.
func (e *SymbolError) Is(target error) bool { return target == ErrLibrary }
