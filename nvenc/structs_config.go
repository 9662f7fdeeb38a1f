package nvenc

import (
	"structs"
	"unsafe"
)

// InitializeParams says what a session codes. Source: NV_ENC_INITIALIZE_PARAMS,
// nvEncodeAPI.h.
type InitializeParams struct {
	_                       structs.HostLayout
	version                 uint32
	EncodeGUID              GUID
	PresetGUID              GUID
	EncodeWidth             uint32
	EncodeHeight            uint32
	DARWidth                uint32 // display aspect ratio
	DARHeight               uint32
	FrameRateNum            uint32
	FrameRateDen            uint32
	EnableEncodeAsync       uint32 // Windows alone
	EnablePTD               uint32 // 1: the driver decides the picture types
	Flags                   InitializeFlags
	PrivDataSize            uint32
	_                       uint32
	PrivData                uintptr
	EncodeConfig            *Config // nil is the preset's
	MaxEncodeWidth          uint32  // bound of a later reconfiguration; 0 is the size
	MaxEncodeHeight         uint32
	MaxMEHintCountsPerBlock [2]ExternalMEHintCounts
	TuningInfo              TuningInfo
	BufferFormat            BufferFormat     // D3D12 alone
	NumStateBuffers         uint32           // from 12.1 on
	OutputStatsLevel        OutputStatsLevel // from 12.1 on
	_                       [284]uint32
	_                       [64]uintptr
}

// ReconfigureParams changes a running session. Source: NV_ENC_RECONFIGURE_PARAMS,
// nvEncodeAPI.h.
type ReconfigureParams struct {
	_                  structs.HostLayout
	version            uint32
	_                  uint32
	ReInitEncodeParams InitializeParams
	Flags              ReconfigureFlags
	_                  uint32
}

// PresetConfig is what the driver recommends for a preset. Source:
// NV_ENC_PRESET_CONFIG, nvEncodeAPI.h.
type PresetConfig struct {
	_         structs.HostLayout
	version   uint32
	_         uint32
	PresetCfg Config
	_         [256]uint32
	_         [64]uintptr
}

// Config is how a session codes. Take a preset's and change what is to be
// different. Source: NV_ENC_CONFIG, nvEncodeAPI.h.
type Config struct {
	_                  structs.HostLayout
	version            uint32
	ProfileGUID        GUID
	GOPLength          uint32 // pictures from one I picture to the next; InfiniteGOPLength
	FrameIntervalP     int32  // 0 is all intra, 1 no B-frames, n has n-1 of them between references
	MonoChromeEncoding uint32
	FrameFieldMode     FrameFieldMode
	MVPrecision        MVPrecision
	RCParams           RCParams
	EncodeCodecConfig  CodecConfig
	_                  [278]uint32
	_                  [64]uintptr
}

// QP is a quantiser for each picture type. Source: NV_ENC_QP, nvEncodeAPI.h.
type QP struct {
	_      structs.HostLayout
	InterP uint32
	InterB uint32
	Intra  uint32
}

// RCParams steer the size of the stream. Rates are in bits a second, buffers in
// bits. Source: NV_ENC_RC_PARAMS, nvEncodeAPI.h.
type RCParams struct {
	_                      structs.HostLayout
	version                uint32
	RateControlMode        RCMode
	ConstQP                QP
	AverageBitRate         uint32 // 0 with TargetQuality
	MaxBitRate             uint32 // VBR; 0 is the driver's choice
	VBVBufferSize          uint32 // 0 is the driver's choice
	VBVInitialDelay        uint32 // fill at the start; 0 is the driver's choice
	Flags                  RCFlags
	MinQP                  QP
	MaxQP                  QP
	InitialRCQP            QP
	TemporalLayerIdxMask   uint32
	TemporalLayerQP        [8]uint8
	TargetQuality          uint8  // 0 (off), or 1 (best) to 51; VBR
	TargetQualityLSB       uint8  // of 1/256
	LookaheadDepth         uint16 // pictures; up to 31 minus the B-frames
	LowDelayKeyFrameScale  uint8
	YDcQPIndexOffset       int8 // AV1
	UDcQPIndexOffset       int8
	VDcQPIndexOffset       int8
	QPMapMode              QPMapMode
	MultiPass              MultiPass
	AlphaLayerBitrateRatio uint32
	CbQPIndexOffset        int8
	CrQPIndexOffset        int8
	_                      uint16
	LookaheadLevel         LookaheadLevel // from 12.2 on
	ViewBitrateRatios      [7]uint8       // from 13.0 on
	_                      uint8
	_                      uint32
}

// CodecConfig is a union; its methods give the members. Source:
// NV_ENC_CODEC_CONFIG, nvEncodeAPI.h.
type CodecConfig struct {
	_    structs.HostLayout
	Data [224]uint64
}

// ConfigH264 is the part of a Config that is for H.264. Source: NV_ENC_CONFIG_H264,
// nvEncodeAPI.h.
type ConfigH264 struct {
	_                          structs.HostLayout
	Flags                      H264Flags
	Level                      uint32
	IDRPeriod                  uint32
	SeparateColourPlaneFlag    uint32
	DisableDeblockingFilterIDC uint32
	NumTemporalLayers          uint32
	SPSID                      uint32
	PPSID                      uint32
	AdaptiveTransformMode      H264AdaptiveTransformMode
	FMOMode                    H264FMOMode
	BDirectMode                H264BDirectMode
	EntropyCodingMode          H264EntropyCodingMode
	StereoMode                 StereoPackingMode
	IntraRefreshPeriod         uint32
	IntraRefreshCnt            uint32
	MaxNumRefFrames            uint32
	SliceMode                  uint32 // 0 macroblocks, 1 bytes, 2 rows, 3 number of slices
	SliceModeData              uint32
	VUI                        VUIParameters
	LTRNumFrames               uint32
	LTRTrustMode               uint32
	ChromaFormatIDC            uint32
	MaxTemporalLayers          uint32
	UseBFramesAsRef            BFrameRefMode
	NumRefL0                   NumRefFrames
	NumRefL1                   NumRefFrames
	OutputBitDepth             BitDepth // from 12.2 on; before, only BitDepth8
	InputBitDepth              BitDepth
	TFLevel                    TemporalFilterLevel // from 13.0 on
	_                          [264]uint32
	_                          [64]uintptr
}

