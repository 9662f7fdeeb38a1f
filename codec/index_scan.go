package codec

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// Scan reads the whole stream from its start, without decoding, and returns the index
// of its video; the demuxer then stands at the start again. ctx ends it early. A
// source that cannot be moved in has to be scanned before anything else, and cannot
// be read again afterwards.
//
// A stream that is damaged, or that does not begin where decoding can, is decoded as
// well, on the CPU: see Index.Serial. An error of the container in the middle ends
// the index there.
func (d *Demuxer) Scan(ctx context.Context) (*Index, error) {
	if d == nil || d.video < 0 {
		return nil, opError("scan", fmt.Errorf("%w: the demuxer delivers no video", ErrNoVideo))
	}
	x, _, err := scan(ctx, newSource(d))
	return x, err
}

// scan makes the index of a source and leaves it at the start, if it can be moved in.
func scan(ctx context.Context, src *source) (x *Index, seekable bool, err error) {
	fail := func(err error) (*Index, bool, error) { return nil, false, opError("scan", err) }
	if src.next != 0 {
		if err := src.rewind(); err != nil {
			return fail(err)
		}
	}
	b := newIndexBuilder(src.d.Stream())
	b.limit = src.d.maxIndexed
	b.x.info.Length = src.d.container.Duration
	var p Packet
	for {
		if err := ctx.Err(); err != nil {
			return fail(context.Cause(ctx))
		}
		if err := src.readAny(&p); err == io.EOF {
			break
		} else if err != nil {
			if len(b.x.packets) == 0 || errors.Is(err, errClosed) {
				return fail(err)
			}
			logger().Warn("scan: the container ends with an error", "packets", len(b.x.packets), "error", err)
			b.x.info.Cut = true
			break
		}
		if err := b.add(&p); err != nil {
			return fail(err)
		}
	}
	if err := b.build(); err != nil {
		return fail(err)
	}
	src.x = &b.x
	if err := src.toStart(); err != nil {
		return &b.x, false, nil
	}
	if len(b.doubts) > 0 {
		logger().Info("scan: headers do not tell all frames", "places", len(b.doubts), "reason", b.why)
		if err := b.learn(ctx, src); err != nil {
			return fail(err)
		}
		if err := src.toStart(); err != nil {
			return fail(err)
		}
	}
	return &b.x, true, nil
}

// An indexBuilder takes in the packets of a stream in decoding order.
type indexBuilder struct {
	x      Index
	info   StreamInfo
	track  *bitstream.Tracker // nil: the container's words count
	params paramSets
	order  []pictureOrder // of packets that show something
	limit  int            // of packets, 0 for the default
	period int32          // number of the order's present period
	why    string         // the headers do not tell the frames, at first for this reason
	doubts []int32        // packets where they do not
	pocs   bool           // order is that of POC
}

