package codec

import (
	"math"

	"github.com/go-nvcodec/nvcodec/frame"
)

// output writes segments into a file, one after the other. Times in it are those of
// the source, less shift, and more the length of the segments before.
type output struct {
	mux    *Muxer
	source frame.Rational   // of the source's video
	coded  frame.Rational   // of the new one
	copied []frame.Rational // of the copied streams
	shift  int64            // in ticks of source
	base   int64            // in ticks of coded
	next   int64            // the next segment's base
	last   []int64          // last decoding time of each stream
}

func (o *output) begin(m *Muxer, s *supply, coded frame.Rational, from int64) {
	if o.mux != m || len(o.last) != len(s.copied)+1 {
		o.mux, o.next = m, 0
		o.last = o.last[:0]
		for range len(s.copied) + 1 {
			o.last = append(o.last, NoPTS)
		}
	}
	o.base, o.source, o.coded = o.next, s.video.TimeBase, coded
	o.copied = o.copied[:0]
	for i := range s.copied {
		o.copied = append(o.copied, s.copied[i].TimeBase)
	}
	switch {
	case from != math.MinInt64:
		o.shift = from
	case o.base == 0 || s.video.StartPTS == NoPTS:
		o.shift = 0 // a whole file keeps its times
	default:
		o.shift = s.video.StartPTS
	}
}

// time is the new time, in ticks of coded, of a time of the source.
func (o *output) time(pts int64) int64 {
	t, _ := frame.Rescale(pts-o.shift, o.source, o.coded, frame.RoundNearest)
	return o.base + t
}

// end says that the segment lasts until the source's time pts.
func (o *output) end(pts int64) { o.next = max(o.next, o.time(pts)) }

// copy writes a packet of a copied stream.
func (o *output) copy(place int, p *Packet) error {
	tb := o.copied[place-1]
	shift, _ := frame.Rescale(o.shift, o.source, tb, frame.RoundNearest)
	base, _ := frame.Rescale(o.base, o.coded, tb, frame.RoundNearest)
	if p.PTS != NoPTS {
		p.PTS += base - shift
	}
	if p.DTS != NoPTS {
		p.DTS += base - shift
		// Fragments may leave out durations, and mp4 cuts the last packet without one.
		if last := o.last[place]; last != NoPTS && p.Duration == 0 && p.DTS > last {
			p.Duration = p.DTS - last
		}
	}
	return o.write(place, p)
}

// write writes a packet; decoding times that go back, in the source or where segments
// meet, are moved by ticks.
func (o *output) write(place int, p *Packet) error {
	if p.DTS != NoPTS {
		if last := o.last[place]; last != NoPTS && p.DTS <= last {
			p.DTS = last + 1
			if p.PTS != NoPTS {
				p.PTS = max(p.PTS, p.DTS)
			}
		}
		o.last[place] = p.DTS
	}
	p.Stream = place
	return o.mux.WritePacket(p)
}
