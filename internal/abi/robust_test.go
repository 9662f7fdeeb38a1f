package abi

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestStackGrowth: callbacks grow the goroutine's stack, which moves.
func TestStackGrowth(t *testing.T) {
	testutils.Watchdog(t, 2*time.Minute)
	e := pictureEntry()
	fn := sym(t, "t_loop2")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				var one sync.WaitGroup
				one.Go(func() { // a fresh, small stack each time
					depth := 10
					s := &session{work: func(*session) { burn(depth); depth *= 4 }}
					h := sessions.Put(s)
					defer sessions.Delete(h)
					local := 12345
					if r := loop(NewCall(), fn, e, h, 6); r != 6 || local != 12345 || s.last.PTS != 15 {
						t.Errorf("r=%d local=%d last=%+v", r, local, s.last)
					}
				})
				one.Wait()
			}
		})
	}
	wg.Wait()
}

var threadTotal atomic.Int64

var threadEntry = sync.OnceValue(func() uintptr {
	return NewCallback(Handler{
		Args: 2,
		Call: func(c *Callback) {
			if sessions.Get(c.Handle(0)) == nil {
				return
			}
			i := (*info)(c.Ptr(1)).PTS / 3
			threadTotal.Add(i)
			burn(50)
			if i%100 == 0 {
				panic("on a C thread")
			}
			c.Return(1)
		},
		Panic: func(c *Callback, _ any) { c.Return(1000) }, // may also set another result
	})
})

func TestCThreads(t *testing.T) { // callbacks on threads that Go did not start
	testutils.Watchdog(t, 2*time.Minute)
	threadTotal.Store(0)
	h := sessions.Put(new(session))
	defer sessions.Delete(h)
	const n, threads = 2000, 8
	r := NewCall().Begin().Int(threadEntry()).Int(uintptr(h)).Int(n).Int(threads).Do(sym(t, "t_threads"))
	require.EqualValues(t, threads*(n-n/100+1000*n/100), r)
	require.EqualValues(t, threads*n*(n-1)/2, threadTotal.Load())
}

// TestStress: many goroutines, a busy collector, preemption signals.
func TestStress(t *testing.T) {
	testutils.Watchdog(t, 2*time.Minute)
	e := pictureEntry()
	fn := sym(t, "t_loop2_regs")
	stop := make(chan struct{})
	var background sync.WaitGroup
	for i := range 2 {
		background.Go(func() {
			var keep [][]byte
			for {
				select {
				case <-stop:
					return
				default:
				}
				keep = append(keep, make([]byte, 1<<12))
				if len(keep) > 256 {
					keep = nil
				}
				if i == 0 {
					runtime.GC()
				}
			}
		})
	}
	d := 2 * time.Second
	if testing.Short() {
		d = 300 * time.Millisecond
	}
	end := time.Now().Add(d)
	var wg sync.WaitGroup
	var n atomic.Int64
	for range 32 {
		wg.Go(func() {
			c := NewCall()
			for time.Now().Before(end) {
				s := &session{work: func(s *session) {
					switch s.calls % 64 {
					case 7:
						burn(200)
					case 20:
						runtime.Gosched()
					case 33:
						_ = make([]byte, 1<<16)
					case 40:
						panic("stress")
					}
				}}
				h := sessions.Put(s)
				if r := loop(c, fn, e, h, 128); r != 126-2 || s.sum != 128*127/2 || s.panicked != "stress" {
					t.Errorf("r=%d sum=%d panic=%v", r, s.sum, s.panicked)
				}
				sessions.Delete(h)
				n.Add(128)
			}
		})
	}
	wg.Wait()
	close(stop)
	background.Wait()
	t.Logf("%d callbacks", n.Load())
}

func TestDeepC(t *testing.T) { // C stack below a Go call, and Go below that
	fn := sym(t, "t_deep")
	c := NewCall()
	for _, kib := range []int{64, 512, deepKiB} {
		require.EqualValues(t, 1, c.Begin().Int(uintptr(kib)).Int(0).Int(0).Do(fn), "%d KiB", kib)
	}
	s := &session{work: func(*session) { burn(1000); runtime.GC() }}
	h := sessions.Put(s)
	defer sessions.Delete(h)
	require.EqualValues(t, 1, c.Begin().Int(uintptr(deepKiB/2)).Int(pictureEntry()).Int(uintptr(h)).Do(fn))
}
