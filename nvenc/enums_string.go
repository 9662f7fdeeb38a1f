package nvenc

import "strconv"

var bitDepthNames = map[BitDepth]string{
	BitDepthInvalid: "Invalid",
	BitDepth8:       "8",
	BitDepth10:      "10",
}

func (v BitDepth) String() string { return name(bitDepthNames, v, "BitDepth") }

var bufferFormatNames = map[BufferFormat]string{
	BufferFormatUndefined: "Undefined",
	BufferFormatNV12:      "NV12",
	BufferFormatYV12:      "YV12",
	BufferFormatIYUV:      "IYUV",
	BufferFormatYUV444:    "YUV444",
	BufferFormatYUV420x10: "YUV420x10",
	BufferFormatYUV444x10: "YUV444x10",
	BufferFormatARGB:      "ARGB",
	BufferFormatARGB10:    "ARGB10",
	BufferFormatAYUV:      "AYUV",
	BufferFormatABGR:      "ABGR",
	BufferFormatABGR10:    "ABGR10",
	BufferFormatU8:        "U8",
	BufferFormatNV16:      "NV16",
	BufferFormatP210:      "P210",
}

func (v BufferFormat) String() string { return name(bufferFormatNames, v, "BufferFormat") }

var bufferUsageNames = map[BufferUsage]string{
	UsageInputImage:         "InputImage",
	UsageOutputMotionVector: "OutputMotionVector",
	UsageOutputBitstream:    "OutputBitstream",
	UsageOutputRecon:        "OutputRecon",
}

func (v BufferUsage) String() string { return name(bufferUsageNames, v, "BufferUsage") }

var capNames = map[Cap]string{
	CapNumMaxBFrames:               "NumMaxBFrames",
	CapSupportedRateControlModes:   "SupportedRateControlModes",
	CapSupportFieldEncoding:        "SupportFieldEncoding",
	CapSupportMonochrome:           "SupportMonochrome",
	CapSupportFMO:                  "SupportFMO",
	CapSupportQpelMV:               "SupportQpelMV",
	CapSupportBDirectMode:          "SupportBDirectMode",
	CapSupportCABAC:                "SupportCABAC",
	CapSupportAdaptiveTransform:    "SupportAdaptiveTransform",
	CapSupportStereoMVC:            "SupportStereoMVC",
	CapNumMaxTemporalLayers:        "NumMaxTemporalLayers",
	CapSupportHierarchicalPFrames:  "SupportHierarchicalPFrames",
	CapSupportHierarchicalBFrames:  "SupportHierarchicalBFrames",
	CapLevelMax:                    "LevelMax",
	CapLevelMin:                    "LevelMin",
	CapSeparateColourPlane:         "SeparateColourPlane",
	CapWidthMax:                    "WidthMax",
	CapHeightMax:                   "HeightMax",
	CapSupportTemporalSVC:          "SupportTemporalSVC",
	CapSupportDynResChange:         "SupportDynResChange",
	CapSupportDynBitrateChange:     "SupportDynBitrateChange",
	CapSupportDynForceConstQP:      "SupportDynForceConstQP",
	CapSupportDynRCModeChange:      "SupportDynRCModeChange",
	CapSupportSubframeReadback:     "SupportSubframeReadback",
	CapSupportConstrainedEncoding:  "SupportConstrainedEncoding",
	CapSupportIntraRefresh:         "SupportIntraRefresh",
	CapSupportCustomVBVBufSize:     "SupportCustomVBVBufSize",
	CapSupportDynamicSliceMode:     "SupportDynamicSliceMode",
	CapSupportRefPicInvalidation:   "SupportRefPicInvalidation",
	CapPreprocSupport:              "PreprocSupport",
	CapAsyncEncodeSupport:          "AsyncEncodeSupport",
	CapMBNumMax:                    "MBNumMax",
	CapMBPerSecMax:                 "MBPerSecMax",
	CapSupportYUV444Encode:         "SupportYUV444Encode",
	CapSupportLosslessEncode:       "SupportLosslessEncode",
	CapSupportSAO:                  "SupportSAO",
	CapSupportMEOnlyMode:           "SupportMEOnlyMode",
	CapSupportLookahead:            "SupportLookahead",
	CapSupportTemporalAQ:           "SupportTemporalAQ",
	CapSupport10BitEncode:          "Support10BitEncode",
	CapNumMaxLTRFrames:             "NumMaxLTRFrames",
	CapSupportWeightedPrediction:   "SupportWeightedPrediction",
	CapDynamicQueryEncoderCapacity: "DynamicQueryEncoderCapacity",
	CapSupportBFrameRefMode:        "SupportBFrameRefMode",
	CapSupportEmphasisLevelMap:     "SupportEmphasisLevelMap",
	CapWidthMin:                    "WidthMin",
	CapHeightMin:                   "HeightMin",
	CapSupportMultipleRefFrames:    "SupportMultipleRefFrames",
	CapSupportAlphaLayerEncoding:   "SupportAlphaLayerEncoding",
	CapNumEncoderEngines:           "NumEncoderEngines",
	CapSingleSliceIntraRefresh:     "SingleSliceIntraRefresh",
	CapDisableEncStateAdvance:      "DisableEncStateAdvance",
	CapOutputReconSurface:          "OutputReconSurface",
	CapOutputBlockStats:            "OutputBlockStats",
	CapOutputRowStats:              "OutputRowStats",
	CapSupportTemporalFilter:       "SupportTemporalFilter",
	CapSupportLookaheadLevel:       "SupportLookaheadLevel",
	CapSupportUnidirectionalB:      "SupportUnidirectionalB",
	CapSupportMVHEVCEncode:         "SupportMVHEVCEncode",
	CapSupportYUV422Encode:         "SupportYUV422Encode",
}

