package abi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

var absent = map[string]string{"windows": "nvcodec-absent.dll"}[runtime.GOOS]

func init() {
	if absent == "" {
		absent = "libnvcodec-absent.so.1"
	}
}

func TestNotFound(t *testing.T) {
	other := "x" + absent
	_, err := Open(Spec{What: "a library nobody has", Names: []string{absent, other}, Remedy: "Do without."})
	require.ErrorIs(t, err, ErrLibrary)
	var e *NotFoundError
	require.ErrorAs(t, fmt.Errorf("wrapped: %w", err), &e)
	require.Equal(t, []string{absent, other}, e.Names)
	require.Len(t, e.Errors, 2)
	lines := strings.Split(err.Error(), "\n")
	require.Len(t, lines, 4)
	require.Equal(t, "cannot load a library nobody has; tried", lines[0])
	require.Regexp(t, "^\t"+absent+": [^:]*", lines[1])
	require.Regexp(t, "^\t"+other+": ", lines[2])
	require.NotContains(t, strings.TrimPrefix(lines[1], "\t"+absent), absent, "each name once")
	require.Equal(t, "Do without.", lines[3])
}

// copyLib puts the test library into a directory under the given names.
func copyLib(t *testing.T, names ...string) (dir string) {
	t.Helper()
	b, err := os.ReadFile(clib(t).Name)
	require.NoError(t, err)
	dir = tempDir(t)
	for _, n := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, n), b, 0o755))
	}
	return dir
}

func TestOverride(t *testing.T) {
	const env = "NVCODEC_TEST_LIBRARY"
	dir := copyLib(t, "libb.so", "libc.so")
	spec := Spec{What: "the library", Names: []string{"liba.so", "/somewhere/liba.so", "libb.so", "libc.so"}, Env: env, Remedy: "Install it."}
	open := func(path, value string) (*Library, error) {
		t.Setenv(env, value)
		s := spec
		s.Path = path
		return Open(s)
	}

	// a directory: the candidates' names in it, in their order
	l, err := open("", dir)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "libb.so"), l.Name)
	_, err = l.Symbol("t_nop")
	require.NoError(t, err)
	// a file
	l, err = open("", filepath.Join(dir, "libc.so"))
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "libc.so"), l.Name)
	// what the program says goes before the environment
	l, err = open(filepath.Join(dir, "libc.so"), filepath.Join(dir, "libb.so"))
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "libc.so"), l.Name)
	// paths from the working directory
	t.Chdir(filepath.Dir(dir))
	for _, path := range []string{filepath.Base(dir), "./" + filepath.Base(dir), filepath.Base(dir) + "/libb.so"} {
		l, err = open("", path)
		require.NoError(t, err, path)
		require.Equal(t, filepath.Join(dir, "libb.so"), l.Name)
	}

	// nothing else is tried in its place, and the remedy is to mend it
	missing := filepath.Join(dir, "libnone.so")
	_, err = open("", missing)
	var e *NotFoundError
	require.ErrorAs(t, err, &e)
	require.Equal(t, []string{missing}, e.Names)
	require.Contains(t, err.Error(), env+" says to look only there: correct or remove it.")
	require.NotContains(t, err.Error(), "Install it.")
	_, err = open(missing, "")
	require.ErrorContains(t, err, "set by the program")
	// a directory without any
	empty := tempDir(t)
	_, err = open("", empty)
	require.ErrorAs(t, err, &e)
	require.Equal(t, []string{filepath.Join(empty, "liba.so"), filepath.Join(empty, "libb.so"), filepath.Join(empty, "libc.so")}, e.Names)
	require.Len(t, e.Errors, 3)
}

