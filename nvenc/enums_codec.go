package nvenc

// An AV1PartSize is a size of AV1 blocks. Source: NV_ENC_AV1_PART_SIZE,
// nvEncodeAPI.h.
type AV1PartSize uint32

// The values of AV1PartSize.
const (
	AV1PartSizeAuto  AV1PartSize = 0
	AV1PartSize4x4   AV1PartSize = 1
	AV1PartSize8x8   AV1PartSize = 2
	AV1PartSize16x16 AV1PartSize = 3
	AV1PartSize32x32 AV1PartSize = 4
	AV1PartSize64x64 AV1PartSize = 5
)

// A BFrameRefMode says which B-frames others may refer to. Source:
// NV_ENC_BFRAME_REF_MODE, nvEncodeAPI.h.
type BFrameRefMode uint32

// The values of BFrameRefMode.
const (
	BRefDisabled     BFrameRefMode = 0
	BRefEach         BFrameRefMode = 1
	BRefMiddle       BFrameRefMode = 2
	BRefHierarchical BFrameRefMode = 4 // from 13.1 on
)

// A DisplayPicStruct says how a picture is shown. Source:
// NV_ENC_DISPLAY_PIC_STRUCT, nvEncodeAPI.h.
type DisplayPicStruct uint32

// The values of DisplayPicStruct.
const (
	DisplayFrame          DisplayPicStruct = 0
	DisplayFieldTopBottom DisplayPicStruct = 1
	DisplayFieldBottomTop DisplayPicStruct = 2
	DisplayFrameDoubling  DisplayPicStruct = 3
	DisplayFrameTripling  DisplayPicStruct = 4
)

// An EmphasisMapLevel is a value of an emphasis map. Source:
// NV_ENC_EMPHASIS_MAP_LEVEL, nvEncodeAPI.h.
type EmphasisMapLevel uint32

// The values of EmphasisMapLevel.
const (
	Emphasis0 EmphasisMapLevel = 0
	Emphasis1 EmphasisMapLevel = 1
	Emphasis2 EmphasisMapLevel = 2
	Emphasis3 EmphasisMapLevel = 3
	Emphasis4 EmphasisMapLevel = 4
	Emphasis5 EmphasisMapLevel = 5
)

// A H264AdaptiveTransformMode says whether 8x8 transforms are used. Source:
// NV_ENC_H264_ADAPTIVE_TRANSFORM_MODE, nvEncodeAPI.h.
type H264AdaptiveTransformMode uint32

// The values of H264AdaptiveTransformMode.
const (
	H264AdaptiveTransformAuto    H264AdaptiveTransformMode = 0
	H264AdaptiveTransformDisable H264AdaptiveTransformMode = 1
	H264AdaptiveTransformEnable  H264AdaptiveTransformMode = 2
)

// A H264BDirectMode is how direct vectors are predicted. Source:
// NV_ENC_H264_BDIRECT_MODE, nvEncodeAPI.h.
type H264BDirectMode uint32

// The values of H264BDirectMode.
const (
	H264BDirectAuto     H264BDirectMode = 0
	H264BDirectDisable  H264BDirectMode = 1
	H264BDirectTemporal H264BDirectMode = 2
	H264BDirectSpatial  H264BDirectMode = 3
)

// A H264EntropyCodingMode is CABAC or CAVLC. Source:
// NV_ENC_H264_ENTROPY_CODING_MODE, nvEncodeAPI.h.
type H264EntropyCodingMode uint32

// The values of H264EntropyCodingMode.
const (
	H264EntropyAuto  H264EntropyCodingMode = 0
	H264EntropyCABAC H264EntropyCodingMode = 1
	H264EntropyCAVLC H264EntropyCodingMode = 2
)

// A H264FMOMode is about flexible macroblock order. Source: NV_ENC_H264_FMO_MODE,
// nvEncodeAPI.h.
type H264FMOMode uint32

// The values of H264FMOMode.
const (
	H264FMOAuto    H264FMOMode = 0
	H264FMOEnable  H264FMOMode = 1
	H264FMODisable H264FMOMode = 2
)

// A HEVCCUSize is a size of coding units. Source: NV_ENC_HEVC_CUSIZE,
// nvEncodeAPI.h.
type HEVCCUSize uint32