func (v Cap) String() string { return name(capNames, v, "Cap") }

var deviceTypeNames = map[DeviceType]string{
	DeviceTypeDirectX: "DirectX",
	DeviceTypeCUDA:    "CUDA",
	DeviceTypeOpenGL:  "OpenGL",
}

func (v DeviceType) String() string { return name(deviceTypeNames, v, "DeviceType") }

var inputResourceTypeNames = map[InputResourceType]string{
	ResourceDirectX:       "DirectX",
	ResourceCUDADevicePtr: "CUDADevicePtr",
	ResourceCUDAArray:     "CUDAArray",
	ResourceOpenGLTex:     "OpenGLTex",
}

func (v InputResourceType) String() string {
	return name(inputResourceTypeNames, v, "InputResourceType")
}

var memoryHeapNames = map[MemoryHeap]string{
	HeapAuto:           "Auto",
	HeapVid:            "Vid",
	HeapSysmemCached:   "SysmemCached",
	HeapSysmemUncached: "SysmemUncached",
}

func (v MemoryHeap) String() string { return name(memoryHeapNames, v, "MemoryHeap") }

var multiPassNames = map[MultiPass]string{
	MultiPassDisabled: "Disabled",
	MultiPassQuarter:  "Quarter",
	MultiPassFull:     "Full",
}

func (v MultiPass) String() string { return name(multiPassNames, v, "MultiPass") }

var frameFieldModeNames = map[FrameFieldMode]string{
	ModeFrame: "Frame",
	ModeField: "Field",
}

func (v FrameFieldMode) String() string { return name(frameFieldModeNames, v, "FrameFieldMode") }

var rCModeNames = map[RCMode]string{
	RCModeConstQP: "ConstQP",
	RCModeVBR:     "VBR",
	RCModeCBR:     "CBR",
}

func (v RCMode) String() string { return name(rCModeNames, v, "RCMode") }

var picStructNames = map[PicStruct]string{
	PicStructFrame:          "Frame",
	PicStructFieldTopBottom: "FieldTopBottom",
	PicStructFieldBottomTop: "FieldBottomTop",
}

func (v PicStruct) String() string { return name(picStructNames, v, "PicStruct") }

var picTypeNames = map[PicType]string{
	PicTypeP:            "P",
	PicTypeB:            "B",
	PicTypeI:            "I",
	PicTypeIDR:          "IDR",
	PicTypeBI:           "BI",
	PicTypeSkipped:      "Skipped",
	PicTypeIntraRefresh: "IntraRefresh",
	PicTypeNonRefP:      "NonRefP",
	PicTypeSwitch:       "Switch",
	PicTypeUnknown:      "Unknown",
}

func (v PicType) String() string { return name(picTypeNames, v, "PicType") }

var qPMapModeNames = map[QPMapMode]string{
	QPMapDisabled: "Disabled",
	QPMapEmphasis: "Emphasis",
	QPMapDelta:    "Delta",
	QPMap:         "QPMap",
}

func (v QPMapMode) String() string { return name(qPMapModeNames, v, "QPMapMode") }

var tuningInfoNames = map[TuningInfo]string{
	TuningUndefined:        "Undefined",
	TuningHighQuality:      "HighQuality",
	TuningLowLatency:       "LowLatency",
	TuningUltraLowLatency:  "UltraLowLatency",
	TuningLossless:         "Lossless",
	TuningUltraHighQuality: "UltraHighQuality",
}

func (v TuningInfo) String() string { return name(tuningInfoNames, v, "TuningInfo") }

// name is the constant's name without its prefix, or Type(N).
func name[T ~uint32](names map[T]string, v T, typ string) string {
	if s, ok := names[v]; ok {
		return s
	}
	return typ + "(" + strconv.FormatUint(uint64(v), 10) + ")"
}
