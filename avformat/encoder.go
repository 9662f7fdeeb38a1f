package avformat

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveEncoders = live.NewKind("avformat.Encoder")

// An Encoder turns frames into packets with one of libavcodec's software encoders.
//
// One goroutine may use it at a time; Close may come from another and waits for a
// call that is inside. Steady encoding does not allocate. Source: avcodec.h.
type Encoder struct {
	mu        sync.Mutex
	*encoding // nil when closed
	call      abi.Call
	shown     durations
	shift     int64 // added to times on their way in, see roundsTimes
	cleanup   runtime.Cleanup
}

// NewEncoder opens an encoder for codec (h264, hevc, av1, ...) and pictures like
// image. All of the image's Color goes into the stream.
//
// The error matches errors.ErrUnsupported when the loaded FFmpeg has no such encoder
// or none for the pixel format, and says what there is.
func NewEncoder(codec string, image Image, opt *EncoderOptions) (*Encoder, error) {
	if err := load(); err != nil {
		return nil, err
	}
	if opt == nil {
		opt = &EncoderOptions{}
	}
	if err := opt.check(image); err != nil {
		return nil, err
	}
	coder, err := chooseEncoder(codec, opt.Name, image.Format)
	if err != nil {
		return nil, err
	}
	dict, err := newDictionary(opt.dictionary(coder, image))
	if err != nil {
		return nil, err
	}
	defer dict.free()
	quiet(coder)
	p, err := openEncoder(coder, image, opt, dict)
	if err != nil {
		return nil, err
	}
	liveEncoders.Add()
	e := &Encoder{encoding: &encoding{p: p, coder: coder, image: image}}
	e.shown.frame = Rescale(1, Rational{opt.frameRate().Den, opt.frameRate().Num}, opt.timeBase())
	e.cleanup = runtime.AddCleanup(e, (*encoding).free, e.encoding)
	return e, nil
}

// chooseEncoder is choose, but with no name the first that takes the format.
func chooseEncoder(codec, name string, format PixelFormat) (Coder, error) {
	first, err := choose(codec, name, true)
	if err != nil {
		return Coder{}, err
	}
	all := []Coder{first}
	if name == "" {
		if all, err = Encoders(codec); err != nil {
			return Coder{}, err
		}
	}
	var takes []string
	for _, c := range all {
		if c.Hardware && name == "" {
			continue
		}
		if c.PixelFormats == nil || slices.Contains(c.PixelFormats, format) {
			return c, nil
		}
		var names []string
		for _, f := range c.PixelFormats {
			names = append(names, f.String())
		}
		takes = append(takes, c.Name+" takes "+strings.Join(names, ", "))
	}
	return Coder{}, &Error{Func: "avcodec_find_encoder", Code: ErrPatchWelcome,
		Detail: fmt.Sprintf("no encoder for %s in %v: %s", codec, format, strings.Join(takes, "; "))}
}

// openEncoder makes an AVCodecContext. Options reach everything but the frame rate,
// which has a way of its own from FFmpeg 6.1 on, and an offset before.
func openEncoder(coder Coder, image Image, opt *EncoderOptions, dict *dictionary) (uintptr, error) {
	c := abi.Borrow()
	defer c.Return()
	h := &holder{c.Int(coder.p).Do(ff.fn.avcodecAllocContext3)}
	if h.p == 0 {
		return 0, noMemory("avcodec_alloc_context3")
	}
	setRational(h.p, ff.off.codecContext.framerate, opt.frameRate())
	var r int32
	abi.KeepScheduling(func() {
		r = c.Begin().Int(h.p).Int(coder.p).Ptr(unsafe.Pointer(&dict.p)).Do32(ff.fn.avcodecOpen2)
	})
	if err := check("avcodec_open2", r, fmt.Sprintf("%s, %v", coder.Name, image)); err != nil {
		free(ff.fn.avcodecFreeContext, h.p)
		return 0, err
	}
	ours := own(coder)
	maps.DeleteFunc(ours, func(k, _ string) bool { _, asked := opt.Options[k]; return asked })
	if err := dict.unused("avcodec_open2", coder.Name, sortedKeys(ours)...); err != nil {
		(&encoding{p: h.p, coder: coder, image: image}).close()
		return 0, err
	}
	return h.p, nil
}

// Close ends the encoder. Packets that it gave stay valid; what it still holds is
// lost. Closing twice, or nil, is fine. Any goroutine may call it.
func (e *Encoder) Close() error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.encoding == nil {
		return nil
	}
	e.cleanup.Stop()
	e.free()
	e.encoding = nil
	return nil
}

