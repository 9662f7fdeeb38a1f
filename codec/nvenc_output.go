package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/nvenc"
)

// take takes the packets of finished pictures until hold of them are left.
func (e *nvencEngine) take(out *packetList, hold int) error {
	for e.finished > hold {
		s := e.pending[0]
		e.lock = nvenc.LockBitstream{OutputBitstream: s.output}
		if err := e.session.LockBitstream(&e.lock); err != nil {
			return err
		}
		copy(e.pending, e.pending[1:])
		e.pending = e.pending[:len(e.pending)-1]
		e.finished--
		p := out.next()
		p.Data = append(p.Data, e.lock.Bytes()...)
		err := e.session.UnlockBitstream(s.output)
		s.taken = true
		owner, e2 := e.finish(p)
		if err := errors.Join(err, e2); err != nil {
			return err
		}
		owner.coded = true
		if err := errors.Join(e.recycle(s), e.recycle(owner)); err != nil {
			return err
		}
	}
	return nil
}

// finish describes the packet that was locked. It returns the slot of its picture.
func (e *nvencEngine) finish(p *Packet) (*nvencSlot, error) {
	l := &e.lock
	s := e.takeInput(l.OutputTimeStamp)
	if s == nil {
		return nil, fmt.Errorf("NVENC put out a picture %d that is not in work", l.OutputTimeStamp)
	}
	p.PTS, p.Duration, p.TimeBase, p.Pos = s.pts, s.duration, e.cfg.TimeBase, -1
	p.Key, p.Type = pictureType(l.PictureType)
	p.QP, p.Flags = int(l.FrameAvgQP), EndOfPicture
	return s, e.order.stamp(p)
}

// takeInput finds a picture in work by its number and counts it out.
func (e *nvencEngine) takeInput(number uint64) *nvencSlot {
	for i, s := range e.inputs {
		if s.number == number {
			copy(e.inputs[i:], e.inputs[i+1:])
			e.inputs = e.inputs[:len(e.inputs)-1]
			return s
		}
	}
	return nil
}

// recycle makes a slot free if both its halves are.
func (e *nvencEngine) recycle(s *nvencSlot) error {
	if !s.taken || !s.coded || s.free {
		return nil
	}
	s.free = true
	e.free = append(e.free, s)
	return e.emptied(s)
}

// discard throws a coded picture away.
func (e *nvencEngine) discard(s *nvencSlot) error {
	e.lock = nvenc.LockBitstream{OutputBitstream: s.output}
	if err := e.session.LockBitstream(&e.lock); err != nil {
		return err
	}
	return e.session.UnlockBitstream(s.output)
}

func pictureType(t nvenc.PicType) (key bool, p PictureType) {
	switch t {
	case nvenc.PicTypeIDR:
		return true, 'I'
	case nvenc.PicTypeI:
		return false, 'I'
	case nvenc.PicTypeB, nvenc.PicTypeBI:
		return false, 'B'
	case nvenc.PicTypeUnknown:
		return false, 0
	}
	return false, 'P'
}

// nvencOrder makes the times at which packets are decoded. The n-th packet is decoded
// when the picture was given that came depth pictures before the n-th: for so long a
// picture can at most wait for others. Before the first picture the time goes on
// backwards.
type nvencOrder struct {
	depth   int
	given   []int64 // times of pictures, in the order that they were given; the first has number base
	base    int
	packets int
	first   int64 // duration of the first picture
	lastDTS int64
}

func (o *nvencOrder) open(c *EncoderConfig, u *nvencSetup) {
	*o = nvencOrder{given: o.given[:0], lastDTS: NoPTS}
	b := int(u.config.FrameIntervalP) - 1
	// A packet of AV1 shows exactly one picture: they come in the order of display.
	if b <= 0 || c.Codec == AV1 {
		return
	}
	k := &u.config.EncodeCodecConfig
	mode := k.HEVC().UseBFramesAsRef
	if c.Codec == H264 {
		mode = k.H264().UseBFramesAsRef
	}
	switch mode {
	case nvenc.BRefDisabled:
		o.depth = 1
	case nvenc.BRefHierarchical:
		for n := b; n > 0; n >>= 1 {
			o.depth++
		}
	default:
		o.depth = 2
	}
}

func (o *nvencOrder) submitted(pts int64) { o.given = append(o.given, pts) }

func (o *nvencOrder) stamp(p *Packet) error {
	if o.depth == 0 {
		p.DTS = p.PTS
		o.packets++
		if n := o.packets - o.base; n > 0 && len(o.given) >= n {
			o.drop(n)
		}
		return o.check(p)
	}
	if o.packets == 0 {
		o.first = 0
		if len(o.given) > 1 {
			o.first = o.given[1] - o.given[0]
		} else if p.Duration > 0 {
			o.first = p.Duration
		}
		o.first = max(o.first, 1)
	}
	switch n := o.packets - o.depth; {
	case n < 0:
		p.DTS = o.given[0] + int64(n)*o.first
	default:
		p.DTS = o.given[n-o.base]
		o.drop(n - o.base)
	}
	o.packets++
	return o.check(p)
}

// drop forgets the first n times.
func (o *nvencOrder) drop(n int) {
	copy(o.given, o.given[n:])
	o.given = o.given[:len(o.given)-n]
	o.base += n
}

// check is an error instead of a stream that cannot be muxed.
func (o *nvencOrder) check(p *Packet) error {
	if p.DTS > p.PTS || o.lastDTS != NoPTS && p.DTS <= o.lastDTS {
		return fmt.Errorf("NVENC reorders by more than %d pictures: packet %d has pts %d, dts %d, and the one before dts %d", o.depth, o.packets-1, p.PTS, p.DTS, o.lastDTS)
	}
	o.lastDTS = p.DTS
	return nil
}
