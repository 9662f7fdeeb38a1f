package codec

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// TestNoEncodeEngine: a GPU without an encoder is named, and Auto encodes on the CPU and
// says why.
func TestNoEncodeEngine(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	testutils.LeakCheck(t)
	devices, err := cuda.Devices()
	require.NoError(t, err)
	if _, err := EncodeCaps(GPU(0), H264); err == nil {
		testutils.Skip(t, "the first GPU has an encoder", "REQUIRE_NO_NVENC")
	}
	name, err := devices[0].Name()
	require.NoError(t, err)
	_, err = NewEncoder(256, 192, frame.NV12, on(GPU(0), EncoderConfig{}))
	require.ErrorIs(t, err, ErrNoEncodeEngine)
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "no encode engine")
	require.ErrorContains(t, err, name)
	var driver *nvenc.Error
	require.ErrorAs(t, err, &driver)

	e, err := NewEncoder(256, 192, frame.NV12, nil)
	require.NoError(t, err)
	defer e.Close()
	require.Equal(t, CPU, e.Device())
	require.Contains(t, e.Reason(), name)
	require.Contains(t, e.Reason(), "no encode engine")

	_, err = EncodeCaps(GPU(0), H264)
	require.ErrorIs(t, err, ErrNoEncodeEngine)
	c, err := EncodeCaps(Auto, H264)
	require.NoError(t, err)
	require.Equal(t, CPU, c.Device)
	require.True(t, c.Supported)
	_, err = EncodeCaps(Auto, VP9)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewEncoder(256, 192, frame.NV12, on(GPU(99), EncoderConfig{}))
	require.ErrorIs(t, err, ErrUnsupported)
}

func TestEncodeCaps(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	for _, a := range testedAPIs {
		speak(t, a)
		c, err := EncodeCaps(dev, H264)
		require.NoError(t, err)
		require.True(t, c.Supported)
		require.Equal(t, a.String(), c.API)
		require.Contains(t, c.Formats, frame.NV12)
		require.Equal(t, a >= nvenc.API130, len(c.Formats) > 10, "4:2:2 came with 13.0: %v", c.Formats)
		require.Contains(t, c.Profiles, "high")
		require.GreaterOrEqual(t, c.MaxWidth, 4096)
		require.NotZero(t, c.MaxBFrames)
		require.Equal(t, map[nvenc.API]int{nvenc.API120: 51, nvenc.API121: 55, nvenc.API122: 58, nvenc.API130: 60, nvenc.API131: 60}[a], len(c.All))
		require.Contains(t, c.RateModes, Quality)
		c.Formats[0], c.All[0].Value = frame.Unknown, -1 // the caller's own
		again, err := EncodeCaps(dev, H264)
		require.NoError(t, err)
		require.NotEqual(t, frame.Unknown, again.Formats[0])
	}
}

