package codec

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// A source reads the video packets of a demuxer by number. Where containers put a
// reader after a seek is found out by the content of the packets that come, not
// believed.
type source struct {
	d      *Demuxer
	x      *Index  // nil while it is made
	next   int     // number of the packet that comes next, -1 if that is not known
	probe  Packet  // read to see where a seek led
	byHash []int32 // packets in the order of hash, made when it is needed
	tries  [seekWays]int
	order  [seekWays]int
	wrong  [seekWays]bool // packets came that the index does not know
	way    int            // the last one, -1 after none
}

func newSource(d *Demuxer) *source {
	s := &source{d: d, way: -1}
	if d.delivered {
		s.next = -1
	}
	return s
}

// readAny reads the next video packet into p.
func (s *source) readAny(p *Packet) error {
	for {
		if err := s.d.ReadPacket(p); err != nil {
			if !errors.Is(err, errClosed) {
				s.next = -1
			}
			return err
		}
		if p.Stream == s.d.video {
			break
		}
	}
	if s.next >= 0 {
		s.next++
	}
	return nil
}

var errOtherSource = fmt.Errorf("%w: the source is not the one that the index was made of, or has changed", ErrArgument)

// read reads packet number s.next, which must be known.
func (s *source) read(p *Packet) error {
	k := s.next
	switch err := s.readAny(p); {
	case err == io.EOF && k < len(s.x.packets):
		return fmt.Errorf("%w: it ends at packet %d of %d", errOtherSource, k, len(s.x.packets))
	case err != nil:
		return err
	case k >= len(s.x.packets) || !s.same(k, p):
		s.next = -1
		return fmt.Errorf("%w: packet %d is another", errOtherSource, k)
	}
	return nil
}

// packetAt implements packetReader. Where the packets that come after a seek are, from
// some point on, not those of the first reading, it goes there in another way.
func (s *source) packetAt(p *Packet, k int) (int, error) {
	if k >= len(s.x.packets) {
		return k, io.EOF
	}
	var err error
	for range seekWays {
		if err = s.moveTo(k); err != nil {
			return k, err
		}
		if err = s.read(p); err == nil || !errors.Is(err, errOtherSource) || s.way < 0 {
			break
		}
		s.wrong[s.way] = true
	}
	return k, err
}

// same tells whether p has the content of packet k.
func (s *source) same(k int, p *Packet) bool {
	q := &s.x.packets[k]
	return int(q.size) == len(p.Data) && q.sum == crc32.Checksum(p.Data, castagnoli)
}

// likeness tells in how many ways p is at the place of packet k, up to 3.
func (s *source) likeness(k int, p *Packet) (n int) {
	q := &s.x.packets[k]
	if p.Pos == q.pos {
		n++
	}
	if p.DTS == q.dts {
		n++
	}
	if p.PTS == q.pts {
		n++
	}
	return n
}

// identify returns the number of packet p, -1 if it cannot be told. hint is a likely
// one.
func (s *source) identify(p *Packet, hint int) int {
	if hint < len(s.x.packets) && s.same(hint, p) && s.likeness(hint, p) == 3 {
		return hint
	}
	if s.byHash == nil {
		s.byHash = make([]int32, len(s.x.packets))
		for i := range s.byHash {
			s.byHash[i] = int32(i)
		}
		slices.SortStableFunc(s.byHash, func(a, b int32) int {
			return cmp.Compare(s.x.packets[a].sum, s.x.packets[b].sum)
		})
	}
	sum := crc32.Checksum(p.Data, castagnoli)
	i, _ := slices.BinarySearchFunc(s.byHash, sum, func(k int32, sum uint32) int { return cmp.Compare(s.x.packets[k].sum, sum) })
	best, like, unique := -1, -1, false
	for ; i < len(s.byHash) && s.x.packets[s.byHash[i]].sum == sum; i++ {
		k := int(s.byHash[i])
		if int(s.x.packets[k].size) != len(p.Data) {
			continue
		}
		if n := s.likeness(k, p); n > like {
			best, like, unique = k, n, true
		} else if n == like {
			unique = false
		}
	}
	if !unique {
		return -1
	}
	return best
}

// The ways to move, in the order in which they are tried at first.
const (
	seekDTS = iota
	seekPTS
	seekPos
	seekBefore
	seekStart
	seekStartByte
	seekReopen
	seekWays
)

// maxAside is how many packets are read after a seek for one that can be identified.
const maxAside = 64

// goodEnough is how many packets may be read over when the place is before the target.
const goodEnough = 48

// rewind moves to the start while there is no index to tell whether it is reached: by
// opening the file once more, if it is one.
func (s *source) rewind() error {
	s.next = -1
	err := s.d.reopen()
	if errors.Is(err, errOpenOnce) && s.d.in.Seekable() {
		first := s.d.Stream().StartPTS
		if first == NoPTS {
			first = 0
		}
		if err = s.d.seekTicks(first, avformat.SeekBackward); err != nil {
			err = s.d.seekTicks(0, avformat.SeekByte)
		}
	}
	if err == nil {
		s.next = 0
	}
	return err
}

