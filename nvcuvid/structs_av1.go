package nvcuvid

import (
	"structs"
)

// AV1PicParams is part of PicParams. Source: CUVIDAV1PICPARAMS, cuviddec.h.
type AV1PicParams struct {
	_                       structs.HostLayout
	Width                   uint32
	Height                  uint32
	FrameOffset             uint32
	DecodePicIdx            int32
	Bits16                  uint32
	Bits20                  uint32
	Bits24                  uint32
	TileWidths              [64]uint16
	TileHeights             [64]uint16
	Bits284                 uint8
	CDEFYStrength           [8]uint8
	CDEFUvStrength          [8]uint8
	Bits301                 uint8
	BaseQindex              uint8
	QPYDCDeltaQ             int8
	QPUDCDeltaQ             int8
	QPVDCDeltaQ             int8
	QPUACDeltaQ             int8
	QPVACDeltaQ             int8
	QmY                     uint8
	QmU                     uint8
	QmV                     uint8
	Bits311                 uint8
	SegmentationFeatureData [8][8]int16
	SegmentationFeatureMask [8]uint8
	LoopFilterLevel         [2]uint8
	LoopFilterLevelU        uint8
	LoopFilterLevelV        uint8
	LoopFilterSharpness     uint8
	LoopFilterRefDeltas     [8]int8
	LoopFilterModeDeltas    [2]int8
	Bits463                 uint8
	LrUnitSize              [3]uint8
	LrType                  [3]uint8
	PrimaryRefFrame         uint8
	RefFrameMap             [8]uint8
	Bits479                 uint8
	_                       [4]uint8
	RefFrame                [7]AV1RefFrame
	GlobalMotion            [7]AV1GlobalMotion
	Bits764                 uint16
	NumYPoints              uint8
	ScalingPointsY          [14][2]uint8
	NumCbPoints             uint8
	ScalingPointsCb         [10][2]uint8
	NumCrPoints             uint8
	ScalingPointsCr         [10][2]uint8
	_                       uint8
	RandomSeed              uint16
	ArCoeffsY               [24]int16
	ArCoeffsCb              [25]int16
	ArCoeffsCr              [25]int16
	CbMult                  uint8
	CbLumaMult              uint8
	CbOffset                int16
	CrMult                  uint8
	CrLumaMult              uint8
	CrOffset                int16
	_                       [7]int32
}

// Profile is profile, bits 0 to 2 of Bits16.
func (p *AV1PicParams) Profile() int { return int(p.Bits16 & 0x7) }

// Use128x128Superblock is use_128x128_superblock, bit 3 of Bits16.
func (p *AV1PicParams) Use128x128Superblock() bool { return p.Bits16&(1<<3) != 0 }

// SubsamplingX is subsampling_x, bit 4 of Bits16.
func (p *AV1PicParams) SubsamplingX() bool { return p.Bits16&(1<<4) != 0 }

// SubsamplingY is subsampling_y, bit 5 of Bits16.
func (p *AV1PicParams) SubsamplingY() bool { return p.Bits16&(1<<5) != 0 }

// MonoChrome is mono_chrome, bit 6 of Bits16.
func (p *AV1PicParams) MonoChrome() bool { return p.Bits16&(1<<6) != 0 }

// BitDepthMinus8 is bit_depth_minus8, bits 7 to 10 of Bits16.
func (p *AV1PicParams) BitDepthMinus8() int { return int(p.Bits16 >> 7 & 0xf) }

// EnableFilterIntra is enable_filter_intra, bit 11 of Bits16.
func (p *AV1PicParams) EnableFilterIntra() bool { return p.Bits16&(1<<11) != 0 }

// EnableIntraEdgeFilter is enable_intra_edge_filter, bit 12 of Bits16.
func (p *AV1PicParams) EnableIntraEdgeFilter() bool { return p.Bits16&(1<<12) != 0 }

