package frame

import (
	"errors"
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

// A PicTiming is the picture timing of H.264 or HEVC: how the picture is shown, when
// the decoder's model takes and gives it, and in H.264 its time code.
//
// Source: ITU-T H.264, section D.1.3; ITU-T H.265, section D.2.3.
type PicTiming struct {
	Syntax          SEISyntax // of the stream: which fields there are and how long they are
	CPBRemovalDelay uint32    // clock ticks; of HEVC au_cpb_removal_delay_minus1
	DPBOutputDelay  uint32    // clock ticks
	PicStruct       uint8     // pic_struct: 0 frame, 1 top field, 2 bottom field, 3 top then bottom, 7 doubled, 8 tripled, ...
	SourceScan      uint8     // of HEVC: 0 interlaced, 1 progressive, 2 unknown
	Duplicate       bool      // of HEVC
	TimeCode        TimeCode  // of H.264
}

// numClockTS is table D-1 of H.264: how many clocks a pic_struct has.
var numClockTS = [16]int{1, 1, 1, 2, 2, 3, 3, 2, 3}

var (
	errNoSyntax = errors.New("the stream's headers, which it depends on, are not known (SEI.Syntax)")
	errSubPic   = errors.New("timing of parts of pictures is not read")
)

// PicTiming reads a message of type SEIPicTiming, with what SEI.Syntax says.
func (m SEI) PicTiming() (p PicTiming, err error) {
	s := m.Syntax
	switch {
	case m.Type != SEIPicTiming:
		return p, ErrSEIType
	case !s.Timed || s.Codec != InH264 && s.Codec != InHEVC || !s.possible():
		return p, m.malformed(errNoSyntax)
	case s.Delays && s.SubPic:
		return p, m.malformed(errSubPic)
	}
	p.Syntax = s
	var r bitstream.BitReader
	r.Reset(m.Payload)
	if s.Codec == InHEVC {
		if s.PicStruct {
			p.PicStruct, p.SourceScan, p.Duplicate = uint8(r.Bits(4)), uint8(r.Bits(2)), r.Flag()
		}
		if s.Delays {
			p.delays(&r)
		}
	} else {
		if s.Delays {
			p.delays(&r)
		}
		if s.PicStruct {
			p.PicStruct = uint8(r.Bits(4))
			p.TimeCode.Count = numClockTS[p.PicStruct]
			for i := range p.TimeCode.Count {
				c := &p.TimeCode.Clock[i]
				if c.Present = r.Flag(); c.Present {
					c.Scan, c.FieldBased = uint8(r.Bits(2)), r.Flag()
					c.read(&r, InH264, s.TimeOffsetBits)
				}
			}
		}
	}
	if r.Err() != nil {
		return PicTiming{}, m.malformed(r.Err())
	}
	return p, nil
}

func (p *PicTiming) delays(r *bitstream.BitReader) {
	p.CPBRemovalDelay = r.Bits(int(p.Syntax.CPBRemovalBits))
	p.DPBOutputDelay = r.Bits(int(p.Syntax.DPBOutputBits))
}

// possible reports whether the lengths are ones that headers can say.
func (s *SEISyntax) possible() bool {
	return s.CPBRemovalBits <= 32 && s.DPBOutputBits <= 32 && s.TimeOffsetBits <= 31
}

// SEI implements SEIValue for the codec of Syntax.
func (p PicTiming) SEI(c SEICodec) (SEI, error) {
	s := p.Syntax
	switch {
	case c != InH264 && c != InHEVC || c != s.Codec:
		return SEI{}, noneIn("a picture timing with the syntax of "+s.Codec.String(), c)
	case !s.Timed || !s.possible():
		return SEI{}, fmt.Errorf("frame: picture timing: %w: %w", ErrSEI, errNoSyntax)
	case s.Delays && (s.SubPic || uint64(p.CPBRemovalDelay)>>s.CPBRemovalBits != 0 || uint64(p.DPBOutputDelay)>>s.DPBOutputBits != 0):
		return SEI{}, outOfRange("a delay", [2]uint32{p.CPBRemovalDelay, p.DPBOutputDelay}, "what fits in the lengths of the stream's headers")
	case p.PicStruct > 15 || p.SourceScan > 3:
		return SEI{}, outOfRange("PicStruct, SourceScan", [2]uint8{p.PicStruct, p.SourceScan}, "0 to 15 and 0 to 3")
	}
	var w bitstream.BitWriter
	if c == InHEVC && s.PicStruct {
		w.Bits(4, uint64(p.PicStruct))
		w.Bits(2, uint64(p.SourceScan))
		w.Flag(p.Duplicate)
	}
	if s.Delays {
		w.Bits(int(s.CPBRemovalBits), uint64(p.CPBRemovalDelay))
		w.Bits(int(s.DPBOutputBits), uint64(p.DPBOutputDelay))
	}
	if c == InH264 && s.PicStruct {
		w.Bits(4, uint64(p.PicStruct))
		for i := range numClockTS[p.PicStruct] {
			k := p.TimeCode.Clock[i]
			if i >= p.TimeCode.Count {
				k = Clock{}
			}
			k.OffsetBits = s.TimeOffsetBits
			if err := k.check(c); err != nil {
				return SEI{}, err
			}
			if w.Flag(k.Present); k.Present {
				w.Bits(2, uint64(k.Scan))
				w.Flag(k.FieldBased)
				k.write(&w, c, s.TimeOffsetBits)
			}
		}
	}
	w.AlignSEI()
	return SEI{Type: SEIPicTiming, Payload: w.Data(), Parsed: true, Syntax: s}, nil
}

var picStructNames = [...]string{"frame", "top field", "bottom field", "top, bottom field", "bottom, top field",
	"top, bottom, top field", "bottom, top, bottom field", "frame doubled", "frame tripled"}

// String is like "frame, 10:15:34:06".
func (p PicTiming) String() string {
	var s []string
	if p.Syntax.PicStruct {
		name := fmt.Sprintf("pic_struct %d", p.PicStruct)
		if int(p.PicStruct) < len(picStructNames) {
			name = picStructNames[p.PicStruct]
		}
		s = append(s, name)
	}
	for _, c := range p.TimeCode.Clock[:p.TimeCode.Count] {
		if c.Present {
			s = append(s, c.String())
		}
	}
	if p.Syntax.Delays {
		s = append(s, fmt.Sprintf("removed after %d ticks, output after %d", p.CPBRemovalDelay, p.DPBOutputDelay))
	}
	if s == nil {
		return "empty"
	}
	return strings.Join(s, ", ")
}

// A GroupTimeCode is the header of a group of pictures of MPEG-1 or MPEG-2: the time
// code of the first picture shown of it.
//
// Source: ITU-T H.262, section 6.2.2.6.
type GroupTimeCode struct {
	Hours, Minutes, Seconds, Pictures uint8
	DropFrame, ClosedGOP, BrokenLink  bool
}

const groupSize = 4

// GroupTimeCode reads a message of type SEIMPEG2TimeCode.
func (m SEI) GroupTimeCode() (g GroupTimeCode, err error) {
	if m.Type != SEIMPEG2TimeCode {
		return g, ErrSEIType
	}
	var r bitstream.BitReader
	r.Reset(m.Payload)
	g.DropFrame = r.Flag()
	g.Hours, g.Minutes = uint8(r.Bits(5)), uint8(r.Bits(6))
	r.Skip(1) // marker_bit
	g.Seconds, g.Pictures = uint8(r.Bits(6)), uint8(r.Bits(6))
	g.ClosedGOP, g.BrokenLink = r.Flag(), r.Flag()
	if r.Err() != nil {
		return GroupTimeCode{}, m.malformed(r.Err())
	}
	return g, nil
}

// SEI implements SEIValue for MPEG-2.
func (g GroupTimeCode) SEI(c SEICodec) (SEI, error) {
	if c != InMPEG2 {
		return SEI{}, noneIn("a group of pictures", c)
	}
	if g.Hours > 23 || g.Minutes > 59 || g.Seconds > 59 || g.Pictures > 59 {
		return SEI{}, outOfRange("a group's time code", g, "hours to 23, the rest to 59")
	}
	w := new(bitstream.BitWriter)
	w.Flag(g.DropFrame)
	w.Bits(5, uint64(g.Hours))
	w.Bits(6, uint64(g.Minutes))
	w.Bits(1, 1)
	w.Bits(6, uint64(g.Seconds))
	w.Bits(6, uint64(g.Pictures))
	w.Flag(g.ClosedGOP)
	w.Flag(g.BrokenLink)
	return SEI{Type: SEIMPEG2TimeCode, Payload: w.Data(), Parsed: true, Syntax: SEISyntax{Codec: InMPEG2}}, nil
}

// String is like "10:15:34:06, closed GOP".
func (g GroupTimeCode) String() string {
	s := NewClock(int(g.Hours), int(g.Minutes), int(g.Seconds), int(g.Pictures), g.DropFrame).String()
	if g.ClosedGOP {
		s += ", closed GOP"
	}
	if g.BrokenLink {
		s += ", broken link"
	}
	return s
}
