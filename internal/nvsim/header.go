package nvsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// The simulator's C headers are made from the layout goldens, so that none of
// NVIDIA's headers is needed to build it and a golden that is wrong does not
// compile.

type golden struct {
	Structs   map[string]structure
	Enums     map[string]enum
	Functions map[string]string
	Aliases   map[string]string
	Macros    map[string]int64
	GUIDs     map[string]string
	Versions  map[string]versionWord
}

// versionWord is what the version field of a struct must hold.
type versionWord struct{ Value uint32 }

type enum struct{ Values map[string]int64 }

type structure struct {
	Kind   string
	Size   int
	Align  int
	Fields []field
}

type field struct {
	Name         string
	Offset, Size int
	Bits         int
	Bit          *int
	Type         string
	Kind         string
	Count        int
	Fields       []field
}

func readGolden(path string) (*golden, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var raw struct {
		Structs   map[string]structure
		Enums     map[string]enum
		Functions map[string]string
		Aliases   map[string]string
		Macros    map[string]json.RawMessage
		GUIDs     map[string]string
		Versions  map[string]versionWord `json:"struct_versions"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	g := &golden{raw.Structs, raw.Enums, raw.Functions, raw.Aliases, map[string]int64{}, raw.GUIDs, raw.Versions}
	for k, v := range raw.Macros {
		var n int64
		if json.Unmarshal(v, &n) == nil {
			g.Macros[k] = n
		}
	}
	return g, nil
}

// writer makes one header of a golden. Structs and enums in done are left out:
// another header has them.
type writer struct {
	bytes.Buffer
	g    *golden
	done map[string]bool
}

func (w *writer) printf(format string, a ...any) { fmt.Fprintf(w, format, a...) }

func keys[V any](m map[string]V) []string {
	var s []string
	for k := range m {
		s = append(s, k)
	}
	slices.Sort(s)
	return s
}

func (w *writer) enums() {
	for _, name := range keys(w.g.Enums) {
		if w.done[name] {
			continue
		}
		w.done[name] = true
		e := w.g.Enums[name]
		w.printf("typedef enum {\n")
		vals := keys(e.Values)
		slices.SortStableFunc(vals, func(a, b string) int { return int(e.Values[a] - e.Values[b]) })
		for _, v := range vals {
			w.printf("\t%s = %d,\n", v, e.Values[v])
		}
		w.printf("} %s;\n", name)
	}
}

// structs writes the named structs after those they hold, and before them the
// callback types, which need all names.
func (w *writer) structs(names []string) {
	for _, n := range keys(w.g.Structs) {
		w.printf("typedef %s %s %s;\n", w.g.Structs[n].Kind, tag(n), n)
	}
	for _, n := range keys(w.g.Aliases) {
		if args, ok := strings.CutPrefix(w.g.Aliases[n], "func("); ok && (strings.HasPrefix(n, "PFN") || strings.HasPrefix(n, "PNV")) {
			i := strings.LastIndexByte(args, ')')
			w.printf("typedef %s (*%s)(%s);\n", strings.TrimSpace(args[i+1:]), n, args[:i])
		}
	}
	for _, n := range names {
		w.structure(n)
	}
}

func (w *writer) structure(name string) {
	if w.done[name] {
		return
	}
	w.done[name] = true
	s := w.g.Structs[name]
	w.needs(s.Fields)
	w.printf("%s %s {\n", s.Kind, tag(name))
	w.fields(s.Fields, "\t")
	w.printf("};\n_Static_assert(sizeof(%s) == %d && _Alignof(%s) == %d, \"%s\");\n", name, s.Size, name, s.Align, name)
	w.asserts(name, "", s.Fields)
}

func tag(name string) string { return "sim_tag_" + name }

func (w *writer) needs(fs []field) {
	for _, f := range fs {
		if f.Kind != "" {
			w.needs(f.Fields)
			continue
		}
		base, _, _ := strings.Cut(f.Type, "[")
		if base = strings.TrimSpace(base); !strings.Contains(base, "*") {
			if _, ok := w.g.Structs[base]; ok {
				w.structure(base)
			} else if a, ok := w.g.Aliases[base]; ok && w.g.Structs[a].Size > 0 {
				w.structure(a)
			}
		}
	}
}

func (w *writer) fields(fs []field, indent string) {
	for _, f := range fs {
		base, dims := f.Type, ""
		if i := strings.IndexByte(f.Type, '['); i >= 0 {
			base, dims = f.Type[:i], f.Type[i:]
		}
		switch {
		case f.Kind != "":
			w.printf("%s%s {\n", indent, f.Kind)
			w.fields(f.Fields, indent+"\t")
			w.printf("%s} %s%s;\n", indent, f.Name, dims)
		case f.Bits > 0:
			w.printf("%s%s %s : %d;\n", indent, base, f.Name, f.Bits)
		default:
			w.printf("%s%s %s%s;\n", indent, base, f.Name, dims)
		}
	}
}

func (w *writer) asserts(name, path string, fs []field) {
	for _, f := range fs {
		p := path
		if f.Name != "" {
			p = strings.TrimPrefix(path+"."+f.Name, ".")
		}
		if f.Name != "" && f.Bits == 0 {
			w.printf("_Static_assert(__builtin_offsetof(%s, %s) == %d, \"%s.%s\");\n", name, p, f.Offset, name, p)
		}
		if f.Kind != "" && !strings.Contains(f.Type, "[") {
			w.asserts(name, p, f.Fields)
		}
	}
}

// prototypes declares functions, so that ours are checked against the real ones.
func (w *writer) prototypes(names []string) {
	for _, n := range names {
		ret, args, ok := strings.Cut(w.g.Functions[n], "(")
		if ok {
			w.printf("%s %s(%s;\n", strings.TrimSpace(ret), n, args)
		}
	}
}
