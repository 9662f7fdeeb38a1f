package nvenc

import (
	"structs"
)

// functionList is the table of functions that NvEncodeAPICreateInstance fills.
// Source: NV_ENCODE_API_FUNCTION_LIST, nvEncodeAPI.h.
type functionList struct {
	_                              structs.HostLayout
	version                        uint32
	_                              uint32
	nvEncOpenEncodeSession         uintptr
	nvEncGetEncodeGUIDCount        uintptr
	nvEncGetEncodeProfileGUIDCount uintptr
	nvEncGetEncodeProfileGUIDs     uintptr
	nvEncGetEncodeGUIDs            uintptr
	nvEncGetInputFormatCount       uintptr
	nvEncGetInputFormats           uintptr
	nvEncGetEncodeCaps             uintptr
	nvEncGetEncodePresetCount      uintptr
	nvEncGetEncodePresetGUIDs      uintptr
	nvEncGetEncodePresetConfig     uintptr
	nvEncInitializeEncoder         uintptr
	nvEncCreateInputBuffer         uintptr
	nvEncDestroyInputBuffer        uintptr
	nvEncCreateBitstreamBuffer     uintptr
	nvEncDestroyBitstreamBuffer    uintptr
	nvEncEncodePicture             uintptr
	nvEncLockBitstream             uintptr
	nvEncUnlockBitstream           uintptr
	nvEncLockInputBuffer           uintptr
	nvEncUnlockInputBuffer         uintptr
	nvEncGetEncodeStats            uintptr
	nvEncGetSequenceParams         uintptr
	nvEncRegisterAsyncEvent        uintptr
	nvEncUnregisterAsyncEvent      uintptr
	nvEncMapInputResource          uintptr
	nvEncUnmapInputResource        uintptr
	nvEncDestroyEncoder            uintptr
	nvEncInvalidateRefFrames       uintptr
	nvEncOpenEncodeSessionEx       uintptr
	nvEncRegisterResource          uintptr
	nvEncUnregisterResource        uintptr
	nvEncReconfigureEncoder        uintptr
	_                              uintptr
	nvEncCreateMVBuffer            uintptr
	nvEncDestroyMVBuffer           uintptr
	nvEncRunMotionEstimationOnly   uintptr
	nvEncGetLastErrorString        uintptr
	nvEncSetIOCudaStreams          uintptr
	nvEncGetEncodePresetConfigEx   uintptr
	nvEncGetSequenceParamEx        uintptr
	nvEncRestoreEncoderState       uintptr
	nvEncLookaheadPicture          uintptr
	_                              [275]uintptr
}

// openEncodeSessionExParams says on what device a session works. Source:
// NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS, nvEncodeAPI.h.
type openEncodeSessionExParams struct {
	_          structs.HostLayout
	version    uint32
	DeviceType DeviceType
	Device     uintptr
	_          uintptr
	APIVersion uint32
	_          [253]uint32
	_          [64]uintptr
}

// capsParam is a question about a capability. Source: NV_ENC_CAPS_PARAM,
// nvEncodeAPI.h.
type capsParam struct {
	_           structs.HostLayout
	version     uint32
	CapsToQuery Cap
	_           [62]uint32
}

// CreateInputBuffer describes an input picture in memory of the driver. Source:
// NV_ENC_CREATE_INPUT_BUFFER, nvEncodeAPI.h.
type CreateInputBuffer struct {
	_            structs.HostLayout
	version      uint32
	Width        uint32
	Height       uint32
	MemoryHeap   MemoryHeap // deprecated
	BufferFmt    BufferFormat
	_            uint32
	InputBuffer  InputPtr // answer
	SysMemBuffer uintptr
	_            [58]uint32
	_            [63]uintptr
}

// CreateBitstreamBuffer describes a buffer for one coded picture; the driver
// chooses its size. Source: NV_ENC_CREATE_BITSTREAM_BUFFER, nvEncodeAPI.h.
type CreateBitstreamBuffer struct {
	_                  structs.HostLayout
	version            uint32
	Size               uint32     // deprecated
	MemoryHeap         MemoryHeap // deprecated
	_                  uint32
	BitstreamBuffer    OutputPtr // answer
	BitstreamBufferPtr uintptr
	_                  [58]uint32
	_                  [64]uintptr
}

// LockInputBuffer gives the host address of an input picture. Source:
// NV_ENC_LOCK_INPUT_BUFFER, nvEncodeAPI.h.
type LockInputBuffer struct {
	_             structs.HostLayout
	version       uint32
	Flags         LockInputFlags
	InputBuffer   InputPtr
	BufferDataPtr uintptr // answer: C memory
	Pitch         uint32  // answer: bytes
	_             [251]uint32
	_             [64]uintptr
}

// LockBitstream is a question for a coded picture and its answer. The bytes stay
// until UnlockBitstream. Source: NV_ENC_LOCK_BITSTREAM, nvEncodeAPI.h.
type LockBitstream struct {
	_                     structs.HostLayout
	version               uint32
	Flags                 LockFlags
	OutputBitstream       OutputPtr
	SliceOffsets          uintptr // 0, or the address of room for as many uint32 as slices: see Array
	FrameIdx              uint32
	HwEncodeStatus        uint32
	NumSlices             uint32
	BitstreamSizeInBytes  uint32
	OutputTimeStamp       uint64
	OutputDuration        uint64
	BitstreamBufferPtr    uintptr // C memory
	PictureType           PicType
	PictureStruct         PicStruct
	FrameAvgQP            uint32
	FrameSatd             uint32
	LTRFrameIdx           uint32
	LTRFrameBitmap        uint32
	TemporalID            uint32
	IntraMBCount          uint32
	InterMBCount          uint32
	AverageMVX            int32
	AverageMVY            int32
	AlphaLayerSizeInBytes uint32
	OutputStatsPtrSize    uint32
	_                     uint32
	OutputStatsPtr        uintptr // from 12.1 on
	FrameIdxDisplay       uint32  // from 12.1 on
	_                     [219]uint32
	_                     [63]uintptr
	_                     [8]uint32
}

