package codec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// refuse says that a field asks for what a GPU, a driver or a version of its interface
// lacks. why names what there is, and in brackets the capability.
func refuse(field string, value any, why string, args ...any) error {
	return fmt.Errorf("%w: %s is %v; NVENC %s", ErrUnsupported, field, value, fmt.Sprintf(why, args...))
}

// needAPI refuses what came with a later version of the interface.
func (c *EncoderCaps) needAPI(field string, value any, since nvenc.API) error {
	if a, err := nvenc.ParseAPI(c.API); err == nil && a < since {
		return refuse(field, value, "has it from version %v of its interface on, driver and library speak %v: update the driver", since, a)
	}
	return nil
}

// checkNVENC refuses what the capabilities do not allow. The configuration is complete.
func (c *EncoderConfig) checkNVENC(caps *EncoderCaps) error {
	if !caps.Supported {
		if c.Codec == AV1 {
			return refuse("Codec", c.Codec, "of this GPU does not encode it: AV1 begins with Ada GPUs and version 12.0 of the interface")
		}
		return refuse("Codec", c.Codec, "of this GPU does not encode it (NvEncGetEncodeGUIDs)")
	}
	for _, check := range []func(*EncoderCaps) error{c.checkTools, c.checkGOP, c.checkRate, c.checkHeaders} {
		if err := check(caps); err != nil {
			return err
		}
	}
	return nil
}

func (c *EncoderConfig) checkTools(caps *EncoderCaps) error {
	lacks := func(want bool, has bool, field string, value any, name string) error {
		if want && !has {
			return refuse(field, value, "of this GPU cannot do that with %v (%s is 0)", c.Codec, name)
		}
		return nil
	}
	for _, err := range []error{
		lacks(c.BitDepth > 8, caps.TenBit, "BitDepth", c.BitDepth, "NV_ENC_CAPS_SUPPORT_10BIT_ENCODE"),
		lacks(c.Tuning == Lossless, caps.Lossless, "Tuning", c.Tuning, "NV_ENC_CAPS_SUPPORT_LOSSLESS_ENCODE"),
		lacks(c.TemporalAQ, caps.TemporalAQ, "TemporalAQ", c.TemporalAQ, "NV_ENC_CAPS_SUPPORT_TEMPORAL_AQ"),
		lacks(c.Lookahead != nil && *c.Lookahead > 0, caps.Lookahead, "Lookahead", intOf(c.Lookahead), "NV_ENC_CAPS_SUPPORT_LOOKAHEAD"),
		lacks(c.WeightedPrediction != nil && *c.WeightedPrediction, caps.WeightedPrediction, "WeightedPrediction", true, "NV_ENC_CAPS_SUPPORT_WEIGHTED_PREDICTION"),
		lacks(c.IntraRefresh > 0, caps.IntraRefresh, "IntraRefresh", c.IntraRefresh, "NV_ENC_CAPS_SUPPORT_INTRA_REFRESH"),
		lacks(c.Rate.VBVSize > 0, caps.CustomVBV, "Rate.VBVSize", c.Rate.VBVSize, "NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE"),
		lacks(c.Rate.VBVInitial > 0, caps.CustomVBV, "Rate.VBVInitial", c.Rate.VBVInitial, "NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE"),
		lacks(max(c.RefL0, c.RefL1) > 0, caps.MultipleReferences, "RefL0, RefL1", [2]int{c.RefL0, c.RefL1}, "NV_ENC_CAPS_SUPPORT_MULTIPLE_REF_FRAMES"),
		lacks(c.MaxWidth > 0, caps.DynamicSize, "MaxWidth, MaxHeight", [2]int{c.MaxWidth, c.MaxHeight}, "NV_ENC_CAPS_SUPPORT_DYN_RES_CHANGE"),
	} {
		if err != nil {
			return err
		}
	}
	if c.MaxWidth > caps.MaxWidth || c.MaxHeight > caps.MaxHeight {
		return refuse("MaxWidth, MaxHeight", [2]int{c.MaxWidth, c.MaxHeight}, "of this GPU encodes %v up to %dx%d (NV_ENC_CAPS_WIDTH_MAX, NV_ENC_CAPS_HEIGHT_MAX)", c.Codec, caps.MaxWidth, caps.MaxHeight)
	}
	if c.Tuning == UltraHighQuality {
		switch c.Codec {
		case H264:
			return refuse("Tuning", c.Tuning, "has it for HEVC and AV1")
		case AV1:
			return caps.needAPI("Tuning", c.Tuning, nvenc.API130)
		default:
			return caps.needAPI("Tuning", c.Tuning, nvenc.API122)
		}
	}
	if c.Codec == H264 && c.BitDepth > 8 {
		return caps.needAPI("BitDepth", c.BitDepth, nvenc.API130)
	}
	return nil
}

