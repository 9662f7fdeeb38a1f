package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// A SEIInserter writes messages into packets as they are, without coding pictures anew:
// of H264, HEVC and AV1, in any container. Its zero value is of no use; see
// NewSEIInserter.
//
// One goroutine at a time may use it.
type SEIInserter struct {
	codec  bitstream.Codec
	in     frame.SEICodec
	nal    nalLength
	insert bitstream.SEIInserter
	buf    []byte
}

// NewSEIInserter makes an inserter for packets of stream s. Errors match ErrUnsupported
// where the codec has no messages that can be written.
func NewSEIInserter(s StreamInfo) (*SEIInserter, error) {
	c := bitstream.CodecByName(string(s.Codec))
	switch c {
	case bitstream.CodecH264, bitstream.CodecHEVC, bitstream.CodecAV1:
	default:
		return nil, opError("insert SEI", fmt.Errorf("%w: messages in %v; h264, hevc and av1 can have them", ErrUnsupported, s.Codec))
	}
	return &SEIInserter{codec: c, in: seiCodecs[c], nal: nalLengthOf(s.Codec, s.Extradata)}, nil
}

// Insert writes messages into the picture of p, after those that it has, in the order of
// list. They are of the stream's own codec, or of another that has the same
// (frame.SEI.In). A time code for H264 depends on the stream's headers and is refused.
// p.Data changes to other memory of p's; on an error p stays as it was.
//
// Errors match ErrArgument or ErrUnsupported; a packet without a picture is ErrCorrupt.
func (w *SEIInserter) Insert(p *Packet, list []frame.SEI) error {
	const op = "insert SEI"
	if p == nil {
		return opError(op, fmt.Errorf("%w: no packet", ErrArgument))
	}
	if len(list) == 0 {
		return nil
	}
	w.insert.Reset(w.codec)
	for i := range list {
		m, err := list[i].In(w.in)
		switch {
		case errors.Is(err, frame.ErrSEIType) || m.Type == frame.SEIPicTiming:
			err = errors.Join(ErrUnsupported, err)
		case err != nil || m.Type < 0 || len(m.Payload) > maxSEIPayload:
			err = errors.Join(ErrArgument, err)
		}
		if err != nil {
			return opErrorAt(op, p.PTS, fmt.Errorf("SEI[%d], %v of %d bytes: %w", i, list[i].Type, len(list[i].Payload), err))
		}
		insertSEI(&w.insert, m.Type, m.Payload)
	}
	out, err := w.insert.AppendPacket(w.buf[:0], p.Data, w.nal.of(p.Data))
	if err != nil {
		return opErrorAt(op, p.PTS, fmt.Errorf("%w: %w", ErrCorrupt, err))
	}
	p.Data, w.buf = out, p.Data
	return nil
}