// EnableInterintraCompound is enable_interintra_compound, bit 13 of Bits16.
func (p *AV1PicParams) EnableInterintraCompound() bool { return p.Bits16&(1<<13) != 0 }

// EnableMaskedCompound is enable_masked_compound, bit 14 of Bits16.
func (p *AV1PicParams) EnableMaskedCompound() bool { return p.Bits16&(1<<14) != 0 }

// EnableDualFilter is enable_dual_filter, bit 15 of Bits16.
func (p *AV1PicParams) EnableDualFilter() bool { return p.Bits16&(1<<15) != 0 }

// EnableOrderHint is enable_order_hint, bit 16 of Bits16.
func (p *AV1PicParams) EnableOrderHint() bool { return p.Bits16&(1<<16) != 0 }

// OrderHintBitsMinus1 is order_hint_bits_minus1, bits 17 to 19 of Bits16.
func (p *AV1PicParams) OrderHintBitsMinus1() int { return int(p.Bits16 >> 17 & 0x7) }

// EnableJntComp is enable_jnt_comp, bit 20 of Bits16.
func (p *AV1PicParams) EnableJntComp() bool { return p.Bits16&(1<<20) != 0 }

// EnableSuperres is enable_superres, bit 21 of Bits16.
func (p *AV1PicParams) EnableSuperres() bool { return p.Bits16&(1<<21) != 0 }

// EnableCDEF is enable_cdef, bit 22 of Bits16.
func (p *AV1PicParams) EnableCDEF() bool { return p.Bits16&(1<<22) != 0 }

// EnableRestoration is enable_restoration, bit 23 of Bits16.
func (p *AV1PicParams) EnableRestoration() bool { return p.Bits16&(1<<23) != 0 }

// EnableFGS is enable_fgs, bit 24 of Bits16.
func (p *AV1PicParams) EnableFGS() bool { return p.Bits16&(1<<24) != 0 }

// FrameType is frame_type, bits 0 to 1 of Bits20.
func (p *AV1PicParams) FrameType() int { return int(p.Bits20 & 0x3) }

// ShowFrame is show_frame, bit 2 of Bits20.
func (p *AV1PicParams) ShowFrame() bool { return p.Bits20&(1<<2) != 0 }

// DisableCDFUpdate is disable_cdf_update, bit 3 of Bits20.
func (p *AV1PicParams) DisableCDFUpdate() bool { return p.Bits20&(1<<3) != 0 }

// AllowScreenContentTools is allow_screen_content_tools, bit 4 of Bits20.
func (p *AV1PicParams) AllowScreenContentTools() bool { return p.Bits20&(1<<4) != 0 }

// ForceIntegerMv is force_integer_mv, bit 5 of Bits20.
func (p *AV1PicParams) ForceIntegerMv() bool { return p.Bits20&(1<<5) != 0 }

// CodedDenom is coded_denom, bits 6 to 8 of Bits20.
func (p *AV1PicParams) CodedDenom() int { return int(p.Bits20 >> 6 & 0x7) }

// AllowIntrabc is allow_intrabc, bit 9 of Bits20.
func (p *AV1PicParams) AllowIntrabc() bool { return p.Bits20&(1<<9) != 0 }

// AllowHighPrecisionMv is allow_high_precision_mv, bit 10 of Bits20.
func (p *AV1PicParams) AllowHighPrecisionMv() bool { return p.Bits20&(1<<10) != 0 }

// InterpFilter is interp_filter, bits 11 to 13 of Bits20.
func (p *AV1PicParams) InterpFilter() int { return int(p.Bits20 >> 11 & 0x7) }

// SwitchableMotionMode is switchable_motion_mode, bit 14 of Bits20.
func (p *AV1PicParams) SwitchableMotionMode() bool { return p.Bits20&(1<<14) != 0 }

// UseRefFrameMvs is use_ref_frame_mvs, bit 15 of Bits20.
func (p *AV1PicParams) UseRefFrameMvs() bool { return p.Bits20&(1<<15) != 0 }

