package cuda

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// The tests of this file run on a driver, real or simulated.

func onDriver(t *testing.T) *Context {
	testutils.Driver(t)
	testutils.LeakCheck(t)
	require.NoError(t, Load())
	c, err := Primary(0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func TestDevice(t *testing.T) {
	testutils.Driver(t)
	v, err := DriverVersion()
	require.NoError(t, err)
	require.GreaterOrEqual(t, v, 11000)
	require.NotEmpty(t, LibraryName())
	devices, err := Devices()
	require.NoError(t, err)
	require.NotEmpty(t, devices)
	for _, d := range devices {
		name, err := d.Name()
		require.NoError(t, err)
		require.NotEmpty(t, name)
		bus, err := d.PCIBusID()
		require.NoError(t, err)
		require.Regexp(t, regexp.MustCompile(`^[0-9A-Fa-f]+:[0-9A-Fa-f]+:[0-9A-Fa-f]+\.[0-7]$`), bus)
		id, err := d.UUID()
		require.NoError(t, err)
		require.Regexp(t, regexp.MustCompile(`^(GPU|MIG)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`), id)
		major, _, err := d.ComputeCapability()
		require.NoError(t, err)
		require.GreaterOrEqual(t, major, 5)
		mem, err := d.TotalMemory()
		require.NoError(t, err)
		require.Greater(t, mem, uint64(1)<<28)
		n, err := d.Attribute(MaxThreadsPerBlock)
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, 512)
	}
	_, err = Device(len(devices) + 7).Name()
	require.ErrorIs(t, err, ErrInvalidDevice)
	_, err = Primary(Device(len(devices) + 7))
	require.ErrorIs(t, err, ErrInvalidDevice)
}

func TestMemory(t *testing.T) {
	c := onDriver(t)
	free, total, err := c.MemInfo()
	require.NoError(t, err)
	require.LessOrEqual(t, free, total)
	const n = 1 << 16
	p, err := c.Alloc(n)
	require.NoError(t, err)
	in := make([]byte, n)
	for i := range in {
		in[i] = byte(i * 7)
	}
	out := make([]byte, n)
	require.NoError(t, c.CopyHtoD(p, in))
	require.NoError(t, c.CopyDtoH(out, p))
	require.True(t, bytes.Equal(in, out))
	q, err := c.Alloc(n)
	require.NoError(t, err)
	require.NoError(t, c.CopyDtoD(q, p, n))
	require.NoError(t, c.Memset(q+5, 0xAB, 3))
	require.NoError(t, c.Synchronize())
	require.NoError(t, c.CopyDtoH(out, q))
	copy(in[5:], []byte{0xAB, 0xAB, 0xAB})
	require.True(t, bytes.Equal(in, out))

	info, err := Pointer(p + 100)
	require.NoError(t, err)
	require.Equal(t, MemoryDevice, info.Type)
	require.Equal(t, p, info.Base)
	require.GreaterOrEqual(t, info.Size, n)
	require.Equal(t, c.Handle(), info.Context)
	require.Equal(t, c.Device(), info.Device)
	info, err = Pointer(0x10)
	require.NoError(t, err)
	require.Equal(t, MemoryUnknown, info.Type)

	require.NoError(t, c.Free(p))
	require.NoError(t, c.Free(q))
	require.NoError(t, c.Free(0))
	_, err = c.Alloc(1 << 50)
	require.ErrorIs(t, err, ErrOutOfMemory)
	require.ErrorContains(t, err, "fewer frames")
}

func TestCopies2D(t *testing.T) {
	c := onDriver(t)
	s, err := c.NewStream(StreamNonBlocking)
	require.NoError(t, err)
	defer s.Close()
	p, pitch, err := c.AllocPitch(100, 10, 16)
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Free(p)) }()
	require.GreaterOrEqual(t, pitch, 100)
	h, err := c.AllocHost(100 * 10)
	require.NoError(t, err)
	defer h.Close()
	in := h.Bytes()
	for i := range in {
		in[i] = byte(i)
	}
	require.NoError(t, s.Copy2D(&Copy2D{SrcHost: in, Dst: p, DstPitch: pitch, WidthBytes: 100, Height: 10}))
	// A part of it, to pageable memory with another pitch.
	out := make([]byte, 64*3)
	require.NoError(t, s.Copy2D(&Copy2D{Src: p + DevicePtr(2*pitch+7), SrcPitch: pitch, DstHost: out, DstPitch: 64, WidthBytes: 50, Height: 3}))
	require.NoError(t, s.Synchronize())
	for y := range 3 {
		require.Equal(t, in[(y+2)*100+7:(y+2)*100+57], out[y*64:y*64+50])
	}
	clear(out)
	require.NoError(t, c.Copy2D(&Copy2D{Src: p, SrcPitch: pitch, DstHost: out, WidthBytes: 64, Height: 3}))
	require.Equal(t, in[200:264], out[128:192])
	info, err := Pointer(DevicePtr(h.part.handle))
	require.NoError(t, err)
	require.Equal(t, MemoryHost, info.Type)
}

