package codec

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

// cpuEngine decodes with libavcodec's software decoders.
//
// Packets carry a private number in place of their time, which comes back with the
// picture and leads to everything else that is known of it.
type cpuEngine struct {
	cfg   *DecoderConfig
	info  *StreamInfo
	times cpuTimes
	pkt   *avformat.Packet
	main  cpuLane  // all threads
	redo  *cpuRedo // decides who decodes, for codecs whose damaged pictures depend on it; else nil
	out   cpuOutput
}

func newCPUDecodeEngine(s *StreamInfo, cfg *DecoderConfig) (decodeEngine, error) {
	if what := cfg.hardwareOnly(); what != "" {
		return nil, fmt.Errorf("%w: the CPU engine does not do %s; leave it out, or use a GPU", ErrUnsupported, what)
	}
	if cfg.Latency == LatencyZero && s.Reorder > 0 {
		return nil, fmt.Errorf("%w: the CPU engine cannot give frames in decoding order, and the stream reorders %d pictures; use LatencyLow, or a GPU", ErrUnsupported, s.Reorder)
	}
	e := &cpuEngine{cfg: cfg, info: s}
	e.times.init(s)
	e.times.sei.limit = cfg.Limits.sei()
	err := e.out.open(cfg)
	if err == nil {
		threads := cfg.Threads
		if threads == 0 {
			threads = cpuThreads()
		}
		if threads > 1 && cfg.Latency == LatencyNative {
			e.redo = newCPURedo(e)
		}
		err = e.main.open(s, cfg, threads, e.redo != nil)
	}
	if err == nil {
		e.pkt, err = avformat.NewPacket()
	}
	if err != nil {
		_ = e.close()
		return nil, err
	}
	return e, nil
}

func (e *cpuEngine) decode(p *Packet, out []*frame.Frame) ([]*frame.Frame, error) {
	if err := e.load(p); err != nil {
		return out, err
	}
	if e.redo != nil {
		return e.redo.decode(out)
	}
	return e.main.decode(e.pkt, (*plainSink)(e), out)
}

// load copies p into the AVPacket that libavcodec gets.
func (e *cpuEngine) load(p *Packet) error { return loadPacket(e.pkt, p, e.times.add(p)) }

func (e *cpuEngine) drain(out []*frame.Frame) ([]*frame.Frame, error) {
	if e.redo != nil {
		return e.redo.drain(out)
	}
	out, err := e.main.drain((*plainSink)(e), out)
	e.times.forget()
	return out, err
}

func (e *cpuEngine) discard() error {
	e.main.flush()
	if e.redo != nil {
		e.redo.restart()
	}
	e.times.restart()
	return nil
}

func (e *cpuEngine) close() error {
	err := errors.Join(e.main.close(), e.pkt.Close())
	if e.redo != nil {
		err = errors.Join(err, e.redo.close())
	}
	return errors.Join(err, e.out.close())
}

// plainSink delivers every picture.
type plainSink cpuEngine

func (s *plainSink) picture(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error) {
	return (*cpuEngine)(s).deliver(v, out)
}

func (s *plainSink) failed(err error) error { return err }

// deliver makes a frame of a picture and appends it. It takes over v.
func (e *cpuEngine) deliver(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error) {
	dts := v.av.PacketDTS()
	f, err := e.out.frame(v)
	if err != nil {
		return out, err
	}
	e.times.describe(f, dts)
	f.Rotation = e.info.Rotation
	return append(out, f), nil
}

// A pictureSink takes what a lane gives.
type pictureSink interface {
	// picture takes over a picture.
	picture(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error)
	// failed takes an error of the stream or of the decoder and returns the one that
	// the caller is to see, if any.
	failed(err error) error
}

// A cpuLane is one libavcodec decoder.
type cpuLane struct {
	dec     *avformat.Decoder
	views   *viewPool
	spare   *viewFrame
	drained bool
	answers int // pictures and errors that the decoder gave
}

// open makes the decoder. With strict it gives up a picture at the first error in it,
// and says so; else it conceals what it can.
func (l *cpuLane) open(s *StreamInfo, cfg *DecoderConfig, threads int, strict bool) error {
	par, err := s.parameters()
	if err != nil {
		return err
	}
	defer par.Close()
	l.views = new(viewPool)
	options := map[string]string{"max_pixels": strconv.Itoa(min(cfg.Limits.width()*cfg.Limits.height(), math.MaxInt32))} // the most that FFmpeg takes
	if strict {
		options["err_detect"] = "explode"
	}
	l.dec, err = avformat.NewDecoder(par, &avformat.DecoderOptions{
		Options: options,
		Threads: threads,
		// Frame threads hold back a picture each; slices of one do not.
		SliceThreads: cfg.Latency != LatencyNative,
		TimeBase:     avformat.Rational(s.TimeBase),
	})
	return err
}

