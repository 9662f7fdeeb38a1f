package nvenc

import "math/bits"

// InitializeFlags are the bits of InitializeParams. Those of several bits are
// fields: see SetBits.
//
// Source: NV_ENC_INITIALIZE_PARAMS, nvEncodeAPI.h.
type InitializeFlags uint32

// The bits of InitializeFlags.
const (
	InitReportSliceOffsets       InitializeFlags = 1 << 0
	InitEnableSubFrameWrite      InitializeFlags = 1 << 1
	InitEnableExternalMEHints    InitializeFlags = 1 << 2
	InitEnableMEOnlyMode         InitializeFlags = 1 << 3
	InitEnableWeightedPrediction InitializeFlags = 1 << 4
	InitSplitEncodeMode          InitializeFlags = 15 << 5 // from 12.1 on
	InitEnableOutputInVidmem     InitializeFlags = 1 << 9
	InitEnableReconFrameOutput   InitializeFlags = 1 << 10 // from 12.1 on
	InitEnableOutputStats        InitializeFlags = 1 << 11 // from 12.1 on
	InitEnableUniDirectionalB    InitializeFlags = 1 << 12 // from 12.2 on
)

// ReconfigureFlags are the bits of ReconfigureParams.
//
// Source: NV_ENC_RECONFIGURE_PARAMS, nvEncodeAPI.h.
type ReconfigureFlags uint32

// The bits of ReconfigureFlags.
const (
	ReconfigureResetEncoder ReconfigureFlags = 1 << 0
	ReconfigureForceIDR     ReconfigureFlags = 1 << 1
)

// RCFlags are the bits of RCParams. Those of several bits are fields: see SetBits.
//
// Source: NV_ENC_RC_PARAMS, nvEncodeAPI.h.
type RCFlags uint32

// The bits of RCFlags.
const (
	RCEnableMinQP        RCFlags = 1 << 0
	RCEnableMaxQP        RCFlags = 1 << 1
	RCEnableInitialRCQP  RCFlags = 1 << 2
	RCEnableAQ           RCFlags = 1 << 3
	RCEnableLookahead    RCFlags = 1 << 5
	RCDisableIadapt      RCFlags = 1 << 6
	RCDisableBadapt      RCFlags = 1 << 7
	RCEnableTemporalAQ   RCFlags = 1 << 8
	RCZeroReorderDelay   RCFlags = 1 << 9
	RCEnableNonRefP      RCFlags = 1 << 10
	RCStrictGOPTarget    RCFlags = 1 << 11
	RCAQStrength         RCFlags = 15 << 12
	RCEnableExtLookahead RCFlags = 1 << 16 // from 12.1 on
)

// H264Flags are the bits of ConfigH264.
//
// Source: NV_ENC_CONFIG_H264, nvEncodeAPI.h.
type H264Flags uint32

// The bits of H264Flags.
const (
	H264EnableTemporalSVC               H264Flags = 1 << 0
	H264EnableStereoMVC                 H264Flags = 1 << 1
	H264HierarchicalPFrames             H264Flags = 1 << 2
	H264HierarchicalBFrames             H264Flags = 1 << 3
	H264OutputBufferingPeriodSEI        H264Flags = 1 << 4
	H264OutputPictureTimingSEI          H264Flags = 1 << 5
	H264OutputAUD                       H264Flags = 1 << 6
	H264DisableSPSPPS                   H264Flags = 1 << 7
	H264OutputFramePackingSEI           H264Flags = 1 << 8
	H264OutputRecoveryPointSEI          H264Flags = 1 << 9
	H264EnableIntraRefresh              H264Flags = 1 << 10
	H264EnableConstrainedEncoding       H264Flags = 1 << 11
	H264RepeatSPSPPS                    H264Flags = 1 << 12
	H264EnableVFR                       H264Flags = 1 << 13
	H264EnableLTR                       H264Flags = 1 << 14
	H264QpPrimeYZeroTransformBypassFlag H264Flags = 1 << 15
	H264UseConstrainedIntraPred         H264Flags = 1 << 16
	H264EnableFillerDataInsertion       H264Flags = 1 << 17
	H264DisableSVCPrefixNalu            H264Flags = 1 << 18
	H264EnableScalabilityInfoSEI        H264Flags = 1 << 19
	H264SingleSliceIntraRefresh         H264Flags = 1 << 20
	H264EnableTimeCode                  H264Flags = 1 << 21 // from 12.0 on
)

// HEVCFlags are the bits of ConfigHEVC. Those of several bits are fields: see
// SetBits.
//
// Source: NV_ENC_CONFIG_HEVC, nvEncodeAPI.h.
type HEVCFlags uint32

