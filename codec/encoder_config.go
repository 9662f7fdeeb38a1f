package codec

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
)

// EncoderConfig configures an Encoder, on NVENC and on the CPU alike. The zero value
// is right for most programs; a nil *EncoderConfig means the same. It holds no resource
// and is copied.
//
// Its JSON form has the names of PyNvVideoCodec's parameter table; see UnmarshalJSON.
// What an engine cannot do is refused; what means nothing to it and does no harm is
// listed by Encoder.Ignored.
type EncoderConfig struct {
	DeviceConfig

	Codec   ID          // H264, HEVC or AV1. Default: H264
	Preset  Preset      // P1 (fastest) to P7 (best). Default: P4
	Tuning  Tuning      // Default: HighQuality
	Rate    RateControl // Default: constant bit rate of 10 Mbit/s
	Profile string      // high, main10 and so on, as FFmpeg names them. Default: by format
	Level   string      // 4.1 and so on. Default: by size and rate

	// TimeBase is the unit of the packets' times, in seconds a tick. Frames with another
	// are converted. Default: one frame of FrameRate. To keep the times of a source, take
	// its stream's.
	TimeBase frame.Rational
	// FrameRate is frames a second, for rate control and headers. Default: 30.
	FrameRate frame.Rational

	GOP       int        // most frames from one key frame to the next, 1 and up. Default: 250
	IDRPeriod int        // most frames from one IDR to the next. Default: GOP
	BFrames   *int       // B-frames between references, 0 to 16. Default: the preset's
	BRef      BReference // Default: the preset's
	BitDepth  int        // of the coded samples, 8 or 10. Default: 8 for 8-bit formats, else 10
	SAR       frame.Rational
	Color     frame.Color // of the frames, for the stream's headers. The zero value is unspecified
	HDR       HDR         // of the stream: a message with every key frame, and for the container. Default: none
	TimeCode  bool        // H264: room for time codes in the stream's headers, for Picture.SEI. Others need none

	Lookahead          *int       // frames, 0 to 255. Default: the preset's
	AQ                 *int       // spatial adaptive quantisation, strength 0 (off) to 15. Default: the preset's
	TemporalAQ         bool       // Default: off
	LowDelayKeyScale   int        // size of key frames against others at low delay, 0 to 255. Default: 0, the encoder's
	WeightedPrediction *bool      // Default: the preset's
	IntraRefresh       int        // a wave of intra blocks over that many frames in place of key frames. Default: 0, off
	RefL0, RefL1       int        // reference pictures, 1 to 16. Default: 0, the preset's
	Slice              Slice      // Default: one slice a picture
	RepeatHeaders      bool       // parameter sets with every key frame, not only the first
	MaxWidth           int        // with MaxHeight: the largest picture that Reconfigure may ask for. Default: the first
	MaxHeight          int        //
	ColorSpace         string     // matrix for RGB input, bt601 or bt709. Default: Color's, else by size
	TimingInfo         TimingInfo // of the stream's headers. Default: by FrameRate
	QPMap              QPMapMode  // what Picture.QPMap holds. Default: off
	Tiles              Tiles      // of AV1 pictures. Default: the encoder's choice
	Threads            int        // of the CPU engine, 1 to 64. Default: the encoder's choice
}

// RateControl is what steers the size of the stream. Rates are in bits a second and
// buffers in bits; zero means the default.
type RateControl struct {
	Mode       RateMode  // Default: CBR, or ConstQP with lossless tuning
	BitRate    int64     // average. Default: 10,000,000
	MaxBitRate int64     // of VBR and Quality. Default: none
	VBVSize    int64     // buffer of the decoder's model. Default: the encoder's
	VBVInitial int64     // fill at which it begins. Default: the encoder's
	QP         *QP       // of ConstQP, 0 to 51. Default: 28, 31, 25
	Quality    float64   // of Quality, 0 (best) to 51. Default: 23
	InitialQP  *QP       // Default: the encoder's
	MinQP      *QP       // Default: none
	MaxQP      *QP       // Default: none
	MultiPass  MultiPass // Default: off
}

// QP is a quantiser for each picture type; the JSON form is one number or [P, B, I].
type QP struct{ P, B, I int }

// Slice says how pictures are cut. Data is bytes with SliceBytes, macroblock rows with
// SliceRows and a number of slices with SliceCount.
type Slice struct {
	Mode SliceMode
	Data int
}

// Tiles say how AV1 pictures are cut, in powers of two; 0 is the encoder's choice.
type Tiles struct{ Columns, Rows int }

// TimingInfo is the clock in a stream's headers: UnitsInTick/TimeScale seconds a tick.
type TimingInfo struct{ UnitsInTick, TimeScale int }

