package bitstream_test

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// What the tests against trace_headers compare, by the specifications' names.

func h264SPSFields(s *bitstream.H264SPS) map[string]int64 {
	f := vuiFields(&s.VUI)
	x, y := int64(1), int64(1)
	if c := s.ChromaArrayType(); c == 1 || c == 2 {
		x = 2
		if c == 1 {
			y = 2
		}
	}
	if !s.FrameMBsOnly {
		y *= 2
	}
	for k, v := range map[string]int64{
		"profile_idc": int64(s.ProfileIDC), "level_idc": int64(s.LevelIDC), "seq_parameter_set_id": int64(s.ID),
		"constraint_set0_flag":                  int64(s.ConstraintFlags >> 7 & 1),
		"constraint_set3_flag":                  int64(s.ConstraintFlags >> 4 & 1),
		"chroma_format_idc":                     int64(s.ChromaFormatIDC),
		"separate_colour_plane_flag":            flag(s.SeparateColourPlane),
		"bit_depth_luma_minus8":                 int64(s.BitDepthLuma) - 8,
		"bit_depth_chroma_minus8":               int64(s.BitDepthChroma) - 8,
		"qpprime_y_zero_transform_bypass_flag":  flag(s.TransformBypass),
		"log2_max_frame_num_minus4":             int64(s.Log2MaxFrameNum) - 4,
		"pic_order_cnt_type":                    int64(s.PicOrderCntType),
		"log2_max_pic_order_cnt_lsb_minus4":     int64(s.Log2MaxPicOrderCntLsb) - 4,
		"delta_pic_order_always_zero_flag":      flag(s.DeltaPicOrderAlwaysZero),
		"offset_for_non_ref_pic":                int64(s.OffsetForNonRefPic),
		"offset_for_top_to_bottom_field":        int64(s.OffsetForTopToBottom),
		"num_ref_frames_in_pic_order_cnt_cycle": int64(s.NumRefFramesInPOCCycle),
		"offset_for_ref_frame[0]":               int64(s.OffsetForRefFrame[0]),
		"offset_for_ref_frame[1]":               int64(s.OffsetForRefFrame[1]),
		"max_num_ref_frames":                    int64(s.MaxNumRefFrames),
		"gaps_in_frame_num_allowed_flag":        flag(s.GapsInFrameNumAllowed),
		"pic_width_in_mbs_minus1":               int64(s.PicWidthInMBs) - 1,
		"pic_height_in_map_units_minus1":        int64(s.PicHeightInMapUnits) - 1,
		"frame_mbs_only_flag":                   flag(s.FrameMBsOnly),
		"mb_adaptive_frame_field_flag":          flag(s.MBAdaptiveFrameField),
		"direct_8x8_inference_flag":             flag(s.Direct8x8Inference),
		"frame_crop_left_offset":                int64(s.FrameCrop.Left) / x,
		"frame_crop_right_offset":               int64(s.FrameCrop.Right) / x,
		"frame_crop_top_offset":                 int64(s.FrameCrop.Top) / y,
		"frame_crop_bottom_offset":              int64(s.FrameCrop.Bottom) / y,
		"vui_parameters_present_flag":           flag(s.VUI.Present),
	} {
		f[k] = v
	}
	return f
}