// Coder says which encoder this is; the zero value once it is closed.
func (e *Encoder) Coder() Coder {
	if e == nil {
		return Coder{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.encoding == nil {
		return Coder{}
	}
	return e.coder
}

// Send gives the encoder a picture, which stays the caller's; its PTS, in ticks of
// TimeBase, has to be higher than the one before. SetPictureType('I') makes it a key
// frame where Coder.ForcesKeyFrames says so, ? leaves that to the encoder. nil begins draining: Receive then gives what is
// left, and io.EOF. ErrAgain asks to Receive first, after which the same frame has to
// be sent again.
func (e *Encoder) Send(f *Frame) error {
	if e == nil {
		return closedError("avcodec_send_frame")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.encoding == nil {
		return closedError("avcodec_send_frame")
	}
	var p uintptr
	if f != nil {
		if p = f.p; p == 0 {
			return closedError("avcodec_send_frame")
		}
		// Encoders trust that pictures are like the first.
		if i := f.Image(); f.Empty() || i.Format != e.image.Format || i.Width != e.image.Width || i.Height != e.image.Height {
			return &Error{Func: "avcodec_send_frame", Code: ErrInvalid, Detail: fmt.Sprintf("%s: the frame is %v, the encoder is for %v", e.coder.Name, i, e.image)}
		}
	}
	var pts int64
	if p != 0 {
		pts = getInt64(p, ff.off.frame.pts)
		if !e.begun && pts != NoPTS && e.coder.roundsTimes() {
			e.shift = -min(pts, 0)
		}
		if pts != NoPTS {
			setInt64(p, ff.off.frame.pts, pts+e.shift)
		}
	}
	r := e.call.Begin().Int(e.p).Int(p).Do32(ff.fn.avcodecSendFrame)
	if p != 0 {
		setInt64(p, ff.off.frame.pts, pts)
	}
	switch {
	case r < 0:
	case f == nil:
		e.ending = true
	default:
		e.begun = true
		e.shown.add(pts, f.Duration())
	}
	runtime.KeepAlive(f)
	return e.result("avcodec_send_frame", r)
}

// Receive puts the next packet, in decoding order, into pkt: PTS, DTS and Duration in
// ticks of TimeBase, the key flag, and as side data what PictureType reads. A frame
// without a Duration is taken to last one frame. ErrAgain asks for
// the next frame; io.EOF says that the encoder is drained.
func (e *Encoder) Receive(pkt *Packet) error {
	if e == nil {
		return closedError("avcodec_receive_packet")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.encoding == nil || pkt == nil || pkt.p == 0 {
		return closedError("avcodec_receive_packet")
	}
	r := e.call.Begin().Int(e.p).Int(pkt.p).Do32(ff.fn.avcodecReceivePacket)
	switch {
	case r >= 0:
		if e.coder.roundsTimes() {
			e.shown.rounded(pkt, e.shift)
		}
		e.shown.set(pkt)
	case Code(r) == ErrEOF:
		e.ended = true
	}
	runtime.KeepAlive(pkt)
	return e.result("avcodec_receive_packet", r)
}

func (e *Encoder) result(fn string, r int32) error {
	switch {
	case r >= 0:
		return nil
	case Code(r) == ErrAgain:
		return ErrAgain
	case Code(r) == ErrEOF:
		return io.EOF
	}
	return check(fn, r, e.coder.Name)
}

// Parameters describes the stream for a muxer: headers if GlobalHeader was asked for,
// size, colour, delay. The caller closes them.
func (e *Encoder) Parameters() (*CodecParameters, error) {
	if e == nil {
		return nil, closedError("avcodec_parameters_from_context")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.encoding == nil {
		return nil, closedError("avcodec_parameters_from_context")
	}
	return parametersFrom(e.p)
}

// SetOption changes an option while encoding. Which can change depends on the encoder
// (libx264: b, maxrate, bufsize, crf, qp); others are taken without effect.
func (e *Encoder) SetOption(name, value string) error {
	if e == nil {
		return closedError("av_opt_set")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.encoding == nil {
		return closedError("av_opt_set")
	}
	const searchChildren = 1 // AV_OPT_SEARCH_CHILDREN: the encoder's own options too
	r := e.call.Begin().Int(e.p).Ptr(unsafe.Pointer(abi.CString(name))).Ptr(unsafe.Pointer(abi.CString(value))).Int(searchChildren).Do32(ff.fn.avOptSet)
	return check("av_opt_set", r, fmt.Sprintf("%s: %s=%s", e.coder.Name, name, value))
}

// sideDataQualityStats is AV_PKT_DATA_QUALITY_STATS: uint32 quality, one byte of
// picture type, then error sums.
const sideDataQualityStats SideDataType = 8

// PictureType is how the encoder that made the packet coded the picture; ? where it
// does not say, and for packets from a container.
func (p *Packet) PictureType() PictureType {
	for t, b := range p.SideData {
		if t == sideDataQualityStats && len(b) > 4 {
			return pictureType(int32(b[4]))
		}
	}
	return '?'
}

var errNoTimeBase = errors.New("an encoder needs TimeBase or FrameRate")
