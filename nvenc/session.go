package nvenc

import (
	"errors"
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveSessions = live.NewKind("nvenc.Session")

// Handles of a session's objects. They are C's.
type (
	InputPtr      uintptr // an input picture, or a mapped resource
	OutputPtr     uintptr // a bitstream buffer, or a mapped resource for output
	RegisteredPtr uintptr // a registered resource
)

// InfiniteGOPLength makes a stream with one key frame, the first. Source:
// NVENC_INFINITE_GOPLENGTH, nvEncodeAPI.h.
const InfiniteGOPLength = 0xffffffff

// A Session codes one stream.
//
// The caller has the session's context current for all methods. One goroutine at a
// time may use it, except that LockBitstream and UnlockBitstream may run beside
// another method. The methods that are called for every picture do not allocate when
// they succeed.
type Session struct {
	fn     *functionList
	api    API
	handle uintptr
	closed atomic.Bool

	in, out block // out is LockBitstream's and UnlockBitstream's
	codec   GUID  // since Initialize
	setup   *setup
	streams [2]uintptr // NvEncSetIOCudaStreams keeps the addresses
	objects objects
}

// A block is what one call at a time needs: its arguments, a struct in C's form, and
// the caller's struct, so that it and what its pointers lead to outlive the call.
type block struct {
	call  *abi.Call
	keep  unsafe.Pointer
	image [421]uint64 // NV_ENC_PIC_PARAMS is the largest
	word  [2]uint64   // where C writes what it answers
}

func (b *block) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&b.image)), unsafe.Sizeof(b.image))
}

// OpenSession opens a session on the device of ctx, which is current, in the newest
// version of the API that driver and package have in common, or in that of
// NVCODEC_NVENC_API.
//
// A GPU without an encoder answers ErrUnsupportedDevice or ErrNoEncodeDevice. On GPUs
// of the GeForce series, ErrOutOfMemory may mean that as many sessions as the driver
// allows are open.
//
// Source: NvEncOpenEncodeSessionEx.
func OpenSession(ctx *cuda.Context) (*Session, error) {
	l, err := need()
	if err != nil {
		return nil, err
	}
	list, err := candidates(l.newest)
	if err != nil {
		return nil, err
	}
	var first error
	for _, a := range list {
		s, err := l.openSession(ctx, a)
		if err == nil {
			return s, nil
		}
		if first == nil {
			first = err
		}
		if !errors.Is(err, ErrInvalidVersion) {
			return nil, err
		}
	}
	return nil, first
}

// OpenSessionAPI is OpenSession in the version a, one of APIs.
func OpenSessionAPI(ctx *cuda.Context, a API) (*Session, error) {
	l, err := need()
	if err != nil {
		return nil, err
	}
	if a.index() < 0 {
		return nil, &Error{Func: "NvEncOpenEncodeSessionEx", Status: ErrInvalidVersion, Detail: "this package does not talk API " + a.String()}
	}
	return l.openSession(ctx, a)
}

func (l *library) openSession(ctx *cuda.Context, a API) (*Session, error) {
	fn, err := l.functions(a)
	if err != nil {
		return nil, err
	}
	s := &Session{fn: fn, api: a}
	s.in.call, s.out.call = abi.NewCall(), abi.NewCall()
	p := &openEncodeSessionExParams{
		version: a.version(idOpenSession), DeviceType: DeviceTypeCUDA, Device: ctx.Handle(), APIVersion: a.word(),
	}
	s.in.word[0] = 0
	st := Status(s.in.call.Begin().Ptr(unsafe.Pointer(p)).Ptr(unsafe.Pointer(&s.in.word[0])).Do32(fn.nvEncOpenEncodeSessionEx))
	s.handle = uintptr(s.in.word[0])
	if st != Success {
		err := s.error("NvEncOpenEncodeSessionEx", st)
		if s.handle != 0 { // the header asks for it, even then
			s.in.call.Begin().Int(s.handle).Do32(fn.nvEncDestroyEncoder)
		}
		switch st {
		case ErrInvalidVersion:
			err.(*Error).Detail = "the driver does not talk API " + a.String()
		case ErrNoEncodeDevice, ErrUnsupportedDevice:
			err.(*Error).Detail = noNVENC
		}
		return nil, err
	}
	liveSessions.Add()
	return s, nil
}

// API is the version that the session talks.
func (s *Session) API() API { return s.api }

// Close ends the session, with what is still open in it. Coded pictures that were not
// taken are lost. No other call may be inside.
//
// Source: NvEncDestroyEncoder.
func (s *Session) Close() error {
	if s == nil || s.closed.Swap(true) {
		return nil
	}
	liveSessions.Done()
	s.objects.forget()
	st := Status(s.in.call.Begin().Int(s.handle).Do32(s.fn.nvEncDestroyEncoder))
	if st != Success {
		return &Error{Func: "NvEncDestroyEncoder", Status: st} // there is nobody left to ask for words
	}
	return nil
}

// LastErrorString is what the driver says about the last failure; often empty.
//
// Source: NvEncGetLastErrorString.
func (s *Session) LastErrorString() string {
	if s.closed.Load() || s.fn.nvEncGetLastErrorString == 0 {
		return ""
	}
	return abi.GoString(s.in.call.Begin().Int(s.handle).Do(s.fn.nvEncGetLastErrorString))
}

// error makes the error of a call, and nil of Success.
func (s *Session) error(name string, st Status) error {
	return s.errorOf(&s.in, name, st)
}

func (s *Session) errorOf(b *block, name string, st Status) error {
	if st == Success {
		return nil
	}
	e := &Error{Func: name, Status: st}
	if s.handle != 0 && s.fn.nvEncGetLastErrorString != 0 {
		if t := abi.GoString(b.call.Begin().Int(s.handle).Do(s.fn.nvEncGetLastErrorString)); t != "" {
			e.Detail = t
		}
	}
	return e
}

// callStruct makes a call that takes the session and a struct, and reads the struct
// back if it holds an answer.
func callStruct[T any](s *Session, b *block, id structID, p *T, name string, fn uintptr, answer bool) error {
	if s.closed.Load() {
		return closed("session")
	}
	st := rawStruct(s, b, id, p, fn, answer)
	return s.errorOf(b, name, st)
}

func rawStruct[T any](s *Session, b *block, id structID, p *T, fn uintptr, answer bool) Status {
	b.keep = unsafe.Pointer(p)
	s.api.pack(id, b.bytes(), bytesOf(p))
	st := Status(b.call.Begin().Int(s.handle).Ptr(unsafe.Pointer(&b.image)).Do32(fn))
	if answer && st == Success {
		s.api.unpack(id, bytesOf(p), b.bytes())
	}
	b.keep = nil
	return st
}

// callHandle makes a call that takes the session and a handle.
func (s *Session) callHandle(b *block, name string, fn, handle uintptr) error {
	if s.closed.Load() {
		return closed("session")
	}
	return s.errorOf(b, name, Status(b.call.Begin().Int(s.handle).Int(handle).Do32(fn)))
}
