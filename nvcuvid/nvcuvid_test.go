package nvcuvid

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// recorder is a handler whose methods can be replaced.
type recorder struct {
	sequences, oppoints, decodes, displays int
	sei                                    []string
	nilDisplay                             bool
	timestamp                              int64
	decode                                 func(*PicParams) int32
}

func (r *recorder) Sequence(f *VideoFormat) int32 {
	r.sequences++
	return int32(f.MinNumDecodeSurfaces) + 4
}

func (r *recorder) Decode(p *PicParams) int32 {
	r.decodes++
	if r.decode != nil {
		return r.decode(p)
	}
	return 1
}

func (r *recorder) Display(d *ParserDispInfo) int32 {
	r.displays++
	if d == nil {
		r.nilDisplay = true
		return 1
	}
	r.timestamp = d.Timestamp
	return 1
}

func (r *recorder) OperatingPoint(*OperatingPointInfo) int32 {
	r.oppoints++
	return -1
}

func (r *recorder) SEI(i *SEIMessageInfo) int32 {
	if r.sei == nil {
		return 1
	}
	offset := 0
	for _, m := range i.Messages() {
		r.sei = append(r.sei, string(i.Data(offset, int(m.SEIMessageSize))))
		offset += int(m.SEIMessageSize)
	}
	return 1
}

func TestParser(t *testing.T) {
	testutils.LeakCheck(t)
	f := newFake(t)
	copy(f.payload[:], "abcde")
	f.format.MinNumDecodeSurfaces = 5
	f.notifyEOS = true
	r := &recorder{sei: []string{}}
	ext := &VideoFormatEx{}
	p, err := CreateParser(&ParserParams{CodecType: CodecHEVC, MaxNumDecodeSurfaces: 1, ExtVideoInfo: ext}, r)
	require.NoError(t, err)
	require.Equal(t, CodecHEVC, f.params.CodecType)
	require.NotNil(t, f.params.ExtVideoInfo)
	require.NotSame(t, ext, f.params.ExtVideoInfo, "the caller's is not kept")
	pkt := &SourceDataPacket{Timestamp: 42, Flags: 2}
	pkt.SetPayload([]byte{1, 2, 3})
	require.NoError(t, p.Parse(pkt))
	require.EqualValues(t, 3, f.packet.PayloadSize)
	require.Equal(t, [5]int32{9, -1, 1, 1, 1}, f.results)
	require.Equal(t, []string{"abc", "de"}, r.sei)
	require.EqualValues(t, 42, r.timestamp)
	require.True(t, r.nilDisplay)
	require.NoError(t, p.Close())
	require.NoError(t, p.Close())
	require.NoError(t, (*Parser)(nil).Close())
	require.ErrorIs(t, p.Parse(pkt), os.ErrClosed)

	// A late callback of a parser that is gone fails and touches nothing.
	before := *r
	f.run(pkt)
	require.Equal(t, [5]int32{0, -1, 0, 0, 0}, f.results)
	require.Equal(t, before.decodes, r.decodes)
}

func TestParserErrors(t *testing.T) {
	testutils.LeakCheck(t)
	f := newFake(t)
	_, err := CreateParser(&ParserParams{CodecType: NumCodecs}, &recorder{})
	require.ErrorIs(t, err, cuda.ErrInvalidSource)
	require.ErrorContains(t, err, "cuvidCreateVideoParser")

	p, err := CreateParser(&ParserParams{}, &recorder{})
	require.NoError(t, err)
	defer p.Close()
	f.parse = cuda.ErrUnknown
	require.ErrorIs(t, p.Parse(&SourceDataPacket{}), cuda.ErrUnknown)
}

