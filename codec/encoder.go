package codec

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/frame"
)

// Picture says what is special about one frame to encode; nil is nothing.
type Picture struct {
	ForceIDR      bool // code it as an IDR picture
	ForceIntra    bool // code it as an I picture
	ParameterSets bool // put the stream's headers in front of it
	// SEI are messages to go with the picture, in that order, before it in the stream:
	// of the codec's own types, or of another codec that has the same (frame.SEI.In).
	// They stay with this picture where the encoder reorders. Payloads are copied.
	SEI []frame.SEI
	// QPMap has a value for each block of the picture in raster order: 16x16 samples
	// with H264, 32x32 with HEVC, 64x64 with AV1; see EncoderConfig.QPMap. NVENC only.
	QPMap []int8
}

// An encodeEngine codes one stream. The Encoder around it serialises all calls.
type encodeEngine interface {
	// encode takes a frame, which it does not keep, and appends the packets that are
	// completed. Times are in the encoder's TimeBase, a duration of 0 is unknown. An error
	// that matches ErrUnsupported leaves everything as it was.
	encode(f *frame.Frame, pts, duration int64, pic *Picture, out *packetList) error
	// drain ends the stream.
	drain(out *packetList) error
	stream() StreamInfo
	ignored() []string
	close() error
}

// packetList hands out packets whose buffers are used again.
type packetList struct {
	all []*Packet
	n   int
}

func (l *packetList) next() *Packet {
	if l.n == len(l.all) {
		l.all = append(l.all, new(Packet))
	}
	p := l.all[l.n]
	l.n++
	p.Reset()
	return p
}

func (l *packetList) take() []*Packet { return l.all[:l.n] }

// An Encoder turns frames into packets of one stream, on NVENC or on the CPU.
//
// One goroutine at a time may use it. Close may come from any goroutine; it waits for
// the call that is under way.
type Encoder struct {
	cfg           EncoderConfig
	width, height int
	format        frame.Format
	first         [2]int // size of the first frames

	mu     sync.Mutex
	closed atomic.Bool
	eng    encodeEngine
	device Device
	reason string
	fatal  error
	ended  bool
	out    packetList
	sei    encoderSEI
	last   int64 // time of the frame before
	anchor int64 // time of the last frame that had one
	since  int64 // frames without a time since then
	bytes  *frame.Frame
}

// NewEncoder makes an encoder for pictures of width x height in format f.
//
// With Auto it is NVENC where there is one that can do it all, else the CPU; see Reason.
// GPU(n) never falls back. Whatever GPU, driver or FFmpeg lack is refused here, before
// the first frame, by the name of the field.
//
// Errors match ErrArgument, ErrNoEncodeEngine, ErrLibrary or ErrUnsupported, or unwrap
// to *cuda.Error, *nvenc.Error or *avformat.Error.
func NewEncoder(width, height int, f frame.Format, cfg *EncoderConfig) (*Encoder, error) {
	const op = "new encoder"
	e := &Encoder{width: width, height: height, format: f, first: [2]int{width, height}, last: NoPTS}
	if cfg != nil {
		e.cfg = *cfg
	}
	if err := e.cfg.validate(); err != nil {
		return nil, opError(op, err)
	}
	if _, err := f.Size(width, height); err != nil {
		return nil, opError(op, fmt.Errorf("%w: %w", ErrArgument, err))
	}
	e.cfg.defaults(f)
	if err := e.open(); err != nil {
		return nil, opError(op, err)
	}
	if err := e.sei.headers(e.eng.stream().Extradata); err != nil {
		_ = e.eng.close()
		return nil, opError(op, err)
	}
	logger().Info("encoder", "codec", e.cfg.Codec.String(), "device", e.device.String(), "reason", e.reason)
	return e, nil
}

func (e *Encoder) open() error {
	if err := e.sei.init(&e.cfg); err != nil {
		return err
	}
	if e.cfg.Device == CPU {
		return e.openCPU("the configuration asks for it")
	}
	n, err := newNVENCEngine(e.width, e.height, e.format, &e.cfg)
	if err == nil {
		e.eng, e.device = n, GPU(int(n.ctx.Device()))
		e.reason = fmt.Sprintf("NVENC encodes %v %dx%d", e.cfg.Codec, e.width, e.height)
		return nil
	}
	// As with decoding: only what is about this stream on this machine is a reason to
	// take the other engine.
	var not errNotFor
	if e.cfg.Device != Auto || !errors.As(err, &not) {
		return err
	}
	return e.openCPU(not.Error())
}