func intOf(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

func (c *EncoderConfig) checkGOP(caps *EncoderCaps) error {
	if c.BFrames != nil {
		switch b := *c.BFrames; {
		case b > caps.MaxBFrames:
			return refuse("BFrames", b, "of this GPU codes %v with 0 to %d (NV_ENC_CAPS_NUM_MAX_BFRAMES)", c.Codec, caps.MaxBFrames)
		case b > 0 && b >= c.GOP:
			return fmt.Errorf("%w: BFrames is %d; with a GOP of %d, 0 to %d", ErrArgument, b, c.GOP, c.GOP-1)
		case b > 0 && lowDelay(c.Tuning):
			return refuse("BFrames", b, "does not reorder in the tunings for low latency: 0")
		case b > 0 && c.IntraRefresh > 0:
			return refuse("BFrames", b, "refreshes without B-frames: 0 with IntraRefresh")
		case b > 0 && c.WeightedPrediction != nil && *c.WeightedPrediction:
			return refuse("BFrames", b, "predicts with weights without B-frames: 0 with WeightedPrediction")
		}
	}
	if c.BRef > BRefDisabled {
		if c.BRef == BRefHierarchical {
			if err := caps.needAPI("BRef", c.BRef, nvenc.API131); err != nil {
				return err
			}
		}
		if !slices.Contains(caps.BReferences, c.BRef) {
			return refuse("BRef", c.BRef, "of this GPU has %v with %v (NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE)", append([]BReference{BRefDisabled}, caps.BReferences...), c.Codec)
		}
		if c.BFrames != nil && *c.BFrames == 0 {
			return fmt.Errorf("%w: BRef is %v without B-frames", ErrArgument, c.BRef)
		}
	}
	if c.IntraRefresh > 0 && c.IntraRefresh >= c.GOP {
		return fmt.Errorf("%w: IntraRefresh is %d; with a GOP of %d, 1 to %d", ErrArgument, c.IntraRefresh, c.GOP, c.GOP-1)
	}
	if c.IDRPeriod < c.GOP {
		return fmt.Errorf("%w: IDRPeriod is %d; at least GOP, %d", ErrArgument, c.IDRPeriod, c.GOP)
	}
	// Lists of NVENC have seven pictures at most, AV1's four and three.
	l0, l1 := 7, 7
	if c.Codec == AV1 {
		l0, l1 = 4, 3
	}
	if c.RefL0 > l0 || c.RefL1 > l1 {
		return refuse("RefL0, RefL1", [2]int{c.RefL0, c.RefL1}, "has up to %d and %d with %v", l0, l1, c.Codec)
	}
	if c.Lookahead != nil && *c.Lookahead > maxLookahead-intOf(c.BFrames) {
		return refuse("Lookahead", *c.Lookahead, "looks 0 to %d frames ahead, less with B-frames: %d", maxLookahead, maxLookahead-intOf(c.BFrames))
	}
	return nil
}

// maxLookahead less the B-frames is the deepest lookahead.
const maxLookahead = 31

// minRate is below any rate at which there is a picture to see.
const minRate = 1000

func (c *EncoderConfig) checkRate(caps *EncoderCaps) error {
	if !slices.Contains(caps.RateModes, c.Rate.Mode) {
		return refuse("Rate.Mode", c.Rate.Mode, "of this GPU has %v with %v (NV_ENC_CAPS_SUPPORTED_RATECONTROL_MODES)", caps.RateModes, c.Codec)
	}
	for _, r := range []struct {
		field string
		value int64
	}{{"Rate.BitRate", c.Rate.BitRate}, {"Rate.MaxBitRate", c.Rate.MaxBitRate}, {"Rate.VBVSize", c.Rate.VBVSize}} {
		if r.value > 0 && r.value < minRate {
			return fmt.Errorf("%w: %s is %d; NVENC has %d and up", ErrArgument, r.field, r.value, minRate)
		}
	}
	if c.QPMap == QPMapEmphasis {
		if i := slices.IndexFunc(caps.All, func(v Capability) bool { return v.Name == nvenc.CapSupportEmphasisLevelMap.String() }); i < 0 || caps.All[i].Value == 0 {
			return refuse("QPMap", c.QPMap, "of this GPU has none with %v (NV_ENC_CAPS_SUPPORT_EMPHASIS_LEVEL_MAP is 0)", c.Codec)
		}
		if c.Rate.Mode == ConstQP {
			return fmt.Errorf("%w: QPMap is emphasis; it needs rate control, Rate.Mode is constqp", ErrArgument)
		}
	}
	if c.QPMap != QPMapOff && c.Tuning == Lossless {
		return fmt.Errorf("%w: QPMap is %v; lossless tuning has no quantiser", ErrArgument, c.QPMap)
	}
	return nil
}

func (c *EncoderConfig) checkHeaders(caps *EncoderCaps) error {
	if c.Level != "" {
		n, err := nvencLevel(c.Codec, c.Level)
		if err != nil {
			return err
		}
		if caps.MaxLevel > 0 && (int(n) < caps.MinLevel || int(n) > caps.MaxLevel) {
			return refuse("Level", c.Level, "of this GPU codes %v at %s to %s (NV_ENC_CAPS_LEVEL_MIN, NV_ENC_CAPS_LEVEL_MAX)", c.Codec, levelName(c.Codec, caps.MinLevel), levelName(c.Codec, caps.MaxLevel))
		}
	}
	if c.Profile != "" {
		if p, err := findProfile(c.Codec, c.Profile); err != nil {
			return err
		} else if caps.Profiles != nil && !slices.Contains(caps.Profiles, p.names[0]) {
			return refuse("Profile", c.Profile, "of this GPU codes %v in %s (NvEncGetEncodeProfileGUIDs)", c.Codec, strings.Join(caps.Profiles, ", "))
		}
	}
	if err := c.checkColor(); err != nil {
		return err
	}
	if c.TimingInfo != (TimingInfo{}) {
		if c.Codec == AV1 {
			return refuse("TimingInfo", c.TimingInfo, "writes it for H.264 and HEVC")
		}
		if c.TimingInfo.TimeScale == 0 || c.TimingInfo.UnitsInTick == 0 {
			return fmt.Errorf("%w: TimingInfo is %v; both numbers, above 0", ErrArgument, c.TimingInfo)
		}
		if err := caps.needAPI("TimingInfo", c.TimingInfo, nvenc.API120); err != nil {
			return err
		}
	}
	if c.TimeCode && c.Codec == H264 {
		// Before, every picture would have a clock.
		if err := caps.needAPI("TimeCode", true, nvenc.API122); err != nil {
			return err
		}
	}
	if c.Slice.Mode != SliceDefault && c.Codec == AV1 {
		return refuse("Slice", c.Slice, "codes AV1 in tiles: see Tiles")
	}
	if c.Tiles != (Tiles{}) && c.Codec != AV1 {
		return refuse("Tiles", c.Tiles, "has them with AV1")
	}
	return nil
}

// checkColor refuses numbers that the standards reserve: the driver would write them.
func (c *EncoderConfig) checkColor() error {
	o := &c.Color
	switch {
	case o.Primaries == 0 || o.Primaries == 3 || o.Primaries > 12 && o.Primaries != 22:
		return fmt.Errorf("%w: Color.Primaries is %v, a reserved number", ErrArgument, o.Primaries)
	case o.Transfer == 0 || o.Transfer == 3 || o.Transfer > 18:
		return fmt.Errorf("%w: Color.Transfer is %v, a reserved number", ErrArgument, o.Transfer)
	case o.Matrix == 3 || o.Matrix > 14:
		return fmt.Errorf("%w: Color.Matrix is %v, a reserved number", ErrArgument, o.Matrix)
	case o.Range > frame.RangeFull || o.ChromaLocation > frame.ChromaBottom:
		return fmt.Errorf("%w: Color has Range %v and ChromaLocation %v", ErrArgument, o.Range, o.ChromaLocation)
	}
	return nil
}

// checkPicture refuses frames that cannot be encoded.
func (c *EncoderConfig) checkPicture(caps *EncoderCaps, f frame.Format, width, height int) (nvencFormat, error) {
	n, ok := nvencFormats[f]
	if !ok {
		return n, refuse("the frames' format", f, "takes %v", EncodeFormats())
	}
	if n.chroma == 422 {
		if err := caps.needAPI("the frames' format", f, nvenc.API130); err != nil {
			return n, err
		}
		if !caps.YUV422 {
			return n, refuse("the frames' format", f, "of this GPU does not code %v in 4:2:2 (NV_ENC_CAPS_SUPPORT_YUV422_ENCODE is 0)", c.Codec)
		}
	}
	if n.chroma == 444 && !caps.YUV444 {
		return n, refuse("the frames' format", f, "of this GPU does not code %v in 4:4:4 (NV_ENC_CAPS_SUPPORT_YUV444_ENCODE is 0)", c.Codec)
	}
	if n.bits > c.BitDepth {
		return n, refuse("BitDepth", c.BitDepth, "codes frames in %v with 10 bits", f)
	}
	if c.Codec == H264 && n.bits < c.BitDepth {
		return n, refuse("BitDepth", c.BitDepth, "codes 8-bit frames in H.264 with 8 bits")
	}
	if c.Tuning == Lossless && (n.rgb || n.bits < min(f.Bits(), 16) && f != frame.P016 && f != frame.P216 && f != frame.YUV444P16) {
		return n, refuse("Tuning", c.Tuning, "would not keep every sample of %v frames", f)
	}
	x, y := 0, 0
	if n.chroma != 444 {
		x = 1
	}
	if n.chroma == 420 {
		y = 1
	}
	macroblocks := (width + 15) / 16 * ((height + 15) / 16)
	size := strconv.Itoa(width) + "x" + strconv.Itoa(height)
	switch {
	case width&x != 0 || height&y != 0:
		return n, refuse("the frames' size", size, "codes even sizes of %d", n.chroma)
	case width < caps.MinWidth || height < caps.MinHeight:
		return n, refuse("the frames' size", size, "of this GPU codes %v from %dx%d on (NV_ENC_CAPS_WIDTH_MIN, NV_ENC_CAPS_HEIGHT_MIN)", c.Codec, caps.MinWidth, caps.MinHeight)
	case width > caps.MaxWidth || height > caps.MaxHeight:
		return n, refuse("the frames' size", size, "of this GPU codes %v up to %dx%d (NV_ENC_CAPS_WIDTH_MAX, NV_ENC_CAPS_HEIGHT_MAX)", c.Codec, caps.MaxWidth, caps.MaxHeight)
	case caps.MaxMacroblocks > 0 && macroblocks > caps.MaxMacroblocks:
		return n, refuse("the frames' size", size, "of this GPU codes %v up to %d macroblocks, not %d (NV_ENC_CAPS_MB_NUM_MAX)", c.Codec, caps.MaxMacroblocks, macroblocks)
	case c.MaxWidth > 0 && c.MaxWidth < width || c.MaxHeight > 0 && c.MaxHeight < height:
		return n, fmt.Errorf("%w: MaxWidth, MaxHeight are %dx%d; at least the frames' %s", ErrArgument, c.MaxWidth, c.MaxHeight, size)
	}
	return n, c.checkCuts(width, height)
}

// checkCuts refuses more slices than there are rows of blocks, and tiles that AV1 has
// not.
func (c *EncoderConfig) checkCuts(width, height int) error {
	block := 16
	if c.Codec == HEVC {
		block = 32
	}
	rows := (height + block - 1) / block
	if (c.Slice.Mode == SliceRows || c.Slice.Mode == SliceCount) && c.Slice.Data > rows {
		return fmt.Errorf("%w: Slice is %v; a picture of %d rows has %d rows of blocks: 1 to %d", ErrArgument, c.Slice, height, rows, rows)
	}
	t := c.Tiles
	if power := func(n int) bool { return n > 0 && n&(n-1) == 0 }; t.Columns != 0 && !power(t.Columns) || t.Rows != 0 && !power(t.Rows) {
		return refuse("Tiles", t, "has powers of two")
	}
	if columns, rows := (width+63)/64, (height+63)/64; t.Columns > columns || t.Rows > rows {
		return fmt.Errorf("%w: Tiles is %v; a picture of %dx%d has at most %d x %d", ErrArgument, t, width, height, columns, rows)
	}
	return nil
}
