package codec

import (
	"context"
	"errors"
	"io"
	"math"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// What lies between segments is not decoded where that can be helped: the next key frame
// at or before a segment is looked for in the packets that follow, pictures that no other
// refers to are left out before a segment's start, and after its end no picture is
// decoded if the next segment is likely to be elsewhere.

// most packets and bytes that are read ahead in search of a key frame
const (
	aheadPackets = 1024
	aheadBytes   = 64 << 20
)

// ahead reads on until no key frame at or before from can follow, and drops the pictures
// before the last one. found is false if there was none: then decoding goes on from where
// it is, unless the decoder is cold.
func (s *supply) ahead(ctx context.Context, from int64, dec *Decoder) (found bool, err error) {
	var read []*Packet
	key, at := -1, int64(0)
	defer func() { s.queue = append(read, s.queue...) }()
	for n, bytes := 0, 0; n < aheadPackets && bytes < aheadBytes; n++ {
		p, err := s.read(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, err
		}
		if p == &s.cur {
			p = p.Clone()
		}
		read = append(read, p)
		bytes += len(p.Data)
		if s.place[p.Stream] != 0 {
			continue
		}
		if p.Key && p.PTS != NoPTS {
			if p.PTS > from {
				break
			}
			key, at = len(read)-1, p.PTS
		}
		if p.DTS != NoPTS && p.DTS >= from {
			break // times of presentation are not before those of decoding
		}
	}
	if key < 0 {
		return false, nil
	}
	if err := dec.Discard(); err != nil {
		return false, err
	}
	kept := read[:0]
	for i, p := range read {
		if i >= key || s.place[p.Stream] != 0 {
			kept = append(kept, p)
		}
	}
	read = kept
	s.release()
	s.drained, s.skip = false, NoPTS
	s.jumped()
	s.end, s.pos, s.guess = from, at, at
	return true, nil
}

// leaveOut tells whether the picture of p need not be decoded for the segment c: it is not
// shown in it, and no other refers to it. All packets of pictures are to be asked about, in
// order, for their headers.
func (s *supply) leaveOut(p *Packet, c *cut) bool {
	early := c.from != math.MinInt64 && p.PTS < c.from
	late := s.leaves && s.exact && p.PTS >= c.to
	if !s.disposable(p) || !early && !late || p.PTS == NoPTS || p.Flags&(Discard|Damaged) != 0 {
		return false
	}
	s.cold = s.cold || late
	return true
}

// disposable tells whether leaving p out changes no other picture.
func (s *supply) disposable(p *Packet) bool {
	switch s.video.Codec {
	case H264, HEVC:
	default:
		return false
	}
	if s.track == nil {
		if s.track, _ = bitstream.NewTracker(bitstream.CodecByName(string(s.video.Codec)), s.video.Extradata); s.track == nil {
			return false
		}
	}
	i, err := s.track.Parse(p.Data)
	return err == nil && i.Disposable && i.Pictures == 1 && i.Shown == 1 && i.Parity == bitstream.WholeFrame && !i.Parameters && !i.RandomAccess && !i.EndOfSequence && !i.OrderReset && !i.DropsPrior
}

// jumped says that decoding begins anew, elsewhere.
func (s *supply) jumped() {
	s.cold, s.leaves = false, s.exact
	if s.track != nil {
		s.track.Reset()
	}
}

// leave ends the pictures of a segment after the last packet that has one of them, if the
// next segment is likely to be elsewhere: more of them need not be decoded.
func (t *Transcoder) leave(c *cut, p *Packet) (bool, error) {
	s := &t.src
	if !s.leaves || !s.exact || p.DTS == NoPTS || p.DTS < c.to {
		return false, nil
	}
	s.cold, c.over = true, true
	return true, t.drain(c)
}

// drain takes all frames that the decoder still holds. Damage is reported by the decoder
// once more, at the end.
func (t *Transcoder) drain(c *cut) error {
	frames, err := t.dec.Drain()
	var d *DamageError
	if errors.As(err, &d) {
		t.dec.damage.restore(d)
	}
	if errors.Is(err, ErrCorrupt) {
		err = nil
	}
	return errors.Join(t.take(c, frames), err)
}
