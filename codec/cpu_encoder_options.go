package codec

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// A cpuMapping turns a configuration into the options of one encoder.
type cpuMapping func(m *optionMap, c *EncoderConfig)

var cpuMappings = map[string]cpuMapping{
	"libx264": mapX264, "libx265": mapX265, "libsvtav1": mapSVT, "libaom-av1": mapAOM,
}

// optionMap collects options, what has no meaning, and what is impossible.
type optionMap struct {
	coder  string
	opt    map[string]string
	params []string // of the encoder's own parameter string
	notes  []string
	err    error
}

func (m *optionMap) set(k string, v any) { m.opt[k] = fmt.Sprint(v) }

// note says that a setting means nothing here and does no harm.
func (m *optionMap) note(field, why string) { m.notes = append(m.notes, field+": "+why) }

// refuse says that a setting cannot be met.
func (m *optionMap) refuse(field, why string) {
	if m.err == nil {
		m.err = fmt.Errorf("%w: %s: %s (%s)", ErrUnsupported, field, why, m.coder)
	}
}

// cpuEncoderOptions maps a complete configuration. What an encoder cannot do is an
// error; what has no meaning for it is in notes.
func cpuEncoderOptions(coder avformat.Coder, c *EncoderConfig) (*avformat.EncoderOptions, []string, error) {
	m := &optionMap{coder: coder.Name, opt: map[string]string{}}
	if c.Tuning == UltraHighQuality {
		m.refuse("Tuning uhq", "it is NVENC's own; use HighQuality with a slower preset")
	}
	if c.Rate.MultiPass != MultiPassOff {
		m.note("Rate.MultiPass", "the encoder looks ahead instead")
	}
	if c.Rate.InitialQP != nil {
		m.note("Rate.InitialQP", "the encoder finds its own")
	}
	if c.TemporalAQ {
		m.note("TemporalAQ", "the encoder's look-ahead does that by itself")
	}
	if c.LowDelayKeyScale != 0 {
		m.note("LowDelayKeyScale", "the encoder has no such setting")
	}
	if c.MaxWidth != 0 || c.MaxHeight != 0 {
		m.note("MaxWidth, MaxHeight", "software needs no room in advance")
	}
	if c.TimingInfo != (TimingInfo{}) {
		m.note("TimingInfo", "the headers say FrameRate")
	}
	if c.RefL1 != 0 {
		m.note("RefL1", "the encoder chooses it")
	}
	if c.QPMap != QPMapOff {
		m.refuse("QPMap", "it is NVENC's own")
	}
	if c.Tiles != (Tiles{}) && c.Codec != AV1 {
		m.refuse("Tiles", "AV1 alone has them")
	}
	if c.IDRPeriod != c.GOP {
		m.refuse("IDRPeriod", "every key frame is an IDR; leave it unset, or equal to GOP")
	}
	cpuMappings[coder.Name](m, c)
	if m.err != nil {
		return nil, nil, m.err
	}
	return &avformat.EncoderOptions{
		Name: coder.Name, TimeBase: avformat.Rational(c.TimeBase), FrameRate: avformat.Rational(c.FrameRate),
		AspectRatio: avformat.Rational(c.SAR), Threads: c.Threads, GlobalHeader: true, GOP: c.GOP, Options: m.opt,
	}, m.notes, nil
}

