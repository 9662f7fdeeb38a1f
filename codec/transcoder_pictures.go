package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// pictures scales and converts, with libswscale, frames that are not as the encoder
// wants them: another size was asked for, or the source changed in its middle.
type pictures struct {
	scaler   *avformat.Scaler
	from, to shape
	src, dst avformat.Planes
	down     *frame.HostPool // for frames in device memory
	pool     *frame.HostPool // of the results
}

type shape struct {
	format        frame.Format
	width, height int
	color         frame.Color
}

// formatFor is what scaled frames like f come in.
func (p *pictures) formatFor(f *frame.Frame) frame.Format { return f.Format }

// fit takes f over and returns it, or its picture as k says. The result is the caller's.
func (p *pictures) fit(f *frame.Frame, k *encoderKey) (*frame.Frame, error) {
	if f.Format == k.format && f.Width == k.width && f.Height == k.height {
		return f, nil
	}
	defer f.Release()
	h, err := p.onHost(f)
	if err != nil {
		return nil, err
	}
	if h != f {
		defer h.Release()
	}
	from := shape{f.Format, f.Width, f.Height, f.Color}
	to := shape{k.format, k.width, k.height, k.cfg.Color}
	if p.scaler == nil || from != p.from || to != p.to {
		if err := p.open(from, to); err != nil {
			return nil, err
		}
	}
	out, err := p.pool.Get()
	if err != nil {
		return nil, err
	}
	planes(&p.src, h)
	planes(&p.dst, out)
	if err := p.scaler.ScalePlanes(&p.dst, &p.src); err != nil {
		out.Release()
		return nil, err
	}
	out.PTS, out.Duration, out.TimeBase, out.Index, out.Key, out.Corrupt = f.PTS, f.Duration, f.TimeBase, f.Index, f.Key, f.Corrupt
	out.BitDepth, out.Color, out.SAR, out.Rotation = f.BitDepth, k.cfg.Color, k.cfg.SAR, f.Rotation
	return out, nil
}

func (p *pictures) open(from, to shape) error {
	src, err := sourceImage(from.format, from.width, from.height, &EncoderConfig{Color: from.color})
	if err != nil {
		return err
	}
	dst, err := sourceImage(to.format, to.width, to.height, &EncoderConfig{Color: to.color})
	if err != nil {
		return err
	}
	_ = p.scaler.Close()
	p.scaler = nil
	if p.scaler, err = avformat.NewScaler(src, dst, avformat.Bicubic); err != nil {
		return err
	}
	if !p.pool.Fits(to.format, to.width, to.height) {
		p.pool.Close()
		p.pool = nil
		if p.pool, err = frame.NewHostPool(to.format, to.width, to.height, nil); err != nil {
			return err
		}
	}
	p.from, p.to = from, to
	return nil
}

// onHost is f itself, or a copy of it in host memory with a reference of its own.
func (p *pictures) onHost(f *frame.Frame) (*frame.Frame, error) {
	if f.Memory != frame.Device {
		return f, f.Wait(nil)
	}
	if !p.down.Fits(f.Format, f.Width, f.Height) {
		p.down.Close()
		p.down = nil
		var err error
		if p.down, err = frame.NewHostPool(f.Format, f.Width, f.Height, &frame.HostPoolConfig{PageLocked: f.Context()}); err != nil {
			return nil, err
		}
	}
	h, err := p.down.Get()
	if err != nil {
		return nil, err
	}
	if err := f.CopyTo(h); err != nil {
		h.Release()
		return nil, err
	}
	return h, nil
}

func planes(p *avformat.Planes, f *frame.Frame) {
	for i := range f.Planes {
		p.Data[i], p.Stride[i] = f.Planes[i].Data, f.Planes[i].Pitch
	}
}

func (p *pictures) close() error {
	err := p.scaler.Close()
	p.down.Close()
	p.pool.Close()
	return errors.Join(err)
}
