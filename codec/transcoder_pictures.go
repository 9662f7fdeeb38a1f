package codec

import "github.com/go-nvcodec/nvcodec/frame"

// pictures scales and converts frames that are not as the encoder wants them: another
// size was asked for, or the source changed in its middle.
type pictures struct {
	scaler *Scaler
	to     shape
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
	if to := (shape{k.format, k.width, k.height, k.cfg.Color}); p.scaler == nil || to != p.to {
		s, err := NewScaler(k.width, k.height, k.format, &ScalerConfig{Color: k.cfg.Color})
		if err != nil {
			return nil, err
		}
		_ = p.scaler.Close()
		p.scaler, p.to = s, to
	}
	out, err := p.scaler.Scale(f)
	if err != nil {
		return nil, err
	}
	out.Color, out.SAR = k.cfg.Color, k.cfg.SAR
	return out, nil
}

func (p *pictures) close() error { return p.scaler.Close() }
