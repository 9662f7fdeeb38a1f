package nvcuvid

import (
	"structs"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A VideoFormat describes the sequence that begins. Source: CUVIDEOFORMAT,
// nvcuvid.h.
type VideoFormat struct {
	_                    structs.HostLayout
	Codec                Codec
	FrameRate            FrameRate // 0/0 for VP8, VP9 and AV1
	ProgressiveSequence  uint8     // 0: may hold interlaced pictures
	BitDepthLumaMinus8   uint8
	BitDepthChromaMinus8 uint8
	MinNumDecodeSurfaces uint8
	CodedWidth           uint32 // multiple of 16; VP9 and AV1: the plain size
	CodedHeight          uint32 // multiple of 16, of 32 if interlaced; VP9 and AV1: the plain size
	// DisplayArea is right in Right and Bottom only: Left and Top are 0 even when
	// the stream crops there.
	DisplayArea            Rect
	ChromaFormat           ChromaFormat
	Bitrate                uint32      // bits a second; 0 unknown
	DisplayAspectRatio     AspectRatio // of the picture, not of a sample; 0:0 unknown
	VideoSignalDescription VideoSignal
	SeqhdrDataLength       uint32 // bytes in VideoFormatEx.RawSequenceHeader
}

// A FrameRate is in frames a second.
type FrameRate struct {
	_           structs.HostLayout
	Numerator   uint32
	Denominator uint32
}

// A Rect is in samples; right and bottom are outside.
type Rect struct {
	_                        structs.HostLayout
	Left, Top, Right, Bottom int32
}

// An AspectRatio is width to height.
type AspectRatio struct {
	_    structs.HostLayout
	X, Y int32
}

// A VideoSignal holds the colour description, in the code points of ISO/IEC
// 23091-2, where 2 is unspecified. All zero for VP8, VP9 and MPEG-2.
type VideoSignal struct {
	_                       structs.HostLayout
	Bits                    uint8 // bits 0 to 2 video_format, bit 3 full range
	ColorPrimaries          uint8
	TransferCharacteristics uint8
	MatrixCoefficients      uint8
}

// VideoFormat is the source of the video: 5 unspecified.
func (s *VideoSignal) VideoFormat() int { return int(s.Bits & 7) }

// FullRange tells full-range samples from limited ones.
func (s *VideoSignal) FullRange() bool { return s.Bits&8 != 0 }

// A VideoFormatEx is a VideoFormat with the sequence header. Source:
// CUVIDEOFORMATEX, nvcuvid.h.
type VideoFormatEx struct {
	_                 structs.HostLayout
	Format            VideoFormat
	RawSequenceHeader [1024]uint8 // Format.SeqhdrDataLength of them are valid
}

// AV1 returns the header of an AV1 sequence.
func (f *VideoFormatEx) AV1() *AV1SequenceHeader {
	return (*AV1SequenceHeader)(unsafe.Pointer(&f.RawSequenceHeader))
}

// An AV1SequenceHeader is in VideoFormatEx. Source: CUVIDAV1SEQHDR, nvcuvid.h.
type AV1SequenceHeader struct {
	_         structs.HostLayout
	MaxWidth  uint32
	MaxHeight uint32
	_         [1016]uint8
}

// An OperatingPointInfo lists the operating points of an AV1 sequence. Source:
// CUVIDOPERATINGPOINTINFO, nvcuvid.h.
type OperatingPointInfo struct {
	_     structs.HostLayout
	Codec Codec
	AV1   AV1OperatingPoints
}

// AV1OperatingPoints is the union of OperatingPointInfo.
type AV1OperatingPoints struct {
	_     structs.HostLayout
	Count uint8
	_     [3]uint8
	IDC   [32]uint16
	_     [956]uint8
}

// A SourceDataPacket is a piece of bit stream. Source: CUVIDSOURCEDATAPACKET,
// nvcuvid.h.
type SourceDataPacket struct {
	_           structs.HostLayout
	Flags       abi.CLong      // PacketFlags
	PayloadSize abi.CLong      // bytes
	Payload     unsafe.Pointer // Go or C memory, read during the call only; must not be nil with a size
	Timestamp   int64          // valid with PacketTimestamp, passed through unchanged
}

// SetPayload sets the data. It is kept alive by the packet, not copied.
func (p *SourceDataPacket) SetPayload(b []byte) {
	p.Payload, p.PayloadSize = nil, abi.CLong(len(b))
	if len(b) > 0 {
		p.Payload = unsafe.Pointer(&b[0])
	}
}

// A ParserDispInfo names a picture to show. Source: CUVIDPARSERDISPINFO, nvcuvid.h.
type ParserDispInfo struct {
	_                structs.HostLayout
	PictureIndex     int32 // decode surface
	ProgressiveFrame int32
	TopFieldFirst    int32
	RepeatFirstField int32 // number of extra fields; -1 for an unpaired field
	Timestamp        int64
}

// ParserParams are the settings of a parser. Source: CUVIDPARSERPARAMS, nvcuvid.h.
type ParserParams struct {
	_                    structs.HostLayout
	CodecType            Codec
	MaxNumDecodeSurfaces uint32 // the sequence callback's result replaces it; give 1
	ClockRate            uint32 // units a second of invented timestamps; 0 means 10 MHz
	ErrorThreshold       uint32 // 0 to 100, percent of errors that a shown picture may have
	MaxDisplayDelay      uint32 // pictures of delay beyond the stream's reordering
	Bits                 uint32 // bit 0 AV1 Annex B, bit 1 prefer low surface indices
	_                    [4]uint32
	// CreateParser fills the callbacks and their user data.
	UserData          abi.Handle
	SequenceCallback  uintptr
	DecodePicture     uintptr
	DisplayPicture    uintptr
	GetOperatingPoint uintptr
	GetSEIMsg         uintptr
	_                 [5]uintptr
	ExtVideoInfo      *VideoFormatEx // sequence header known beforehand, up to 1024 bytes; may be nil
}
