package avformat

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// InputOptions say how to open a container; nil and zero fields are the defaults.
type InputOptions struct {
	// Format names the demuxer: h264, mpegts, mov. Default: found out from the
	// content and the file's name.
	Format string
	// ProbeSize is how many bytes may be read to find out what is in the container.
	// Default 5000000. At least 32.
	ProbeSize int64
	// AnalyzeDuration is how much of the presentation may be read for that. Default 5 s,
	// more for some formats.
	AnalyzeDuration time.Duration
	// FrameRate is for raw elementary streams, which carry no times. Default 25.
	FrameRate Rational
	// Network allows addresses: http, https, rtsp, rtsps, rtmp, rtmps, srt, udp, rtp, tcp,
	// tls. What an address leads to by redirection, or in a playlist, is then opened too, if
	// it is one of the same kind (of rtsp its transports and http), and wherever it lies; files
	// are not. Default: a name is a file's; an address is an error that matches ErrProtocol.
	Network bool
	// Protocols lists the protocols that may be used, separated by commas: "file,crypto,data",
	// for what is opened and for what is named in it: playlists, and references of mp4 to
	// data elsewhere. Default: what is opened and nothing else, and what Network allows.
	Protocols string
	// SkipStreamInfo leaves out avformat_find_stream_info: faster, but formats,
	// rates and durations may be unknown, for some containers even the streams.
	SkipStreamInfo bool
	// Known tells what a video's headers say, or false if they do not say all of
	// KnownVideo. Such a stream is not decoded when it is opened, which makes the opening
	// of H.264 in mp4 or Matroska ten and more times faster. Default: all are decoded.
	Known func(VideoHeader) (KnownVideo, bool)
	// Options are FFmpeg's own options, of libavformat, the demuxer and the protocol.
	// One that nothing understands is an error. They go before the fields above.
	Options map[string]string
}

func (o *InputOptions) dictionary() map[string]string {
	m := map[string]string{}
	if o == nil {
		return m
	}
	if o.ProbeSize > 0 {
		m["probesize"] = strconv.FormatInt(o.ProbeSize, 10)
	}
	if o.AnalyzeDuration > 0 {
		m["analyzeduration"] = strconv.FormatInt(o.AnalyzeDuration.Microseconds(), 10)
	}
	if o.FrameRate.Known() {
		m["framerate"] = fmt.Sprintf("%d/%d", o.FrameRate.Num, o.FrameRate.Den)
	}
	if o.Protocols != "" {
		m[whitelist] = o.Protocols
	}
	for k, v := range o.Options {
		m[k] = v
	}
	return m
}

// OpenInput opens a file or URL and reads enough of it to describe its streams. ctx
// bounds the opening, not what comes after; the error then matches ctx.Err(). The
// caller closes the Input.
func OpenInput(ctx context.Context, name string, opt *InputOptions) (*Input, error) {
	if fi, err := os.Stat(name); err == nil && fi.Mode()&os.ModeNamedPipe != 0 {
		f, err := openPipe(ctx, name)
		if err != nil {
			return nil, &Error{Func: "avformat_open_input", Detail: name, Err: err}
		}
		in, err := open(ctx, name, f, opt)
		if err != nil {
			f.Close()
			return nil, err
		}
		in.s.owned.Store(f)
		return in, nil
	}
	return open(ctx, name, nil, opt)
}

