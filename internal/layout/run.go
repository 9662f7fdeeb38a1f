package layout

import (
	"bytes"
	"fmt"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
)

// MapFile is the name of a package's map.
const MapFile = "layout.map"

// A Result is what one target's run found.
type Result struct {
	Target   Target
	Problems []string // empty when all is well
	File     string   // name of the file to write
	Text     []byte   // its content
}

// Run matches the package in dir with its goldens, for every target.
func Run(dir string) ([]Result, error) {
	var rs []Result
	for _, t := range Targets {
		// Read anew each time: a mapping keeps track of the lines that were used.
		m, err := readMap(filepath.Join(dir, MapFile))
		if err != nil {
			return nil, err
		}
		r, err := run(dir, m, t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t, err)
		}
		rs = append(rs, r)
	}
	return rs, nil
}

func run(dir string, m *mapping, t Target) (Result, error) {
	r := Result{Target: t, File: fmt.Sprintf("zlayout_%s_%s_test.go", t.OS, t.Arch)}
	l := newLoader(t)
	pkg, err := l.load(dir, "layout/subject")
	if err != nil {
		return r, err
	}
	goldens := map[string]*Golden{}
	for _, name := range m.goldens {
		if goldens[name], err = Load(name, t.OS, t.Arch); err != nil {
			return r, err
		}
	}
	sizes := types.SizesFor("gc", t.Arch)
	goNames := map[string]string{}
	for _, s := range m.structs {
		goNames[s.c] = s.goN
	}

	var text bytes.Buffer
	fmt.Fprintf(&text, header, pkg.Name(), t.OS, t.Arch)
	for _, s := range m.structs {
		if s.goN == "-" {
			continue
		}
		c := goldens[s.golden].Struct(s.c)
		if c == nil {
			r.Problems = append(r.Problems, fmt.Sprintf("%s:%d: %s has no struct %s", MapFile, s.line, s.golden, s.c))
			continue
		}
		g, typ, err := structType(pkg, s.goN)
		if err != nil {
			r.Problems = append(r.Problems, fmt.Sprintf("%s:%d: %v", MapFile, s.line, err))
			continue
		}
		x := &matcher{golden: goldens[s.golden], sizes: sizes, m: s, goNames: goNames}
		x.match(c, g, typ)
		r.Problems = append(r.Problems, x.problems...)
		x.write(&text, c)
	}
	text.WriteString(")\n")
	r.Text = text.Bytes()
	r.Problems = append(r.Problems, unmapped(m, goldens)...)
	return r, nil
}

const header = `// Code generated from testdata/layout by internal/layout/gen. DO NOT EDIT.

package %s

import "unsafe"

// Each line compiles only if both numbers agree: minus anything but zero overflows
// an unsigned constant. Prove it with GOOS=%s GOARCH=%s go vet.
const (
`

func (x *matcher) write(b *bytes.Buffer, c *Struct) {
	fmt.Fprintf(b, "\t// %s\n", x.m.c)
	fmt.Fprintf(b, "\t_ = -(unsafe.Sizeof(%s{}) ^ %d)\n", x.m.goN, c.Size)
	fmt.Fprintf(b, "\t_ = -(unsafe.Alignof(%s{}) ^ %d)\n", x.m.goN, c.Align)
	for _, a := range x.asserts {
		if a.offset == 0 { // linters do not like ^ 0
			fmt.Fprintf(b, "\t_ = -unsafe.Offsetof(%s)\n", a.path)
		} else {
			fmt.Fprintf(b, "\t_ = -(unsafe.Offsetof(%s) ^ %d)\n", a.path, a.offset)
		}
		fmt.Fprintf(b, "\t_ = -(unsafe.Sizeof(%s) ^ %d)\n", a.path, a.size)
	}
}

// unmapped lists the structs of the goldens that layout.map does not speak of. A
// line "* -" refuses all others of its golden.
func unmapped(m *mapping, goldens map[string]*Golden) []string {
	var problems []string
	for _, name := range m.goldens {
		g := goldens[name]
		known := map[*Struct]bool{}
		rest := false
		for _, s := range m.structs {
			if s.golden == name {
				known[g.Struct(s.c)] = true
				rest = rest || s.c == "*"
			}
		}
		if rest {
			continue
		}
		for _, c := range slices.Sorted(maps.Keys(g.Structs)) {
			if !known[g.Structs[c]] {
				problems = append(problems, fmt.Sprintf("%s: struct %s of %s is not mentioned (\"%s -\" refuses it)", MapFile, c, name, c))
			}
		}
	}
	return problems
}