func vuiFields(v *bitstream.VUI) map[string]int64 {
	return map[string]int64{
		"sar_width": int64(v.SAR.Num), "sar_height": int64(v.SAR.Den),
		"video_format":          int64(v.VideoFormat),
		"video_full_range_flag": flag(v.Color.Range == bitstream.RangeFull),
		"colour_primaries":      int64(v.Color.Primaries), "transfer_characteristics": int64(v.Color.Transfer),
		"matrix_coefficients":                 int64(v.Color.Matrix),
		"chroma_sample_loc_type_top_field":    int64(v.Color.ChromaLocation) - 1,
		"chroma_sample_loc_type_bottom_field": int64(v.ChromaLocBottom) - 1,
		"num_units_in_tick":                   int64(v.NumUnitsInTick), "time_scale": int64(v.TimeScale),
		"vui_num_units_in_tick": int64(v.NumUnitsInTick), "vui_time_scale": int64(v.TimeScale),
		"fixed_frame_rate_flag":           flag(v.FixedFrameRate),
		"nal_hrd_parameters_present_flag": flag(v.NalHRD), "vcl_hrd_parameters_present_flag": flag(v.VclHRD),
		"cpb_removal_delay_length_minus1":    int64(v.CPBRemovalDelayLength) - 1,
		"au_cpb_removal_delay_length_minus1": int64(v.CPBRemovalDelayLength) - 1,
		"dpb_output_delay_length_minus1":     int64(v.DPBOutputDelayLength) - 1,
		"time_offset_length":                 int64(v.TimeOffsetLength),
		"pic_struct_present_flag":            flag(v.PicStruct),
		"frame_field_info_present_flag":      flag(v.PicStruct),
		"max_num_reorder_frames":             int64(v.MaxNumReorderFrames),
		"max_dec_frame_buffering":            int64(v.MaxDecFrameBuffering),
		"neutral_chroma_indication_flag":     flag(v.NeutralChroma),
		"field_seq_flag":                     flag(v.FieldSeq),
		"vui_timing_info_present_flag":       flag(v.TimingInfo),
		"timing_info_present_flag":           flag(v.TimingInfo),
	}
}

func ptlFields(f map[string]int64, p *bitstream.HEVCProfileTierLevel) {
	f["general_profile_space"], f["general_tier_flag"] = int64(p.ProfileSpace), flag(p.HighTier)
	f["general_profile_idc"], f["general_level_idc"] = int64(p.ProfileIDC), int64(p.LevelIDC)
	f["general_progressive_source_flag"], f["general_interlaced_source_flag"] = flag(p.Progressive), flag(p.Interlaced)
	f["general_non_packed_constraint_flag"], f["general_frame_only_constraint_flag"] = flag(p.NonPackedConstraint), flag(p.FrameOnly)
	for j := range 32 {
		f[fmt.Sprintf("general_profile_compatibility_flag[%d]", j)] = int64(p.Compatibility >> (31 - j) & 1)
	}
}

func hevcSPSFields(s *bitstream.HEVCSPS) map[string]int64 {
	f := vuiFields(&s.VUI)
	ptlFields(f, &s.ProfileTierLevel)
	x, y := int64(1), int64(1)
	if s.ChromaFormatIDC == 1 || s.ChromaFormatIDC == 2 {
		x = 2
		if s.ChromaFormatIDC == 1 {
			y = 2
		}
	}
	last := fmt.Sprintf("[%d]", s.MaxSubLayersMinus1)
	f["sps_max_dec_pic_buffering_minus1"+last] = int64(s.MaxDecPicBuffering) - 1
	f["sps_max_num_reorder_pics"+last] = int64(s.MaxNumReorderPics)
	f["sps_max_latency_increase_plus1"+last] = int64(s.MaxLatencyIncrease)
	for k, v := range map[string]int64{
		"sps_video_parameter_set_id": int64(s.VPSID), "sps_max_sub_layers_minus1": int64(s.MaxSubLayersMinus1),
		"sps_temporal_id_nesting_flag": flag(s.TemporalIDNesting), "sps_seq_parameter_set_id": int64(s.ID),
		"chroma_format_idc": int64(s.ChromaFormatIDC), "separate_colour_plane_flag": flag(s.SeparateColourPlane),
		"pic_width_in_luma_samples": int64(s.Width), "pic_height_in_luma_samples": int64(s.Height),
		"conf_win_left_offset":  int64(s.ConformanceWindow.Left) / x,
		"conf_win_right_offset": int64(s.ConformanceWindow.Right) / x,
		"conf_win_top_offset":   int64(s.ConformanceWindow.Top) / y, "conf_win_bottom_offset": int64(s.ConformanceWindow.Bottom) / y,
		"bit_depth_luma_minus8": int64(s.BitDepthLuma) - 8, "bit_depth_chroma_minus8": int64(s.BitDepthChroma) - 8,
		"log2_max_pic_order_cnt_lsb_minus4":        int64(s.Log2MaxPicOrderCnt) - 4,
		"log2_min_luma_coding_block_size_minus3":   int64(s.Log2MinCB) - 3,
		"log2_diff_max_min_luma_coding_block_size": int64(s.Log2CTB) - int64(s.Log2MinCB),
		"scaling_list_enabled_flag":                flag(s.ScalingList), "amp_enabled_flag": flag(s.AMP),
		"sample_adaptive_offset_enabled_flag": flag(s.SAO), "pcm_enabled_flag": flag(s.PCM),
		"num_short_term_ref_pic_sets":         int64(s.NumShortTermRefSets),
		"long_term_ref_pics_present_flag":     flag(s.LongTermRefPics),
		"sps_temporal_mvp_enabled_flag":       flag(s.TemporalMVP),
		"strong_intra_smoothing_enabled_flag": flag(s.StrongIntraSmoothing),
		"vui_parameters_present_flag":         flag(s.VUI.Present),
		"def_disp_win_left_offset":            int64(s.VUI.DefaultDisplayWindow.Left) / x,
		"def_disp_win_bottom_offset":          int64(s.VUI.DefaultDisplayWindow.Bottom) / y,
		// At the very end: all before was read right.
		"sps_range_extension_flag":      flag(s.RangeExtension),
		"sps_multilayer_extension_flag": flag(s.MultilayerExtension),
		"sps_3d_extension_flag":         flag(s.Extension3D),
		"sps_scc_extension_flag":        flag(s.SCCExtension),
	} {
		f[k] = v
	}
	return f
}

