package abi

import (
	"runtime"
	"sync"
	"testing"
	"unsafe"
)

func BenchmarkCallback(b *testing.B) { // one call from Go, b.N callbacks
	s := new(session)
	h := sessions.Put(s)
	defer sessions.Delete(h)
	e, fn, c := pictureEntry(), sym(b, "t_loop2"), NewCall()
	b.ReportAllocs()
	b.ResetTimer()
	loop(c, fn, e, h, b.N)
}

var emptyEntry = sync.OnceValue(func() uintptr {
	return NewCallback(Handler{Args: 2, Call: func(c *Callback) { c.Return(1) }})
})

func BenchmarkCallbackEmpty(b *testing.B) {
	e, fn, c := emptyEntry(), sym(b, "t_loop2"), NewCall()
	b.ReportAllocs()
	b.ResetTimer()
	loop(c, fn, e, 0, b.N)
}

func BenchmarkCallbackCThread(b *testing.B) { // on one thread made by C
	e, fn, c := emptyEntry(), sym(b, "t_threads"), NewCall()
	b.ReportAllocs()
	b.ResetTimer()
	c.Begin().Int(e).Int(0).Int(uintptr(b.N)).Int(1).Do(fn)
}

func BenchmarkCall(b *testing.B) {
	c := NewCall()
	b.Run("3 integers", func(b *testing.B) {
		fn := sym(b, "t_p3")
		b.ReportAllocs()
		for b.Loop() {
			c.Begin().Int(1).Int(2).Int(3).Do(fn)
		}
	})
	b.Run("8 integers", func(b *testing.B) {
		fn := sym(b, "t_i8")
		b.ReportAllocs()
		for b.Loop() {
			c.Begin().Int(1).Int(2).Int(3).Int(4).Int(5).Int(6).Int(7).Int(8).Do(fn)
		}
	})
	b.Run("struct", func(b *testing.B) {
		fn := sym(b, "t_struct")
		p := new(params)
		b.ReportAllocs()
		for b.Loop() {
			c.Begin().Ptr(unsafe.Pointer(p)).Do(fn)
		}
	})
	b.Run("borrowed", func(b *testing.B) {
		fn := sym(b, "t_p3")
		b.ReportAllocs()
		for b.Loop() {
			c := Borrow()
			c.Int(1).Int(2).Int(3).Do(fn)
			c.Return()
		}
	})
	b.Run("locked, 3 calls", func(b *testing.B) { // as push, call, pop of a CUDA context
		fn := sym(b, "t_p3")
		b.ReportAllocs()
		for b.Loop() {
			runtime.LockOSThread()
			c.Begin().Int(1).Do(fn)
			c.Begin().Int(1).Int(2).Int(3).Do(fn)
			c.Begin().Int(1).Do(fn)
			runtime.UnlockOSThread()
		}
	})
}
