package nvcuvid

import (
	"structs"
)

// VP8PicParams is part of PicParams. Source: CUVIDVP8PICPARAMS, cuviddec.h.
type VP8PicParams struct {
	_                  structs.HostLayout
	Width              int32
	Height             int32
	FirstPartitionSize uint32
	LastRefIdx         uint8
	GoldenRefIdx       uint8
	AltRefIdx          uint8
	FrameTag           uint8 // bit 0 frame_type (1 inter), 1..3 version, 4 show_frame, 5 update_mb_segmentation_data
	_                  [4]uint8
	_                  [3]uint32
}

// VP9PicParams is part of PicParams. Source: CUVIDVP9PICPARAMS, cuviddec.h.
type VP9PicParams struct {
	_                    structs.HostLayout
	Width                uint32
	Height               uint32
	LastRefIdx           uint8
	GoldenRefIdx         uint8
	AltRefIdx            uint8
	ColorSpace           uint8
	Bits12               uint16
	_                    uint16
	RefFrameSignBias     [4]uint8
	BitDepthMinus8Luma   uint8
	BitDepthMinus8Chroma uint8
	LoopFilterLevel      uint8
	LoopFilterSharpness  uint8
	ModeRefLfEnabled     uint8
	Log2TileColumns      uint8
	Log2TileRows         uint8
	Bits27               uint8
	SegmentFeatureEnable [8][4]uint8
	SegmentFeatureData   [8][4]int16
	MBSegmentTreeProbs   [7]uint8
	SegmentPredProbs     [3]uint8
	_                    [2]uint8
	QpYAc                int32
	QpYDc                int32
	QpChDc               int32
	QpChAc               int32
	ActiveRefIdx         [3]uint32
	ResetFrameContext    uint32
	McompFilterType      uint32
	MbRefLfDelta         [4]uint32
	MbModeLfDelta        [2]uint32
	FrameTagSize         uint32
	OffsetToDctParts     uint32
	_                    [4]uint32
}

// Profile is profile, bits 0 to 2 of Bits12.
func (p *VP9PicParams) Profile() int { return int(p.Bits12 & 0x7) }

// FrameContextIdx is frameContextIdx, bits 3 to 4 of Bits12.
func (p *VP9PicParams) FrameContextIdx() int { return int(p.Bits12 >> 3 & 0x3) }

// FrameType is frameType, bit 5 of Bits12.
func (p *VP9PicParams) FrameType() bool { return p.Bits12&(1<<5) != 0 }

// ShowFrame is showFrame, bit 6 of Bits12.
func (p *VP9PicParams) ShowFrame() bool { return p.Bits12&(1<<6) != 0 }

// ErrorResilient is errorResilient, bit 7 of Bits12.
func (p *VP9PicParams) ErrorResilient() bool { return p.Bits12&(1<<7) != 0 }

// FrameParallelDecoding is frameParallelDecoding, bit 8 of Bits12.
func (p *VP9PicParams) FrameParallelDecoding() bool { return p.Bits12&(1<<8) != 0 }

// SubSamplingX is subSamplingX, bit 9 of Bits12.
func (p *VP9PicParams) SubSamplingX() bool { return p.Bits12&(1<<9) != 0 }

// SubSamplingY is subSamplingY, bit 10 of Bits12.
func (p *VP9PicParams) SubSamplingY() bool { return p.Bits12&(1<<10) != 0 }

// IntraOnly is intraOnly, bit 11 of Bits12.
func (p *VP9PicParams) IntraOnly() bool { return p.Bits12&(1<<11) != 0 }

// AllowHighPrecisionMv is allow_high_precision_mv, bit 12 of Bits12.
func (p *VP9PicParams) AllowHighPrecisionMv() bool { return p.Bits12&(1<<12) != 0 }

// RefreshEntropyProbs is refreshEntropyProbs, bit 13 of Bits12.
func (p *VP9PicParams) RefreshEntropyProbs() bool { return p.Bits12&(1<<13) != 0 }

// SegmentEnabled is segmentEnabled, bit 0 of Bits27.
func (p *VP9PicParams) SegmentEnabled() bool { return p.Bits27&(1<<0) != 0 }

// SegmentMapUpdate is segmentMapUpdate, bit 1 of Bits27.
func (p *VP9PicParams) SegmentMapUpdate() bool { return p.Bits27&(1<<1) != 0 }

// SegmentMapTemporalUpdate is segmentMapTemporalUpdate, bit 2 of Bits27.
func (p *VP9PicParams) SegmentMapTemporalUpdate() bool { return p.Bits27&(1<<2) != 0 }

// SegmentFeatureMode is segmentFeatureMode, bit 3 of Bits27.
func (p *VP9PicParams) SegmentFeatureMode() bool { return p.Bits27&(1<<3) != 0 }
