package codec

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-nvcodec/nvcodec/frame"
)

// openDecoder makes the decoder of the source. On the CPU it asks for libavcodec's own
// layout, which saves two conversions.
func (t *Transcoder) openDecoder() (err error) {
	cfg := t.cfg.Decoder
	cfg.Layout = LayoutNative
	t.reason = ""
	if cfg.Device != CPU {
		if t.dec, err = NewDecoder(t.src.video, &cfg); err != nil || t.dec.Device() != CPU {
			return err
		}
		t.reason = t.dec.Reason()
		_ = t.dec.Close()
		t.dec = nil
	}
	cfg.Device, cfg.Layout = CPU, LayoutPlanar
	t.dec, err = NewDecoder(t.src.video, &cfg)
	return err
}

// first decodes until there is a frame. The packets are read again afterwards.
func (t *Transcoder) first() (*frame.Frame, error) {
	var read []*Packet
	defer func() { t.src.queue = append(read, t.src.queue...) }()
	one := func(frames []*frame.Frame) *frame.Frame {
		for _, f := range frames[min(1, len(frames)):] {
			f.Release()
		}
		if len(frames) == 0 {
			return nil
		}
		return frames[0]
	}
	for {
		p, err := t.src.read(context.Background())
		if err == io.EOF {
			frames, err := t.dec.Drain()
			if f := one(frames); f != nil {
				return t.discardAfter(f)
			}
			return nil, errors.Join(fmt.Errorf("%w: no frame came out", ErrCorrupt), err)
		}
		if err != nil {
			return nil, err
		}
		read = append(read, p.Clone())
		if p.Stream != t.src.video.Index {
			continue
		}
		frames, err := t.dec.Decode(p)
		if f := one(frames); f != nil {
			if t.src.pos = f.PTS; f.PTS == NoPTS {
				t.src.pos = t.src.guess
			}
			return t.discardAfter(f)
		}
		if err != nil {
			return nil, err
		}
	}
}

// discardAfter forgets what was decoded but for f.
func (t *Transcoder) discardAfter(f *frame.Frame) (*frame.Frame, error) {
	if err := t.dec.Discard(); err != nil {
		f.Release()
		return nil, err
	}
	return f, nil
}

// openEncoder makes the encoder for frames like f, unless the one at hand will do.
func (t *Transcoder) openEncoder(f *frame.Frame) error {
	key := encoderKey{format: f.Format, cfg: t.encoderConfig(f)}
	key.width, key.height = t.size(f)
	if t.enc != nil && key.like(&t.keep) && !lacksTimeCode(t.enc, &t.keep.cfg, f.SEI) {
		return nil
	}
	enc, err := NewEncoder(key.width, key.height, key.format, &key.cfg)
	if err != nil {
		return err
	}
	enc, key.cfg.TimeCode = withTimeCode(enc, &key.cfg, f.SEI)
	_ = t.enc.Close()
	t.enc, t.used, t.keep = enc, false, key
	t.rate.begin(t.cfg.FrameRate, t.enc.cfg.TimeBase)
	return nil
}

// withTimeCode is enc, or in its place one that has room for the time codes of a source
// whose first frame has messages list, and whether there is room. Only H.264 on the CPU
// takes the trouble: a GPU is not left for their sake.
func withTimeCode(enc *Encoder, cfg *EncoderConfig, list []frame.SEI) (*Encoder, bool) {
	if !lacksTimeCode(enc, cfg, list) {
		return enc, cfg.TimeCode
	}
	with := *cfg
	with.Device, with.TimeCode = CPU, true
	other, err := NewEncoder(enc.width, enc.height, enc.format, &with)
	if err != nil {
		logger().Warn("time codes are left out", "cause", err)
		return enc, false
	}
	other.reason = enc.reason
	_ = enc.Close()
	return other, true
}

func lacksTimeCode(enc *Encoder, cfg *EncoderConfig, list []frame.SEI) bool {
	return !cfg.TimeCode && enc.cfg.Codec == H264 && enc.Device() == CPU && HasTimeCode(list)
}

// size is that of the new pictures. One side alone keeps the shape; sides are even,
// which 4:2:0 needs.
func (t *Transcoder) size(f *frame.Frame) (w, h int) {
	w, h = t.cfg.Width, t.cfg.Height
	even := func(a, b, c int) int { return max(2, int((int64(a)*int64(b)/int64(c)+1)&^1)) }
	switch {
	case w == 0 && h == 0:
		return f.Width, f.Height
	case w == 0:
		w = even(h, f.Width, f.Height)
	case h == 0:
		h = even(w, f.Height, f.Width)
	}
	return w, h
}

// encoderConfig fills in what the source says.
func (t *Transcoder) encoderConfig(f *frame.Frame) EncoderConfig {
	cfg, video := t.cfg.Encoder, &t.src.video
	if r := t.cfg.FrameRate; r.Num > 0 {
		cfg.FrameRate, cfg.TimeBase = r, r.Inv()
	}
	if cfg.TimeBase.Num == 0 {
		cfg.TimeBase = video.TimeBase
	}
	if cfg.FrameRate.Num == 0 {
		cfg.FrameRate = usualRate(video)
	}
	if cfg.SAR.Num == 0 {
		if cfg.SAR = f.SAR; cfg.SAR.Num <= 0 {
			cfg.SAR = video.SAR
		}
		if t.cfg.Width > 0 && t.cfg.Height > 0 {
			cfg.SAR = stretch(cfg.SAR, f, t.cfg.Width, t.cfg.Height)
		}
	}
	if cfg.Color == (frame.Color{}) {
		cfg.Color = mergeColor(f.Color, video.Color)
	}
	cfg.HDR = cfg.HDR.Merge(HDROf(f.SEI)).Merge(video.HDR)
	if cfg.Rate == (RateControl{}) && cfg.Tuning != Lossless {
		cfg.Rate.Mode = Quality
	}
	return cfg
}

// stretch is the shape of samples that keeps the shape of the picture.
func stretch(sar frame.Rational, f *frame.Frame, w, h int) frame.Rational {
	if sar.Num <= 0 || sar.Den <= 0 {
		sar = frame.Rational{Num: 1, Den: 1}
	}
	n, d := int64(sar.Num)*int64(f.Width)*int64(h), int64(sar.Den)*int64(f.Height)*int64(w)
	if n > 0 && d > 0 && max(n, d)-min(n, d) > max(n, d)/200 { // less is rounding to even sides
		a, b := n, d
		for b != 0 {
			a, b = b, a%b
		}
		if n, d = n/a, d/a; max(n, d) < 1<<16 {
			return frame.Rational{Num: int(n), Den: int(d)}
		}
	}
	return sar
}

// usualRate is what rate control works with; times are the source's own.
func usualRate(s *StreamInfo) frame.Rational {
	for _, r := range []frame.Rational{s.FrameRate, s.NominalRate} {
		if r.Num > 0 && r.Den > 0 && r.Float64() >= 0.1 && r.Float64() <= 1000 {
			return r
		}
	}
	return frame.Rational{Num: 30, Den: 1}
}
