package avformat

import (
	"fmt"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var livePackets = live.NewKind("avformat.Packet")

// PacketFlags say something about a packet. Source: AV_PKT_FLAG_*, packet.h.
type PacketFlags int32

// The flags of a packet.
const (
	PacketKey        PacketFlags = 1 << iota // a key frame
	PacketCorrupt                            // the demuxer knows that the content is damaged
	PacketDiscard                            // needed for decoding only: an edit list hides it
	PacketTrusted                            // made by FFmpeg itself
	PacketDisposable                         // no other picture needs it
)

// A Packet is a compressed picture, a few audio frames or a subtitle: an AVPacket.
// It is made once and filled again and again; its bytes are C memory, counted by
// reference. One goroutine may use it at a time. Source: packet.h.
type Packet struct {
	p    uintptr
	call abi.Call
}

// NewPacket makes an empty packet. The caller closes it.
func NewPacket() (*Packet, error) {
	if err := load(); err != nil {
		return nil, err
	}
	p := call0(ff.fn.avPacketAlloc)
	if p == 0 {
		return nil, noMemory("av_packet_alloc")
	}
	livePackets.Add()
	return &Packet{p: p}, nil
}

// Close frees the packet and its reference to the bytes. Closing twice, or nil, is
// fine. Nothing frees a packet that is not closed: its views would be left behind.
func (p *Packet) Close() error {
	if p == nil || p.p == 0 {
		return nil
	}
	free(ff.fn.avPacketFree, p.p)
	p.p = 0
	livePackets.Done()
	return nil
}

// Unref empties the packet. Views of its data end here.
func (p *Packet) Unref() {
	if p.p != 0 {
		p.call.Begin().Int(p.p).Do(ff.fn.avPacketUnref)
	}
}

// Ref makes p another reference to what src holds, without copying the bytes. What
// p held before is released.
func (p *Packet) Ref(src *Packet) error {
	if p.p == 0 || src.p == 0 {
		return closedError("av_packet_ref")
	}
	p.Unref()
	return check("av_packet_ref", p.call.Begin().Int(p.p).Int(src.p).Ptr(unsafe.Pointer(src)).Do32(ff.fn.avPacketRef), "")
}

// Move makes p what src is and empties src.
func (p *Packet) Move(src *Packet) error {
	if p.p == 0 || src.p == 0 {
		return closedError("av_packet_move_ref")
	}
	p.Unref()
	p.call.Begin().Int(p.p).Int(src.p).Ptr(unsafe.Pointer(src)).Do(ff.fn.avPacketMoveRef)
	return nil
}

// Data is the compressed bytes: a view of C memory, valid until the packet is
// filled again, emptied or closed. nil when empty. It must not be written to, other
// packets may share it.
func (p *Packet) Data() []byte {
	if p.p == 0 {
		return nil
	}
	return view(getPtr(p.p, ff.off.packet.data), int(getInt32(p.p, ff.off.packet.size)))
}

// SetData copies b into the packet, with the padding that decoders need, and keeps
// the packet's times and flags. Its side data goes.
func (p *Packet) SetData(b []byte) error {
	if p.p == 0 {
		return closedError("av_new_packet")
	}
	keep := p.Times()
	p.Unref()
	if uint64(len(b)) >= 1<<31-64 {
		return &Error{Func: "av_new_packet", Code: ErrInvalid, Detail: fmt.Sprintf("%d bytes are too many for a packet", len(b))}
	}
	if r := p.call.Begin().Int(p.p).Int(uintptr(len(b))).Do32(ff.fn.avNewPacket); r < 0 {
		return check("av_new_packet", r, fmt.Sprintf("%d bytes", len(b)))
	}
	copy(view(getPtr(p.p, ff.off.packet.data), len(b)), b)
	p.SetTimes(keep)
	return nil
}

// Times are the scalar fields of a packet. Times and positions are in ticks of the
// stream's time base; PTS, DTS are NoPTS and Duration is 0 when not known; Pos is
// the byte position in the file, -1 when not known.
type Times struct {
	PTS, DTS, Duration, Pos int64
	Stream                  int // index of the stream
	Flags                   PacketFlags
}

// Times reads all scalar fields at once.
func (p *Packet) Times() Times {
	if p.p == 0 {
		return Times{PTS: NoPTS, DTS: NoPTS, Pos: -1}
	}
	o := &ff.off.packet
	return Times{
		PTS: getInt64(p.p, o.pts), DTS: getInt64(p.p, o.dts), Duration: getInt64(p.p, o.duration),
		Pos: getInt64(p.p, o.pos), Stream: int(getInt32(p.p, o.streamIndex)), Flags: PacketFlags(getInt32(p.p, o.flags)),
	}
}

// SetTimes writes all scalar fields at once.
func (p *Packet) SetTimes(t Times) {
	if p.p == 0 {
		return
	}
	o := &ff.off.packet
	setInt64(p.p, o.pts, t.PTS)
	setInt64(p.p, o.dts, t.DTS)
	setInt64(p.p, o.duration, t.Duration)
	setInt64(p.p, o.pos, t.Pos)
	setInt32(p.p, o.streamIndex, int32(t.Stream))
	setInt32(p.p, o.flags, int32(t.Flags))
}

// PTS is when the picture is shown, in ticks of the stream's time base, or NoPTS.
func (p *Packet) PTS() int64 { return p.Times().PTS }

// DTS is when the picture is decoded, in ticks of the stream's time base, or NoPTS.
func (p *Packet) DTS() int64 { return p.Times().DTS }

// Duration is how long the picture is shown, in ticks of the stream's time base; 0
// if not known.
func (p *Packet) Duration() int64 { return p.Times().Duration }

// Pos is the packet's byte position in the file, -1 if not known.
func (p *Packet) Pos() int64 { return p.Times().Pos }

// Stream is the index of the stream that the packet belongs to.
func (p *Packet) Stream() int { return p.Times().Stream }

// Flags are the packet's flags.
func (p *Packet) Flags() PacketFlags { return p.Times().Flags }

// Key is true for key frames.
func (p *Packet) Key() bool { return p.Flags()&PacketKey != 0 }

// Rescale turns PTS, DTS and Duration from one time base into another.
func (p *Packet) Rescale(from, to Rational) {
	t := p.Times()
	t.PTS, t.DTS = Rescale(t.PTS, from, to), Rescale(t.DTS, from, to)
	if t.Duration > 0 {
		t.Duration = Rescale(t.Duration, from, to)
	}
	p.SetTimes(t)
}

// SideData calls yield for each piece of side data; the bytes are a view with the
// life of Data. It can be ranged over.
func (p *Packet) SideData(yield func(SideDataType, []byte) bool) {
	if p.p == 0 {
		return
	}
	a, n := getPtr(p.p, ff.off.packet.sideData), int(getInt32(p.p, ff.off.packet.sideDataElems))
	for i := range n {
		if t, b := sideDataAt(a, i); !yield(t, b) {
			return
		}
	}
}

// AddSideData copies b into the packet as side data of type t, in place of what
// there was of that type.
func (p *Packet) AddSideData(t SideDataType, b []byte) error {
	if p.p == 0 {
		return closedError("av_packet_new_side_data")
	}
	d := p.call.Begin().Int(p.p).Int(uintptr(t)).Int(uintptr(len(b))).Do(ff.fn.avPacketNewSideData)
	if d == 0 {
		return noMemory("av_packet_new_side_data")
	}
	copy(view(d, len(b)), b)
	return nil
}
