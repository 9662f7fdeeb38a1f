package frame

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

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
