package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// Reconfiguration is what changes in a running Encoder. The zero value changes nothing.
type Reconfiguration struct {
	// Rate is the new rate control: take Encoder.Rate and change Mode, BitRate,
	// MaxBitRate, VBVSize, VBVInitial or MultiPass, and with them QP or Quality for the
	// modes that have them. InitialQP, MinQP and MaxQP must stay as they are. nil keeps it.
	Rate *RateControl
	// FrameRate is frames a second. Zero keeps it.
	FrameRate frame.Rational
	// Width and Height are the size of the frames from now on, up to MaxWidth and
	// MaxHeight of the EncoderConfig. The next frame becomes an IDR. Zero keeps them.
	Width, Height int
	ForceIDR      bool // code the next frame as an IDR
	Reset         bool // forget the state of rate control; then the next frame becomes an IDR
}

// A reconfigurer is an encodeEngine that can change while it runs. An error leaves it as
// it was.
type reconfigurer interface {
	reconfigure(cfg *EncoderConfig, width, height int, idr, reset bool) error
}

// Rate is the rate control that is in force, complete with what defaults stand for; see
// Reconfigure.
func (e *Encoder) Rate() RateControl {
	if e == nil {
		return RateControl{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cfg.Rate
}

// Reconfigure changes the encoder between two frames, without a new stream. An error
// leaves it as it was.
//
// Errors match ErrArgument for a value that cannot be, ErrUnsupported for what the
// engine or the GPU cannot change, or unwrap to *nvenc.Error.
func (e *Encoder) Reconfigure(r Reconfiguration) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.mu.Unlock()
	return opError("reconfigure encoder", e.change(&r))
}

func (e *Encoder) change(r *Reconfiguration) error {
	if e.ended {
		return fmt.Errorf("%w: the encoder was drained; make a new one", ErrArgument)
	}
	eng, ok := e.eng.(reconfigurer)
	if !ok {
		return fmt.Errorf("%w: an encoder on the CPU cannot be changed while it runs; make a new one", ErrUnsupported)
	}
	cfg := e.cfg
	width, height := e.width, e.height
	if r.Width != 0 || r.Height != 0 {
		if r.Width <= 0 || r.Height <= 0 {
			return fmt.Errorf("%w: Width and Height are %dx%d; both above 0", ErrArgument, r.Width, r.Height)
		}
		if most := [2]int{max(cfg.MaxWidth, e.first[0]), max(cfg.MaxHeight, e.first[1])}; r.Width > most[0] || r.Height > most[1] {
			return fmt.Errorf("%w: Width and Height are %dx%d; up to %dx%d, EncoderConfig.MaxWidth and MaxHeight", ErrArgument, r.Width, r.Height, most[0], most[1])
		}
		width, height = r.Width, r.Height
	}
	if r.FrameRate.Num != 0 {
		cfg.FrameRate = r.FrameRate
	}
	if r.Rate != nil {
		if err := sameBounds(r.Rate, &e.cfg.Rate); err != nil {
			return err
		}
		cfg.Rate = *r.Rate
		if cfg.Rate.Mode != ConstQP {
			cfg.Rate.QP = nil
		}
	}
	if err := cfg.validate(); err != nil {
		return err
	}
	cfg.defaults(e.format)
	if err := eng.reconfigure(&cfg, width, height, r.ForceIDR || width != e.width || height != e.height || r.Reset, r.Reset); err != nil {
		return err
	}
	if cfg.FrameRate != e.cfg.FrameRate {
		// Frames without a time go on from here in the new rate.
		n, _ := frame.Rescale(e.since, e.cfg.FrameRate.Inv(), e.cfg.TimeBase, frame.RoundNearest)
		e.anchor, e.since = e.anchor+n, 0
	}
	e.cfg, e.width, e.height = cfg, width, height
	return nil
}

func sameBounds(a, b *RateControl) error {
	for _, q := range []struct {
		field string
		a, b  *QP
	}{{"InitialQP", a.InitialQP, b.InitialQP}, {"MinQP", a.MinQP, b.MinQP}, {"MaxQP", a.MaxQP, b.MaxQP}} {
		if (q.a == nil) != (q.b == nil) || q.a != nil && *q.a != *q.b {
			return fmt.Errorf("%w: Rate.%s cannot change while the encoder runs", ErrUnsupported, q.field)
		}
	}
	return nil
}

func (e *nvencEngine) reconfigure(cfg *EncoderConfig, width, height int, idr, reset bool) error {
	if err := e.checkChange(cfg, width, height); err != nil {
		return err
	}
	if err := e.ctx.Enter(); err != nil {
		return err
	}
	defer e.ctx.Exit()
	next, config := e.setup.init, *e.setup.config
	setNVENCRate(&config.RCParams, cfg)
	next.EncodeConfig = &config
	next.FrameRateNum, next.FrameRateDen = uint32(cfg.FrameRate.Num), uint32(cfg.FrameRate.Den)
	next.EncodeWidth, next.EncodeHeight = uint32(width), uint32(height)
	next.DARWidth, next.DARHeight = aspect(width, height, cfg.SAR)
	p := &nvenc.ReconfigureParams{ReInitEncodeParams: next}
	if reset {
		p.Flags |= nvenc.ReconfigureResetEncoder
	}
	if idr {
		p.Flags |= nvenc.ReconfigureForceIDR
	}
	if err := e.session.Reconfigure(p); err != nil {
		if errors.Is(err, nvenc.ErrUnsupportedParam) {
			err = fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		return err
	}
	e.setup.init, *e.setup.config = next, config
	e.setup.init.EncodeConfig = e.setup.config
	e.cfg.Rate, e.cfg.FrameRate = cfg.Rate, cfg.FrameRate
	e.info.FrameRate, e.info.BitRate = cfg.FrameRate, cfg.Rate.BitRate
	if width != e.width || height != e.height {
		e.width, e.height = width, height
		e.info.Width, e.info.Height = width, height
	}
	return nil
}

// checkChange refuses what the GPU cannot change in a running session.
func (e *nvencEngine) checkChange(cfg *EncoderConfig, width, height int) error {
	was, is, caps := &e.cfg.Rate, &cfg.Rate, e.caps
	lacks := func(changed, can bool, field string, value any, name string) error {
		if changed && !can {
			return refuse(field, value, "of this GPU cannot change it in a running %v stream (%s is 0)", cfg.Codec, name)
		}
		return nil
	}
	rates := [4]int64{is.BitRate, is.MaxBitRate, is.VBVSize, is.VBVInitial} != [4]int64{was.BitRate, was.MaxBitRate, was.VBVSize, was.VBVInitial}
	sized := width != e.width || height != e.height
	for _, err := range []error{
		lacks(is.Mode != was.Mode && is.Mode != ConstQP, caps.DynamicRateMode, "Rate.Mode", is.Mode, "NV_ENC_CAPS_SUPPORT_DYN_RCMODE_CHANGE"),
		lacks(is.Mode != was.Mode && is.Mode == ConstQP, caps.DynamicConstQP, "Rate.Mode", is.Mode, "NV_ENC_CAPS_SUPPORT_DYN_FORCE_CONSTQP"),
		lacks(rates, caps.DynamicBitRate, "Rate", *is, "NV_ENC_CAPS_SUPPORT_DYN_BITRATE_CHANGE"),
		lacks(sized, caps.DynamicSize, "Width, Height", [2]int{width, height}, "NV_ENC_CAPS_SUPPORT_DYN_RES_CHANGE"),
	} {
		if err != nil {
			return err
		}
	}
	if cfg.Tuning == Lossless && is.Mode != ConstQP {
		return fmt.Errorf("%w: Rate.Mode is %v; lossless tuning has no rate to control", ErrArgument, is.Mode)
	}
	if err := cfg.checkNVENC(caps); err != nil {
		return err
	}
	_, err := cfg.checkPicture(caps, e.frames, width, height)
	return err
}
