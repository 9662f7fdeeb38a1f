package nvenc

import (
	"structs"
	"unsafe"
)

// PicParams are for one picture to code. What its pointers lead to is used until
// EncodePicture returns. Source: NV_ENC_PIC_PARAMS, nvEncodeAPI.h.
type PicParams struct {
	_                    structs.HostLayout
	version              uint32
	InputWidth           uint32
	InputHeight          uint32
	InputPitch           uint32
	EncodePicFlags       PicFlags
	FrameIdx             uint32
	InputTimeStamp       uint64 // handed through to the output
	InputDuration        uint64 // likewise
	InputBuffer          InputPtr
	OutputBitstream      OutputPtr
	CompletionEvent      uintptr
	BufferFmt            BufferFormat
	PictureStruct        PicStruct
	PictureType          PicType // when EnablePTD is 0
	CodecPicParams       CodecPicParams
	MEHintCountsPerBlock [2]ExternalMEHintCounts
	MEExternalHints      *ExternalMEHint
	_                    [7]uint32
	_                    [2]uintptr
	QPDeltaMap           *int8 // a byte a block of 16x16 (H.264), 32x32 (HEVC) or 64x64 (AV1), in raster order
	QPDeltaMapSize       uint32
	_                    uint32
	MEHintRefPicDist     [2]uint16
	DiffPicNumHint       int32 // from 13.1 on
	AlphaBuffer          InputPtr
	MEExternalSBHints    *ExternalMESBHint // from 12.0 on
	MESBHintsCount       uint32
	StateBufferIdx       uint32    // from 12.1 on
	OutputReconBuffer    OutputPtr // from 12.1 on
	_                    [284]uint32
	_                    [57]uintptr
}

// CodecPicParams is a union; its methods give the members. Source:
// NV_ENC_CODEC_PIC_PARAMS, nvEncodeAPI.h.
type CodecPicParams struct {
	_    structs.HostLayout
	Data [193]uint64
}

// PicParamsH264 is the part of PicParams that is for H.264. Source:
// NV_ENC_PIC_PARAMS_H264, nvEncodeAPI.h.
type PicParamsH264 struct {
	_                             structs.HostLayout
	DisplayPOCSyntax              uint32
	_                             uint32
	RefPicFlag                    uint32
	ColourPlaneID                 uint32
	ForceIntraRefreshWithFrameCnt uint32
	Flags                         PicFlagsH264
	SliceTypeData                 uintptr
	SliceTypeArrayCnt             uint32
	SEIPayloadArrayCnt            uint32
	SEIPayloadArray               uintptr
	SliceMode                     uint32
	SliceModeData                 uint32
	LTRMarkFrameIdx               uint32
	LTRUseFrameBitmap             uint32
	LTRUsageMode                  uint32
	ForceIntraSliceCount          uint32
	ForceIntraSliceIdx            uintptr
	ExtPicParams                  PicParamsH264Ext
	TimeCode                      TimeCode
	_                             [202]uint32
	_                             [61]uintptr
}

// PicParamsH264Ext is a union with one member. Source: NV_ENC_PIC_PARAMS_H264_EXT,
// nvEncodeAPI.h.
type PicParamsH264Ext struct {
	_    structs.HostLayout
	Data [16]uint64
}

// PicParamsMVC is for stereo streams. Source: NV_ENC_PIC_PARAMS_MVC, nvEncodeAPI.h.
type PicParamsMVC struct {
	_          structs.HostLayout
	version    uint32
	ViewID     uint32
	TemporalID uint32
	PriorityID uint32
	_          [12]uint32
	_          [8]uintptr
}

// PicParamsHEVC is the part of PicParams that is for HEVC. Addresses are those of
// an Array. Source: NV_ENC_PIC_PARAMS_HEVC, nvEncodeAPI.h.
type PicParamsHEVC struct {
	_                             structs.HostLayout
	DisplayPOCSyntax              uint32
	RefPicFlag                    uint32
	TemporalID                    uint32
	ForceIntraRefreshWithFrameCnt uint32
	Flags                         PicFlagsHEVC
	_                             uint32
	SliceTypeData                 uintptr
	SliceTypeArrayCnt             uint32
	SliceMode                     uint32
	SliceModeData                 uint32
	LTRMarkFrameIdx               uint32
	LTRUseFrameBitmap             uint32
	LTRUsageMode                  uint32
	SEIPayloadArrayCnt            uint32
	_                             uint32
	SEIPayloadArray               uintptr
	TimeCode                      TimeCode
	NumTemporalLayers             uint32
	ViewID                        uint32
	ReferenceDisplayInfo3D        uintptr
	MaxCLL                        uintptr
	MasteringDisplay              uintptr
	_                             [234]uint32
	_                             [58]uintptr
}

