package frame

import (
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// inDebug runs the rest of the test as NVCODEC_DEBUG=1 would.
func inDebug(t *testing.T, on bool) {
	old := debug
	debug = on
	t.Cleanup(func() { debug = old })
}

func hostPool(t testing.TB, f Format, w, h int, cfg *HostPoolConfig) *HostPool {
	p, err := NewHostPool(f, w, h, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func get(t testing.TB, p *HostPool) *Frame {
	f, err := p.Get()
	require.NoError(t, err)
	return f
}

func TestReleaseGivesBack(t *testing.T) {
	testutils.LeakCheck(t)
	inDebug(t, false)
	p := hostPool(t, NV12, 64, 32, nil)
	f := get(t, p)
	require.Equal(t, 1, f.References())
	g := f.Retain()
	require.Same(t, f, g)
	gen := f.Generation()
	f.Release()
	require.Equal(t, PoolStats{Used: 1}, p.Stats(), "one holder is left")
	g.Release()
	require.Equal(t, PoolStats{Idle: 1}, p.Stats())
	again := get(t, p)
	require.Same(t, f, again)
	require.Equal(t, gen+1, again.Generation())
	again.Release()
	(*Frame)(nil).Release()
	(*Frame)(nil).ReleaseOn(nil)
}

func TestReleasedFrameIsANoOp(t *testing.T) {
	inDebug(t, false)
	p := hostPool(t, NV12, 64, 32, nil)
	f := get(t, p)
	dst, err := NewHost(NV12, 64, 32)
	require.NoError(t, err)
	f.Release()
	before := Misuses()
	f.Release()
	f.ReleaseOn(nil)
	require.Nil(t, f.Retain())
	require.ErrorIs(t, f.Wait(nil), ErrReleased)
	require.ErrorIs(t, f.MarkReady(nil), ErrReleased)
	_, err = f.AppendBytes(nil)
	require.ErrorIs(t, err, ErrReleased)
	_, err = f.AppendPlanar(nil)
	require.ErrorIs(t, err, ErrReleased)
	_, err = f.Image()
	require.ErrorIs(t, err, ErrReleased)
	require.ErrorIs(t, f.CopyTo(dst), ErrReleased)
	require.ErrorIs(t, dst.CopyTo(f), ErrReleased)
	require.ErrorIs(t, f.RepackTo(dst), ErrReleased)
	_, err = f.CUDAArray(0)
	require.ErrorIs(t, err, ErrReleased)
	require.EqualValues(t, 12, Misuses()-before)
	require.Equal(t, PoolStats{Idle: 1}, p.Stats(), "given back once")
	_, err = (*Frame)(nil).AppendBytes(nil)
	require.ErrorIs(t, err, ErrReleased)
}

func TestDebugDetectsEveryMisuse(t *testing.T) {
	testutils.LeakCheck(t)
	inDebug(t, true)
	p := hostPool(t, NV12, 64, 32, nil)
	f := get(t, p)
	f.Release()
	// The memory is used again, the Frame is not, so f stays dead.
	g := get(t, p)
	require.NotSame(t, f, g)
	require.Equal(t, PoolStats{Used: 1}, p.Stats())
	require.Nil(t, f.Planes, "reading samples fails too")
	for name, misuse := range map[string]func(){
		"Release":   f.Release,
		"ReleaseOn": func() { f.ReleaseOn(nil) },
		"Retain":    func() { f.Retain() },
		"Wait":      func() { _ = f.Wait(nil) },
		"Image":     func() { _, _ = f.Image() },
	} {
		func() {
			defer func() {
				msg, ok := recover().(string)
				require.True(t, ok, name)
				require.True(t, strings.HasPrefix(msg, "frame: "+name+" of a released frame; it was released by\n"), msg)
				require.Contains(t, msg, "TestDebugDetectsEveryMisuse")
			}()
			misuse()
		}()
	}
	g.Release()
}

func TestLiteralsAreNotCounted(t *testing.T) {
	before := Misuses()
	f := &Frame{Format: Gray, Memory: Host, Width: 2, Height: 1, Planes: []Plane{{Data: []byte{1, 2}, Shape: [3]int{1, 2, 1}, Pitch: 2}}}
	f.Release()
	f.Release()
	f.ReleaseOn(nil)
	require.Same(t, f, f.Retain())
	require.NoError(t, f.Wait(nil))
	b, err := f.AppendBytes(nil)
	require.NoError(t, err)
	require.Equal(t, []byte{1, 2}, b)
	require.Equal(t, before, Misuses())
	require.Nil(t, f.Ready())
}

type countingOwner struct{ n atomic.Int64 }

func (o *countingOwner) Recycle(*Frame) { o.n.Add(1) }

func TestReset(t *testing.T) {
	f, err := NewHost(NV12, 16, 16)
	require.NoError(t, err)
	f.PTS, f.Index, f.Key, f.Rotation, f.BitDepth = 5, 7, true, 90, 8
	f.AddSEI(SEITimeCode, []byte{1, 2}, true)
	o := new(countingOwner)
	f.Reset(o)
	require.EqualValues(t, []any{int64(NoPTS), -1, int64(-1), false, 0, 0, Unspecified, 0},
		[]any{f.PTS, f.Index, f.Pos, f.Key, f.Rotation, f.BitDepth, f.Color, len(f.SEI)})
	require.Len(t, f.Planes, 2)
	f.Retain()
	f.Release()
	require.Zero(t, o.n.Load())
	f.Release()
	require.EqualValues(t, 1, o.n.Load())
	f.Reset(nil)
	f.Release()
	require.EqualValues(t, 1, o.n.Load())
}

func TestSEIStorage(t *testing.T) {
	inDebug(t, false)
	p := hostPool(t, Gray, 4, 4, nil)
	f := get(t, p)
	payload := []byte{1, 2, 3}
	f.AddSEI(SEIUserDataUnregistered, payload, false)
	payload[0] = 9
	f.AddSEI(SEIContentLight, []byte{4}, true)
	want := []SEI{{Type: SEIUserDataUnregistered, Payload: []byte{1, 2, 3}}, {Type: SEIContentLight, Payload: []byte{4}, Parsed: true}}
	require.Equal(t, want, f.SEI)
	g := get(t, p)
	g.CopyProperties(f)
	g.CopyProperties(g)
	f.Release()
	f = get(t, p)
	require.Empty(t, f.SEI)
	f.AddSEI(0, []byte{7, 7, 7, 7}, false)
	require.Equal(t, want, g.SEI, "a copy of its own")
	f.Release()
	if !raceEnabled {
		require.Zero(t, testing.AllocsPerRun(100, func() {
			f, _ := p.Get()
			f.AddSEI(0, payload, false)
			g.CopyProperties(f)
			f.Release()
		}))
		require.Less(t, cap(g.sei), 64, "the storage is used again")
	}
	g.Release()
}

// Many goroutines retain and release frames that others hand them.
func TestLifetimeRace(t *testing.T) {
	testutils.LeakCheck(t)
	for _, mode := range []bool{false, true} {
		inDebug(t, mode)
		p := hostPool(t, NV12, 32, 32, nil)
		before := Misuses()
		var wg sync.WaitGroup
		handed := make(chan *Frame, 64)
		for range 4 {
			wg.Go(func() {
				for f := range handed {
					for range 3 {
						wg.Go(f.Retain().Release)
					}
					if f.Planes[0].Data[0] != byte(f.Index) {
						t.Error("the frame of another")
					}
					f.Release()
				}
			})
		}
		for i := range 2000 {
			f := get(t, p)
			f.Index = i
			f.Planes[0].Data[0] = byte(i)
			handed <- f
		}
		close(handed)
		wg.Wait()
		require.Equal(t, before, Misuses())
		require.Zero(t, p.Stats().Used)
		require.NoError(t, p.Close())
	}
}

// Two goroutines that release one reference: one of them is told.
func TestDoubleReleaseRace(t *testing.T) {
	inDebug(t, false)
	o := new(countingOwner)
	f, err := NewHost(Gray, 4, 4)
	require.NoError(t, err)
	before := Misuses()
	// Goroutines that spin, since ones that are woken seldom meet.
	rounds, goroutines := 20000, 2
	if raceEnabled {
		rounds = 500 // it slows spinning down, and finds what it finds sooner
	}
	var round, done atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range int64(rounds) {
				for n := 0; round.Load() <= i; n++ {
					if n > 1000 {
						runtime.Gosched()
					}
				}
				f.Release()
				done.Add(1)
			}
		})
	}
	for i := range int64(rounds) {
		f.Reset(o)
		round.Store(i + 1) // Release of both follows within nanoseconds, if two processors are free
		for done.Load() < int64(goroutines)*(i+1) {
			runtime.Gosched()
		}
	}
	wg.Wait()
	require.EqualValues(t, rounds, o.n.Load())
	require.EqualValues(t, rounds*(goroutines-1), Misuses()-before)
}