// The bits of HEVCFlags.
const (
	HEVCUseConstrainedIntraPred           HEVCFlags = 1 << 0
	HEVCDisableDeblockAcrossSliceBoundary HEVCFlags = 1 << 1
	HEVCOutputBufferingPeriodSEI          HEVCFlags = 1 << 2
	HEVCOutputPictureTimingSEI            HEVCFlags = 1 << 3
	HEVCOutputAUD                         HEVCFlags = 1 << 4
	HEVCEnableLTR                         HEVCFlags = 1 << 5
	HEVCDisableSPSPPS                     HEVCFlags = 1 << 6
	HEVCRepeatSPSPPS                      HEVCFlags = 1 << 7
	HEVCEnableIntraRefresh                HEVCFlags = 1 << 8
	HEVCChromaFormatIDC                   HEVCFlags = 3 << 9
	HEVCEnableFillerDataInsertion         HEVCFlags = 1 << 14
	HEVCEnableConstrainedEncoding         HEVCFlags = 1 << 15
	HEVCEnableAlphaLayerEncoding          HEVCFlags = 1 << 16
	HEVCSingleSliceIntraRefresh           HEVCFlags = 1 << 17
	HEVCOutputRecoveryPointSEI            HEVCFlags = 1 << 18 // from 12.0 on
	HEVCOutputTimeCodeSEI                 HEVCFlags = 1 << 19 // from 12.0 on
	HEVCEnableTemporalSVC                 HEVCFlags = 1 << 20 // from 13.0 on
	HEVCEnableMVHEVC                      HEVCFlags = 1 << 21 // from 13.0 on
	HEVCOutputHevc3DReferenceDisplayInfo  HEVCFlags = 1 << 22 // from 13.0 on
	HEVCOutputMaxCll                      HEVCFlags = 1 << 23 // from 13.0 on
	HEVCOutputMasteringDisplay            HEVCFlags = 1 << 24 // from 13.0 on
	HEVCEnableRefPicListModification      HEVCFlags = 1 << 26 // from 13.1 on
)

// AV1Flags are the bits of ConfigAV1. Those of several bits are fields: see
// SetBits.
//
// Source: NV_ENC_CONFIG_AV1, nvEncodeAPI.h.
type AV1Flags uint32

// The bits of AV1Flags.
const (
	AV1OutputAnnexBFormat     AV1Flags = 1 << 0
	AV1EnableTimingInfo       AV1Flags = 1 << 1
	AV1EnableDecoderModelInfo AV1Flags = 1 << 2
	AV1EnableFrameIdNumbers   AV1Flags = 1 << 3
	AV1DisableSeqHdr          AV1Flags = 1 << 4
	AV1RepeatSeqHdr           AV1Flags = 1 << 5
	AV1EnableIntraRefresh     AV1Flags = 1 << 6
	AV1ChromaFormatIDC        AV1Flags = 3 << 7
	AV1EnableBitstreamPadding AV1Flags = 1 << 9
	AV1EnableCustomTileConfig AV1Flags = 1 << 10
	AV1EnableFilmGrainParams  AV1Flags = 1 << 11
	AV1EnableLTR              AV1Flags = 1 << 12 // from 13.0 on
	AV1EnableTemporalSVC      AV1Flags = 1 << 13 // from 13.0 on
	AV1OutputMaxCll           AV1Flags = 1 << 14 // from 13.0 on
	AV1OutputMasteringDisplay AV1Flags = 1 << 15 // from 13.0 on
)

// PicFlagsH264 are the bits of PicParamsH264.
//
// Source: NV_ENC_PIC_PARAMS_H264, nvEncodeAPI.h.
type PicFlagsH264 uint32

// The bits of PicFlagsH264.
const (
	PicH264ConstrainedFrame    PicFlagsH264 = 1 << 0
	PicH264SliceModeDataUpdate PicFlagsH264 = 1 << 1
	PicH264LTRMarkFrame        PicFlagsH264 = 1 << 2
	PicH264LTRUseFrames        PicFlagsH264 = 1 << 3
)

// PicFlagsHEVC are the bits of PicParamsHEVC.
//
// Source: NV_ENC_PIC_PARAMS_HEVC, nvEncodeAPI.h.
type PicFlagsHEVC uint32

// The bits of PicFlagsHEVC.
const (
	PicHEVCConstrainedFrame     PicFlagsHEVC = 1 << 0
	PicHEVCSliceModeDataUpdate  PicFlagsHEVC = 1 << 1
	PicHEVCLTRMarkFrame         PicFlagsHEVC = 1 << 2
	PicHEVCLTRUseFrames         PicFlagsHEVC = 1 << 3
	PicHEVCTemporalConfigUpdate PicFlagsHEVC = 1 << 4 // from 13.0 on
)

