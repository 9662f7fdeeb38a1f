package avformat

import (
	"context"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveInputs = live.NewKind("avformat.Input")

// An Input demuxes a container: an AVFormatContext open for reading. One goroutine
// may use it at a time; Close and Interrupt may come from any. Source: avformat.h.
type Input struct{ s *input }

// An input is what an Input owns. It is apart from it so that a forgotten Input is
// noticed by the collector while C and the callbacks still refer to this.
type input struct {
	mu      sync.Mutex // held while a C call is inside
	closed  atomic.Bool
	call    abi.Call
	ctx     holder                  // AVFormatContext
	src     *stream                 // a user's reader; nil when FFmpeg opens the file itself
	pb      holder                  // AVIOContext of a file that is opened before the container
	owned   atomic.Pointer[os.File] // a named pipe that src reads and that is ours
	intr    *interrupt
	streams atomic.Pointer[[]Stream]
	discard []Discard // what was asked for, by stream
	name    string    // for errors
	cleanup runtime.Cleanup
}

// Close frees everything. It interrupts a call that is under way in another
// goroutine and waits for it to leave C, but not for a blocked Read of the user's
// reader: that may return at any later time, and is not called again. Closing twice,
// or nil, is fine.
func (in *Input) Close() error {
	if in == nil || in.s == nil {
		return nil
	}
	in.s.cleanup.Stop()
	in.s.close()
	return nil
}

func (s *input) close() {
	s.closed.Store(true)
	s.intr.raise()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.p == 0 && s.src == nil && s.pb.p == 0 {
		return
	}
	if s.ctx.p != 0 {
		free(ff.fn.avformatCloseInput, s.ctx.p)
		s.ctx.p = 0
	}
	free(ff.fn.avioClosep, s.pb.p)
	s.pb.p = 0
	if s.src != nil {
		s.src.close()
		s.src = nil
	}
	if f := s.owned.Load(); f != nil {
		f.Close() // which also ends a blocked read
	}
	s.streams.Store(&[]Stream{}) // their parameters go when nobody else has them
	liveInputs.Done()
}

// Interrupt ends blocking I/O that is under way in another goroutine, and lets all
// later calls fail with ErrInterrupted until Resume. Packets that were read already
// are lost; Seek to a known place before reading on.
func (in *Input) Interrupt() { in.s.intr.raise() }

// Resume takes Interrupt back. If a Read of the user's reader is still under way, the
// next call waits for it.
func (in *Input) Resume() {
	s := in.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return
	}
	s.intr.lower()
	if pb := getPtr(s.ctx.p, ff.off.formatContext.pb); pb != 0 {
		// FFmpeg remembers the interrupt as an I/O error and stays at the end.
		setInt32(pb, ff.off.ioContext.error, 0)
		setInt32(pb, ff.off.ioContext.eofReached, 0)
	}
}

// fail explains a negative result. Whoever stopped the call has the last word: a
// Close, an interrupt, the user's reader; FFmpeg may report either in any way.
func (s *input) fail(fn string, r int32) error {
	code := Code(r)
	switch {
	case s.closed.Load():
		return &Error{Func: fn, Code: ErrExit, Detail: s.name, Err: ErrClosed}
	case s.intr.isRaised():
		return &Error{Func: fn, Code: ErrExit, Detail: s.name, Err: ErrInterrupted}
	}
	if err := s.src.cause(code); err != nil {
		if code == ErrEOF {
			code = ErrIO
		}
		return &Error{Func: fn, Code: code, Detail: "read " + s.name, Err: err}
	}
	if code == ErrEOF || code == ErrIO {
		// What went wrong below the demuxer can look like the end, and some demuxers
		// (vc1test) call the end an I/O error.
		e, end := s.ioState()
		if e != 0 {
			return &Error{Func: fn, Code: e, Detail: s.name}
		}
		if code == ErrEOF || end {
			return io.EOF
		}
	}
	return &Error{Func: fn, Code: code, Detail: s.name}
}

// ioState is the error that FFmpeg's own I/O met, 0 if none, and whether it came to
// the end.
func (s *input) ioState() (err Code, end bool) {
	pb := getPtr(s.ctx.p, ff.off.formatContext.pb)
	if pb == 0 {
		return 0, false
	}
	if c := Code(getInt32(pb, ff.off.ioContext.error)); c < 0 && c != ErrEOF {
		err = c
	}
	return err, getInt32(pb, ff.off.ioContext.eofReached) != 0
}

// enter locks s for a C call. Its error is that of a closed or interrupted Input.
func (s *input) enter(fn string) error {
	s.mu.Lock()
	if s.closed.Load() {
		s.mu.Unlock()
		return closedError(fn)
	}
	if s.intr.isRaised() {
		s.mu.Unlock()
		return &Error{Func: fn, Code: ErrExit, Detail: s.name, Err: ErrInterrupted}
	}
	return nil
}