// tempDir is t.TempDir for libraries: Windows does not delete what was loaded.
func tempDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "abi")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestWrongFile(t *testing.T) {
	dir := tempDir(t)
	for name, text := range map[string]string{"short.so": "x", "text.so": strings.Repeat("not a library\n", 100)} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		_, err := Open(Spec{What: "it", Names: []string{path}})
		require.ErrorIs(t, err, ErrLibrary)
		require.ErrorContains(t, err, path)
		t.Log(err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	// The loader says that a library of another processor does not exist.
	b, err := os.ReadFile(clib(t).Name)
	require.NoError(t, err)
	b[18] ^= 0xff
	path := filepath.Join(dir, "foreign.so")
	require.NoError(t, os.WriteFile(path, b, 0o644))
	_, err = Open(Spec{What: "it", Names: []string{path}})
	require.ErrorContains(t, err, path+": is for another processor than "+runtime.GOARCH)
}

// TestMissingDependency: the message names what is really missing.
func TestMissingDependency(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getenv("CTEST_LIB") != "" {
		testutils.Skip(t, "needs the C compiler of this machine's Linux", "")
	}
	cc := testutils.CC(t)
	dir := t.TempDir()
	c := filepath.Join(dir, "empty.c")
	require.NoError(t, os.WriteFile(c, nil, 0o644))
	inner, outer := filepath.Join(dir, "libinner.so"), filepath.Join(dir, "libouter.so")
	require.NoError(t, compile(cc, inner, c, "-Wl,-soname,libinner.so"))
	require.NoError(t, compile(cc, outer, c, "-Wl,--no-as-needed", inner))
	require.NoError(t, os.Remove(inner))
	_, err := Open(Spec{What: "it", Names: []string{outer}})
	require.ErrorContains(t, err, outer+": found, but it needs libinner.so: cannot open shared object file: No such file or directory")
}

// TestLoaderErrorsDoNotMix: the loader's text belongs to a thread, and is fetched by
// a second call.
func TestLoaderErrorsDoNotMix(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for range 50 {
				name := fmt.Sprintf("%d%s", i, absent)
				_, err := Open(Spec{What: "it", Names: []string{name}})
				var e *NotFoundError
				if !errors.As(err, &e) || e.Errors[0].Error() == "" ||
					runtime.GOOS == "linux" && !strings.HasPrefix(e.Errors[0].Error(), name) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestSymbols(t *testing.T) {
	l := clib(t)
	_, err := l.Symbol("t_absent")
	require.ErrorContains(t, err, l.Name+" has no t_absent")

	s := NewSymbols(l)
	require.NotZero(t, s.Need("t_nop"))
	require.NotZero(t, s.Need("t_nop_v2", "t_nop"), "an older name")
	require.Zero(t, s.Want("t_absent"))
	require.NoError(t, s.Err("Update."), "Want may fail")
	require.Zero(t, s.Need("t_absent"))
	require.Zero(t, s.Need("t_gone_v2", "t_gone"))
	err = s.Err("Update it.")
	require.ErrorIs(t, err, ErrLibrary)
	var e *SymbolError
	require.ErrorAs(t, err, &e)
	require.Equal(t, []string{"t_absent", "t_gone_v2"}, e.Missing)
	require.EqualError(t, err, l.Name+" lacks t_absent, t_gone_v2. Update it.")
	require.NotErrorIs(t, err, fs.ErrNotExist)
}

func TestStrings(t *testing.T) {
	require.Equal(t, "", GoString(0))
	b := CString("grün")
	require.Equal(t, "grün", GoStringN(append([]byte("grün"), 0, 'x')))
	require.Equal(t, "full", GoStringN([]byte("full")))
	require.Equal(t, "", GoStringN(nil))
	require.EqualValues(t, 'g', *b)
	require.EqualValues(t, 0, *CString(""))
	require.Equal(t, "a", cRoundTrip(t, "a\x00b"), "a NUL ends it")
	require.Equal(t, "grün", cRoundTrip(t, "grün"))
}

// cRoundTrip has C copy a string into memory of its own.
func cRoundTrip(t *testing.T, s string) string {
	c := Borrow()
	defer c.Return()
	p := c.Ptr(unsafe.Pointer(CString(s))).Do(sym(t, "t_strdup"))
	defer func() { c.Begin().Int(p).Do(sym(t, "t_free")) }()
	return GoString(p)
}
