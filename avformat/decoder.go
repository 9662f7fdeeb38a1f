package avformat

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"strconv"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveDecoders = live.NewKind("avformat.Decoder")

// Discard says which pictures a decoder leaves out. Source: AVDiscard.
type Discard int32

// What can be left out; each includes those above it.
const (
	DiscardNone          Discard = -16 // nothing
	DiscardDefault       Discard = 0   // packets without content
	DiscardNonReference  Discard = 8   // pictures that no other needs
	DiscardBidirectional Discard = 16  // B pictures
	DiscardNonIntra      Discard = 24  // all but intra pictures
	DiscardNonKey        Discard = 32  // all but key frames
	DiscardAll           Discard = 48
)

// DecoderOptions say how to decode; nil and zero fields are the defaults.
type DecoderOptions struct {
	// Name chooses the decoder by its own name, libdav1d say. Default: the first of
	// Decoders that needs no device.
	Name string
	// Threads is how many threads decode; 0 is one for each CPU, at most 16, and 1
	// decodes in the caller's thread. A decoder with n frame threads gives the first
	// picture after n-1 packets more.
	Threads int
	// SliceThreads leaves out frame threads: less delay, less speed.
	SliceThreads bool
	// TimeBase is the unit of the packets' times. Decoders that guess times need it.
	TimeBase Rational
	// SkipFrame leaves out pictures; SetSkipFrame changes it later. Default:
	// DiscardDefault.
	SkipFrame Discard
	// Options are FFmpeg's own options, the generic ones and those of the decoder.
	// One that the decoder does not have is an error.
	Options map[string]string
}

// A Decoder turns packets into frames with one of libavcodec's software decoders.
// Pictures come cropped exactly as the stream says. It survives damaged packets: the
// error says what was wrong, and the next packet may follow.
//
// One goroutine may use it at a time; Close may come from another and waits for a
// call that is inside. Steady decoding does not allocate. Source: avcodec.h.
type Decoder struct {
	mu      sync.Mutex
	p       uintptr // AVCodecContext, 0 when closed
	call    abi.Call
	out     *struct{ v int64 }
	coder   Coder
	cleanup runtime.Cleanup
}

// NewDecoder opens a decoder for a stream. The parameters are copied. The error
// matches errors.ErrUnsupported when the loaded FFmpeg has no such decoder, and says
// what to install.
func NewDecoder(par *CodecParameters, opt *DecoderOptions) (*Decoder, error) {
	if err := load(); err != nil {
		return nil, err
	}
	if par == nil || par.p == 0 {
		return nil, &Error{Func: "NewDecoder", Code: ErrInvalid, Detail: "no codec parameters"}
	}
	if opt == nil {
		opt = &DecoderOptions{}
	}
	if opt.Threads < 0 {
		return nil, &Error{Func: "NewDecoder", Code: ErrInvalid, Detail: fmt.Sprintf("Threads is %d", opt.Threads)}
	}
	coder, err := choose(par.Codec(), opt.Name, false)
	if err != nil {
		return nil, err
	}
	dict, err := newDictionary(opt.dictionary(coder))
	if err != nil {
		return nil, err
	}
	defer dict.free()
	p, err := openCodec(coder, par, dict)
	if err != nil {
		return nil, err
	}
	liveDecoders.Add()
	d := &Decoder{p: p, coder: coder, out: new(struct{ v int64 })}
	d.cleanup = runtime.AddCleanup(d, freeDecoder, p)
	return d, nil
}

// dictionary is the options as avcodec_open2 takes them.
func (o *DecoderOptions) dictionary(coder Coder) map[string]string {
	m := map[string]string{"threads": "auto"}
	if coder.Name == "libdav1d" && ff.version.AVCodec.Major < 59 {
		// Releases of dav1d from the time of FFmpeg 4 (seen with 0.7.1) may wait for ever when
		// they are flushed or closed while several pictures are in work. Tiles remain.
		m["framethreads"], m["tilethreads"] = "1", strconv.Itoa(min(cmp.Or(o.Threads, runtime.NumCPU()), 16))
	}
	if o.Threads > 0 {
		m["threads"] = strconv.Itoa(o.Threads)
	}
	if o.SliceThreads {
		m["thread_type"] = "slice"
	}
	if o.TimeBase.Known() {
		m["pkt_timebase"] = fmt.Sprintf("%d/%d", o.TimeBase.Num, o.TimeBase.Den)
	}
	if o.SkipFrame != DiscardDefault {
		m["skip_frame"] = strconv.Itoa(int(o.SkipFrame))
	}
	maps.Copy(m, o.Options)
	// Without it libavcodec crops on the left only as far as planes stay aligned.
	const exactCrop = "+unaligned"
	m["flags"] = exactCrop
	if f := o.Options["flags"]; f != "" {
		if f[0] != '+' && f[0] != '-' {
			f = "+" + f
		}
		m["flags"] += f
	}
	return m
}

// openCodec makes an AVCodecContext. Nothing in it is written by offset: parameters
// and options reach all that a codec needs, in every release.
func openCodec(coder Coder, par *CodecParameters, dict *dictionary) (uintptr, error) {
	c := abi.Borrow()
	defer c.Return()
	h := &holder{c.Int(coder.p).Do(ff.fn.avcodecAllocContext3)}
	if h.p == 0 {
		return 0, noMemory("avcodec_alloc_context3")
	}
	fail := func(err error) (uintptr, error) {
		free(ff.fn.avcodecFreeContext, h.p)
		return 0, err
	}
	if r := c.Begin().Int(h.p).Int(par.p).Do32(ff.fn.avcodecParametersToContext); r < 0 {
		return fail(check("avcodec_parameters_to_context", r, coder.Name))
	}
	runtime.KeepAlive(par)
	if r := c.Begin().Int(h.p).Int(coder.p).Ptr(unsafe.Pointer(&dict.p)).Do32(ff.fn.avcodecOpen2); r < 0 {
		return fail(check("avcodec_open2", r, coder.Name))
	}
	if err := dict.unused("avcodec_open2", coder.Name); err != nil {
		return fail(err)
	}
	return h.p, nil
}