// PicFlagsAV1 are the bits of PicParamsAV1.
//
// Source: NV_ENC_PIC_PARAMS_AV1, nvEncodeAPI.h.
type PicFlagsAV1 uint32

// The bits of PicFlagsAV1.
const (
	PicAV1GoldenFrameFlag        PicFlagsAV1 = 1 << 0
	PicAV1ArfFrameFlag           PicFlagsAV1 = 1 << 1
	PicAV1Arf2FrameFlag          PicFlagsAV1 = 1 << 2
	PicAV1BwdFrameFlag           PicFlagsAV1 = 1 << 3
	PicAV1OverlayFrameFlag       PicFlagsAV1 = 1 << 4
	PicAV1ShowExistingFrameFlag  PicFlagsAV1 = 1 << 5
	PicAV1ErrorResilientModeFlag PicFlagsAV1 = 1 << 6
	PicAV1TileConfigUpdate       PicFlagsAV1 = 1 << 7
	PicAV1EnableCustomTileConfig PicFlagsAV1 = 1 << 8
	PicAV1FilmGrainParamsUpdate  PicFlagsAV1 = 1 << 9
	PicAV1LTRMarkFrame           PicFlagsAV1 = 1 << 10 // from 13.0 on
	PicAV1LTRUseFrames           PicFlagsAV1 = 1 << 11 // from 13.0 on
	PicAV1TemporalConfigUpdate   PicFlagsAV1 = 1 << 12 // from 13.0 on
)

// LockFlags are the bits of LockBitstream.
//
// Source: NV_ENC_LOCK_BITSTREAM, nvEncodeAPI.h.
type LockFlags uint32

// The bits of LockFlags.
const (
	LockDoNotWait  LockFlags = 1 << 0
	LockLTRFrame   LockFlags = 1 << 1
	LockGetRCStats LockFlags = 1 << 2
)

// LockInputFlags are the bits of LockInputBuffer.
//
// Source: NV_ENC_LOCK_INPUT_BUFFER, nvEncodeAPI.h.
type LockInputFlags uint32

// The bits of LockInputFlags.
const (
	LockInputDoNotWait LockInputFlags = 1 << 0
)

// StatFlags are the bits of Stat.
//
// Source: NV_ENC_STAT, nvEncodeAPI.h.
type StatFlags uint32

// The bits of StatFlags.
const (
	StatLTRFrame StatFlags = 1 << 0
)

// H264MEOnlyFlags are the bits of ConfigH264MEOnly.
//
// Source: NV_ENC_CONFIG_H264_MEONLY, nvEncodeAPI.h.
type H264MEOnlyFlags uint32

// The bits of H264MEOnlyFlags.
const (
	MEOnlyDisablePartition16x16 H264MEOnlyFlags = 1 << 0
	MEOnlyDisablePartition8x16  H264MEOnlyFlags = 1 << 1
	MEOnlyDisablePartition16x8  H264MEOnlyFlags = 1 << 2
	MEOnlyDisablePartition8x8   H264MEOnlyFlags = 1 << 3
	MEOnlyDisableIntraSearch    H264MEOnlyFlags = 1 << 4
	MEOnlyStereoEnable          H264MEOnlyFlags = 1 << 5
)

// FilmGrainFlags are the bits of FilmGrainParamsAV1. Those of several bits are
// fields: see SetBits.
//
// Source: NV_ENC_FILM_GRAIN_PARAMS_AV1, nvEncodeAPI.h.
type FilmGrainFlags uint32

// The bits of FilmGrainFlags.
const (
	FilmGrainApplyGrain            FilmGrainFlags = 1 << 0
	FilmGrainChromaScalingFromLuma FilmGrainFlags = 1 << 1
	FilmGrainOverlapFlag           FilmGrainFlags = 1 << 2
	FilmGrainClipToRestrictedRange FilmGrainFlags = 1 << 3
	FilmGrainGrainScalingMinus8    FilmGrainFlags = 3 << 4
	FilmGrainArCoeffLag            FilmGrainFlags = 3 << 6
	FilmGrainNumYPoints            FilmGrainFlags = 15 << 8
	FilmGrainNumCbPoints           FilmGrainFlags = 15 << 12
	FilmGrainNumCrPoints           FilmGrainFlags = 15 << 16
	FilmGrainArCoeffShiftMinus6    FilmGrainFlags = 3 << 20
	FilmGrainGrainScaleShift       FilmGrainFlags = 3 << 22
)

// ReferenceDisplayFlags are the bits of HEVC3DReferenceDisplayInfo.
//
// Source: HEVC_3D_REFERENCE_DISPLAY_INFO, nvEncodeAPI.h.
type ReferenceDisplayFlags uint32

// The bits of ReferenceDisplayFlags.
const (
	ReferenceDisplayRefViewingDistanceFlag                         ReferenceDisplayFlags = 1 << 0
	ReferenceDisplayThreeDimensionalReferenceDisplaysExtensionFlag ReferenceDisplayFlags = 1 << 1
)

