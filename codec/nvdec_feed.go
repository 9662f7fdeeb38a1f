package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// maxSilence is how many packets may pass before the first sequence header.
const maxSilence = 64

var errNoSequence = errors.New("nothing found that decoding can begin with: the data is of another codec, its headers (extradata) are missing, or no key frame came")

// feed gives one packet of the demuxer to the parser.
func (e *nvdecEngine) feed(p *Packet) {
	for i := range p.SideData {
		if s := &p.SideData[i]; s.Type == sideNewExtradata {
			e.newExtradata(s.Data)
		}
	}
	if len(p.Data) == 0 {
		return
	}
	if e.input.unpacks() {
		e.input.unpack(e, p)
		return
	}
	e.feedUnit(p)
}

// sideNewExtradata is AV_PKT_DATA_NEW_EXTRADATA, the same in all releases of FFmpeg.
const sideNewExtradata = 1

func (e *nvdecEngine) newExtradata(data []byte) {
	t, _ := bitstream.NewTracker(e.track.Codec(), data)
	if t == nil {
		return
	}
	e.track = t
	e.input.setExtradata(data)
}

// feedUnit gives one access unit, or piece of stream, to the parser.
func (e *nvdecEngine) feedUnit(p *Packet) {
	info, err := e.track.Parse(p.Data)
	e.fed++
	e.whole = e.info.WholePictures || p.Flags&EndOfPicture != 0
	if e.skip(p, &info, err) {
		e.sei.skipped(p.Data, e.input.length.of(p.Data), &info)
		return
	}
	var first *packetMeta
	if info.SecondField {
		first = e.times.ofField()
	}
	m := e.times.add(p, &info, &e.sei)
	if err == nil {
		m.parsed = true
		m.key = info.Key || info.RandomAccess && e.codec == nvcuvid.CodecH264
	}
	if i, ok := e.track.Info(); ok {
		e.times.describe(m, &i)
	}
	if first == nil {
		first = m
	}
	e.sei.collect(&first.sei, p.Data, e.input.length.of(p.Data), &info, m.parsed, e.track.PicTiming())
	e.current = m

	data, err := e.input.prepare(p.Data, &info)
	if err != nil {
		e.damaged(err) // what could be read is there
	}
	switch {
	case e.codec == nvcuvid.CodecVP9:
		e.feedVP9(data, nvcuvid.PacketEndOfPicture)
	case !e.whole:
		e.parse(data, 0)
	case info.Pictures == 1 && m.parsed:
		e.parse(data, nvcuvid.PacketEndOfPicture)
	default:
		// With the flag on a packet, the parser drops what follows the first picture in
		// it, which is the second field of many frames. An empty packet ends them all.
		e.parse(data, 0)
		e.parse(nil, nvcuvid.PacketEndOfPicture)
	}
	if e.sequences == 0 && e.fed == maxSilence {
		e.complain()
	}
}

// skip tells whether a packet must not reach the parser: pictures before the first
// that decoding can begin with, and HEVC pictures after it, in decoding order, that
// refer to what is not there. The parser would have most of them decoded, to garbage.
func (e *nvdecEngine) skip(p *Packet, i *bitstream.PacketInfo, err error) bool {
	if e.waiting {
		switch {
		case !e.whole:
			e.waiting = false // pieces of pictures cannot be judged
		case i.RandomAccess, err != nil && p.Key:
			e.waiting = false
		default:
			return i.Pictures > 0 || !i.Parameters || err != nil
		}
	}
	return e.codec == nvcuvid.CodecHEVC && i.Pictures > 0 && i.RASL && i.Shown == 0
}

// complain reports once that the stream does not begin.
func (e *nvdecEngine) complain() {
	if !e.complained {
		e.complained = true
		e.damaged(errNoSequence)
	}
}
