package layout

import (
	"go/types"
	"strings"
)

// kind says what is wrong with Go type t for the C field c, or "". Sizes are
// compared elsewhere; this is about signedness, floats and pointers.
func (x *matcher) kind(c *Field, t types.Type) string {
	ctype := c.Type
	if c.Kind == "union" {
		return "" // raw storage
	}
	if c.Bits > 0 {
		if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsInteger != 0 {
			return ""
		}
		return "a bit-field unit is one integer"
	}
	if i := strings.IndexByte(ctype, '['); i >= 0 && c.Count > 0 {
		ctype = strings.TrimSpace(ctype[:i])
		for {
			a, ok := t.Underlying().(*types.Array)
			if !ok {
				break
			}
			t = a.Elem()
		}
	}
	if s := x.golden.Struct(ctype); s != nil || c.Kind == "struct" {
		return x.structKind(ctype, t)
	}
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		if _, isPtr := t.Underlying().(*types.Pointer); isPtr && x.cKind(ctype) == cPointer {
			return ""
		}
		return "C has " + ctype
	}
	info := b.Info()
	unsigned := info&types.IsUnsigned != 0
	switch x.cKind(ctype) {
	case cPointer:
		if b.Kind() != types.Uintptr && b.Kind() != types.UnsafePointer {
			return "C has a pointer, " + ctype
		}
	case cSigned:
		if info&types.IsInteger == 0 || unsigned {
			return "C has " + ctype
		}
	case cUnsigned:
		if info&types.IsInteger == 0 || !unsigned {
			return "C has " + ctype
		}
	case cFloat:
		if info&types.IsFloat == 0 {
			return "C has " + ctype
		}
	default:
		if info&types.IsInteger == 0 {
			return "C has " + ctype
		}
	}
	return ""
}

// structKind wants the Go type that the map gives for the C struct, unless that is
// raw storage or a type of another package.
func (x *matcher) structKind(ctype string, t types.Type) string {
	n, named := t.(*types.Named)
	want := x.goNames[ctype]
	if a, ok := x.golden.Aliases[ctype]; ok && want == "" {
		want = x.goNames[a]
	}
	if named && want != "" && want != "-" && n.Obj().Pkg().Path() != "" && n.Obj().Name() != want {
		return "layout.map says " + ctype + " is " + want
	}
	return ""
}

type cKind int

const (
	cUnknown cKind = iota
	cSigned
	cUnsigned
	cFloat
	cPointer
)

// cKind resolves typedefs. An enum is unknown: its signedness is the compiler's.
func (x *matcher) cKind(ctype string) cKind {
	for range 8 {
		s := strings.TrimPrefix(ctype, "const ")
		if k, ok := cFixed[s]; ok {
			return k
		}
		switch {
		case strings.HasSuffix(s, "*"), strings.HasPrefix(s, "func("):
			return cPointer
		case s == "char", s == "wchar_t":
			return cUnknown
		case s == "float", s == "double":
			return cFloat
		case s == "size_t", strings.Contains(s, "unsigned"):
			return cUnsigned
		case s == "int", s == "short int", s == "long int", s == "long long int", s == "signed char":
			return cSigned
		}
		next, ok := x.golden.Aliases[s]
		if !ok {
			return cUnknown
		}
		ctype = next
	}
	return cUnknown
}

var cFixed = map[string]cKind{
	"uint8_t": cUnsigned, "uint16_t": cUnsigned, "uint32_t": cUnsigned, "uint64_t": cUnsigned,
	"int8_t": cSigned, "int16_t": cSigned, "int32_t": cSigned, "int64_t": cSigned,
}
