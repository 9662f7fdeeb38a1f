package cuda

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/layout"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

func TestResults(t *testing.T) {
	constants := map[string]int64{}
	for r, name := range resultNames {
		constants[name] = int64(r)
	}
	// What 13.0 added is not in the golden of 12.6.
	for _, name := range []string{"CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER", "CUDA_ERROR_KEY_ROTATION", "CUDA_ERROR_CONTAINED", "CUDA_ERROR_TENSOR_MEMORY_LEAK"} {
		require.Contains(t, constants, name)
		delete(constants, name)
	}
	layout.CheckEnum(t, "cuda", "CUresult", constants)
	formats := map[string]int64{
		"CU_AD_FORMAT_UNSIGNED_INT8": int64(ArrayUint8), "CU_AD_FORMAT_UNSIGNED_INT16": int64(ArrayUint16), "CU_AD_FORMAT_UNSIGNED_INT32": int64(ArrayUint32),
		"CU_AD_FORMAT_SIGNED_INT8": int64(ArrayInt8), "CU_AD_FORMAT_SIGNED_INT16": int64(ArrayInt16), "CU_AD_FORMAT_SIGNED_INT32": int64(ArrayInt32),
		"CU_AD_FORMAT_HALF": int64(ArrayFloat16), "CU_AD_FORMAT_FLOAT": int64(ArrayFloat32),
	}
	g, err := layout.Load("cuda", "linux", "amd64")
	require.NoError(t, err)
	var others []string // of textures
	for name := range g.Enums["CUarray_format"].Values {
		if _, ok := formats[name]; !ok {
			others = append(others, name)
		}
	}
	layout.CheckEnum(t, "cuda", "CUarray_format", formats, others...)
	require.Equal(t, "Result(12345)", Result(12345).Name())
}

func TestError(t *testing.T) {
	old := api.Swap(nil)
	defer api.Store(old)
	err := NewError("cuMemAlloc", ErrOutOfMemory)
	require.ErrorIs(t, err, ErrOutOfMemory)
	require.NotErrorIs(t, err, ErrInvalidValue)
	require.EqualError(t, err, "cuMemAlloc: out of memory (CUDA_ERROR_OUT_OF_MEMORY, 2): "+remedies[ErrOutOfMemory])
	require.NoError(t, NewError("cuInit", Success))
	require.ErrorIs(t, NewError("cuvidCreateDecoder", ErrNotSupported), errors.ErrUnsupported)
	require.NotErrorIs(t, NewError("cuInit", ErrNoDevice), ErrLibrary)
	require.Contains(t, NewError("cuInit", ErrSystemDriverMismatch).Error(), "reboot")
	require.True(t, Lost(NewError("x", ErrIllegalAddress)))
	require.False(t, Lost(err))
	require.False(t, Lost(os.ErrClosed))
}

func TestErrorTextOfDriver(t *testing.T) {
	newFake(t)
	require.Equal(t, "out of memory!", ErrOutOfMemory.Error())
	require.Equal(t, "no device", ErrNoDevice.Error(), "the driver does not know it")
}

func TestPrimaryOutlivesClose(t *testing.T) {
	f := newFake(t)
	c, err := Primary(0)
	require.NoError(t, err)
	require.Equal(t, uintptr(0xC0), c.Handle())
	require.True(t, c.IsPrimary())
	s, err := c.NewStream(StreamNonBlocking)
	require.NoError(t, err)
	e, err := c.NewEvent()
	require.NoError(t, err)
	f.names()
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	require.Empty(t, f.names(), "the stream still needs the context")
	require.ErrorIs(t, c.Enter(), os.ErrClosed)
	require.NoError(t, e.Record(s))
	require.NoError(t, e.Close())
	f.names()
	require.NoError(t, s.Close())
	require.Equal(t, []string{"push", "end", "pop", "release"}, f.names())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Synchronize(), os.ErrClosed)
	require.ErrorIs(t, e.Record(s), os.ErrClosed)
	require.NoError(t, (*Context)(nil).Close())
	require.NoError(t, (*Stream)(nil).Close())
	require.NoError(t, (*Event)(nil).Close())
	require.NoError(t, (*Module)(nil).Close())
	require.NoError(t, (*HostBuffer)(nil).Close())
}

func TestOwnAndBorrowedContext(t *testing.T) {
	f := newFake(t)
	c, err := NewContext(1, ScheduleBlockingSync)
	require.NoError(t, err)
	require.Equal(t, []string{"create", "pop"}, f.names(), "it must not stay current")
	d, err := c.Clone()
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.Empty(t, f.names())
	require.NoError(t, d.Close())
	require.Equal(t, []string{"destroy"}, f.names())
	_, err = d.Clone()
	require.ErrorIs(t, err, os.ErrClosed)

	w, err := WrapContext(0xAB)
	require.NoError(t, err)
	require.Equal(t, Device(3), w.Device())
	f.names()
	require.NoError(t, w.Close())
	require.Empty(t, f.names(), "a borrowed context is the lender's")
	_, err = WrapContext(0)
	require.ErrorIs(t, err, ErrInvalidContext)
	f.fail["push"] = ErrInvalidContext
	_, err = WrapContext(0xBAD)
	require.ErrorIs(t, err, ErrInvalidContext)
}

