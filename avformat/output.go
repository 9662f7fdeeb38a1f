package avformat

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveOutputs = live.NewKind("avformat.Output")

// OutputOptions say how to write a container; nil and zero fields are the defaults.
type OutputOptions struct {
	// Format names the muxer: mp4, mov, matroska, webm, mpegts, h264. Default: by the
	// path's extension. A writer has none, so it is needed there.
	Format string
	// Metadata of the whole file: title, artist, creation_time.
	Metadata map[string]string
	// Chapters go into containers that have them (mp4 and mov unless fragmented,
	// Matroska, ...); others leave them out.
	Chapters []Chapter
	// FastStart puts the index of mp4 and mov in front, where players on a network
	// want it. It rewrites the file at Close and needs a path.
	FastStart bool
	// Fragmented writes mp4 and mov in pieces that can be played before the end is
	// written. Writers that cannot seek get it in any case.
	Fragmented bool
	// Network allows addresses, as InputOptions.Network does. Default: a name is a file's,
	// and an address is an error that matches ErrProtocol.
	Network bool
	// Protocols lists the protocols that may be used, separated by commas, for the name and
	// for further files of muxers that write several. Default: that of the name.
	Protocols string
	// Options are FFmpeg's own options, of libavformat, the muxer and the protocol. One
	// that nothing understands is an error. movflags are added to those from above.
	Options map[string]string
}

// An Output muxes packets into a container: an AVFormatContext open for writing. Add
// the streams, write packets, Close. One goroutine may use it at a time; Close and
// Interrupt may come from any. Source: avformat.h.
type Output struct{ s *output }

type output struct {
	mu     sync.Mutex
	closed atomic.Bool
	call   abi.Call
	ctx    holder  // AVFormatContext
	pb     holder  // AVIOContext that avio_open2 made
	dst    *stream // a user's writer
	intr   *interrupt
	opt    OutputOptions
	format string // the muxer's first name
	flags  int32  // of the AVOutputFormat
	name   string // for errors
	// that may be used, separated by commas
	protocols string
	streams   []*outputStream
	pending   []pendingPacket
	pkt       *Packet // what goes into the muxer
	begun     bool    // the header is written
	err       error   // what broke it; everything after is this
	cleanup   runtime.Cleanup
}

// Flags of an AVOutputFormat. Source: AVFMT_*, avformat.h.
const (
	formatNoFile       = 0x1
	formatGlobalHeader = 0x40
	formatNonStrict    = 0x20000 // AVFMT_TS_NONSTRICT: equal times may follow each other
)

// CreateOutput makes a file, or opens a URL for writing. What was there is
// overwritten. ctx bounds the opening: a file that was made is removed if ctx ends before
// CreateOutput does. The caller closes the Output.
func CreateOutput(ctx context.Context, name string, opt *OutputOptions) (*Output, error) {
	if name == "" {
		return nil, &Error{Func: "avio_open2", Code: ErrInvalid, Detail: "no file name"}
	}
	return newOutput(ctx, name, nil, opt)
}

// NewOutput writes to w. If w is an io.Seeker too, and seeking works, the container
// is written as to a file; without it mp4 and mov are fragmented, and Matroska has no
// index and no duration. w is used from a goroutine of its own, one call at a time,
// until Close, which does not close w. A writer that fails, panics or ends its
// goroutine gives an error that leads to the cause. The caller closes the Output.
func NewOutput(w io.Writer, opt *OutputOptions) (*Output, error) {
	const fn = "avformat_alloc_output_context2"
	if w == nil {
		return nil, &Error{Func: fn, Code: ErrInvalid, Detail: "the writer is nil"}
	}
	if opt == nil || opt.Format == "" {
		return nil, &Error{Func: fn, Code: ErrInvalid, Detail: "a writer has no file name, so OutputOptions.Format is needed"}
	}
	return newOutput(context.Background(), "", w, opt)
}

