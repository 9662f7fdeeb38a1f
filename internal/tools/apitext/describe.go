package main

import (
	"fmt"
	"go/types"
	"reflect"
	"slices"
)

// describe returns a line for everything that importers of pkg can name.
func describe(pkg *types.Package) []string {
	d := describer{pkg: pkg}
	for _, name := range pkg.Scope().Names() {
		if o := pkg.Scope().Lookup(name); o.Exported() {
			d.object(o)
		}
	}
	slices.Sort(d.lines)
	return d.lines
}

type describer struct {
	pkg   *types.Package
	lines []string
}

func (d *describer) add(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// qualify names other packages by their path, which is what their identity is.
func (d *describer) qualify(p *types.Package) string {
	if p == d.pkg {
		return ""
	}
	return p.Path()
}

func (d *describer) text(t types.Type) string { return types.TypeString(t, d.qualify) }

func (d *describer) object(o types.Object) {
	switch o := o.(type) {
	case *types.Const:
		d.add("const %s %s = %s", o.Name(), d.text(o.Type()), o.Val().ExactString())
	case *types.Var:
		d.add("var %s %s", o.Name(), d.text(o.Type()))
	case *types.Func:
		d.add("func %s%s", o.Name(), d.signature(o.Type()))
	case *types.TypeName:
		if o.IsAlias() {
			d.add("type %s = %s", o.Name(), d.text(types.Unalias(o.Type())))
			return
		}
		d.named(o.Type().(*types.Named))
	}
}

func (d *describer) signature(t types.Type) string { return d.text(t)[len("func"):] }

func (d *describer) named(t *types.Named) {
	name := d.text(t)
	switch u := t.Underlying().(type) {
	case *types.Struct:
		d.fields(name, u)
	case *types.Interface:
		d.interfaces(name, u)
	default:
		d.add("type %s %s", name, d.text(u))
	}
	for i := range t.NumMethods() {
		m := t.Method(i)
		if !m.Exported() {
			continue
		}
		star := ""
		if _, ok := m.Signature().Recv().Type().(*types.Pointer); ok {
			star = "*"
		}
		d.add("method (%s%s) %s%s", star, name, m.Name(), d.signature(m.Type()))
	}
}

func (d *describer) fields(name string, s *types.Struct) {
	kind := "struct"
	if types.Comparable(s) {
		kind = "comparable struct"
	}
	hidden := 0
	for i := range s.NumFields() {
		f := s.Field(i)
		tag := ""
		if t := s.Tag(i); t != "" {
			tag = fmt.Sprintf(" %q", string(reflect.StructTag(t)))
		}
		switch {
		case !f.Exported():
			hidden++
		case f.Embedded():
			d.add("field %s.%s embedded %s%s", name, f.Name(), d.text(f.Type()), tag)
		default:
			d.add("field %s.%s %s%s", name, f.Name(), d.text(f.Type()), tag)
		}
	}
	if hidden > 0 {
		kind += " with unexported fields"
	}
	d.add("type %s %s", name, kind)
}

func (d *describer) interfaces(name string, t *types.Interface) {
	kind := "interface"
	for i := range t.NumMethods() {
		m := t.Method(i)
		if !m.Exported() {
			kind = "interface that only this package implements"
			continue
		}
		d.add("method (%s) %s%s", name, m.Name(), d.signature(m.Type()))
	}
	d.add("type %s %s", name, kind)
}
