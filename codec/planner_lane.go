package codec

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/go-nvcodec/nvcodec/frame"
)

// A packetReader gives a lane packets by number.
type packetReader interface {
	// packetAt reads packet k, or if that is not needed one of the next, into p and
	// returns its number; io.EOF if there are none.
	packetAt(p *Packet, k int) (int, error)
}

// A lane decodes pieces of an indexed stream in one decoder.
type lane struct {
	x    *Index
	dec  *Decoder
	in   packetReader
	feed packetFeeder
	pkt  Packet

	next    int   // packet that is decoded next; -1: the decoder is empty
	entry   int32 // where decoding began
	lastOut int   // the highest frame that came out since
	dropped []int // frames above it that were left out
	queue   []*frame.Frame

	packet, shown int // the last packet of which a picture came out, and how many did
	damage        error
	all           bool // leave nothing out
	leftOut       bool // something was, since decoding began
	patient       bool // a frame may come after a later one
	taint         *taintedEntries
	begun         func() bool // asked after each packet until it is true; or nil
}

// taintedEntries are places to begin at whose own picture is damaged: what decoders put
// in place of what is missing in it comes from pictures before.
type taintedEntries struct {
	mu  sync.Mutex
	bad map[int32]bool
}

// sound returns the last entry up to e that is not one of these.
func (t *taintedEntries) sound(e int32) int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	for e > 0 && t.bad[e] {
		e--
	}
	return e
}

func (t *taintedEntries) add(e int32) {
	t.mu.Lock()
	if t.bad == nil {
		t.bad = map[int32]bool{}
	}
	t.bad[e] = true
	t.mu.Unlock()
}

var errTainted = fmt.Errorf("%w: the picture to begin decoding at is damaged", ErrCorrupt)

func newLane(x *Index, s *StreamInfo, cfg *DecoderConfig, in packetReader, taint *taintedEntries) (*lane, error) {
	own := *cfg
	own.late = true // frames on the way are not converted
	dec, err := NewDecoder(*s, &own)
	if err != nil {
		return nil, err
	}
	return newLaneOf(x, s, dec, in, taint), nil
}

func newLaneOf(x *Index, s *StreamInfo, dec *Decoder, in packetReader, taint *taintedEntries) *lane {
	l := &lane{x: x, dec: dec, in: in, next: -1, taint: taint}
	l.feed = packetFeeder{x: x, length: nalLengthOf(s.Codec, s.Extradata)}
	return l
}

// A missingFrame is one that did not come out of the decoder where it should have.
type missingFrame struct {
	index int
	after bool // a later one did
	cause error
}

