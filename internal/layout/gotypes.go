package layout

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

const modulePath = "github.com/go-nvcodec/nvcodec"

// A Target is what a Go program is built for.
type Target struct{ OS, Arch string }

func (t Target) String() string { return t.OS + "/" + t.Arch }

// Targets are those that the library runs on.
var Targets = []Target{{"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}}

// A loader type-checks packages of the module for one target, without function
// bodies, tests, or anything that it imports from elsewhere: ABI structs are made
// of basic types and of types of this module.
type loader struct {
	ctx  build.Context
	fset *token.FileSet
	pkgs map[string]*types.Package
}

func newLoader(t Target) *loader {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = t.OS, t.Arch, false
	return &loader{ctx: ctx, fset: token.NewFileSet(), pkgs: map[string]*types.Package{"unsafe": types.Unsafe}}
}

func (l *loader) Import(importPath string) (*types.Package, error) {
	if p := l.pkgs[importPath]; p != nil {
		return p, nil
	}
	dir, ours := strings.CutPrefix(importPath, modulePath)
	if !ours {
		p := types.NewPackage(importPath, path.Base(importPath))
		if importPath == "structs" {
			name := types.NewTypeName(token.NoPos, p, "HostLayout", nil)
			types.NewNamed(name, types.NewStruct(nil, nil), nil)
			p.Scope().Insert(name)
		}
		p.MarkComplete()
		l.pkgs[importPath] = p
		return p, nil
	}
	return l.load(filepath.Join(testutils.Root(), filepath.FromSlash(dir)), importPath)
}

func (l *loader) load(dir, importPath string) (*types.Package, error) {
	bp, err := l.ctx.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range bp.GoFiles {
		f, err := parser.ParseFile(l.fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	conf := types.Config{
		IgnoreFuncBodies: true,
		Importer:         l,
		Sizes:            types.SizesFor("gc", l.ctx.GOARCH),
		// What comes from packages that we do not read is undefined. If a struct
		// of ours is made of it, the matching says so.
		Error: func(error) {},
	}
	p, _ := conf.Check(importPath, l.fset, files, nil)
	if p == nil {
		return nil, errors.New("no package in " + dir)
	}
	l.pkgs[importPath] = p
	return p, nil
}

// structType finds a named struct type of p.
func structType(p *types.Package, name string) (*types.Struct, types.Type, error) {
	o := p.Scope().Lookup(name)
	if o == nil {
		return nil, nil, fmt.Errorf("no Go type %s", name)
	}
	s, ok := o.Type().Underlying().(*types.Struct)
	if !ok {
		return nil, nil, fmt.Errorf("%s is no struct", name)
	}
	return s, o.Type(), nil
}
