package codec

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/go-nvcodec/nvcodec/frame"
)

// learn decodes the parts of the stream whose headers do not tell the frames, and puts
// what libavcodec gives in place of what was expected.
func (b *indexBuilder) learn(ctx context.Context, src *source) error {
	x := &b.x
	var parts [][2]int // entries; len(x.entries) is the end
	for _, k := range b.doubts {
		from, to := b.around(k)
		if n := len(parts); n > 0 && from <= parts[n-1][1] {
			parts[n-1][1] = max(parts[n-1][1], to)
		} else {
			parts = append(parts, [2]int{from, to})
		}
	}
	var frames []indexFrame
	done := 0 // expected frames taken over, or replaced
	for _, p := range parts {
		first, end := 0, int32(len(x.packets))
		begin := int32(0) // a stream whose start cannot be decoded is learned from there
		if p[0] > 0 {
			begin = x.entries[p[0]].packet
			first = int(x.packets[begin].frame)
		}
		after := len(x.frames)
		if p[1] < len(x.entries) {
			end = x.entries[p[1]].packet
			after = int(x.packets[end].frame)
		}
		found, err := decodeNumbers(ctx, src, begin, end, x.setsOf(int32(p[0])))
		if err != nil {
			return err
		}
		frames = append(frames, x.frames[done:first]...)
		for _, f := range found {
			f.entry = int32(p[0])
			frames = append(frames, f)
		}
		x.info.Learned += len(found)
		done = after
	}
	x.frames = append(frames, x.frames[done:]...)
	b.renumber()
	x.finish()
	return nil
}

// around returns the entries around a packet that what is in between does not reach
// over: nothing is shown before such an entry that comes after it.
func (b *indexBuilder) around(k int32) (from, to int) {
	x := &b.x
	tight := func(e int) bool {
		p := &x.packets[x.entries[e].packet]
		return p.mark&(markClosed|markKey|markAccess) != 0 && p.frame >= 0 && p.shows == 1 && b.sound(x.entries[e].packet)
	}
	e, found := slices.BinarySearchFunc(x.entries, k, func(e indexEntry, k int32) int { return cmpInt(int64(e.packet), int64(k)) })
	from, to = e, e
	if !found {
		from--
	}
	for from > 0 && (x.entries[from].packet == k || !tight(from)) {
		from--
	}
	if to < len(x.entries) && x.entries[to].packet == k {
		to++
	}
	for to < len(x.entries) && !tight(to) {
		to++
	}
	return max(from, 0), to
}

// sound tells whether nothing is wrong with a packet.
func (b *indexBuilder) sound(k int32) bool {
	_, doubtful := slices.BinarySearch(b.doubts, k)
	return !doubtful
}

// renumber makes packets tell their frames, after those have changed.
func (b *indexBuilder) renumber() {
	x := &b.x
	for k := range x.packets {
		x.packets[k].frame, x.packets[k].shows = -1, 0
	}
	for i := range x.frames {
		f := &x.frames[i]
		p := &x.packets[f.packet]
		if p.frame < 0 {
			p.frame = int32(i)
		}
		if p.shows < 255 {
			p.shows++
		}
		// The second field of a pair.
		if k := f.packet + 1; int(k) < len(x.packets) && x.packets[k].mark&markSecond != 0 && f.last < k {
			f.last = k
		}
	}
	for k := 1; k < len(x.packets); k++ {
		if p := &x.packets[k]; p.frame < 0 && p.mark&markSecond != 0 {
			p.frame = x.packets[k-1].frame
		}
	}
	x.info.Learned = min(x.info.Learned, len(x.frames))
}

// maxBehind is how many packets after a part are decoded at most, until what is shown
// first after it comes.
const maxBehind = 256

// decodeNumbers decodes the packets from begin on with libavcodec, and returns the
// frames that come from there to the one of packet end. Damage is no error here: the
// frames are those that any Decoder gives.
func decodeNumbers(ctx context.Context, src *source, begin, end int32, sets []byte) (found []indexFrame, err error) {
	if err := src.moveTo(int(begin)); err != nil {
		return nil, err
	}
	dec, err := NewDecoder(src.d.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar})
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	n := int32(len(src.x.packets))
	begun, over := begin == 0, false
	take := func(frames []*frame.Frame) {
		for _, f := range frames {
			k := int32(max(f.Pos, 0))
			begun = begun || k == begin
			over = over || k >= end && end < n && src.x.packets[k].mark&markLeading == 0
			if begun && !over && k < n {
				found = append(found, indexFrame{pts: f.PTS, packet: k, last: k, key: f.Key})
			}
			f.Release()
		}
	}
	feeder := packetFeeder{x: src.x, length: nalLengthOf(src.d.Stream().Codec, src.d.Stream().Extradata)}
	var p Packet
	for k := begin; k < n && k < end+maxBehind && !over; k++ {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := src.read(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		if k == begin {
			feeder.begin(&p, sets)
		}
		p.Pos = int64(k)
		frames, err := dec.Decode(&p)
		take(frames)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			return found, nil // here it ends for every decoder
		}
	}
	if !over {
		frames, _ := dec.Drain()
		take(frames)
	}
	return found, nil
}
