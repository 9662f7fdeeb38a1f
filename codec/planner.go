package codec

import (
	"slices"
)

// A wish is a set of frames, ascending: every step-th from start to before stop, or a
// list.
type wish struct {
	start, stop, step int
	list              []int // sorted, without repeats; nil: the rule above
}

// from is every frame from i on.
func (x *Index) from(i int) wish { return wish{start: i, stop: len(x.frames), step: 1} }

func (w *wish) len() int {
	if w.list != nil {
		return len(w.list)
	}
	if w.stop <= w.start {
		return 0
	}
	return (w.stop - w.start + w.step - 1) / w.step
}

// at is the number of the frame of rank j.
func (w *wish) at(j int) int {
	if w.list != nil {
		return w.list[j]
	}
	return w.start + j*w.step
}

// has tells whether frame i is wanted.
func (w *wish) has(i int) bool {
	if w.list != nil {
		_, ok := slices.BinarySearch(w.list, i)
		return ok
	}
	return i >= w.start && i < w.stop && (i-w.start)%w.step == 0
}

// A run is a piece of a wish that one decoder does in one go: it begins at an entry and
// decodes on to the last frame.
type run struct {
	entry    int32
	from, to int // ranks in the wish
	last     int // packet
}

// aside is how many packets are rather decoded than left out by beginning anew: a
// decoder that begins anew has lost the pictures that were on their way through it.
const aside = 6

// nextRun returns the run that begins with rank j, of at most limit packets unless one
// entry needs more.
func (x *Index) nextRun(w *wish, j, limit int) run {
	first := &x.frames[w.at(j)]
	r := run{entry: first.entry, from: j, to: j + 1, last: int(first.last)}
	begin := int(x.entries[r.entry].packet)
	entry := r.entry
	for n := w.len(); r.to < n; r.to++ {
		f := &x.frames[w.at(r.to)]
		if f.entry != entry {
			next := int(x.entries[f.entry].packet)
			if f.entry < r.entry || next > r.last+1+aside || next-begin >= limit {
				break
			}
			entry = max(entry, f.entry)
		}
		r.last = max(r.last, int(f.last))
	}
	return r
}

// cost is the number of packets of a run.
func (x *Index) cost(r *run) int { return r.last + 1 - int(x.entries[r.entry].packet) }

// leaveOut tells whether packet k need not be decoded if only the frames of w are wanted:
// it shows none of them, and no other picture refers to it. It goes by headers alone.
func (x *Index) leaveOut(k int, w *wish) bool {
	p := &x.packets[k]
	if p.mark&markDisposable == 0 || p.mark&(markParameters|markHidden|markDamaged|markAccess) != 0 || p.frame < 0 || p.shows > 1 {
		return false
	}
	switch x.info.Codec {
	case H264, HEVC, AV1, MPEG1, MPEG2:
	case VP9:
		// Motion vectors and segments may be taken from the frame before.
		if k+1 < len(x.packets) && x.packets[k+1].mark&markPrevious != 0 {
			return false
		}
	default:
		return false
	}
	return x.info.Learned == 0 && !w.has(int(p.frame))
}

// frameOf returns the frame of the n-th picture, from 0, that packet k shows; -1 if the
// index knows of none.
func (x *Index) frameOf(k, n int) int {
	if k < 0 || k >= len(x.packets) {
		return -1
	}
	i := int(x.packets[k].frame)
	if i < 0 {
		return -1
	}
	// Others may be shown between two of one packet, but not many.
	for end := min(len(x.frames), i+maxBehind); i < end; i++ {
		if int(x.frames[i].packet) != k {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	return -1
}
