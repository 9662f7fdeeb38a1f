package codec

import (
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// cpuKept is how many packets can be on the way through libavcodec: its reordering,
// its threads, and what a damaged stream leaves behind.
const cpuKept = 1024

// cpuMeta is what a packet says of its picture.
type cpuMeta struct {
	seq                int64
	pts, duration, pos int64
	base               frame.Rational
	delivered          bool
	pictures           int // in the packet
	sei                *seiList
}

// cpuTimes finds the packet of a picture by the private number that libavcodec
// carries in place of a time.
type cpuTimes struct {
	ring  [cpuKept]cpuMeta
	next  int64
	base  frame.Rational
	guess ptsGuess
	id    ID
	track *bitstream.Tracker // nil: of a codec whose headers are not read
	pkt   bitstream.PacketInfo
	sei   seiReader
	nal   nalLength
	sar   frame.Rational // of the container
}

// firstNumber is above every time that a container gives, so that a number is not
// taken for one.
const firstNumber = 1 << 44

func (t *cpuTimes) init(s *StreamInfo) {
	t.base = s.TimeBase
	t.next = firstNumber
	t.id = s.Codec
	t.headers(s.Extradata)
	t.sei.init(bitstream.CodecByName(string(s.Codec)))
	if s.SAR.Num > 0 && s.SAR.Den > 0 {
		t.sar = s.SAR.Reduce()
	}
	t.guess.restart()
}

// headers takes the headers that the container keeps apart. What is wrong with them, the
// decoder says.
func (t *cpuTimes) headers(extradata []byte) {
	t.nal = nalLengthOf(t.id, extradata)
	t.track, _ = bitstream.NewTracker(bitstream.CodecByName(string(t.id)), extradata)
}

func (t *cpuTimes) restart() {
	t.guess.restart()
	t.sei.restart()
	t.forget()
}

// forget forgets the pictures seen, not the headers.
func (t *cpuTimes) forget() {
	if t.track != nil {
		t.track.Reset()
	}
}

// add makes the entry of a packet and returns its number.
func (t *cpuTimes) add(p *Packet) int64 {
	if p.TimeBase.Num > 0 {
		t.base = p.TimeBase
	}
	seq := t.next
	t.next++
	m := &t.ring[seq%cpuKept]
	t.sei.recycle(&m.sei)
	for i := range p.SideData {
		if s := &p.SideData[i]; s.Type == sideNewExtradata {
			t.headers(s.Data)
		}
	}
	var err error
	if t.pkt = (bitstream.PacketInfo{}); t.track != nil {
		t.pkt, err = t.track.Parse(p.Data)
	}
	*m = cpuMeta{seq: seq, pts: p.PTS, duration: p.Duration, pos: p.Pos, base: t.base, pictures: t.pkt.Pictures}
	if t.track != nil {
		if t.pkt.SecondField {
			m = t.ofField(m)
		}
		t.sei.collect(&m.sei, p.Data, t.nal.of(p.Data), &t.pkt, err == nil, t.track.PicTiming())
	}
	return seq
}

// ofField returns the packet of the first field of the frame whose second is in the
// packet of m, or m.
func (t *cpuTimes) ofField(m *cpuMeta) *cpuMeta {
	for seq := m.seq - 1; seq > m.seq-maxBetweenFields; seq-- {
		if first := t.find(seq); first != nil && first.pictures > 0 {
			return first
		}
	}
	return m
}

// find returns the packet of that number, nil if there is none any more.
func (t *cpuTimes) find(seq int64) *cpuMeta {
	if seq < firstNumber {
		return nil
	}
	if m := &t.ring[seq%cpuKept]; m.seq == seq {
		return m
	}
	return nil
}

// describe puts the times of f's packet, whose number f.PTS is, in their places. dts
// is the decoding time of the packet that brought the frame out, which rises with the
// frames where that of their own packets does not.
func (t *cpuTimes) describe(f *frame.Frame, dts int64) {
	m := t.find(f.PTS)
	f.TimeBase = t.base
	if f.SAR.Num > 0 && f.SAR.Den > 0 {
		f.SAR = f.SAR.Reduce()
	} else {
		f.SAR = t.sar
	}
	if m == nil {
		f.PTS, f.Duration = t.guess.pick(NoPTS, dts), 0
		return
	}
	m.delivered = true
	if dts == m.seq {
		dts = m.pts // libdav1d gives the one for the other
	}
	f.PTS, f.Duration, f.Pos, f.TimeBase = t.guess.pick(m.pts, dts), m.duration, m.pos, m.base
	t.sei.deliver(&m.sei, f)
}
