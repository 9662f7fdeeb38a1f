package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
)

// A decodeEngine decodes one stream; NVDEC and FFmpeg's software codecs implement
// it. The Decoder around it serialises all calls, applies the error policy and
// knows when the engine must not be used any more.
//
// decode and drain append the frames that are completed, in the order of the
// latency mode, each with one reference that the receiver owns, and may return an
// error beside them: one that wraps ErrCorrupt says that the picture is damaged and
// that the engine can go on, any other ends the engine's life. out has room for
// what the last calls returned and is reused by the caller.
type decodeEngine interface {
	// decode takes one packet, whose memory it does not keep.
	decode(p *Packet, out []*frame.Frame) ([]*frame.Frame, error)
	// drain ends the stream: all frames that are still held come out. decode may be
	// called again afterwards, and begins a new stream.
	drain(out []*frame.Frame) ([]*frame.Frame, error)
	// discard forgets references and frames that are still held, after a seek.
	discard() error
	// close frees everything but frames that users hold. It is called once, when no
	// other call is inside.
	close() error
}

// errNotFor says that an engine cannot take a stream, for Auto to note the reason
// and take the other one. Any other error is not a matter of choice.
type errNotFor struct{ err error }

func (e errNotFor) Error() string { return e.err.Error() }
func (e errNotFor) Unwrap() error { return e.err }

// openDecodeEngine chooses the engine of a stream, once.
func openDecodeEngine(s *StreamInfo, cfg *DecoderConfig) (eng decodeEngine, dev Device, reason string, err error) {
	openCPU := func(why string) (decodeEngine, Device, string, error) {
		e, err := newCPUDecodeEngine(s, cfg)
		if err != nil {
			if why != "" {
				err = fmt.Errorf("%w\n(the CPU because %s)", err, why)
			}
			return nil, CPU, why, err
		}
		return e, CPU, why, nil
	}
	if cfg.Device == CPU {
		return openCPU("the configuration asks for it")
	}
	n, err := newNVDECEngine(s, cfg)
	if err == nil {
		return n, n.device(), "NVDEC decodes " + describeStream(s), nil
	}
	var not errNotFor
	if cfg.Device != Auto || !errors.As(err, &not) {
		return nil, cfg.Device, "", err
	}
	if what := cfg.hardwareOnly(); what != "" {
		return nil, CPU, "", fmt.Errorf("%w: %s needs NVDEC: %w", ErrUnsupported, what, err)
	}
	return openCPU(not.Error())
}

// describeStream says codec, size and depth in a few words.
func describeStream(s *StreamInfo) string {
	d := s.Codec.String()
	if s.Width > 0 {
		d += fmt.Sprintf(" %dx%d", s.Width, s.Height)
	}
	if s.PixelFormat != "" {
		d += " " + s.PixelFormat
	}
	return d
}
