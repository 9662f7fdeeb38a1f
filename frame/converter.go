package frame

import (
	"fmt"
	"os"
	"sync"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// A Converter makes frames of another format, size or orientation, as a Conversion
// says: on the GPU for frames in device memory, on the CPU, with the same results to
// the bit, for others.
//
// Sources may be all formats that decoders make of 8 to 16 bits: 4:2:0, 4:2:2, 4:4:4
// and the like, planar, semi-planar or packed, RGB and gray; alpha is dropped.
// Results may be packed or planar RGB of 8, 10 and 16 bits and floating point, gray,
// and planar or semi-planar Y, U, V. ErrInvalidFormat says that a format is neither.
//
// A Converter makes what it needs for the first frame, and again when frames change in
// format, size or colour; otherwise it does not allocate. One goroutine at a time may
// use it. Close may come from another.
type Converter struct {
	format Format

	mu     sync.Mutex
	engine engine
	device *DevicePool
	host   *HostPool
	views  [2]view
	closed bool
}

// NewConverter makes a Converter to a format, or, if that is Unknown, to the format that
// each frame has already; a nil conversion means the zero Conversion. It opens nothing. Errors: ErrInvalidFormat, ErrInvalidConversion.
func NewConverter(to Format, c *Conversion) (*Converter, error) {
	if c == nil {
		c = &Conversion{}
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	v := &Converter{format: to}
	v.engine.conversion = *c
	v.engine.to = newTarget
	if to == Unknown {
		return v, nil
	}
	t, err := newTarget(to, 0)
	if err != nil {
		return nil, err
	}
	if c.normalises() && !t.kind.float() {
		return nil, fmt.Errorf("frame: conversion: mean %v and std %v for %v: %w", c.Mean, c.Std, to, ErrInvalidConversion)
	}
	v.engine.to = func(_ Format, depth int) (target, error) { return newTarget(to, depth) }
	return v, nil
}

// Format is what it makes; Unknown if that is what it gets.
func (c *Converter) Format() Format { return c.format }

// formatOf is what it makes of src.
func (c *Converter) formatOf(src *Frame) Format {
	if c.format == Unknown {
		return src.Format
	}
	return c.format
}

// Size is the size of what it makes of f.
func (c *Converter) Size(f *Frame) (width, height int, err error) {
	if err := f.check("Size"); err != nil {
		return 0, 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.engine.prepare(f)
	if err != nil {
		return 0, 0, err
	}
	return p.width, p.height, nil
}

// Convert returns a new frame made of src, in the same memory, with one reference and
// the properties of src. Device work is queued in s or, if that is nil, in a stream of
// the Converter's; the frame's Wait waits for it. src may be released at once.
// Errors: ErrReleased, ErrInvalidFormat, ErrInvalidColor, ErrInvalidConversion,
// ErrInvalidPlane, os.ErrClosed, *cuda.Error.
func (c *Converter) Convert(src *Frame, s *cuda.Stream) (*Frame, error) {
	p, err := c.begin("Convert", src)
	if err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	if s, err = c.stream(src, s); err != nil {
		return nil, err
	}
	dst, err := c.get(src, p, s)
	if err != nil {
		return nil, err
	}
	if err := c.run(dst, src, s); err != nil {
		dst.Release()
		return nil, err
	}
	return dst, nil
}

// ConvertTo writes the pixels made of src to dst, whose format is the Converter's and
// whose size is that of the result (Size), in the same memory; it sets dst's
// properties. Otherwise it is Convert. Error beside those: ErrMismatch.
func (c *Converter) ConvertTo(dst, src *Frame, s *cuda.Stream) error {
	if err := dst.convertible("ConvertTo"); err != nil {
		return err
	}
	p, err := c.begin("ConvertTo", src)
	if err != nil {
		return err
	}
	defer c.mu.Unlock()
	if dst.Format != c.formatOf(src) || dst.Width != p.width || dst.Height != p.height {
		return fmt.Errorf("frame: convert to %v of %d x %d, not %v of %d x %d: %w",
			c.formatOf(src), p.width, p.height, dst.Format, dst.Width, dst.Height, ErrMismatch)
	}
	if dst.Memory != src.Memory || src.Memory == Device && dst.ctx != nil && dst.ctx.Handle() != src.ctx.Handle() {
		return fmt.Errorf("frame: convert from %v to %v memory, or to another device: %w", src.Memory, dst.Memory, ErrInvalidMemory)
	}
	if s, err = c.stream(src, s); err != nil {
		return err
	}
	return c.run(dst, src, s)
}

// begin locks the Converter for a frame.
func (c *Converter) begin(op string, src *Frame) (*plan, error) {
	if err := src.convertible(op); err != nil {
		return nil, err
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, fmt.Errorf("frame: converter: %w", os.ErrClosed)
	}
	p, err := c.engine.prepare(src)
	if err != nil {
		c.mu.Unlock()
	}
	return p, err
}

// stream is s or the Converter's own.
func (c *Converter) stream(src *Frame, s *cuda.Stream) (*cuda.Stream, error) {
	if src.Memory == Host || s != nil {
		return s, nil
	}
	d, err := c.engine.on(src.ctx)
	if err != nil {
		return nil, err
	}
	return d.stream, nil
}

// get is a frame of a pool that fits.
func (c *Converter) get(src *Frame, p *plan, s *cuda.Stream) (*Frame, error) {
	var err error
	to := c.formatOf(src)
	if src.Memory == Host {
		if !c.host.Fits(to, p.width, p.height) {
			c.host.Close()
			if c.host, err = NewHostPool(to, p.width, p.height, nil); err != nil {
				return nil, err
			}
		}
		return c.host.Get()
	}
	if !c.device.Fits(to, p.width, p.height) || c.device.pool.ctx.Handle() != src.ctx.Handle() {
		c.device.Close()
		if c.device, err = NewDevicePool(src.ctx, to, p.width, p.height, nil); err != nil {
			return nil, err
		}
	}
	return c.device.Get(s)
}

func (c *Converter) run(dst, src *Frame, s *cuda.Stream) error {
	p := c.engine.plan
	for i := range p.steps {
		c.views[i] = frameView(dst, &p.steps[i].part, p.target.kind)
	}
	if err := c.engine.run(src, &c.views, s); err != nil {
		return err
	}
	dst.CopyProperties(src)
	dst.Color, dst.SAR = p.color, p.sar(src.SAR)
	if dst.BitDepth = p.target.depth; p.target.kind.float() || p.target.depth == dst.Format.Bits() {
		dst.BitDepth = 0
	}
	if c.engine.conversion.Upright {
		dst.Rotation = 0
	}
	if src.Memory == Device {
		return dst.MarkReady(s)
	}
	return nil
}

// Close frees what the Converter made. Frames that it returned stay valid.
func (c *Converter) Close() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	err := c.engine.close()
	for _, close := range []func() error{c.host.Close, c.device.Close} {
		if e := close(); err == nil {
			err = e
		}
	}
	return err
}

// Convert returns the picture in another format, of the same size and in the same
// memory, as a Converter with the zero Conversion makes it. It needs a Release. For
// more than one frame use a Converter. Errors: as Converter.Convert.
func (f *Frame) Convert(to Format) (*Frame, error) {
	c, err := NewConverter(to, nil)
	if err != nil {
		return nil, err
	}
	g, err := c.Convert(f, nil)
	if err == nil && g.Memory == Device {
		err = g.Wait(nil) // the stream ends with the Converter
	}
	if e := c.Close(); err == nil {
		err = e
	}
	if err != nil {
		g.Release()
		return nil, err
	}
	return g, nil
}