// A context that is closed while a call is inside ends after that call.
func TestCloseInside(t *testing.T) {
	f := newFake(t)
	c, err := Primary(0)
	require.NoError(t, err)
	require.NoError(t, c.Enter())
	require.NoError(t, c.Enter(), "nests")
	require.NoError(t, c.Close())
	f.names()
	c.Exit()
	require.Equal(t, []string{"pop"}, f.names())
	c.Exit()
	require.Equal(t, []string{"pop", "release"}, f.names())
}

func TestCloseRaces(t *testing.T) {
	f := newFake(t)
	f.quiet = true
	for range 200 {
		c, err := Primary(0)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 10 {
					if err := c.Enter(); err != nil {
						if !errors.Is(err, os.ErrClosed) {
							t.Error(err)
						}
						return
					}
					c.Exit()
				}
			})
		}
		wg.Go(func() { c.Close() })
		wg.Wait()
	}
}

func TestQuery(t *testing.T) {
	f := newFake(t)
	c, err := Primary(0)
	require.NoError(t, err)
	defer c.Close()
	e, err := c.NewEvent()
	require.NoError(t, err)
	defer e.Close()
	done, err := e.Query()
	require.NoError(t, err)
	require.True(t, done)
	f.fail["query"] = ErrNotReady
	done, err = e.Query()
	require.NoError(t, err)
	require.False(t, done)
	f.fail["query"] = ErrIllegalAddress
	_, err = e.Query()
	require.ErrorIs(t, err, ErrIllegalAddress)
}

func TestCopy2D(t *testing.T) {
	f := newFake(t)
	c, err := Primary(0)
	require.NoError(t, err)
	defer c.Close()
	s, err := c.NewStream(StreamDefault)
	require.NoError(t, err)
	defer s.Close()
	host := make([]byte, 100+8)
	for _, bad := range []Copy2D{
		{Src: 1, DstHost: host, WidthBytes: 10, Height: 12},                                      // 120 bytes
		{Src: 1, DstHost: host, DstPitch: 100, WidthBytes: 9, Height: 2},                         // 109
		{SrcHost: host, Dst: 1, SrcPitch: 5, WidthBytes: 10, Height: 2},                          // pitch
		{SrcHost: host[:0], Dst: 1, WidthBytes: 1, Height: 1},                                    //
		{Src: 1, Dst: 1, WidthBytes: -1, Height: 1}, {Src: 1, Dst: 1, WidthBytes: 1, Height: -1}, // signs
	} {
		f.names()
		require.ErrorIs(t, s.Copy2D(&bad), ErrInvalidValue)
		require.NotContains(t, f.names(), "copy2d")
	}
	require.NoError(t, s.Copy2D(&Copy2D{Src: 0x55, SrcPitch: 512, DstHost: host, DstPitch: 100, WidthBytes: 8, Height: 2}))
	require.Equal(t, memcpy2D{
		SrcMemoryType: MemoryDevice, SrcDevice: 0x55, SrcPitch: 512,
		DstMemoryType: MemoryHost, DstHost: unsafe.Pointer(&host[0]), DstPitch: 100, WidthInBytes: 8, Height: 2,
	}, f.copy)
}

func TestModule(t *testing.T) {
	f := newFake(t)
	c, err := Primary(0)
	require.NoError(t, err)
	defer c.Close()
	m, err := c.LoadModule([]byte(".version 6.0"))
	require.NoError(t, err)
	fn, err := m.Function("k")
	require.NoError(t, err)
	require.Equal(t, "k", fn.Name())
	require.NoError(t, fn.Launch(Dim3{X: 3}, Dim3{X: 4}, 0, nil, NewArgs().Int32(1)))
	require.Equal(t, [4]uintptr{fn.handle, 3, 1, 1}, f.launch)
	require.NoError(t, m.Close())
	_, err = m.Function("k")
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, fn.Launch(Dim3{}, Dim3{}, 0, nil, NewArgs()), os.ErrClosed)
	f.fail["load"] = ErrUnsupportedPTXVersion
	_, err = c.LoadModule([]byte("x"))
	require.ErrorIs(t, err, ErrUnsupportedPTXVersion)
	require.Contains(t, err.Error(), "525")
}