func (e *Encoder) openCPU(reason string) (err error) {
	e.device, e.reason = CPU, reason
	if e.eng, err = newCPUEncodeEngine(e.width, e.height, e.format, &e.cfg); err != nil && e.cfg.Device != CPU {
		err = fmt.Errorf("%w\n(the CPU because %s)", err, reason)
	}
	return err
}

// Device is where the encoder works. Any goroutine may call it.
func (e *Encoder) Device() Device { return e.device }

// Reason says in words why the encoder works there. Any goroutine may call it.
func (e *Encoder) Reason() string { return e.reason }

// Stream describes the coded stream, for a Muxer.
func (e *Encoder) Stream() StreamInfo {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.eng.stream()
	s.HDR = e.cfg.HDR
	return s
}

// Ignored lists what the configuration says and the engine makes nothing of, because
// it has no meaning there and does no harm: "TemporalAQ: ..." and so on.
func (e *Encoder) Ignored() []string {
	return append(e.eng.ignored(), e.cfg.HDR.ignored(e.cfg.Codec)...)
}

// Encode codes one frame and returns the packets that it completed, none or several,
// in decoding order. The frame stays the caller's and is not kept; it may lie in device
// memory. A frame without a time follows the one before at FrameRate; times must
// rise.
//
// The slice and the packets are overwritten by the next call; Clone keeps a packet.
func (e *Encoder) Encode(f *frame.Frame, pic *Picture) ([]*Packet, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	e.out.n = 0
	if e.ended {
		return nil, opError("encode", fmt.Errorf("%w: the encoder was drained; make a new one", ErrArgument))
	}
	pts, err := e.check(f)
	if err != nil {
		return nil, opErrorAt("encode", pts, err)
	}
	duration := int64(0)
	if f.Duration > 0 && f.TimeBase.Num > 0 {
		duration, _ = frame.Rescale(f.Duration, f.TimeBase, e.cfg.TimeBase, frame.RoundNearest)
	}
	if pic != nil {
		if err := e.sei.add(pts, pic.SEI); err != nil {
			return nil, opErrorAt("encode", pts, err)
		}
	}
	if err = e.eng.encode(f, pts, duration, pic, &e.out); err != nil {
		e.sei.drop(pts)
		err = opErrorAt("encode", pts, err)
		if !errors.Is(err, ErrUnsupported) {
			e.fatal = err
		}
	}
	if e2 := e.sei.write(e.out.take()); e2 != nil && err == nil {
		e.fatal = opErrorAt("encode", pts, e2)
		err = e.fatal
	}
	if err != nil {
		return e.out.take(), err
	}
	if f.PTS == NoPTS || f.TimeBase.Num == 0 {
		e.since++
	} else {
		e.anchor, e.since = pts, 1
	}
	e.last = pts
	return e.out.take(), nil
}

// check refuses a frame that does not fit, and returns its time in the encoder's base.
func (e *Encoder) check(f *frame.Frame) (pts int64, err error) {
	if f == nil {
		return NoPTS, fmt.Errorf("%w: no frame; Drain ends a stream", ErrArgument)
	}
	if f.Format != e.format || f.Width != e.width || f.Height != e.height {
		return NoPTS, fmt.Errorf("%w: a frame of %v %dx%d; the encoder is for %v %dx%d", ErrArgument, f.Format, f.Width, f.Height, e.format, e.width, e.height)
	}
	if e.cfg.Tuning == Lossless && f.BitDepth > e.cfg.BitDepth {
		return NoPTS, fmt.Errorf("%w: Tuning lossless of a frame of %d bits in a stream of %d", ErrUnsupported, f.BitDepth, e.cfg.BitDepth)
	}
	if f.PTS == NoPTS || f.TimeBase.Num == 0 {
		// Counted from the last time that was given, so that rounding does not add up.
		n, _ := frame.Rescale(e.since, e.cfg.FrameRate.Inv(), e.cfg.TimeBase, frame.RoundNearest)
		pts = e.anchor + n
		if e.last != NoPTS {
			pts = max(pts, e.last+1)
		}
		return pts, nil
	}
	pts, ok := frame.Rescale(f.PTS, f.TimeBase, e.cfg.TimeBase, frame.RoundNearest)
	if !ok {
		return f.PTS, fmt.Errorf("%w: time %d of %v s is out of range in units of %v s", ErrArgument, f.PTS, f.TimeBase, e.cfg.TimeBase)
	}
	if e.last != NoPTS && pts <= e.last {
		return pts, fmt.Errorf("%w: time %d does not rise, the frame before had %d, in units of %v s; set EncoderConfig.TimeBase to the frames' own", ErrArgument, pts, e.last, e.cfg.TimeBase)
	}
	return pts, nil
}

