package codec

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
)

func ptr[T any](v T) *T { return &v }

// TestEncoderConfigJSON reads the guide's parameter table, and what we add to it.
func TestEncoderConfigJSON(t *testing.T) {
	var c EncoderConfig
	require.NoError(t, json.Unmarshal([]byte(`{
		"codec": "HEVC", "preset": "p5", "tuning_info": "low_latency", "rc": "vbr",
		"bitrate": "5M", "maxbitrate": 8000000, "vbvbufsize": "100k", "vbvinit": "50000",
		"fps": 29.97, "gop": 60, "idrperiod": "120", "bf": 2, "initqp": [20, 22, 18],
		"qmin": 10, "qmax": "40,42,38", "multipass": "fullres", "lookahead": 0, "aq": 8, "temporalaq": 1,
		"ldkfs": 3, "max_res": [3840, 2160], "colorspace": "bt709", "repeatspspps": 1,
		"timingInfo::num_unit_in_ticks": 1001, "timingInfo": {"timescale": 30000},
		"slice": {"mode": 3}, "slice::data": 4, "profile": "main10", "level": "5.1",
		"numrefl0": 4, "numrefl1": 2, "bitdepth": 10, "bref": "middle", "weightedprediction": 0, "intrarefresh": 30,
		"threads": 2, "timebase": "1/90000", "sar": "4:3", "device": "cpu",
		"color": {"Primaries": "bt2020", "Transfer": "smpte2084", "Matrix": "bt2020nc", "Range": "tv", "ChromaLocation": "left"}
	}`), &c))
	want := EncoderConfig{
		DeviceConfig: DeviceConfig{Device: CPU}, Codec: HEVC, Preset: P5, Tuning: LowLatency,
		Rate: RateControl{
			Mode: VBR, BitRate: 5 << 20, MaxBitRate: 8000000, VBVSize: 100 << 10, VBVInitial: 50000,
			InitialQP: &QP{20, 22, 18}, MinQP: &QP{10, 10, 10}, MaxQP: &QP{40, 42, 38}, MultiPass: MultiPassFull,
		},
		FrameRate: frame.Rational{Num: 2997, Den: 100}, GOP: 60, IDRPeriod: 120, BFrames: ptr(2), Lookahead: ptr(0), AQ: ptr(8), TemporalAQ: true,
		LowDelayKeyScale: 3, MaxWidth: 3840, MaxHeight: 2160, ColorSpace: "bt709", RepeatHeaders: true,
		TimingInfo: TimingInfo{1001, 30000}, Slice: Slice{SliceCount, 4}, Profile: "main10", Level: "5.1", RefL0: 4, RefL1: 2,
		BitDepth: 10, BRef: BRefMiddle, WeightedPrediction: ptr(false), IntraRefresh: 30, Threads: 2,
		TimeBase: frame.Rational{Num: 1, Den: 90000}, SAR: frame.Rational{Num: 4, Den: 3},
		Color: frame.Color{Primaries: 9, Transfer: 16, Matrix: 9, Range: 1, ChromaLocation: 1},
	}
	require.Equal(t, want, c)
	b, err := json.Marshal(c)
	require.NoError(t, err)
	var again EncoderConfig
	require.NoError(t, json.Unmarshal(b, &again))
	require.Equal(t, want, again, "%s", b)
}

func TestEncoderConfigJSONKeepsTheRest(t *testing.T) {
	c := EncoderConfig{Codec: AV1, GOP: 7}
	require.NoError(t, json.Unmarshal([]byte(`{"gop": 9, "constqp": 30, "cq": null}`), &c))
	require.Equal(t, EncoderConfig{Codec: AV1, GOP: 9, Rate: RateControl{QP: &QP{30, 30, 30}}}, c)
	b, err := json.Marshal(EncoderConfig{})
	require.NoError(t, err)
	require.JSONEq(t, `{}`, string(b))
	b, err = json.Marshal(&QP{28, 31, 25})
	require.NoError(t, err)
	require.JSONEq(t, `[28, 31, 25]`, string(b))
}

