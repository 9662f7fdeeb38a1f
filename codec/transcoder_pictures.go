package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
)

// pictures scales and converts frames that are not as the encoder wants them: another
// size was asked for, or the source changed in its middle. Frames in device memory stay
// there.
type pictures struct {
	to     shape
	device *frame.Converter
	host   *Scaler
}

type shape struct {
	format        frame.Format
	width, height int
	color         frame.Color
}

// fit takes f over and returns it, or its picture as k says. The result is the caller's.
func (p *pictures) fit(f *frame.Frame, k *encoderKey) (*frame.Frame, error) {
	if f.Format == k.format && f.Width == k.width && f.Height == k.height {
		return f, nil
	}
	defer f.Release()
	if to := (shape{k.format, k.width, k.height, k.cfg.Color}); to != p.to {
		if err := p.close(); err != nil {
			return nil, err
		}
		p.to = to
	}
	out, err := p.scale(f)
	if err != nil {
		return nil, err
	}
	out.Color, out.SAR = k.cfg.Color, k.cfg.SAR
	return out, nil
}

func (p *pictures) scale(f *frame.Frame) (out *frame.Frame, err error) {
	if f.Memory == frame.Device {
		return p.onDevice(f)
	}
	if p.host == nil {
		if p.host, err = NewScaler(p.to.width, p.to.height, p.to.format, &ScalerConfig{Color: p.to.color}); err != nil {
			return nil, err
		}
	}
	return p.host.Scale(f)
}

// onDevice filters as libswscale does on the CPU, with bicubic interpolation; the results
// differ in its fixed-point rounding.
func (p *pictures) onDevice(f *frame.Frame) (out *frame.Frame, err error) {
	if p.device == nil {
		c := frame.Conversion{Width: p.to.width, Height: p.to.height, Filter: frame.Bicubic, Antialias: true, Color: &p.to.color}
		if p.device, err = frame.NewConverter(p.to.format, &c); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	out, err = p.device.Convert(f, nil)
	for _, unsupported := range []error{frame.ErrInvalidFormat, frame.ErrInvalidColor, frame.ErrInvalidConversion} {
		if errors.Is(err, unsupported) {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	return out, err
}

func (p *pictures) close() error {
	err := errors.Join(p.device.Close(), p.host.Close())
	p.device, p.host = nil, nil
	return err
}
