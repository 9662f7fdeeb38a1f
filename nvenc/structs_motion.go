package nvenc

import (
	"structs"
)

// MEOnlyParams is a request for motion vectors between two pictures. Source:
// NV_ENC_MEONLY_PARAMS, nvEncodeAPI.h.
type MEOnlyParams struct {
	_                    structs.HostLayout
	version              uint32
	InputWidth           uint32
	InputHeight          uint32
	_                    uint32
	InputBuffer          InputPtr
	ReferenceFrame       InputPtr
	MVBuffer             OutputPtr
	_                    uint32
	BufferFmt            BufferFormat
	CompletionEvent      uintptr
	ViewID               uint32
	MEHintCountsPerBlock [2]ExternalMEHintCounts
	MEExternalHints      *ExternalMEHint
	_                    [241]uint32
	_                    [59]uintptr
}

// CreateMVBuffer describes a buffer for motion vectors. Source:
// NV_ENC_CREATE_MV_BUFFER, nvEncodeAPI.h.
type CreateMVBuffer struct {
	_        structs.HostLayout
	version  uint32
	_        uint32
	MVBuffer OutputPtr
	_        [254]uint32
	_        [63]uintptr
}

// ConfigH264MEOnly is the part of a Config that is for motion estimation alone.
// Source: NV_ENC_CONFIG_H264_MEONLY, nvEncodeAPI.h.
type ConfigH264MEOnly struct {
	_     structs.HostLayout
	Flags H264MEOnlyFlags
	_     [255]uint32
	_     [64]uintptr
}

// ConfigHEVCMEOnly is the part of a Config that is for motion estimation alone; it
// has no settings. Source: NV_ENC_CONFIG_HEVC_MEONLY, nvEncodeAPI.h.
type ConfigHEVCMEOnly struct {
	_ structs.HostLayout
	_ [256]uint32
	_ [64]uintptr
}

// MVector is a motion vector, in quarters of a sample. Source: NV_ENC_MVECTOR,
// nvEncodeAPI.h.
type MVector struct {
	_   structs.HostLayout
	MVX int16
	MVY int16
}

// H264MVData is the motion of a macroblock. Source: NV_ENC_H264_MV_DATA,
// nvEncodeAPI.h.
type H264MVData struct {
	_             structs.HostLayout
	MV            [4]MVector
	MBType        uint8
	PartitionType uint8
	_             uint16
	MBCost        uint32
}

// HEVCMVData is the motion of a coding unit. Source: NV_ENC_HEVC_MV_DATA,
// nvEncodeAPI.h.
type HEVCMVData struct {
	_             structs.HostLayout
	MV            [4]MVector
	CUType        uint8
	CUSize        uint8
	PartitionMode uint8
	LastCUInCTB   uint8
}

// ExternalMEHint is a motion vector that the encoder may try in H.264 and HEVC.
// Source: NVENC_EXTERNAL_ME_HINT, nvEncodeAPI.h.
type ExternalMEHint struct {
	_    structs.HostLayout
	Bits MEHintBits
}

// ExternalMEHintCounts is how many hints a block has. Source:
// NVENC_EXTERNAL_ME_HINT_COUNTS_PER_BLOCKTYPE, nvEncodeAPI.h.
type ExternalMEHintCounts struct {
	_    structs.HostLayout
	Bits MEHintCountBits
	_    [3]uint32
}

// ExternalMESBHint is a motion vector that the encoder may try in AV1. Source:
// NVENC_EXTERNAL_ME_SB_HINT, nvEncodeAPI.h.
type ExternalMESBHint struct {
	_     structs.HostLayout
	Bits0 MESBHintBits0
	Bits2 MESBHintBits2
	Bits4 MESBHintBits4
}

// Rect is a rectangle in samples. Source: NVENC_RECT, nvEncodeAPI.h.
type Rect struct {
	_      structs.HostLayout
	Left   uint32
	Top    uint32
	Right  uint32
	Bottom uint32
}
