package nvenc

import (
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/layout"
)

// TestEnums checks every constant against the newest header.
func TestEnums(t *testing.T) {
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_BIT_DEPTH", map[string]int64{
		"NV_ENC_BIT_DEPTH_INVALID": int64(BitDepthInvalid),
		"NV_ENC_BIT_DEPTH_8":       int64(BitDepth8),
		"NV_ENC_BIT_DEPTH_10":      int64(BitDepth10),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_BUFFER_FORMAT", map[string]int64{
		"NV_ENC_BUFFER_FORMAT_UNDEFINED":    int64(BufferFormatUndefined),
		"NV_ENC_BUFFER_FORMAT_NV12":         int64(BufferFormatNV12),
		"NV_ENC_BUFFER_FORMAT_YV12":         int64(BufferFormatYV12),
		"NV_ENC_BUFFER_FORMAT_IYUV":         int64(BufferFormatIYUV),
		"NV_ENC_BUFFER_FORMAT_YUV444":       int64(BufferFormatYUV444),
		"NV_ENC_BUFFER_FORMAT_YUV420_10BIT": int64(BufferFormatYUV420x10),
		"NV_ENC_BUFFER_FORMAT_YUV444_10BIT": int64(BufferFormatYUV444x10),
		"NV_ENC_BUFFER_FORMAT_ARGB":         int64(BufferFormatARGB),
		"NV_ENC_BUFFER_FORMAT_ARGB10":       int64(BufferFormatARGB10),
		"NV_ENC_BUFFER_FORMAT_AYUV":         int64(BufferFormatAYUV),
		"NV_ENC_BUFFER_FORMAT_ABGR":         int64(BufferFormatABGR),
		"NV_ENC_BUFFER_FORMAT_ABGR10":       int64(BufferFormatABGR10),
		"NV_ENC_BUFFER_FORMAT_U8":           int64(BufferFormatU8),
		"NV_ENC_BUFFER_FORMAT_NV16":         int64(BufferFormatNV16),
		"NV_ENC_BUFFER_FORMAT_P210":         int64(BufferFormatP210),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_BUFFER_USAGE", map[string]int64{
		"NV_ENC_INPUT_IMAGE":          int64(UsageInputImage),
		"NV_ENC_OUTPUT_MOTION_VECTOR": int64(UsageOutputMotionVector),
		"NV_ENC_OUTPUT_BITSTREAM":     int64(UsageOutputBitstream),
		"NV_ENC_OUTPUT_RECON":         int64(UsageOutputRecon),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_CAPS", map[string]int64{
		"NV_ENC_CAPS_NUM_MAX_BFRAMES":                int64(CapNumMaxBFrames),
		"NV_ENC_CAPS_SUPPORTED_RATECONTROL_MODES":    int64(CapSupportedRateControlModes),
		"NV_ENC_CAPS_SUPPORT_FIELD_ENCODING":         int64(CapSupportFieldEncoding),
		"NV_ENC_CAPS_SUPPORT_MONOCHROME":             int64(CapSupportMonochrome),
		"NV_ENC_CAPS_SUPPORT_FMO":                    int64(CapSupportFMO),
		"NV_ENC_CAPS_SUPPORT_QPELMV":                 int64(CapSupportQpelMV),
		"NV_ENC_CAPS_SUPPORT_BDIRECT_MODE":           int64(CapSupportBDirectMode),
		"NV_ENC_CAPS_SUPPORT_CABAC":                  int64(CapSupportCABAC),
		"NV_ENC_CAPS_SUPPORT_ADAPTIVE_TRANSFORM":     int64(CapSupportAdaptiveTransform),
		"NV_ENC_CAPS_SUPPORT_STEREO_MVC":             int64(CapSupportStereoMVC),
		"NV_ENC_CAPS_NUM_MAX_TEMPORAL_LAYERS":        int64(CapNumMaxTemporalLayers),
		"NV_ENC_CAPS_SUPPORT_HIERARCHICAL_PFRAMES":   int64(CapSupportHierarchicalPFrames),
		"NV_ENC_CAPS_SUPPORT_HIERARCHICAL_BFRAMES":   int64(CapSupportHierarchicalBFrames),
		"NV_ENC_CAPS_LEVEL_MAX":                      int64(CapLevelMax),
		"NV_ENC_CAPS_LEVEL_MIN":                      int64(CapLevelMin),
		"NV_ENC_CAPS_SEPARATE_COLOUR_PLANE":          int64(CapSeparateColourPlane),
		"NV_ENC_CAPS_WIDTH_MAX":                      int64(CapWidthMax),
		"NV_ENC_CAPS_HEIGHT_MAX":                     int64(CapHeightMax),
		"NV_ENC_CAPS_SUPPORT_TEMPORAL_SVC":           int64(CapSupportTemporalSVC),
		"NV_ENC_CAPS_SUPPORT_DYN_RES_CHANGE":         int64(CapSupportDynResChange),
		"NV_ENC_CAPS_SUPPORT_DYN_BITRATE_CHANGE":     int64(CapSupportDynBitrateChange),
		"NV_ENC_CAPS_SUPPORT_DYN_FORCE_CONSTQP":      int64(CapSupportDynForceConstQP),
		"NV_ENC_CAPS_SUPPORT_DYN_RCMODE_CHANGE":      int64(CapSupportDynRCModeChange),
		"NV_ENC_CAPS_SUPPORT_SUBFRAME_READBACK":      int64(CapSupportSubframeReadback),
		"NV_ENC_CAPS_SUPPORT_CONSTRAINED_ENCODING":   int64(CapSupportConstrainedEncoding),
		"NV_ENC_CAPS_SUPPORT_INTRA_REFRESH":          int64(CapSupportIntraRefresh),
		"NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE":    int64(CapSupportCustomVBVBufSize),
		"NV_ENC_CAPS_SUPPORT_DYNAMIC_SLICE_MODE":     int64(CapSupportDynamicSliceMode),
		"NV_ENC_CAPS_SUPPORT_REF_PIC_INVALIDATION":   int64(CapSupportRefPicInvalidation),
		"NV_ENC_CAPS_PREPROC_SUPPORT":                int64(CapPreprocSupport),
		"NV_ENC_CAPS_ASYNC_ENCODE_SUPPORT":           int64(CapAsyncEncodeSupport),
		"NV_ENC_CAPS_MB_NUM_MAX":                     int64(CapMBNumMax),
		"NV_ENC_CAPS_MB_PER_SEC_MAX":                 int64(CapMBPerSecMax),
		"NV_ENC_CAPS_SUPPORT_YUV444_ENCODE":          int64(CapSupportYUV444Encode),
		"NV_ENC_CAPS_SUPPORT_LOSSLESS_ENCODE":        int64(CapSupportLosslessEncode),
		"NV_ENC_CAPS_SUPPORT_SAO":                    int64(CapSupportSAO),
		"NV_ENC_CAPS_SUPPORT_MEONLY_MODE":            int64(CapSupportMEOnlyMode),
		"NV_ENC_CAPS_SUPPORT_LOOKAHEAD":              int64(CapSupportLookahead),
		"NV_ENC_CAPS_SUPPORT_TEMPORAL_AQ":            int64(CapSupportTemporalAQ),
		"NV_ENC_CAPS_SUPPORT_10BIT_ENCODE":           int64(CapSupport10BitEncode),
		"NV_ENC_CAPS_NUM_MAX_LTR_FRAMES":             int64(CapNumMaxLTRFrames),
		"NV_ENC_CAPS_SUPPORT_WEIGHTED_PREDICTION":    int64(CapSupportWeightedPrediction),
		"NV_ENC_CAPS_DYNAMIC_QUERY_ENCODER_CAPACITY": int64(CapDynamicQueryEncoderCapacity),
		"NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE":        int64(CapSupportBFrameRefMode),
		"NV_ENC_CAPS_SUPPORT_EMPHASIS_LEVEL_MAP":     int64(CapSupportEmphasisLevelMap),
		"NV_ENC_CAPS_WIDTH_MIN":                      int64(CapWidthMin),
		"NV_ENC_CAPS_HEIGHT_MIN":                     int64(CapHeightMin),
		"NV_ENC_CAPS_SUPPORT_MULTIPLE_REF_FRAMES":    int64(CapSupportMultipleRefFrames),
		"NV_ENC_CAPS_SUPPORT_ALPHA_LAYER_ENCODING":   int64(CapSupportAlphaLayerEncoding),
		"NV_ENC_CAPS_NUM_ENCODER_ENGINES":            int64(CapNumEncoderEngines),
		"NV_ENC_CAPS_SINGLE_SLICE_INTRA_REFRESH":     int64(CapSingleSliceIntraRefresh),
		"NV_ENC_CAPS_DISABLE_ENC_STATE_ADVANCE":      int64(CapDisableEncStateAdvance),
		"NV_ENC_CAPS_OUTPUT_RECON_SURFACE":           int64(CapOutputReconSurface),
		"NV_ENC_CAPS_OUTPUT_BLOCK_STATS":             int64(CapOutputBlockStats),
		"NV_ENC_CAPS_OUTPUT_ROW_STATS":               int64(CapOutputRowStats),
		"NV_ENC_CAPS_SUPPORT_TEMPORAL_FILTER":        int64(CapSupportTemporalFilter),
		"NV_ENC_CAPS_SUPPORT_LOOKAHEAD_LEVEL":        int64(CapSupportLookaheadLevel),
		"NV_ENC_CAPS_SUPPORT_UNIDIRECTIONAL_B":       int64(CapSupportUnidirectionalB),
		"NV_ENC_CAPS_SUPPORT_MVHEVC_ENCODE":          int64(CapSupportMVHEVCEncode),
		"NV_ENC_CAPS_SUPPORT_YUV422_ENCODE":          int64(CapSupportYUV422Encode),
	}, "NV_ENC_CAPS_EXPOSED_COUNT")
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_DEVICE_TYPE", map[string]int64{
		"NV_ENC_DEVICE_TYPE_DIRECTX": int64(DeviceTypeDirectX),
		"NV_ENC_DEVICE_TYPE_CUDA":    int64(DeviceTypeCUDA),
		"NV_ENC_DEVICE_TYPE_OPENGL":  int64(DeviceTypeOpenGL),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_INPUT_RESOURCE_TYPE", map[string]int64{
		"NV_ENC_INPUT_RESOURCE_TYPE_DIRECTX":       int64(ResourceDirectX),
		"NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR": int64(ResourceCUDADevicePtr),
		"NV_ENC_INPUT_RESOURCE_TYPE_CUDAARRAY":     int64(ResourceCUDAArray),
		"NV_ENC_INPUT_RESOURCE_TYPE_OPENGL_TEX":    int64(ResourceOpenGLTex),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_MEMORY_HEAP", map[string]int64{
		"NV_ENC_MEMORY_HEAP_AUTOSELECT":      int64(HeapAuto),
		"NV_ENC_MEMORY_HEAP_VID":             int64(HeapVid),
		"NV_ENC_MEMORY_HEAP_SYSMEM_CACHED":   int64(HeapSysmemCached),
		"NV_ENC_MEMORY_HEAP_SYSMEM_UNCACHED": int64(HeapSysmemUncached),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_MULTI_PASS", map[string]int64{
		"NV_ENC_MULTI_PASS_DISABLED":         int64(MultiPassDisabled),
		"NV_ENC_TWO_PASS_QUARTER_RESOLUTION": int64(MultiPassQuarter),
		"NV_ENC_TWO_PASS_FULL_RESOLUTION":    int64(MultiPassFull),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_PARAMS_FRAME_FIELD_MODE", map[string]int64{
		"NV_ENC_PARAMS_FRAME_FIELD_MODE_FRAME": int64(ModeFrame),
		"NV_ENC_PARAMS_FRAME_FIELD_MODE_FIELD": int64(ModeField),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_PARAMS_RC_MODE", map[string]int64{
		"NV_ENC_PARAMS_RC_CONSTQP": int64(RCModeConstQP),
		"NV_ENC_PARAMS_RC_VBR":     int64(RCModeVBR),
		"NV_ENC_PARAMS_RC_CBR":     int64(RCModeCBR),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_PIC_FLAGS", map[string]int64{
		"NV_ENC_PIC_FLAG_FORCEINTRA":                int64(PicFlagForceIntra),
		"NV_ENC_PIC_FLAG_FORCEIDR":                  int64(PicFlagForceIDR),
		"NV_ENC_PIC_FLAG_OUTPUT_SPSPPS":             int64(PicFlagOutputSPSPPS),
		"NV_ENC_PIC_FLAG_EOS":                       int64(PicFlagEOS),
		"NV_ENC_PIC_FLAG_DISABLE_ENC_STATE_ADVANCE": int64(PicFlagDisableEncStateAdvance),
		"NV_ENC_PIC_FLAG_OUTPUT_RECON_FRAME":        int64(PicFlagOutputReconFrame),
		"NV_ENC_PIC_FLAG_PREQPDELTAMINQP":           int64(PicFlagPreQPDeltaMinQP),
		"NV_ENC_PIC_FLAG_PREQPDELTAMAXQP":           int64(PicFlagPreQPDeltaMaxQP),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_PIC_STRUCT", map[string]int64{
		"NV_ENC_PIC_STRUCT_FRAME":            int64(PicStructFrame),
		"NV_ENC_PIC_STRUCT_FIELD_TOP_BOTTOM": int64(PicStructFieldTopBottom),
		"NV_ENC_PIC_STRUCT_FIELD_BOTTOM_TOP": int64(PicStructFieldBottomTop),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_PIC_TYPE", map[string]int64{
		"NV_ENC_PIC_TYPE_P":             int64(PicTypeP),
		"NV_ENC_PIC_TYPE_B":             int64(PicTypeB),
		"NV_ENC_PIC_TYPE_I":             int64(PicTypeI),
		"NV_ENC_PIC_TYPE_IDR":           int64(PicTypeIDR),
		"NV_ENC_PIC_TYPE_BI":            int64(PicTypeBI),
		"NV_ENC_PIC_TYPE_SKIPPED":       int64(PicTypeSkipped),
		"NV_ENC_PIC_TYPE_INTRA_REFRESH": int64(PicTypeIntraRefresh),
		"NV_ENC_PIC_TYPE_NONREF_P":      int64(PicTypeNonRefP),
		"NV_ENC_PIC_TYPE_SWITCH":        int64(PicTypeSwitch),
		"NV_ENC_PIC_TYPE_UNKNOWN":       int64(PicTypeUnknown),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_QP_MAP_MODE", map[string]int64{
		"NV_ENC_QP_MAP_DISABLED": int64(QPMapDisabled),
		"NV_ENC_QP_MAP_EMPHASIS": int64(QPMapEmphasis),
		"NV_ENC_QP_MAP_DELTA":    int64(QPMapDelta),
		"NV_ENC_QP_MAP":          int64(QPMap),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_TUNING_INFO", map[string]int64{
		"NV_ENC_TUNING_INFO_UNDEFINED":          int64(TuningUndefined),
		"NV_ENC_TUNING_INFO_HIGH_QUALITY":       int64(TuningHighQuality),
		"NV_ENC_TUNING_INFO_LOW_LATENCY":        int64(TuningLowLatency),
		"NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY":  int64(TuningUltraLowLatency),
		"NV_ENC_TUNING_INFO_LOSSLESS":           int64(TuningLossless),
		"NV_ENC_TUNING_INFO_ULTRA_HIGH_QUALITY": int64(TuningUltraHighQuality),
	}, "NV_ENC_TUNING_INFO_COUNT")
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_AV1_PART_SIZE", map[string]int64{
		"NV_ENC_AV1_PART_SIZE_AUTOSELECT": int64(AV1PartSizeAuto),
		"NV_ENC_AV1_PART_SIZE_4x4":        int64(AV1PartSize4x4),
		"NV_ENC_AV1_PART_SIZE_8x8":        int64(AV1PartSize8x8),
		"NV_ENC_AV1_PART_SIZE_16x16":      int64(AV1PartSize16x16),
		"NV_ENC_AV1_PART_SIZE_32x32":      int64(AV1PartSize32x32),
		"NV_ENC_AV1_PART_SIZE_64x64":      int64(AV1PartSize64x64),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_BFRAME_REF_MODE", map[string]int64{
		"NV_ENC_BFRAME_REF_MODE_DISABLED":     int64(BRefDisabled),
		"NV_ENC_BFRAME_REF_MODE_EACH":         int64(BRefEach),
		"NV_ENC_BFRAME_REF_MODE_MIDDLE":       int64(BRefMiddle),
		"NV_ENC_BFRAME_REF_MODE_HIERARCHICAL": int64(BRefHierarchical),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_DISPLAY_PIC_STRUCT", map[string]int64{
		"NV_ENC_PIC_STRUCT_DISPLAY_FRAME":            int64(DisplayFrame),
		"NV_ENC_PIC_STRUCT_DISPLAY_FIELD_TOP_BOTTOM": int64(DisplayFieldTopBottom),
		"NV_ENC_PIC_STRUCT_DISPLAY_FIELD_BOTTOM_TOP": int64(DisplayFieldBottomTop),
		"NV_ENC_PIC_STRUCT_DISPLAY_FRAME_DOUBLING":   int64(DisplayFrameDoubling),
		"NV_ENC_PIC_STRUCT_DISPLAY_FRAME_TRIPLING":   int64(DisplayFrameTripling),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_EMPHASIS_MAP_LEVEL", map[string]int64{
		"NV_ENC_EMPHASIS_MAP_LEVEL_0": int64(Emphasis0),
		"NV_ENC_EMPHASIS_MAP_LEVEL_1": int64(Emphasis1),
		"NV_ENC_EMPHASIS_MAP_LEVEL_2": int64(Emphasis2),
		"NV_ENC_EMPHASIS_MAP_LEVEL_3": int64(Emphasis3),
		"NV_ENC_EMPHASIS_MAP_LEVEL_4": int64(Emphasis4),
		"NV_ENC_EMPHASIS_MAP_LEVEL_5": int64(Emphasis5),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_H264_ADAPTIVE_TRANSFORM_MODE", map[string]int64{
		"NV_ENC_H264_ADAPTIVE_TRANSFORM_AUTOSELECT": int64(H264AdaptiveTransformAuto),
		"NV_ENC_H264_ADAPTIVE_TRANSFORM_DISABLE":    int64(H264AdaptiveTransformDisable),
		"NV_ENC_H264_ADAPTIVE_TRANSFORM_ENABLE":     int64(H264AdaptiveTransformEnable),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_H264_BDIRECT_MODE", map[string]int64{
		"NV_ENC_H264_BDIRECT_MODE_AUTOSELECT": int64(H264BDirectAuto),
		"NV_ENC_H264_BDIRECT_MODE_DISABLE":    int64(H264BDirectDisable),
		"NV_ENC_H264_BDIRECT_MODE_TEMPORAL":   int64(H264BDirectTemporal),
		"NV_ENC_H264_BDIRECT_MODE_SPATIAL":    int64(H264BDirectSpatial),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_H264_ENTROPY_CODING_MODE", map[string]int64{
		"NV_ENC_H264_ENTROPY_CODING_MODE_AUTOSELECT": int64(H264EntropyAuto),
		"NV_ENC_H264_ENTROPY_CODING_MODE_CABAC":      int64(H264EntropyCABAC),
		"NV_ENC_H264_ENTROPY_CODING_MODE_CAVLC":      int64(H264EntropyCAVLC),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_H264_FMO_MODE", map[string]int64{
		"NV_ENC_H264_FMO_AUTOSELECT": int64(H264FMOAuto),
		"NV_ENC_H264_FMO_ENABLE":     int64(H264FMOEnable),
		"NV_ENC_H264_FMO_DISABLE":    int64(H264FMODisable),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_HEVC_CUSIZE", map[string]int64{
		"NV_ENC_HEVC_CUSIZE_AUTOSELECT": int64(HEVCCUSizeAuto),
		"NV_ENC_HEVC_CUSIZE_8x8":        int64(HEVCCUSize8x8),
		"NV_ENC_HEVC_CUSIZE_16x16":      int64(HEVCCUSize16x16),
		"NV_ENC_HEVC_CUSIZE_32x32":      int64(HEVCCUSize32x32),
		"NV_ENC_HEVC_CUSIZE_64x64":      int64(HEVCCUSize64x64),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_LOOKAHEAD_LEVEL", map[string]int64{
		"NV_ENC_LOOKAHEAD_LEVEL_0":          int64(LookaheadLevel0),
		"NV_ENC_LOOKAHEAD_LEVEL_1":          int64(LookaheadLevel1),
		"NV_ENC_LOOKAHEAD_LEVEL_2":          int64(LookaheadLevel2),
		"NV_ENC_LOOKAHEAD_LEVEL_3":          int64(LookaheadLevel3),
		"NV_ENC_LOOKAHEAD_LEVEL_AUTOSELECT": int64(LookaheadLevelAuto),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_MV_PRECISION", map[string]int64{
		"NV_ENC_MV_PRECISION_DEFAULT":     int64(MVPrecisionDefault),
		"NV_ENC_MV_PRECISION_FULL_PEL":    int64(MVPrecisionFullPel),
		"NV_ENC_MV_PRECISION_HALF_PEL":    int64(MVPrecisionHalfPel),
		"NV_ENC_MV_PRECISION_QUARTER_PEL": int64(MVPrecisionQuarterPel),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_NUM_REF_FRAMES", map[string]int64{
		"NV_ENC_NUM_REF_FRAMES_AUTOSELECT": int64(NumRefFramesAuto),
		"NV_ENC_NUM_REF_FRAMES_1":          int64(NumRefFrames1),
		"NV_ENC_NUM_REF_FRAMES_2":          int64(NumRefFrames2),
		"NV_ENC_NUM_REF_FRAMES_3":          int64(NumRefFrames3),
		"NV_ENC_NUM_REF_FRAMES_4":          int64(NumRefFrames4),
		"NV_ENC_NUM_REF_FRAMES_5":          int64(NumRefFrames5),
		"NV_ENC_NUM_REF_FRAMES_6":          int64(NumRefFrames6),
		"NV_ENC_NUM_REF_FRAMES_7":          int64(NumRefFrames7),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_OUTPUT_STATS_LEVEL", map[string]int64{
		"NV_ENC_OUTPUT_STATS_NONE":        int64(StatsLevelNone),
		"NV_ENC_OUTPUT_STATS_BLOCK_LEVEL": int64(StatsLevelBlock),
		"NV_ENC_OUTPUT_STATS_ROW_LEVEL":   int64(StatsLevelRow),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_SPLIT_ENCODE_MODE", map[string]int64{
		"NV_ENC_SPLIT_AUTO_MODE":         int64(SplitAuto),
		"NV_ENC_SPLIT_AUTO_FORCED_MODE":  int64(SplitAutoForced),
		"NV_ENC_SPLIT_TWO_FORCED_MODE":   int64(SplitTwoForced),
		"NV_ENC_SPLIT_THREE_FORCED_MODE": int64(SplitThreeForced),
		"NV_ENC_SPLIT_FOUR_FORCED_MODE":  int64(SplitFourForced),
		"NV_ENC_SPLIT_DISABLE_MODE":      int64(SplitDisable),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_STATE_RESTORE_TYPE", map[string]int64{
		"NV_ENC_STATE_RESTORE_FULL":         int64(RestoreFull),
		"NV_ENC_STATE_RESTORE_RATE_CONTROL": int64(RestoreRateControl),
		"NV_ENC_STATE_RESTORE_ENCODE":       int64(RestoreEncode),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_STEREO_PACKING_MODE", map[string]int64{
		"NV_ENC_STEREO_PACKING_MODE_NONE":          int64(StereoNone),
		"NV_ENC_STEREO_PACKING_MODE_CHECKERBOARD":  int64(StereoCheckerboard),
		"NV_ENC_STEREO_PACKING_MODE_COLINTERLEAVE": int64(StereoColInterleave),
		"NV_ENC_STEREO_PACKING_MODE_ROWINTERLEAVE": int64(StereoRowInterleave),
		"NV_ENC_STEREO_PACKING_MODE_SIDEBYSIDE":    int64(StereoSideBySide),
		"NV_ENC_STEREO_PACKING_MODE_TOPBOTTOM":     int64(StereoTopBottom),
		"NV_ENC_STEREO_PACKING_MODE_FRAMESEQ":      int64(StereoFrameSeq),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_TEMPORAL_FILTER_LEVEL", map[string]int64{
		"NV_ENC_TEMPORAL_FILTER_LEVEL_0": int64(TemporalFilter0),
		"NV_ENC_TEMPORAL_FILTER_LEVEL_4": int64(TemporalFilter4),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_VUI_COLOR_PRIMARIES", map[string]int64{
		"NV_ENC_VUI_COLOR_PRIMARIES_UNDEFINED":   int64(PrimariesUndefined),
		"NV_ENC_VUI_COLOR_PRIMARIES_BT709":       int64(PrimariesBT709),
		"NV_ENC_VUI_COLOR_PRIMARIES_UNSPECIFIED": int64(PrimariesUnspecified),
		"NV_ENC_VUI_COLOR_PRIMARIES_RESERVED":    int64(PrimariesReserved),
		"NV_ENC_VUI_COLOR_PRIMARIES_BT470M":      int64(PrimariesBT470M),
		"NV_ENC_VUI_COLOR_PRIMARIES_BT470BG":     int64(PrimariesBT470BG),
		"NV_ENC_VUI_COLOR_PRIMARIES_SMPTE170M":   int64(PrimariesSMPTE170M),
		"NV_ENC_VUI_COLOR_PRIMARIES_SMPTE240M":   int64(PrimariesSMPTE240M),
		"NV_ENC_VUI_COLOR_PRIMARIES_FILM":        int64(PrimariesFilm),
		"NV_ENC_VUI_COLOR_PRIMARIES_BT2020":      int64(PrimariesBT2020),
		"NV_ENC_VUI_COLOR_PRIMARIES_SMPTE428":    int64(PrimariesSMPTE428),
		"NV_ENC_VUI_COLOR_PRIMARIES_SMPTE431":    int64(PrimariesSMPTE431),
		"NV_ENC_VUI_COLOR_PRIMARIES_SMPTE432":    int64(PrimariesSMPTE432),
		"NV_ENC_VUI_COLOR_PRIMARIES_JEDEC_P22":   int64(PrimariesJEDECP22),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_VUI_MATRIX_COEFFS", map[string]int64{
		"NV_ENC_VUI_MATRIX_COEFFS_RGB":         int64(MatrixRGB),
		"NV_ENC_VUI_MATRIX_COEFFS_BT709":       int64(MatrixBT709),
		"NV_ENC_VUI_MATRIX_COEFFS_UNSPECIFIED": int64(MatrixUnspecified),
		"NV_ENC_VUI_MATRIX_COEFFS_RESERVED":    int64(MatrixReserved),
		"NV_ENC_VUI_MATRIX_COEFFS_FCC":         int64(MatrixFCC),
		"NV_ENC_VUI_MATRIX_COEFFS_BT470BG":     int64(MatrixBT470BG),
		"NV_ENC_VUI_MATRIX_COEFFS_SMPTE170M":   int64(MatrixSMPTE170M),
		"NV_ENC_VUI_MATRIX_COEFFS_SMPTE240M":   int64(MatrixSMPTE240M),
		"NV_ENC_VUI_MATRIX_COEFFS_YCGCO":       int64(MatrixYCgCo),
		"NV_ENC_VUI_MATRIX_COEFFS_BT2020_NCL":  int64(MatrixBT2020NCL),
		"NV_ENC_VUI_MATRIX_COEFFS_BT2020_CL":   int64(MatrixBT2020CL),
		"NV_ENC_VUI_MATRIX_COEFFS_SMPTE2085":   int64(MatrixSMPTE2085),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_VUI_TRANSFER_CHARACTERISTIC", map[string]int64{
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_UNDEFINED":    int64(TransferUndefined),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_BT709":        int64(TransferBT709),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_UNSPECIFIED":  int64(TransferUnspecified),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_RESERVED":     int64(TransferReserved),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_BT470M":       int64(TransferBT470M),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_BT470BG":      int64(TransferBT470BG),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_SMPTE170M":    int64(TransferSMPTE170M),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_SMPTE240M":    int64(TransferSMPTE240M),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_LINEAR":       int64(TransferLinear),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_LOG":          int64(TransferLog),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_LOG_SQRT":     int64(TransferLogSqrt),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_IEC61966_2_4": int64(TransferIEC61966x24),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_BT1361_ECG":   int64(TransferBT1361ECG),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_SRGB":         int64(TransferSRGB),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_BT2020_10":    int64(TransferBT2020x10),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_BT2020_12":    int64(TransferBT2020x12),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_SMPTE2084":    int64(TransferSMPTE2084),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_SMPTE428":     int64(TransferSMPTE428),
		"NV_ENC_VUI_TRANSFER_CHARACTERISTIC_ARIB_STD_B67": int64(TransferARIBSTDB67),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_VUI_VIDEO_FORMAT", map[string]int64{
		"NV_ENC_VUI_VIDEO_FORMAT_COMPONENT":   int64(VideoFormatComponent),
		"NV_ENC_VUI_VIDEO_FORMAT_PAL":         int64(VideoFormatPAL),
		"NV_ENC_VUI_VIDEO_FORMAT_NTSC":        int64(VideoFormatNTSC),
		"NV_ENC_VUI_VIDEO_FORMAT_SECAM":       int64(VideoFormatSECAM),
		"NV_ENC_VUI_VIDEO_FORMAT_MAC":         int64(VideoFormatMAC),
		"NV_ENC_VUI_VIDEO_FORMAT_UNSPECIFIED": int64(VideoFormatUnspecified),
	})
	layout.CheckEnum(t, "nvenc-13.1", "NV_ENC_LEVEL", map[string]int64{
		"NV_ENC_LEVEL_AUTOSELECT":     int64(LevelAuto),
		"NV_ENC_LEVEL_H264_1":         int64(H264Level1),
		"NV_ENC_LEVEL_H264_1b":        int64(H264Level1b),
		"NV_ENC_LEVEL_H264_11":        int64(H264Level11),
		"NV_ENC_LEVEL_H264_12":        int64(H264Level12),
		"NV_ENC_LEVEL_H264_13":        int64(H264Level13),
		"NV_ENC_LEVEL_H264_2":         int64(H264Level2),
		"NV_ENC_LEVEL_H264_21":        int64(H264Level21),
		"NV_ENC_LEVEL_H264_22":        int64(H264Level22),
		"NV_ENC_LEVEL_H264_3":         int64(H264Level3),
		"NV_ENC_LEVEL_H264_31":        int64(H264Level31),
		"NV_ENC_LEVEL_H264_32":        int64(H264Level32),
		"NV_ENC_LEVEL_H264_4":         int64(H264Level4),
		"NV_ENC_LEVEL_H264_41":        int64(H264Level41),
		"NV_ENC_LEVEL_H264_42":        int64(H264Level42),
		"NV_ENC_LEVEL_H264_5":         int64(H264Level5),
		"NV_ENC_LEVEL_H264_51":        int64(H264Level51),
		"NV_ENC_LEVEL_H264_52":        int64(H264Level52),
		"NV_ENC_LEVEL_H264_60":        int64(H264Level60),
		"NV_ENC_LEVEL_H264_61":        int64(H264Level61),
		"NV_ENC_LEVEL_H264_62":        int64(H264Level62),
		"NV_ENC_LEVEL_HEVC_1":         int64(HEVCLevel1),
		"NV_ENC_LEVEL_HEVC_2":         int64(HEVCLevel2),
		"NV_ENC_LEVEL_HEVC_21":        int64(HEVCLevel21),
		"NV_ENC_LEVEL_HEVC_3":         int64(HEVCLevel3),
		"NV_ENC_LEVEL_HEVC_31":        int64(HEVCLevel31),
		"NV_ENC_LEVEL_HEVC_4":         int64(HEVCLevel4),
		"NV_ENC_LEVEL_HEVC_41":        int64(HEVCLevel41),
		"NV_ENC_LEVEL_HEVC_5":         int64(HEVCLevel5),
		"NV_ENC_LEVEL_HEVC_51":        int64(HEVCLevel51),
		"NV_ENC_LEVEL_HEVC_52":        int64(HEVCLevel52),
		"NV_ENC_LEVEL_HEVC_6":         int64(HEVCLevel6),
		"NV_ENC_LEVEL_HEVC_61":        int64(HEVCLevel61),
		"NV_ENC_LEVEL_HEVC_62":        int64(HEVCLevel62),
		"NV_ENC_TIER_HEVC_MAIN":       int64(HEVCTierMain),
		"NV_ENC_TIER_HEVC_HIGH":       int64(HEVCTierHigh),
		"NV_ENC_LEVEL_AV1_2":          int64(AV1Level2),
		"NV_ENC_LEVEL_AV1_21":         int64(AV1Level21),
		"NV_ENC_LEVEL_AV1_22":         int64(AV1Level22),
		"NV_ENC_LEVEL_AV1_23":         int64(AV1Level23),
		"NV_ENC_LEVEL_AV1_3":          int64(AV1Level3),
		"NV_ENC_LEVEL_AV1_31":         int64(AV1Level31),
		"NV_ENC_LEVEL_AV1_32":         int64(AV1Level32),
		"NV_ENC_LEVEL_AV1_33":         int64(AV1Level33),
		"NV_ENC_LEVEL_AV1_4":          int64(AV1Level4),
		"NV_ENC_LEVEL_AV1_41":         int64(AV1Level41),
		"NV_ENC_LEVEL_AV1_42":         int64(AV1Level42),
		"NV_ENC_LEVEL_AV1_43":         int64(AV1Level43),
		"NV_ENC_LEVEL_AV1_5":          int64(AV1Level5),
		"NV_ENC_LEVEL_AV1_51":         int64(AV1Level51),
		"NV_ENC_LEVEL_AV1_52":         int64(AV1Level52),
		"NV_ENC_LEVEL_AV1_53":         int64(AV1Level53),
		"NV_ENC_LEVEL_AV1_6":          int64(AV1Level6),
		"NV_ENC_LEVEL_AV1_61":         int64(AV1Level61),
		"NV_ENC_LEVEL_AV1_62":         int64(AV1Level62),
		"NV_ENC_LEVEL_AV1_63":         int64(AV1Level63),
		"NV_ENC_LEVEL_AV1_7":          int64(AV1Level7),
		"NV_ENC_LEVEL_AV1_71":         int64(AV1Level71),
		"NV_ENC_LEVEL_AV1_72":         int64(AV1Level72),
		"NV_ENC_LEVEL_AV1_73":         int64(AV1Level73),
		"NV_ENC_LEVEL_AV1_AUTOSELECT": int64(AV1LevelAuto),
		"NV_ENC_TIER_AV1_0":           int64(AV1Tier0),
		"NV_ENC_TIER_AV1_1":           int64(AV1Tier1),
	})
}
