package nvenc

// A BitDepth is of samples. Source: NV_ENC_BIT_DEPTH, nvEncodeAPI.h.
type BitDepth uint32

// The values of BitDepth.
const (
	BitDepthInvalid BitDepth = 0
	BitDepth8       BitDepth = 8
	BitDepth10      BitDepth = 10
)

// A BufferFormat is the layout of input pictures. Source: NV_ENC_BUFFER_FORMAT,
// nvEncodeAPI.h.
type BufferFormat uint32

// The values of BufferFormat.
const (
	BufferFormatUndefined BufferFormat = 0
	BufferFormatNV12      BufferFormat = 1
	BufferFormatYV12      BufferFormat = 16
	BufferFormatIYUV      BufferFormat = 0x100
	BufferFormatYUV444    BufferFormat = 0x1000
	BufferFormatYUV420x10 BufferFormat = 0x10000
	BufferFormatYUV444x10 BufferFormat = 0x100000
	BufferFormatARGB      BufferFormat = 0x1000000
	BufferFormatARGB10    BufferFormat = 0x2000000
	BufferFormatAYUV      BufferFormat = 0x4000000
	BufferFormatABGR      BufferFormat = 0x10000000
	BufferFormatABGR10    BufferFormat = 0x20000000
	BufferFormatU8        BufferFormat = 0x40000000
	BufferFormatNV16      BufferFormat = 0x40000001 // from 13.0 on
	BufferFormatP210      BufferFormat = 0x40000002 // from 13.0 on
)

// A BufferUsage says what a registered resource is for. Source:
// NV_ENC_BUFFER_USAGE, nvEncodeAPI.h.
type BufferUsage uint32

// The values of BufferUsage.
const (
	UsageInputImage         BufferUsage = 0
	UsageOutputMotionVector BufferUsage = 1
	UsageOutputBitstream    BufferUsage = 2
	UsageOutputRecon        BufferUsage = 4 // from 12.1 on
)

// A Cap is a capability to ask for. Source: NV_ENC_CAPS, nvEncodeAPI.h.
type Cap uint32

// The values of Cap.
const (
	CapNumMaxBFrames               Cap = 0
	CapSupportedRateControlModes   Cap = 1
	CapSupportFieldEncoding        Cap = 2
	CapSupportMonochrome           Cap = 3
	CapSupportFMO                  Cap = 4
	CapSupportQpelMV               Cap = 5
	CapSupportBDirectMode          Cap = 6
	CapSupportCABAC                Cap = 7
	CapSupportAdaptiveTransform    Cap = 8
	CapSupportStereoMVC            Cap = 9
	CapNumMaxTemporalLayers        Cap = 10
	CapSupportHierarchicalPFrames  Cap = 11
	CapSupportHierarchicalBFrames  Cap = 12
	CapLevelMax                    Cap = 13
	CapLevelMin                    Cap = 14
	CapSeparateColourPlane         Cap = 15
	CapWidthMax                    Cap = 16
	CapHeightMax                   Cap = 17
	CapSupportTemporalSVC          Cap = 18
	CapSupportDynResChange         Cap = 19
	CapSupportDynBitrateChange     Cap = 20
	CapSupportDynForceConstQP      Cap = 21
	CapSupportDynRCModeChange      Cap = 22
	CapSupportSubframeReadback     Cap = 23
	CapSupportConstrainedEncoding  Cap = 24
	CapSupportIntraRefresh         Cap = 25
	CapSupportCustomVBVBufSize     Cap = 26
	CapSupportDynamicSliceMode     Cap = 27
	CapSupportRefPicInvalidation   Cap = 28
	CapPreprocSupport              Cap = 29
	CapAsyncEncodeSupport          Cap = 30
	CapMBNumMax                    Cap = 31
	CapMBPerSecMax                 Cap = 32
	CapSupportYUV444Encode         Cap = 33
	CapSupportLosslessEncode       Cap = 34
	CapSupportSAO                  Cap = 35
	CapSupportMEOnlyMode           Cap = 36
	CapSupportLookahead            Cap = 37
	CapSupportTemporalAQ           Cap = 38
	CapSupport10BitEncode          Cap = 39
	CapNumMaxLTRFrames             Cap = 40
	CapSupportWeightedPrediction   Cap = 41
	CapDynamicQueryEncoderCapacity Cap = 42
	CapSupportBFrameRefMode        Cap = 43
	CapSupportEmphasisLevelMap     Cap = 44
	CapWidthMin                    Cap = 45
	CapHeightMin                   Cap = 46
	CapSupportMultipleRefFrames    Cap = 47
	CapSupportAlphaLayerEncoding   Cap = 48
	CapNumEncoderEngines           Cap = 49
	CapSingleSliceIntraRefresh     Cap = 50
	CapDisableEncStateAdvance      Cap = 51 // from 12.1 on
	CapOutputReconSurface          Cap = 52 // from 12.1 on
	CapOutputBlockStats            Cap = 53 // from 12.1 on
	CapOutputRowStats              Cap = 54 // from 12.1 on
	CapSupportTemporalFilter       Cap = 55 // from 12.2 on
	CapSupportLookaheadLevel       Cap = 56 // from 12.2 on
	CapSupportUnidirectionalB      Cap = 57 // from 12.2 on
	CapSupportMVHEVCEncode         Cap = 58 // from 13.0 on
	CapSupportYUV422Encode         Cap = 59 // from 13.0 on
)

