package abi

import (
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestCallback(t *testing.T) {
	e := pictureEntry()
	for _, name := range []string{"t_loop2", "t_loop2_regs"} { // the second checks C's registers
		fn := sym(t, name)
		s := new(session)
		h := sessions.Put(s)
		require.EqualValues(t, 1000, loop(NewCall(), fn, e, h, 1000), name)
		require.EqualValues(t, 1000, s.calls)
		require.EqualValues(t, 999, s.last.Pic)
		sessions.Delete(h)
		require.EqualValues(t, 0, loop(NewCall(), fn, e, h, 10), "a stale handle")
		require.EqualValues(t, 1000, s.calls)
	}
}

func TestCallbackAllocs(t *testing.T) {
	e := pictureEntry()
	s := new(session)
	h := sessions.Put(s)
	defer sessions.Delete(h)
	c := NewCall()
	fn := sym(t, "t_loop2")
	require.Zero(t, testing.AllocsPerRun(100, func() { loop(c, fn, e, h, 1000) }), "1000 callbacks")
}

var readEntry = sync.OnceValue(func() uintptr {
	data := []byte{1, 2, 3, 4, 5}
	return NewCallback(Handler{Args: 3, Fail: -5, Call: func(c *Callback) {
		buf := unsafe.Slice((*byte)(c.Ptr(1)), int(c.Int32(2)))
		c.Return(int64(copy(buf, data)))
	}})
})

var seekEntry = sync.OnceValue(func() uintptr {
	return NewCallback(Handler{Args: 3, Fail: -1, Call: func(c *Callback) {
		if c.Int32(2) == 0x10000 {
			c.Return(-38)
			return
		}
		c.Return(c.Int64(1) * 2)
	}})
})

// TestIO has callbacks like AVIO's: a buffer to fill, 64-bit and negative results.
func TestIO(t *testing.T) {
	buf := make([]byte, 16)
	r := NewCall().Begin().Int(readEntry()).Int(seekEntry()).Int(0).Ptr(unsafe.Pointer(&buf[0])).Int(16).Do(sym(t, "t_io"))
	require.EqualValues(t, 15, int64(r))
}

// logTest is what logEntry works on: one test at a time.
var logTest struct {
	call   *Call
	format uintptr
	buf    [256]byte
	got    string
}

var logEntry = sync.OnceValue(func() uintptr {
	logTest.call = NewCall()
	return NewCallback(Handler{Args: 4, Call: func(c *Callback) {
		// like av_log_format_line2(avcl, level, fmt, vl, line, size, &prefix)
		n := logTest.call.Begin().Int(c.Word(0)).Int(uintptr(uint32(c.Int32(1)))).Int(c.Word(2)).Int(c.Word(3)).
			Ptr(unsafe.Pointer(&logTest.buf)).Int(uintptr(len(logTest.buf))).Do32(logTest.format)
		logTest.got = string(logTest.buf[:n])
	}})
})

// TestVaList passes a va_list from one C function through Go to another.
func TestVaList(t *testing.T) {
	logTest.format = sym(t, "t_format")
	NewCall().Begin().Int(logEntry()).Int(0x1234).Int(48).Int(21).Do(sym(t, "t_log"))
	require.Equal(t, "[48] n=21 s=str f=10.50 ll=180388626432", logTest.got)
}

func TestPanicContained(t *testing.T) {
	e := pictureEntry()
	fn := sym(t, "t_loop2")
	s := &session{work: func(s *session) {
		if s.calls%2 == 0 {
			s.table["x"] = 1 // a run-time panic: the map is nil
		}
	}}
	h := sessions.Put(s)
	defer sessions.Delete(h)
	require.EqualValues(t, 0, loop(NewCall(), fn, e, h, 10), "five results 1, five times Fail")
	require.EqualValues(t, 10, s.calls)
	require.ErrorContains(t, s.panicked.(error), "nil map")
	// A nil dereference in Go code within a callback is a panic too, not a crash.
	s.work = func(*session) { var p *session; p.calls++ }
	require.EqualValues(t, -10, loop(NewCall(), fn, e, h, 10))
	require.ErrorContains(t, s.panicked.(error), "nil pointer")
	s.work = func(*session) { panic(nil) } //nolint:govet // the worst value
	require.EqualValues(t, -1, loop(NewCall(), fn, e, h, 1))
	var nilPanic *runtime.PanicNilError
	require.ErrorAs(t, s.panicked.(error), &nilPanic)
}

var printingEntry = sync.OnceValue(func() uintptr {
	return NewCallback(Handler{Args: 2, Fail: 7, Call: func(*Callback) { panic("nobody listens") }})
})

// TestPanicPrinted: without Handler.Panic, a panic is printed with its stack.
func TestPanicPrinted(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	stderr := os.Stderr
	os.Stderr = w
	n := loop(NewCall(), sym(t, "t_loop2"), printingEntry(), 0, 1)
	os.Stderr = stderr
	w.Close()
	require.EqualValues(t, 7, n)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Contains(t, string(text), "panic in a C callback: nobody listens")
	require.Contains(t, string(text), "callback_test.go")
}

func TestNested(t *testing.T) { // Go -> C -> Go -> C -> Go ...
	const depth = 20
	e := pictureEntry()
	fn := sym(t, "t_loop2")
	s := new(session)
	h := sessions.Put(s)
	defer sessions.Delete(h)
	level := 0
	s.work = func(*session) {
		if level < depth-1 {
			level++
			if r := loop(NewCall(), fn, e, h, 1); r != 1 {
				t.Errorf("r=%d at level %d", r, level)
			}
		}
		runtime.GC()
	}
	require.EqualValues(t, 1, loop(NewCall(), fn, e, h, 1))
	require.EqualValues(t, depth, s.calls)
}

func TestBadHandler(t *testing.T) {
	ok := func(*Callback) {}
	for _, h := range []Handler{{Args: 0, Call: ok}, {Args: NumArgs + 1, Call: ok}, {Args: 1}} {
		require.Panics(t, func() { NewCallback(h) })
	}
	handlerMutex.Lock()
	n := handlerCount
	handlerCount = maxCallbacks
	handlerMutex.Unlock()
	defer func() { handlerCount = n }()
	require.PanicsWithValue(t, "abi: no callback entry left", func() { NewCallback(Handler{Args: 1, Call: ok}) })
}

// TestEntriesDiffer: each entry knows its number.
func TestEntriesDiffer(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // entries are made there, not listed
	}
	seen := map[uintptr]bool{}
	for i := range maxCallbacks {
		e := entry(i, 1)
		require.NotZero(t, e)
		require.False(t, seen[e])
		seen[e] = true
	}
	var b strings.Builder
	for i := range maxCallbacks {
		old := handlers[i].Load()
		handlers[i].Store(&Handler{Args: 2, Call: func(c *Callback) { b.WriteByte(byte('a' + c.slot)); c.Return(1) }})
		loop(NewCall(), sym(t, "t_loop2"), entry(i, 2), 0, 1)
		handlers[i].Store(old)
	}
	require.Equal(t, "abcdefghijklmnopqrstuvwx", b.String())
}
