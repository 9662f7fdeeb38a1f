package codec

import (
	"errors"
	"fmt"
	"iter"

	"github.com/go-nvcodec/nvcodec/frame"
)

// checkConversion refuses what no frame could be converted to.
func (c *DecoderConfig) checkConversion() error {
	if !c.converts() {
		return nil
	}
	v, err := frame.NewConverter(c.Output, &c.Conversion)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrArgument, err)
	}
	return v.Close()
}

func (c *DecoderConfig) converts() bool {
	return c.Output != frame.Unknown || c.Conversion != frame.Conversion{}
}

// convert makes of the frames from index n on what the configuration asks for. After an
// error, those before it are left, and the decoder is at its end.
func (d *Decoder) convert(op string, n int) error {
	if !d.cfg.converts() || d.cfg.late {
		return nil
	}
	for i, f := range d.out[n:] {
		pts := f.PTS
		g, err := d.finish(f)
		if err != nil {
			for _, rest := range d.out[n+i+1:] {
				rest.Release()
			}
			d.out = d.out[:n+i]
			return opErrorAt(op, pts, err)
		}
		d.out[n+i] = g
	}
	return nil
}

// finishLate is finish for readers that leave out frames: they set late, and call it for
// the frames that they give, whose Index they have set.
func (d *Decoder) finishLate(f *frame.Frame) (*frame.Frame, error) {
	if f.Index == 0 && d.cfg.late {
		addHeaderSEI(f, d.header)
	}
	if !d.cfg.converts() || !d.cfg.late {
		return f, nil // or it is done
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		f.Release()
		return nil, ErrClosed
	}
	pts := f.PTS
	g, err := d.finish(f)
	return g, opErrorAt("convert", pts, err)
}

// finish converts a frame, which it releases, where the configuration asks for it. The
// decoder is locked.
func (d *Decoder) finish(f *frame.Frame) (*frame.Frame, error) {
	if !d.cfg.converts() {
		return f, nil
	}
	defer f.Release()
	if d.converter == nil {
		v, err := frame.NewConverter(d.cfg.Output, &d.cfg.Conversion)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrArgument, err)
		}
		d.converter = v
	}
	g, err := d.converter.Convert(f, nil)
	if err == nil {
		return g, nil
	}
	for _, unsupported := range []error{frame.ErrInvalidFormat, frame.ErrInvalidColor, frame.ErrInvalidConversion} {
		if errors.Is(err, unsupported) {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	return nil, err
}

// Fill takes frames of a sequence to the places of a sink, a frame.Batch for example,
// from 0 on, releases them, and returns how many it took: as many as there are places
// unless the sequence ends, or fails, before. Then the sequence is left.
//
//	n, err := codec.Fill(batch, simple.FramesAt(indices))
//
// Errors are those of the sequence and of the sink.
func Fill(sink frame.Sink, frames iter.Seq2[*frame.Frame, error]) (n int, err error) {
	if sink.Len() == 0 {
		return 0, nil
	}
	for f, err := range frames {
		if err != nil {
			return n, err
		}
		err = sink.Put(n, f)
		pts := f.PTS
		f.Release()
		if err != nil {
			return n, opErrorAt("fill", pts, err)
		}
		if n++; n == sink.Len() {
			break
		}
	}
	return n, nil
}