// TestValidate takes every capability away in turn, and wants the refusal to name the
// field, what there is, and the capability.
func TestValidate(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	full, err := EncodeCaps(dev, HEVC)
	require.NoError(t, err)
	full.MaxWidth, full.MaxHeight, full.MaxBFrames = 8192, 8192, 5
	full.BReferences = []BReference{BRefEach, BRefMiddle}
	full.BReferences = append(full.BReferences, BRefHierarchical)
	for i := range full.All {
		if strings.Contains(full.All[i].Name, "Emphasis") {
			full.All[i].Value = 1
		}
	}
	emphasis := func(c *EncoderCaps) {
		for i := range c.All {
			if strings.Contains(c.All[i].Name, "Emphasis") {
				c.All[i].Value = 0
			}
		}
	}
	for _, c := range []struct {
		cfg  EncoderConfig
		less func(*EncoderCaps)
		want []string
	}{
		{EncoderConfig{}, func(c *EncoderCaps) { c.Supported = false }, []string{"Codec", "NvEncGetEncodeGUIDs"}},
		{EncoderConfig{BitDepth: 10}, func(c *EncoderCaps) { c.TenBit = false }, []string{"BitDepth", "10BIT_ENCODE"}},
		{EncoderConfig{Tuning: Lossless}, func(c *EncoderCaps) { c.Lossless = false }, []string{"Tuning", "LOSSLESS"}},
		{EncoderConfig{TemporalAQ: true}, func(c *EncoderCaps) { c.TemporalAQ = false }, []string{"TemporalAQ", "TEMPORAL_AQ"}},
		{EncoderConfig{Lookahead: ptr(4)}, func(c *EncoderCaps) { c.Lookahead = false }, []string{"Lookahead", "SUPPORT_LOOKAHEAD"}},
		{EncoderConfig{Lookahead: ptr(30), BFrames: ptr(2)}, nil, []string{"Lookahead", "29"}},
		{EncoderConfig{WeightedPrediction: ptr(true)}, func(c *EncoderCaps) { c.WeightedPrediction = false }, []string{"WeightedPrediction", "WEIGHTED"}},
		{EncoderConfig{IntraRefresh: 4}, func(c *EncoderCaps) { c.IntraRefresh = false }, []string{"IntraRefresh", "INTRA_REFRESH"}},
		{EncoderConfig{Rate: RateControl{VBVSize: 1000}}, func(c *EncoderCaps) { c.CustomVBV = false }, []string{"Rate.VBVSize", "CUSTOM_VBV"}},
		{EncoderConfig{Rate: RateControl{VBVInitial: 1000}}, func(c *EncoderCaps) { c.CustomVBV = false }, []string{"Rate.VBVInitial", "CUSTOM_VBV"}},
		{EncoderConfig{RefL0: 2}, func(c *EncoderCaps) { c.MultipleReferences = false }, []string{"RefL0", "MULTIPLE_REF"}},
		{EncoderConfig{RefL0: 8}, nil, []string{"RefL0", "7"}},
		{EncoderConfig{MaxWidth: 4096, MaxHeight: 4096}, func(c *EncoderCaps) { c.DynamicSize = false }, []string{"MaxWidth", "DYN_RES"}},
		{EncoderConfig{MaxWidth: 9000, MaxHeight: 4096}, nil, []string{"MaxWidth", "8192", "WIDTH_MAX"}},
		{EncoderConfig{BFrames: ptr(4)}, func(c *EncoderCaps) { c.MaxBFrames = 3 }, []string{"BFrames", "0 to 3", "NUM_MAX_BFRAMES"}},
		{EncoderConfig{BFrames: ptr(2), Tuning: LowLatency}, nil, []string{"BFrames", "low latency"}},
		{EncoderConfig{BFrames: ptr(2), BRef: BRefMiddle}, func(c *EncoderCaps) { c.BReferences = nil }, []string{"BRef", "BFRAME_REF_MODE"}},
		{EncoderConfig{BFrames: ptr(3), BRef: BRefHierarchical}, func(c *EncoderCaps) { c.API = "13.0" }, []string{"BRef", "13.1", "13.0", "driver"}},
		{EncoderConfig{Tuning: UltraHighQuality}, func(c *EncoderCaps) { c.API = "12.1" }, []string{"Tuning", "12.2", "12.1"}},
		{EncoderConfig{Tuning: UltraHighQuality}, func(c *EncoderCaps) { c.Codec = H264 }, []string{"Tuning", "HEVC and AV1"}},
		{EncoderConfig{Tuning: UltraHighQuality}, func(c *EncoderCaps) { c.Codec, c.API = AV1, "12.2" }, []string{"Tuning", "13.0"}},
		{EncoderConfig{BitDepth: 10}, func(c *EncoderCaps) { c.Codec, c.API = H264, "12.2" }, []string{"BitDepth", "13.0"}},
		{EncoderConfig{Rate: RateControl{Mode: VBR}}, func(c *EncoderCaps) { c.RateModes = []RateMode{ConstQP, CBR} }, []string{"Rate.Mode", "RATECONTROL_MODES"}},
		{EncoderConfig{QPMap: QPMapEmphasis}, emphasis, []string{"QPMap", "EMPHASIS"}},
		{EncoderConfig{Level: "6.2"}, func(c *EncoderCaps) { c.MinLevel, c.MaxLevel = 30, 153 }, []string{"Level", "1.0 to 5.1", "LEVEL_MAX"}},
		{EncoderConfig{Profile: "rext"}, func(c *EncoderCaps) { c.Profiles = []string{"main"} }, []string{"Profile", "main", "ProfileGUIDs"}},
		{EncoderConfig{TimeCode: true}, func(c *EncoderCaps) { c.Codec, c.API = H264, "12.1" }, []string{"TimeCode", "12.2"}},
		{EncoderConfig{TimingInfo: TimingInfo{1, 50}}, func(c *EncoderCaps) { c.API = "11.1" }, []string{"TimingInfo", "12.0"}},
		{EncoderConfig{TimingInfo: TimingInfo{1, 50}}, func(c *EncoderCaps) { c.Codec = AV1 }, []string{"TimingInfo"}},
		{EncoderConfig{Slice: Slice{SliceCount, 2}}, func(c *EncoderCaps) { c.Codec = AV1 }, []string{"Slice", "Tiles"}},
		{EncoderConfig{Tiles: Tiles{2, 2}}, nil, []string{"Tiles", "AV1"}},
	} {
		caps := full.clone()
		if c.less != nil {
			if caps.Codec == HEVC && caps.API != "" {
				require.NoError(t, onlyFor(c.cfg, full), "%+v", c.cfg)
			}
			c.less(&caps)
		}
		err := c.cfg.Validate(caps)
		require.ErrorIs(t, err, ErrUnsupported, "%+v", c.cfg)
		for _, w := range c.want {
			require.ErrorContains(t, err, w)
		}
	}
	for _, c := range []struct {
		cfg  EncoderConfig
		want string
	}{
		{EncoderConfig{BFrames: ptr(5), GOP: 3}, "BFrames"},
		{EncoderConfig{IntraRefresh: 10, GOP: 10}, "IntraRefresh"},
		{EncoderConfig{GOP: 20, IDRPeriod: 10}, "IDRPeriod"},
		{EncoderConfig{Level: "9"}, "Level"},
		{EncoderConfig{Level: "4.7"}, "Level"},
		{EncoderConfig{Profile: "best"}, "Profile"},
		{EncoderConfig{BFrames: ptr(0), BRef: BRefMiddle}, "BRef"},
		{EncoderConfig{TimingInfo: TimingInfo{1, 0}}, "TimingInfo"},
		{EncoderConfig{Codec: H264}, "Codec"},
		{EncoderConfig{Threads: -1}, "Threads"},
		{EncoderConfig{QPMap: QPMapDelta, Tuning: Lossless}, "QPMap"},
	} {
		err := c.cfg.Validate(full)
		require.ErrorIs(t, err, ErrArgument, "%+v", c.cfg)
		require.ErrorContains(t, err, c.want)
	}
}

