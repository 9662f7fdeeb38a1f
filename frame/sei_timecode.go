package frame

import (
	"fmt"
	"strings"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// A Clock is one time stamp of a time code: hours, minutes, seconds and frames, as
// cameras count them. Parts that are not there are those of the clock before.
//
// Source: ITU-T H.264, section D.2.3; ITU-T H.265, section D.3.27; AV1, section 6.7.7.
type Clock struct {
	Present                          bool // else there is none, and nothing below counts
	Hours, Minutes, Seconds          uint8
	Frames                           uint16
	HasHours, HasMinutes, HasSeconds bool
	Full                             bool  // all parts are there by the syntax
	Dropped                          bool  // numbers of frames were left out before this one: drop frame
	Discontinuity                    bool  // the clock does not go on from the one before
	FieldBased                       bool  // units_field_based_flag
	CountingType                     uint8 // counting_type, 0 to 31: how frames are counted; 4 drops as NTSC does
	Scan                             uint8 // ct_type of H.264: 0 progressive, 1 interlaced, 2 unknown
	OffsetBits                       uint8 // length of Offset, 0 to 31
	Offset                           int32 // time offset in the clock's units
}

// String is like "10:15:34:06", with ; before the frames of a drop-frame count, and
// with -- for parts that are not there.
func (c Clock) String() string {
	if !c.Present {
		return "none"
	}
	part := func(v uint8, has bool) string {
		if !has && !c.Full {
			return "--"
		}
		return fmt.Sprintf("%02d", v)
	}
	sep := ":"
	if c.Dropped {
		sep = ";"
	}
	s := part(c.Hours, c.HasHours) + ":" + part(c.Minutes, c.HasMinutes) + ":" + part(c.Seconds, c.HasSeconds) + sep + fmt.Sprintf("%02d", c.Frames)
	if c.Offset != 0 {
		s += fmt.Sprintf("%+d", c.Offset)
	}
	return s
}

// NewClock is a clock that shows all parts. drop marks a drop-frame count.
func NewClock(hours, minutes, seconds, frames int, drop bool) Clock {
	c := Clock{Present: true, Full: true, Hours: uint8(hours), Minutes: uint8(minutes), Seconds: uint8(seconds), Frames: uint16(frames),
		HasHours: true, HasMinutes: true, HasSeconds: true, Dropped: drop}
	if drop {
		c.CountingType = countingNTSC
	}
	return c
}

const countingNTSC = 4 // drops the numbers 0 and 1 at most minutes

// A TimeCode is up to three clocks of a picture: of its fields, or of a frame and its
// repetitions.
type TimeCode struct {
	Count int // 0 to 3
	Clock [3]Clock
}

// String joins the clocks.
func (t TimeCode) String() string {
	if t.Count == 0 {
		return "no clock"
	}
	var s []string
	for _, c := range t.Clock[:min(max(t.Count, 0), len(t.Clock))] {
		s = append(s, c.String())
	}
	return strings.Join(s, ", ")
}

// TimeCode reads the clocks of a message of type SEITimeCode, SEIMetadataTimeCode,
// SEIPicTiming or SEIMPEG2TimeCode. A picture timing of H.264 may have none.
func (m SEI) TimeCode() (t TimeCode, err error) {
	var r bitstream.BitReader
	switch m.Type {
	case SEIPicTiming:
		p, err := m.PicTiming()
		return p.TimeCode, err
	case SEIMPEG2TimeCode:
		g, err := m.GroupTimeCode()
		return TimeCode{Count: 1, Clock: [3]Clock{NewClock(int(g.Hours), int(g.Minutes), int(g.Seconds), int(g.Pictures), g.DropFrame)}}, err
	case SEIMetadataTimeCode:
		r.Reset(m.Payload)
		t.Count = 1
		t.Clock[0].Present = true
		t.Clock[0].read(&r, InAV1, 0)
	case SEITimeCode:
		r.Reset(m.Payload)
		t.Count = int(r.Bits(2))
		for i := range t.Count {
			if t.Clock[i].Present = r.Flag(); t.Clock[i].Present {
				t.Clock[i].FieldBased = r.Flag()
				t.Clock[i].read(&r, InHEVC, 0)
			}
		}
	default:
		return t, ErrSEIType
	}
	if r.Err() != nil {
		return TimeCode{}, m.malformed(r.Err())
	}
	return t, nil
}

// read reads from counting_type on, which all codecs agree on but for the frames'
// length and where the length of the offset is.
func (c *Clock) read(r *bitstream.BitReader, codec SEICodec, offsetBits uint8) {
	c.CountingType = uint8(r.Bits(5))
	c.Full, c.Discontinuity, c.Dropped = r.Flag(), r.Flag(), r.Flag()
	c.Frames = uint16(r.Bits(frameBits(codec)))
	if c.Full {
		c.Seconds, c.Minutes, c.Hours = uint8(r.Bits(6)), uint8(r.Bits(6)), uint8(r.Bits(5))
		c.HasSeconds, c.HasMinutes, c.HasHours = true, true, true
	} else if c.HasSeconds = r.Flag(); c.HasSeconds {
		c.Seconds = uint8(r.Bits(6))
		if c.HasMinutes = r.Flag(); c.HasMinutes {
			c.Minutes = uint8(r.Bits(6))
			if c.HasHours = r.Flag(); c.HasHours {
				c.Hours = uint8(r.Bits(5))
			}
		}
	}
	c.OffsetBits = offsetBits
	if codec != InH264 {
		c.OffsetBits = uint8(r.Bits(5))
	}
	if c.OffsetBits > 0 {
		c.Offset = r.SU(int(c.OffsetBits))
	}
}

func frameBits(c SEICodec) int {
	if c == InH264 {
		return 8
	}
	return 9
}

func (c *Clock) check(codec SEICodec) error {
	switch {
	case c.Seconds > 59 || c.Minutes > 59 || c.Hours > 23:
		return outOfRange("a clock", c, "hours to 23, minutes and seconds to 59")
	case int(c.Frames) >= 1<<frameBits(codec):
		return outOfRange("a clock's frame", c.Frames, fmt.Sprint("up to ", 1<<frameBits(codec)-1))
	case c.CountingType > 31 || c.Scan > 3:
		return outOfRange("a clock's counting", [2]uint8{c.CountingType, c.Scan}, "a type to 31 and a scan to 3")
	case c.OffsetBits > 31 || c.Offset != c.Offset<<(32-c.OffsetBits)>>(32-c.OffsetBits):
		return outOfRange("a clock's offset", c.Offset, "OffsetBits to hold it")
	case !c.HasHours && !c.Full:
	case !c.Full && !(c.HasMinutes && c.HasSeconds):
		return outOfRange("a clock", c, "minutes and seconds where there are hours")
	}
	return nil
}

// write writes what read reads.
func (c *Clock) write(w *bitstream.BitWriter, codec SEICodec, offsetBits uint8) {
	w.Bits(5, uint64(c.CountingType))
	w.Flag(c.Full)
	w.Flag(c.Discontinuity)
	w.Flag(c.Dropped)
	w.Bits(frameBits(codec), uint64(c.Frames))
	if c.Full {
		w.Bits(6, uint64(c.Seconds))
		w.Bits(6, uint64(c.Minutes))
		w.Bits(5, uint64(c.Hours))
	} else if w.Flag(c.HasSeconds); c.HasSeconds {
		w.Bits(6, uint64(c.Seconds))
		if w.Flag(c.HasMinutes); c.HasMinutes {
			w.Bits(6, uint64(c.Minutes))
			if w.Flag(c.HasHours); c.HasHours {
				w.Bits(5, uint64(c.Hours))
			}
		}
	}
	n := offsetBits
	if codec != InH264 {
		n = c.OffsetBits
		w.Bits(5, uint64(n))
	}
	w.Bits(int(n), uint64(uint32(c.Offset)))
}

// SEI implements SEIValue for HEVC, and for AV1, which has room for one clock. H.264
// has time codes in its picture timing, which depends on the stream's headers:
// PicTiming, or EncoderConfig.TimeCode of package codec.
func (t TimeCode) SEI(c SEICodec) (SEI, error) {
	m := SEI{Type: SEITimeCode, Parsed: true, Syntax: SEISyntax{Codec: c}}
	if t.Count < 0 || t.Count > len(t.Clock) {
		return SEI{}, outOfRange("TimeCode.Count", t.Count, "0 to 3")
	}
	var w bitstream.BitWriter
	switch c {
	case InHEVC:
		w.Bits(2, uint64(t.Count))
		for i := range t.Count {
			k := &t.Clock[i]
			if err := k.check(c); err != nil {
				return SEI{}, err
			}
			if w.Flag(k.Present); k.Present {
				w.Flag(k.FieldBased)
				k.write(&w, c, 0)
			}
		}
		w.AlignSEI()
	case InAV1:
		m.Type = SEIMetadataTimeCode
		if t.Count < 1 || !t.Clock[0].Present {
			return SEI{}, outOfRange("TimeCode", t, "a clock for AV1")
		}
		if err := t.Clock[0].check(c); err != nil {
			return SEI{}, err
		}
		t.Clock[0].write(&w, c, 0)
	default:
		return SEI{}, noneIn("a time code by itself", c)
	}
	m.Payload = w.Data()
	return m, nil
}

// PayloadBits is the length of the payload in bits: of AV1's time code not a whole
// number of bytes.
func (m SEI) PayloadBits() int {
	if m.Type == SEIMetadataTimeCode {
		var r bitstream.BitReader
		var c Clock
		r.Reset(m.Payload)
		if c.read(&r, InAV1, 0); r.Err() == nil {
			return 8*len(m.Payload) - r.Left()
		}
	}
	return 8 * len(m.Payload)
}
