package nvenc

var aV1PartSizeNames = map[AV1PartSize]string{
	AV1PartSizeAuto:  "Auto",
	AV1PartSize4x4:   "4x4",
	AV1PartSize8x8:   "8x8",
	AV1PartSize16x16: "16x16",
	AV1PartSize32x32: "32x32",
	AV1PartSize64x64: "64x64",
}

func (v AV1PartSize) String() string { return name(aV1PartSizeNames, v, "AV1PartSize") }

var bFrameRefModeNames = map[BFrameRefMode]string{
	BRefDisabled:     "Disabled",
	BRefEach:         "Each",
	BRefMiddle:       "Middle",
	BRefHierarchical: "Hierarchical",
}

func (v BFrameRefMode) String() string { return name(bFrameRefModeNames, v, "BFrameRefMode") }

var displayPicStructNames = map[DisplayPicStruct]string{
	DisplayFrame:          "Frame",
	DisplayFieldTopBottom: "FieldTopBottom",
	DisplayFieldBottomTop: "FieldBottomTop",
	DisplayFrameDoubling:  "FrameDoubling",
	DisplayFrameTripling:  "FrameTripling",
}

func (v DisplayPicStruct) String() string { return name(displayPicStructNames, v, "DisplayPicStruct") }

var emphasisMapLevelNames = map[EmphasisMapLevel]string{
	Emphasis0: "0",
	Emphasis1: "1",
	Emphasis2: "2",
	Emphasis3: "3",
	Emphasis4: "4",
	Emphasis5: "5",
}

func (v EmphasisMapLevel) String() string { return name(emphasisMapLevelNames, v, "EmphasisMapLevel") }

var h264AdaptiveTransformModeNames = map[H264AdaptiveTransformMode]string{
	H264AdaptiveTransformAuto:    "Auto",
	H264AdaptiveTransformDisable: "Disable",
	H264AdaptiveTransformEnable:  "Enable",
}

func (v H264AdaptiveTransformMode) String() string {
	return name(h264AdaptiveTransformModeNames, v, "H264AdaptiveTransformMode")
}

var h264BDirectModeNames = map[H264BDirectMode]string{
	H264BDirectAuto:     "Auto",
	H264BDirectDisable:  "Disable",
	H264BDirectTemporal: "Temporal",
	H264BDirectSpatial:  "Spatial",
}

func (v H264BDirectMode) String() string { return name(h264BDirectModeNames, v, "H264BDirectMode") }

var h264EntropyCodingModeNames = map[H264EntropyCodingMode]string{
	H264EntropyAuto:  "Auto",
	H264EntropyCABAC: "CABAC",
	H264EntropyCAVLC: "CAVLC",
}

func (v H264EntropyCodingMode) String() string {
	return name(h264EntropyCodingModeNames, v, "H264EntropyCodingMode")
}

var h264FMOModeNames = map[H264FMOMode]string{
	H264FMOAuto:    "Auto",
	H264FMOEnable:  "Enable",
	H264FMODisable: "Disable",
}

func (v H264FMOMode) String() string { return name(h264FMOModeNames, v, "H264FMOMode") }

var hEVCCUSizeNames = map[HEVCCUSize]string{
	HEVCCUSizeAuto:  "Auto",
	HEVCCUSize8x8:   "8x8",
	HEVCCUSize16x16: "16x16",
	HEVCCUSize32x32: "32x32",
	HEVCCUSize64x64: "64x64",
}

func (v HEVCCUSize) String() string { return name(hEVCCUSizeNames, v, "HEVCCUSize") }

var lookaheadLevelNames = map[LookaheadLevel]string{
	LookaheadLevel0:    "0",
	LookaheadLevel1:    "1",
	LookaheadLevel2:    "2",
	LookaheadLevel3:    "3",
	LookaheadLevelAuto: "Auto",
}

func (v LookaheadLevel) String() string { return name(lookaheadLevelNames, v, "LookaheadLevel") }

var mVPrecisionNames = map[MVPrecision]string{
	MVPrecisionDefault:    "Default",
	MVPrecisionFullPel:    "FullPel",
	MVPrecisionHalfPel:    "HalfPel",
	MVPrecisionQuarterPel: "QuarterPel",
}

func (v MVPrecision) String() string { return name(mVPrecisionNames, v, "MVPrecision") }

var numRefFramesNames = map[NumRefFrames]string{
	NumRefFramesAuto: "Auto",
	NumRefFrames1:    "1",
	NumRefFrames2:    "2",
	NumRefFrames3:    "3",
	NumRefFrames4:    "4",
	NumRefFrames5:    "5",
	NumRefFrames6:    "6",
	NumRefFrames7:    "7",
}

func (v NumRefFrames) String() string { return name(numRefFramesNames, v, "NumRefFrames") }

var outputStatsLevelNames = map[OutputStatsLevel]string{
	StatsLevelNone:  "None",
	StatsLevelBlock: "Block",
	StatsLevelRow:   "Row",
}

