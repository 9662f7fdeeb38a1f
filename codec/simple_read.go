package codec

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
)

// At decodes frame i; a negative i counts from the end: -1 is the last one. Calls that
// go along the stream decode on; others begin at the key frame before.
//
// Errors: ErrRange; ErrCorrupt for a frame that cannot be decoded, and for one that is
// marked as damaged unless OnError is Deliver.
func (s *SimpleDecoder) At(i int) (*frame.Frame, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	k, err := s.index(i)
	if err != nil {
		return nil, opError("at", err)
	}
	s.stopJob()
	if err := s.work(); err != nil {
		return nil, opError("at", err)
	}
	defer s.rest()
	// Emptying the decoder brings a frame out at once, but what comes after it has to
	// begin anew: worth it unless the next one is likely to be asked for, or it was a long way.
	along := s.along(k)
	s.last = k
	last := int(s.x.frames[k].last)
	if along || last-int(s.x.entries[s.x.frames[k].entry].packet) > longWay {
		last = -1
	}
	w := s.x.from(k)
	f, err := s.frame(k, &w, last)
	return f, opErrorAt("decode", s.x.frames[k].pts, s.unlessClosed(err))
}

// unlessClosed is err, or what it is when Close ended the work.
func (s *SimpleDecoder) unlessClosed(err error) error {
	if err != nil && s.closed.Load() {
		return ErrClosed
	}
	return err
}

// longWay is how many packets are so many that some more, for going on behind them, do not
// count.
const longWay = 32

// along tells whether frame k goes on where the last one was.
func (s *SimpleDecoder) along(k int) bool {
	if s.last < 0 || k <= s.last {
		return false
	}
	a, b := &s.x.frames[s.last], &s.x.frames[k]
	return a.entry == b.entry || int(b.packet-a.packet) <= 2*aside
}

// index is that of frame i, counted from the end if it is negative.
func (s *SimpleDecoder) index(i int) (int, error) {
	n := s.x.Len()
	k := i
	if i < 0 {
		k += n
	}
	if k < 0 || k >= n {
		return 0, fmt.Errorf("%w: frame %d of %d", ErrRange, i, n)
	}
	return k, nil
}

// Range yields the frames start, start+step, ... before stop, as a slice [start:stop:step]
// does in Python: bounds beyond the video are cut to it, negative ones count from the
// end. With a negative step frames come backwards, down to, and without, stop; Range(-1,
// math.MinInt, -1) is all of them from the last to the first. A step of 0 is ErrArgument.
//
// Each frame is the receiver's to release. An error ends the loop with (nil, err); what
// was damaged comes so at the end.
func (s *SimpleDecoder) Range(start, stop, step int) iter.Seq2[*frame.Frame, error] {
	return s.iterate("range", func() (*sequence, error) {
		if step == 0 {
			return nil, fmt.Errorf("%w: a step of 0", ErrArgument)
		}
		first, n := bounds(start, stop, step, s.x.Len())
		return &sequence{s: s, x: s.x, start: first, step: step, n: n}, nil
	})
}

// bounds is Python's slice.indices, as the first number and the count.
func bounds(start, stop, step, n int) (first, count int) {
	low, high := 0, n
	if step < 0 {
		low, high = -1, n-1
	}
	cut := func(i int) int {
		if i < 0 {
			if i += n; i < 0 {
				return low
			}
		}
		return min(i, high)
	}
	start, stop = cut(start), cut(stop)
	switch {
	case step > 0 && stop > start:
		return start, 1 + (stop-start-1)/step
	case step < 0 && stop < start:
		return start, 1 + int(uint(start-stop-1)/-uint(step))
	}
	return start, 0
}

// All yields every frame: Range(0, Len(), 1).
func (s *SimpleDecoder) All() iter.Seq2[*frame.Frame, error] {
	return s.iterate("all", func() (*sequence, error) {
		return &sequence{s: s, x: s.x, step: 1, n: s.x.Len()}, nil
	})
}

// FramesAt yields the frames of these numbers, in this order; negative ones count from
// the end, and repeats come again. They are decoded in the order of the stream, each
// group of pictures once, by several decoders where that is worth it (Parallel). One out
// of range ends the loop with ErrRange before the first frame. indices must not change
// during the loop.
func (s *SimpleDecoder) FramesAt(indices []int) iter.Seq2[*frame.Frame, error] {
	return s.iterate("frames at", func() (*sequence, error) { return s.listed(indices) })
}

func (s *SimpleDecoder) listed(indices []int) (*sequence, error) {
	list := make([]int, len(indices))
	for p, i := range indices {
		k, err := s.index(i)
		if err != nil {
			return nil, err
		}
		list[p] = k
	}
	return &sequence{s: s, x: s.x, list: list, n: len(list)}, nil
}

