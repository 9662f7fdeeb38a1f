package codec

import (
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
)

// PacketFlags are per-packet properties and wishes.
type PacketFlags uint32

const (
	// EndOfPicture says that the packet ends with a whole picture, so that a decoder
	// need not wait for the next packet to know it. Demuxers set it where the
	// container guarantees it; setting it on part of a picture damages the picture.
	EndOfPicture PacketFlags = 1 << iota
	// Discard marks a packet that must be decoded but whose picture is not shown:
	// an edit list cuts it away.
	Discard
	// Damaged marks a packet that the container knows to be incomplete.
	Damaged
	// Discontinuity tells the decoder that the packet does not follow the one before
	// it; references and pictures in reordering are settled first.
	Discontinuity
)

// SideData travels with a packet: new extradata, a palette, and the like. Type is
// FFmpeg's AVPacketSideDataType number, which is the same in all its releases.
type SideData struct {
	Type int
	Data []byte
}

// A Packet is a piece of a coded stream; of video, usually one picture.
//
// All memory in it is Go memory that belongs to the packet. A packet that came from
// an iterator or an encoder is overwritten by the next; Clone keeps it.
type Packet struct {
	Data     []byte
	PTS      int64          // presentation time in ticks, NoPTS if unknown
	DTS      int64          // decoding time in ticks, NoPTS if unknown
	Duration int64          // in ticks, 0 if unknown
	Pos      int64          // byte position in the source, -1 if unknown
	TimeBase frame.Rational // seconds a tick
	Stream   int            // index of the stream in the container
	Key      bool           // decoding can begin here
	Type     PictureType    // how an encoder coded it; 0 from a container
	QP       int            // average quantiser of an encoder's picture, on its own scale (0 to 255 with AV1); 0 if unknown
	Flags    PacketFlags
	SideData []SideData
}

// Time is the presentation time, 0 if it is unknown.
func (p *Packet) Time() time.Duration {
	if p.PTS == NoPTS {
		return 0
	}
	return p.TimeBase.Duration(p.PTS)
}

// Clone returns a copy that shares no memory with p.
func (p *Packet) Clone() *Packet {
	c := *p
	c.Data = append([]byte(nil), p.Data...)
	c.SideData = make([]SideData, len(p.SideData))
	for i, s := range p.SideData {
		c.SideData[i] = SideData{Type: s.Type, Data: append([]byte(nil), s.Data...)}
	}
	return &c
}

// Reset empties p and keeps its buffers for reuse.
func (p *Packet) Reset() {
	*p = Packet{Data: p.Data[:0], PTS: NoPTS, DTS: NoPTS, Pos: -1, SideData: p.SideData[:0]}
}