// TimestampBits are the bits of ClockTimestampSet. Those of several bits are
// fields: see SetBits.
//
// Source: NV_ENC_CLOCK_TIMESTAMP_SET, nvEncodeAPI.h.
type TimestampBits uint32

// The bits of TimestampBits.
const (
	TimestampCountingTypeLSB   TimestampBits = 1 << 0
	TimestampDiscontinuityFlag TimestampBits = 1 << 1   // from 12.0 on
	TimestampCntDroppedFrames  TimestampBits = 1 << 2   // from 12.0 on
	TimestampNFrames           TimestampBits = 255 << 3 // from 12.0 on
	TimestampSecondsValue      TimestampBits = 63 << 11 // from 12.0 on
	TimestampMinutesValue      TimestampBits = 63 << 17 // from 12.0 on
	TimestampHoursValue        TimestampBits = 31 << 23 // from 12.0 on
	TimestampCountingTypeMSB   TimestampBits = 15 << 28 // from 13.1 on
)

// MEHintBits are the bits of ExternalMEHint. Those of several bits are fields: see
// SetBits.
//
// Source: NVENC_EXTERNAL_ME_HINT, nvEncodeAPI.h.
type MEHintBits uint32

// The bits of MEHintBits.
const (
	MEHintMVX        MEHintBits = 4095 << 0
	MEHintMVY        MEHintBits = 1023 << 12
	MEHintRefIdx     MEHintBits = 31 << 22
	MEHintDir        MEHintBits = 1 << 27
	MEHintPartType   MEHintBits = 3 << 28
	MEHintLastOfPart MEHintBits = 1 << 30
	MEHintLastOfMB   MEHintBits = 1 << 31
)

// MEHintCountBits are the bits of ExternalMEHintCounts. Those of several bits are
// fields: see SetBits.
//
// Source: NVENC_EXTERNAL_ME_HINT_COUNTS_PER_BLOCKTYPE, nvEncodeAPI.h.
type MEHintCountBits uint32

// The bits of MEHintCountBits.
const (
	MEHintCountNumCandsPerBlk16x16 MEHintCountBits = 15 << 0
	MEHintCountNumCandsPerBlk16x8  MEHintCountBits = 15 << 4
	MEHintCountNumCandsPerBlk8x16  MEHintCountBits = 15 << 8
	MEHintCountNumCandsPerBlk8x8   MEHintCountBits = 15 << 12
	MEHintCountNumCandsPerSb       MEHintCountBits = 255 << 16 // from 12.0 on
)

// MESBHintBits0 are the bits of ExternalMESBHint. Those of several bits are fields:
// see SetBits.
//
// Source: NVENC_EXTERNAL_ME_SB_HINT, nvEncodeAPI.h.
type MESBHintBits0 uint16

// The bits of MESBHintBits0.
const (
	MESBHintRefIdx        MESBHintBits0 = 31 << 0
	MESBHintDirection     MESBHintBits0 = 1 << 5
	MESBHintBi            MESBHintBits0 = 1 << 6
	MESBHintPartitionType MESBHintBits0 = 7 << 7
	MESBHintX8            MESBHintBits0 = 7 << 10
	MESBHintLastOfCu      MESBHintBits0 = 1 << 13
	MESBHintLastOfSb      MESBHintBits0 = 1 << 14
)

// MESBHintBits2 are the bits of ExternalMESBHint. Those of several bits are fields:
// see SetBits.
//
// Source: NVENC_EXTERNAL_ME_SB_HINT, nvEncodeAPI.h.
type MESBHintBits2 uint16

// The bits of MESBHintBits2.
const (
	MESBHintMVX    MESBHintBits2 = 16383 << 0
	MESBHintCuSize MESBHintBits2 = 3 << 14
)

// MESBHintBits4 are the bits of ExternalMESBHint. Those of several bits are fields:
// see SetBits.
//
// Source: NVENC_EXTERNAL_ME_SB_HINT, nvEncodeAPI.h.
type MESBHintBits4 uint16

// The bits of MESBHintBits4.
const (
	MESBHintMVY MESBHintBits4 = 4095 << 0
	MESBHintY8  MESBHintBits4 = 7 << 12
)

// SetBits returns flags with the field that mask covers set to v.
func SetBits[F ~uint16 | ~uint32](flags, mask F, v int) F {
	return flags&^mask | F(v)<<bits.TrailingZeros32(uint32(mask))&mask
}

// GetBits returns the field of flags that mask covers.
func GetBits[F ~uint16 | ~uint32](flags, mask F) int {
	return int(flags & mask >> bits.TrailingZeros32(uint32(mask)))
}