func (v OutputStatsLevel) String() string { return name(outputStatsLevelNames, v, "OutputStatsLevel") }

var splitEncodeModeNames = map[SplitEncodeMode]string{
	SplitAuto:        "Auto",
	SplitAutoForced:  "AutoForced",
	SplitTwoForced:   "TwoForced",
	SplitThreeForced: "ThreeForced",
	SplitFourForced:  "FourForced",
	SplitDisable:     "Disable",
}

func (v SplitEncodeMode) String() string { return name(splitEncodeModeNames, v, "SplitEncodeMode") }

var stateRestoreTypeNames = map[StateRestoreType]string{
	RestoreFull:        "Full",
	RestoreRateControl: "RateControl",
	RestoreEncode:      "Encode",
}

func (v StateRestoreType) String() string { return name(stateRestoreTypeNames, v, "StateRestoreType") }

var stereoPackingModeNames = map[StereoPackingMode]string{
	StereoNone:          "None",
	StereoCheckerboard:  "Checkerboard",
	StereoColInterleave: "ColInterleave",
	StereoRowInterleave: "RowInterleave",
	StereoSideBySide:    "SideBySide",
	StereoTopBottom:     "TopBottom",
	StereoFrameSeq:      "FrameSeq",
}

func (v StereoPackingMode) String() string {
	return name(stereoPackingModeNames, v, "StereoPackingMode")
}

var temporalFilterLevelNames = map[TemporalFilterLevel]string{
	TemporalFilter0: "0",
	TemporalFilter4: "4",
}

func (v TemporalFilterLevel) String() string {
	return name(temporalFilterLevelNames, v, "TemporalFilterLevel")
}

var vUIColorPrimariesNames = map[VUIColorPrimaries]string{
	PrimariesUndefined:   "Undefined",
	PrimariesBT709:       "BT709",
	PrimariesUnspecified: "Unspecified",
	PrimariesReserved:    "Reserved",
	PrimariesBT470M:      "BT470M",
	PrimariesBT470BG:     "BT470BG",
	PrimariesSMPTE170M:   "SMPTE170M",
	PrimariesSMPTE240M:   "SMPTE240M",
	PrimariesFilm:        "Film",
	PrimariesBT2020:      "BT2020",
	PrimariesSMPTE428:    "SMPTE428",
	PrimariesSMPTE431:    "SMPTE431",
	PrimariesSMPTE432:    "SMPTE432",
	PrimariesJEDECP22:    "JEDECP22",
}

func (v VUIColorPrimaries) String() string {
	return name(vUIColorPrimariesNames, v, "VUIColorPrimaries")
}

var vUIMatrixCoeffsNames = map[VUIMatrixCoeffs]string{
	MatrixRGB:         "RGB",
	MatrixBT709:       "BT709",
	MatrixUnspecified: "Unspecified",
	MatrixReserved:    "Reserved",
	MatrixFCC:         "FCC",
	MatrixBT470BG:     "BT470BG",
	MatrixSMPTE170M:   "SMPTE170M",
	MatrixSMPTE240M:   "SMPTE240M",
	MatrixYCgCo:       "YCgCo",
	MatrixBT2020NCL:   "BT2020NCL",
	MatrixBT2020CL:    "BT2020CL",
	MatrixSMPTE2085:   "SMPTE2085",
}

func (v VUIMatrixCoeffs) String() string { return name(vUIMatrixCoeffsNames, v, "VUIMatrixCoeffs") }

var vUITransferCharacteristicNames = map[VUITransferCharacteristic]string{
	TransferUndefined:   "Undefined",
	TransferBT709:       "BT709",
	TransferUnspecified: "Unspecified",
	TransferReserved:    "Reserved",
	TransferBT470M:      "BT470M",
	TransferBT470BG:     "BT470BG",
	TransferSMPTE170M:   "SMPTE170M",
	TransferSMPTE240M:   "SMPTE240M",
	TransferLinear:      "Linear",
	TransferLog:         "Log",
	TransferLogSqrt:     "LogSqrt",
	TransferIEC61966x24: "IEC61966x24",
	TransferBT1361ECG:   "BT1361ECG",
	TransferSRGB:        "SRGB",
	TransferBT2020x10:   "BT2020x10",
	TransferBT2020x12:   "BT2020x12",
	TransferSMPTE2084:   "SMPTE2084",
	TransferSMPTE428:    "SMPTE428",
	TransferARIBSTDB67:  "ARIBSTDB67",
}

func (v VUITransferCharacteristic) String() string {
	return name(vUITransferCharacteristicNames, v, "VUITransferCharacteristic")
}

var vUIVideoFormatNames = map[VUIVideoFormat]string{
	VideoFormatComponent:   "Component",
	VideoFormatPAL:         "PAL",
	VideoFormatNTSC:        "NTSC",
	VideoFormatSECAM:       "SECAM",
	VideoFormatMAC:         "MAC",
	VideoFormatUnspecified: "Unspecified",
}

func (v VUIVideoFormat) String() string { return name(vUIVideoFormatNames, v, "VUIVideoFormat") }