// openPipe opens a named pipe, which waits for a writer. FFmpeg would do that inside
// a system call that nothing can end, and would read in the same way.
func openPipe(ctx context.Context, name string) (*os.File, error) {
	type result struct {
		f   *os.File
		err error
	}
	opened := make(chan result, 1)
	go func() {
		f, err := os.Open(name)
		opened <- result{f, err}
	}()
	select {
	case r := <-opened:
		return r.f, r.err
	case <-ctx.Done():
		go func() { // until a writer comes
			if r := <-opened; r.err == nil {
				r.f.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// OpenReader opens what r gives. If r is an io.Seeker too, and seeking works, the
// container can be seeked in; without it an mp4 with its index at the end cannot be
// read. r is used from a goroutine of its own, one call at a time, until Close, or
// until a call that was blocked at Close returns; Close does not close r. A reader
// that fails, panics or ends its goroutine gives an error that leads to the cause. The
// caller closes the Input.
func OpenReader(ctx context.Context, r io.Reader, opt *InputOptions) (*Input, error) {
	if r == nil {
		return nil, &Error{Func: "avio_alloc_context", Code: ErrInvalid, Detail: "the reader is nil"}
	}
	return open(ctx, "", r, opt)
}

func open(ctx context.Context, name string, r io.Reader, opt *InputOptions) (*Input, error) {
	if err := load(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &Error{Func: "avformat_open_input", Detail: redact(name), Err: err}
	}
	s := &input{intr: newInterrupt(), name: redact(name)}
	if name == "" {
		s.name = "the reader"
	}
	s.streams.Store(&[]Stream{})
	liveInputs.Add()
	stop := context.AfterFunc(ctx, s.intr.raise)
	err := s.open(name, r, opt)
	if !stop() && err == nil {
		// It ended while the last bytes were read.
		err = &Error{Func: "avformat_find_stream_info", Code: ErrExit, Detail: s.name, Err: ctx.Err()}
	}
	if err != nil {
		err = contextError(ctx, err)
		if s.ctx.p == 0 && s.src == nil && s.pb.p == 0 {
			liveInputs.Done()
		} else {
			s.close()
		}
		return nil, err
	}
	in := &Input{s}
	s.cleanup = runtime.AddCleanup(in, (*input).close, s)
	return in, nil
}

func (s *input) open(name string, r io.Reader, opt *InputOptions) error {
	const fn = "avformat_open_input"
	format := uintptr(0)
	if opt != nil && opt.Format != "" {
		if format = callString(ff.fn.avFindInputFormat, opt.Format); format == 0 {
			return &Error{Func: "av_find_input_format", Code: ErrDemuxerNotFound, Detail: fmt.Sprintf("FFmpeg %s has no demuxer %q", ff.version.Release, opt.Format)}
		}
	}
	options := opt.dictionary()
	only, file := options[whitelist] == "", false // what was named and nothing else
	if only && r != nil {
		options[whitelist] = innocent
	} else if only {
		list, scheme, err := allowed(fn, name, "", opt != nil && opt.Network)
		if err != nil {
			return err
		}
		options[whitelist] = list
		switch {
		case scheme != "" || format != 0 && getInt32(format, ff.off.inputFormat.flags)&formatNoFile != 0:
		case format == 0 && options["format_whitelist"] == "" && pattern(name):
			options["format_whitelist"] = "image2"
		default:
			file = true
		}
	}
	d, err := newDictionary(options)
	if err != nil {
		return err
	}
	defer d.free()
	if r != nil {
		if s.src, err = newStream(r, false, s.intr); err != nil {
			return &Error{Func: fn, Detail: s.name, Err: err}
		}
		if !s.src.seekable {
			s.name += ", which cannot seek"
		}
	}
	s.ctx.p = call0(ff.fn.avformatAllocContext)
	if s.ctx.p == 0 {
		return noMemory("avformat_alloc_context")
	}
	s.intr.install(s.ctx.p + uintptr(ff.off.formatContext.interruptCallback))
	url := abi.CString(name)
	if r != nil {
		setPtr(s.ctx.p, ff.off.formatContext.pb, s.src.pb)
		url = abi.CString("")
	}
	if file {
		if err := s.openFile(name, d); err != nil {
			return err
		}
	}
	// On failure it frees the context and zeroes s.ctx.p.
	c := s.call.Begin().Ptr(unsafe.Pointer(&s.ctx.p)).Ptr(unsafe.Pointer(url)).Int(format).Ptr(unsafe.Pointer(&d.p)).Do32(ff.fn.avformatOpenInput)
	if c < 0 {
		err := s.openError(fn, c)
		if file {
			err = namesOthers(err, name)
		}
		return err
	}
	var ignore []string
	if opt != nil && opt.FrameRate.Known() {
		ignore = []string{"framerate"} // containers with times of their own do not need it
	}
	if err := d.unused(fn, s.name, ignore...); err != nil {
		return err
	}
	if opt == nil || !opt.SkipStreamInfo {
		var known func(VideoHeader) (KnownVideo, bool)
		if opt != nil {
			known = opt.Known
		}
		path := ""
		if file {
			path = strings.TrimPrefix(name, "file:")
		}
		probe, err := s.newProbe(known, path)
		if err != nil {
			return err
		}
		c := s.call.Begin().Int(s.ctx.p).Ptr(probe.ptr()).Do32(ff.fn.avformatFindStreamInfo)
		probe.free()
		streams := getInt32(s.ctx.p, ff.off.formatContext.nbStreams)
		// As the ffmpeg program does: a container with streams is read even if not
		// all is known of them.
		if c < 0 && (streams == 0 || s.intr.isRaised() || s.src.cause(Code(c)) != nil) {
			return s.openError("avformat_find_stream_info", c)
		}
	}
	return s.readStreams()
}

// openError is fail for a context that may be gone. An end of the data is no io.EOF
// here: there is too little of it to be a container.
func (s *input) openError(fn string, r int32) error {
	if s.intr.isRaised() {
		return &Error{Func: fn, Code: ErrExit, Detail: s.name, Err: ErrInterrupted}
	}
	e := &Error{Func: fn, Code: Code(r), Detail: s.name, Err: s.src.cause(Code(r))}
	if e.Code == ErrEOF {
		e.Detail += " is empty or too short"
		if e.Err == nil {
			e.Err = io.ErrUnexpectedEOF
		}
	}
	return e
}

// redact takes a password out of a URL.
func redact(name string) string {
	if u, err := url.Parse(name); err == nil && u.User != nil {
		return u.Redacted()
	}
	return name
}