// toStart moves to packet 0.
func (s *source) toStart() error { return s.moveTo(0) }

// moveTo makes packet k the next.
func (s *source) moveTo(k int) error {
	if s.next == k {
		return nil
	}
	if s.next >= 0 && s.next < k && k-s.next <= goodEnough {
		return s.readOver(k)
	}
	best, bestAt := -1, -1
	var last error
	for _, way := range s.ways(k) {
		at, err := s.try(way, k)
		if err != nil {
			if errors.Is(err, errClosed) {
				return err
			}
			if last == nil {
				last = err
			}
			continue
		}
		if at < 0 || at > k {
			continue
		}
		if k-at <= goodEnough {
			if err := s.readOver(k); err != nil {
				last = err
				continue
			}
			s.tries[way]++
			return nil
		}
		if at > bestAt {
			best, bestAt = way, at
		}
	}
	if best < 0 {
		if last == nil {
			last = errors.New("seeking leads to nothing that the index knows")
		}
		return fmt.Errorf("%w: cannot go to packet %d (%d bytes at %d): %w", ErrUnsupported, k, s.x.packets[k].size, s.x.packets[k].pos, last)
	}
	if s.next != bestAt {
		if at, err := s.try(best, k); err != nil || at != bestAt {
			return errors.Join(fmt.Errorf("%w: seeking to packet %d leads to another place the second time", ErrUnsupported, k), err)
		}
	}
	return s.readOver(k)
}

// ways returns the ways to packet k, the one that led there most often at first.
func (s *source) ways(k int) []int {
	w := s.order[:0]
	if k == 0 {
		w = append(w, seekStart, seekDTS, seekStartByte, seekReopen)
	} else {
		w = append(w, seekDTS, seekPTS, seekPos, seekBefore, seekStart, seekStartByte, seekReopen)
	}
	w = slices.DeleteFunc(w, s.isWrong)
	slices.SortStableFunc(w, s.oftener)
	return w
}

func (s *source) isWrong(way int) bool { return s.wrong[way] }

func (s *source) oftener(a, b int) int { return cmp.Compare(s.tries[b], s.tries[a]) }

// try moves in one way, and returns the number of the packet that comes next then.
func (s *source) try(way, k int) (int, error) {
	p := &s.x.packets[k]
	hint := k
	var err error
	s.next, s.way = -1, way
	switch {
	case way == seekDTS && p.dts != NoPTS:
		err = s.d.seekTicks(p.dts, avformat.SeekBackward)
	case way == seekPTS && p.pts != NoPTS && p.pts != p.dts:
		err = s.d.seekTicks(p.pts, avformat.SeekBackward)
	case way == seekPos && p.pos >= 0:
		err = s.d.seekTicks(p.pos, avformat.SeekByte)
	case way == seekBefore && s.before(k) > 0:
		hint = s.before(k)
		err = s.d.seekTicks(s.x.packets[hint].dts, avformat.SeekBackward)
	case way == seekStart:
		hint = 0
		first := s.x.packets[0].dts
		if first == NoPTS {
			first = 0
		}
		if err = s.d.seekTicks(first, avformat.SeekBackward); err != nil {
			err = s.d.seekTicks(min(first, 0), avformat.SeekBackward|avformat.SeekAny)
		}
	case way == seekStartByte:
		hint = 0
		err = s.d.seekTicks(0, avformat.SeekByte)
	case way == seekReopen:
		hint = 0
		err = s.d.reopen()
	default:
		return -1, nil
	}
	if err != nil {
		return -1, err
	}
	for range maxAside {
		if err := s.readAny(&s.probe); err == io.EOF {
			return -1, nil
		} else if err != nil {
			return -1, err
		}
		if at := s.identify(&s.probe, hint); at >= 0 {
			s.d.unreadPacket(&s.probe)
			s.next = at
			return at, nil
		}
	}
	return -1, nil
}

// before is a place to begin at some way before packet k, for containers that seek
// behind the target.
func (s *source) before(k int) int {
	i, _ := slices.BinarySearchFunc(s.x.entries, int32(k), func(e indexEntry, k int32) int { return cmp.Compare(e.packet, k) })
	if i = i - 2; i < 0 {
		return 0
	}
	if e := int(s.x.entries[i].packet); s.x.packets[e].dts != NoPTS {
		return e
	}
	return 0
}

// readOver reads packets up to number k.
func (s *source) readOver(k int) error {
	if s.next == k {
		return nil
	}
	for s.next < k {
		if err := s.read(&s.probe); err != nil {
			return err
		}
	}
	return nil
}
