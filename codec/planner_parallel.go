package codec

import (
	"errors"
	"io"
	"sync"

	"github.com/go-nvcodec/nvcodec/frame"
)

const (
	// runPackets is how many packets a piece of parallel work should have at least, so
	// that filling and emptying a decoder does not cost too much.
	runPackets = 24
	// queuedBytes is how much coded data may wait for decoders.
	queuedBytes = 64 << 20
)

// A parallelJob decodes the frames of a wish with several lanes. One goroutine reads the
// packets, in the order of runs, and each lane takes the next run. Frames wait until
// they are taken, by rank.
type parallelJob struct {
	s       *SimpleDecoder
	x       *Index
	w       *wish
	lanes   int
	past    int // packets of the jobs before it
	working sync.WaitGroup

	mu      sync.Mutex
	change  sync.Cond
	runs    []*activeRun // those that have frames to give, in order
	planned int          // the first rank that is in no run yet
	head    int          // the rank that somebody waits for
	ahead   int          // frames that are ready or kept
	limit   int          // of them
	queued  int          // bytes
	free    []*Packet
	spare   []*activeRun
	gpu     bool
	begun   int // lanes; belongs to the first one
	stopped bool
	err     error // of the source, or of a lane: no more runs are begun
}

// An activeRun is a run that is being worked on.
type activeRun struct {
	run
	job    *parallelJob
	queue  []numberedPacket
	fed    bool // all of its packets are in queue, or were
	begun  bool // a lane has it
	done   bool // and is through
	out    []outcome
	left   int   // frames not taken
	broken error // of the lane
}

type numberedPacket struct {
	k int
	p *Packet
}

type outcome struct {
	f       *frame.Frame
	err     error
	ready   bool
	suspect bool
}

// startJob has the frames of w from rank on decoded by so many lanes.
func (s *SimpleDecoder) startJob(w *wish, lanes, rank int) *parallelJob {
	s.stopJob()
	j := &parallelJob{s: s, x: s.x, w: w, lanes: lanes, planned: rank, head: rank, limit: s.ahead()}
	j.change.L = &j.mu
	s.job = j
	j.gpu = s.main.dec.Device() != CPU
	j.begun = 1
	if j.gpu {
		s.keep(lanes)
		j.past = s.past
		s.past += s.x.packetsFor(w, rank)
	} else {
		j.begun = lanes // nothing to share out
	}
	j.working.Add(1 + j.begun)
	go j.read()
	for n := range j.begun {
		go j.work(n)
	}
	return j
}

// stopJob ends parallel work, and gives what was not taken back. Whoever does not go on
// decoding rests then.
func (s *SimpleDecoder) stopJob() {
	j := s.job
	if j == nil {
		return
	}
	s.job = nil
	j.mu.Lock()
	j.stopped = true
	j.change.Broadcast()
	j.mu.Unlock()
	j.working.Wait()
	for _, r := range j.runs {
		for k := range r.out {
			r.out[k].f.Release()
		}
	}
	s.main.drop()
	s.main.next, s.main.in = -1, s.src
}

