package nvcuvid

import (
	"structs"
)

// MPEG2PicParams is part of PicParams. Source: CUVIDMPEG2PICPARAMS, cuviddec.h.
type MPEG2PicParams struct {
	_                        structs.HostLayout
	ForwardRefIdx            int32
	BackwardRefIdx           int32
	PictureCodingType        int32
	FullPelForwardVector     int32
	FullPelBackwardVector    int32
	FCode                    [2][2]int32
	IntraDCPrecision         int32
	FramePredFrameDct        int32
	ConcealmentMotionVectors int32
	QScaleType               int32
	IntraVlcFormat           int32
	AlternateScan            int32
	TopFieldFirst            int32
	QuantMatrixIntra         [64]uint8
	QuantMatrixInter         [64]uint8
}

// MPEG4PicParams is part of PicParams. Source: CUVIDMPEG4PICPARAMS, cuviddec.h.
type MPEG4PicParams struct {
	_                         structs.HostLayout
	ForwardRefIdx             int32
	BackwardRefIdx            int32
	VideoObjectLayerWidth     int32
	VideoObjectLayerHeight    int32
	VopTimeIncrementBitcount  int32
	TopFieldFirst             int32
	ResyncMarkerDisable       int32
	QuantType                 int32
	QuarterSample             int32
	ShortVideoHeader          int32
	DivxFlags                 int32
	VopCodingType             int32
	VopCoded                  int32
	VopRoundingType           int32
	AlternateVerticalScanFlag int32
	Interlaced                int32
	VopFcodeForward           int32
	VopFcodeBackward          int32
	Trd                       [2]int32
	Trb                       [2]int32
	QuantMatrixIntra          [64]uint8
	QuantMatrixInter          [64]uint8
	GmcEnabled                int32
}

// VC1PicParams is part of PicParams. Source: CUVIDVC1PICPARAMS, cuviddec.h.
type VC1PicParams struct {
	_              structs.HostLayout
	ForwardRefIdx  int32
	BackwardRefIdx int32
	FrameWidth     int32
	FrameHeight    int32
	IntraPicFlag   int32
	RefPicFlag     int32
	ProgressiveFcm int32
	Profile        int32
	Postprocflag   int32
	Pulldown       int32
	Interlace      int32
	Tfcntrflag     int32
	Finterpflag    int32
	Psf            int32
	Multires       int32
	Syncmarker     int32
	Rangered       int32
	Maxbframes     int32
	PanscanFlag    int32
	RefdistFlag    int32
	ExtendedMv     int32
	Dquant         int32
	Vstransform    int32
	Loopfilter     int32
	Fastuvmc       int32
	Overlap        int32
	Quantizer      int32
	ExtendedDmv    int32
	RangeMapyFlag  int32
	RangeMapy      int32
	RangeMapuvFlag int32
	RangeMapuv     int32
	Rangeredfrm    int32
}

// JPEGPicParams is part of PicParams. Source: CUVIDJPEGPICPARAMS, cuviddec.h.
type JPEGPicParams struct {
	_                         structs.HostLayout
	NumComponents             uint8
	BitDepth                  uint8
	QuantizationTableSelector [4]uint8
	ScanOffset                [4]uint32
	ScanSize                  [4]uint32
	RestartInterval           uint16
	ComponentIdentifier       [4]uint8
	HasQMatrix                uint8
	HasHuffman                uint8
	Quantvals                 [4][64]uint16
	BitsAC                    [4][16]uint8
	TableAC                   [4][256]uint8
	BitsDC                    [4][16]uint8
	TableDC                   [4][256]uint8
}
