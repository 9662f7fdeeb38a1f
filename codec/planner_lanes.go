package codec

import "runtime"

// widen adds lanes, when the first one is at work, as long as there are sessions to be had
// and work for them. The caller is that lane.
//
// Work is what is left of this job, and as much as there was before it: short lists come
// in numbers, and none of them is worth a session by itself.
func (j *parallelJob) widen(first *lane) {
	for j.gpu && j.begun < j.lanes && j.s.share.more(j.s.duration(j.left()/(j.begun+1)+j.past/(j.begun*(j.begun+1))), first.dec) {
		j.working.Add(1)
		go j.work(j.begun)
		j.begun++
	}
}

// much is more packets than it takes to be worth a session.
const much = 2000

// packetsFor is how many packets it takes to decode a wish from rank on, up to much.
func (x *Index) packetsFor(w *wish, rank int) (packets int) {
	for packets < much && rank < w.len() {
		r := x.nextRun(w, rank, runPackets)
		packets += x.cost(&r)
		rank = r.to
	}
	return packets
}

// left is about the number of packets that no lane has begun with, up to much.
func (j *parallelJob) left() (packets int) {
	j.mu.Lock()
	rank := j.planned
	for _, r := range j.runs {
		if !r.begun {
			rank = r.from
			break
		}
	}
	j.mu.Unlock()
	return j.x.packetsFor(j.w, rank)
}

// lane returns the n-th lane of parallel work, of as many as work at once. On a GPU the
// main decoder, which has a session, is the first.
func (s *SimpleDecoder) lane(n, atOnce int, gpu bool) (*lane, error) {
	if gpu {
		if n == 0 {
			return s.main, nil
		}
		n--
	}
	s.lanesMu.Lock()
	defer s.lanesMu.Unlock()
	for len(s.others) <= n {
		s.others = append(s.others, nil)
	}
	if s.others[n] == nil {
		l, err := newLane(s.x, &s.info, s.laneConfig(atOnce), nil, s.taint)
		if err != nil {
			return nil, err
		}
		s.others[n] = l
	}
	return s.others[n], nil
}

// lanesFor is how many lanes are to work on a wish.
func (s *SimpleDecoder) lanesFor(w *wish, list bool) int {
	n := s.cfg.Parallel
	if n == 0 {
		if n = 1; list {
			n = s.automatic()
		}
	}
	if n == 1 || w.len() < 2 {
		return 1
	}
	// No more than there are runs.
	runs := 0
	for rank := 0; rank < w.len() && runs < n; runs++ {
		r := s.x.nextRun(w, rank, runPackets)
		rank = r.to
	}
	return max(min(n, runs), 1)
}

// automatic is how many lanes a list may have.
func (s *SimpleDecoder) automatic() int {
	if s.main.dec.Device() == CPU {
		return min(runtime.GOMAXPROCS(0), maxParallel)
	}
	return maxEngines // the scheduler knows how many there are
}

// maxEngines is over what GPUs have: 7 on Hopper, 8 on Blackwell.
const maxEngines = 8

func cpuThreads() int { return min(runtime.GOMAXPROCS(0), 16) }
