package nvcuvid

import (
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/layout"
)

// TestBits checks the accessors of bit-fields against what a C program saw.
func TestBits(t *testing.T) {
	const golden = "nvcuvid-13.0"
	layout.CheckBitsGet(t, golden, "CUVIDH264PICPARAMS", "mb_adaptive_frame_field_flag", (*H264PicParams).MBAdaptiveFrameFieldFlag)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "profile", (*VP9PicParams).Profile)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "frameContextIdx", (*VP9PicParams).FrameContextIdx)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "frameType", (*VP9PicParams).FrameType)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "showFrame", (*VP9PicParams).ShowFrame)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "errorResilient", (*VP9PicParams).ErrorResilient)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "frameParallelDecoding", (*VP9PicParams).FrameParallelDecoding)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "subSamplingX", (*VP9PicParams).SubSamplingX)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "subSamplingY", (*VP9PicParams).SubSamplingY)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "intraOnly", (*VP9PicParams).IntraOnly)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "allow_high_precision_mv", (*VP9PicParams).AllowHighPrecisionMv)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "refreshEntropyProbs", (*VP9PicParams).RefreshEntropyProbs)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "segmentEnabled", (*VP9PicParams).SegmentEnabled)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "segmentMapUpdate", (*VP9PicParams).SegmentMapUpdate)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "segmentMapTemporalUpdate", (*VP9PicParams).SegmentMapTemporalUpdate)
	layout.CheckBitsGet(t, golden, "CUVIDVP9PICPARAMS", "segmentFeatureMode", (*VP9PicParams).SegmentFeatureMode)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "profile", (*AV1PicParams).Profile)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "use_128x128_superblock", (*AV1PicParams).Use128x128Superblock)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "subsampling_x", (*AV1PicParams).SubsamplingX)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "subsampling_y", (*AV1PicParams).SubsamplingY)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "mono_chrome", (*AV1PicParams).MonoChrome)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "bit_depth_minus8", (*AV1PicParams).BitDepthMinus8)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_filter_intra", (*AV1PicParams).EnableFilterIntra)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_intra_edge_filter", (*AV1PicParams).EnableIntraEdgeFilter)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_interintra_compound", (*AV1PicParams).EnableInterintraCompound)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_masked_compound", (*AV1PicParams).EnableMaskedCompound)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_dual_filter", (*AV1PicParams).EnableDualFilter)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_order_hint", (*AV1PicParams).EnableOrderHint)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "order_hint_bits_minus1", (*AV1PicParams).OrderHintBitsMinus1)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_jnt_comp", (*AV1PicParams).EnableJntComp)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_superres", (*AV1PicParams).EnableSuperres)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_cdef", (*AV1PicParams).EnableCDEF)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_restoration", (*AV1PicParams).EnableRestoration)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "enable_fgs", (*AV1PicParams).EnableFGS)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "frame_type", (*AV1PicParams).FrameType)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "show_frame", (*AV1PicParams).ShowFrame)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "disable_cdf_update", (*AV1PicParams).DisableCDFUpdate)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "allow_screen_content_tools", (*AV1PicParams).AllowScreenContentTools)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "force_integer_mv", (*AV1PicParams).ForceIntegerMv)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "coded_denom", (*AV1PicParams).CodedDenom)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "allow_intrabc", (*AV1PicParams).AllowIntrabc)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "allow_high_precision_mv", (*AV1PicParams).AllowHighPrecisionMv)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "interp_filter", (*AV1PicParams).InterpFilter)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "switchable_motion_mode", (*AV1PicParams).SwitchableMotionMode)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "use_ref_frame_mvs", (*AV1PicParams).UseRefFrameMvs)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "disable_frame_end_update_cdf", (*AV1PicParams).DisableFrameEndUpdateCDF)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "delta_q_present", (*AV1PicParams).DeltaQPresent)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "delta_q_res", (*AV1PicParams).DeltaQRes)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "using_qmatrix", (*AV1PicParams).UsingQmatrix)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "coded_lossless", (*AV1PicParams).CodedLossless)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "use_superres", (*AV1PicParams).UseSuperres)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "tx_mode", (*AV1PicParams).TxMode)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "reference_mode", (*AV1PicParams).ReferenceMode)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "allow_warped_motion", (*AV1PicParams).AllowWarpedMotion)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "reduced_tx_set", (*AV1PicParams).ReducedTxSet)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "skip_mode", (*AV1PicParams).SkipMode)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "num_tile_cols", (*AV1PicParams).NumTileCols)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "num_tile_rows", (*AV1PicParams).NumTileRows)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "context_update_tile_id", (*AV1PicParams).ContextUpdateTileID)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "cdef_damping_minus_3", (*AV1PicParams).CDEFDampingMinus3)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "cdef_bits", (*AV1PicParams).CDEFBits)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "SkipModeFrame0", (*AV1PicParams).SkipModeFrame0)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "SkipModeFrame1", (*AV1PicParams).SkipModeFrame1)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "segmentation_enabled", (*AV1PicParams).SegmentationEnabled)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "segmentation_update_map", (*AV1PicParams).SegmentationUpdateMap)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "segmentation_update_data", (*AV1PicParams).SegmentationUpdateData)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "segmentation_temporal_update", (*AV1PicParams).SegmentationTemporalUpdate)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "loop_filter_delta_enabled", (*AV1PicParams).LoopFilterDeltaEnabled)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "loop_filter_delta_update", (*AV1PicParams).LoopFilterDeltaUpdate)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "delta_lf_present", (*AV1PicParams).DeltaLfPresent)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "delta_lf_res", (*AV1PicParams).DeltaLfRes)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "delta_lf_multi", (*AV1PicParams).DeltaLfMulti)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "temporal_layer_id", (*AV1PicParams).TemporalLayerID)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "spatial_layer_id", (*AV1PicParams).SpatialLayerID)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "apply_grain", (*AV1PicParams).ApplyGrain)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "overlap_flag", (*AV1PicParams).OverlapFlag)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "scaling_shift_minus8", (*AV1PicParams).ScalingShiftMinus8)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "chroma_scaling_from_luma", (*AV1PicParams).ChromaScalingFromLuma)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "ar_coeff_lag", (*AV1PicParams).ArCoeffLag)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "ar_coeff_shift_minus6", (*AV1PicParams).ArCoeffShiftMinus6)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "grain_scale_shift", (*AV1PicParams).GrainScaleShift)
	layout.CheckBitsGet(t, golden, "CUVIDAV1PICPARAMS", "clip_to_restricted_range", (*AV1PicParams).ClipToRestrictedRange)
	layout.CheckBitsGet(t, golden, "CUVIDEOFORMAT", "video_signal_description.video_format", func(f *VideoFormat) int { return f.VideoSignalDescription.VideoFormat() })
	layout.CheckBitsGet(t, golden, "CUVIDEOFORMAT", "video_signal_description.video_full_range_flag", func(f *VideoFormat) bool { return f.VideoSignalDescription.FullRange() })
}

