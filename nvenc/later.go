package nvenc

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A later is a field that the oldest version does not have. In what is sent to a
// version before since it must be zero.
type later struct {
	field string // C's
	since API
	off   uint16 // in the newest layout
	size  uint16
	mask  uint32 // of a bit-field, whose unit has 4 bytes; else 0
}

// check refuses what version a has no field for.
func (a API) check(list []later, b []byte) error {
	for i := range list {
		l := &list[i]
		if l.since <= a {
			continue
		}
		set := false
		if l.mask != 0 {
			set = binary.LittleEndian.Uint32(b[l.off:])&l.mask != 0
		} else {
			for _, v := range b[l.off : l.off+l.size] {
				set = set || v != 0
			}
		}
		if set {
			return &FieldError{Field: l.field, Since: l.since, API: a}
		}
	}
	return nil
}

// A FieldError says that a field is set which the session's version does not have. It
// matches errors.ErrUnsupported.
type FieldError struct {
	Field string // C's
	Since API    // the version that it came with
	API   API    // the session's
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s needs NVENC API %v; driver and library talk %v", e.Field, e.Since, e.API)
}

// Is makes errors.Is(err, errors.ErrUnsupported) true.
func (e *FieldError) Is(target error) bool { return target == errors.ErrUnsupported }

var laterInitialize = []later{
	{"splitEncodeMode", API121, 68, 4, uint32(InitSplitEncodeMode)},
	{"enableReconFrameOutput", API121, 68, 4, uint32(InitEnableReconFrameOutput)},
	{"enableOutputStats", API121, 68, 4, uint32(InitEnableOutputStats)},
	{"enableUniDirectionalB", API122, 68, 4, uint32(InitEnableUniDirectionalB)},
	{"numStateBuffers", API121, 144, 4, 0},
	{"outputStatsLevel", API121, 148, 4, 0},
}

// laterConfig is for Config, without the codec's part.
var laterConfig = []later{
	{"rcParams.enableExtLookahead", API121, 76, 4, uint32(RCEnableExtLookahead)},
	{"rcParams.yDcQPIndexOffset", API120, 133, 1, 0},
	{"rcParams.uDcQPIndexOffset", API120, 134, 1, 0},
	{"rcParams.vDcQPIndexOffset", API120, 135, 1, 0},
	{"rcParams.lookaheadLevel", API122, 152, 4, 0},
	{"rcParams.viewBitrateRatios", API130, 156, 7, 0},
}

// Bit depths of HEVC and AV1 are not listed: every version has a place for them.
var laterConfigH264 = []later{
	{"enableTimeCode", API120, 0, 4, uint32(H264EnableTimeCode)},
	{"h264VUIParameters.timingInfoPresentFlag", API120, 124, 4, 0},
	{"h264VUIParameters.numUnitInTicks", API120, 128, 4, 0},
	{"h264VUIParameters.timeScale", API120, 132, 4, 0},
	{"tfLevel", API130, 220, 4, 0},
}

var laterConfigHEVC = []later{
	{"outputRecoveryPointSEI", API120, 16, 4, uint32(HEVCOutputRecoveryPointSEI)},
	{"outputTimeCodeSEI", API120, 16, 4, uint32(HEVCOutputTimeCodeSEI)},
	{"enableTemporalSVC", API130, 16, 4, uint32(HEVCEnableTemporalSVC)},
	{"enableMVHEVC", API130, 16, 4, uint32(HEVCEnableMVHEVC)},
	{"outputHevc3DReferenceDisplayInfo", API130, 16, 4, uint32(HEVCOutputHevc3DReferenceDisplayInfo)},
	{"outputMaxCll", API130, 16, 4, uint32(HEVCOutputMaxCll)},
	{"outputMasteringDisplay", API130, 16, 4, uint32(HEVCOutputMasteringDisplay)},
	{"enableRefPicListModification", API131, 16, 4, uint32(HEVCEnableRefPicListModification)},
	{"hevcVUIParameters.timingInfoPresentFlag", API120, 116, 4, 0},
	{"hevcVUIParameters.numUnitInTicks", API120, 120, 4, 0},
	{"hevcVUIParameters.timeScale", API120, 124, 4, 0},
	{"tfLevel", API122, 192, 4, 0},
	{"disableDeblockingFilterIDC", API122, 196, 4, 0},
	{"numTemporalLayers", API130, 208, 4, 0},
	{"numViews", API130, 212, 4, 0},
}

