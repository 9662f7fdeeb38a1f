package codec

import (
	"math"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

const (
	// packetsKept is how many packets can be on the way from the demuxer to a frame:
	// well over the 32 surfaces of a decoder, for streams cut into small pieces.
	packetsKept = 512
	// sequencesKept is how many sequence headers can be on the way.
	sequencesKept = 8
	maxSurfaces   = 32
)

// packetMeta is what a packet says about its picture beyond the coded data. It waits
// here, since the parser carries nothing but one number per picture.
type packetMeta struct {
	seq                     int64
	pts, dts, duration, pos int64
	base                    frame.Rational
	key, discard, damaged   bool
	width, height           int // of VP9 and AV1 pictures, which have sizes of their own; else 0
	header                  int // number of the sequence header in force
	shown                   int // frames that the packet shows and that were not yet shown
	existing                bool
	pictures                int  // in the packet
	parsed                  bool // the headers could be read
	sei                     *seiList
	out                     int64 // decoding time of the packet that brings the picture out, see broughtOut
}

// timestamp is the number that the parser carries for the packet. Timestamps that
// the parser invents, for a second picture in a packet, lie between those of two
// packets, so that they lead to the packet as well.
func (m *packetMeta) timestamp() int64 { return m.seq << timestampShift }

const timestampShift = 32

// surfaceMeta is what is known of the picture in a decode surface.
type surfaceMeta struct {
	packet     int64 // seq of its packet, -1 if not known
	interlaced bool  // fields, or a frame of them
	poc        [2]int32
	tainted    bool // made from a picture that was refused, or may be
}

var unknownSurface = surfaceMeta{packet: -1, poc: [2]int32{math.MinInt32, math.MinInt32}}

// packetTable finds the packet of a picture.
type packetTable struct {
	packets []packetMeta // ring, by seq
	next    int64
	headers [sequencesKept]bitstream.Info
	last    int // number of the newest header, from 1
	surface [maxSurfaces]surfaceMeta
	shows   []int64 // packets with frames not yet shown, for codecs that nextShown is for
	inOrder bool    // this is one
	simple  bool    // pictures that others refer to are shown when the next such one comes, others at once
	lastRef int64   // the last such one, for simple
	guess   ptsGuess
	flushed int64 // pictures shown since the last packet, at the end of the stream
}

func (t *packetTable) init(id ID) {
	t.inOrder = !id.reorders() && id != VP9
	t.simple = id == MPEG1 || id == MPEG2 || id == MPEG4
	t.packets = make([]packetMeta, packetsKept)
	for i := range t.packets {
		t.packets[i].seq = -1
	}
	t.shows = make([]int64, 0, packetsKept)
	t.guess.restart()
}

// forget makes the table ready for another stream of the same codec.
func (t *packetTable) forget() {
	t.restart()
	t.last, t.guess = 0, ptsGuess{}
	t.guess.restart()
}

// restart forgets all pictures that were not shown.
func (t *packetTable) restart() {
	t.shows = t.shows[:0]
	for i := range t.surface {
		t.surface[i] = unknownSurface
	}
	t.flushed, t.lastRef = 0, -1
	t.next++ // so that nothing of before is found by a number of now
	t.guess.restart()
}

// ofField returns the packet of the first field of the frame whose second is in the
// packet that add comes next for, nil if it is not known.
func (t *packetTable) ofField() *packetMeta {
	for seq := t.next - 1; seq >= 0 && seq > t.next-maxBetweenFields; seq-- {
		if m := t.find(seq); m != nil && m.pictures > 0 {
			return m
		}
	}
	return nil
}

// maxBetweenFields bounds the packets without a picture between two fields.
const maxBetweenFields = 4

// add makes the entry of a packet. The list that was in its place goes to sei.
func (t *packetTable) add(p *Packet, i *bitstream.PacketInfo, sei *seiReader) *packetMeta {
	m := &t.packets[t.next%packetsKept]
	sei.recycle(&m.sei)
	*m = packetMeta{
		seq: t.next, pts: p.PTS, dts: p.DTS, duration: p.Duration, pos: p.Pos, base: p.TimeBase,
		key: p.Key, discard: p.Flags&Discard != 0, damaged: p.Flags&Damaged != 0,
		width: i.Width, height: i.Height, header: t.last, shown: i.Shown, existing: i.ShowExisting, pictures: i.Pictures, out: NoPTS,
	}
	if t.simple && i.Pictures > 0 {
		if i.Type == bitstream.PictureB {
			m.out = p.DTS
		} else {
			if last := t.find(t.lastRef); last != nil {
				last.out = p.DTS
			}
			t.lastRef = m.seq
		}
	}
	t.next++
	if t.inOrder && m.shown > 0 {
		if len(t.shows) == cap(t.shows) {
			t.dropShows(1)
		}
		t.shows = append(t.shows, m.seq)
	}
	return m
}

// describe notes the sequence header in force for a packet.
func (t *packetTable) describe(m *packetMeta, i *bitstream.Info) {
	if t.last == 0 || t.headers[t.last%sequencesKept] != *i {
		t.last++
		t.headers[t.last%sequencesKept] = *i
	}
	m.header = t.last
}

// header returns the sequence header of a packet, nil if none is known.
func (t *packetTable) header(m *packetMeta) *bitstream.Info {
	n := t.last
	if m != nil && m.header > 0 && m.header > t.last-sequencesKept {
		n = m.header
	}
	if n == 0 {
		return nil
	}
	return &t.headers[n%sequencesKept]
}

// find returns a packet by its number, nil if it is gone.
func (t *packetTable) find(seq int64) *packetMeta {
	if seq < 0 {
		return nil
	}
	if m := &t.packets[seq%packetsKept]; m.seq == seq {
		return m
	}
	return nil
}

// decoded begins the entry of a decode surface, whose picture is of packet m, if that
// is known.
func (t *packetTable) decoded(surface int, m *packetMeta) {
	if surface < 0 || surface >= maxSurfaces {
		return
	}
	t.surface[surface] = unknownSurface
	if m != nil {
		t.surface[surface].packet = m.seq
	}
}

// of returns the entry of a decode surface.
func (t *packetTable) of(surface int) *surfaceMeta {
	if surface < 0 || surface >= maxSurfaces {
		return &unknownSurface
	}
	return &t.surface[surface]
}

// taint marks the picture in a decode surface as damaged.
func (t *packetTable) taint(surface int) {
	if surface >= 0 && surface < maxSurfaces {
		t.surface[surface].tainted = true
	}
}

// ofSurface returns the packet of a displayed picture: the one whose call decoded
// it, else the one that the parser's timestamp leads to.
func (t *packetTable) ofSurface(surface int, timestamp int64) *packetMeta {
	if p := t.of(surface).packet; p >= 0 {
		return t.find(p)
	}
	return t.find(timestamp >> timestampShift)
}

// broughtOut is the decoding time of the packet that brings the picture of packet m
// out of a decoder without delay. Where containers give no presentation times, it
// stands for them. Where the codec does not tell, it is taken to be the packet in the
// parser (current, nil at the end of the stream), less the parser's delay.
func (t *packetTable) broughtOut(m, current *packetMeta, delay int64) int64 {
	if t.simple && m != nil {
		return m.out
	}
	var seq int64
	if current != nil {
		seq = current.seq - delay
	} else {
		seq = t.next + t.flushed - delay
		t.flushed++
	}
	if p := t.find(seq); p != nil && seq < t.next {
		return p.dts
	}
	return NoPTS
}

// nextShown returns the packet of a displayed picture of a codec that does not
// reorder: pictures are shown in the order of the packets that show them. decoded is
// the packet that the picture was decoded from, for getting back in step when the
// parser dropped a damaged picture.
func (t *packetTable) nextShown(decoded *packetMeta) *packetMeta {
	if decoded != nil {
		for i, seq := range t.shows {
			m := t.find(seq)
			// A picture shown again was decoded from an earlier packet.
			if m != nil && (m == decoded || m.existing && decoded.seq < seq) {
				t.dropShows(i)
				break
			}
		}
	}
	if len(t.shows) == 0 {
		return decoded
	}
	m := t.find(t.shows[0])
	if m == nil {
		t.dropShows(1)
		return decoded
	}
	if m.shown--; m.shown <= 0 {
		t.dropShows(1)
	}
	return m
}

func (t *packetTable) dropShows(n int) { t.shows = t.shows[:copy(t.shows, t.shows[n:])] }

// ptsGuess is libavcodec's choice between the times of presentation and of decoding
// when containers give only one of them, or wrong ones (guess_correct_pts).
type ptsGuess struct {
	faultyPTS, faultyDTS int
	lastPTS, lastDTS     int64
}

func (g *ptsGuess) restart() { g.lastPTS, g.lastDTS = math.MinInt64, math.MinInt64 }

func (g *ptsGuess) pick(pts, dts int64) int64 {
	if dts != NoPTS {
		if dts <= g.lastDTS {
			g.faultyDTS++
		}
		g.lastDTS = dts
	} else if pts != NoPTS {
		g.lastDTS = pts
	}
	if pts != NoPTS {
		if pts <= g.lastPTS {
			g.faultyPTS++
		}
		g.lastPTS = pts
	} else if dts != NoPTS {
		g.lastPTS = dts
	}
	if pts != NoPTS && (g.faultyPTS <= g.faultyDTS || dts == NoPTS) {
		return pts
	}
	return dts
}