func newOutput(ctx context.Context, name string, w io.Writer, opt *OutputOptions) (*Output, error) {
	if err := load(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &Error{Func: "avio_open2", Detail: redact(name), Err: err}
	}
	s := &output{intr: newInterrupt(), name: redact(name)}
	if w != nil {
		s.name = "the writer"
	}
	if opt != nil {
		s.opt = *opt
	}
	liveOutputs.Add()
	stop := context.AfterFunc(ctx, s.intr.raise)
	err := s.open(name, w)
	stop()
	if e := ctx.Err(); e != nil && err == nil {
		err = &Error{Func: "avio_open2", Code: ErrExit, Detail: s.name, Err: e}
	}
	if err != nil {
		made := s.pb.p != 0
		s.abandon()
		if fi, e := os.Lstat(name); made && e == nil && fi.Mode().IsRegular() {
			_ = os.Remove(name) // nobody else knows that there is one
		}
		return nil, contextError(ctx, err)
	}
	o := &Output{s}
	s.cleanup = runtime.AddCleanup(o, (*output).abandon, s)
	return o, nil
}

func (s *output) open(name string, w io.Writer) (err error) {
	if s.pkt, err = NewPacket(); err != nil {
		return err
	}
	const fn = "avformat_alloc_output_context2"
	protocols := s.opt.Options[whitelist]
	if protocols == "" {
		protocols = s.opt.Protocols
	}
	if s.protocols = innocent; w == nil {
		scheme := ""
		if s.protocols, scheme, err = allowed("avio_open2", name, protocols, s.opt.Network); err != nil {
			return err
		}
		if protocols == "" && scheme == "" {
			s.protocols += "," + innocent // hls can encrypt
		}
	}
	s.call.Begin().Ptr(unsafe.Pointer(&s.ctx.p)).Int(0)
	if s.opt.Format != "" {
		s.call.Ptr(unsafe.Pointer(abi.CString(s.opt.Format)))
	} else {
		s.call.Int(0)
	}
	if r := s.call.Ptr(unsafe.Pointer(abi.CString(name))).Do32(ff.fn.avformatAllocOutputContext2); r < 0 {
		if s.opt.Format != "" {
			return &Error{Func: fn, Code: ErrMuxerNotFound, Detail: fmt.Sprintf("FFmpeg %s has no muxer %q", ff.version.Release, s.opt.Format)}
		}
		return &Error{Func: fn, Code: ErrMuxerNotFound, Detail: s.name + " has no extension that tells the container; set OutputOptions.Format"}
	}
	of := getPtr(s.ctx.p, ff.off.formatContext.oformat)
	s.format, _, _ = strings.Cut(getString(of, ff.off.outputFormat.name), ",")
	s.flags = getInt32(of, ff.off.outputFormat.flags)
	cb := s.ctx.p + uintptr(ff.off.formatContext.interruptCallback)
	s.intr.install(cb)
	if err := setMetadata(s.ctx.p+uintptr(ff.off.formatContext.metadata), s.opt.Metadata); err != nil {
		return err
	}
	if err := setChapters(s.ctx.p, s.opt.Chapters); err != nil {
		return err
	}
	switch {
	case s.flags&formatNoFile != 0:
		if w != nil {
			return &Error{Func: fn, Code: ErrInvalid, Detail: s.format + " makes files of its own and cannot go to a writer"}
		}
		return nil
	case w != nil:
		if s.opt.FastStart {
			return &Error{Func: fn, Code: ErrNotImplemented, Detail: "FastStart needs a path: it reads the file again"}
		}
		if s.dst, err = newStream(w, true, s.intr); err != nil {
			return &Error{Func: "avio_alloc_context", Detail: s.name, Err: err}
		}
		setPtr(s.ctx.p, ff.off.formatContext.pb, s.dst.pb)
		return nil
	}
	const flagWrite = 2
	d, err := newDictionary(map[string]string{whitelist: s.protocols})
	if err != nil {
		return err
	}
	defer d.free()
	if r := s.call.Begin().Ptr(unsafe.Pointer(&s.pb.p)).Ptr(unsafe.Pointer(abi.CString(name))).Int(flagWrite).Int(cb).
		Ptr(unsafe.Pointer(&d.p)).Do32(ff.fn.avioOpen2); r < 0 {
		return &Error{Func: "avio_open2", Code: Code(r), Detail: s.name}
	}
	setPtr(s.ctx.p, ff.off.formatContext.pb, s.pb.p)
	return nil
}