// rates sets the options of rate control that libavcodec's encoders share. buffer is
// the size of the decoder's buffer when none is asked for, 0 for none.
func (m *optionMap) rates(r *RateControl) {
	switch r.Mode {
	case CBR:
		m.set("b", r.BitRate)
		m.set("minrate", r.BitRate)
		m.set("maxrate", r.BitRate)
		m.set("bufsize", orElse(r.VBVSize, r.BitRate))
	case VBR:
		m.set("b", r.BitRate)
	case Quality:
		m.set("crf", strconv.FormatFloat(r.Quality, 'f', -1, 64))
	}
	if r.Mode == VBR || r.Mode == Quality {
		if r.MaxBitRate > 0 {
			m.set("maxrate", r.MaxBitRate)
			m.set("bufsize", orElse(r.VBVSize, r.MaxBitRate))
		} else if r.VBVSize > 0 {
			m.note("Rate.VBVSize", "it bounds nothing without MaxBitRate")
		}
	}
	if r.VBVInitial > 0 {
		size := orElse(r.VBVSize, orElse(r.MaxBitRate, r.BitRate))
		m.set("rc_init_occupancy", min(r.VBVInitial, size))
	}
	m.bounds("qmin", "Rate.MinQP", r.MinQP)
	m.bounds("qmax", "Rate.MaxQP", r.MaxQP)
}

func (m *optionMap) bounds(option, field string, q *QP) {
	if q == nil {
		return
	}
	if q.P != q.B || q.P != q.I {
		m.refuse(field, "the encoder has one bound for all picture types")
	}
	m.set(option, q.P)
}

func orElse(v, otherwise int64) int64 {
	if v != 0 {
		return v
	}
	return otherwise
}

var xPresets = [...]string{P1: "ultrafast", P2: "veryfast", P3: "faster", P4: "medium", P5: "slow", P6: "slower", P7: "veryslow"}

func lowDelay(t Tuning) bool { return t == LowLatency || t == UltraLowLatency }

func mapX264(m *optionMap, c *EncoderConfig) {
	m.set("preset", xPresets[c.Preset])
	m.set("sc_threshold", 0) // a GOP as long as it was asked for
	m.set("keyint_min", 1)
	if lowDelay(c.Tuning) {
		m.set("tune", "zerolatency")
	}
	m.rates(&c.Rate)
	if c.Rate.Mode == ConstQP {
		m.constQP(c)
	}
	m.references(c)
	if c.Lookahead != nil {
		m.set("rc-lookahead", *c.Lookahead)
	}
	if c.AQ != nil {
		if *c.AQ == 0 {
			m.set("aq-mode", 0)
		} else {
			m.set("aq-mode", 1)
			m.set("aq-strength", float64(*c.AQ)/8)
		}
	}
	if c.WeightedPrediction != nil {
		m.set("weightp", map[bool]int{false: 0, true: 2}[*c.WeightedPrediction])
		m.set("weightb", map[bool]int{false: 0, true: 1}[*c.WeightedPrediction])
	}
	if c.IntraRefresh > 0 {
		m.set("intra-refresh", 1)
	}
	m.slices(c, "slice-max-size")
	m.profile(c)
	if c.TimeCode {
		m.set("x264-params", "pic-struct=1")
	}
}

// constQP sets a quantiser for each picture type; libavcodec has P's and the ratios of
// the others to it.
func (m *optionMap) constQP(c *EncoderConfig) {
	q := c.Rate.QP
	m.set("qp", q.P)
	if c.Tuning == Lossless {
		return
	}
	m.set("i_qfactor", math.Exp2(float64(q.I-q.P)/6))
	m.set("b_qfactor", math.Exp2(float64(q.B-q.P)/6))
}

func (m *optionMap) references(c *EncoderConfig) {
	if c.BFrames != nil {
		m.set("bf", *c.BFrames)
	} else if lowDelay(c.Tuning) {
		m.set("bf", 0)
	}
	switch c.BRef {
	case BRefDisabled:
		m.set("b-pyramid", "none")
	case BRefMiddle:
		m.set("b-pyramid", "normal")
	case BRefEach, BRefHierarchical:
		m.refuse("BRef", "the encoder has disabled and middle")
	}
	if c.RefL0 > 0 {
		m.set("refs", c.RefL0)
	}
}

func (m *optionMap) slices(c *EncoderConfig, bytes string) {
	switch c.Slice.Mode {
	case SliceBytes:
		if bytes == "" {
			m.refuse("Slice", "the encoder cannot bound slices by bytes")
			return
		}
		m.set(bytes, c.Slice.Data)
	case SliceRows:
		m.refuse("Slice", "the encoder cannot cut by rows; use a number of slices")
	case SliceCount:
		m.set("slices", c.Slice.Data)
	}
}

