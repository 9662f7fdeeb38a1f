package abi

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// ctest is testdata/ctest.c as a library, built once a process. CTEST_LIB names a
// prebuilt one, for runs of a cross-compiled test under an emulator.
var ctest struct {
	sync.Once
	dir string
	lib *Library
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if ctest.dir != "" {
		os.RemoveAll(ctest.dir)
	}
	os.Exit(code)
}

func clib(t testing.TB) *Library {
	t.Helper()
	path := os.Getenv("CTEST_LIB")
	cc := ""
	if path == "" {
		cc = testutils.CC(t)
	}
	ctest.Do(func() {
		if path == "" {
			ctest.dir, ctest.err = os.MkdirTemp("", "ctest")
			if ctest.err != nil {
				return
			}
			path = filepath.Join(ctest.dir, "libctest.so")
			if ctest.err = compile(cc, path, filepath.Join("testdata", "ctest.c")); ctest.err != nil {
				return
			}
		}
		ctest.lib, ctest.err = Open(Spec{What: "the test library", Names: []string{path}})
	})
	if ctest.err != nil {
		t.Fatal(ctest.err)
	}
	return ctest.lib
}

// compile makes a shared library.
func compile(cc, out string, args ...string) error {
	args = append([]string{"-O2", "-shared", "-fPIC", "-Wall", "-Werror", "-o", out}, args...)
	if b, err := exec.Command(cc, append(args, "-lpthread")...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cc, err, b)
	}
	return nil
}

// sym returns the address of a function of ctest.c.
func sym(t testing.TB, name string) uintptr {
	t.Helper()
	p, err := clib(t).Symbol(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// info is t_info in ctest.c.
type info struct {
	Pic, Flags int32
	PTS        int64
}

// session is what a decoder would be: C holds its Handle.
type session struct {
	calls, sum int64
	last       info
	ring       [64]info
	work       func(*session)
	panicked   any
	table      map[string]int // always nil
}

var sessions Table[session]

// pictureEntry is shaped like a cuvid parser callback. It returns 1, 0 for a stale
// handle, -1 after a panic.
var pictureEntry = sync.OnceValue(func() uintptr {
	return NewCallback(Handler{
		Args: 2,
		Fail: -1,
		Call: func(c *Callback) {
			s := sessions.Get(c.Handle(0))
			if s == nil {
				return
			}
			in := (*info)(c.Ptr(1))
			s.ring[s.calls&63] = *in // copied: *in dies with the callback
			s.last = *in
			s.calls++
			s.sum += in.PTS
			if s.work != nil {
				s.work(s)
			}
			c.Return(1)
		},
		Panic: func(c *Callback, v any) {
			if s := sessions.Get(c.Handle(0)); s != nil {
				s.panicked = v
			}
		},
	})
})

// loop has C call the entry n times and returns the sum of its results.
func loop(c *Call, fn, entry uintptr, h Handle, n int) int64 {
	return int64(c.Begin().Int(entry).Int(uintptr(h)).Int(uintptr(n)).Do(fn))
}

//go:noinline
func burn(n int) int { // grows the stack by about n*256 bytes
	var a [28]int
	a[n%28] = n
	if n == 0 {
		return a[0]
	}
	return burn(n-1) + a[n%28]
}

// deepKiB is C stack that every thread is sure to have. Linux threads get
// ulimit -s, 8 MiB as a rule; Windows threads get what the PE header reserves.
var deepKiB = map[string]int{"linux": 4096, "windows": 768}[runtime.GOOS]
