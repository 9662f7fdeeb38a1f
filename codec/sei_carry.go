package codec

import (
	"slices"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// CarrySEI appends to dst those messages of a decoded frame that stay true when its
// picture is coded anew as id, in the form of that codec, for Picture.SEI: captions and
// other user data, time codes, Dolby Vision metadata, how to show it. Messages about the
// coded stream, encoders' settings and what EncoderConfig.HDR is for stay behind; so do
// time codes for H264 unless the encoder has room for them (EncoderConfig.TimeCode).
//
// Payloads may be shared with list.
func CarrySEI(dst, list []frame.SEI, id ID, timeCode bool) []frame.SEI {
	in := frame.InUnknown
	if c := bitstream.CodecByName(string(id)); int(c) < len(seiCodecs) {
		in = seiCodecs[c]
	}
	for _, m := range list {
		switch m.Type {
		case frame.SEIUserDataUnregistered:
			if v, err := m.UserDataUnregistered(); err != nil || v.EncoderSettings() {
				continue
			}
		case frame.SEITimeCode, frame.SEIMetadataTimeCode, frame.SEIMPEG2TimeCode, frame.SEIPicTiming:
			t, err := m.TimeCode()
			if err != nil || t.Count == 0 || !t.Clock[0].Present {
				continue
			}
			if in == frame.InH264 {
				if timeCode {
					dst = append(dst, m)
				}
				continue
			}
		case frame.SEIMPEG2UserData, frame.SEIUserDataRegistered, frame.SEIMetadataT35, frame.SEIDolbyVision,
			frame.SEIFramePacking, frame.SEIDisplayOrientation, frame.SEIPanScan:
		default:
			if m.Type <= frame.SEIMetadataTimeCode || m.Type >= frame.SEIMPEG2 {
				continue
			}
		}
		if x, err := m.In(in); err == nil {
			dst = append(dst, x)
		}
	}
	return dst
}

// HasTimeCode tells whether messages have a time code, for EncoderConfig.TimeCode.
func HasTimeCode(list []frame.SEI) bool {
	return slices.ContainsFunc(list, func(m frame.SEI) bool {
		t, err := m.TimeCode()
		return err == nil && t.Count > 0 && t.Clock[0].Present
	})
}

// passCaptions gives the captions of a frame that is left out to the one after it, before
// its own: they are a stream of their own, which a gap garbles.
func passCaptions(from, to *frame.Frame) {
	own := len(to.SEI)
	for _, m := range from.SEI {
		if _, err := m.CaptionBytes(); err == nil {
			to.AppendSEI(m)
		}
	}
	if added := len(to.SEI) - own; added > 0 && own > 0 {
		s := to.SEI
		slices.Reverse(s[:own])
		slices.Reverse(s[own:])
		slices.Reverse(s)
	}
}
