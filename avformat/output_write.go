package avformat

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
)

// maxPending bounds how many packets wait until every stream has shown its headers.
const maxPending = 1000

// A pendingPacket waits for the header.
type pendingPacket struct {
	stream int
	pkt    *Packet
}

// WritePacket writes p, whose times are in the TimeBase of the stream's
// StreamConfig. p stays the caller's; the output keeps a reference to its bytes until
// it has interleaved them with the other streams'. Decoding times have to rise from
// packet to packet of a stream; a missing one is filled in. A writer's error is in the
// chain of the error returned, and any error breaks the output for good. It does not
// allocate once the header is written.
func (o *Output) WritePacket(stream int, p *Packet) error {
	s := o.s
	const fn = "av_interleaved_write_frame"
	if p == nil || p.p == 0 {
		return closedError(fn)
	}
	if err := s.enter(fn); err != nil {
		return err
	}
	defer s.mu.Unlock()
	defer runtime.KeepAlive(o)
	if stream < 0 || stream >= len(s.streams) {
		return &Error{Func: fn, Code: ErrStreamNotFound, Detail: "no stream " + itoa(stream)}
	}
	if s.begun {
		return s.broke(s.mux(stream, p))
	}
	return s.broke(s.wait(stream, p))
}

// wait keeps p until all streams have extradata, then begins.
func (s *output) wait(stream int, p *Packet) error {
	st := s.streams[stream]
	if st.waiting {
		st.waiting = false
		if err := st.extract(p); err != nil {
			return err
		}
	}
	q, err := NewPacket()
	if err != nil {
		return err
	}
	if err := q.Ref(p); err != nil {
		q.Close()
		return err
	}
	s.pending = append(s.pending, pendingPacket{stream, q})
	for _, st := range s.streams {
		if st.waiting && len(s.pending) < maxPending {
			return nil
		}
	}
	return s.begin()
}

// extract takes the extradata out of a stream's first packet. None is no error here:
// the muxer knows whether it can do without.
func (st *outputStream) extract(p *Packet) error {
	f, err := NewBSF("extract_extradata", st.par, st.cfg.TimeBase)
	if err != nil {
		return nil // a minimal build, or a codec that the filter does not know
	}
	defer f.Close()
	q, err := NewPacket()
	if err != nil {
		return err
	}
	defer q.Close()
	if err := q.Ref(p); err != nil {
		return err
	}
	for err := f.Send(q); err == nil; {
		if err = f.Receive(q); err == ErrAgain {
			err = f.Send(nil)
			continue
		}
		if err == nil {
			for t, b := range q.SideData {
				if t == SideDataNewExtradata {
					return st.par.SetExtradata(b)
				}
			}
		}
		if err == io.EOF {
			break
		}
	}
	return nil
}

// mux hands a reference to p to the muxer, in the muxer's time base.
func (s *output) mux(stream int, p *Packet) error {
	const fn = "av_interleaved_write_frame"
	st := s.streams[stream]
	if err := s.pkt.Ref(p); err != nil {
		return err
	}
	t := s.pkt.Times()
	last := st.lastDTS
	if t.PTS == NoPTS && t.DTS == NoPTS && st.cfg.Disposition&DispositionAttachedPicture != 0 {
		t.PTS, t.DTS = 0, 0
	}
	st.stamp(&t)
	in := st.cfg.TimeBase
	t.PTS, t.DTS = st.later(Rescale(t.PTS, in, st.out)), st.later(Rescale(t.DTS, in, st.out))
	if rose := last != NoPTS && st.lastDTS > last; rose && t.DTS <= st.outDTS && s.flags&formatNonStrict == 0 {
		t.DTS = st.outDTS + 1 // the muxer's ticks are too coarse to tell them apart
		t.PTS = max(t.PTS, t.DTS)
	}
	st.outDTS = t.DTS
	if t.Duration > 0 {
		t.Duration = Rescale(t.Duration, in, st.out)
	}
	t.Stream, t.Pos = stream, -1
	s.pkt.SetTimes(t)
	// It takes the reference over, also when it fails.
	r := s.call.Begin().Int(s.ctx.p).Int(s.pkt.p).Do32(ff.fn.avInterleavedWriteFrame)
	if r >= 0 {
		return nil
	}
	err := s.fail(fn, r)
	if e, ok := err.(*Error); ok && e.Err == nil && e.Code == ErrInvalid {
		e.Detail = fmt.Sprintf("%s: stream %d, pts %s, dts %s after %s (%d/%d s): dts has to rise and not to pass pts",
			s.name, stream, ticks(t.PTS), ticks(t.DTS), ticks(Rescale(last, in, st.out)), st.out.Num, st.out.Den)
	}
	return err
}

func ticks(t int64) string {
	if t == NoPTS {
		return "none"
	}
	return strconv.FormatInt(t, 10)
}

// stamp fills in a missing decoding time: Matroska has none, and libavformat cannot
// guess the first ones. They begin before the first picture by as many frames as the
// stream reorders, go on from the last, and never pass the presentation time.
func (st *outputStream) stamp(t *Times) {
	if t.DTS == NoPTS && t.PTS != NoPTS {
		step := max(st.lastDur, 1)
		if t.Duration > 0 {
			step = t.Duration
		} else if r := st.cfg.FrameRate; r.Known() {
			step = max(Rescale(1, Rational{r.Den, r.Num}, st.cfg.TimeBase), 1)
		}
		if st.lastDTS == NoPTS {
			t.DTS = t.PTS - int64(st.par.VideoDelay())*step
		} else {
			t.DTS = min(t.PTS, st.lastDTS+step)
		}
	}
	if t.DTS != NoPTS {
		st.lastDTS, st.lastDur = t.DTS, t.Duration
	}
}