// The values of HEVCCUSize.
const (
	HEVCCUSizeAuto  HEVCCUSize = 0
	HEVCCUSize8x8   HEVCCUSize = 1
	HEVCCUSize16x16 HEVCCUSize = 2
	HEVCCUSize32x32 HEVCCUSize = 3
	HEVCCUSize64x64 HEVCCUSize = 4
)

// A LookaheadLevel is how thorough the lookahead is. Source:
// NV_ENC_LOOKAHEAD_LEVEL, nvEncodeAPI.h.
type LookaheadLevel uint32

// The values of LookaheadLevel.
const (
	LookaheadLevel0    LookaheadLevel = 0
	LookaheadLevel1    LookaheadLevel = 1
	LookaheadLevel2    LookaheadLevel = 2
	LookaheadLevel3    LookaheadLevel = 3
	LookaheadLevelAuto LookaheadLevel = 15
)

// A MVPrecision is of motion vectors. Source: NV_ENC_MV_PRECISION, nvEncodeAPI.h.
type MVPrecision uint32

// The values of MVPrecision.
const (
	MVPrecisionDefault    MVPrecision = 0
	MVPrecisionFullPel    MVPrecision = 1
	MVPrecisionHalfPel    MVPrecision = 2
	MVPrecisionQuarterPel MVPrecision = 3
)

// A NumRefFrames is a number of reference pictures. Source: NV_ENC_NUM_REF_FRAMES,
// nvEncodeAPI.h.
type NumRefFrames uint32

// The values of NumRefFrames.
const (
	NumRefFramesAuto NumRefFrames = 0
	NumRefFrames1    NumRefFrames = 1
	NumRefFrames2    NumRefFrames = 2
	NumRefFrames3    NumRefFrames = 3
	NumRefFrames4    NumRefFrames = 4
	NumRefFrames5    NumRefFrames = 5
	NumRefFrames6    NumRefFrames = 6
	NumRefFrames7    NumRefFrames = 7
)

// An OutputStatsLevel says what statistics are put out. Source:
// NV_ENC_OUTPUT_STATS_LEVEL, nvEncodeAPI.h.
type OutputStatsLevel uint32

// The values of OutputStatsLevel.
const (
	StatsLevelNone  OutputStatsLevel = 0
	StatsLevelBlock OutputStatsLevel = 1
	StatsLevelRow   OutputStatsLevel = 2
)

// A SplitEncodeMode says whether several engines code a picture. Source:
// NV_ENC_SPLIT_ENCODE_MODE, nvEncodeAPI.h.
type SplitEncodeMode uint32

// The values of SplitEncodeMode.
const (
	SplitAuto        SplitEncodeMode = 0
	SplitAutoForced  SplitEncodeMode = 1
	SplitTwoForced   SplitEncodeMode = 2
	SplitThreeForced SplitEncodeMode = 3
	SplitFourForced  SplitEncodeMode = 4 // from 13.0 on
	SplitDisable     SplitEncodeMode = 15
)

// A StateRestoreType says what is restored. Source: NV_ENC_STATE_RESTORE_TYPE,
// nvEncodeAPI.h.
type StateRestoreType uint32

// The values of StateRestoreType.
const (
	RestoreFull        StateRestoreType = 1
	RestoreRateControl StateRestoreType = 2
	RestoreEncode      StateRestoreType = 3
)

// A StereoPackingMode is of the SEI message for frame packing. Source:
// NV_ENC_STEREO_PACKING_MODE, nvEncodeAPI.h.
type StereoPackingMode uint32

// The values of StereoPackingMode.
const (
	StereoNone          StereoPackingMode = 0
	StereoCheckerboard  StereoPackingMode = 1
	StereoColInterleave StereoPackingMode = 2
	StereoRowInterleave StereoPackingMode = 3
	StereoSideBySide    StereoPackingMode = 4
	StereoTopBottom     StereoPackingMode = 5
	StereoFrameSeq      StereoPackingMode = 6
)

// A TemporalFilterLevel is the strength of the temporal filter. Source:
// NV_ENC_TEMPORAL_FILTER_LEVEL, nvEncodeAPI.h.
type TemporalFilterLevel uint32

// The values of TemporalFilterLevel.
const (
	TemporalFilter0 TemporalFilterLevel = 0
	TemporalFilter4 TemporalFilterLevel = 4
)

