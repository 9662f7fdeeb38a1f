package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
)

// cut is a segment under way.
type cut struct {
	start, end time.Duration
	from, to   int64 // the same in ticks of the source's video
	begun      time.Time
	shown      time.Time // last progress
	frames     int64
	bytes      int64
	last       int64 // time of the last frame of the segment, NoPTS before the first
	length     int64 // its duration
	early      int   // damaged frames before the segment
	damaged    bool
	over       bool   // a frame at or after to was seen
	done       []bool // the copied streams have reached to
	copied     bool   // nothing more of them can come
	ended      bool   // the source has no frames after it
}

// segment transcodes [start, end) into m.
func (t *Transcoder) segment(ctx context.Context, m *Muxer, start, end time.Duration) (err error) {
	s := &t.src
	tb := s.video.TimeBase
	c := &cut{from: math.MinInt64, to: math.MaxInt64, start: start, end: end, begun: time.Now(), last: NoPTS, done: make([]bool, len(s.copied)+1)}
	if start != noTime {
		c.from = firstTick(tb, start)
	}
	if end != noTime {
		c.to = firstTick(tb, end)
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	defer func() {
		if err != nil && !c.damaged {
			t.fail()
		}
	}()
	pump := t.pump
	if t.lanes.dec != nil {
		pump = t.pumpLanes
	}
	if t.lanes.dec == nil || len(s.copied) > 0 {
		if err := s.position(ctx, c.from, t.dec); err != nil {
			return err
		}
	}
	s.live = false
	_ = t.dec.damage.take()
	if t.used {
		t.used = false
		if err := t.enc.restart(); err != nil {
			return err
		}
	}
	t.out.begin(m, s, t.enc.cfg.TimeBase, c.from)
	if err := pump(ctx, c); err != nil {
		return err
	}
	if err := t.finish(c); err != nil {
		return err
	}
	s.live, s.end = true, c.to
	if err := s.truncated(c); err != nil {
		return err
	}
	if c.frames == 0 {
		return fmt.Errorf("%w: no frame lies there; the video is from %v to %v", ErrRange, s.video.Start, s.video.Start+s.video.Duration)
	}
	if err := t.damage(c); err != nil {
		c.damaged = true
		return err
	}
	return nil
}

// firstTick is the first tick whose time, in nanoseconds as Frame.Time gives it, is not
// before d: a frame's own time is a bound that holds.
func firstTick(tb frame.Rational, d time.Duration) int64 {
	t := tb.TicksRound(d, frame.RoundDown)
	if tb.Duration(t) < d {
		t++
	}
	return t
}

// pump moves everything of the segment from the source to the muxer.
func (t *Transcoder) pump(ctx context.Context, c *cut) error {
	s := &t.src
	pending := s.pending
	s.pending = nil
	if err := t.take(c, pending); err != nil {
		return err
	}
	for !t.complete(c) {
		p, err := s.read(ctx)
		if err == io.EOF {
			if !s.drained && !c.over { // else pictures may wait in kept
				s.drained = true
				return t.drain(c)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if place := s.place[p.Stream]; place > 0 {
			if err := t.copyPacket(c, place, p); err != nil {
				return err
			}
			continue
		}
		if !s.wanted(p) {
			continue
		}
		if c.over { // only audio is missing: the pictures are the next segment's
			c.keep(s, p)
			continue
		}
		if left, err := t.leave(c, p); left || err != nil {
			if err != nil {
				return err
			}
			c.keep(s, p)
			continue
		}
		if s.leaveOut(p, c) {
			continue
		}
		frames, err := t.dec.Decode(p)
		if err := errors.Join(t.take(c, frames), err); err != nil {
			return err
		}
	}
	return nil
}

// keep puts p aside for the next segment.
func (c *cut) keep(s *supply, p *Packet) { s.kept = append(s.kept, p.Clone()) }

// complete tells whether the segment has all its frames and packets. Streams that
// ended early or are sparse are not waited for.
func (t *Transcoder) complete(c *cut) bool {
	if !c.over {
		return false
	}
	s := &t.src
	for i := range s.copied {
		if s.copied[i].Type == Audio && !c.done[i+1] {
			n := len(s.kept)
			if n == 0 {
				return false
			}
			p := s.kept[n-1]
			at, _ := frame.Rescale(stamp(p), p.TimeBase, s.video.TimeBase, frame.RoundDown)
			return at-c.to > s.video.TimeBase.Ticks(1e9)
		}
	}
	return true
}

// take codes the frames that lie in the segment, keeps those after it and releases all
// others.
func (t *Transcoder) take(c *cut, frames []*frame.Frame) (err error) {
	s := &t.src
	for _, f := range frames {
		if f.PTS == NoPTS {
			f.PTS = s.guess
		}
		s.pos, s.guess = f.PTS, f.PTS+t.length(f)
		switch {
		case err != nil:
			f.Release()
		case f.PTS < c.from:
			if f.Corrupt {
				c.early++
			}
			f.Release()
		case f.PTS >= c.to:
			c.over = true
			s.pending = append(s.pending, f)
		default:
			err = t.put(c, f)
		}
	}
	return err
}

// put codes a frame of the segment.
func (t *Transcoder) put(c *cut, f *frame.Frame) error {
	if c.last != NoPTS && f.PTS <= c.last {
		f.PTS = c.last + 1 // a source whose times do not rise
	}
	c.last, c.length = f.PTS, t.length(f)
	f, err := t.pic.fit(f, &t.keep)
	if err != nil {
		return err
	}
	return t.rate.put(f, t.out.time(f.PTS), func(f *frame.Frame, pts int64) error { return t.encode(c, f, pts) })
}

// length is a frame's duration in ticks of the source.
func (t *Transcoder) length(f *frame.Frame) int64 {
	if f.Duration > 0 {
		return f.Duration
	}
	n, _ := frame.Rescale(1, usualRate(&t.src.video).Inv(), t.src.video.TimeBase, frame.RoundNearest)
	return max(n, 1)
}

func (t *Transcoder) encode(c *cut, f *frame.Frame, pts int64) error {
	tb := t.enc.cfg.TimeBase
	source := f.TimeBase.Duration(c.last)
	keep, keepDuration, keepBase := f.PTS, f.Duration, f.TimeBase
	f.Duration, _ = frame.Rescale(f.Duration, f.TimeBase, tb, frame.RoundNearest)
	f.PTS, f.TimeBase = pts, tb
	t.messages = CarrySEI(t.messages[:0], f.SEI, t.enc.cfg.Codec, t.enc.cfg.TimeCode)
	t.picture.SEI = t.messages
	packets, err := t.enc.Encode(f, &t.picture)
	f.SEI = f.SEI[:0] // once, also where the frame is repeated
	f.PTS, f.Duration, f.TimeBase = keep, keepDuration, keepBase
	t.used = true
	if err := errors.Join(t.write(c, packets), err); err != nil {
		return err
	}
	c.frames++
	t.progress(c, source, false)
	return nil
}

func (t *Transcoder) write(c *cut, packets []*Packet) error {
	for _, p := range packets {
		c.bytes += int64(len(p.Data))
		if err := t.out.write(0, p); err != nil {
			return err
		}
	}
	return nil
}

// copyPacket writes a packet of a copied stream, if it lies in the segment.
func (t *Transcoder) copyPacket(c *cut, place int, p *Packet) error {
	s := &t.src
	at := stamp(p)
	if at != NoPTS {
		tb := s.copied[place-1].TimeBase
		if c.from != math.MinInt64 {
			if at < firstTick(tb, c.start) {
				return nil
			}
		}
		if c.to != math.MaxInt64 {
			if at >= firstTick(tb, c.end) {
				c.done[place] = true
				c.keep(s, p)
				return nil
			}
		}
	}
	return t.out.copy(place, p)
}

// finish ends the segment's stream and says where the next one begins.
func (t *Transcoder) finish(c *cut) error {
	s := &t.src
	s.queue = append(s.kept, s.queue...)
	s.kept = nil // it is the queue now
	if c.frames == 0 && !t.rate.holds() {
		return nil
	}
	end := c.to // the last frame is shown until the next one
	if !c.over {
		end = min(c.to, c.last+c.length)
	}
	err := t.rate.finish(t.out.time(end), func(f *frame.Frame, pts int64) error { return t.encode(c, f, pts) })
	if err != nil {
		return err
	}
	packets, err := t.enc.Drain()
	if err := errors.Join(t.write(c, packets), err); err != nil {
		return err
	}
	t.used = true // drained
	t.out.end(end)
	t.progress(c, s.video.TimeBase.Duration(c.last), true)
	return nil
}

// damage is what was wrong with the segment's pictures.
func (t *Transcoder) damage(c *cut) error {
	err := t.dec.damage.take()
	var d *DamageError
	if !errors.As(err, &d) || d.Count <= c.early {
		return nil
	}
	d.Count -= c.early
	return d
}

// fail leaves everything so that the next segment can begin.
func (t *Transcoder) fail() {
	s := &t.src
	s.drop()
	s.live = false
	t.rate.drop()
	t.out.mux = nil
	t.used = true
	if t.dec != nil && t.dec.fatal != nil {
		_ = t.dec.Close()
		t.dec = nil
	}
	if t.enc != nil && t.enc.fatal != nil {
		_ = t.enc.Close()
		t.enc = nil
	}
}

func (t *Transcoder) progress(c *cut, at time.Duration, last bool) {
	if t.cfg.Progress == nil {
		return
	}
	now := time.Now()
	if !last && now.Sub(c.shown) < 100*time.Millisecond {
		return
	}
	c.shown = now
	p := Progress{Frames: c.frames, Bytes: c.bytes, Time: at}
	spent := now.Sub(c.begun)
	if spent > 0 {
		p.FPS = float64(c.frames) / spent.Seconds()
	}
	video := &t.src.video
	begin, end := video.Start, video.Start+video.Duration
	if c.from != math.MinInt64 {
		begin = max(begin, video.TimeBase.Duration(c.from))
	}
	if c.to != math.MaxInt64 && (video.Duration == 0 || video.TimeBase.Duration(c.to) < end) {
		end = video.TimeBase.Duration(c.to)
	}
	if end > begin {
		p.Done = min(1, max(0, float64(at-begin)/float64(end-begin)))
		if last {
			p.Done = 1
		}
		if p.Done > 0 {
			p.Left = time.Duration(float64(spent) * (1 - p.Done) / p.Done)
		}
	}
	t.cfg.Progress(p)
}
