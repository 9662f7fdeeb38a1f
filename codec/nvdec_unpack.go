package codec

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// An unpacker takes apart the packed B-frames of MPEG-4 in AVI: two pictures in one
// packet and an empty one after it, which the parser would give one timestamp.
type unpacker struct {
	bsf     *avformat.BSF
	in, out *avformat.Packet
	pkt     Packet // of out
}

var vopStartCode = []byte{0, 0, 1, 0xB6}

// unpacks tells whether packets go through the unpacker.
func (in *nvdecInput) unpacks() bool { return in.id == MPEG4 }

// unpack feeds the pictures of a packet one by one.
func (in *nvdecInput) unpack(e *nvdecEngine, p *Packet) {
	if in.unpacker == nil {
		if bytes.Count(p.Data, vopStartCode) < 2 {
			e.feedUnit(p)
			return
		}
		u, err := newUnpacker(in.params)
		if err != nil {
			e.fail(err)
			return
		}
		in.unpacker = u
	}
	if err := in.unpacker.send(p); err != nil {
		e.damaged(err)
		return
	}
	in.unpacker.receive(e, p)
}

// drain feeds what the unpacker holds.
func (in *nvdecInput) drain(e *nvdecEngine) {
	if in.unpacker == nil {
		return
	}
	if err := in.unpacker.bsf.Send(nil); err == nil {
		in.unpacker.receive(e, &in.unpacker.pkt)
	}
}

func newUnpacker(s *StreamInfo) (*unpacker, error) {
	par, err := s.parameters()
	if err != nil {
		return nil, err
	}
	defer par.Close()
	u := new(unpacker)
	if u.bsf, err = avformat.NewBSF("mpeg4_unpack_bframes", par, avformat.Rational(s.TimeBase)); err != nil {
		return nil, err
	}
	if u.in, err = avformat.NewPacket(); err == nil {
		u.out, err = avformat.NewPacket()
	}
	if err != nil {
		u.close()
		return nil, err
	}
	return u, nil
}

func (u *unpacker) send(p *Packet) error {
	if err := u.in.SetData(p.Data); err != nil {
		return err
	}
	t := avformat.Times{PTS: p.PTS, DTS: p.DTS, Duration: p.Duration, Pos: p.Pos}
	if p.Key {
		t.Flags |= avformat.PacketKey
	}
	if p.Flags&Discard != 0 {
		t.Flags |= avformat.PacketDiscard
	}
	if p.Flags&Damaged != 0 {
		t.Flags |= avformat.PacketCorrupt
	}
	u.in.SetTimes(t)
	return u.bsf.Send(u.in)
}

// receive feeds all packets that are ready; what only Packet knows comes from like.
func (u *unpacker) receive(e *nvdecEngine, like *Packet) {
	for {
		err := u.bsf.Receive(u.out)
		if err == avformat.ErrAgain || err == io.EOF {
			return
		}
		if err != nil {
			e.damaged(err)
			return
		}
		t := u.out.Times()
		u.pkt = Packet{
			Data: u.out.Data(), PTS: t.PTS, DTS: t.DTS, Duration: t.Duration, Pos: t.Pos,
			TimeBase: like.TimeBase, Stream: like.Stream, Key: t.Flags&avformat.PacketKey != 0, Flags: like.Flags &^ (Discard | Damaged),
		}
		if t.Flags&avformat.PacketDiscard != 0 {
			u.pkt.Flags |= Discard
		}
		if t.Flags&avformat.PacketCorrupt != 0 {
			u.pkt.Flags |= Damaged
		}
		if len(u.pkt.Data) > 0 {
			e.feedUnit(&u.pkt)
		}
		u.pkt.Data = nil
		if e.err != nil {
			return
		}
	}
}

func (u *unpacker) close() error {
	if u == nil {
		return nil
	}
	return errors.Join(u.bsf.Close(), u.in.Close(), u.out.Close())
}