// read plans runs and queues their packets.
func (j *parallelJob) read() {
	defer j.working.Done()
	for {
		r := j.plan()
		if r == nil {
			return
		}
		err := j.feed(r)
		j.mu.Lock()
		r.fed = true
		if err != nil && j.err == nil {
			j.err = err
		}
		j.change.Broadcast()
		j.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// plan returns the next run, once there are not too many; nil at the end.
func (j *parallelJob) plan() *activeRun {
	j.mu.Lock()
	defer j.mu.Unlock()
	for !j.stopped && j.err == nil && j.undone() >= 2*j.lanes {
		j.change.Wait()
	}
	if j.stopped || j.err != nil || j.planned >= j.w.len() {
		return nil
	}
	r := &activeRun{job: j}
	if n := len(j.spare); n > 0 {
		r, j.spare = j.spare[n-1], j.spare[:n-1]
	}
	*r = activeRun{run: j.x.nextRun(j.w, j.planned, runPackets), job: j, queue: r.queue[:0], out: r.out[:0]}
	r.entry = j.s.taint.sound(r.entry)
	for range r.to - r.from {
		r.out = append(r.out, outcome{})
	}
	r.left = len(r.out)
	j.planned = r.to
	j.runs = append(j.runs, r)
	return r
}

// undone counts the runs that are not through. The caller holds mu.
func (j *parallelJob) undone() (n int) {
	for _, r := range j.runs {
		if !r.done {
			n++
		}
	}
	return n
}

// feed queues the packets of a run.
func (j *parallelJob) feed(r *activeRun) error {
	for k := int(j.x.entries[r.entry].packet); k <= r.last; k++ {
		j.mu.Lock()
		for !j.stopped && j.queued > queuedBytes && !r.holds(j.head) {
			j.change.Wait()
		}
		stopped := j.stopped
		var p *Packet
		if n := len(j.free); n > 0 {
			p, j.free = j.free[n-1], j.free[:n-1]
		}
		j.mu.Unlock()
		if stopped {
			return nil
		}
		if p == nil {
			p = new(Packet)
		}
		if _, err := j.s.src.packetAt(p, k); err != nil {
			return err
		}
		j.mu.Lock()
		if j.x.leaveOut(k, j.w) {
			j.free = append(j.free, p)
		} else {
			r.queue = append(r.queue, numberedPacket{k, p})
			j.queued += len(p.Data)
			j.change.Broadcast()
		}
		j.mu.Unlock()
	}
	return nil
}

func (r *activeRun) holds(rank int) bool { return rank >= r.from && rank < r.to }

var errJobStopped = errors.New("parallel work was stopped")

// packetAt implements packetReader for a lane.
func (r *activeRun) packetAt(p *Packet, k int) (int, error) {
	j := r.job
	j.mu.Lock()
	defer j.mu.Unlock()
	for !j.stopped && len(r.queue) == 0 && !r.fed {
		j.change.Wait()
	}
	switch {
	case j.stopped:
		return k, errJobStopped
	case len(r.queue) == 0 && j.err != nil:
		return k, j.err
	case len(r.queue) == 0:
		return k, io.EOF
	}
	q := r.queue[0]
	r.queue = r.queue[:copy(r.queue, r.queue[1:])]
	*p, *q.p = *q.p, *p
	j.queued -= len(p.Data)
	j.free = append(j.free, q.p)
	j.change.Broadcast()
	return q.k, nil
}

// work is a lane's goroutine.
func (j *parallelJob) work(n int) {
	defer j.working.Done()
	l, err := j.s.lane(n, j.lanes, j.gpu)
	if n > 0 && j.gpu {
		defer j.giveBack(l)
		if err == nil {
			err = l.dec.warm(j.s.main.dec)
		}
		if err != nil {
			// The others can do without: it may be memory that there is none of.
			logger().Warn("parallel decoding with one session less", "error", err)
			return
		}
	}
	for {
		r := j.takeRun()
		if r == nil {
			return
		}
		if err == nil {
			l.in = r
			if j.gpu && n == 0 && j.begun == 1 {
				// As soon as there is a session that others can be like.
				l.begun = func() bool {
					_, ok := l.dec.sessionKind()
					if ok {
						j.widen(l)
					}
					return ok
				}
				if l.begun() {
					l.begun = nil
				}
			}
			err = j.decode(l, r)
			l.begun = nil
		}
		j.mu.Lock()
		if r.done = true; err != nil {
			r.broken = err
			if j.err == nil {
				j.err = err
			}
		}
		j.change.Broadcast()
		j.mu.Unlock()
		if err != nil {
			return
		}
		if j.gpu && j.s.share.wanted() {
			if n > 0 {
				return
			}
			l.park()
			j.s.share.give()
			err = j.s.share.acquire(j.s.ctx)
		}
	}
}

// giveBack ends the work of a borrowed session.
func (j *parallelJob) giveBack(l *lane) {
	l.park()
	j.s.share.give()
}

// takeRun waits for a run that no lane has; nil when there will be none.
func (j *parallelJob) takeRun() *activeRun {
	j.mu.Lock()
	defer j.mu.Unlock()
	for {
		if j.stopped {
			return nil
		}
		for _, r := range j.runs {
			if !r.begun {
				r.begun = true
				return r
			}
		}
		if j.planned >= j.w.len() || j.err != nil {
			return nil
		}
		j.change.Wait()
	}
}

// decode does a run.
func (j *parallelJob) decode(l *lane, r *activeRun) error {
	if err := l.begin(r.entry); err != nil {
		return err
	}
	for rank := r.from; rank < r.to; rank++ {
		if !j.mayGoOn(r) {
			return nil
		}
		f, err := l.frame(j.w.at(rank), j.w, r.last)
		if err != nil && !mayBeElsewhere(err) {
			return err
		}
		j.mu.Lock()
		o := &r.out[rank-r.from]
		o.f, o.err, o.ready, o.suspect = f, err, true, j.s.suspect(l, f, err)
		j.ahead++
		j.change.Broadcast()
		j.mu.Unlock()
		if l == j.s.main && rank+1 == r.to {
			j.widen(l) // a session may have become free
		}
	}
	return nil
}

// mayGoOn waits while too many frames are ready, unless somebody waits for this run. It
// is false if the work was stopped.
func (j *parallelJob) mayGoOn(r *activeRun) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for !j.stopped && j.ahead >= j.limit && !r.holds(j.head) {
		j.change.Wait()
	}
	return !j.stopped
}

// take waits for the frame of a rank. suspect: it may be that another way of decoding
// brings it, or brings it undamaged.
func (j *parallelJob) take(rank int) (f *frame.Frame, suspect bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.head != rank {
		j.head = rank
		j.change.Broadcast()
	}
	for {
		planned := false
		for n, r := range j.runs {
			if !r.holds(rank) {
				continue
			}
			planned = r.begun
			o := &r.out[rank-r.from]
			switch {
			case o.ready:
				f, suspect, err = o.f, o.suspect, o.err
				*o = outcome{}
				j.ahead--
				if r.left--; r.left == 0 {
					j.runs = append(j.runs[:n], j.runs[n+1:]...)
					j.spare = append(j.spare, r)
				}
				j.change.Broadcast()
				return f, suspect, err
			case r.broken != nil:
				return nil, false, r.broken
			}
		}
		if j.err != nil && !planned {
			return nil, false, j.err
		}
		j.change.Wait()
	}
}
