package codec

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
)

// ErrRange is an index or a time outside of the video.
var ErrRange = fmt.Errorf("%w: out of range", ErrArgument)

// An Index knows every packet and every frame of a video stream: what a scan of the
// packets found, without decoding. Frame numbers are display order, from 0: frame i
// is the i-th that libavcodec gives for the whole stream. Times are ticks of
// TimeBase on the container's own time line.
//
// It is made by Demuxer.Scan and ReadIndex, does not change, and may be used by any
// number of goroutines and decoders at once.
type Index struct {
	info    indexInfo
	packets []indexPacket
	frames  []indexFrame
	entries []indexEntry
	sets    [][]byte // parameter sets, see indexEntry.sets
	byTime  []int32  // frames with a time, in the order of time; nil: that of frames
	end     int64    // tick at which the last frame ends
}

// indexInfo says whose index it is.
type indexInfo struct {
	Codec         ID
	Stream        int
	TimeBase      frame.Rational
	Width, Height int
	// Length is the duration of the container as it says, to tell files apart.
	Length time.Duration
	// Learned is the number of frames that come from decoding.
	Learned int
	// Cut: the container ended with an error.
	Cut bool
}

// A packetMark is what the headers of a packet say.
type packetMark uint16

const (
	markKey        packetMark = 1 << iota // of the container
	markHidden                            // cut away by an edit list
	markDamaged                           // the container says so
	markWhole                             // EndOfPicture
	markAccess                            // decoding can begin here, in some way
	markLeading                           // is shown before the markAccess packet before it and refers to what is before that
	markDisposable                        // nothing refers to it
	markPrevious                          // needs the packet before, whatever that is
	markParameters                        // carries headers
	markSecond                            // second field of the frame of the packet before
	markRecovery                          // H.264 recovery point
	markClosed                            // nothing after it refers to anything before
	markAll        packetMark = 1<<iota - 1
)

type indexPacket struct {
	pts, dts, pos int64
	duration      int64
	size, sum     uint32 // length and CRC-32C of the data
	mark          packetMark
	shows         uint8 // frames
	frame         int32 // the first of them, or of the field before; -1 for none
}

type indexFrame struct {
	pts    int64
	packet int32 // its packet
	last   int32 // last packet that it takes, in decoding order
	entry  int32 // decoding for it begins here
	key    bool
}

// An indexEntry is a packet at which decoding can begin and be exact from there on, in
// display order.
type indexEntry struct {
	packet int32
	// sets is a number in Index.sets, from 1, of parameter sets that must come before
	// the packet; 0 for none.
	sets int32
}

// Len is the number of frames.
func (x *Index) Len() int { return len(x.frames) }

// TimeBase is seconds a tick.
func (x *Index) TimeBase() frame.Rational { return x.info.TimeBase }

// Codec is the codec of the stream.
func (x *Index) Codec() ID { return x.info.Codec }

// Learned is the number of frames where headers do not say what decoders make of the
// stream: where it is damaged, or begins where decoding cannot. Scanning decoded those
// parts on the CPU.
func (x *Index) Learned() int { return x.info.Learned }

// A FrameInfo is what the index knows of a frame.
type FrameInfo struct {
	PTS      int64 // in ticks; NoPTS if the container gives no times
	DTS      int64 // of its packet
	Duration int64 // in ticks, 0 if unknown
	Pos      int64 // byte position of its packet in the source, -1 if unknown
	Size     int   // bytes of its packet
	Packet   int   // number of its packet in decoding order
	Key      bool  // decoding can begin here
	// Start is the frame that decoding begins with to get this one: Index - Start is
	// about the number of frames to decode.
	Start int
}

// Frame describes frame i. It panics if i is not within [0, Len).
func (x *Index) Frame(i int) FrameInfo {
	f := &x.frames[i]
	p := &x.packets[f.packet]
	start := int(x.packets[x.entries[f.entry].packet].frame)
	if start < 0 {
		start = 0
	}
	return FrameInfo{
		PTS: f.pts, DTS: p.dts, Duration: p.duration, Pos: p.pos, Size: int(p.size), Packet: int(f.packet), Key: f.key, Start: min(start, i),
	}
}

// Time is the presentation time of frame i, as Frame.Time is; 0 if it has none.
func (x *Index) Time(i int) time.Duration { return x.info.TimeBase.Duration(x.frames[i].pts) }

// KeyFrames are the numbers of the frames that decoding can begin with, ascending.
func (x *Index) KeyFrames() []int {
	var keys []int
	for i := range x.frames {
		if x.frames[i].key {
			keys = append(keys, i)
		}
	}
	return keys
}

