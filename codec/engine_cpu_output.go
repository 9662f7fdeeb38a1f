package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

// cpuOutput makes frames of libavcodec's pictures: as they are, repacked into the
// hardware's layout, and on the device if that is asked for.
type cpuOutput struct {
	layout Layout
	bobs   bool
	fields bobOutput
	host   *frame.HostPool
	device *frame.DevicePool
	ctx    *cuda.Context // nil unless frames go to the device
	stream *cuda.Stream
	own    bool // stream is ours
	format avformat.PixelFormat
	mapped frame.Format // of format
}

func (o *cpuOutput) open(cfg *DecoderConfig) (err error) {
	o.layout, o.format = cfg.Layout, avformat.PixelFormatNone
	o.bobs = cfg.Deinterlace == Bob
	if cfg.Memory == frame.Device {
		o.ctx, o.stream, err = uploadContext(cfg)
		o.own = err == nil && cfg.Stream == nil
	}
	return err
}

// frame makes a frame of a picture. It takes over v.
func (o *cpuOutput) frame(v *viewFrame) (*frame.Frame, error) {
	err := upright(v.av)
	var f *frame.Frame
	if err == nil {
		f, err = o.describe(v)
	}
	if err != nil {
		v.pool.put(v)
		return nil, err
	}
	if f, err = o.convert(f); err != nil {
		return nil, err
	}
	if o.bobs {
		if f, err = o.fields.bob(f); err != nil {
			return nil, err
		}
	}
	if o.ctx != nil {
		return o.upload(f)
	}
	return f, nil
}

// upright copies a picture whose rows lie bottom up in memory, as some old codecs
// give it, into one that begins with its first row.
func upright(av *avformat.Frame) error {
	if av.Linesize(0) >= 0 {
		return nil
	}
	t, err := avformat.NewFrame()
	if err != nil {
		return err
	}
	defer t.Close()
	if err := t.Allocate(av.Format(), av.Width(), av.Height()); err != nil {
		return err
	}
	if err := t.CopyProps(av); err != nil {
		return err
	}
	for p := range av.Planes() {
		_, rows := av.PlaneSize(p)
		for y := range rows {
			copy(t.Row(p, y), av.Row(p, y))
		}
	}
	return av.Move(t)
}

// describe fills v.frame with a view of the picture in v.av.
func (o *cpuOutput) describe(v *viewFrame) (*frame.Frame, error) {
	av, f := v.av, &v.frame
	pf := av.Format()
	if pf != o.format {
		m, err := frame.FormatByName(pf.String())
		if err != nil {
			return nil, fmt.Errorf("%w: pictures in FFmpeg's pixel format %v: %w", ErrUnsupported, pf, err)
		}
		o.format, o.mapped = pf, m
	}
	f.Reset(v)
	f.Format, f.Memory, f.Width, f.Height = o.mapped, frame.Host, av.Width(), av.Height()
	f.Planes = v.planes[:o.mapped.Planes()]
	for i := range f.Planes {
		// A palette has one row, whose length the decoder need not say.
		pitch := max(av.Linesize(i), o.mapped.RowBytes(i, f.Width))
		f.Planes[i] = frame.Plane{Data: av.Plane(i), Shape: o.mapped.PlaneShape(i, f.Width, f.Height), Pitch: pitch}
	}
	f.BitDepth = o.mapped.Bits()
	f.PTS = av.PacketPTS() // the number of the packet, see cpuTimes
	f.Key, f.Interlaced, f.TopFieldFirst, f.RepeatFields = av.Key(), av.Interlaced(), av.TopFieldFirst(), av.RepeatFields()
	f.Corrupt = damaged(av)
	f.SAR = frame.Rational(av.SampleAspectRatio())
	f.Color = colorOf(av.Color())
	if f.Color.Range == frame.RangeUnspecified && o.mapped.FullRange() {
		f.Color.Range = frame.RangeFull
	}
	return f, nil
}

// convert repacks f into the hardware's layout if that is wanted and there is one.
// It takes over f.
func (o *cpuOutput) convert(f *frame.Frame) (*frame.Frame, error) {
	if o.layout != LayoutNative {
		return f, nil
	}
	native, ok := f.Format.NativeFormat()
	if !ok || native == f.Format {
		return f, nil
	}
	defer f.Release()
	if !o.host.Fits(native, f.Width, f.Height) {
		o.host.Close()
		o.host = nil
		cfg := frame.HostPoolConfig{PageLocked: o.ctx}
		var err error
		if o.host, err = frame.NewHostPool(native, f.Width, f.Height, &cfg); err != nil {
			return nil, err
		}
	}
	n, err := o.host.Get()
	if err != nil {
		return nil, err
	}
	if err := f.RepackTo(n); err != nil {
		n.Release()
		return nil, err
	}
	return n, nil
}

// upload copies f to the device, in stream order. It takes over f.
func (o *cpuOutput) upload(f *frame.Frame) (*frame.Frame, error) {
	defer f.ReleaseOn(o.stream)
	if !o.device.Fits(f.Format, f.Width, f.Height) {
		o.device.Close()
		o.device = nil
		var err error
		if o.device, err = frame.NewDevicePool(o.ctx, f.Format, f.Width, f.Height, nil); err != nil {
			return nil, err
		}
	}
	d, err := o.device.Get(o.stream)
	if err != nil {
		return nil, err
	}
	if err := f.CopyToStream(d, o.stream); err != nil {
		d.Release()
		return nil, err
	}
	return d, nil
}

func (o *cpuOutput) close() error {
	err := errors.Join(o.fields.close(), o.host.Close(), o.device.Close())
	if o.own {
		err = errors.Join(err, o.stream.Close())
	}
	if o.ctx != nil {
		err = errors.Join(err, o.ctx.Close())
	}
	return err
}