// VUIColorPrimaries are colour primaries. Source: NV_ENC_VUI_COLOR_PRIMARIES,
// nvEncodeAPI.h.
type VUIColorPrimaries uint32

// The values of VUIColorPrimaries.
const (
	PrimariesUndefined   VUIColorPrimaries = 0
	PrimariesBT709       VUIColorPrimaries = 1
	PrimariesUnspecified VUIColorPrimaries = 2
	PrimariesReserved    VUIColorPrimaries = 3
	PrimariesBT470M      VUIColorPrimaries = 4
	PrimariesBT470BG     VUIColorPrimaries = 5
	PrimariesSMPTE170M   VUIColorPrimaries = 6
	PrimariesSMPTE240M   VUIColorPrimaries = 7
	PrimariesFilm        VUIColorPrimaries = 8
	PrimariesBT2020      VUIColorPrimaries = 9
	PrimariesSMPTE428    VUIColorPrimaries = 10
	PrimariesSMPTE431    VUIColorPrimaries = 11
	PrimariesSMPTE432    VUIColorPrimaries = 12
	PrimariesJEDECP22    VUIColorPrimaries = 22
)

// VUIMatrixCoeffs are the matrix of YCbCr. Source: NV_ENC_VUI_MATRIX_COEFFS,
// nvEncodeAPI.h.
type VUIMatrixCoeffs uint32

// The values of VUIMatrixCoeffs.
const (
	MatrixRGB         VUIMatrixCoeffs = 0
	MatrixBT709       VUIMatrixCoeffs = 1
	MatrixUnspecified VUIMatrixCoeffs = 2
	MatrixReserved    VUIMatrixCoeffs = 3
	MatrixFCC         VUIMatrixCoeffs = 4
	MatrixBT470BG     VUIMatrixCoeffs = 5
	MatrixSMPTE170M   VUIMatrixCoeffs = 6
	MatrixSMPTE240M   VUIMatrixCoeffs = 7
	MatrixYCgCo       VUIMatrixCoeffs = 8
	MatrixBT2020NCL   VUIMatrixCoeffs = 9
	MatrixBT2020CL    VUIMatrixCoeffs = 10
	MatrixSMPTE2085   VUIMatrixCoeffs = 11
)

// A VUITransferCharacteristic is a transfer function. Source:
// NV_ENC_VUI_TRANSFER_CHARACTERISTIC, nvEncodeAPI.h.
type VUITransferCharacteristic uint32

// The values of VUITransferCharacteristic.
const (
	TransferUndefined   VUITransferCharacteristic = 0
	TransferBT709       VUITransferCharacteristic = 1
	TransferUnspecified VUITransferCharacteristic = 2
	TransferReserved    VUITransferCharacteristic = 3
	TransferBT470M      VUITransferCharacteristic = 4
	TransferBT470BG     VUITransferCharacteristic = 5
	TransferSMPTE170M   VUITransferCharacteristic = 6
	TransferSMPTE240M   VUITransferCharacteristic = 7
	TransferLinear      VUITransferCharacteristic = 8
	TransferLog         VUITransferCharacteristic = 9
	TransferLogSqrt     VUITransferCharacteristic = 10
	TransferIEC61966x24 VUITransferCharacteristic = 11
	TransferBT1361ECG   VUITransferCharacteristic = 12
	TransferSRGB        VUITransferCharacteristic = 13
	TransferBT2020x10   VUITransferCharacteristic = 14
	TransferBT2020x12   VUITransferCharacteristic = 15
	TransferSMPTE2084   VUITransferCharacteristic = 16
	TransferSMPTE428    VUITransferCharacteristic = 17
	TransferARIBSTDB67  VUITransferCharacteristic = 18
)

// A VUIVideoFormat is where video came from. Source: NV_ENC_VUI_VIDEO_FORMAT,
// nvEncodeAPI.h.
type VUIVideoFormat uint32

// The values of VUIVideoFormat.
const (
	VideoFormatComponent   VUIVideoFormat = 0
	VideoFormatPAL         VUIVideoFormat = 1
	VideoFormatNTSC        VUIVideoFormat = 2
	VideoFormatSECAM       VUIVideoFormat = 3
	VideoFormatMAC         VUIVideoFormat = 4
	VideoFormatUnspecified VUIVideoFormat = 5
)
