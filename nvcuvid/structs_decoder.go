package nvcuvid

import (
	"structs"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// Caps is a question about the decoder and its answer. Source: CUVIDDECODECAPS,
// cuviddec.h.
type Caps struct {
	_ structs.HostLayout
	// The question.
	CodecType      Codec
	ChromaFormat   ChromaFormat
	BitDepthMinus8 uint32
	_              [3]uint32
	// The answer.
	IsSupported          uint8
	NumNVDECs            uint8
	OutputFormatMask     uint16 // bit n: SurfaceFormat(n)
	MaxWidth             uint32
	MaxHeight            uint32
	MaxMBCount           uint32 // macroblocks of 16x16 in a picture
	MinWidth             uint16
	MinHeight            uint16
	IsHistogramSupported uint8
	CounterBitDepth      uint8
	MaxHistogramBins     uint16
	_                    [10]uint32
}

// A ShortRect is in samples; right and bottom are outside.
type ShortRect struct {
	_                        structs.HostLayout
	Left, Top, Right, Bottom int16
}

// A DecodeCreateInfo says what a decoder is for. Source: CUVIDDECODECREATEINFO,
// cuviddec.h.
type DecodeCreateInfo struct {
	_                 structs.HostLayout
	Width             abi.CLong // coded
	Height            abi.CLong
	NumDecodeSurfaces abi.CLong // 1 to 32
	CodecType         Codec
	ChromaFormat      ChromaFormat
	CreationFlags     abi.CLong
	BitDepthMinus8    abi.CLong
	IntraDecodeOnly   abi.CLong
	MaxWidth          abi.CLong // bounds later reconfigurations, and takes the memory for it
	MaxHeight         abi.CLong
	_                 abi.CLong
	DisplayArea       ShortRect // part of the picture that is put out
	OutputFormat      SurfaceFormat
	DeinterlaceMode   DeinterlaceMode
	TargetWidth       abi.CLong // the part is scaled to this size
	TargetHeight      abi.CLong
	NumOutputSurfaces abi.CLong // 0 to 64 pictures mapped at a time
	VidLock           uintptr   // CtxLock; 0 when the context is current in every call
	TargetRect        ShortRect // inside the target size; all zero is the whole
	EnableHistogram   abi.CLong
	_                 [4]abi.CLong
}

// ReconfigureDecoderInfo is what a decoder can change without being made again.
// Source: CUVIDRECONFIGUREDECODERINFO, cuviddec.h.
type ReconfigureDecoderInfo struct {
	_                 structs.HostLayout
	Width             uint32 // coded, up to MaxWidth and MaxHeight
	Height            uint32
	TargetWidth       uint32
	TargetHeight      uint32
	NumDecodeSurfaces uint32
	_                 [12]uint32
	DisplayArea       ShortRect
	TargetRect        ShortRect
	_                 [11]uint32
}

// PicParams describes a picture to decode. The parser fills it; it is C memory.
// Source: CUVIDPICPARAMS, cuviddec.h.
type PicParams struct {
	_                structs.HostLayout
	PicWidthInMbs    int32
	FrameHeightInMbs int32
	CurrPicIdx       int32 // decode surface
	FieldPicFlag     int32
	BottomFieldFlag  int32
	SecondField      int32
	BitstreamDataLen uint32
	BitstreamData    uintptr
	NumSlices        uint32
	SliceDataOffsets uintptr
	RefPicFlag       int32 // other pictures may refer to it
	IntraPicFlag     int32
	_                [30]uint32
	CodecSpecific    [512]uint64 // union; the methods give its members
}

// MPEG2 returns the parameters of an MPEG-1 or MPEG-2 picture.
func (p *PicParams) MPEG2() *MPEG2PicParams {
	return (*MPEG2PicParams)(unsafe.Pointer(&p.CodecSpecific))
}

// H264 returns the parameters of an H.264 picture.
func (p *PicParams) H264() *H264PicParams { return (*H264PicParams)(unsafe.Pointer(&p.CodecSpecific)) }

// VC1 returns the parameters of a VC-1 picture.
func (p *PicParams) VC1() *VC1PicParams { return (*VC1PicParams)(unsafe.Pointer(&p.CodecSpecific)) }

// MPEG4 returns the parameters of an MPEG-4 Part 2 picture.
func (p *PicParams) MPEG4() *MPEG4PicParams {
	return (*MPEG4PicParams)(unsafe.Pointer(&p.CodecSpecific))
}

// JPEG returns the parameters of a JPEG picture.
func (p *PicParams) JPEG() *JPEGPicParams { return (*JPEGPicParams)(unsafe.Pointer(&p.CodecSpecific)) }

// HEVC returns the parameters of an HEVC picture.
func (p *PicParams) HEVC() *HEVCPicParams { return (*HEVCPicParams)(unsafe.Pointer(&p.CodecSpecific)) }

// VP8 returns the parameters of a VP8 picture.
func (p *PicParams) VP8() *VP8PicParams { return (*VP8PicParams)(unsafe.Pointer(&p.CodecSpecific)) }

// VP9 returns the parameters of a VP9 picture.
func (p *PicParams) VP9() *VP9PicParams { return (*VP9PicParams)(unsafe.Pointer(&p.CodecSpecific)) }

// AV1 returns the parameters of an AV1 picture.
func (p *PicParams) AV1() *AV1PicParams { return (*AV1PicParams)(unsafe.Pointer(&p.CodecSpecific)) }

// ProcParams say how a picture is mapped. Source: CUVIDPROCPARAMS, cuviddec.h.
type ProcParams struct {
	_                structs.HostLayout
	ProgressiveFrame int32
	SecondField      int32 // of a field-rate output; frame-rate output: RepeatFirstField + 1
	TopFieldFirst    int32
	UnpairedField    int32
	_                [2]uint32
	RawInputDptr     uint64
	RawInputPitch    uint32
	RawInputFormat   uint32
	RawOutputDptr    uint64
	RawOutputPitch   uint32
	_                uint32
	OutputStream     uintptr // CUstream that the post-processing is queued in; 0 is the legacy stream
	_                [46]uint32
	HistogramDptr    uintptr
	_                [1]uintptr
}

// getDecodeStatus. Source: CUVIDGETDECODESTATUS, cuviddec.h.
type getDecodeStatus struct {
	_            structs.HostLayout
	DecodeStatus DecodeStatus
	_            [31]uint32
	_            [8]uintptr
}