// setMetadata adds m to the AVDictionary whose pointer lies at field.
func setMetadata(field uintptr, m map[string]string) error {
	call := abi.Borrow()
	defer call.Return()
	for _, k := range sortedKeys(m) {
		if strings.ContainsRune(k+m[k], 0) {
			return &Error{Func: "av_dict_set", Code: ErrInvalid, Detail: "metadata with a NUL character"}
		}
		r := call.Begin().Int(field).Ptr(unsafe.Pointer(abi.CString(k))).Ptr(unsafe.Pointer(abi.CString(m[k]))).Int(0).Do32(ff.fn.avDictSet)
		if r < 0 {
			return check("av_dict_set", r, k)
		}
	}
	return nil
}

// Format is the first of FFmpeg's names for the container.
func (o *Output) Format() string { return o.s.format }

// GlobalHeader is true when the container wants the codecs' headers out of band, in
// the extradata: encoders have to be told before they are opened.
func (o *Output) GlobalHeader() bool { return o.s.flags&formatGlobalHeader != 0 }

// Interrupt ends blocking I/O that is under way in another goroutine and lets all
// later calls fail, with ErrInterrupted. What was written stays incomplete.
func (o *Output) Interrupt() { o.s.intr.raise() }

// Close writes what is left and the container's end, and frees everything. It waits
// for a WritePacket that is under way in another goroutine; Interrupt ends that. Its
// error is the first that broke the output, so that the file is whole if it is nil.
// Closing twice, or nil, is fine; only the first call reports.
func (o *Output) Close() error {
	if o == nil || o.s == nil || o.s.closed.Swap(true) {
		return nil
	}
	s := o.s
	s.cleanup.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && len(s.streams) > 0 {
		s.err = s.end()
	}
	err := s.free()
	if s.err != nil {
		return s.err
	}
	return err
}

// end writes the header if there was no packet, what waits for it, and the trailer.
func (s *output) end() error {
	if err := s.begin(); err != nil {
		return err
	}
	if r := s.call.Begin().Int(s.ctx.p).Do32(ff.fn.avWriteTrailer); r < 0 {
		return s.fail("av_write_trailer", r)
	}
	if pb := getPtr(s.ctx.p, ff.off.formatContext.pb); pb != 0 {
		s.call.Begin().Int(pb).Do(ff.fn.avioFlush)
		if e := getInt32(pb, ff.off.ioContext.error); e < 0 {
			return s.fail("avio_flush", e)
		}
	}
	return nil
}

// free gives everything back. Its error is that of closing the file.
func (s *output) free() (err error) {
	for _, p := range s.pending {
		p.pkt.Close()
	}
	s.pending = nil
	if s.pb.p != 0 {
		if r := s.call.Begin().Ptr(unsafe.Pointer(&s.pb.p)).Do32(ff.fn.avioClosep); r < 0 {
			err = s.fail("avio_closep", r)
		}
		s.pb.p = 0
		setPtr(s.ctx.p, ff.off.formatContext.pb, 0)
	}
	if s.ctx.p != 0 {
		call1(ff.fn.avformatFreeContext, s.ctx.p)
		s.ctx.p = 0
	}
	if s.dst != nil {
		s.dst.close()
		s.dst = nil
	}
	for _, st := range s.streams {
		st.par.Close()
	}
	s.pkt.Close()
	liveOutputs.Done()
	return err
}

// abandon frees an Output that was never finished, without writing anything more.
func (s *output) abandon() {
	if s.closed.Swap(true) {
		return
	}
	s.intr.raise()
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.free()
}

// fail explains a negative result: the user's writer has the last word.
func (s *output) fail(fn string, r int32) error {
	e := &Error{Func: fn, Code: Code(r), Detail: s.name}
	if err := s.dst.cause(e.Code); err != nil {
		e.Detail, e.Err = "write "+s.name, err
	} else if s.intr.isRaised() {
		e.Code, e.Err = ErrExit, ErrInterrupted
	}
	return e
}

// enter locks s for a call; its error is that of a closed or broken Output.
func (s *output) enter(fn string) error {
	s.mu.Lock()
	err := s.err
	if s.closed.Load() {
		err = closedError(fn)
	} else if err == nil && s.intr.isRaised() {
		err = &Error{Func: fn, Code: ErrExit, Detail: s.name, Err: ErrInterrupted}
	}
	if err != nil {
		s.mu.Unlock()
	}
	return err
}