var laterConfigAV1 = []later{
	{"enableLTR", API130, 16, 4, uint32(AV1EnableLTR)},
	{"enableTemporalSVC", API130, 16, 4, uint32(AV1EnableTemporalSVC)},
	{"outputMaxCll", API130, 16, 4, uint32(AV1OutputMaxCll)},
	{"outputMasteringDisplay", API130, 16, 4, uint32(AV1OutputMasteringDisplay)},
	{"ltrNumFrames", API130, 120, 4, 0},
	{"numTemporalLayers", API130, 124, 4, 0},
	{"tfLevel", API130, 128, 4, 0},
}

// laterPic is for PicParams, without the codec's part.
var laterPic = []later{
	{"diffPicNumHint", API131, 1732, 4, 0},
	{"meHintCountsPerBlock.numCandsPerSb", API120, 1624, 4, uint32(MEHintCountNumCandsPerSb)},
	{"meHintCountsPerBlock.numCandsPerSb", API120, 1640, 4, uint32(MEHintCountNumCandsPerSb)},
	{"meExternalSbHints", API120, 1744, 8, 0},
	{"meSbHintsCount", API120, 1752, 4, 0},
	{"stateBufferIdx", API121, 1756, 4, 0},
	{"outputReconBuffer", API121, 1760, 8, 0},
}

var laterPicH264 = []later{
	{"timeCode.displayPicStruct", API120, 208, 4, 0},
	{"timeCode.clockTimestamp", API120, 212, 24, 0},
	{"timeCode.skipClockTimestampInsertion", API122, 236, 4, 0},
}

var laterPicHEVC = []later{
	{"temporalConfigUpdate", API130, 16, 4, uint32(PicHEVCTemporalConfigUpdate)},
	{"timeCode.displayPicStruct", API120, 72, 4, 0},
	{"timeCode.clockTimestamp", API120, 76, 24, 0},
	{"timeCode.skipClockTimestampInsertion", API122, 100, 4, 0},
	{"numTemporalLayers", API130, 104, 4, 0},
	{"viewId", API130, 108, 4, 0},
	{"p3DReferenceDisplayInfo", API130, 112, 8, 0},
	{"pMaxCll", API130, 120, 8, 0},
	{"pMasteringDisplay", API130, 128, 8, 0},
}

var laterPicAV1 = []later{
	{"ltrMarkFrame", API130, 16, 4, uint32(PicAV1LTRMarkFrame)},
	{"ltrUseFrames", API130, 16, 4, uint32(PicAV1LTRUseFrames)},
	{"temporalConfigUpdate", API130, 16, 4, uint32(PicAV1TemporalConfigUpdate)},
	{"ltrMarkFrameIdx", API130, 72, 4, 0},
	{"ltrUseFrameBitmap", API130, 76, 4, 0},
	{"numTemporalLayers", API130, 80, 4, 0},
	{"pMaxCll", API130, 88, 8, 0},
	{"pMasteringDisplay", API130, 96, 8, 0},
}

var laterRegister = []later{
	{"chromaOffset", API121, 56, 8, 0},
	{"chromaOffsetIn", API130, 64, 8, 0},
}

var laterLookahead = []later{
	{"bufferFmt", API131, 20, 4, 0},
	{"encodePicFlags", API131, 24, 4, 0},
}

var laterMEOnly = []later{
	{"meHintCountsPerBlock.numCandsPerSb", API120, 60, 4, uint32(MEHintCountNumCandsPerSb)},
	{"meHintCountsPerBlock.numCandsPerSb", API120, 76, 4, uint32(MEHintCountNumCandsPerSb)},
}
