package codec

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-nvcodec/nvcodec/frame"
)

// A sequence delivers frames one by one in the order that the user asked for: every
// step-th of a range, or a list. It decodes them in windows, within each of which
// frames are decoded in ascending order, and kept until it is their turn.
type sequence struct {
	s     *SimpleDecoder
	x     *Index
	start int // of a range
	step  int
	list  []int // nil for a range
	n     int   // frames
	pos   int   // the next one

	// The window.
	w        wish
	buf      []int
	base     int // its first position
	end      int // the position behind it
	rising   bool
	rank     int // of those decoded by this goroutine, the next one
	run      run
	kept     []*frame.Frame // by rank
	uses     []int32        // by rank: how many times it is still to be delivered
	job      *parallelJob
	lanes    int
	windowed bool // there is one
}

// number is that of the frame at a position.
func (q *sequence) number(p int) int {
	if q.list != nil {
		return q.list[p]
	}
	return q.start + p*q.step
}

var errResetInLoop = fmt.Errorf("%w: the SimpleDecoder was given another source in the loop over this one", ErrArgument)

// next returns the next frame; io.EOF after the last. Frames that cannot be decoded are
// left out: s.damage knows of them.
func (q *sequence) next() (*frame.Frame, error) {
	s := q.s
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if q.x != s.x {
		return nil, errResetInLoop
	}
	for q.pos < q.n {
		begin := !q.windowed || q.pos >= q.end
		if begin {
			q.close()
		}
		if err := s.work(); err != nil {
			return nil, opError("decode", err)
		}
		if begin {
			q.open()
		}
		p := q.pos
		q.pos++
		i := q.number(p)
		f, err := q.deliver(q.rankOf(p, i), i)
		err = s.unlessClosed(err)
		s.rest()
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, ErrCorrupt):
			return nil, opErrorAt("decode", s.x.frames[i].pts, err)
		}
		s.damage.add(opErrorAt("decode", s.x.frames[i].pts, err))
		if s.cfg.OnError == Stop {
			q.pos = q.n
			return nil, s.damage.take()
		}
	}
	return nil, io.EOF
}

// rankOf is the rank in the window of position p.
func (q *sequence) rankOf(p, i int) int {
	if q.w.list == nil {
		return p - q.base
	}
	j, _ := slices.BinarySearch(q.w.list, i)
	return j
}

// open begins the window at the present position.
func (q *sequence) open() {
	s := q.s
	q.base, q.end, q.windowed = q.pos, q.n, true
	q.rank, q.run = 0, run{}
	q.rising = true
	if q.list == nil && q.step > 0 {
		first := q.number(q.pos)
		q.w = wish{start: first, stop: first + (q.n-q.pos-1)*q.step + 1, step: q.step}
	} else {
		for p := q.pos + 1; p < q.n && q.rising; p++ {
			q.rising = q.number(p) >= q.number(p-1)
		}
		if !q.rising {
			q.end = min(q.n, q.pos+s.ahead())
		}
		q.buf = q.buf[:0]
		for p := q.pos; p < q.end; p++ {
			q.buf = append(q.buf, q.number(p))
		}
		slices.Sort(q.buf)
		q.count(q.buf)
		q.buf = slices.Compact(q.buf)
		q.w = wish{list: q.buf}
	}
	if q.lanes = s.lanesFor(&q.w, q.list != nil || q.step < 0); q.lanes > 1 {
		q.job = s.startJob(&q.w, q.lanes, 0)
	}
}

// count notes how often each frame of the sorted list is to be delivered.
func (q *sequence) count(sorted []int) {
	q.uses, q.kept = q.uses[:0], q.kept[:0]
	for k, i := range sorted {
		if k == 0 || i != sorted[k-1] {
			q.uses, q.kept = append(q.uses, 0), append(q.kept, nil)
		}
		q.uses[len(q.uses)-1]++
	}
}

// deliver returns the frame of a rank, number i.
func (q *sequence) deliver(j, i int) (*frame.Frame, error) {
	if q.w.list == nil {
		return q.decode(j, i)
	}
	f := q.kept[j]
	q.kept[j] = nil
	if f == nil {
		var err error
		if f, err = q.reach(j); err != nil {
			return nil, err
		}
	}
	if q.uses[j]--; q.uses[j] > 0 {
		q.kept[j] = f.Retain()
	}
	return f, nil
}

// reach decodes up to a rank; the frames before it are kept.
func (q *sequence) reach(j int) (*frame.Frame, error) {
	if q.job != nil || j < q.rank {
		return q.decode(j, q.w.at(j))
	}
	for q.rank < j {
		r := q.rank
		f, err := q.decode(r, q.w.at(r))
		if err == nil {
			q.kept[r] = f
		} else if !errors.Is(err, ErrCorrupt) {
			return nil, err
		}
	}
	return q.decode(j, q.w.at(j))
}

// decode returns the frame of a rank, whoever decodes it.
func (q *sequence) decode(j, i int) (*frame.Frame, error) {
	s := q.s
	if q.job != nil {
		if s.job != q.job { // something else was decoded in between
			from := j
			if !q.rising {
				from = 0
			}
			q.job = s.startJob(&q.w, q.lanes, from)
		}
		f, suspect, err := q.job.take(j)
		if suspect {
			f, err = s.recover(i, f, err)
		}
		return s.settle(f, err)
	}
	s.stopJob()
	if j < q.run.from || j >= q.run.to {
		q.run = s.x.nextRun(&q.w, j, 1<<30)
	}
	q.rank = j + 1
	return s.frame(i, &q.w, q.run.last)
}

// close releases what was not delivered.
func (q *sequence) close() {
	for j, f := range q.kept {
		f.Release()
		q.kept[j] = nil
	}
	q.kept, q.windowed = q.kept[:0], false
	if q.job != nil && q.s.job == q.job {
		q.s.stopJob()
	}
	q.job = nil
}

// stop is close for an iterator that ends.
func (q *sequence) stop() {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	if q.close(); q.x == q.s.x {
		q.s.rest()
	}
}