// Without memory pools, stream-ordered memory is ordinary memory.
func TestPoolFallback(t *testing.T) {
	f := newFake(t)
	d := *api.Load()
	d.cuMemPoolCreate = 0
	api.Store(&d)
	for _, want := range []string{"new", "pool"} {
		c, err := Primary(0)
		require.NoError(t, err)
		s, err := c.NewStream(StreamDefault)
		require.NoError(t, err)
		f.names()
		p, err := s.AllocAsync(100)
		require.NoError(t, err)
		require.Contains(t, f.names(), want)
		require.NoError(t, s.FreeAsync(p))
		require.NoError(t, s.FreeAsync(0))
		require.NoError(t, s.Close())
		require.NoError(t, c.Close())
		full := fakeAPI
		api.Store(&full)
	}
}

func TestOptionalFunction(t *testing.T) {
	newFake(t)
	c, err := Primary(0)
	require.NoError(t, err)
	defer c.Close()
	e, err := c.NewTimingEvent()
	require.NoError(t, err)
	defer e.Close()
	_, err = e.Elapsed(e)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "cuEventElapsedTime")
}

func TestNoAllocations(t *testing.T) {
	f := newFake(t)
	f.quiet = true
	c, err := Primary(0)
	require.NoError(t, err)
	defer c.Close()
	s, err := c.NewStream(StreamDefault)
	require.NoError(t, err)
	defer s.Close()
	e, err := c.NewEvent()
	require.NoError(t, err)
	defer e.Close()
	m, err := c.LoadModule(nil)
	require.NoError(t, err)
	defer m.Close()
	fn, err := m.Function("k")
	require.NoError(t, err)
	args := NewArgs()
	host := make([]byte, 64)
	for name, run := range map[string]func() error{
		"Enter":     func() error { err := c.Enter(); c.Exit(); return err },
		"Record":    func() error { return e.Record(s) },
		"Query":     func() error { _, err := e.Query(); return err },
		"WaitEvent": func() error { return s.WaitEvent(e) },
		"Copy2D":    func() error { return s.Copy2D(&Copy2D{Src: 1, DstHost: host, WidthBytes: 8, Height: 8}) },
		"Launch": func() error {
			return fn.Launch(Dim3{X: 1}, Dim3{X: 1}, 0, s, args.Reset().Ptr(1).Int32(2).Float32(3))
		},
		"AllocAsync": func() error {
			p, err := s.AllocAsync(64)
			return errors.Join(err, s.FreeAsync(p))
		},
		"CopyDtoD": func() error { return s.CopyDtoD(1, 2, 3) },
	} {
		var err error
		if n := testing.AllocsPerRun(200, func() { err = run() }); n != 0 && !raceEnabled {
			t.Errorf("%s: %v allocations", name, n)
		}
		require.NoError(t, err, name)
	}
}

// A call is taken from wherever one is idle, and goes back where it belongs.
func TestCallsAreReused(t *testing.T) {
	c := borrow()
	c.giveBack()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { // its stack is elsewhere
			c := borrow()
			assert.Zero(t, c.word)
			assert.Nil(t, c.next)
			c.word[0] = 1
			c.giveBack()
		})
		wg.Wait()
	}
	n := 0
	for i := range idleCalls {
		for c := idleCalls[i].list; c != nil; c = c.next {
			assert.Same(t, &idleCalls[i], c.home)
			n++
		}
	}
	assert.Less(t, n, 50)
}

// What a program forgets is freed by the collector, the context last.
func TestForgotten(t *testing.T) {
	f := newFake(t)
	before := live.Snapshot()
	func() {
		c, err := Primary(0)
		require.NoError(t, err)
		_, err = c.NewStream(StreamDefault)
		require.NoError(t, err)
		_, err = c.AllocHost(16)
		require.NoError(t, err)
	}()
	f.names()
	require.Eventually(t, func() bool {
		runtime.GC()
		after := live.Snapshot()
		return after["cuda.Context"] == before["cuda.Context"] && after["cuda.Stream"] == before["cuda.Stream"] &&
			after["cuda.HostBuffer"] == before["cuda.HostBuffer"]
	}, 10*time.Second, 10*time.Millisecond)
	calls := f.names()
	require.Equal(t, "release", calls[len(calls)-1])
}

func TestMissingLibrary(t *testing.T) {
	old, done, lastErr := api.Swap(nil), load.done, load.err
	load.done = false
	t.Cleanup(func() { load.done, load.err = done, lastErr; api.Store(old) })
	t.Setenv("NVCODEC_LIBCUDA", t.TempDir())
	err := Load()
	require.ErrorIs(t, err, ErrLibrary)
	require.ErrorContains(t, err, "the NVIDIA driver (CUDA)")
	_, err = Devices()
	require.ErrorIs(t, err, ErrLibrary)
	_, err = Primary(0)
	require.ErrorIs(t, err, ErrLibrary)
	_, err = Pointer(1)
	require.ErrorIs(t, err, ErrLibrary)
	_, err = DriverVersion()
	require.ErrorIs(t, err, ErrLibrary)
}