// A PacketRecord is what the index knows of a packet.
type PacketRecord struct {
	PTS, DTS, Duration int64 // as the container says
	Pos                int64 // byte position, -1 if unknown
	Size               int   // bytes
	Frame              int   // the first frame that it shows, or belongs to; -1 for none
	Key                bool  // the container's flag
	Hidden             bool  // an edit list cuts it away
	RecoveryPoint      bool  // H.264: no IDR picture, but decoding can begin
	Leading            bool  // shown before the key frame before it, and refers to what is before that
	Disposable         bool  // no other picture refers to it
}

// Packets is the number of packets.
func (x *Index) Packets() int { return len(x.packets) }

// Packet describes packet k, in decoding order. It panics if k is not within
// [0, Packets).
func (x *Index) Packet(k int) PacketRecord {
	p := &x.packets[k]
	return PacketRecord{
		PTS: p.pts, DTS: p.dts, Duration: p.duration, Pos: p.pos, Size: int(p.size), Frame: int(p.frame),
		Key: p.mark&markKey != 0, Hidden: p.mark&markHidden != 0, RecoveryPoint: p.mark&markRecovery != 0,
		Leading: p.mark&markLeading != 0, Disposable: p.mark&markDisposable != 0,
	}
}

// IndexAt returns the frame that is shown at time t of the container's time line: the
// last whose time is not after t. For every frame with a time of its own,
// IndexAt(Time(i)) == i; of several with the same time it is the first.
//
// Before the first frame, and from the end of the last one on, the error matches
// ErrRange. A stream without times gives ErrUnsupported.
func (x *Index) IndexAt(t time.Duration) (int, error) {
	n := x.timed()
	if n == 0 {
		return 0, fmt.Errorf("%w: no frame has a time", ErrUnsupported)
	}
	tb := x.info.TimeBase
	at := func(k int) time.Duration { return tb.Duration(x.frames[x.nth(k)].pts) }
	k := sort.Search(n, func(k int) bool { return at(k) > t }) - 1
	if k < 0 {
		return 0, fmt.Errorf("%w: %v; the video begins at %v", ErrRange, t, at(0))
	}
	if end := tb.Duration(x.end); k == n-1 && t >= end && t > at(k) {
		return 0, fmt.Errorf("%w: %v; the video ends at %v", ErrRange, t, end)
	}
	for k > 0 && at(k-1) == at(k) {
		k--
	}
	return x.nth(k), nil
}

// timed is the number of frames that have a time.
func (x *Index) timed() int {
	if x.byTime != nil {
		return len(x.byTime)
	}
	return len(x.frames)
}

// nth is the k-th frame in the order of time.
func (x *Index) nth(k int) int {
	if x.byTime != nil {
		return int(x.byTime[k])
	}
	return k
}

// span returns the numbers [from, to) of the frames that are shown within [a, b), for
// times in order; else those of a wider range.
func (x *Index) span(a, b time.Duration) (from, to int, err error) {
	if b <= a {
		return 0, 0, fmt.Errorf("%w: from %v to %v", ErrRange, a, b)
	}
	n := x.timed()
	if n == 0 {
		return 0, 0, fmt.Errorf("%w: no frame has a time", ErrUnsupported)
	}
	at := func(k int) time.Duration { return x.info.TimeBase.Duration(x.frames[x.nth(k)].pts) }
	lo := sort.Search(n, func(k int) bool { return at(k) > a }) - 1
	hi := sort.Search(n, func(k int) bool { return at(k) >= b })
	if end := x.info.TimeBase.Duration(x.end); lo == n-1 && a >= end || hi == 0 {
		return 0, 0, fmt.Errorf("%w: from %v to %v; the video lasts from %v to %v", ErrRange, a, b, at(0), end)
	}
	lo = max(lo, 0)
	if x.byTime == nil {
		return lo, hi, nil
	}
	some := x.byTime[lo:hi]
	return int(slices.Min(some)), int(slices.Max(some)) + 1, nil
}

// finish derives what is not stored.
func (x *Index) finish() {
	rising, last := true, int64(NoPTS)
	for i := range x.frames {
		p := x.frames[i].pts
		if p == NoPTS || i > 0 && p <= last {
			rising = false
			break
		}
		last = p
	}
	x.byTime = nil
	if !rising {
		x.byTime = make([]int32, 0, len(x.frames))
		for i := range x.frames {
			if x.frames[i].pts != NoPTS {
				x.byTime = append(x.byTime, int32(i))
			}
		}
		slices.SortStableFunc(x.byTime, func(a, b int32) int { return cmpInt(x.frames[a].pts, x.frames[b].pts) })
	}
	x.end = NoPTS
	if n := x.timed(); n > 0 {
		f := &x.frames[x.nth(n-1)]
		d := x.packets[f.packet].duration
		if d <= 0 && n > 1 {
			d = f.pts - x.frames[x.nth(n-2)].pts
		}
		x.end = addTicks(f.pts, max(d, 1))
	}
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// addTicks is a + d for d > 0, without wrapping.
func addTicks(a, d int64) int64 {
	if s := a + d; s > a {
		return s
	}
	return 1<<63 - 1
}
