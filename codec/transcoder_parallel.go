package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
)

// lanes decode the video of a Transcoder's source with several decoders, each a part of
// a segment, from a demuxer of their own. The source's demuxer then only gives what is
// copied.
type lanes struct {
	dem *Demuxer
	dec *SimpleDecoder
	x   *Index
}

// openLanes makes the decoders if more than one is to work.
func (t *Transcoder) openLanes() (err error) {
	t.lanes.close()
	if t.cfg.Parallel < 2 {
		return nil
	}
	l := &t.lanes
	if l.dem, err = t.src.dem.second(); err != nil {
		return err
	}
	cfg := t.cfg.Decoder
	cfg.Layout = LayoutNative
	if t.dec.Device() == CPU {
		cfg.Device, cfg.Layout = CPU, LayoutPlanar
	}
	if l.dec, err = NewSimpleDecoder(l.dem, &SimpleDecoderConfig{DecoderConfig: cfg, Parallel: t.cfg.Parallel}); err != nil {
		return err
	}
	l.x = l.dec.Index()
	if l.x.Len() == 0 {
		return fmt.Errorf("%w: Parallel: the scan found no picture", ErrCorrupt)
	}
	for i := range l.x.Len() {
		if l.x.Frame(i).PTS == NoPTS {
			return fmt.Errorf("%w: Parallel: pictures have no times of their own in this container; copy the stream into another first", ErrUnsupported)
		}
	}
	t.index = l.x
	return nil
}

func (l *lanes) close() {
	_ = l.dec.Close()
	_ = l.dem.Close()
	*l = lanes{}
}

// second opens the file once more, for the video alone.
func (d *Demuxer) second() (*Demuxer, error) {
	if d.again == nil {
		return nil, errOpenOnce
	}
	in, err := d.again()
	if err != nil {
		return nil, err
	}
	c := &Demuxer{in: in, video: -1, options: d.options, again: d.again}
	if err := c.init(&DemuxerConfig{Streams: []int{d.video}}); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// pumpLanes is pump with several decoders.
func (t *Transcoder) pumpLanes(ctx context.Context, c *cut) error {
	x, s := t.lanes.x, &t.src
	s.release()
	at := func(tick int64) int {
		return sort.Search(x.Len(), func(i int) bool { return x.Frame(i).PTS >= tick })
	}
	first, last := at(c.from), x.Len()
	if c.to != math.MaxInt64 {
		last = at(c.to)
	}
	if first < last {
		for f, err := range t.lanes.dec.Range(first, last, 1) {
			var d *DamageError
			if f == nil && errors.As(err, &d) { // at the end, of them all
				t.dec.damage.restore(d)
				break
			}
			if err != nil {
				return err
			}
			if err := errors.Join(ctx.Err(), t.copyUntil(ctx, c, f.PTS)); err != nil {
				f.Release()
				return err
			}
			if err := t.put(c, f); err != nil {
				return err
			}
		}
	}
	if err := t.copyUntil(ctx, c, math.MaxInt64); err != nil {
		return err
	}
	// The end of a source that was cut short shows in its index as well.
	c.over, c.ended = last < x.Len(), last == x.Len()
	end := x.Frame(x.Len() - 1)
	s.most = max(s.most, end.PTS+end.Duration)
	if c.over {
		s.pos = c.to // the copied streams go on there
	}
	return nil
}

// copyUntil copies packets until one of the pictures' is decoded at pts or later, or
// nothing more of the segment can come.
func (t *Transcoder) copyUntil(ctx context.Context, c *cut, pts int64) error {
	s := &t.src
	if len(s.copied) == 0 || c.copied {
		return nil
	}
	for {
		p, err := s.read(ctx)
		if err == io.EOF {
			c.copied = true
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
		if p.DTS == NoPTS {
			continue
		}
		late := c.to
		if late < math.MaxInt64-s.video.TimeBase.Ticks(1e9) {
			late += s.video.TimeBase.Ticks(1e9)
		}
		done := true
		for i := range s.copied {
			done = done && (s.copied[i].Type != Audio || c.done[i+1])
		}
		if p.DTS >= c.to && done || p.DTS >= late {
			c.copied = true
			return nil
		}
		if p.DTS >= pts {
			return nil
		}
	}
}
