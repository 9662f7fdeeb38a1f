package codec

import (
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// setBit sets or clears one of a codec's flags.
func setBit[F ~uint32](flags *F, bit F, on bool) {
	if *flags &^= bit; on {
		*flags |= bit
	}
}

// slices is how pictures are cut: NVENC's numbers are ours less one, and without a wish
// the preset's stay.
func nvencSlices(s Slice, mode, data *uint32) {
	switch s.Mode {
	case SliceBytes:
		*mode, *data = 1, uint32(s.Data)
	case SliceRows:
		*mode, *data = 2, uint32(s.Data)
	case SliceCount:
		*mode, *data = 3, uint32(s.Data)
	}
}

func (u *nvencSetup) refresh(c *EncoderConfig) (period, count uint32) {
	return uint32(c.GOP), uint32(c.IntraRefresh)
}

func (u *nvencSetup) idr(c *EncoderConfig) uint32 {
	if c.IntraRefresh > 0 {
		return nvenc.InfiniteGOPLength
	}
	return uint32(c.IDRPeriod)
}

// filter takes the preset's temporal filter away where there are too few B-frames for
// it.
func (u *nvencSetup) filter(level *nvenc.TemporalFilterLevel) {
	if u.config.FrameIntervalP < 5 {
		*level = nvenc.TemporalFilter0
	}
}

func (u *nvencSetup) h264(h *nvenc.ConfigH264, c *EncoderConfig, level uint32, chroma int) {
	h.IDRPeriod, h.Level, h.ChromaFormatIDC = u.idr(c), level, uint32(chroma)
	setBit(&h.Flags, nvenc.H264RepeatSPSPPS, c.RepeatHeaders)
	nvencSlices(c.Slice, &h.SliceMode, &h.SliceModeData)
	h.UseBFramesAsRef = u.bref(c, h.UseBFramesAsRef)
	if c.RefL0 > 0 {
		h.NumRefL0 = nvenc.NumRefFrames(c.RefL0)
		h.MaxNumRefFrames = max(h.MaxNumRefFrames, uint32(c.RefL0))
	}
	if c.RefL1 > 0 {
		h.NumRefL1 = nvenc.NumRefFrames(c.RefL1)
	}
	if c.IntraRefresh > 0 {
		h.Flags |= nvenc.H264EnableIntraRefresh | nvenc.H264OutputRecoveryPointSEI
		h.IntraRefreshPeriod, h.IntraRefreshCnt = u.refresh(c)
	}
	u.filter(&h.TFLevel)
	if c.TimeCode { // without clocks: Encoder writes them
		h.Flags |= nvenc.H264EnableTimeCode | nvenc.H264OutputPictureTimingSEI
	}
	if c.Tuning == Lossless {
		h.Flags |= nvenc.H264QpPrimeYZeroTransformBypassFlag
	}
	u.vui(&h.VUI, c)
}

func (u *nvencSetup) hevc(h *nvenc.ConfigHEVC, c *EncoderConfig, level uint32, chroma int) {
	h.IDRPeriod, h.Level = u.idr(c), level
	h.Flags = nvenc.SetBits(h.Flags, nvenc.HEVCChromaFormatIDC, chroma)
	setBit(&h.Flags, nvenc.HEVCRepeatSPSPPS, c.RepeatHeaders)
	nvencSlices(c.Slice, &h.SliceMode, &h.SliceModeData)
	h.UseBFramesAsRef = u.bref(c, h.UseBFramesAsRef)
	if c.RefL0 > 0 {
		h.NumRefL0 = nvenc.NumRefFrames(c.RefL0)
		h.MaxNumRefFramesInDPB = max(h.MaxNumRefFramesInDPB, uint32(c.RefL0))
	}
	if c.RefL1 > 0 {
		h.NumRefL1 = nvenc.NumRefFrames(c.RefL1)
	}
	if c.IntraRefresh > 0 {
		h.Flags |= nvenc.HEVCEnableIntraRefresh
		h.IntraRefreshPeriod, h.IntraRefreshCnt = u.refresh(c)
	}
	u.filter(&h.TFLevel)
	u.vui(&h.VUI, c)
}

func (u *nvencSetup) av1(a *nvenc.ConfigAV1, c *EncoderConfig, level uint32, chroma int) {
	a.IDRPeriod, a.Level = u.idr(c), level
	a.Flags = nvenc.SetBits(a.Flags, nvenc.AV1ChromaFormatIDC, chroma)
	setBit(&a.Flags, nvenc.AV1RepeatSeqHdr, c.RepeatHeaders)
	a.UseBFramesAsRef = u.bref(c, a.UseBFramesAsRef)
	if c.RefL0 > 0 {
		a.NumFwdRefs = nvenc.NumRefFrames(c.RefL0)
	}
	if c.RefL1 > 0 {
		a.NumBwdRefs = nvenc.NumRefFrames(c.RefL1)
	}
	if c.IntraRefresh > 0 {
		a.Flags |= nvenc.AV1EnableIntraRefresh
		a.IntraRefreshPeriod, a.IntraRefreshCnt = u.refresh(c)
	}
	u.filter(&a.TFLevel)
	if c.Tiles.Columns > 0 {
		a.NumTileColumns = uint32(c.Tiles.Columns)
	}
	if c.Tiles.Rows > 0 {
		a.NumTileRows = uint32(c.Tiles.Rows)
	}
	o := c.Color
	a.ColorPrimaries, a.TransferCharacteristics, a.MatrixCoefficients = nvenc.VUIColorPrimaries(o.Primaries), nvenc.VUITransferCharacteristic(o.Transfer), nvenc.VUIMatrixCoeffs(o.Matrix)
	a.ColorRange = 0
	if o.Range == frame.RangeFull {
		a.ColorRange = 1
	}
	switch o.ChromaLocation {
	case frame.ChromaLeft:
		a.ChromaSamplePosition = 1
	case frame.ChromaTopLeft:
		a.ChromaSamplePosition = 2
	case frame.ChromaUnspecified:
	default:
		u.note("Color.ChromaLocation", "AV1 knows left and top-left")
	}
}

// vui writes colour and timing into the headers of H.264 and HEVC.
func (u *nvencSetup) vui(v *nvenc.VUIParameters, c *EncoderConfig) {
	o := c.Color
	described := o.Primaries != frame.PrimariesUnspecified || o.Transfer != frame.TransferUnspecified || o.Matrix != frame.MatrixUnspecified
	if described || o.Range != frame.RangeUnspecified {
		v.VideoSignalTypePresentFlag, v.VideoFormat = 1, nvenc.VideoFormatUnspecified
		v.VideoFullRangeFlag = 0
		if o.Range == frame.RangeFull {
			v.VideoFullRangeFlag = 1
		}
	}
	if described {
		v.ColourDescriptionPresentFlag = 1
		v.ColourPrimaries, v.TransferCharacteristics, v.ColourMatrix = nvenc.VUIColorPrimaries(o.Primaries), nvenc.VUITransferCharacteristic(o.Transfer), nvenc.VUIMatrixCoeffs(o.Matrix)
	}
	if o.ChromaLocation != frame.ChromaUnspecified {
		v.ChromaSampleLocationFlag = 1
		v.ChromaSampleLocationTop = uint32(o.ChromaLocation) - 1
		v.ChromaSampleLocationBot = v.ChromaSampleLocationTop
	}
	if c.TimingInfo != (TimingInfo{}) {
		v.TimingInfoPresentFlag = 1
		v.NumUnitInTicks, v.TimeScale = uint32(c.TimingInfo.UnitsInTick), uint32(c.TimingInfo.TimeScale)
	}
}

// rgbColor is the colour of a stream that NVENC makes of RGB frames: the driver converts
// to limited range, by BT.601 unless the headers say BT.709.
func rgbColor(c *EncoderConfig) {
	o := &c.Color
	switch {
	case c.ColorSpace == "bt709" || c.ColorSpace == "" && o.Matrix == frame.MatrixBT709:
		o.Matrix = frame.MatrixBT709
	default:
		o.Matrix = frame.MatrixSMPTE170M
	}
	o.Range = frame.RangeLimited
}
