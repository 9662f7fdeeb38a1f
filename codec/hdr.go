package codec

import (
	"errors"
	"math"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// HDR is what a stream says for displays of another range than its own, beside
// StreamInfo.Color. What it does not say is nil.
type HDR struct {
	MasteringDisplay    *frame.MasteringDisplay    `json:"mastering_display,omitempty"`    // SMPTE ST 2086
	ContentLight        *frame.ContentLight        `json:"content_light,omitempty"`        // CTA-861.3
	AmbientViewing      *frame.AmbientViewing      `json:"ambient_viewing,omitempty"`      // not for AV1
	AlternativeTransfer *frame.AlternativeTransfer `json:"alternative_transfer,omitempty"` // not for AV1
}

// IsZero reports whether nothing is said.
func (h HDR) IsZero() bool { return h == HDR{} }

// equal compares what is said.
func (h HDR) equal(o HDR) bool {
	return same(h.MasteringDisplay, o.MasteringDisplay) && same(h.ContentLight, o.ContentLight) &&
		same(h.AmbientViewing, o.AmbientViewing) && same(h.AlternativeTransfer, o.AlternativeTransfer)
}

func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// Merge is h with what other says where h says nothing.
func (h HDR) Merge(other HDR) HDR {
	if h.MasteringDisplay == nil {
		h.MasteringDisplay = other.MasteringDisplay
	}
	if h.ContentLight == nil {
		h.ContentLight = other.ContentLight
	}
	if h.AmbientViewing == nil {
		h.AmbientViewing = other.AmbientViewing
	}
	if h.AlternativeTransfer == nil {
		h.AlternativeTransfer = other.AlternativeTransfer
	}
	return h
}

// HDROf is what messages say; of several of a type the last. Malformed ones are left out.
func HDROf(list []frame.SEI) (h HDR) {
	for _, m := range list {
		v, err := m.Value()
		if err != nil {
			continue
		}
		switch v := v.(type) {
		case frame.MasteringDisplay:
			h.MasteringDisplay = &v
		case frame.ContentLight:
			h.ContentLight = &v
		case frame.AmbientViewing:
			h.AmbientViewing = &v
		case frame.AlternativeTransfer:
			h.AlternativeTransfer = &v
		}
	}
	return h
}

// messages are those of codec c. What it has no message for is left out; see ignored.
func (h HDR) messages(c frame.SEICodec) (list []frame.SEI, err error) {
	add := func(v frame.SEIValue) {
		m, e := v.SEI(c)
		switch {
		case e == nil:
			list = append(list, m)
		case !errors.Is(e, frame.ErrSEIType):
			err = errors.Join(err, ErrArgument, e)
		}
	}
	if h.MasteringDisplay != nil {
		add(*h.MasteringDisplay)
	}
	if h.ContentLight != nil {
		add(*h.ContentLight)
	}
	if h.AmbientViewing != nil {
		add(*h.AmbientViewing)
	}
	if h.AlternativeTransfer != nil {
		add(*h.AlternativeTransfer)
	}
	return list, err
}

// ignored says what an encoder of codec id makes nothing of.
func (h HDR) ignored(id ID) (notes []string) {
	if id == AV1 && h.AmbientViewing != nil {
		notes = append(notes, "HDR.AmbientViewing: AV1 has no message for it")
	}
	if id == AV1 && h.AlternativeTransfer != nil {
		notes = append(notes, "HDR.AlternativeTransfer: AV1 has no message for it")
	}
	return notes
}

// containerHDR is what a container says of a stream.
func containerHDR(p *avformat.CodecParameters) (h HDR) {
	if m, ok := avformat.ParseMasteringDisplay(p.SideData(avformat.SideDataMasteringDisplay)); ok && m.HasPrimaries && m.HasLuminance {
		at := func(r [2]avformat.Rational) frame.Chromaticity {
			return frame.Chromaticity{X: ratio(r[0]), Y: ratio(r[1])}
		}
		h.MasteringDisplay = &frame.MasteringDisplay{
			Red: at(m.Primaries[0]), Green: at(m.Primaries[1]), Blue: at(m.Primaries[2]), White: at(m.White), Max: ratio(m.Max), Min: ratio(m.Min),
		}
	}
	if c, ok := avformat.ParseContentLight(p.SideData(avformat.SideDataContentLight)); ok && c.MaxCLL <= math.MaxUint16 && c.MaxFALL <= math.MaxUint16 {
		h.ContentLight = &frame.ContentLight{MaxCLL: uint16(c.MaxCLL), MaxFALL: uint16(c.MaxFALL)}
	}
	return h
}

func ratio(r avformat.Rational) float64 {
	if r.Den == 0 {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// setContainerHDR puts h, as far as containers know it, into p. What p says in the same
// words already stays, to the last digit.
func setContainerHDR(p *avformat.CodecParameters, h HDR) error {
	was := containerHDR(p)
	if m := h.MasteringDisplay; m != nil && (was.MasteringDisplay == nil || *was.MasteringDisplay != *m) {
		const chroma, luminance = 50000, 10000 // the units of mp4's box
		at := func(c frame.Chromaticity) [2]avformat.Rational {
			return [2]avformat.Rational{{Num: int(math.Round(c.X * chroma)), Den: chroma}, {Num: int(math.Round(c.Y * chroma)), Den: chroma}}
		}
		light := func(v float64) avformat.Rational {
			return avformat.Rational{Num: int(math.Round(min(v, math.MaxInt32/luminance) * luminance)), Den: luminance}
		}
		d := avformat.MasteringDisplay{
			Primaries: [3][2]avformat.Rational{at(m.Red), at(m.Green), at(m.Blue)}, White: at(m.White), Min: light(m.Min), Max: light(m.Max),
			HasPrimaries: true, HasLuminance: true,
		}
		if err := p.SetSideData(avformat.SideDataMasteringDisplay, d.Bytes()); err != nil {
			return err
		}
	}
	if c := h.ContentLight; c != nil && (was.ContentLight == nil || *was.ContentLight != *c) {
		b := avformat.ContentLight{MaxCLL: uint32(c.MaxCLL), MaxFALL: uint32(c.MaxFALL)}.Bytes()
		return p.SetSideData(avformat.SideDataContentLight, b)
	}
	return nil
}
