package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

const module = "github.com/go-nvcodec/nvcodec/"

// layer says what the files of a package (of all packages below a name that ends
// in /...) may import from this module and from others. Longer names win.
var layers = map[string][]string{
	"internal/abi":       {"github.com/ebitengine/purego", "golang.org/x/sys/windows", "golang.org/x/sys/unix"},
	"internal/live":      {},
	"internal/bitstream": {},
	"internal/nvlib":     {"internal/abi"},
	"internal/dlpack":    {"internal/abi", "internal/live"},

	"cuda":     {"internal/abi", "internal/nvlib", "internal/live"},
	"frame":    {"cuda", "internal/bitstream", "internal/dlpack", "internal/live"},
	"nvcuvid":  {"cuda", "internal/abi", "internal/nvlib", "internal/live"},
	"nvenc":    {"cuda", "internal/abi", "internal/nvlib", "internal/live"},
	"avformat": {"internal/abi", "internal/live"},

	"codec": {"nvcuvid", "nvenc", "avformat", "frame", "cuda", "internal/abi", "internal/bitstream", "internal/live"},

	"examples/...": {"codec", "frame", "cuda", "examples/..."},
	// It tells which libraries were found, and where.
	"examples/doctor": {"codec", "frame", "cuda", "nvcuvid", "nvenc", "avformat", "examples/..."},

	// for tests only
	"internal/testutils":  {"internal/live"},
	"internal/layout/...": {"internal/layout", "internal/testutils"},
	"internal/nvsim/...":  {"internal/nvsim/...", "internal/testutils", "internal/abi"},
	"internal/exact/...":  {"codec", "frame", "internal/exact/...", "internal/testutils"},
	"internal/rules":      {},
	"scripts/...":         {},
}

// forTests are the packages that no product code may import.
var forTests = []string{"internal/testutils", "internal/layout", "internal/nvsim", "internal/exact"}

// testsMayImport says what tests may import beyond forTests and what their package
// may: nothing of a higher layer, so that a test of cuda cannot lean on codec.
var testsMayImport = map[string][]string{
	"avformat": {"internal/bitstream"},
	// packets to parse come out of real containers
	"internal/bitstream": {"avformat"},
	"frame":              {"internal/abi"},
	"nvcuvid":            {"avformat", "frame", "internal/bitstream"},
	"nvenc":              {"avformat", "frame", "internal/bitstream"},
}

// unsafeIn are the only packages whose product code may use package unsafe.
var unsafeIn = []string{"internal/abi", "internal/dlpack", "cuda", "nvcuvid", "nvenc", "avformat", "internal/layout"}

// skipsIn is the only package that may call t.Skip.
const skipsIn = "internal/testutils"

type source struct {
	path string // from the repository's root, with slashes
	dir  string
	test bool
	file *ast.File
}

// sources parses every Go file of the root module.
func sources(t *testing.T, mode parser.Mode) (list []source, fset *token.FileSet) {
	t.Helper()
	fset = token.NewFileSet()
	root := testutils.Root()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata" || isModule(path)) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, mode)
		if err != nil {
			return err
		}
		dir := "."
		if i := strings.LastIndexByte(rel, '/'); i >= 0 {
			dir = rel[:i]
		}
		list = append(list, source{path: rel, dir: dir, test: strings.HasSuffix(rel, "_test.go"), file: f})
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list, fset
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// layerOf returns the entry for dir, exact or by its longest "/..." prefix.
func layerOf(dir string) (allowed []string, ok bool) {
	if allowed, ok = layers[dir]; ok {
		return allowed, true
	}
	for name := dir; name != "."; name = filepath.ToSlash(filepath.Dir(name)) {
		if allowed, ok = layers[name+"/..."]; ok {
			return allowed, true
		}
	}
	return nil, false
}

func matches(list []string, path string) bool {
	for _, l := range list {
		prefix, tree := strings.CutSuffix(l, "/...")
		if path == l || tree && (path == prefix || strings.HasPrefix(path, prefix+"/")) {
			return true
		}
	}
	return false
}

// TestImports holds the arrows: examples -> codec -> {nvcuvid, nvenc, avformat,
// frame} -> cuda -> internal/abi, and no other way.
func TestImports(t *testing.T) {
	list, _ := sources(t, parser.ImportsOnly)
	for _, s := range list {
		allowed, ok := layerOf(s.dir)
		if !ok {
			t.Errorf("%s: package %s has no layer: give it one in internal/rules", s.path, s.dir)
			continue
		}
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if why := refuse(s, allowed, path); why != "" {
				t.Errorf("%s imports %s: %s", s.path, path, why)
			}
		}
	}
}

