package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A Golden is one file of testdata/layout: what C compilers made of a header.
type Golden struct {
	Structs map[string]*Struct
	Enums   map[string]*Enum
	GUIDs   map[string]json.RawMessage
	// Versions are the version words of NVENC's structs, by NAME_VER.
	Versions map[string]Version `json:"struct_versions"`
	Macros   map[string]json.RawMessage
	Aliases  map[string]string // typedefs
}

// A Struct is a C struct or union.
type Struct struct {
	Kind   string // "struct" or "union"
	Size   int64
	Align  int64
	Fields []*Field
}

// A Field is a C field. Offset counts from the start of the outermost struct.
type Field struct {
	Name   string // "" for an anonymous union
	Offset int64  // of the storage unit, for a bit-field
	Size   int64  // bytes; of the storage unit, for a bit-field
	Type   string
	Count  int64    // array elements, over all dimensions; 0 for no array
	Bits   int      // width of a bit-field, else 0
	Bit    int      // lowest bit of a bit-field within its unit
	Kind   string   // "struct" or "union" when Fields are given in place
	Fields []*Field // of an anonymous struct or union type
}

// An Enum is a C enum; Size in bytes.
type Enum struct {
	Size   int64
	Values map[string]int64
}

// A Version is the version word that an NVENC struct begins with.
type Version struct {
	Value uint32
	Rev   int
	Bit31 int // 0 or 1
}

// Load reads testdata/layout/name.json, and over it what differs on the target,
// name.goos-goarch.json, if there is such a file.
func Load(name, goos, goarch string) (*Golden, error) {
	dir := filepath.Join(testutils.Root(), "testdata", "layout")
	g := new(Golden)
	if err := readJSON(filepath.Join(dir, name+".json"), g); err != nil {
		return nil, err
	}
	err := readJSON(filepath.Join(dir, name+"."+goos+"-"+goarch+".json"), g)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return g, nil
}

// readJSON decodes over what v holds: entries of the same name are replaced.
func readJSON(path string, v *Golden) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Struct returns a struct by its name or typedef, or nil.
func (g *Golden) Struct(name string) *Struct {
	for range 8 { // typedefs of typedefs; a bound against a loop in the file
		if s := g.Structs[name]; s != nil {
			return s
		}
		name = g.Aliases[name]
	}
	return nil
}

// Field returns a field by its dotted path, or nil.
func (s *Struct) Field(path string) *Field {
	fields := s.Fields
	for {
		head, rest, more := strings.Cut(path, ".")
		var f *Field
		for _, c := range fields {
			if c.Name == head {
				f = c
			}
		}
		if f == nil || !more {
			return f
		}
		fields, path = f.Fields, rest
	}
}
