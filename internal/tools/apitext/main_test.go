package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const source = `package p
type ID string
const H ID = "h"
const hidden = 1
const Bits = 1 << 3
var Err error
func Open[T any](path string, n ...int) (*File, error) { return nil, nil }
func private() {}
type File struct { Name string ` + "`json:\"name\"`" + `; Config; mu int }
type Config struct { A, B int }
type Func func(x int) bool
type Box[T any] struct { V T }
func (b *Box[T]) Get(i int) T { return b.V }
func (f *File) Close() error { return nil }
func (f File) String() string { return "" }
func (f File) inner() {}
type Sink interface { Take(n int) error }
type Sealed interface { seal() }
type Same = map[string]File
type List struct { Values []int }
`

const want = `const Bits untyped int = 8
const H ID = "h"
field Box[T any].V T
field Config.A int
field Config.B int
field File.Config embedded Config
field File.Name string "json:\"name\""
field List.Values []int
func Open[T any](path string, n ...int) (*File, error)
method (*Box[T any]) Get(i int) T
method (*File) Close() error
method (File) String() string
method (Sink) Take(n int) error
type Box[T any] struct
type Config comparable struct
type File comparable struct with unexported fields
type Func func(x int) bool
type ID string
type List struct
type Same = map[string]File
type Sealed interface that only this package implements
type Sink interface
var Err error`

func TestDescribe(t *testing.T) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := new(types.Config).Check("p", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(describe(pkg), "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	if err := run([]string{"-o", dir, "io", "io/fs"}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "fs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"func ReadDir(fsys FS, name string) ([]DirEntry, error)", // names of arguments are part of it
		"method (FS) Open(name string) (File, error)",
		"method (*PathError) Unwrap() error",
		"field PathError.Err error",
		`const ModeDir FileMode = 2147483648`,
		"method (FileInfo) ModTime() time.Time",
	} {
		if !strings.Contains("\n"+string(b), "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "io.txt")); err != nil {
		t.Error(err)
	}
	for _, args := range [][]string{{}, {"-o", dir}, {"-o", dir, "./nonexistent"}} {
		if run(args) == nil {
			t.Errorf("no error for %q", args)
		}
	}
}
