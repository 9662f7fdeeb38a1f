package codec

import (
	"errors"
	"fmt"
	"sync"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// ScalerConfig configures a Scaler; nil means the zero value.
type ScalerConfig struct {
	// Color of the frames that come out. What is zero or unspecified is as in the frame
	// that goes in. Range and matrix are converted, the rest is only said.
	Color frame.Color
}

// A Scaler gives frames another size or format, with bicubic interpolation on the CPU.
// It takes frames of any size, format and memory, each different from the one before.
//
// One goroutine at a time may use it. Close may come from any.
type Scaler struct {
	width, height int
	format        frame.Format
	color         frame.Color

	mu     sync.Mutex
	closed bool
	eng    *avformat.Scaler
	from   scaleSource
	in     avformat.Planes
	out    avformat.Planes
	down   hostCopy
	pool   *frame.HostPool
}

// scaleSource is what a scaler of libswscale is made for.
type scaleSource struct {
	format        frame.Format
	width, height int
	color         frame.Color
}

// NewScaler makes a scaler to frames of width x height in format f, in host memory.
//
// Errors match ErrArgument, ErrLibrary or ErrUnsupported.
func NewScaler(width, height int, f frame.Format, cfg *ScalerConfig) (*Scaler, error) {
	const op = "new scaler"
	if cfg == nil {
		cfg = &ScalerConfig{}
	}
	pool, err := frame.NewHostPool(f, width, height, nil)
	if err != nil {
		return nil, opError(op, fmt.Errorf("%w: %w", ErrArgument, err))
	}
	s := &Scaler{width: width, height: height, format: f, color: cfg.Color, pool: pool}
	if s.color.Matrix == frame.MatrixRGB {
		s.color.Matrix = frame.MatrixUnspecified
	}
	if _, err := sourceImage(f, width, height, frame.Color{}); err != nil {
		_ = pool.Close()
		return nil, opError(op, err)
	}
	return s, nil
}

// Scale returns f in the scaler's size and format: a new frame in host memory with f's
// properties, which the caller releases. f stays the caller's. The shape of a sample
// changes with the size, so that the picture keeps its shape.
//
// The error matches ErrUnsupported for formats and colour matrices that cannot be
// converted.
func (s *Scaler) Scale(f *frame.Frame) (*frame.Frame, error) {
	const op = "scale"
	if s == nil || f == nil {
		return nil, opError(op, fmt.Errorf("%w: no scaler or no frame", ErrArgument))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	h, err := s.down.get(f)
	if err != nil {
		return nil, opErrorAt(op, f.PTS, err)
	}
	if h != f {
		defer h.Release()
	}
	if err := s.open(h, f.Color); err != nil {
		return nil, opErrorAt(op, f.PTS, err)
	}
	d, err := s.pool.Get()
	if err != nil {
		return nil, opErrorAt(op, f.PTS, err)
	}
	d.CopyProperties(f)
	if f.Format != s.format {
		d.BitDepth = 0
	}
	d.Color = s.to(f.Color)
	d.SAR = keepShape(f.SAR, f.Width, f.Height, s.width, s.height)
	setPlanes(&s.in, h)
	setPlanes(&s.out, d)
	if err := s.eng.ScalePlanes(&s.out, &s.in); err != nil {
		d.Release()
		return nil, opErrorAt(op, f.PTS, err)
	}
	return d, nil
}

// to is the colour of what is made of a frame of colour c.
func (s *Scaler) to(c frame.Color) frame.Color {
	c = mergeColor(s.color, c)
	switch rgb := s.format.Family() == frame.FamilyRGB; {
	case rgb:
		c.Matrix = frame.MatrixRGB
	case c.Matrix == frame.MatrixRGB:
		c.Matrix = frame.MatrixUnspecified
	}
	return c
}

// open has an engine for frames like f.
func (s *Scaler) open(f *frame.Frame, color frame.Color) error {
	from := scaleSource{f.Format, f.Width, f.Height, color}
	if s.eng != nil && s.from == from {
		return nil
	}
	src, err := sourceImage(f.Format, f.Width, f.Height, color)
	if err != nil {
		return err
	}
	dst, err := sourceImage(s.format, s.width, s.height, s.to(color))
	if err != nil {
		return err
	}
	eng, err := newScaler(src, dst)
	if err != nil {
		return err
	}
	_ = s.eng.Close()
	s.eng, s.from = eng, from
	return nil
}

// newScaler is libswscale's; a matrix that does not change need not be one that it knows.
func newScaler(src, dst avformat.Image) (*avformat.Scaler, error) {
	if src.Color.Matrix == dst.Color.Matrix {
		src.Color.Matrix, dst.Color.Matrix = int(frame.MatrixUnspecified), int(frame.MatrixUnspecified)
	}
	return avformat.NewScaler(src, dst, avformat.Bicubic)
}

// setPlanes is f's memory as libswscale takes it, which knows no order of V before U.
func setPlanes(p *avformat.Planes, f *frame.Frame) {
	*p = avformat.Planes{}
	for i := range f.Planes {
		p.Data[i], p.Stride[i] = f.Planes[i].Data, f.Planes[i].Pitch
	}
	if f.Format == frame.YV12 {
		p.Data[1], p.Data[2] = p.Data[2], p.Data[1]
		p.Stride[1], p.Stride[2] = p.Stride[2], p.Stride[1]
	}
}

// keepShape is the shape of a sample after a change of size that leaves the picture's
// shape as it is; one that is unknown stays so.
func keepShape(sar frame.Rational, w, h, toW, toH int) frame.Rational {
	if sar.Num <= 0 || sar.Den <= 0 {
		return sar
	}
	r := frame.Rational{Num: sar.Num, Den: sar.Den}.Reduce()
	return frame.Rational{Num: r.Num * w * toH, Den: r.Den * h * toW}.Reduce()
}

// Close frees the scaler. Frames that it made stay valid. It may be called twice.
func (s *Scaler) Close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return opError("close scaler", errors.Join(s.eng.Close(), s.down.close(), s.pool.Close()))
}
