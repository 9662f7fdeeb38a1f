package abi

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestCallArguments(t *testing.T) {
	c := NewCall()
	require.EqualValues(t, 0, c.Begin().Do32(sym(t, "t_nop")))
	require.EqualValues(t, 1^2^4, c.Begin().Int(1).Int(2).Int(4).Do32(sym(t, "t_p3")))
	fn := sym(t, "t_i8") // a + 2b + 3c ... 8h, the last ones on the C stack
	c.Begin()
	for i := range 8 {
		c.Int(uintptr(i + 1))
	}
	require.EqualValues(t, 204, c.Do(fn))
	c.Begin()
	for range 8 {
		c.Int(^uintptr(0)) // -1
	}
	require.EqualValues(t, -36, int64(c.Do(fn)))
	require.EqualValues(t, -36, c.Do32(fn))
	fn = sym(t, "t_i12")
	c.Begin()
	for i := range MaxArgs {
		c.Int(uintptr(i + 1))
	}
	require.EqualValues(t, 650, c.Do(fn), "a Call takes MaxArgs words")
	require.Panics(t, func() { c.Int(0) }, "and no more")
}

// params is t_params in ctest.c.
type params struct {
	version, n uint32
	out        *uint64
	reserved   [4]uintptr
}

func TestCallAllocs(t *testing.T) {
	c := NewCall()
	p := &params{version: 7, out: new(uint64)}
	fn := sym(t, "t_struct")
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		if r := c.Begin().Ptr(unsafe.Pointer(p)).Do32(fn); r != 7 {
			t.Fatal(r)
		}
	}), "a call with a struct")
	require.EqualValues(t, p.n, *p.out)
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		c := Borrow()
		c.Ptr(unsafe.Pointer(p)).Do32(fn)
		c.Return()
	}), "a call with a borrowed Call")
	fn = sym(t, "t_i8")
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		c.Begin().Int(1).Int(2).Int(3).Int(4).Int(5).Int(6).Int(7).Int(8).Do(fn)
	}), "a call with eight integers")
}

// TestPtrAcrossGrowth: C writes through a pointer to a Go variable after a callback
// has moved the goroutine's stack. Ptr made the variable escape; with the address
// smuggled in as Int(uintptr(unsafe.Pointer(&v))) every write is lost.
func TestPtrAcrossGrowth(t *testing.T) {
	e := pictureEntry()
	fn := sym(t, "t_cb_then_write")
	for range 50 {
		result := make(chan int64)
		go func() {
			s := &session{work: func(*session) { burn(2000); runtime.GC() }}
			h := sessions.Put(s)
			defer sessions.Delete(h)
			var v int64
			NewCall().Begin().Int(e).Int(uintptr(h)).Ptr(unsafe.Pointer(&v)).Do(fn)
			result <- v
		}()
		require.EqualValues(t, 42, <-result)
	}
}

// TestKeptAlive: an object that only C uses any more survives a collection during
// the call, even when its Call is a temporary.
func TestKeptAlive(t *testing.T) {
	e := pictureEntry()
	fn := sym(t, "t_cb_then_write")
	s := &session{work: func(*session) {
		for range 2 {
			runtime.GC()
			time.Sleep(time.Millisecond) // cleanups run on a goroutine of their own
		}
	}}
	h := sessions.Put(s)
	defer sessions.Delete(h)
	var collected atomic.Int32
	for range 10 {
		p := new([64]int64)
		runtime.AddCleanup(p, func(int) { collected.Add(1) }, 0)
		before := collected.Load()
		NewCall().Begin().Int(e).Int(uintptr(h)).Ptr(unsafe.Pointer(p)).Do(fn)
		if n := collected.Load() - before; n > 1 { // one may be of the round before
			t.Fatalf("%d objects collected while C had one", n)
		}
	}
}

// TestBeginLetsGo: what a call kept alive goes with the next Begin, and a returned
// Call keeps nothing.
func TestBeginLetsGo(t *testing.T) {
	c := NewCall()
	fn := sym(t, "t_struct")
	for _, let := range []struct {
		name string
		go_  func()
	}{{"Begin", func() { c.Begin() }}, {"Return", func() { c.Return() }}} {
		gone := make(chan bool, 1)
		func() {
			p := &params{version: 1}
			runtime.AddCleanup(p, func(int) { gone <- true }, 0)
			c.Begin().Ptr(unsafe.Pointer(p)).Do(fn)
		}()
		let.go_()
		require.Eventually(t, func() bool {
			runtime.GC()
			select {
			case <-gone:
				return true
			default:
				return false
			}
		}, 5*time.Second, time.Millisecond, let.name)
	}
	runtime.KeepAlive(c)
}

func TestCallInUse(t *testing.T) {
	e := pictureEntry()
	fn := sym(t, "t_loop2")
	c := NewCall()
	s := &session{work: func(*session) { c.Begin() }}
	h := sessions.Put(s)
	defer sessions.Delete(h)
	require.EqualValues(t, -1, loop(c, fn, e, h, 1), "the callback fails")
	require.Equal(t, "abi: Call used again before C returned", s.panicked)
	s.work = nil
	require.EqualValues(t, 1, loop(c, fn, e, h, 1), "and the Call is good again")
}

func TestMissingFunction(t *testing.T) {
	c := NewCall()
	require.Panics(t, func() { c.Begin().Do(0) })
	require.EqualValues(t, 0, c.Begin().Do32(sym(t, "t_nop")))
}

func TestByValue(t *testing.T) {
	x, y := [16]byte{0: 1, 4: 2, 6: 3, 15: 4}, [16]byte{0: 5, 4: 6, 6: 7, 15: 8}
	out := new(uint32)
	c := NewCall()
	fn := sym(t, "t_by_value")
	call := func() int64 {
		return int64(c.Begin().Int(100).Value16(&x).Value16(&y).Int(77).Ptr(unsafe.Pointer(out)).Do(fn))
	}
	require.EqualValues(t, 26000110, call())
	require.EqualValues(t, 77, *out)
	require.Zero(t, testing.AllocsPerRun(100, func() { call() }))

	// On the stack altogether, where words follow one another.
	fn = sym(t, "t_by_value_stack")
	require.EqualValues(t, 36+10+2000, c.Begin().Int(1).Int(2).Int(3).Int(4).Int(5).Int(6).Int(7).Int(8).Value16(&x).Int(2).Do(fn))

	r := c.Begin().Rational(2, -3).Rational(5, 7).Do(sym(t, "t_mul_q"))
	require.EqualValues(t, 10, int32(r))
	require.EqualValues(t, -21, int32(r>>32))
}

func TestValue64(t *testing.T) {
	fn := sym(t, "t_by_value_64")
	var v [64]byte
	want := int64(7)
	for i := range v {
		v[i] = byte(3*i + 5)
		want += int64(v[i]) * int64(i+1)
	}
	out := new(int64)
	require.EqualValues(t, v[63], CallValue64(fn, unsafe.Pointer(out), &v, 7))
	require.Equal(t, want, *out)
}

// TestStraddle: the one case that Value16 cannot do is refused.
func TestStraddle(t *testing.T) {
	regs := map[string]int{"linux/amd64": 6, "linux/arm64": 8}[runtime.GOOS+"/"+runtime.GOARCH]
	if regs == 0 {
		return // a pointer there: nothing straddles
	}
	var v [16]byte
	c := NewCall().Begin()
	for range regs - 1 {
		c.Int(0)
	}
	require.Panics(t, func() { c.Value16(&v) })
}