// FramesAtTimes yields the frame that is shown at each of these times, in this order, see
// IndexAt. One out of range ends the loop with ErrRange before the first frame.
func (s *SimpleDecoder) FramesAtTimes(times []time.Duration) iter.Seq2[*frame.Frame, error] {
	return s.iterate("frames at times", func() (*sequence, error) {
		list := make([]int, len(times))
		for p, t := range times {
			i, err := s.x.IndexAt(t)
			if err != nil {
				return nil, err
			}
			list[p] = i
		}
		return &sequence{s: s, x: s.x, list: list, n: len(list)}, nil
	})
}

// FramesBetween yields the frames that are shown within [from, to): the one that is shown
// at from, and those that begin before to. ErrRange if there are none.
func (s *SimpleDecoder) FramesBetween(from, to time.Duration) iter.Seq2[*frame.Frame, error] {
	return s.iterate("frames between", func() (*sequence, error) {
		a, b, err := s.x.span(from, to)
		return &sequence{s: s, x: s.x, start: a, step: 1, n: b - a}, err
	})
}

// KeyFrames yields the frames that decoding can begin with (Index.KeyFrames): of all the
// ways through a video the fastest.
func (s *SimpleDecoder) KeyFrames() iter.Seq2[*frame.Frame, error] {
	return s.iterate("key frames", func() (*sequence, error) {
		list := s.x.KeyFrames()
		return &sequence{s: s, x: s.x, list: list, n: len(list)}, nil
	})
}

// iterate yields the frames of a sequence.
func (s *SimpleDecoder) iterate(op string, begin func() (*sequence, error)) iter.Seq2[*frame.Frame, error] {
	return func(yield func(*frame.Frame, error) bool) {
		if err := s.enter(); err != nil {
			yield(nil, err)
			return
		}
		s.forgetDamage()
		q, err := begin()
		s.mu.Unlock()
		if err != nil {
			yield(nil, opError(op, err))
			return
		}
		defer q.stop()
		for {
			f, err := q.next()
			if err == io.EOF {
				err = s.whatWasDamaged(q)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if f == nil || !yield(f, nil) {
				return
			}
		}
	}
}

var errCut = fmt.Errorf("%w: the container ends with an error", ErrCorrupt)

// whatWasDamaged is the error at the end of a sequence, nil if all was well.
func (s *SimpleDecoder) whatWasDamaged(q *sequence) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.stopJob()
	s.rest()
	if err := s.laneDamage(); err != nil && s.damage.get() == nil {
		var many *DamageError
		if errors.As(err, &many) {
			err = many.First
		}
		s.damage.add(err)
	}
	if s.x.Len() == 0 {
		s.damage.add(opError("decode", fmt.Errorf("%w: %d packets, and no picture in them", ErrCorrupt, s.x.Packets())))
	}
	if q.n > 0 && s.x.info.Cut && q.number(q.n-1) == s.x.Len()-1 {
		s.damage.add(opError("demux", errCut))
	}
	return s.damage.take()
}

// laneDamage returns what decoders found, once.
func (s *SimpleDecoder) laneDamage() error {
	err := s.main.takeDamage()
	for _, l := range s.others {
		if e := l.takeDamage(); err == nil {
			err = e
		}
	}
	return err
}

// forgetDamage is for a new sequence, unless another one is at work.
func (s *SimpleDecoder) forgetDamage() {
	if s.job == nil {
		_ = s.laneDamage()
	}
	_ = s.damage.take()
}

// Read fills dst with the next frames and returns how many: fewer than len(dst) only at
// the end of the video, where the next call returns io.EOF, or with an error, which
// comes after the frames before it. The frames are the caller's to release.
//
// What was damaged is told, once, with io.EOF's place taken: the call after it returns
// io.EOF.
func (s *SimpleDecoder) Read(dst []*frame.Frame) (n int, err error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	if s.reader == nil || s.reader.x != s.x {
		s.forgetDamage()
		s.reader = &sequence{s: s, x: s.x, start: s.pos, step: 1, n: s.x.Len() - s.pos}
	}
	q := s.reader
	s.mu.Unlock()
	for n < len(dst) {
		f, err := q.next()
		if err == io.EOF {
			if n > 0 {
				break
			}
			if err := s.whatWasDamaged(q); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		if err != nil {
			return n, err
		}
		dst[n] = f
		n++
	}
	return n, nil
}

// Seek has the next Read begin with frame i, which may be negative as in At; Len is the
// end.
func (s *SimpleDecoder) Seek(i int) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	k := s.x.Len()
	if i != k {
		var err error
		if k, err = s.index(i); err != nil {
			return opError("seek", err)
		}
	}
	s.endReader()
	s.pos = k
	return nil
}

// endReader forgets what Read has decoded ahead.
func (s *SimpleDecoder) endReader() {
	if s.reader != nil {
		s.reader.close()
		s.reader = nil
		s.rest()
	}
}