func TestArray(t *testing.T) {
	c := onDriver(t)
	s, err := c.NewStream(StreamNonBlocking)
	require.NoError(t, err)
	defer s.Close()
	a, err := c.NewArray(50, 10, ArrayUint8, 2)
	require.NoError(t, err)
	require.NotZero(t, a.Handle())
	in := make([]byte, 128*10)
	for i := range in {
		in[i] = byte(i % 251)
	}
	require.NoError(t, s.Copy2D(&Copy2D{SrcHost: in, SrcPitch: 128, DstArray: a, WidthBytes: 100, Height: 10}))
	p, err := c.Alloc(100 * 10)
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Free(p)) }()
	require.NoError(t, s.Copy2D(&Copy2D{SrcArray: a, Dst: p, WidthBytes: 100, Height: 10}))
	out := make([]byte, 100*10)
	require.NoError(t, s.CopyDtoH(out, p))
	require.NoError(t, s.Synchronize())
	for y := range 10 {
		require.Equal(t, in[y*128:][:100], out[y*100:][:100])
	}
	require.ErrorIs(t, c.Copy2D(&Copy2D{SrcHost: in, SrcPitch: 101, DstArray: a, WidthBytes: 101, Height: 10}), ErrInvalidValue, "wider than the array")
	require.ErrorIs(t, c.Copy2D(&Copy2D{SrcHost: in, DstArray: a, WidthBytes: 100, Height: 11}), ErrInvalidValue, "higher")
	require.NoError(t, a.Close())
	require.NoError(t, a.Close())
	require.ErrorIs(t, s.Copy2D(&Copy2D{SrcHost: in, DstArray: a, WidthBytes: 1, Height: 1}), os.ErrClosed)
	for _, bad := range [][3]int{{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {1, 1, 3}} {
		_, err := c.NewArray(bad[0], bad[1], ArrayUint16, bad[2])
		require.ErrorIs(t, err, ErrInvalidValue, "%v", bad)
	}
}

func TestStreamsAndEvents(t *testing.T) {
	c := onDriver(t)
	s, err := c.NewStream(StreamNonBlocking)
	require.NoError(t, err)
	defer s.Close()
	s2, err := c.NewStream(StreamNonBlocking)
	require.NoError(t, err)
	defer s2.Close()
	require.Same(t, c, s.Context())
	e, err := c.NewEvent()
	require.NoError(t, err)
	defer e.Close()
	done, err := e.Query()
	require.NoError(t, err)
	require.True(t, done, "never recorded")
	p, err := s.AllocAsync(1 << 20)
	require.NoError(t, err)
	require.NoError(t, s.Memset(p, 9, 1<<20))
	require.NoError(t, e.Record(s))
	require.NoError(t, s2.WaitEvent(e))
	q, err := s2.AllocAsync(1 << 20)
	require.NoError(t, err)
	require.NoError(t, s2.CopyDtoD(q, p, 1<<20))
	out := make([]byte, 1<<20)
	require.NoError(t, s2.CopyDtoH(out, q))
	require.NoError(t, s2.Synchronize())
	require.Equal(t, bytes.Repeat([]byte{9}, 1<<20), out)
	require.NoError(t, e.Synchronize())
	done, err = e.Query()
	require.NoError(t, err)
	require.True(t, done)
	require.NoError(t, s2.FreeAsync(q))
	require.NoError(t, s.FreeAsync(p))
	require.NoError(t, s.CopyHtoD(0, nil))
	require.NoError(t, c.Synchronize())
	done, err = s.Query()
	require.NoError(t, err)
	require.True(t, done)
	require.NoError(t, c.TrimPool(0))

	a, err := c.NewTimingEvent()
	require.NoError(t, err)
	defer a.Close()
	b, err := c.NewTimingEvent()
	require.NoError(t, err)
	defer b.Close()
	require.NoError(t, a.Record(s))
	require.NoError(t, b.Record(s))
	require.NoError(t, b.Synchronize())
	d, err := a.Elapsed(b)
	require.NoError(t, err)
	require.Less(t, d, time.Second)
	require.GreaterOrEqual(t, d, time.Duration(0))

	l := WrapStream(c, LegacyStream)
	require.NoError(t, e.Record(l))
	require.NoError(t, l.Synchronize())
	require.NoError(t, l.Close())
	require.NoError(t, e.Record(nil))
}

