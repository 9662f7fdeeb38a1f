package layout

import (
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// unnoticed are fields of which a move is rightly not noticed: padding that is covered
// by blank fields of ours on both sides, by package and path.
var unnoticed = regexp.MustCompile(`(?i)reserved|\.@?pad|spare`)

// unread are bit-fields that our side has no accessor for.
var unread = map[string]bool{"CUVIDPARSERPARAMS.bAnnexb": true, "CUVIDPARSERPARAMS.bMemoryOptimize": true}

// Every field of every mapped struct, moved by one element in the golden, which is the
// same as our struct being wrong, is a problem that Run reports. A bit-field, whose
// place within its unit Run does not look at, has a test of its own, with
// CheckBits or by its mask.
func TestMutations(t *testing.T) {
	maps, err := filepath.Glob(filepath.Join(testutils.Root(), "*", MapFile))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(maps), 2)
	for _, path := range maps {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			bits := checkedBits(t, dir)
			for _, target := range Targets {
				mutatePackage(t, dir, target, bits)
			}
		})
	}
}

func mutatePackage(t *testing.T, dir string, target Target, bits map[string]bool) {
	l := newLoader(target)
	pkg, err := l.load(dir, "layout/subject")
	require.NoError(t, err)
	sizes := types.SizesFor("gc", target.Arch)
	m, err := readMap(filepath.Join(dir, MapFile))
	require.NoError(t, err)
	goNames := map[string]string{}
	for _, s := range m.structs {
		goNames[s.c] = s.goN
	}
	fields := 0
	for _, s := range m.structs {
		if s.goN == "-" {
			continue
		}
		g, err := Load(s.golden, target.OS, target.Arch)
		require.NoError(t, err)
		c := g.Struct(s.c)
		require.NotNil(t, c, s.c)
		goStruct, typ, err := structType(pkg, s.goN)
		require.NoError(t, err)
		problems := func() int {
			s.used = map[string]bool{}
			x := &matcher{golden: g, sizes: sizes, m: s, goNames: goNames}
			x.match(c, goStruct, typ)
			return len(x.problems)
		}
		require.Zero(t, problems(), "%s: %s unchanged", target, s.c)
		each(c.Fields, s.c, func(f *Field, path string) {
			if c.Kind == "union" || refused(s, path) {
				return
			}
			fields++
			step := f.Size
			if f.Count > 0 {
				step /= f.Count
			}
			shift(f, max(step, 1))
			found := problems() > 0
			shift(f, -max(step, 1))
			// CheckBits compares a bit-field's place in the whole struct.
			if !found && !bits[path] && !unnoticed.MatchString(path) {
				t.Errorf("%s: nothing is wrong when %s is moved", target, path)
			}
			f.Size += step
			found = problems() > 0
			f.Size -= step
			if !found && !unnoticed.MatchString(path) {
				t.Errorf("%s: nothing is wrong when %s grows", target, path)
			}
			if f.Bits > 0 && !unnoticed.MatchString(path) && !bits[path] && !unread[path] {
				t.Errorf("no test speaks of the bit-field %s", path)
			}
		})
	}
	require.Positive(t, fields)
	t.Logf("%s: %d fields", target, fields)
}

// refused tells whether the map has no Go field for a field, or for one around it. The
// packages have tests of their own for these.
func refused(s *structMap, path string) bool {
	path = path[len(s.c)+1:]
	for {
		if s.fields[path] == "-" {
			return true
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return false
		}
		path = path[:i]
	}
}

// each calls do for fs and for all fields inside them.
func each(fs []*Field, path string, do func(f *Field, path string)) {
	for _, f := range fs {
		p := path + "." + f.Name
		if f.Name == "" {
			p = fmt.Sprintf("%s.@%d", path, f.Offset)
		}
		do(f, p)
		if f.Kind == "struct" {
			each(f.Fields, p, do)
		}
	}
}

// shift moves a field with all that is inside it.
func shift(f *Field, by int64) {
	f.Offset += by
	for _, in := range f.Fields {
		shift(in, by)
	}
}

// Calls of CheckBits and the lines of tables.
var checkBits = regexp.MustCompile(`(?:CheckBits(?:Get)?\(t, [\w".-]+, |\{)"(\w+)", "([\w.]+)"`)

// checkedBits are the bit-fields that a package's tests speak of.
func checkedBits(t *testing.T, dir string) map[string]bool {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	checked := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, c := range checkBits.FindAllSubmatch(b, -1) {
			checked[string(c[1])+"."+string(c[2])] = true
		}
	}
	return checked
}