// TestEncoderConfigJSONRefuses wants the name and the range in the error, and c untouched.
func TestEncoderConfigJSONRefuses(t *testing.T) {
	for in, words := range map[string][]string{
		`{"bitrat": 1}`:                {"bitrat", "bitrate"},
		`{"codec": "vp9"}`:             {"codec", "h264, hevc, av1"},
		`{"codec": ["h264"]}`:          {"codec"},
		`{"preset": "P8"}`:             {"preset", "P7"},
		`{"tuning_info": "fast"}`:      {"tuning_info", "high_quality"},
		`{"rc": "abr"}`:                {"rc", "vbr"},
		`{"bitrate": 0}`:               {"bitrate", "from 1"},
		`{"bitrate": -5}`:              {"bitrate", "from 1"},
		`{"bitrate": "fast"}`:          {"bitrate"},
		`{"maxbitrate": 3000000000}`:   {"maxbitrate", "2147483647"},
		`{"fps": 0}`:                   {"fps", "above 0"},
		`{"fps": "1/0"}`:               {"fps"},
		`{"gop": 0}`:                   {"gop", "from 1"},
		`{"gop": 1.5}`:                 {"gop"},
		`{"bf": 17}`:                   {"bf", "16"},
		`{"constqp": 52}`:              {"constqp", "51"},
		`{"constqp": [1, 2]}`:          {"constqp", "[P, B, I]"},
		`{"qmin": {}}`:                 {"qmin"},
		`{"multipass": "two"}`:         {"multipass", "fullres"},
		`{"lookahead": 256}`:           {"lookahead", "255"},
		`{"aq": 16}`:                   {"aq", "15"},
		`{"temporalaq": 2}`:            {"temporalaq", "0 or 1"},
		`{"ldkfs": 256}`:               {"ldkfs", "255"},
		`{"max_res": [1]}`:             {"max_res", "width, height"},
		`{"colorspace": "rec709"}`:     {"colorspace", "bt601, bt709"},
		`{"slice::mode": 4}`:           {"slice::mode", "3"},
		`{"slice": {"rows": 4}}`:       {"slice", "rows"},
		`{"timingInfo": 4}`:            {"timingInfo", "object"},
		`{"timingInfo::timescale": 0}`: {"timingInfo::timescale"},
		`{"cq": 52}`:                   {"cq", "51"},
		`{"cq": "NaN"}`:                {"cq", "51"},
		`{"bitdepth": 12}`:             {"bitdepth", "10"},
		`{"device": "gpu"}`:            {"device", "cuda"},
		`{"color": {"Gamma": "x"}}`:    {"color", "Gamma"},
		`{"numrefl0": 0}`:              {"numrefl0", "16"},
		`{"gop": 5, "zzz": 1}`:         {"zzz"},
		`{"repeatspspps": "yes"}`:      {"repeatspspps"},
		`{"threads": 65}`:              {"threads", "64"},
	} {
		c := EncoderConfig{GOP: 3}
		err := json.Unmarshal([]byte(in), &c)
		require.ErrorIs(t, err, ErrArgument, in)
		for _, w := range words {
			require.ErrorContains(t, err, w, in)
		}
		require.Equal(t, EncoderConfig{GOP: 3}, c, in)
	}
	var c EncoderConfig
	require.Error(t, json.Unmarshal([]byte(`[1]`), &c))
}

// TestFormatSpellings reads the guide's names of surface formats.
func TestFormatSpellings(t *testing.T) {
	for name, want := range map[string]frame.Format{
		"NV12": frame.NV12, "YV12": frame.YV12, "IYUV": frame.IYUV, "YUV420": frame.IYUV, "YUV444": frame.YUV444,
		"P010": frame.P010, "YUV420_10BIT": frame.P010, "YUV444_10BIT": frame.YUV444P10MSB, "YUV444_16bit": frame.YUV444P16,
		"ARGB": frame.ARGB, "ARBG": frame.ARGB, "ABGR": frame.ABGR, "ARGB10": frame.ARGB10, "ABGR10": frame.ABGR10,
		"NV16": frame.NV16, "P210": frame.P210,
	} {
		got, err := frame.ParseFormat(name)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
}
