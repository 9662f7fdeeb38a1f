package layout

import (
	"fmt"
	"go/types"
	"strings"
	"unicode"
)

// A goField is a field of a Go struct, with its place in the outermost one.
type goField struct {
	name   string
	typ    types.Type
	offset int64 // from the outermost struct
	rel    int64 // from its own struct, which is what unsafe.Offsetof says
	size   int64
	used   bool // some C field is here
}

func (f *goField) end() int64 { return f.offset + f.size }

func (f *goField) blank() bool { return f.name == "_" }

// filler is true for fields that hold no data of ours.
func (f *goField) filler() bool { return f.blank() || reservedName(f.name) }

// An assertion becomes one or two lines of a written file.
type assertion struct {
	path         string // "VideoFormat{}.FrameRate.Num"
	offset, size int64
}

// A matcher lays one C struct over one Go struct.
type matcher struct {
	golden   *Golden
	sizes    types.Sizes
	m        *structMap
	goNames  map[string]string // C struct name to mapped Go name
	asserts  []assertion
	problems []string
}

func (x *matcher) problem(format string, args ...any) {
	x.problems = append(x.problems, x.m.c+": "+fmt.Sprintf(format, args...))
}

func (x *matcher) match(c *Struct, g *types.Struct, typ types.Type) {
	if g.NumFields() == 0 || !isHostLayout(g.Field(0).Type()) {
		x.problem("the first field of %s is not structs.HostLayout", x.m.goN)
	}
	if s := x.sizes.Sizeof(typ); s != c.Size {
		x.problem("%s has %d bytes, C has %d", x.m.goN, s, c.Size)
	}
	if a := x.sizes.Alignof(typ); a != c.Align {
		x.problem("%s is aligned to %d, C to %d", x.m.goN, a, c.Align)
	}
	if c.Kind == "union" {
		return // raw storage: size and alignment are all there is
	}
	x.fields(c.Fields, "", x.m.goN+"{}", x.flatten(g, 0))
	for name := range x.m.fields {
		if !x.m.used[name] {
			x.problem("layout.map has field %s, C has not", name)
		}
	}
}

func isHostLayout(t types.Type) bool {
	n, ok := t.(*types.Named)
	return ok && n.Obj().Name() == "HostLayout" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "structs"
}

func (x *matcher) flatten(g *types.Struct, base int64) []*goField {
	vars := make([]*types.Var, g.NumFields())
	for i := range vars {
		vars[i] = g.Field(i)
	}
	offsets := x.sizes.Offsetsof(vars)
	var fs []*goField
	for i, v := range vars {
		if isHostLayout(v.Type()) {
			continue
		}
		if invalid(v.Type()) {
			x.problem("the type of %s comes from outside the module, or is wrong", v.Name())
			continue
		}
		fs = append(fs, &goField{name: v.Name(), typ: v.Type(), offset: base + offsets[i], rel: offsets[i], size: x.sizes.Sizeof(v.Type())})
	}
	return fs
}

func invalid(t types.Type) bool {
	if a, ok := t.Underlying().(*types.Array); ok {
		return invalid(a.Elem())
	}
	return t.Underlying() == types.Typ[types.Invalid]
}

// fields matches the C fields cs (whose dotted path begins with cpath) with the Go
// fields gs of the struct that is reached by gpath, and wants none left over.
func (x *matcher) fields(cs []*Field, cpath, gpath string, gs []*goField) {
	x.place(cs, cpath, gpath, gs)
	for _, g := range gs {
		if !g.used && !g.filler() {
			x.problem("%s.%s at offset %d is no C field", gpath, g.name, g.offset)
		}
	}
}