func (e *missingFrame) Error() string {
	s := fmt.Sprintf("frame %d cannot be decoded", e.index)
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

func (e *missingFrame) Unwrap() []error { return []error{ErrCorrupt, e.cause} }

// frame decodes frame i, of the wish w, of which others may come out on the way and
// are kept for later calls with higher numbers. After packet last, the decoder is
// emptied; -1 if decoding may go on behind it.
func (l *lane) frame(i int, w *wish, last int) (*frame.Frame, error) {
	if f := l.take(i); f != nil {
		return f, nil
	}
	if !l.onTheWay(i) {
		if err := l.begin(l.taint.sound(l.x.frames[i].entry)); err != nil {
			return nil, err
		}
	}
	for {
		if err := l.step(w, last); err != nil {
			return nil, err
		}
		if l.begun != nil && l.begun() {
			l.begun = nil
		}
		if l.entry > 0 && l.taint.sound(l.entry) != l.entry {
			l.next = -1
			l.drop()
			return nil, errTainted
		}
		if f := l.take(i); f != nil {
			return f, nil
		}
		if l.next < 0 || l.lastOut > i && !l.patient {
			return nil, &missingFrame{i, l.next >= 0, l.damage}
		}
	}
}

// onTheWay tells whether frame i comes out if decoding goes on, and that is the
// shortest way to it.
func (l *lane) onTheWay(i int) bool {
	if l.next < 0 || i <= l.lastOut {
		return false
	}
	f := &l.x.frames[i]
	begin := int(l.x.entries[f.entry].packet)
	if f.entry < l.entry || begin > l.next+aside {
		return false
	}
	return !slices.Contains(l.dropped, i)
}

// begin starts decoding at an entry.
func (l *lane) begin(entry int32) error {
	l.drop()
	l.noteDamage(l.dec.damage.take())
	if err := l.dec.Discard(); err != nil {
		return err
	}
	k := int(l.x.entries[entry].packet)
	l.next, l.entry, l.lastOut = k, entry, -1
	l.packet, l.shown = -1, 0
	l.dropped, l.leftOut = l.dropped[:0], false
	return nil
}

// plain tells whether decoding went as that of the whole stream.
func (l *lane) plain() bool { return l.entry == 0 && !l.leftOut }

// step decodes the next packet that is needed for w.
func (l *lane) step(w *wish, last int) error {
	if last >= 0 && l.next > last {
		return l.drain(w)
	}
	k, err := l.in.packetAt(&l.pkt, l.next)
	if err == io.EOF {
		return l.drain(w)
	}
	if err != nil {
		l.next = -1
		return err
	}
	first := k == int(l.x.entries[l.entry].packet)
	l.next = k + 1
	if !l.all && l.x.leaveOut(k, w) {
		if i := int(l.x.packets[k].frame); i > l.lastOut {
			l.dropped = append(l.dropped, i)
		}
		l.leftOut = true
		return nil
	}
	if first {
		l.feed.begin(&l.pkt, l.x.setsOf(l.entry))
	}
	l.restore(k)
	frames, err := l.dec.Decode(&l.pkt)
	if failed := l.collect(frames, w); failed != nil {
		l.next = -1
		return failed
	}
	if err != nil {
		return l.failed(err)
	}
	return nil
}

// restore makes the packet what it was when the stream was scanned from its start:
// after a seek, containers give other times. The position leads from a frame to its
// packet.
func (l *lane) restore(k int) {
	p, q := &l.pkt, &l.x.packets[k]
	p.PTS, p.DTS, p.Duration, p.Pos = q.pts, q.dts, q.duration, int64(k)
	p.Flags &^= Discard | Damaged | EndOfPicture
	if q.mark&markHidden != 0 {
		p.Flags |= Discard
	}
	if q.mark&markDamaged != 0 {
		p.Flags |= Damaged
	}
	if q.mark&markWhole != 0 {
		p.Flags |= EndOfPicture
	}
	p.Key = q.mark&markKey != 0
}

// drain empties the decoder.
func (l *lane) drain(w *wish) error {
	frames, err := l.dec.Drain()
	failed := l.collect(frames, w)
	l.next = -1
	if failed != nil {
		return failed
	}
	if errors.Is(err, ErrCorrupt) {
		l.noteDamage(err)
		return nil
	}
	return err
}

func (l *lane) failed(err error) error {
	if errors.Is(err, ErrCorrupt) {
		l.noteDamage(err)
		return nil
	}
	l.next = -1
	return err
}

// noteDamage keeps the first damage. After an open group of pictures, decoders complain of
// pictures that nobody asked for; frames that are damaged tell it themselves.
func (l *lane) noteDamage(err error) {
	closed := l.entry == 0 || l.x.packets[l.x.entries[l.entry].packet].mark&markClosed != 0
	if l.damage == nil && closed {
		l.damage = err
	}
}

// takeDamage returns what was damaged since the last call.
func (l *lane) takeDamage() error {
	if l == nil {
		return nil
	}
	l.noteDamage(l.dec.damage.take())
	err := l.damage
	l.damage = nil
	return err
}

// collect gives frames their numbers and times, and keeps those of w.
func (l *lane) collect(frames []*frame.Frame, w *wish) (failed error) {
	for _, f := range frames {
		k := int(f.Pos)
		if k != l.packet {
			l.packet, l.shown = k, 0
		} else {
			l.shown++
		}
		if f.Corrupt && l.entry > 0 && k == int(l.x.entries[l.entry].packet) {
			l.taint.add(l.entry)
		}
		i := l.x.frameOf(k, l.shown)
		if i < 0 {
			f.Release()
			continue
		}
		l.lastOut = max(l.lastOut, i)
		if !w.has(i) {
			f.Release()
			continue
		}
		f.Index, f.PTS = i, l.x.frames[i].pts
		f.Pos, f.Duration = l.x.packets[k].pos, l.x.packets[k].duration
		f, err := l.dec.finishLate(f)
		if err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		l.queue = append(l.queue, f)
	}
	l.dropped = slices.DeleteFunc(l.dropped, l.isOut)
	return failed
}

func (l *lane) isOut(i int) bool { return i <= l.lastOut }

// take removes frame i from those that came out, and drops those before it.
func (l *lane) take(i int) (found *frame.Frame) {
	n := 0
	for _, f := range l.queue {
		switch {
		case f.Index == i && found == nil:
			found = f
		case f.Index <= i:
			f.Release()
		default:
			l.queue[n] = f
			n++
		}
	}
	clear(l.queue[n:])
	l.queue = l.queue[:n]
	return found
}

// putBack has f, if it is one, come once more.
func (l *lane) putBack(f *frame.Frame) {
	if f != nil {
		l.queue = slices.Insert(l.queue, 0, f)
	}
}

// drop releases all frames that came out.
func (l *lane) drop() {
	if l == nil {
		return
	}
	for i, f := range l.queue {
		f.Release()
		l.queue[i] = nil
	}
	l.queue = l.queue[:0]
}

func (l *lane) close() error {
	if l == nil {
		return nil
	}
	l.drop()
	return l.dec.Close()
}