func (m *optionMap) profile(c *EncoderConfig) {
	if c.Profile != "" {
		m.set("profile", strings.ToLower(c.Profile))
	}
	if c.Level != "" {
		m.set("level", c.Level)
	}
}

func mapX265(m *optionMap, c *EncoderConfig) {
	m.set("preset", xPresets[c.Preset])
	m.param("scenecut", 0)
	m.param("open-gop", 0)
	m.param("keyint", c.GOP)
	m.param("min-keyint", 1)
	if lowDelay(c.Tuning) {
		m.set("tune", "zerolatency")
	}
	m.rates(&c.Rate)
	if c.Rate.Mode == CBR {
		delete(m.opt, "minrate")
	}
	switch {
	case c.Tuning == Lossless:
		m.param("lossless", 1)
	case c.Rate.Mode == ConstQP:
		q := c.Rate.QP
		m.set("qp", q.P)
		m.param("ipratio", math.Exp2(float64(q.P-q.I)/6))
		m.param("pbratio", math.Exp2(float64(q.B-q.P)/6))
	}
	switch {
	case c.BFrames != nil:
		m.param("bframes", *c.BFrames)
	case lowDelay(c.Tuning):
		m.param("bframes", 0)
	}
	switch c.BRef {
	case BRefDisabled:
		m.param("b-pyramid", 0)
	case BRefMiddle:
		m.param("b-pyramid", 1)
	case BRefEach, BRefHierarchical:
		m.refuse("BRef", "the encoder has disabled and middle")
	}
	if c.RefL0 > 0 {
		m.param("ref", c.RefL0)
	}
	if c.Lookahead != nil {
		m.param("rc-lookahead", *c.Lookahead)
	}
	if c.AQ != nil {
		m.param("aq-mode", min(*c.AQ, 1))
		if *c.AQ > 0 {
			m.param("aq-strength", min(float64(*c.AQ)/5, 3))
		}
	}
	if c.WeightedPrediction != nil {
		m.param("weightp", map[bool]int{false: 0, true: 1}[*c.WeightedPrediction])
	}
	if c.IntraRefresh > 0 {
		m.param("intra-refresh", 1)
	}
	switch c.Slice.Mode {
	case SliceCount:
		m.param("slices", c.Slice.Data)
	case SliceBytes, SliceRows:
		m.refuse("Slice", "the encoder takes a number of slices")
	}
	if c.Profile != "" {
		m.set("profile", strings.ToLower(c.Profile))
	}
	if c.Level != "" {
		m.param("level-idc", c.Level)
	}
	m.set("x265-params", strings.Join(m.params, ":"))
}

func (m *optionMap) param(k string, v any) { m.params = append(m.params, fmt.Sprintf("%s=%v", k, v)) }

// av1Unsupported refuses what the AV1 encoders do not have.
func (m *optionMap) av1Unsupported(c *EncoderConfig) {
	if c.BRef != BRefDefault {
		m.refuse("BRef", "the encoder chooses its pyramid")
	}
	if c.BFrames != nil && *c.BFrames > 0 {
		m.note("BFrames", "AV1 has hidden frames instead, which the encoder chooses")
	}
	if c.RefL0 > 0 {
		m.note("RefL0", "the encoder chooses its references")
	}
	if c.WeightedPrediction != nil {
		m.note("WeightedPrediction", "AV1 has none")
	}
	if c.IntraRefresh > 0 {
		m.refuse("IntraRefresh", "the encoder has none")
	}
	if c.Slice.Mode != SliceDefault {
		m.refuse("Slice", "AV1 has tiles")
	}
	if c.AQ != nil {
		m.note("AQ", "the encoder decides")
	}
	if c.Profile != "" && !slices.Contains([]string{"main", "0"}, strings.ToLower(c.Profile)) {
		m.refuse("Profile", "4:2:0 AV1 is main profile")
	}
}

