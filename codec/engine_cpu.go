package codec

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

// cpuEngine decodes with libavcodec's software decoders.
type cpuEngine struct {
	cfg      *DecoderConfig
	dec      *avformat.Decoder
	pkt      *avformat.Packet
	timeBase frame.Rational
	rotation int
	out      cpuOutput
	drained  bool
}

func newCPUDecodeEngine(s *StreamInfo, cfg *DecoderConfig) (decodeEngine, error) {
	if cfg.Deinterlace != Weave {
		return nil, fmt.Errorf("%w: the CPU engine does not deinterlace (%v); use Weave, or a GPU", ErrUnsupported, cfg.Deinterlace)
	}
	if cfg.Latency == LatencyZero && s.Reorder > 0 {
		return nil, fmt.Errorf("%w: the CPU engine cannot give frames in decoding order, and the stream reorders %d pictures; use LatencyLow, or a GPU", ErrUnsupported, s.Reorder)
	}
	par, err := s.parameters()
	if err != nil {
		return nil, err
	}
	defer par.Close()
	e := &cpuEngine{cfg: cfg, timeBase: s.TimeBase, rotation: s.Rotation}
	if err := e.out.open(cfg); err != nil {
		return nil, err
	}
	opt := &avformat.DecoderOptions{Threads: cfg.Threads, TimeBase: avformat.Rational(s.TimeBase)}
	if cfg.Latency != LatencyNative {
		// Frame threads hold back a picture each; slices of one do not.
		opt.SliceThreads = true
	}
	if e.dec, err = avformat.NewDecoder(par, opt); err == nil {
		e.pkt, err = avformat.NewPacket()
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *cpuEngine) decode(p *Packet, out []*frame.Frame) ([]*frame.Frame, error) {
	if e.drained {
		e.dec.Flush()
		e.drained = false
	}
	if err := e.load(p); err != nil {
		return out, err
	}
	var first error
	for {
		err := e.dec.Send(e.pkt)
		if err == avformat.ErrAgain {
			// Full: take what is there, then the packet fits.
			n := len(out)
			out, err = e.receive(out)
			if err != nil {
				first = firstError(first, err)
			}
			if len(out) == n && err == nil {
				return out, fmt.Errorf("avcodec_send_packet: the decoder neither takes a packet nor gives a frame")
			}
			if !errors.Is(first, ErrCorrupt) && first != nil {
				return out, first
			}
			continue
		}
		if err != nil {
			first = firstError(first, decodeError(err))
		}
		break
	}
	out, err := e.receive(out)
	return out, firstError(first, err)
}

// load copies p into the AVPacket that libavcodec gets.
func (e *cpuEngine) load(p *Packet) error {
	if err := e.pkt.SetData(p.Data); err != nil {
		return err
	}
	t := avformat.Times{PTS: p.PTS, DTS: p.DTS, Duration: p.Duration, Pos: p.Pos}
	if p.Key {
		t.Flags |= avformat.PacketKey
	}
	if p.Flags&Discard != 0 {
		t.Flags |= avformat.PacketDiscard
	}
	if p.Flags&Damaged != 0 {
		t.Flags |= avformat.PacketCorrupt
	}
	e.pkt.SetTimes(t)
	for i := range p.SideData {
		s := &p.SideData[i]
		if err := e.pkt.AddSideData(avformat.SideDataType(s.Type), s.Data); err != nil {
			return err
		}
	}
	if p.TimeBase.Num > 0 {
		e.timeBase = p.TimeBase
	}
	return nil
}

// receive takes all frames that are ready. Damage does not end it.
func (e *cpuEngine) receive(out []*frame.Frame) ([]*frame.Frame, error) {
	var first error
	for {
		f, err := e.out.next(e.dec)
		switch {
		case err == nil:
			f.TimeBase, f.Rotation = e.timeBase, e.rotation
			out = append(out, f)
			continue
		case err == avformat.ErrAgain:
			return out, first
		case err == io.EOF:
			e.drained = true
			return out, first
		}
		if err = decodeError(err); !errors.Is(err, ErrCorrupt) {
			return out, err
		}
		first = firstError(first, err)
	}
}

func (e *cpuEngine) drain(out []*frame.Frame) ([]*frame.Frame, error) {
	if e.drained {
		return out, nil
	}
	if err := e.dec.Send(nil); err != nil && err != io.EOF {
		return out, decodeError(err)
	}
	out, err := e.receive(out)
	e.drained = true
	return out, err
}

func (e *cpuEngine) discard() error {
	e.dec.Flush()
	e.drained = false
	return nil
}

func (e *cpuEngine) close() error {
	err := errors.Join(e.dec.Close(), e.pkt.Close(), e.out.close())
	return err
}

// decodeError tells damage of the stream, which libavcodec reports packet by packet
// and gets over, from what ends decoding.
func decodeError(err error) error {
	var code avformat.Code
	if err == nil || errors.Is(err, ErrCorrupt) || !errors.As(err, &code) {
		return err
	}
	switch code {
	case avformat.ErrNoMemory, avformat.ErrBug, avformat.ErrPatchWelcome:
		return err
	}
	if errors.Is(err, ErrUnsupported) {
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
		return nil, nil, fmt.Errorf("Memory frame.Device with the CPU engine needs a GPU: %w", err)
	}
	if cfg.Stream != nil {
		return ctx, cfg.Stream, nil
	}
	s, err := ctx.NewStream(cuda.StreamNonBlocking)
	if err != nil {
		ctx.Close()
		return nil, nil, err
	}
	return ctx, s, nil
}