func TestContexts(t *testing.T) {
	c := onDriver(t)
	own, err := NewContext(c.Device(), ScheduleAuto)
	require.NoError(t, err)
	require.NotEqual(t, c.Handle(), own.Handle())
	require.False(t, own.IsPrimary())
	w, err := WrapContext(own.Handle())
	require.NoError(t, err)
	require.Equal(t, c.Device(), w.Device())
	p, err := w.Alloc(100)
	require.NoError(t, err)
	require.NoError(t, w.Free(p))
	require.NoError(t, w.Close())
	// Nested, in other contexts, on many goroutines at once.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				err := c.Do(func() error {
					return own.Do(func() error {
						p, err := c.Alloc(64)
						return errors.Join(err, c.Free(p))
					})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, own.Close())
	_, err = own.Alloc(1)
	require.ErrorIs(t, err, os.ErrClosed)
}

func TestModuleOnDriver(t *testing.T) {
	c := onDriver(t)
	_, err := c.LoadModule([]byte("this is no PTX"))
	require.Error(t, err)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "cuModuleLoadDataEx", e.Func)
	if os.Getenv(testutils.SimEnv) == "" {
		m, err := c.LoadModule([]byte(addPTX))
		require.NoError(t, err)
		defer m.Close()
		f, err := m.Function("add")
		require.NoError(t, err)
		_, err = m.Function("absent")
		require.ErrorIs(t, err, ErrNotFound)
		s, err := c.NewStream(StreamNonBlocking)
		require.NoError(t, err)
		defer s.Close()
		p, err := c.Alloc(4 * 64)
		require.NoError(t, err)
		defer func() { require.NoError(t, c.Free(p)) }()
		args := NewArgs()
		require.NoError(t, f.Launch(Dim3{X: 2}, Dim3{X: 32}, 0, s, args.Reset().Ptr(p).Int32(1000)))
		out := make([]byte, 4*64)
		require.NoError(t, s.CopyDtoH(out, p))
		require.NoError(t, s.Synchronize())
		for i := range 64 {
			require.Equal(t, uint32(1000+i), uint32(out[4*i])|uint32(out[4*i+1])<<8)
		}
		_, err = c.LoadModule([]byte(".version 6.0\n.target sm_50\n.address_size 64\n.visible .entry k() { nonsense; }\n"))
		require.ErrorContains(t, err, "line", "the compiler's own words")
	}
}

// addPTX stores index + n at p[index].
const addPTX = `.version 6.0
.target sm_50
.address_size 64
.visible .entry add(.param .u64 p, .param .u32 n)
{
	.reg .b32 %r<5>;
	.reg .b64 %d<4>;
	ld.param.u64 %d1, [p];
	ld.param.u32 %r1, [n];
	cvta.to.global.u64 %d1, %d1;
	mov.u32 %r2, %ctaid.x;
	mov.u32 %r3, %tid.x;
	mad.lo.s32 %r2, %r2, 32, %r3;
	mul.wide.s32 %d2, %r2, 4;
	add.s64 %d1, %d1, %d2;
	add.s32 %r4, %r1, %r2;
	st.global.u32 [%d1], %r4;
	ret;
}
`