// ConfigHEVC is the part of a Config that is for HEVC. Source: NV_ENC_CONFIG_HEVC,
// nvEncodeAPI.h.
type ConfigHEVC struct {
	_                          structs.HostLayout
	Level                      uint32
	Tier                       uint32
	MinCUSize                  HEVCCUSize
	MaxCUSize                  HEVCCUSize
	Flags                      HEVCFlags
	IDRPeriod                  uint32
	IntraRefreshPeriod         uint32
	IntraRefreshCnt            uint32
	MaxNumRefFramesInDPB       uint32
	LTRNumFrames               uint32
	VPSID                      uint32
	SPSID                      uint32
	PPSID                      uint32
	SliceMode                  uint32 // 0 coding tree units, 1 bytes, 2 rows, 3 number of slices
	SliceModeData              uint32
	MaxTemporalLayersMinus1    uint32
	VUI                        VUIParameters
	LTRTrustMode               uint32
	UseBFramesAsRef            BFrameRefMode
	NumRefL0                   NumRefFrames
	NumRefL1                   NumRefFrames
	TFLevel                    TemporalFilterLevel // from 12.2 on
	DisableDeblockingFilterIDC uint32              // from 12.2 on
	OutputBitDepth             BitDepth            // BitDepth8 or BitDepth10; sent to versions before 12.2 in their way
	InputBitDepth              BitDepth
	NumTemporalLayers          uint32 // from 13.0 on
	NumViews                   uint32 // from 13.0 on
	_                          [208]uint32
	_                          [64]uintptr
}

// ConfigAV1 is the part of a Config that is for AV1. Addresses are those of an
// Array. Source: NV_ENC_CONFIG_AV1, nvEncodeAPI.h.
type ConfigAV1 struct {
	_                       structs.HostLayout
	Level                   uint32
	Tier                    uint32
	MinPartSize             AV1PartSize
	MaxPartSize             AV1PartSize
	Flags                   AV1Flags
	IDRPeriod               uint32
	IntraRefreshPeriod      uint32
	IntraRefreshCnt         uint32
	MaxNumRefFramesInDPB    uint32
	NumTileColumns          uint32
	NumTileRows             uint32
	_                       uint32
	TileWidths              uintptr
	TileHeights             uintptr
	MaxTemporalLayersMinus1 uint32
	ColorPrimaries          VUIColorPrimaries
	TransferCharacteristics VUITransferCharacteristic
	MatrixCoefficients      VUIMatrixCoeffs
	ColorRange              uint32
	ChromaSamplePosition    uint32
	UseBFramesAsRef         BFrameRefMode
	FilmGrainParams         uintptr
	NumFwdRefs              NumRefFrames
	NumBwdRefs              NumRefFrames
	OutputBitDepth          BitDepth // BitDepth8 or BitDepth10; sent to versions before 12.2 in their way
	InputBitDepth           BitDepth
	LTRNumFrames            uint32              // from 13.0 on
	NumTemporalLayers       uint32              // from 13.0 on
	TFLevel                 TemporalFilterLevel // from 13.0 on
	_                       [230]uint32
	_                       [62]uintptr
}

// VUIParameters are for the headers of H.264 and HEVC streams: colour, timing.
// Source: NV_ENC_CONFIG_H264_VUI_PARAMETERS, nvEncodeAPI.h.
type VUIParameters struct {
	_                            structs.HostLayout
	OverscanInfoPresentFlag      uint32
	OverscanInfo                 uint32
	VideoSignalTypePresentFlag   uint32
	VideoFormat                  VUIVideoFormat
	VideoFullRangeFlag           uint32
	ColourDescriptionPresentFlag uint32
	ColourPrimaries              VUIColorPrimaries
	TransferCharacteristics      VUITransferCharacteristic
	ColourMatrix                 VUIMatrixCoeffs
	ChromaSampleLocationFlag     uint32
	ChromaSampleLocationTop      uint32
	ChromaSampleLocationBot      uint32
	BitstreamRestrictionFlag     uint32
	TimingInfoPresentFlag        uint32
	NumUnitInTicks               uint32
	TimeScale                    uint32
	_                            [12]uint32
}

// H264 is the member for H.264.
func (c *CodecConfig) H264() *ConfigH264 { return (*ConfigH264)(unsafe.Pointer(c)) }

// HEVC is the member for HEVC.
func (c *CodecConfig) HEVC() *ConfigHEVC { return (*ConfigHEVC)(unsafe.Pointer(c)) }

// AV1 is the member for AV1.
func (c *CodecConfig) AV1() *ConfigAV1 { return (*ConfigAV1)(unsafe.Pointer(c)) }

// H264MEOnly is the member for motion estimation in the manner of H.264.
func (c *CodecConfig) H264MEOnly() *ConfigH264MEOnly { return (*ConfigH264MEOnly)(unsafe.Pointer(c)) }

// HEVCMEOnly is the member for motion estimation in the manner of HEVC.
func (c *CodecConfig) HEVCMEOnly() *ConfigHEVCMEOnly { return (*ConfigHEVCMEOnly)(unsafe.Pointer(c)) }