func mapSVT(m *optionMap, c *EncoderConfig) {
	m.av1Unsupported(c)
	m.set("preset", [...]int{P1: 12, P2: 11, P3: 10, P4: 8, P5: 6, P6: 5, P7: 4}[c.Preset])
	if c.Tuning == Lossless {
		m.refuse("Tuning lossless", "SVT-AV1 has no lossless mode here")
	}
	if c.Tiles != (Tiles{}) {
		m.refuse("Tiles", "SVT-AV1 chooses them here")
	}
	r := &c.Rate
	switch r.Mode {
	case ConstQP:
		m.set("qp", r.QP.P*63/51)
		if r.QP.B != r.QP.P || r.QP.I != r.QP.P {
			m.note("Rate.QP", "the encoder derives B and I from P")
		}
	case Quality:
		m.set("crf", int(r.Quality*63/51+0.5))
	default:
		m.set("b", r.BitRate)
		if r.Mode == CBR {
			m.note("Rate.Mode", "variable around the average: CBR needs a low-delay structure")
		}
	}
	if r.MinQP != nil {
		m.bounds("qmin", "Rate.MinQP", &QP{r.MinQP.P * 63 / 51, r.MinQP.B * 63 / 51, r.MinQP.I * 63 / 51})
	}
	if r.MaxQP != nil {
		m.bounds("qmax", "Rate.MaxQP", &QP{r.MaxQP.P * 63 / 51, r.MaxQP.B * 63 / 51, r.MaxQP.I * 63 / 51})
	}
	if lowDelay(c.Tuning) {
		m.refuse("Tuning", "SVT-AV1 of this FFmpeg reorders; use H264 or HEVC for low delay")
	}
	if c.Lookahead != nil {
		m.set("la_depth", min(*c.Lookahead, 120))
	}
	if c.Level != "" {
		m.note("Level", "the encoder writes what the picture needs")
	}
}

func mapAOM(m *optionMap, c *EncoderConfig) {
	m.av1Unsupported(c)
	m.set("cpu-used", [...]int{P1: 8, P2: 7, P3: 6, P4: 5, P5: 4, P6: 3, P7: 2}[c.Preset])
	m.set("row-mt", 1)
	if c.Tiles.Columns > 0 {
		m.set("tile-columns", bits.Len(uint(c.Tiles.Columns-1)))
	}
	if c.Tiles.Rows > 0 {
		m.set("tile-rows", bits.Len(uint(c.Tiles.Rows-1)))
	}
	if lowDelay(c.Tuning) {
		m.set("usage", "realtime")
		m.set("lag-in-frames", 0)
	} else if c.Lookahead != nil {
		m.set("lag-in-frames", min(*c.Lookahead, 48))
	}
	r := &c.Rate
	switch {
	case c.Tuning == Lossless:
		// These two make libaom lossless, and every FFmpeg has them; aom-params came with 4.4.
		m.set("qmin", 0)
		m.set("qmax", 0)
		m.set("crf", 0)
		m.set("b", 0)
	case r.Mode == ConstQP:
		q := r.QP.P * 63 / 51
		m.set("qmin", q)
		m.set("qmax", q)
		m.set("crf", q)
		m.set("b", 0)
	case r.Mode == Quality:
		m.set("crf", int(r.Quality*63/51+0.5))
		m.set("b", r.MaxBitRate)
	default:
		m.set("b", r.BitRate)
		if r.Mode == CBR {
			m.set("minrate", r.BitRate)
			m.set("maxrate", r.BitRate)
			m.set("bufsize", orElse(r.VBVSize, r.BitRate))
		} else if r.MaxBitRate > 0 {
			m.set("maxrate", r.MaxBitRate)
			m.set("bufsize", orElse(r.VBVSize, r.MaxBitRate))
		}
	}
	if c.Level != "" {
		m.note("Level", "the encoder writes what the picture needs")
	}
}