// RegisterResource makes memory of CUDA known to a session. Planes lie one after
// the other: chroma begins at Pitch times Height, unless ChromaOffsetIn says
// otherwise, which needs API 13.0. Source: NV_ENC_REGISTER_RESOURCE, nvEncodeAPI.h.
type RegisterResource struct {
	_                  structs.HostLayout
	version            uint32
	ResourceType       InputResourceType
	Width              uint32
	Height             uint32
	Pitch              uint32 // bytes, a multiple of 4; of a CUarray its width in bytes
	SubResourceIndex   uint32
	ResourceToRegister uintptr       // a device pointer or a CUarray
	RegisteredResource RegisteredPtr // answer
	BufferFormat       BufferFormat
	BufferUsage        BufferUsage
	InputFencePoint    uintptr   // D3D12 alone
	ChromaOffset       [2]uint32 // answer for reconstructed pictures; from 12.1 on
	ChromaOffsetIn     [2]uint32 // from 13.0 on
	_                  [244]uint32
	_                  [61]uintptr
}

// MapInputResource makes a registered resource an input, or output, for one
// picture. Source: NV_ENC_MAP_INPUT_RESOURCE, nvEncodeAPI.h.
type MapInputResource struct {
	_                  structs.HostLayout
	version            uint32
	SubResourceIndex   uint32
	InputResource      uintptr // deprecated
	RegisteredResource RegisteredPtr
	MappedResource     InputPtr     // answer
	MappedBufferFmt    BufferFormat // answer
	_                  [251]uint32
	_                  [63]uintptr
}

// EventParams names an event for asynchronous encoding, which exists on Windows
// alone. Source: NV_ENC_EVENT_PARAMS, nvEncodeAPI.h.
type EventParams struct {
	_               structs.HostLayout
	version         uint32
	_               uint32
	CompletionEvent uintptr
	_               [254]uint32
	_               [64]uintptr
}

// sequenceParamPayload says where the headers of a stream go. Source:
// NV_ENC_SEQUENCE_PARAM_PAYLOAD, nvEncodeAPI.h.
type sequenceParamPayload struct {
	_                    structs.HostLayout
	version              uint32
	InBufferSize         uint32
	SPSID                uint32
	PPSID                uint32
	SPSPPSBuffer         uintptr
	OutSPSPPSPayloadSize uintptr
	_                    [250]uint32
	_                    [64]uintptr
}

// Stat is a question about a coded picture and its answer. Source: NV_ENC_STAT,
// nvEncodeAPI.h.
type Stat struct {
	_                   structs.HostLayout
	version             uint32
	_                   uint32
	OutputBitStream     OutputPtr
	BitStreamSize       uint32
	PicType             PicType
	LastValidByteOffset uint32
	SliceOffsets        [16]uint32
	PicIdx              uint32
	FrameAvgQP          uint32
	Flags               StatFlags
	LTRFrameIdx         uint32
	IntraMBCount        uint32
	InterMBCount        uint32
	AverageMVX          int32
	AverageMVY          int32
	_                   [227]uint32
	_                   [64]uintptr
}

// OutputStatsBlock is about a block of a coded picture. Source:
// NV_ENC_OUTPUT_STATS_BLOCK, nvEncodeAPI.h.
type OutputStatsBlock struct {
	_        structs.HostLayout
	version  uint32
	QP       uint8
	_        [3]uint8
	Bitcount uint32
	SatdCost uint32
	_        [12]uint32
}

// OutputStatsRow is about a row of blocks of a coded picture. Source:
// NV_ENC_OUTPUT_STATS_ROW, nvEncodeAPI.h.
type OutputStatsRow struct {
	_        structs.HostLayout
	version  uint32
	QP       uint8
	_        [3]uint8
	Bitcount uint32
	SatdCost uint32
	_        [12]uint32
}

// EncodeOutParams is in front of a coded picture that is left in device memory.
// Source: NV_ENC_ENCODE_OUT_PARAMS, nvEncodeAPI.h.
type EncodeOutParams struct {
	_                    structs.HostLayout
	version              uint32
	BitstreamSizeInBytes uint32
	_                    [62]uint32
}

// LookaheadPicParams gives the lookahead a picture that is coded later. Source:
// NV_ENC_LOOKAHEAD_PIC_PARAMS, nvEncodeAPI.h.
type LookaheadPicParams struct {
	_              structs.HostLayout
	version        uint32
	_              uint32
	InputBuffer    InputPtr
	PictureType    PicType
	BufferFmt      BufferFormat
	EncodePicFlags PicFlags
	_              [61]uint32
	_              [64]uintptr
}

// RestoreEncoderStateParams goes back to a saved state. Source:
// NV_ENC_RESTORE_ENCODER_STATE_PARAMS, nvEncodeAPI.h.
type RestoreEncoderStateParams struct {
	_               structs.HostLayout
	version         uint32
	BufferIdx       uint32
	State           StateRestoreType
	_               uint32
	OutputBitstream OutputPtr
	CompletionEvent uintptr
	_               [64]uint32
	_               [64]uintptr
}
