package nvcuvid

// A Codec is what a parser and a decoder work on. Source: cudaVideoCodec,
// cuviddec.h.
type Codec int32

// The codecs.
const (
	CodecMPEG1   Codec = 0
	CodecMPEG2   Codec = 1
	CodecMPEG4   Codec = 2
	CodecVC1     Codec = 3
	CodecH264    Codec = 4
	CodecJPEG    Codec = 5
	CodecH264SVC Codec = 6
	CodecH264MVC Codec = 7
	CodecHEVC    Codec = 8
	CodecVP8     Codec = 9
	CodecVP9     Codec = 10
	CodecAV1     Codec = 11
	NumCodecs    Codec = 12
)

// A ChromaFormat is how often chroma is sampled. Source: cudaVideoChromaFormat,
// cuviddec.h.
type ChromaFormat int32

// The chroma formats.
const (
	ChromaMonochrome ChromaFormat = 0
	Chroma420        ChromaFormat = 1
	Chroma422        ChromaFormat = 2
	Chroma444        ChromaFormat = 3
)

// A SurfaceFormat is the layout of a mapped picture. Formats of 16 bits hold the
// sample in the high bits. Source: cudaVideoSurfaceFormat, cuviddec.h.
type SurfaceFormat int32

// The surface formats.
const (
	SurfaceNV12       SurfaceFormat = 0 // 4:2:0, luma, then interleaved chroma
	SurfaceP016       SurfaceFormat = 1 // the same in 16 bits
	SurfaceYUV444     SurfaceFormat = 2 // 4:4:4, three planes
	SurfaceYUV444x16  SurfaceFormat = 3 // the same in 16 bits
	SurfaceNV16       SurfaceFormat = 4 // 4:2:2, luma, then interleaved chroma; 13.0 drivers
	SurfaceP216       SurfaceFormat = 5 // the same in 16 bits
	numSurfaceFormats               = 6
)

// A DeinterlaceMode is fixed when a decoder is made. Source:
// cudaVideoDeinterlaceMode, cuviddec.h.
type DeinterlaceMode int32

// The deinterlace modes.
const (
	DeinterlaceWeave    DeinterlaceMode = 0 // both fields as they are: bit-exact
	DeinterlaceBob      DeinterlaceMode = 1
	DeinterlaceAdaptive DeinterlaceMode = 2
)

// A DecodeStatus is how the decoding of a picture went. Source: cuvidDecodeStatus,
// cuviddec.h.
type DecodeStatus int32

// The decode statuses.
const (
	DecodeInvalid        DecodeStatus = 0
	DecodeInProgress     DecodeStatus = 1
	DecodeSuccess        DecodeStatus = 2
	DecodeError          DecodeStatus = 8
	DecodeErrorConcealed DecodeStatus = 9
)

// PacketFlags say what a packet means. Source: CUvideopacketflags, nvcuvid.h.
type PacketFlags uint32

// The packet flags.
const (
	PacketEndOfStream   PacketFlags = 0x01 // decode and show everything; the payload may be empty
	PacketTimestamp     PacketFlags = 0x02 // Timestamp is valid
	PacketDiscontinuity PacketFlags = 0x04 // forget references, after showing what is pending
	PacketEndOfPicture  PacketFlags = 0x08 // the packet ends a picture: do not wait for the next
	PacketNotifyEOS     PacketFlags = 0x10 // with EndOfStream: a last display callback with nil
)

// CreateFlags choose the engine of a decoder. Source: cudaVideoCreateFlags,
// cuviddec.h.
type CreateFlags uint32

// The creation flags.
const (
	CreateDefault     CreateFlags = 0
	CreatePreferCUDA  CreateFlags = 1
	CreatePreferDXVA  CreateFlags = 2
	CreatePreferCUVID CreateFlags = 4 // the decoder engine
)