// decode feeds one packet and hands what comes back to sink.
func (l *cpuLane) decode(pkt *avformat.Packet, sink pictureSink, out []*frame.Frame) ([]*frame.Frame, error) {
	if l.drained {
		l.flush()
	}
	var first error
	for stuck := false; ; {
		err := l.dec.Send(pkt)
		if err != avformat.ErrAgain {
			if err = decodeError(err); err != nil {
				first = firstError(first, sink.failed(err))
			}
			break
		}
		// Full: take what is there, then the packet fits.
		if stuck {
			return out, errors.New("avcodec_send_packet: the decoder neither takes a packet nor gives a frame")
		}
		n := l.answers
		if out, err = l.receive(sink, out); err != nil {
			if first = firstError(first, err); !errors.Is(err, ErrCorrupt) {
				return out, err
			}
		}
		stuck = l.answers == n
	}
	out, err := l.receive(sink, out)
	return out, firstError(first, err)
}

// maxErrors is more than a decoder can have packets in work, each of which may give an
// error before the next picture.
const maxErrors = 128

// receive takes all pictures that are ready. Damage does not end it, unless it has no
// end: after an error of its last threads FFmpeg 7 gives that error for ever.
func (l *cpuLane) receive(sink pictureSink, out []*frame.Frame) ([]*frame.Frame, error) {
	var first error
	for bad := 0; bad < maxErrors; bad++ {
		if l.spare == nil {
			var err error
			if l.spare, err = l.views.get(); err != nil {
				return out, err
			}
		}
		err := l.dec.Receive(l.spare.av)
		if err != avformat.ErrAgain {
			l.answers++
		}
		if err == nil {
			v := l.spare
			l.spare = nil
			out, err = sink.picture(v, out)
		}
		switch {
		case err == nil:
			bad = -1
			continue
		case err == avformat.ErrAgain:
			return out, first
		case err == io.EOF:
			l.drained = true
			return out, first
		}
		if err = decodeError(err); !errors.Is(err, ErrCorrupt) {
			return out, err
		}
		first = firstError(first, sink.failed(err))
	}
	return out, first
}

func (l *cpuLane) drain(sink pictureSink, out []*frame.Frame) ([]*frame.Frame, error) {
	if l.drained {
		return out, nil
	}
	var first error
	if err := l.dec.Send(nil); err != nil && err != io.EOF {
		if first = decodeError(err); !errors.Is(first, ErrCorrupt) {
			return out, first
		}
		first = sink.failed(first)
	}
	out, err := l.receive(sink, out)
	l.drained = true
	return out, firstError(first, err)
}

func (l *cpuLane) flush() {
	l.dec.Flush()
	l.drained = false
}

func (l *cpuLane) close() error {
	if l.spare != nil {
		l.spare.end()
		l.spare = nil
	}
	if l.views != nil {
		l.views.close()
	}
	return l.dec.Close()
}

// decodeError tells damage of the stream, which libavcodec reports packet by packet
// and gets over, from what ends decoding.
func decodeError(err error) error {
	if err == nil {
		return nil // before anything is allocated
	}
	return classify(err)
}

func classify(err error) error {
	var code avformat.Code
	if errors.Is(err, ErrCorrupt) || !errors.As(err, &code) {
		return err
	}
	if code == avformat.ErrNoMemory || errors.Is(err, ErrUnsupported) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// firstError keeps the first damage, but lets through what is worse.
func firstError(first, err error) error {
	if first == nil || err != nil && errors.Is(first, ErrCorrupt) && !errors.Is(err, ErrCorrupt) {
		return err
	}
	return first
}

// uploadContext is the context and stream that frames of the CPU engine are uploaded
// in when the configuration wants them on the GPU.
func uploadContext(cfg *DecoderConfig) (*cuda.Context, *cuda.Stream, error) {
	ctx, err := deviceContext(&cfg.DeviceConfig)
	if err != nil {
		return nil, nil, fmt.Errorf("frames of the CPU engine in device memory need a GPU: %w", err)
	}
	if cfg.Stream != nil {
		return ctx, cfg.Stream, nil
	}
	s, err := ctx.NewStream(cuda.StreamNonBlocking)
	if err != nil {
		_ = ctx.Close()
		return nil, nil, err
	}
	return ctx, s, nil
}