// DisableFrameEndUpdateCDF is disable_frame_end_update_cdf, bit 16 of Bits20.
func (p *AV1PicParams) DisableFrameEndUpdateCDF() bool { return p.Bits20&(1<<16) != 0 }

// DeltaQPresent is delta_q_present, bit 17 of Bits20.
func (p *AV1PicParams) DeltaQPresent() bool { return p.Bits20&(1<<17) != 0 }

// DeltaQRes is delta_q_res, bits 18 to 19 of Bits20.
func (p *AV1PicParams) DeltaQRes() int { return int(p.Bits20 >> 18 & 0x3) }

// UsingQmatrix is using_qmatrix, bit 20 of Bits20.
func (p *AV1PicParams) UsingQmatrix() bool { return p.Bits20&(1<<20) != 0 }

// CodedLossless is coded_lossless, bit 21 of Bits20.
func (p *AV1PicParams) CodedLossless() bool { return p.Bits20&(1<<21) != 0 }

// UseSuperres is use_superres, bit 22 of Bits20.
func (p *AV1PicParams) UseSuperres() bool { return p.Bits20&(1<<22) != 0 }

// TxMode is tx_mode, bits 23 to 24 of Bits20.
func (p *AV1PicParams) TxMode() int { return int(p.Bits20 >> 23 & 0x3) }

// ReferenceMode is reference_mode, bit 25 of Bits20.
func (p *AV1PicParams) ReferenceMode() bool { return p.Bits20&(1<<25) != 0 }

// AllowWarpedMotion is allow_warped_motion, bit 26 of Bits20.
func (p *AV1PicParams) AllowWarpedMotion() bool { return p.Bits20&(1<<26) != 0 }

// ReducedTxSet is reduced_tx_set, bit 27 of Bits20.
func (p *AV1PicParams) ReducedTxSet() bool { return p.Bits20&(1<<27) != 0 }

// SkipMode is skip_mode, bit 28 of Bits20.
func (p *AV1PicParams) SkipMode() bool { return p.Bits20&(1<<28) != 0 }

// NumTileCols is num_tile_cols, bits 0 to 7 of Bits24.
func (p *AV1PicParams) NumTileCols() int { return int(p.Bits24 & 0xff) }

// NumTileRows is num_tile_rows, bits 8 to 15 of Bits24.
func (p *AV1PicParams) NumTileRows() int { return int(p.Bits24 >> 8 & 0xff) }

// ContextUpdateTileID is context_update_tile_id, bits 16 to 31 of Bits24.
func (p *AV1PicParams) ContextUpdateTileID() int { return int(p.Bits24 >> 16 & 0xffff) }

// CDEFDampingMinus3 is cdef_damping_minus_3, bits 0 to 1 of Bits284.
func (p *AV1PicParams) CDEFDampingMinus3() int { return int(p.Bits284 & 0x3) }

// CDEFBits is cdef_bits, bits 2 to 3 of Bits284.
func (p *AV1PicParams) CDEFBits() int { return int(p.Bits284 >> 2 & 0x3) }

// SkipModeFrame0 is SkipModeFrame0, bits 0 to 3 of Bits301.
func (p *AV1PicParams) SkipModeFrame0() int { return int(p.Bits301 & 0xf) }

// SkipModeFrame1 is SkipModeFrame1, bits 4 to 7 of Bits301.
func (p *AV1PicParams) SkipModeFrame1() int { return int(p.Bits301 >> 4 & 0xf) }

// SegmentationEnabled is segmentation_enabled, bit 0 of Bits311.
func (p *AV1PicParams) SegmentationEnabled() bool { return p.Bits311&(1<<0) != 0 }

// SegmentationUpdateMap is segmentation_update_map, bit 1 of Bits311.
func (p *AV1PicParams) SegmentationUpdateMap() bool { return p.Bits311&(1<<1) != 0 }

