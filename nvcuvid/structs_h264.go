package nvcuvid

import (
	"structs"
	"unsafe"
)

// H264DPBEntry is part of PicParams. Source: CUVIDH264DPBENTRY, cuviddec.h.
type H264DPBEntry struct {
	_                structs.HostLayout
	PicIdx           int32
	FrameIdx         int32
	IsLongTerm       int32
	NotExisting      int32
	UsedForReference int32
	FieldOrderCnt    [2]int32
}

// H264MVCExt is part of PicParams. Source: CUVIDH264MVCEXT, cuviddec.h.
type H264MVCExt struct {
	_                  structs.HostLayout
	NumViewsMinus1     int32
	ViewID             int32
	InterViewFlag      uint8
	NumInterViewRefsL0 uint8
	NumInterViewRefsL1 uint8
	MVCReserved8Bits   uint8
	InterViewRefsL0    [16]int32
	InterViewRefsL1    [16]int32
}

// H264SVCExt is part of PicParams. Source: CUVIDH264SVCEXT, cuviddec.h.
type H264SVCExt struct {
	_                                            structs.HostLayout
	ProfileIDC                                   uint8
	LevelIDC                                     uint8
	DQId                                         uint8
	DQIdMax                                      uint8
	DisableInterLayerDeblockingFilterIDC         uint8
	RefLayerChromaPhaseYPlus1                    uint8
	InterLayerSliceAlphaC0OffsetDiv2             int8
	InterLayerSliceBetaOffsetDiv2                int8
	DPBEntryValidFlag                            uint16
	InterLayerDeblockingFilterControlPresentFlag uint8
	ExtendedSpatialScalabilityIDC                uint8
	AdaptiveTcoeffLevelPredictionFlag            uint8
	SliceHeaderRestrictionFlag                   uint8
	ChromaPhaseXPlus1Flag                        uint8
	ChromaPhaseYPlus1                            uint8
	TcoeffLevelPredictionFlag                    uint8
	ConstrainedIntraResamplingFlag               uint8
	RefLayerChromaPhaseXPlus1Flag                uint8
	StoreRefBasePicFlag                          uint8
	_                                            uint8
	_                                            uint8
	ScaledRefLayerLeftOffset                     int16
	ScaledRefLayerTopOffset                      int16
	ScaledRefLayerRightOffset                    int16
	ScaledRefLayerBottomOffset                   int16
	_                                            uint16
	NextLayer                                    uintptr
	RefBaseLayer                                 int32
}

// H264PicParams is part of PicParams. Source: CUVIDH264PICPARAMS, cuviddec.h.
type H264PicParams struct {
	_                                  structs.HostLayout
	Log2MaxFrameNumMinus4              int32
	PicOrderCntType                    int32
	Log2MaxPicOrderCntLsbMinus4        int32
	DeltaPicOrderAlwaysZeroFlag        int32
	FrameMBsOnlyFlag                   int32
	Direct8x8InferenceFlag             int32
	NumRefFrames                       int32
	ResidualColourTransformFlag        uint8
	BitDepthLumaMinus8                 uint8
	BitDepthChromaMinus8               uint8
	QpprimeYZeroTransformBypassFlag    uint8
	EntropyCodingModeFlag              int32
	PicOrderPresentFlag                int32
	NumRefIdxL0ActiveMinus1            int32
	NumRefIdxL1ActiveMinus1            int32
	WeightedPredFlag                   int32
	WeightedBipredIDC                  int32
	PicInitQPMinus26                   int32
	DeblockingFilterControlPresentFlag int32
	RedundantPicCntPresentFlag         int32
	Transform8x8ModeFlag               int32
	MbaffFrameFlag                     int32
	ConstrainedIntraPredFlag           int32
	ChromaQPIndexOffset                int32
	SecondChromaQPIndexOffset          int32
	RefPicFlag                         int32
	FrameNum                           int32
	CurrFieldOrderCnt                  [2]int32
	DPB                                [16]H264DPBEntry
	WeightScale4x4                     [6][16]uint8
	WeightScale8x8                     [2][64]uint8
	FmoAsoEnable                       uint8
	NumSliceGroupsMinus1               uint8
	SliceGroupMapType                  uint8
	PicInitQsMinus26                   int8
	SliceGroupChangeRateMinus1         uint32
	Fmo                                [1]uint64 // union
	Bits792                            uint32
	_                                  [11]uint32
	Union                              [18]uint64 // union
}

// MBAdaptiveFrameFieldFlag is mb_adaptive_frame_field_flag, bits 0 to 1 of Bits792.
func (p *H264PicParams) MBAdaptiveFrameFieldFlag() int { return int(p.Bits792 & 0x3) }

// Mvcext is member mvcext of the union.
func (p *H264PicParams) Mvcext() *H264MVCExt { return (*H264MVCExt)(unsafe.Pointer(&p.Union)) }

// Svcext is member svcext of the union.
func (p *H264PicParams) Svcext() *H264SVCExt { return (*H264SVCExt)(unsafe.Pointer(&p.Union)) }