// A DeviceType says what a session's device is. Source: NV_ENC_DEVICE_TYPE,
// nvEncodeAPI.h.
type DeviceType uint32

// The values of DeviceType.
const (
	DeviceTypeDirectX DeviceType = 0
	DeviceTypeCUDA    DeviceType = 1
	DeviceTypeOpenGL  DeviceType = 2
)

// An InputResourceType says what is registered. Source: NV_ENC_INPUT_RESOURCE_TYPE,
// nvEncodeAPI.h.
type InputResourceType uint32

// The values of InputResourceType.
const (
	ResourceDirectX       InputResourceType = 0
	ResourceCUDADevicePtr InputResourceType = 1
	ResourceCUDAArray     InputResourceType = 2
	ResourceOpenGLTex     InputResourceType = 3
)

// A MemoryHeap is deprecated. Source: NV_ENC_MEMORY_HEAP, nvEncodeAPI.h.
type MemoryHeap uint32

// The values of MemoryHeap.
const (
	HeapAuto           MemoryHeap = 0
	HeapVid            MemoryHeap = 1
	HeapSysmemCached   MemoryHeap = 2
	HeapSysmemUncached MemoryHeap = 3
)

// A MultiPass says how often pictures are coded. Source: NV_ENC_MULTI_PASS,
// nvEncodeAPI.h.
type MultiPass uint32

// The values of MultiPass.
const (
	MultiPassDisabled MultiPass = 0
	MultiPassQuarter  MultiPass = 1
	MultiPassFull     MultiPass = 2
)

// A FrameFieldMode is frames or fields. Source: NV_ENC_PARAMS_FRAME_FIELD_MODE,
// nvEncodeAPI.h.
type FrameFieldMode uint32

// The values of FrameFieldMode.
const (
	ModeFrame FrameFieldMode = 1
	ModeField FrameFieldMode = 2
)

// A RCMode is a mode of rate control. Source: NV_ENC_PARAMS_RC_MODE, nvEncodeAPI.h.
type RCMode uint32

// The values of RCMode.
const (
	RCModeConstQP RCMode = 0
	RCModeVBR     RCMode = 1
	RCModeCBR     RCMode = 2
)

// PicFlags are wishes for a picture. Source: NV_ENC_PIC_FLAGS, nvEncodeAPI.h.
type PicFlags uint32

// The values of PicFlags.
const (
	PicFlagForceIntra             PicFlags = 0x1
	PicFlagForceIDR               PicFlags = 0x2
	PicFlagOutputSPSPPS           PicFlags = 0x4
	PicFlagEOS                    PicFlags = 0x8
	PicFlagDisableEncStateAdvance PicFlags = 0x10 // from 12.1 on
	PicFlagOutputReconFrame       PicFlags = 0x20 // from 12.1 on
	PicFlagPreQPDeltaMinQP        PicFlags = 0x40 // from 13.1 on
	PicFlagPreQPDeltaMaxQP        PicFlags = 0x80 // from 13.1 on
)

// A PicStruct is a frame or a pair of fields. Source: NV_ENC_PIC_STRUCT,
// nvEncodeAPI.h.
type PicStruct uint32

// The values of PicStruct.
const (
	PicStructFrame          PicStruct = 1
	PicStructFieldTopBottom PicStruct = 2
	PicStructFieldBottomTop PicStruct = 3
)

// A PicType is how a picture is coded. Source: NV_ENC_PIC_TYPE, nvEncodeAPI.h.
type PicType uint32

// The values of PicType.
const (
	PicTypeP            PicType = 0
	PicTypeB            PicType = 1
	PicTypeI            PicType = 2
	PicTypeIDR          PicType = 3
	PicTypeBI           PicType = 4
	PicTypeSkipped      PicType = 5
	PicTypeIntraRefresh PicType = 6
	PicTypeNonRefP      PicType = 7
	PicTypeSwitch       PicType = 8 // from 12.2 on
	PicTypeUnknown      PicType = 255
)

// A QPMapMode says what PicParams.QPDeltaMap holds. Source: NV_ENC_QP_MAP_MODE,
// nvEncodeAPI.h.
type QPMapMode uint32

// The values of QPMapMode.
const (
	QPMapDisabled QPMapMode = 0
	QPMapEmphasis QPMapMode = 1
	QPMapDelta    QPMapMode = 2
	QPMap         QPMapMode = 3
)

// A TuningInfo is what a preset is tuned for. Source: NV_ENC_TUNING_INFO,
// nvEncodeAPI.h.
type TuningInfo uint32

// The values of TuningInfo.
const (
	TuningUndefined        TuningInfo = 0
	TuningHighQuality      TuningInfo = 1
	TuningLowLatency       TuningInfo = 2
	TuningUltraLowLatency  TuningInfo = 3
	TuningLossless         TuningInfo = 4
	TuningUltraHighQuality TuningInfo = 5 // from 12.2 on
)