// ReadPacket reads the next packet, of any stream that is not discarded, in the
// order of the file. What p held before is released. At the end it returns io.EOF
// itself. A reader's error is in the chain of the error returned. It does not
// allocate.
func (in *Input) ReadPacket(p *Packet) error {
	s := in.s
	if p.p == 0 {
		return closedError("av_read_frame")
	}
	if err := s.enter("av_read_frame"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	defer runtime.KeepAlive(in)
	defer runtime.KeepAlive(p)
	for {
		p.Unref()
		r := s.call.Begin().Int(s.ctx.p).Int(p.p).Do32(ff.fn.avReadFrame)
		if r < 0 {
			return s.fail("av_read_frame", r)
		}
		if s.intr.isRaised() {
			p.Unref() // it may have only the part that was read before, and not say so
			return s.fail("av_read_frame", int32(ErrExit))
		}
		if n := int(getInt32(s.ctx.p, ff.off.formatContext.nbStreams)); n != len(*s.streams.Load()) {
			if err := s.readStreams(); err != nil { // a transport stream or FLV grew one
				return err
			}
		}
		if !s.drops(p) {
			return nil
		}
	}
}

// drops is true for packets of discarded streams that FFmpeg had read before it knew.
func (s *input) drops(p *Packet) bool {
	i := int(getInt32(p.p, ff.off.packet.streamIndex))
	if i < 0 || i >= len(s.discard) {
		return false
	}
	switch d := s.discard[i]; {
	case d >= DiscardAll:
		return true
	case d >= DiscardNonKey:
		return getInt32(p.p, ff.off.packet.flags)&int32(PacketKey) == 0
	}
	return false
}

// Streams describes the streams, none after Close. The slice must not be changed; a
// longer one takes its place when the container shows a new stream while it is read.
// Any goroutine may call it.
func (in *Input) Streams() []Stream { return *in.s.streams.Load() }

func (s *input) readStreams() error {
	n := int(getInt32(s.ctx.p, ff.off.formatContext.nbStreams))
	old := *s.streams.Load()
	list := append([]Stream(nil), old[:min(n, len(old))]...)
	for i := len(list); i < n; i++ {
		st, err := readStream(s.ctx.p, i)
		if err != nil {
			return err
		}
		list = append(list, st)
	}
	s.streams.Store(&list)
	return nil
}

// BestStream is the index of the stream of type t that a player would choose. For
// video it is never an attached picture. The error matches ErrStreamNotFound when
// there is none.
func (in *Input) BestStream(t MediaType) (int, error) {
	s := in.s
	const fn = "av_find_best_stream"
	if err := s.enter(fn); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	r := s.call.Begin().Int(s.ctx.p).Int(signed(int32(t))).Int(signed(-1)).Int(signed(-1)).Int(0).Int(0).Do32(ff.fn.avFindBestStream)
	streams := *s.streams.Load()
	if r >= 0 && int(r) < len(streams) && !streams[r].AttachedPicture() {
		return int(r), nil
	}
	best := -1
	for i := range streams {
		st := &streams[i]
		if st.Type != t || st.AttachedPicture() {
			continue
		}
		if best < 0 || st.Disposition&DispositionDefault > streams[best].Disposition&DispositionDefault {
			best = i
		}
	}
	if best < 0 {
		return 0, &Error{Func: fn, Code: ErrStreamNotFound, Detail: s.name + " has no " + t.String() + " stream"}
	}
	return best, nil
}

// Discard chooses whether packets of a stream are left out, DiscardAll, or which.
// Left out packets cost no copy, and in some containers no reading.
func (in *Input) Discard(stream int, d Discard) error {
	s := in.s
	if err := s.enter("AVStream.discard"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	p, err := s.stream("AVStream.discard", stream)
	if err != nil {
		return err
	}
	setInt32(p, ff.off.stream.discard, int32(d))
	for len(s.discard) <= stream {
		s.discard = append(s.discard, DiscardDefault)
	}
	s.discard[stream] = d
	return nil
}

// stream is the address of an AVStream.
func (s *input) stream(fn string, i int) (uintptr, error) {
	if i < 0 || i >= int(getInt32(s.ctx.p, ff.off.formatContext.nbStreams)) {
		return 0, &Error{Func: fn, Code: ErrStreamNotFound, Detail: "no stream " + itoa(i) + " in " + s.name}
	}
	return word(getPtr(s.ctx.p, ff.off.formatContext.streams), i), nil
}

// contextError prefers the reason of a context that ended over what FFmpeg made of it.
func contextError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	e, ok := err.(*Error)
	if !ok {
		return &Error{Func: "avformat", Code: ErrExit, Err: ctx.Err()}
	}
	return &Error{Func: e.Func, Code: ErrExit, Detail: e.Detail, Err: ctx.Err()}
}
