package codec

import (
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
)

// ScannedMetadata is what a scan of all packets tells of a stream, in exact numbers.
// NVIDIA's guide calls it scanned stream metadata.
type ScannedMetadata struct {
	Codec    ID             `json:"codec"`
	Width    int            `json:"width"`
	Height   int            `json:"height"`
	Frames   int            `json:"frames"`
	TimeBase frame.Rational `json:"time_base"` // seconds a tick of PTS and DTS
	Start    time.Duration  `json:"start_ns"`  // of the first frame
	Duration time.Duration  `json:"duration_ns"`
	// AverageRate is frames a second over the whole duration; 0/0 without times.
	AverageRate frame.Rational `json:"average_rate"`
	// Variable: frames are not all equally far apart.
	Variable   bool  `json:"variable_rate"`
	BitRate    int64 `json:"bit_rate"`          // of the video alone, bits a second
	Bytes      int64 `json:"bytes"`             // of the video alone
	LongestGOP int   `json:"longest_gop"`       // packets from one place to begin decoding at to the next
	Learned    int   `json:"learned,omitempty"` // see Index.Learned
	// KeyFrames are frame numbers.
	KeyFrames []int `json:"key_frames"`
	// PacketSizes, PTS and DTS have an entry for each packet, in decoding order.
	PacketSizes []int   `json:"packet_sizes"`
	PTS         []int64 `json:"pts"`
	DTS         []int64 `json:"dts"`
}

// Metadata sums the index up. It is made anew by each call.
func (x *Index) Metadata() ScannedMetadata {
	m := ScannedMetadata{
		Codec: x.info.Codec, Width: x.info.Width, Height: x.info.Height, Frames: len(x.frames),
		TimeBase: x.info.TimeBase, Learned: x.info.Learned, KeyFrames: x.KeyFrames(),
		PacketSizes: make([]int, len(x.packets)), PTS: make([]int64, len(x.packets)), DTS: make([]int64, len(x.packets)),
	}
	for k := range x.packets {
		p := &x.packets[k]
		m.PacketSizes[k], m.PTS[k], m.DTS[k] = int(p.size), p.pts, p.dts
		m.Bytes += int64(p.size)
	}
	for e := range x.entries {
		next := len(x.packets)
		if e+1 < len(x.entries) {
			next = int(x.entries[e+1].packet)
		}
		m.LongestGOP = max(m.LongestGOP, next-int(x.entries[e].packet))
	}
	m.times(x)
	return m
}

func (m *ScannedMetadata) times(x *Index) {
	n := x.timed()
	if n == 0 {
		return
	}
	first := x.frames[x.nth(0)].pts
	m.Start = m.TimeBase.Duration(first)
	ticks := x.end - first // one that wraps is of times that are nonsense
	if ticks <= 0 {
		return
	}
	m.Duration = m.TimeBase.Duration(ticks)
	if num, den := int64(n)*int64(m.TimeBase.Den), ticks*int64(m.TimeBase.Num); num/int64(n) == int64(m.TimeBase.Den) && den/ticks == int64(m.TimeBase.Num) {
		m.AverageRate = frame.Rational{Num: int(num), Den: int(den)}.Reduce()
	}
	if s := m.Duration.Seconds(); s > 0 {
		m.BitRate = int64(float64(m.Bytes)*8/s + 0.5)
	}
	for k := 2; k < n && !m.Variable; k++ {
		a := x.frames[x.nth(k-1)].pts - x.frames[x.nth(k-2)].pts
		b := x.frames[x.nth(k)].pts - x.frames[x.nth(k-1)].pts
		// Ticks coarser than the rate make neighbours differ by one.
		m.Variable = a-b > 1 || b-a > 1
	}
}
