package avformat

import (
	"errors"
	"io"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

// A stream is what FFmpeg reads or writes through an AVIOContext: a user's reader or
// writer behind a worker. All its fields are used inside callbacks, under the lock
// of the session that made the C call, and by that session between calls.
type stream struct {
	w        *worker
	handle   abi.Handle
	pb       uintptr // AVIOContext
	seekable bool
	call     abi.Call

	left    []byte // of w.buf: read, but not handed to C yet
	next    error  // came together with the last bytes, due at the next read
	err     error  // why reading or writing stopped; io.EOF is not kept here
	seekErr error  // of the last seek
	ended   bool   // the reader said io.EOF
}

var streams abi.Table[stream]

var liveIO = live.NewKind("avformat.AVIOContext")

// Flags in the whence argument of AVIO's seek.
const (
	avseekSize  = 0x10000
	avseekForce = 0x20000
)

var (
	readCallback = sync.OnceValue(func() uintptr {
		return abi.NewCallback(abi.Handler{Args: 3, Fail: int64(ErrIO), Call: onRead, Panic: onIOPanic})
	})
	writeCallback = sync.OnceValue(func() uintptr {
		return abi.NewCallback(abi.Handler{Args: 3, Fail: int64(ErrIO), Call: onWrite, Panic: onIOPanic})
	})
	seekCallback = sync.OnceValue(func() uintptr {
		return abi.NewCallback(abi.Handler{Args: 3, Fail: int64(ErrIO), Call: onSeek, Panic: onIOPanic})
	})
)

// onIOPanic is for our own mistakes; the user's code runs in the worker.
func onIOPanic(c *abi.Callback, v any) {
	if s := streams.Get(c.Handle(0)); s != nil {
		s.err = &PanicError{Value: v}
	}
}

// newStream makes the AVIOContext over rw, an io.Reader, or an io.Writer if write is
// set. It is seekable when rw has a Seek that works; a pipe has one that does not.
func newStream(rw any, write bool, intr *interrupt) (*stream, error) {
	s := &stream{}
	seeker, _ := rw.(io.Seeker)
	s.w = newWorker(rw, seeker, intr)
	if seeker != nil {
		r, ok := s.w.request(request{op: opSeek, whence: io.SeekCurrent})
		switch {
		case !ok:
			s.close()
			return nil, ErrInterrupted
		case s.w.dead:
			s.close()
			return nil, r.err
		case r.err != nil:
			seeker = nil
		}
	}
	buf := call1(ff.fn.avMalloc, streamBuffer)
	if buf == 0 {
		s.close()
		return nil, noMemory("av_malloc")
	}
	s.handle = streams.Put(s)
	s.call.Begin().Int(buf).Int(streamBuffer)
	if write {
		s.call.Int(1).Int(uintptr(s.handle)).Int(0).Int(writeCallback())
	} else {
		s.call.Int(0).Int(uintptr(s.handle)).Int(readCallback()).Int(0)
	}
	if s.seekable = seeker != nil; s.seekable {
		s.call.Int(seekCallback())
	} else {
		s.call.Int(0)
	}
	s.pb = s.call.Do(ff.fn.avioAllocContext)
	if s.pb == 0 {
		call1(ff.fn.avFree, buf)
		s.close()
		return nil, noMemory("avio_alloc_context")
	}
	liveIO.Add()
	return s, nil
}

// close frees the AVIOContext and lets go of the user's object. The format context
// that used it is gone already.
func (s *stream) close() {
	if s.pb != 0 {
		// FFmpeg may have replaced the buffer while probing, so the one that is
		// there now is freed, not the one that was given.
		call1(ff.fn.avFree, getPtr(s.pb, ff.off.ioContext.buffer))
		setPtr(s.pb, ff.off.ioContext.buffer, 0)
		free(ff.fn.avioContextFree, s.pb)
		s.pb = 0
		liveIO.Done()
	}
	if s.handle != 0 {
		streams.Delete(s.handle)
		s.handle = 0
	}
	s.w.stop()
}

// onRead is int read_packet(void *opaque, uint8_t *buf, int size).
func onRead(c *abi.Callback) {
	s := streams.Get(c.Handle(0))
	if s == nil {
		c.Return(int64(ErrIO))
		return
	}
	n := int(c.Int32(2))
	if n <= 0 {
		c.Return(int64(ErrInvalid))
		return
	}
	got, code := s.read(unsafe.Slice((*byte)(c.Ptr(1)), n))
	if code != 0 {
		c.Return(int64(code))
		return
	}
	c.Return(int64(got))
}

// read fills dst with some bytes, or says why there are none. It returns EOF at the
// end, never 0, which FFmpeg would take for "try again" for ever.
func (s *stream) read(dst []byte) (int, Code) {
	if s.w.intr.isRaised() {
		return 0, ErrExit
	}
	if code := s.settle(); code != 0 {
		return 0, code
	}
	if len(s.left) == 0 {
		switch {
		case s.err != nil:
			return 0, ErrIO
		case s.ended:
			return 0, ErrEOF
		case s.next != nil:
			return 0, s.stop(s.next)
		}
		res, ok := s.w.request(request{op: opRead, n: min(len(dst), len(s.w.buf))})
		if !ok {
			return 0, ErrExit
		}
		if code := s.took(res); code != 0 {
			return 0, code
		}
	}
	n := copy(dst, s.left)
	s.left = s.left[n:]
	return n, 0
}

// settle takes the answer to a read or seek that an interrupt had left under way.
func (s *stream) settle() Code {
	if !s.w.pending {
		return 0
	}
	op := s.w.req.op
	res, ok := s.w.settle()
	if !ok {
		return ErrExit
	}
	switch {
	case op == opRead:
		return s.took(res)
	case op == opWrite && res.err != nil:
		s.err = res.err
		return ErrIO
	}
	return 0
}

// took stores the result of a read.
func (s *stream) took(res response) Code {
	s.left = s.w.buf[:res.n]
	if res.n == 0 {
		return s.stop(res.err)
	}
	s.next = res.err
	return 0
}

func (s *stream) stop(err error) Code {
	s.next = nil
	if err == io.EOF {
		s.ended = true
		return ErrEOF
	}
	s.err = err
	return ErrIO
}

// onWrite is int write_packet(void *opaque, uint8_t *buf, int size).
func onWrite(c *abi.Callback) {
	s := streams.Get(c.Handle(0))
	if s == nil {
		c.Return(int64(ErrIO))
		return
	}
	src := unsafe.Slice((*byte)(c.Ptr(1)), int(max(c.Int32(2), 0)))
	if code := s.write(src); code != 0 {
		c.Return(int64(code))
		return
	}
	c.Return(int64(len(src)))
}

func (s *stream) write(src []byte) Code {
	if s.err != nil {
		return ErrIO
	}
	for len(src) > 0 {
		if s.w.intr.isRaised() {
			return ErrExit
		}
		if code := s.settle(); code != 0 {
			return code
		}
		n := copy(s.w.buf, src)
		res, ok := s.w.request(request{op: opWrite, n: n})
		switch {
		case !ok:
			return ErrExit
		case res.err != nil:
			s.err = res.err
			return ErrIO
		}
		src = src[n:]
	}
	return 0
}

// onSeek is int64_t seek(void *opaque, int64_t offset, int whence).
func onSeek(c *abi.Callback) {
	s := streams.Get(c.Handle(0))
	if s == nil {
		c.Return(int64(ErrIO))
		return
	}
	pos, code := s.seek(c.Int64(1), int(c.Int32(2)))
	if code != 0 {
		c.Return(int64(code))
		return
	}
	c.Return(pos)
}

func (s *stream) seek(offset int64, whence int) (int64, Code) {
	if s.w.intr.isRaised() {
		return 0, ErrExit
	}
	if code := s.settle(); code == ErrExit {
		return 0, code
	}
	if whence&avseekSize != 0 {
		return s.size()
	}
	whence &^= avseekForce
	if whence < io.SeekStart || whence > io.SeekEnd {
		return 0, ErrInvalid
	}
	if whence == io.SeekCurrent {
		offset -= int64(len(s.left)) // the reader is that much ahead of C
	}
	res, ok := s.w.request(request{op: opSeek, offset: offset, whence: whence})
	switch {
	case !ok:
		return 0, ErrExit
	case res.err != nil:
		s.seekErr = res.err
		if s.w.dead {
			s.err = res.err
		}
		return 0, ErrIO
	}
	// A seek makes a new start: an error before it may not concern what follows.
	s.left, s.next, s.err, s.seekErr, s.ended = nil, nil, nil, nil, false
	return res.pos, 0
}

// size asks the seeker where the end is, and goes back.
func (s *stream) size() (int64, Code) {
	var pos [3]int64
	for i, r := range []request{
		{op: opSeek, whence: io.SeekCurrent}, {op: opSeek, whence: io.SeekEnd}, {op: opSeek, whence: io.SeekStart},
	} {
		if i == 2 {
			r.offset = pos[0]
		}
		res, ok := s.w.request(r)
		switch {
		case !ok:
			s.err = ErrInterrupted // the position is lost
			return 0, ErrExit
		case res.err != nil && i < 2 && !s.w.dead:
			return 0, ErrNotImplemented
		case res.err != nil:
			s.err = res.err
			return 0, ErrIO
		}
		pos[i] = res.pos
	}
	return pos[1], 0
}

// cause is the user's error behind a failed C call, nil if it has none. At the end
// of the data only errors of reading count: a demuxer that meets one goes on with
// what it has and reports the end.
func (s *stream) cause(code Code) error {
	switch {
	case s == nil:
		return nil
	case s.err != nil:
		return s.err
	case code != ErrEOF && s.seekErr != nil && !errors.Is(s.seekErr, io.EOF):
		return s.seekErr
	}
	return nil
}
