package codec

import (
	"slices"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// seiList holds the messages of one picture. They are read from its packets and not
// taken from the driver, which gives some of them in structs of its own and older ones
// not at all. Its buffers are used again.
type seiList struct {
	data     []byte // payloads
	messages []seiMessage
	syntax   frame.SEISyntax
}

type seiMessage struct {
	typ        frame.SEIType
	start, end int
	cut        bool // it goes beyond its NAL unit
}

func (l *seiList) reset() {
	l.data, l.messages, l.syntax = l.data[:0], l.messages[:0], frame.SEISyntax{}
}

func (l *seiList) append(t frame.SEIType, payload []byte, cut bool) {
	start := len(l.data)
	l.data = append(l.data, payload...)
	l.messages = append(l.messages, seiMessage{t, start, len(l.data), cut})
}

// appendList appends the messages of another list.
func (l *seiList) appendList(from *seiList) {
	for _, m := range from.messages {
		l.append(m.typ, from.data[m.start:m.end], m.cut)
	}
}

// has tells whether a message of type t is there. A nil list is empty.
func (l *seiList) has(t frame.SEIType) bool {
	if l == nil {
		return false
	}
	for _, m := range l.messages {
		if m.typ == t {
			return true
		}
	}
	return false
}

// addTo copies the messages to a frame. A nil list is empty.
func (l *seiList) addTo(f *frame.Frame) {
	if l == nil {
		return
	}
	for _, m := range l.messages {
		s := frame.SEI{Type: m.typ, Payload: l.data[m.start:m.end], Syntax: l.syntax}
		s.Parsed = !m.cut && s.Known()
		f.AppendSEI(s)
	}
}

// A seiReader collects the messages of a stream's packets. What comes in a packet
// without a picture waits for the next one with a picture.
type seiReader struct {
	codec    bitstream.Codec
	messages bitstream.Messages
	limit    int // bytes that may wait
	waiting  seiList
	spare    []*seiList // as many as pictures with messages were on the way at once
}

func (r *seiReader) init(c bitstream.Codec) {
	r.codec, r.limit = c, defaultMaxSEI
	r.waiting.reset()
}

// restart drops what waits, at a seek.
func (r *seiReader) restart() { r.waiting.reset() }

// read appends the messages of a packet to l. NAL units have lengths of lengthSize
// bytes before them; 0 is start codes.
func (r *seiReader) read(l *seiList, packet []byte, lengthSize int) {
	m := &r.messages
	for m.Reset(r.codec, packet, lengthSize); m.Next(); {
		x := m.Message()
		l.append(messageType(x), x.Payload, x.Cut)
	}
}

// deliver gives the messages of a picture to its frame, and the list back.
func (r *seiReader) deliver(l **seiList, f *frame.Frame) {
	(*l).addTo(f)
	r.recycle(l)
}

// recycle takes a list back. Very large ones are left to the collector.
func (r *seiReader) recycle(l **seiList) {
	if *l != nil && cap((*l).data) <= defaultMaxSEI {
		r.spare = append(r.spare, *l)
	}
	*l = nil
}

// list is *l, made if it is not there.
func (r *seiReader) list(l **seiList) *seiList {
	if *l != nil {
		return *l
	}
	if n := len(r.spare); n > 0 {
		*l, r.spare = r.spare[n-1], r.spare[:n-1]
		(*l).reset()
	} else {
		*l = new(seiList)
	}
	return *l
}

// collect sets the messages of a packet: l is of its picture, or, if it holds the second
// field of a frame, of the first field's packet. It stays nil if there are none. i is what
// the packet's headers say, as far as they could be read.
func (r *seiReader) collect(l **seiList, packet []byte, lengthSize int, i *bitstream.PacketInfo, readable bool, timing bitstream.PicTimingSyntax) {
	if readable && (i.Pictures == 0 && !i.ShowExisting || r.codec == bitstream.CodecAV1 && i.Shown == 0) {
		r.read(&r.waiting, packet, lengthSize)
		if len(r.waiting.data) > r.limit || len(r.waiting.messages) > r.limit/64 {
			r.waiting.reset() // there is no picture in this stream
		}
		return
	}
	// Most pictures have none, and then need no list.
	r.read(&r.waiting, packet, lengthSize)
	if len(r.waiting.messages) == 0 {
		return
	}
	r.list(l).appendList(&r.waiting)
	(*l).syntax = syntaxOf(r.codec, timing)
	r.waiting.reset()
}

// headerSEI are the messages that the headers of a container hold beside parameter sets
// (hvcC, av1C): of the stream as a whole.
func headerSEI(id ID, extradata []byte) []frame.SEI {
	r := new(seiReader)
	r.init(bitstream.CodecByName(string(id)))
	var l seiList
	var h bitstream.HEVCConfig
	var a bitstream.AV1Config
	switch {
	case len(extradata) == 0:
		return nil
	case id == AV1 && a.Parse(extradata) == nil:
		r.read(&l, a.ConfigOBUs, 0)
	case id == HEVC && !bitstream.IsAnnexB(extradata):
		_ = h.Parse(extradata) // what could be read is there
		r.read(&l, h.AppendAnnexB(nil), 0)
	case id == H264 && !bitstream.IsAnnexB(extradata):
		return nil // avcC has parameter sets only
	default:
		r.read(&l, extradata, 0)
	}
	l.syntax = syntaxOf(r.codec, bitstream.PicTimingSyntax{})
	var f frame.Frame
	l.addTo(&f)
	return f.SEI
}

// frameHeaderSEI are those of them that the stream's first frame carries before its own, as
// FFmpeg and NVDEC have it: of HEVC. (What FFmpeg finds in raw AV1 streams and calls
// headers comes in the first packet again.)
func frameHeaderSEI(id ID, extradata []byte) []frame.SEI {
	if id != HEVC {
		return nil
	}
	return headerSEI(id, extradata)
}

// addHeaderSEI puts messages before those of a frame.
func addHeaderSEI(f *frame.Frame, list []frame.SEI) {
	if len(list) == 0 {
		return
	}
	own := slices.Clone(f.SEI) // whose payloads stay where they are
	f.SEI = f.SEI[:0]
	for _, m := range list {
		f.AppendSEI(m)
	}
	for _, m := range own {
		f.AppendSEI(m)
	}
}

// skipped takes a packet that is not decoded: the messages of its picture go with it.
func (r *seiReader) skipped(packet []byte, lengthSize int, i *bitstream.PacketInfo) {
	if i.Pictures > 0 {
		r.waiting.reset()
		return
	}
	var none *seiList
	r.collect(&none, packet, lengthSize, i, true, bitstream.PicTimingSyntax{})
}

func syntaxOf(c bitstream.Codec, t bitstream.PicTimingSyntax) frame.SEISyntax {
	return frame.SEISyntax{
		Codec: seiCodecs[c], Timed: t.Known, PicStruct: t.PicStruct, Delays: t.Delays, SubPic: t.SubPic,
		CPBRemovalBits: t.CPBRemovalDelay, DPBOutputBits: t.DPBOutputDelay, TimeOffsetBits: t.TimeOffset,
	}
}

var seiCodecs = [...]frame.SEICodec{
	bitstream.CodecH264: frame.InH264, bitstream.CodecHEVC: frame.InHEVC, bitstream.CodecAV1: frame.InAV1,
	bitstream.CodecMPEG1: frame.InMPEG2, bitstream.CodecMPEG2: frame.InMPEG2, bitstream.CodecJPEG: frame.InUnknown,
}

func messageType(m *bitstream.Message) frame.SEIType {
	t := frame.SEIType(m.Type)
	switch m.Kind {
	case bitstream.MessageMetadata:
		t += frame.SEIMetadataOBU
	case bitstream.MessageMPEG:
		t += frame.SEIMPEG2
	case bitstream.MessageUnit:
		t += frame.SEINALUnit
	}
	return t
}