// Limits of what a configuration may ask for.
const (
	maxQP      = 51
	maxBFrames = 16
	maxRefs    = 16
	maxTiles   = 64
)

func (c *EncoderConfig) validate() error {
	if err := c.DeviceConfig.validate(); err != nil {
		return err
	}
	bad := func(field string, v any, want string) error {
		return fmt.Errorf("%w: %s is %v; %s", ErrArgument, field, v, want)
	}
	within := func(v *int, low, high int) bool { return v == nil || *v >= low && *v <= high }
	switch {
	case c.Codec != "" && c.Codec != H264 && c.Codec != HEVC && c.Codec != AV1:
		return bad("Codec", c.Codec, "h264, hevc or av1")
	case c.Preset > P7:
		return bad("Preset", c.Preset, "P1 to P7")
	case c.Tuning > UltraHighQuality:
		return bad("Tuning", c.Tuning, "high_quality, low_latency, ultra_low_latency, lossless or uhq")
	case c.GOP < 0 || c.GOP > 1<<30:
		return bad("GOP", c.GOP, "1 and up, 0 for the default")
	case c.IDRPeriod < 0 || c.IDRPeriod > 1<<30:
		return bad("IDRPeriod", c.IDRPeriod, "1 and up, 0 for GOP")
	case !within(c.BFrames, 0, maxBFrames):
		return bad("BFrames", *c.BFrames, "0 to 16")
	case c.BRef > BRefHierarchical:
		return bad("BRef", c.BRef, "disabled, each, middle or hierarchical")
	case c.BitDepth != 0 && c.BitDepth != 8 && c.BitDepth != 10:
		return bad("BitDepth", c.BitDepth, "8 or 10, 0 for the format's")
	case !within(c.Lookahead, 0, 255):
		return bad("Lookahead", *c.Lookahead, "0 to 255")
	case !within(c.AQ, 0, 15):
		return bad("AQ", *c.AQ, "0 to 15")
	case c.LowDelayKeyScale < 0 || c.LowDelayKeyScale > 255:
		return bad("LowDelayKeyScale", c.LowDelayKeyScale, "0 to 255")
	case c.RefL0 < 0 || c.RefL0 > maxRefs || c.RefL1 < 0 || c.RefL1 > maxRefs:
		return bad("RefL0, RefL1", [2]int{c.RefL0, c.RefL1}, "1 to 16, 0 for the preset's")
	case c.IntraRefresh < 0:
		return bad("IntraRefresh", c.IntraRefresh, "0 and up")
	case c.Slice.Mode > SliceCount || c.Slice.Data < 0 || c.Slice.Mode != SliceDefault && c.Slice.Data == 0:
		return bad("Slice", c.Slice, "a mode, and with bytes, rows and count a number above 0")
	case c.QPMap > QPMapEmphasis:
		return bad("QPMap", c.QPMap, "off, delta or emphasis")
	case min(c.Tiles.Columns, c.Tiles.Rows) < 0 || max(c.Tiles.Columns, c.Tiles.Rows) > maxTiles:
		return bad("Tiles", c.Tiles, "1 to 64 columns and rows, 0 for the encoder's choice")
	case c.Threads < 0 || c.Threads > 64:
		return bad("Threads", c.Threads, "1 to 64, 0 for the encoder's choice")
	case c.FrameRate.Num < 0 || c.FrameRate.Den < 0 || c.FrameRate.Num > 0 && c.FrameRate.Den == 0:
		return bad("FrameRate", c.FrameRate, "a positive fraction")
	case c.TimeBase.Num < 0 || c.TimeBase.Den < 0 || c.TimeBase.Num > 0 && c.TimeBase.Den == 0:
		return bad("TimeBase", c.TimeBase, "a positive fraction")
	case c.ColorSpace != "" && c.ColorSpace != "bt601" && c.ColorSpace != "bt709":
		return bad("ColorSpace", c.ColorSpace, "bt601 or bt709")
	case c.MaxWidth < 0 || c.MaxHeight < 0 || c.MaxWidth > maxDimension || c.MaxHeight > maxDimension:
		return bad("MaxWidth, MaxHeight", [2]int{c.MaxWidth, c.MaxHeight}, "0 to 65536")
	case c.TimingInfo.UnitsInTick < 0 || c.TimingInfo.TimeScale < 0:
		return bad("TimingInfo", c.TimingInfo, "positive numbers")
	}
	if err := c.Rate.validate(); err != nil {
		return err
	}
	if c.Tuning == Lossless && c.Rate.Mode != RateDefault && c.Rate.Mode != ConstQP {
		return bad("Rate.Mode", c.Rate.Mode, "lossless tuning has no rate to control; leave it unset, or constqp")
	}
	return nil
}