func TestPoolBounds(t *testing.T) {
	testutils.LeakCheck(t)
	inDebug(t, false)
	p := hostPool(t, Gray, 16, 16, &HostPoolConfig{Max: 3})
	frames := []*Frame{get(t, p), get(t, p), get(t, p)}
	_, err := p.Get()
	require.ErrorIs(t, err, ErrExhausted)
	frames[0].Release()
	frames[0] = get(t, p)
	for _, f := range frames {
		f.Release()
	}
	require.Equal(t, PoolStats{Idle: 3}, p.Stats())
	p.Trim()
	require.Equal(t, PoolStats{}, p.Stats())
	for range 3 { // the net must not catch what was given back
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	require.Equal(t, PoolStats{}, p.Stats())
	get(t, p).Release()
	require.True(t, p.Fits(Gray, 16, 16))
	require.False(t, p.Fits(Gray, 16, 17))
	require.False(t, (*HostPool)(nil).Fits(Gray, 16, 16))
}

func TestPoolShrinks(t *testing.T) {
	inDebug(t, false)
	p := hostPool(t, Gray, 16, 16, nil)
	var frames []*Frame
	for range 100 {
		frames = append(frames, get(t, p))
	}
	for _, f := range frames {
		f.Release()
	}
	require.Equal(t, 100, p.Stats().Idle, "what was in use stays")
	for range 4 * trimWindow {
		a, b := get(t, p), get(t, p)
		a.Release()
		b.Release()
	}
	require.Equal(t, 2, p.Stats().Idle, "but not for ever")
	for range 100 {
		frames = append(frames[:0], get(t, p))
		frames[0].Release()
	}
	require.LessOrEqual(t, p.Stats().Idle, 2)
}

func TestPoolClose(t *testing.T) {
	testutils.LeakCheck(t)
	p := hostPool(t, NV12, 16, 16, nil)
	a, b := get(t, p), get(t, p)
	a.Release()
	require.NoError(t, p.Close())
	require.NoError(t, p.Close())
	require.NoError(t, (*HostPool)(nil).Close())
	require.NoError(t, (*DevicePool)(nil).Close())
	_, err := p.Get()
	require.ErrorIs(t, err, os.ErrClosed)
	b.Planes[0].Data[0] = 1 // still ours
	require.Equal(t, PoolStats{Used: 1}, p.Stats())
	b.Release()
	require.Equal(t, PoolStats{}, p.Stats())
}

// A frame that nobody released frees its buffer and its place in the pool.
func TestForgottenFrame(t *testing.T) {
	testutils.LeakCheck(t)
	p := hostPool(t, NV12, 16, 16, &HostPoolConfig{Max: 1})
	_, err := p.Get()
	require.NoError(t, err)
	for end := time.Now().Add(10 * time.Second); p.Stats().Used > 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC()
	}
	get(t, p).Release()
}

func TestPoolDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		return
	}
	inDebug(t, false)
	p := hostPool(t, NV12, 1920, 1080, nil)
	var held [8]*Frame
	for i := range held {
		held[i] = get(t, p)
	}
	for _, f := range held {
		f.Release()
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for i := range held {
			held[i], _ = p.Get()
			held[i].Retain()
		}
		for _, f := range held {
			f.Release()
			f.Release()
		}
	}))
}

func BenchmarkGetRelease(b *testing.B) {
	p := hostPool(b, NV12, 1920, 1080, nil)
	b.ReportAllocs()
	for b.Loop() {
		f, _ := p.Get()
		f.Release()
	}
}