func av1SequenceFields(s *bitstream.AV1SequenceHeader) map[string]int64 {
	return map[string]int64{
		"seq_profile": int64(s.Profile), "still_picture": flag(s.StillPicture),
		"reduced_still_picture_header": flag(s.ReducedStillHeader), "timing_info_present_flag": flag(s.TimingInfo),
		"num_units_in_display_tick": int64(s.NumUnitsInTick), "time_scale": int64(s.TimeScale),
		"equal_picture_interval": flag(s.EqualPictureInterval), "num_ticks_per_picture_minus_1": int64(s.NumTicksPerPicture) - 1,
		"decoder_model_info_present_flag":        flag(s.DecoderModelInfo),
		"buffer_removal_time_length_minus_1":     int64(s.BufferRemovalTimeLength) - 1,
		"frame_presentation_time_length_minus_1": int64(s.FramePresentationTimeLength) - 1,
		"operating_points_cnt_minus_1":           int64(s.OperatingPointsCount) - 1,
		"operating_point_idc[0]":                 int64(s.OperatingPoints[0].IDC),
		"operating_point_idc[1]":                 int64(s.OperatingPoints[1].IDC),
		"seq_level_idx[0]":                       int64(s.OperatingPoints[0].LevelIDX),
		"seq_level_idx[1]":                       int64(s.OperatingPoints[1].LevelIDX),
		"seq_tier[0]":                            flag(s.OperatingPoints[0].HighTier),
		"initial_display_delay_minus_1[0]":       int64(s.OperatingPoints[0].InitialDelay) - 1,
		"frame_width_bits_minus_1":               int64(s.FrameWidthBits) - 1,
		"max_frame_width_minus_1":                int64(s.MaxWidth) - 1,
		"max_frame_height_minus_1":               int64(s.MaxHeight) - 1,
		"frame_id_numbers_present_flag":          flag(s.FrameIDNumbers),
		"use_128x128_superblock":                 flag(s.Superblock128),
		"enable_order_hint":                      flag(s.EnableOrderHint),
		"order_hint_bits_minus_1":                int64(s.OrderHintBits) - 1,
		"seq_force_screen_content_tools":         int64(s.ForceScreenContentTools),
		"seq_force_integer_mv":                   int64(s.ForceIntegerMV),
		"enable_superres":                        flag(s.EnableSuperres),
		"high_bitdepth":                          flag(s.BitDepth > 8),
		"twelve_bit":                             flag(s.BitDepth > 10),
		"mono_chrome":                            flag(s.Mono),
		"color_primaries":                        int64(s.Color.Primaries),
		"transfer_characteristics":               int64(s.Color.Transfer),
		"matrix_coefficients":                    int64(s.Color.Matrix),
		"color_range":                            flag(s.Color.Range == bitstream.RangeFull),
		"subsampling_x":                          flag(s.SubsamplingX),
		"subsampling_y":                          flag(s.SubsamplingY),
		"separate_uv_delta_q":                    flag(s.SeparateUVDeltaQ),
		"film_grain_params_present":              flag(s.FilmGrain),
	}
}