func (r *RateControl) validate() error {
	bad := func(field string, v any, want string) error {
		return fmt.Errorf("%w: Rate.%s is %v; %s", ErrArgument, field, v, want)
	}
	if r.Mode > Quality {
		return bad("Mode", r.Mode, "cbr, vbr, constqp or cq")
	}
	for name, v := range map[string]int64{"BitRate": r.BitRate, "MaxBitRate": r.MaxBitRate, "VBVSize": r.VBVSize, "VBVInitial": r.VBVInitial} {
		if v < 0 || v > 1<<31-1 {
			return bad(name, v, "1 to 2147483647, 0 for the default")
		}
	}
	for name, q := range map[string]*QP{"QP": r.QP, "InitialQP": r.InitialQP, "MinQP": r.MinQP, "MaxQP": r.MaxQP} {
		if q != nil && (min(q.P, q.B, q.I) < 0 || max(q.P, q.B, q.I) > maxQP) {
			return bad(name, *q, "0 to 51")
		}
	}
	switch {
	case r.Quality < 0 || r.Quality > maxQP || r.Quality != r.Quality:
		return bad("Quality", r.Quality, "0 to 51")
	case r.MultiPass > MultiPassFull:
		return bad("MultiPass", r.MultiPass, "disabled, qres or fullres")
	case r.MaxBitRate > 0 && r.BitRate > r.MaxBitRate:
		return bad("MaxBitRate", r.MaxBitRate, fmt.Sprintf("at least BitRate, %d", r.BitRate))
	case r.VBVInitial > 0 && r.VBVSize > 0 && r.VBVInitial > r.VBVSize:
		return bad("VBVInitial", r.VBVInitial, fmt.Sprintf("at most VBVSize, %d", r.VBVSize))
	case r.Mode == Quality && r.BitRate > 0:
		return bad("BitRate", r.BitRate, "target quality has none; bound it with MaxBitRate")
	case r.QP != nil && r.Mode != ConstQP && r.Mode != RateDefault:
		return bad("QP", *r.QP, "it needs Mode constqp")
	}
	if r.MinQP != nil && r.MaxQP != nil && (r.MinQP.P > r.MaxQP.P || r.MinQP.B > r.MaxQP.B || r.MinQP.I > r.MaxQP.I) {
		return bad("MinQP", *r.MinQP, "at most MaxQP")
	}
	return nil
}

// defaults fills in what is not said.
func (c *EncoderConfig) defaults(f frame.Format) {
	if c.Codec == "" {
		c.Codec = H264
	}
	if c.Preset == 0 {
		c.Preset = P4
	}
	if c.FrameRate.Num == 0 {
		c.FrameRate = frame.Rational{Num: 30, Den: 1}
	}
	if c.TimeBase.Num == 0 {
		c.TimeBase = c.FrameRate.Inv()
	}
	if c.GOP == 0 {
		c.GOP = 250
		if c.IDRPeriod > 0 {
			c.GOP = c.IDRPeriod
		}
	}
	if c.IDRPeriod == 0 {
		c.IDRPeriod = c.GOP
	}
	if c.BitDepth == 0 {
		c.BitDepth = 8
		if f.Bits() > 8 {
			c.BitDepth = 10
		}
	}
	c.colors(f)
	r := &c.Rate
	if r.Mode == RateDefault {
		switch {
		case c.Tuning == Lossless || r.QP != nil:
			r.Mode = ConstQP
		case r.Quality > 0:
			r.Mode = Quality
		default:
			r.Mode = CBR
		}
	}
	switch r.Mode {
	case ConstQP:
		if r.QP == nil {
			r.QP = &QP{28, 31, 25}
		}
		if c.Tuning == Lossless {
			r.QP = &QP{}
		}
	case Quality:
		if r.Quality == 0 {
			r.Quality = 23
		}
	default:
		if r.BitRate == 0 {
			r.BitRate = 10_000_000
			if r.MaxBitRate > 0 {
				r.BitRate = min(r.BitRate, r.MaxBitRate)
			}
		}
	}
}

// colors replaces what is zero by what says that it is unknown: 0 is a value of its own.
func (c *EncoderConfig) colors(f frame.Format) {
	o := &c.Color
	if o.Primaries == 0 {
		o.Primaries = frame.PrimariesUnspecified
	}
	if o.Transfer == 0 {
		o.Transfer = frame.TransferUnspecified
	}
	if o.Matrix == frame.MatrixRGB && f.Family() != frame.FamilyRGB {
		o.Matrix = frame.MatrixUnspecified
	}
	if f.FullRange() {
		o.Range = frame.RangeFull
	}
}