func TestEnums(t *testing.T) {
	const golden = "nvcuvid-13.0"
	layout.CheckEnum(t, golden, "cudaVideoCodec", map[string]int64{
		"cudaVideoCodec_MPEG1": int64(CodecMPEG1), "cudaVideoCodec_MPEG2": int64(CodecMPEG2), "cudaVideoCodec_MPEG4": int64(CodecMPEG4),
		"cudaVideoCodec_VC1": int64(CodecVC1), "cudaVideoCodec_H264": int64(CodecH264), "cudaVideoCodec_JPEG": int64(CodecJPEG),
		"cudaVideoCodec_H264_SVC": int64(CodecH264SVC), "cudaVideoCodec_H264_MVC": int64(CodecH264MVC), "cudaVideoCodec_HEVC": int64(CodecHEVC),
		"cudaVideoCodec_VP8": int64(CodecVP8), "cudaVideoCodec_VP9": int64(CodecVP9), "cudaVideoCodec_AV1": int64(CodecAV1),
		"cudaVideoCodec_NumCodecs": int64(NumCodecs),
	}, "cudaVideoCodec_YUV420", "cudaVideoCodec_YV12", "cudaVideoCodec_NV12", "cudaVideoCodec_YUYV", "cudaVideoCodec_UYVY")
	layout.CheckEnum(t, golden, "cudaVideoChromaFormat", map[string]int64{
		"cudaVideoChromaFormat_Monochrome": int64(ChromaMonochrome), "cudaVideoChromaFormat_420": int64(Chroma420),
		"cudaVideoChromaFormat_422": int64(Chroma422), "cudaVideoChromaFormat_444": int64(Chroma444),
	})
	layout.CheckEnum(t, golden, "cudaVideoSurfaceFormat", map[string]int64{
		"cudaVideoSurfaceFormat_NV12": int64(SurfaceNV12), "cudaVideoSurfaceFormat_P016": int64(SurfaceP016),
		"cudaVideoSurfaceFormat_YUV444": int64(SurfaceYUV444), "cudaVideoSurfaceFormat_YUV444_16Bit": int64(SurfaceYUV444x16),
		"cudaVideoSurfaceFormat_NV16": int64(SurfaceNV16), "cudaVideoSurfaceFormat_P216": int64(SurfaceP216),
	})
	layout.CheckEnum(t, golden, "cudaVideoDeinterlaceMode", map[string]int64{
		"cudaVideoDeinterlaceMode_Weave": int64(DeinterlaceWeave), "cudaVideoDeinterlaceMode_Bob": int64(DeinterlaceBob),
		"cudaVideoDeinterlaceMode_Adaptive": int64(DeinterlaceAdaptive),
	})
	layout.CheckEnum(t, golden, "cuvidDecodeStatus", map[string]int64{
		"cuvidDecodeStatus_Invalid": int64(DecodeInvalid), "cuvidDecodeStatus_InProgress": int64(DecodeInProgress),
		"cuvidDecodeStatus_Success": int64(DecodeSuccess), "cuvidDecodeStatus_Error": int64(DecodeError),
		"cuvidDecodeStatus_Error_Concealed": int64(DecodeErrorConcealed),
	})
	layout.CheckEnum(t, golden, "CUvideopacketflags", map[string]int64{
		"CUVID_PKT_ENDOFSTREAM": int64(PacketEndOfStream), "CUVID_PKT_TIMESTAMP": int64(PacketTimestamp),
		"CUVID_PKT_DISCONTINUITY": int64(PacketDiscontinuity), "CUVID_PKT_ENDOFPICTURE": int64(PacketEndOfPicture),
		"CUVID_PKT_NOTIFY_EOS": int64(PacketNotifyEOS),
	})
	layout.CheckEnum(t, golden, "cudaVideoCreateFlags", map[string]int64{
		"cudaVideoCreate_Default": int64(CreateDefault), "cudaVideoCreate_PreferCUDA": int64(CreatePreferCUDA),
		"cudaVideoCreate_PreferDXVA": int64(CreatePreferDXVA), "cudaVideoCreate_PreferCUVID": int64(CreatePreferCUVID),
	})
}

func TestEnumStrings(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{CodecH264SVC.String(), "H264SVC"}, {Codec(77).String(), "Codec(77)"}, {Codec(-1).String(), "Codec(-1)"},
		{Chroma422.String(), "4:2:2"}, {ChromaFormat(9).String(), "ChromaFormat(9)"},
		{SurfaceYUV444x16.String(), "YUV444_16Bit"}, {DeinterlaceAdaptive.String(), "Adaptive"},
		{DecodeErrorConcealed.String(), "ErrorConcealed"}, {DecodeStatus(5).String(), "DecodeStatus(5)"},
		{(PacketTimestamp | PacketEndOfPicture).String(), "Timestamp|EndOfPicture"},
		{PacketFlags(0).String(), "PacketFlags(0)"}, {PacketFlags(0x21).String(), "EndOfStream|PacketFlags(32)"},
		{CreatePreferCUVID.String(), "PreferCUVID"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