func TestPanicInCallback(t *testing.T) {
	f := newFake(t)
	r := &recorder{}
	p, err := CreateParser(&ParserParams{}, r)
	require.NoError(t, err)
	defer p.Close()
	cause := errors.New("boom")
	r.decode = func(*PicParams) int32 { panic(cause) }
	err = p.Parse(&SourceDataPacket{})
	require.ErrorIs(t, err, cause)
	var pe *PanicError
	require.ErrorAs(t, err, &pe)
	require.Contains(t, string(pe.Stack), "TestPanicInCallback")
	require.Equal(t, int32(0), f.results[3])
	require.Equal(t, 0, r.displays, "nothing more is asked of a session that panicked")
	r.decode = nil
	require.NoError(t, p.Parse(&SourceDataPacket{}), "reported once")
	require.Equal(t, 1, r.displays)
	r.decode = func(*PicParams) int32 { var none []int32; return none[len(f.results)+1] } // a run-time panic
	require.ErrorContains(t, p.Parse(&SourceDataPacket{}), "index out of range")
}

func TestParseInsideCallback(t *testing.T) {
	newFake(t)
	r := &recorder{}
	p, err := CreateParser(&ParserParams{}, r)
	require.NoError(t, err)
	defer p.Close()
	var inner error
	r.decode = func(*PicParams) int32 { inner = p.Parse(&SourceDataPacket{}); return 1 }
	require.NoError(t, p.Parse(&SourceDataPacket{}))
	require.ErrorContains(t, inner, "inside a callback")
}

// A callback may grow the stack, which moves the caller's variables.
func TestStackGrowth(t *testing.T) {
	f := newFake(t)
	done := make(chan error)
	go func() {
		r := &recorder{}
		p, err := CreateParser(&ParserParams{}, r)
		if err != nil {
			done <- err
			return
		}
		r.decode = func(*PicParams) int32 { grow(200); runtime.GC(); return 1 }
		pkt := SourceDataPacket{Timestamp: 7}
		data := [3]byte{1, 2, 3}
		pkt.SetPayload(data[:])
		err = p.Parse(&pkt)
		if err == nil && (r.timestamp != 7 || pkt.PayloadSize != 3) {
			err = errors.New("the packet changed")
		}
		done <- errors.Join(err, p.Close())
	}()
	require.NoError(t, <-done)
	require.EqualValues(t, 1, f.results[3])
}

//go:noinline
func grow(n int) byte {
	var b [4096]byte
	if n == 0 {
		return b[0]
	}
	b[n%4096] = 1
	return grow(n-1) + b[0]
}

func TestDecoder(t *testing.T) {
	testutils.LeakCheck(t)
	f := newFake(t)
	d, err := CreateDecoder(&DecodeCreateInfo{Width: 64, Height: 48, NumDecodeSurfaces: 5, OutputFormat: SurfaceP016})
	require.NoError(t, err)
	require.EqualValues(t, 64, f.created.Width)
	require.Equal(t, SurfaceP016, f.created.OutputFormat)
	require.NoError(t, d.Decode(&PicParams{}))
	require.NoError(t, d.Reconfigure(&ReconfigureDecoderInfo{}))
	_, err = d.Status(1)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	f.status = DecodeErrorConcealed
	s, err := d.Status(1)
	require.NoError(t, err)
	require.Equal(t, DecodeErrorConcealed, s)
	ptr, pitch, err := d.Map(3, &ProcParams{})
	require.NoError(t, err)
	require.Equal(t, cuda.DevicePtr(0x7003), ptr)
	require.Equal(t, 512, pitch)
	require.NoError(t, d.Unmap(ptr))
	require.ErrorIs(t, d.Unmap(ptr), cuda.ErrNotMapped)

	// A failed map gives its slot back; one that finds the picture mapped does not.
	f.mapFail = cuda.ErrOutOfMemory
	f.unmapped = 0
	_, _, err = d.Map(3, &ProcParams{})
	require.ErrorIs(t, err, cuda.ErrOutOfMemory)
	require.Equal(t, 1, f.unmapped)
	f.mapFail = cuda.ErrAlreadyMapped
	_, _, err = d.Map(3, &ProcParams{})
	require.ErrorIs(t, err, cuda.ErrAlreadyMapped)
	require.Equal(t, 1, f.unmapped)

	f.mapFail = cuda.Success
	_, _, err = d.Map(4, &ProcParams{})
	require.NoError(t, err)
	require.NoError(t, d.Close(), "with a picture mapped")
	require.NoError(t, d.Close())
	require.NoError(t, (*Decoder)(nil).Close())
	require.ErrorIs(t, d.Decode(&PicParams{}), os.ErrClosed)
	_, _, err = d.Map(1, &ProcParams{})
	require.ErrorIs(t, err, os.ErrClosed)
}