// onlyFor is what the full capabilities say of a configuration that is about HEVC.
func onlyFor(cfg EncoderConfig, caps EncoderCaps) error {
	if cfg.Slice.Mode != SliceDefault || cfg.Tuning == UltraHighQuality && false {
		return nil
	}
	err := cfg.Validate(caps)
	if errors.Is(err, ErrUnsupported) && strings.Contains(err.Error(), "WEIGHTED") {
		return nil
	}
	return err
}

// TestNVENCPictureRefused: size and format are checked with the capabilities too.
func TestNVENCPictureRefused(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	for _, c := range []struct {
		w, h int
		f    frame.Format
		cfg  EncoderConfig
		want []string
	}{
		{64, 64, frame.NV12, EncoderConfig{}, []string{"64x64", "WIDTH_MIN"}},
		{257, 192, frame.NV12, EncoderConfig{}, []string{"257x192", "even"}},
		{20000, 256, frame.NV12, EncoderConfig{}, []string{"20000x256", "WIDTH_MAX"}},
		{256, 192, frame.Gray, EncoderConfig{}, []string{"gray", "nv12"}},
		{256, 192, frame.P010, EncoderConfig{Codec: HEVC, BitDepth: 8}, []string{"BitDepth", "10 bits"}},
		{256, 192, frame.NV12, EncoderConfig{Codec: H264, BitDepth: 10}, []string{"BitDepth"}},
		{256, 192, frame.ARGB, EncoderConfig{Tuning: Lossless}, []string{"lossless"}},
		{256, 192, frame.NV12, EncoderConfig{Codec: AV1, Tuning: Lossless}, []string{"lossless"}},
	} {
		_, err := NewEncoder(c.w, c.h, c.f, on(dev, c.cfg))
		require.ErrorIs(t, err, ErrUnsupported, "%+v", c)
		for _, w := range c.want {
			require.Contains(t, strings.ToLower(err.Error()), strings.ToLower(w))
		}
		require.True(t, isUserError(err), "%v", err)
	}
	for _, c := range []EncoderConfig{
		{Slice: Slice{SliceCount, 100}}, {MaxWidth: 128, MaxHeight: 128}, {Profile: "main", Codec: H264, BitDepth: 8, Slice: Slice{SliceRows, 99}},
		{Profile: "baseline", BFrames: ptr(2)},
	} {
		_, err := NewEncoder(256, 192, frame.NV12, on(dev, c))
		require.ErrorIs(t, err, ErrArgument, "%+v", c)
		require.True(t, isUserError(err))
	}
	_, err := NewEncoder(256, 192, frame.YUV444, on(dev, EncoderConfig{Profile: "high"}))
	require.ErrorIs(t, err, ErrArgument)
	require.ErrorContains(t, err, "420")
}