// SegmentationUpdateData is segmentation_update_data, bit 2 of Bits311.
func (p *AV1PicParams) SegmentationUpdateData() bool { return p.Bits311&(1<<2) != 0 }

// SegmentationTemporalUpdate is segmentation_temporal_update, bit 3 of Bits311.
func (p *AV1PicParams) SegmentationTemporalUpdate() bool { return p.Bits311&(1<<3) != 0 }

// LoopFilterDeltaEnabled is loop_filter_delta_enabled, bit 0 of Bits463.
func (p *AV1PicParams) LoopFilterDeltaEnabled() bool { return p.Bits463&(1<<0) != 0 }

// LoopFilterDeltaUpdate is loop_filter_delta_update, bit 1 of Bits463.
func (p *AV1PicParams) LoopFilterDeltaUpdate() bool { return p.Bits463&(1<<1) != 0 }

// DeltaLfPresent is delta_lf_present, bit 2 of Bits463.
func (p *AV1PicParams) DeltaLfPresent() bool { return p.Bits463&(1<<2) != 0 }

// DeltaLfRes is delta_lf_res, bits 3 to 4 of Bits463.
func (p *AV1PicParams) DeltaLfRes() int { return int(p.Bits463 >> 3 & 0x3) }

// DeltaLfMulti is delta_lf_multi, bit 5 of Bits463.
func (p *AV1PicParams) DeltaLfMulti() bool { return p.Bits463&(1<<5) != 0 }

// TemporalLayerID is temporal_layer_id, bits 0 to 3 of Bits479.
func (p *AV1PicParams) TemporalLayerID() int { return int(p.Bits479 & 0xf) }

// SpatialLayerID is spatial_layer_id, bits 4 to 7 of Bits479.
func (p *AV1PicParams) SpatialLayerID() int { return int(p.Bits479 >> 4 & 0xf) }

// ApplyGrain is apply_grain, bit 0 of Bits764.
func (p *AV1PicParams) ApplyGrain() bool { return p.Bits764&(1<<0) != 0 }

// OverlapFlag is overlap_flag, bit 1 of Bits764.
func (p *AV1PicParams) OverlapFlag() bool { return p.Bits764&(1<<1) != 0 }

// ScalingShiftMinus8 is scaling_shift_minus8, bits 2 to 3 of Bits764.
func (p *AV1PicParams) ScalingShiftMinus8() int { return int(p.Bits764 >> 2 & 0x3) }

// ChromaScalingFromLuma is chroma_scaling_from_luma, bit 4 of Bits764.
func (p *AV1PicParams) ChromaScalingFromLuma() bool { return p.Bits764&(1<<4) != 0 }

// ArCoeffLag is ar_coeff_lag, bits 5 to 6 of Bits764.
func (p *AV1PicParams) ArCoeffLag() int { return int(p.Bits764 >> 5 & 0x3) }

// ArCoeffShiftMinus6 is ar_coeff_shift_minus6, bits 7 to 8 of Bits764.
func (p *AV1PicParams) ArCoeffShiftMinus6() int { return int(p.Bits764 >> 7 & 0x3) }

// GrainScaleShift is grain_scale_shift, bits 9 to 10 of Bits764.
func (p *AV1PicParams) GrainScaleShift() int { return int(p.Bits764 >> 9 & 0x3) }

// ClipToRestrictedRange is clip_to_restricted_range, bit 11 of Bits764.
func (p *AV1PicParams) ClipToRestrictedRange() bool { return p.Bits764&(1<<11) != 0 }

// An AV1RefFrame is a reference of an AV1 picture.
type AV1RefFrame struct {
	_      structs.HostLayout
	Width  uint32
	Height uint32
	Index  uint8
	_      [3]uint8
}

// An AV1GlobalMotion is the motion of a reference: bit 0 of Bits invalid, bits 1
// and 2 the type.
type AV1GlobalMotion struct {
	_     structs.HostLayout
	Bits  uint8
	_     [3]int8
	Wmmat [6]int32
}