func TestCaps(t *testing.T) {
	newFake(t)
	c, err := GetDecoderCaps(CodecH264, Chroma420, 8)
	require.NoError(t, err)
	require.EqualValues(t, 1, c.IsSupported)
	require.True(t, c.Supports(SurfaceNV12))
	require.False(t, c.Supports(SurfaceP016))
	require.False(t, c.Supports(-1))
	require.False(t, c.Supports(40))
	c, err = GetDecoderCaps(CodecH264, Chroma420, 10)
	require.NoError(t, err)
	require.EqualValues(t, 0, c.IsSupported)
}

func TestOptionalFunctions(t *testing.T) {
	newFake(t)
	l := *api.Load()
	l.cuvidGetDecodeStatus, l.cuvidCtxLockCreate = 0, 0
	api.Store(&l)
	d, err := CreateDecoder(&DecodeCreateInfo{})
	require.NoError(t, err)
	defer d.Close()
	_, err = d.Status(0)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "this driver does not have it; update it")
	_, err = CreateCtxLock(nil)
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

// Nothing is allocated for a packet with all its callbacks, nor for a picture.
func TestNoAllocations(t *testing.T) {
	newFake(t)
	r := &recorder{}
	p, err := CreateParser(&ParserParams{}, r)
	require.NoError(t, err)
	defer p.Close()
	d, err := CreateDecoder(&DecodeCreateInfo{})
	require.NoError(t, err)
	defer d.Close()
	data := []byte{1, 2, 3}
	run := func() error {
		pkt := SourceDataPacket{Timestamp: 1}
		pkt.SetPayload(data)
		return p.Parse(&pkt)
	}
	r.decode = func(p *PicParams) int32 {
		if d.Decode(p) != nil {
			return 0
		}
		ptr, _, err := d.Map(0, &ProcParams{ProgressiveFrame: 1})
		if err != nil || d.Unmap(ptr) != nil {
			return 0
		}
		return 1
	}
	if n := testing.AllocsPerRun(200, func() { err = run() }); n != 0 && !raceEnabled {
		t.Errorf("%v allocations for a packet", n)
	}
	require.NoError(t, err)
}

func TestManyParsers(t *testing.T) {
	f := newFake(t)
	_ = f
	var mu sync.Mutex // the fake is one
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				mu.Lock()
				r := &recorder{}
				p, err := CreateParser(&ParserParams{}, r)
				if err == nil {
					err = p.Parse(&SourceDataPacket{})
				}
				if err != nil || r.displays != 1 {
					t.Error(err, r.displays)
				}
				p.Close()
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestMissingLibrary(t *testing.T) {
	old, done, lastErr := api.Swap(nil), load.done, load.err
	load.done = false
	t.Cleanup(func() { load.done, load.err = done, lastErr; api.Store(old) })
	t.Setenv("NVCODEC_LIBNVCUVID", t.TempDir())
	err := Load()
	require.ErrorIs(t, err, ErrLibrary)
	require.ErrorContains(t, err, "the NVIDIA video decoder (NVDEC)")
	require.ErrorContains(t, err, "nvcuvid")
	_, err = CreateParser(&ParserParams{}, &recorder{})
	require.ErrorIs(t, err, ErrLibrary)
	_, err = CreateDecoder(&DecodeCreateInfo{})
	require.ErrorIs(t, err, ErrLibrary)
	_, err = GetDecoderCaps(CodecH264, Chroma420, 8)
	require.ErrorIs(t, err, ErrLibrary)
	require.Empty(t, LibraryName())
}