// A pictureOrder is the place of a picture in display order: the period, then the order
// in it.
type pictureOrder struct {
	packet       int32
	period, rank int32
	b            bool // shown at once, where order follows from types
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func newIndexBuilder(s StreamInfo) *indexBuilder {
	b := &indexBuilder{info: s}
	b.x.info = indexInfo{Codec: s.Codec, Stream: s.Index, TimeBase: s.TimeBase, Width: s.Width, Height: s.Height}
	// What is wrong with the extradata shows when a packet needs it.
	b.track, _ = bitstream.NewTracker(bitstream.CodecByName(string(s.Codec)), s.Extradata)
	b.params.open(s.Codec, s.Extradata)
	b.pocs = s.Codec == H264 || s.Codec == HEVC
	return b
}

// doubt notes that only decoding tells the frames at the next packet.
func (b *indexBuilder) doubt(format string, args ...any) {
	k := int32(len(b.x.packets))
	if len(b.doubts) == 0 {
		b.why = fmt.Sprintf("packet %d: ", k) + fmt.Sprintf(format, args...)
	}
	if n := len(b.doubts); n == 0 || b.doubts[n-1] != k {
		b.doubts = append(b.doubts, k)
	}
}

func (b *indexBuilder) add(p *Packet) error {
	if limit := orDefault(b.limit, defaultMaxIndexing); len(b.x.packets) == limit {
		return fmt.Errorf("%w: a stream of over %d packets; DemuxerConfig.MaxIndexPackets allows no more", ErrLimit, limit)
	}
	k := int32(len(b.x.packets))
	r := indexPacket{
		pts: p.PTS, dts: p.DTS, pos: p.Pos, duration: max(p.Duration, 0),
		size: uint32(len(p.Data)), sum: crc32.Checksum(p.Data, castagnoli), frame: -1,
	}
	mark := func(m packetMark, on bool) {
		if on {
			r.mark |= m
		}
	}
	mark(markKey, p.Key)
	mark(markHidden, p.Flags&Discard != 0)
	mark(markDamaged, p.Flags&Damaged != 0)
	mark(markWhole, p.Flags&EndOfPicture != 0)
	extra := newExtradataOf(p)
	if extra != nil {
		b.params.replace(extra)
		if t, _ := bitstream.NewTracker(bitstream.CodecByName(string(b.info.Codec)), extra); t != nil && b.track != nil {
			b.track = t
		}
		r.mark |= markParameters
	}
	before := b.params.state()
	if b.track == nil {
		b.addUnparsed(p, &r)
	} else {
		b.addParsed(p, &r)
	}
	hidden := r.mark&markHidden != 0
	if r.mark&markDamaged != 0 {
		b.doubt("damaged, says the container")
	}
	if r.mark&markAccess != 0 && b.mayEnter(&r, p) {
		b.x.entries = append(b.x.entries, indexEntry{packet: k, sets: int32(before)})
	}
	if len(b.x.entries) == 0 && len(p.Data) > 0 {
		if r.shows > 0 && !hidden {
			b.doubt("a picture before the first that decoding can begin with")
		}
		r.shows = 0
	}
	if hidden {
		r.shows = 0
	}
	b.x.packets = append(b.x.packets, r)
	return nil
}

// addUnparsed is for codecs whose headers nothing here reads: none of them reorders
// without saying so in its times, and all flag key frames.
func (b *indexBuilder) addUnparsed(p *Packet, r *indexPacket) {
	if len(p.Data) == 0 {
		return
	}
	if p.Key {
		r.mark |= markAccess
	}
	r.shows = 1
	b.note(pictureOrder{packet: int32(len(b.x.packets))}, 1)
}

func (b *indexBuilder) note(o pictureOrder, shows int) {
	for range shows {
		b.order = append(b.order, o)
	}
}

func (b *indexBuilder) addParsed(p *Packet, r *indexPacket) {
	i, err := b.track.Parse(p.Data)
	if err != nil && len(p.Data) > 0 {
		b.doubt("%v", err)
	}
	set := func(m packetMark, on bool) {
		if on {
			r.mark |= m
		}
	}
	set(markClosed, i.Closed)
	access := i.RandomAccess && i.RecoveryFrames == 0 && !i.SecondField && i.Pictures > 0
	if b.info.Codec == H264 && !i.Key && i.Type != bitstream.PictureI {
		// Encoders also put recovery points on pictures that are predicted.
		access = access && len(b.x.entries) == 0
	}
	set(markAccess, access)
	set(markLeading, i.RASL)
	set(markDisposable, i.Disposable)
	set(markPrevious, i.UsesPrevious)
	set(markParameters, i.Parameters)
	set(markSecond, i.SecondField && i.Shown == 0)
	set(markRecovery, access && b.info.Codec == H264 && !i.Key)
	b.params.packet(p.Data)
	if b.params.groups {
		b.doubt("slice groups")
	}
	if i.Packed && i.Pictures > 1 {
		b.doubt("packed B-frames")
	}
	if i.DropsPrior && len(b.x.packets) > 0 {
		b.doubt("pictures before may be dropped")
	}
	if b.pocs && i.Shown > 1 {
		b.doubt("%d pictures in a packet", i.Shown)
	}
	if i.OrderReset {
		b.period++
	}
	r.shows = uint8(min(i.Shown, 255))
	if i.Shown > 0 {
		b.note(pictureOrder{packet: int32(len(b.x.packets)), period: b.period, rank: i.POC, b: i.Type == bitstream.PictureB}, min(i.Shown, 255))
	}
}

// mayEnter tells whether decoding that begins at a place to begin at is exact.
func (b *indexBuilder) mayEnter(r *indexPacket, p *Packet) bool {
	switch b.info.Codec {
	case MPEG1, MPEG2:
		// Matrices of the sequence header stay in force until the next one.
		return r.mark&markParameters != 0 || len(b.x.entries) == 0
	}
	return true
}

// newExtradataOf returns the new headers that a packet brings beside its data.
func newExtradataOf(p *Packet) []byte {
	for i := range p.SideData {
		if p.SideData[i].Type == sideNewExtradata {
			return p.SideData[i].Data
		}
	}
	return nil
}

// build makes frames out of packets.
func (b *indexBuilder) build() error {
	x := &b.x
	if len(x.packets) == 0 {
		return fmt.Errorf("%w: no packets", ErrCorrupt)
	}
	if len(x.entries) == 0 {
		b.doubt("nothing that decoding can begin with")
		x.entries = append(x.entries, indexEntry{})
	}
	if x.entries[0].packet != 0 && len(b.doubts) == 0 {
		// What is before shows nothing, but may be needed: headers, for example.
		x.entries[0] = indexEntry{}
	}
	b.keepSets()
	b.sortOrder()
	for _, o := range b.order {
		p := &x.packets[o.packet]
		if p.shows == 0 {
			continue // hidden
		}
		if p.frame < 0 {
			p.frame = int32(len(x.frames))
		}
		x.frames = append(x.frames, indexFrame{packet: o.packet, last: o.packet, pts: p.pts})
	}
	b.pairFields()
	b.enterFrames()
	b.guessTimes()
	x.finish()
	if len(x.frames) == 0 {
		b.doubt("no picture in %d packets", len(x.packets))
	}
	return nil
}

// keepSets keeps the parameter sets that entries need: none if they never change. So far
// the entries have the numbers of those that are in force before them.
func (b *indexBuilder) keepSets() {
	x := &b.x
	b.params.state()
	if !b.params.changed() {
		for i := range x.entries {
			x.entries[i].sets = 0
		}
		return
	}
	if b.params.size > maxSets {
		b.doubt("%d MiB of parameter sets", b.params.size>>20)
		return
	}
	x.sets = b.params.states
	for i := range x.entries {
		x.entries[i].sets++
	}
}

// pairFields gives second fields to the frames of the first ones.
func (b *indexBuilder) pairFields() {
	x := &b.x
	first := int32(-1)
	for k := range x.packets {
		p := &x.packets[k]
		switch {
		case p.shows > 0:
			first = p.frame
		case p.mark&markSecond != 0 && first >= 0:
			f := &x.frames[first]
			f.last, p.frame = int32(k), first
			// The pair is left out whole or not at all.
			if q := &x.packets[f.packet]; p.mark&markDisposable == 0 || q.mark&markDisposable == 0 {
				p.mark &^= markDisposable
				q.mark &^= markDisposable
			}
			first = -1
		case p.size > 0:
			first = -1
		}
	}
}

// enterFrames finds where decoding begins for each frame.
func (b *indexBuilder) enterFrames() {
	x := &b.x
	e, access := -1, int32(-1) // entry, and last place to begin at, for the packet at hand
	k := int32(0)
	// Frames in decoding order, once.
	order := make([]int32, len(x.frames))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(i, j int32) int { return cmpInt(int64(x.frames[i].packet), int64(x.frames[j].packet)) })
	for _, i := range order {
		f := &x.frames[i]
		for ; k <= f.packet; k++ {
			if x.packets[k].mark&markAccess != 0 {
				access = k
			}
			if e+1 < len(x.entries) && x.entries[e+1].packet == k {
				e++
			}
		}
		f.entry = int32(max(e, 0))
		f.key = x.packets[f.packet].mark&markAccess != 0
		if x.packets[f.packet].mark&markLeading != 0 && e > 0 && x.entries[e].packet == access {
			f.entry--
		}
	}
}