// PicParamsAV1 is the part of PicParams that is for AV1. Addresses are those of an
// Array. Source: NV_ENC_PIC_PARAMS_AV1, nvEncodeAPI.h.
type PicParamsAV1 struct {
	_                             structs.HostLayout
	DisplayPOCSyntax              uint32
	RefPicFlag                    uint32
	TemporalID                    uint32
	ForceIntraRefreshWithFrameCnt uint32
	Flags                         PicFlagsAV1
	NumTileColumns                uint32
	NumTileRows                   uint32
	_                             uint32
	TileWidths                    uintptr
	TileHeights                   uintptr
	OBUPayloadArrayCnt            uint32
	_                             uint32
	OBUPayloadArray               uintptr
	FilmGrainParams               uintptr
	LTRMarkFrameIdx               uint32
	LTRUseFrameBitmap             uint32
	NumTemporalLayers             uint32
	_                             uint32
	MaxCLL                        uintptr
	MasteringDisplay              uintptr
	_                             [242]uint32
	_                             [59]uintptr
}

// SEIPayload is an SEI message, or an AV1 metadata OBU. Source: NV_ENC_SEI_PAYLOAD,
// nvEncodeAPI.h.
type SEIPayload struct {
	_           structs.HostLayout
	PayloadSize uint32
	PayloadType uint32 // of SEI, or metadata_type of AV1
	Payload     *uint8
}

// TimeCode is a picture's time code. Source: NV_ENC_TIME_CODE, nvEncodeAPI.h.
type TimeCode struct {
	_                           structs.HostLayout
	DisplayPicStruct            DisplayPicStruct
	ClockTimestamp              [3]ClockTimestampSet
	SkipClockTimestampInsertion uint32
}

// ClockTimestampSet is one clock time of a time code. Source:
// NV_ENC_CLOCK_TIMESTAMP_SET, nvEncodeAPI.h.
type ClockTimestampSet struct {
	_          structs.HostLayout
	Bits       TimestampBits
	TimeOffset uint32
}

// FilmGrainParamsAV1 describes film grain that an AV1 decoder adds. Source:
// NV_ENC_FILM_GRAIN_PARAMS_AV1, nvEncodeAPI.h.
type FilmGrainParamsAV1 struct {
	_                 structs.HostLayout
	Flags             FilmGrainFlags
	PointYValue       [14]uint8
	PointYScaling     [14]uint8
	PointCbValue      [10]uint8
	PointCbScaling    [10]uint8
	PointCrValue      [10]uint8
	PointCrScaling    [10]uint8
	ArCoeffsYPlus128  [24]uint8
	ArCoeffsCbPlus128 [25]uint8
	ArCoeffsCrPlus128 [25]uint8
	_                 [2]uint8
	CbMult            uint8
	CbLumaMult        uint8
	CbOffset          uint16
	CrMult            uint8
	CrLumaMult        uint8
	CrOffset          uint16
}

// ChromaPoint is a colour, in units of 0.00002. Source: CHROMA_POINTS,
// nvEncodeAPI.h.
type ChromaPoint struct {
	_ structs.HostLayout
	X uint16
	Y uint16
}

// MasteringDisplayInfo describes the display that a video was graded on. Luminance
// is in units of 0.0001 cd/m2. Source: MASTERING_DISPLAY_INFO, nvEncodeAPI.h.
type MasteringDisplayInfo struct {
	_          structs.HostLayout
	G          ChromaPoint
	B          ChromaPoint
	R          ChromaPoint
	WhitePoint ChromaPoint
	MaxLuma    uint32
	MinLuma    uint32
}

// ContentLightLevel is the light of the content, in cd/m2. Source:
// CONTENT_LIGHT_LEVEL, nvEncodeAPI.h.
type ContentLightLevel struct {
	_                       structs.HostLayout
	MaxContentLightLevel    uint16
	MaxPicAverageLightLevel uint16
}

// HEVC3DReferenceDisplayInfo is for the SEI message of that name, in multiview
// streams. Source: HEVC_3D_REFERENCE_DISPLAY_INFO, nvEncodeAPI.h.
type HEVC3DReferenceDisplayInfo struct {
	_                          structs.HostLayout
	Flags                      ReferenceDisplayFlags
	PrecRefDisplayWidth        int32
	PrecRefViewingDist         int32
	NumRefDisplaysMinus1       int32
	LeftViewId                 [32]int32
	RightViewId                [32]int32
	ExponentRefDisplayWidth    [32]int32
	MantissaRefDisplayWidth    [32]int32
	ExponentRefViewingDistance [32]int32
	MantissaRefViewingDistance [32]int32
	NumSampleShiftPlus512      [32]int32
	AdditionalShiftPresentFlag [32]uint8
	_                          [4]uint32
}

// H264 is the member for H.264.
func (c *CodecPicParams) H264() *PicParamsH264 { return (*PicParamsH264)(unsafe.Pointer(c)) }

// HEVC is the member for HEVC.
func (c *CodecPicParams) HEVC() *PicParamsHEVC { return (*PicParamsHEVC)(unsafe.Pointer(c)) }

// AV1 is the member for AV1.
func (c *CodecPicParams) AV1() *PicParamsAV1 { return (*PicParamsAV1)(unsafe.Pointer(c)) }

// MVC is the only member.
func (e *PicParamsH264Ext) MVC() *PicParamsMVC { return (*PicParamsMVC)(unsafe.Pointer(e)) }