func (x *matcher) place(cs []*Field, cpath, gpath string, gs []*goField) {
	for _, c := range cs {
		path := cpath + c.Name
		if c.Name == "" {
			path = fmt.Sprintf("%s@%d", cpath, c.Offset)
		}
		want, explicit := x.m.fields[path]
		x.m.used[path] = true
		var g *goField
		switch {
		case explicit && want == "-":
			x.covered(c, path, gs, func(*goField) bool { return true })
			continue
		case explicit:
			if g = find(gs, want); g == nil {
				x.problem("layout.map gives %s to %s, which %s has not", path, want, gpath)
				continue
			}
		case c.Bits > 0:
			if g = at(gs, c.Offset, c.Size); g == nil {
				x.problem("no Go field of %d bytes at %d for the bit-field %s", c.Size, c.Offset, path)
				continue
			}
		default:
			g = byName(gs, c.Name)
		}
		if g == nil && reservedName(c.Name) {
			x.covered(c, path, gs, (*goField).filler)
			continue
		}
		if g == nil && c.Kind == "struct" {
			x.place(c.Fields, path+".", gpath, gs)
			continue
		}
		if g == nil && c.Kind == "union" {
			g = at(gs, c.Offset, c.Size)
		}
		if g == nil {
			x.missing(c, path, gpath, gs)
			continue
		}
		x.pair(c, path, g, gpath)
	}
}

// pair checks one C field against the Go field that is meant to be it.
func (x *matcher) pair(c *Field, path string, g *goField, gpath string) {
	first := !g.used
	g.used = true
	full := gpath + "." + g.name
	if g.offset != c.Offset {
		x.problem("%s: %s is at %d, C's at %d", path, full, g.offset, c.Offset)
		return
	}
	if g.size != c.Size {
		x.problem("%s: %s has %d bytes, C's %d", path, full, g.size, c.Size)
		return
	}
	if why := x.kind(c, g.typ); why != "" {
		x.problem("%s: %s is %s; %s", path, full, g.typ, why)
	}
	if !g.blank() && first {
		x.asserts = append(x.asserts, assertion{full, g.rel, c.Size})
	}
	if c.Kind != "struct" {
		return
	}
	t := g.typ.Underlying()
	if a, ok := t.(*types.Array); ok {
		t, full = a.Elem().Underlying(), full+"[0]"
	}
	if s, ok := t.(*types.Struct); ok {
		x.fields(c.Fields, path+".", full, x.flatten(s, c.Offset))
	}
}

// covered wants every byte of c inside Go fields that ok accepts.
func (x *matcher) covered(c *Field, path string, gs []*goField, ok func(*goField) bool) {
	pos, end := c.Offset, c.Offset+c.Size
	for _, g := range gs {
		if ok(g) && g.offset <= pos && pos < g.end() {
			g.used = true
			pos = g.end()
		}
	}
	if pos < end {
		x.problem("%s [%d, %d) is not covered from byte %d on", path, c.Offset, end, pos)
	}
}

func (x *matcher) missing(c *Field, path, gpath string, gs []*goField) {
	if g := at(gs, c.Offset, c.Size); g != nil {
		x.problem("%s has no Go field of that name; if it is %s.%s, say so in layout.map: %q", path, gpath, g.name, "\t"+path+" "+g.name)
		return
	}
	x.problem("%s (%s, %d bytes at %d) has no Go field", path, c.Type, c.Size, c.Offset)
}

func find(gs []*goField, name string) *goField {
	for _, g := range gs {
		if g.name == name {
			return g
		}
	}
	return nil
}

func at(gs []*goField, offset, size int64) *goField {
	for _, g := range gs {
		if g.offset == offset && g.size == size {
			return g
		}
	}
	return nil
}

func byName(gs []*goField, c string) *goField {
	if c == "" {
		return nil
	}
	for _, want := range []string{fold(c), fold(unprefixed(c))} {
		for _, g := range gs {
			if !g.blank() && fold(g.name) == want {
				return g
			}
		}
	}
	return nil
}

func fold(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// unprefixed drops C's type prefix, the lower-case letters of ulWidth or pfnGet,
// and a leading m_.
func unprefixed(s string) string {
	s = strings.TrimPrefix(s, "m_")
	i := strings.IndexFunc(s, unicode.IsUpper)
	if i < 1 || i > 3 {
		return s
	}
	return s[i:]
}

func reservedName(s string) bool {
	for _, f := range []string{fold(s), fold(unprefixed(s))} {
		for _, p := range []string{"reserved", "pad", "unused"} {
			if strings.HasPrefix(f, p) {
				return true
			}
		}
	}
	return false
}