func refuse(s source, allowed []string, path string) string {
	own, ours := strings.CutPrefix(path, module)
	if !ours {
		own = path
		std := !strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
		if path == "C" {
			return "no cgo"
		}
		if std || s.test && strings.HasPrefix(path, "github.com/stretchr/testify/") {
			return ""
		}
	}
	switch {
	case own == s.dir, matches(allowed, own):
		return ""
	case s.test && (slices.Contains(forTests, own) || matches(testsMayImport[s.dir], own)):
		return ""
	case s.test && own == "internal/abi":
		return ""
	case !ours:
		return "not a dependency of this package"
	case slices.Contains(forTests, own):
		return "for tests only"
	}
	return "against the layers"
}

func TestRefuse(t *testing.T) {
	for _, c := range []struct {
		dir  string
		test bool
		path string
		ok   bool
	}{
		{"cuda", false, module + "internal/abi", true},
		{"cuda", false, module + "frame", false},
		{"cuda", false, "github.com/ebitengine/purego", false},
		{"internal/abi", false, "github.com/ebitengine/purego", true},
		{"frame", false, module + "avformat", false},
		{"avformat", false, module + "cuda", false},
		{"codec", false, module + "avformat", true},
		{"codec", false, module + "internal/testutils", false},
		{"codec", true, module + "internal/testutils", true},
		{"codec", true, "github.com/stretchr/testify/require", true},
		{"codec", false, "github.com/stretchr/testify/require", false},
		{"cuda", true, module + "codec", false},
		{"examples/demo", false, module + "codec", true},
		{"examples/demo", false, module + "avformat", false},
		{"examples/demo", false, module + "examples/internal/sheet", true},
		{"codec", false, "C", false},
		{"codec", false, "log/slog", true},
	} {
		allowed, ok := layerOf(c.dir)
		require.True(t, ok, c.dir)
		why := refuse(source{dir: c.dir, test: c.test}, allowed, c.path)
		require.Equal(t, c.ok, why == "", "%s (test %v) -> %s: %s", c.dir, c.test, c.path, why)
	}
	_, ok := layerOf("somewhere/else")
	require.False(t, ok)
}

func TestUnsafe(t *testing.T) {
	list, _ := sources(t, parser.ImportsOnly)
	for _, s := range list {
		for _, spec := range s.file.Imports {
			if spec.Path.Value == `"unsafe"` && !s.test && !slices.Contains(unsafeIn, s.dir) && !slices.Contains(forTests, s.dir) {
				t.Errorf("%s: unsafe is for the binding packages alone", s.path)
			}
		}
	}
}

// TestSkips: a skip must be able to become a failure, so there is one way to skip.
func TestSkips(t *testing.T) {
	list, fset := sources(t, parser.SkipObjectResolution)
	for _, s := range list {
		if s.dir == skipsIn || !imports(s.file, "testing") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok || !slices.Contains([]string{"t", "b", "f", "tb", "m"}, x.Name) {
				return true // by custom, what testing gives has one of these names
			}
			switch sel.Sel.Name {
			case "Skip", "Skipf", "SkipNow":
				t.Errorf("%s: skip by testutils", fset.Position(call.Pos()))
			}
			return true
		})
	}
}

func imports(f *ast.File, path string) bool {
	return slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == strconv.Quote(path) })
}

// TestRequirements: what an importer of the library gets with it.
func TestRequirements(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testutils.Root(), "go.mod"))
	require.NoError(t, err)
	allowed := []string{"github.com/ebitengine/purego", "golang.org/x/sys", "github.com/stretchr/testify"}
	found := 0
	for _, m := range regexp.MustCompile(`(?m)^(?:require )?\t?(\S+\.\S+/\S+) v\S+(.*)$`).FindAllStringSubmatch(string(b), -1) {
		if strings.Contains(m[2], "indirect") {
			continue
		}
		found++
		require.Contains(t, allowed, m[1])
	}
	require.Equal(t, len(allowed), found)
	require.NotRegexp(t, `(?m)^(replace|tool|exclude)`, string(b))
}