// EncodeBytes codes one frame given as its bytes, planes one after the other without
// padding, as Encode does.
func (e *Encoder) EncodeBytes(pixels []byte, pic *Picture) ([]*Packet, error) {
	if e == nil {
		return nil, opError("encode", fmt.Errorf("%w: nil Encoder", ErrArgument))
	}
	if size, _ := e.format.Size(e.width, e.height); e.bytes == nil || len(pixels) != size {
		f, err := frame.FromHost(e.format, e.width, e.height, pixels)
		if err != nil {
			return nil, opError("encode", fmt.Errorf("%w: %w", ErrArgument, err))
		}
		f.PTS = NoPTS
		e.bytes = f
	}
	at := 0
	for i := range e.bytes.Planes {
		n := e.format.PlaneShape(i, e.width, e.height)[0] * e.format.RowBytes(i, e.width)
		e.bytes.Planes[i].Data = pixels[at : at+n : at+n]
		at += n
	}
	packets, err := e.Encode(e.bytes, pic)
	for i := range e.bytes.Planes {
		e.bytes.Planes[i].Data = nil // the caller's
	}
	return packets, err
}

// Drain ends the stream and returns the packets that were still held.
func (e *Encoder) Drain() ([]*Packet, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.mu.Unlock()
	e.out.n = 0
	if e.ended {
		return nil, nil
	}
	e.ended = true
	err := e.eng.drain(&e.out)
	if err = errors.Join(err, e.sei.write(e.out.take())); err != nil {
		e.fatal = opError("drain encoder", err)
		return e.out.take(), e.fatal
	}
	return e.out.take(), nil
}

// Packets encodes the frames of in, releasing each, then drains. Leaving the loop early
// reads no further frame. An error of in, or of the encoder, ends the sequence, after the
// packets before it.
func (e *Encoder) Packets(in iter.Seq2[*frame.Frame, error]) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		deliver := func(packets []*Packet, err error) bool {
			for _, p := range packets {
				if !yield(p, nil) {
					return false
				}
			}
			if err != nil {
				yield(nil, err)
			}
			return err == nil
		}
		for f, err := range in {
			if err != nil {
				packets, derr := e.Drain()
				deliver(packets, errors.Join(err, derr))
				return
			}
			packets, err := e.Encode(f, nil)
			f.Release()
			if !deliver(packets, err) {
				return
			}
		}
		deliver(e.Drain())
	}
}

func (e *Encoder) enter() error {
	if e == nil {
		return opError("encode", fmt.Errorf("%w: nil Encoder", ErrArgument))
	}
	if e.closed.Load() {
		return ErrClosed
	}
	e.mu.Lock()
	if e.closed.Load() {
		e.mu.Unlock()
		return ErrClosed
	}
	if e.fatal != nil {
		e.mu.Unlock()
		return e.fatal
	}
	return nil
}

// Close frees the encoder; what it still holds is lost, see Drain. It may be called
// twice, and from any goroutine.
func (e *Encoder) Close() error {
	if e == nil || e.closed.Swap(true) {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return opError("close encoder", e.eng.close())
}

// EncodeFormats are the surface formats that encoders take: the guide's twelve.
func EncodeFormats() []frame.Format {
	return slices.Clone([]frame.Format{
		frame.NV12, frame.YV12, frame.IYUV, frame.YUV444, frame.P010, frame.YUV444P10MSB,
		frame.ARGB, frame.ARGB10, frame.ABGR, frame.ABGR10, frame.NV16, frame.P210,
	})
}