func freeDecoder(p uintptr) {
	free(ff.fn.avcodecFreeContext, p)
	liveDecoders.Done()
}

// Close ends the decoder. Frames that it gave stay valid. Closing twice, or nil, is
// fine. Any goroutine may call it.
func (d *Decoder) Close() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.p == 0 {
		return nil
	}
	d.cleanup.Stop()
	freeDecoder(d.p)
	d.p = 0
	return nil
}

// Coder says which decoder this is.
func (d *Decoder) Coder() Coder {
	if d == nil {
		return Coder{}
	}
	return d.coder
}

// Send gives the decoder a packet, which stays the caller's. nil begins draining:
// Receive then gives what is left, and io.EOF. A packet without bytes is ignored.
// ErrAgain asks to Receive first, after which the same packet has to be sent again;
// io.EOF says that the decoder was drained and not Flushed. Any other error is about
// the stream; the packet is used up, and decoding may go on with the next.
func (d *Decoder) Send(pkt *Packet) error {
	if d == nil {
		return closedError("avcodec_send_packet")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.p == 0 {
		return closedError("avcodec_send_packet")
	}
	var p uintptr
	if pkt != nil {
		if p = pkt.p; p == 0 {
			return closedError("avcodec_send_packet")
		}
		// To libavcodec an empty packet is the end of the stream.
		if getInt32(p, ff.off.packet.size) == 0 {
			return nil
		}
	}
	r := d.call.Begin().Int(d.p).Int(p).Do32(ff.fn.avcodecSendPacket)
	runtime.KeepAlive(pkt)
	return d.result("avcodec_send_packet", r)
}

// Receive puts the next picture, in display order, into f. ErrAgain asks for the next
// packet; io.EOF says that the decoder is drained. Any other error is about the
// stream, and decoding may go on. The picture's size and format are its own: both can
// change in mid-stream.
func (d *Decoder) Receive(f *Frame) error {
	if d == nil {
		return closedError("avcodec_receive_frame")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.p == 0 || f.closed() {
		return closedError("avcodec_receive_frame")
	}
	return d.result("avcodec_receive_frame", d.call.Begin().Int(d.p).Int(f.p).Do32(ff.fn.avcodecReceiveFrame))
}

// result makes the error of a C result. What ends every round of Send and Receive
// does not allocate.
func (d *Decoder) result(fn string, r int32) error {
	switch {
	case r >= 0:
		return nil
	case Code(r) == ErrAgain:
		return ErrAgain
	case Code(r) == ErrEOF:
		return io.EOF
	}
	detail := d.coder.Codec
	if d.coder.Name != d.coder.Codec {
		detail += " (" + d.coder.Name + ")"
	}
	if d.coder.Name == last && errors.Is(Code(r), errors.ErrUnsupported) {
		detail += ": FFmpeg's own decoder needs a device; install a build of FFmpeg with libdav1d or libaom"
	}
	return check(fn, r, detail)
}

// Flush drops what the decoder holds, references included: after a seek, and to go on
// after draining.
func (d *Decoder) Flush() {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.p != 0 {
		d.call.Begin().Int(d.p).Do(ff.fn.avcodecFlushBuffers)
	}
}

// SetSkipFrame changes which pictures are left out, from the next packet on.
func (d *Decoder) SetSkipFrame(what Discard) error {
	if d == nil {
		return closedError("av_opt_set_int")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.p == 0 {
		return closedError("av_opt_set_int")
	}
	r := d.call.Begin().Int(d.p).Ptr(unsafe.Pointer(skipFrameName)).Int(uintptr(int64(what))).Int(0).Do32(ff.fn.avOptSetInt)
	return check("av_opt_set_int", r, "skip_frame")
}

var (
	skipFrameName = abi.CString("skip_frame")
	delayName     = abi.CString("has_b_frames")
)

// Delay is by how many pictures the stream reorders, as far as the decoder has seen.
func (d *Decoder) Delay() int {
	if d == nil {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.p == 0 {
		return 0
	}
	if d.call.Begin().Int(d.p).Ptr(unsafe.Pointer(delayName)).Int(0).Ptr(unsafe.Pointer(&d.out.v)).Do32(ff.fn.avOptGetInt) < 0 {
		return 0
	}
	return int(d.out.v)
}

// Parameters describes the stream as the decoder sees it by now: profile, size,
// colour. The caller closes them.
func (d *Decoder) Parameters() (*CodecParameters, error) {
	if d == nil {
		return nil, closedError("avcodec_parameters_from_context")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.p == 0 {
		return nil, closedError("avcodec_parameters_from_context")
	}
	return parametersFrom(d.p)
}

func parametersFrom(context uintptr) (*CodecParameters, error) {
	par, err := NewCodecParameters()
	if err != nil {
		return nil, err
	}
	c := abi.Borrow()
	defer c.Return()
	if r := c.Int(par.p).Int(context).Do32(ff.fn.avcodecParametersFromContext); r < 0 {
		par.Close()
		return nil, check("avcodec_parameters_from_context", r, "")
	}
	return par, nil
}
