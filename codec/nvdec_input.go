package codec

import (
	"bytes"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// nvdecInput turns what containers hold into what the parser reads: NAL units after
// start codes and not after lengths, and the headers that containers keep apart
// before the first packet.
type nvdecInput struct {
	id       ID
	headers  []byte // from the extradata, in the parser's form
	pending  bool   // they go before the next packet
	length   nalLength
	ext      *nvcuvid.VideoFormatEx
	buf      []byte
	unpacker *unpacker
	params   *StreamInfo
}

func (in *nvdecInput) open(s *StreamInfo) {
	in.id, in.params = s.Codec, s
	in.setExtradata(s.Extradata)
}

func (in *nvdecInput) restart() {
	in.pending = len(in.headers) > 0
	if in.unpacker != nil {
		in.unpacker.bsf.Flush()
	}
}

// setExtradata takes new headers. Those that cannot be read are as good as none: the
// packets may bring their own.
func (in *nvdecInput) setExtradata(x []byte) {
	in.headers, in.length = nil, 0
	switch in.id {
	case H264:
		in.headers = bytes.Clone(x)
		if !bitstream.IsAnnexB(x) {
			var c bitstream.AVCConfig
			_ = c.Parse(x)
			in.headers, in.length = c.AppendAnnexB(nil), nalLength(c.LengthSize)
		}
	case HEVC:
		in.headers = bytes.Clone(x)
		if !bitstream.IsAnnexB(x) {
			var c bitstream.HEVCConfig
			_ = c.Parse(x)
			in.headers, in.length = c.AppendAnnexB(nil), nalLength(c.LengthSize)
		}
	case AV1:
		var c bitstream.AV1Config
		if c.Parse(x) == nil {
			x = c.ConfigOBUs
		}
		in.headers = bytes.Clone(x)
	case MPEG1, MPEG2, MPEG4:
		in.headers = bytes.Clone(x)
	case VC1:
		// ASF puts a byte before the sequence header.
		if i := bytes.Index(x, []byte{0, 0, 1, vc1SequenceHeader}); i >= 0 {
			in.headers = bytes.Clone(x[i:])
		}
		in.setSequenceHeader(in.headers)
	case WMV3:
		in.setSequenceHeader(x)
	}
	in.restart()
}

// Start codes of VC-1. Specification: SMPTE 421M, annex E.
const (
	vc1Frame          = 0x0D
	vc1SequenceHeader = 0x0F
)

func (in *nvdecInput) setSequenceHeader(x []byte) {
	if len(x) == 0 || len(x) > len(in.ext.RawSequenceHeader) {
		return
	}
	in.ext = &nvcuvid.VideoFormatEx{Format: nvcuvid.VideoFormat{
		Codec: nvcuvid.CodecVC1, ChromaFormat: nvcuvid.Chroma420, SeqhdrDataLength: uint32(len(x)),
		CodedWidth: uint32(in.params.Width), CodedHeight: uint32(in.params.Height),
		DisplayArea: nvcuvid.Rect{Right: int32(in.params.Width), Bottom: int32(in.params.Height)},
	}}
	copy(in.ext.RawSequenceHeader[:], x)
}

// sequenceHeader is what the parser must know before the first packet, or nil.
func (in *nvdecInput) sequenceHeader() *nvcuvid.VideoFormatEx { return in.ext }

// prepare returns the packet as the parser wants it, valid until the next call.
func (in *nvdecInput) prepare(p []byte, i *bitstream.PacketInfo) ([]byte, error) {
	length := in.length.of(p)
	bare := in.id == VC1 && !bytes.HasPrefix(p, []byte{0, 0, 1})
	if !in.pending && length == 0 && !bare {
		return p, nil
	}
	in.buf = in.buf[:0]
	// Where a packet brings headers as well, its own come last and win. Codecs whose
	// headers are one unit have no use for two.
	if in.pending && (!i.Parameters || in.id == H264 || in.id == HEVC) {
		in.buf = append(in.buf, in.headers...)
	}
	in.pending = false
	var err error
	switch {
	case length > 0:
		in.buf, err = bitstream.AppendAnnexB(in.buf, p, length)
	case bare:
		in.buf = append(in.buf, 0, 0, 1, vc1Frame)
		fallthrough
	default:
		in.buf = append(in.buf, p...)
	}
	return in.buf, err
}

func (in *nvdecInput) close() error { return in.unpacker.close() }