func av1FrameFields(h *bitstream.AV1FrameHeader) map[string]int64 {
	f := map[string]int64{
		"show_existing_frame": flag(h.ShowExisting), "frame_to_show_map_idx": int64(h.FrameToShow),
		"frame_type": int64(h.Type), "show_frame": flag(h.ShowFrame), "showable_frame": flag(h.ShowableFrame),
		"error_resilient_mode": flag(h.ErrorResilient), "frame_size_override_flag": flag(h.SizeOverride),
		"order_hint": int64(h.OrderHint), "primary_ref_frame": int64(h.PrimaryRefFrame),
		"refresh_frame_flags":  int64(h.RefreshFrameFlags),
		"render_width_minus_1": int64(h.Size.RenderWidth) - 1, "render_height_minus_1": int64(h.Size.RenderHeight) - 1,
		"frame_width_minus_1": int64(h.Size.UpscaledWidth) - 1, "frame_height_minus_1": int64(h.Size.FrameHeight) - 1,
		"coded_denom":      int64(h.Size.SuperresDenom) - 9,
		"use_superres":     flag(h.Size.SuperresDenom != 8),
		"current_frame_id": int64(h.CurrentFrameID),
	}
	for i, r := range h.RefFrameIdx {
		f[fmt.Sprintf("ref_frame_idx[%d]", i)] = int64(r)
	}
	return f
}

func vp9Fields(h *bitstream.VP9FrameHeader) map[string]int64 {
	f := map[string]int64{
		"profile_low_bit": int64(h.Profile & 1), "profile_high_bit": int64(h.Profile >> 1),
		"show_existing_frame": flag(h.ShowExisting), "frame_to_show_map_idx": int64(h.FrameToShow),
	}
	if h.ShowExisting {
		return f
	}
	for k, v := range map[string]int64{
		"frame_type": flag(!h.Key), "show_frame": flag(h.ShowFrame), "error_resilient_mode": flag(h.ErrorResilient),
		"intra_only": flag(h.IntraOnly), "reset_frame_context": int64(h.ResetFrameContext),
		"color_space": int64(h.ColorSpace), "color_range": flag(h.FullRange), "ten_or_twelve_bit": flag(h.BitDepth == 12),
		"subsampling_x": flag(h.SubsamplingX), "subsampling_y": flag(h.SubsamplingY),
		"refresh_frame_flags": int64(h.RefreshFrameFlags), "frame_width_minus_1": int64(h.Width) - 1,
		"frame_height_minus_1": int64(h.Height) - 1, "render_width_minus_1": int64(h.RenderWidth) - 1,
		"render_height_minus_1": int64(h.RenderHeight) - 1, "refresh_frame_context": flag(h.RefreshFrameContext),
		"frame_parallel_decoding_mode": flag(h.FrameParallel), "frame_context_idx": int64(h.FrameContextIdx),
		"loop_filter_delta_update": flag(h.LoopFilterDeltaUpdate), "segmentation_enabled": flag(h.Segmentation),
		"segmentation_update_map":      flag(h.SegmentationUpdateMap),
		"segmentation_temporal_update": flag(h.SegmentationTemporal),
		"segmentation_update_data":     flag(h.SegmentationUpdateData),
		// At the very end: all before was read right.
		"header_size_in_bytes": int64(h.HeaderSize),
	} {
		f[k] = v
	}
	for i, r := range h.RefFrameIdx {
		f[fmt.Sprintf("ref_frame_idx[%d]", i)] = int64(r)
	}
	return f
}
