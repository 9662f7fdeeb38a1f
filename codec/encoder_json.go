package codec

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-nvcodec/nvcodec/frame"
)

// A configKey is one name of the JSON form. get returns nil for a value that is the
// default.
type configKey struct {
	name string
	set  func(c *EncoderConfig, v json.RawMessage) error
	get  func(c *EncoderConfig) any
}

// configKeys are the names of PyNvVideoCodec's parameter table, then ours.
var configKeys = slices.Concat([]configKey{
	textKey("codec", func(c *EncoderConfig) *ID { return &c.Codec }, "h264", "hevc", "av1"),
	enumKey("preset", func(c *EncoderConfig) *Preset { return &c.Preset }),
	enumKey("tuning_info", func(c *EncoderConfig) *Tuning { return &c.Tuning }),
	enumKey("rc", func(c *EncoderConfig) *RateMode { return &c.Rate.Mode }),
	rateKey("bitrate", func(c *EncoderConfig) *int64 { return &c.Rate.BitRate }),
	rateKey("maxbitrate", func(c *EncoderConfig) *int64 { return &c.Rate.MaxBitRate }),
	rateKey("vbvbufsize", func(c *EncoderConfig) *int64 { return &c.Rate.VBVSize }),
	rateKey("vbvinit", func(c *EncoderConfig) *int64 { return &c.Rate.VBVInitial }),
	rationalKey("fps", func(c *EncoderConfig) *frame.Rational { return &c.FrameRate }),
	intKey("gop", 1, 1<<30, func(c *EncoderConfig) *int { return &c.GOP }),
	intKey("idrperiod", 1, 1<<30, func(c *EncoderConfig) *int { return &c.IDRPeriod }),
	optionalKey("bf", 0, maxBFrames, func(c *EncoderConfig) **int { return &c.BFrames }),
	qpKey("constqp", func(c *EncoderConfig) **QP { return &c.Rate.QP }),
	qpKey("initqp", func(c *EncoderConfig) **QP { return &c.Rate.InitialQP }),
	qpKey("qmin", func(c *EncoderConfig) **QP { return &c.Rate.MinQP }),
	qpKey("qmax", func(c *EncoderConfig) **QP { return &c.Rate.MaxQP }),
	enumKey("multipass", func(c *EncoderConfig) *MultiPass { return &c.Rate.MultiPass }),
	optionalKey("lookahead", 0, 255, func(c *EncoderConfig) **int { return &c.Lookahead }),
	optionalKey("aq", 0, 15, func(c *EncoderConfig) **int { return &c.AQ }),
	boolKey("temporalaq", func(c *EncoderConfig) *bool { return &c.TemporalAQ }),
	intKey("ldkfs", 0, 255, func(c *EncoderConfig) *int { return &c.LowDelayKeyScale }),
	{"max_res", setMaxRes, func(c *EncoderConfig) any {
		return unless(c.MaxWidth == 0 && c.MaxHeight == 0, [2]int{c.MaxWidth, c.MaxHeight})
	}},
	textKey("colorspace", func(c *EncoderConfig) *string { return &c.ColorSpace }, "bt601", "bt709"),
	boolKey("repeatspspps", func(c *EncoderConfig) *bool { return &c.RepeatHeaders }),
	floatKey("cq", 0, maxQP, func(c *EncoderConfig) *float64 { return &c.Rate.Quality }),
	textKey("profile", func(c *EncoderConfig) *string { return &c.Profile }),
	textKey("level", func(c *EncoderConfig) *string { return &c.Level }),
	intKey("numrefl0", 1, maxRefs, func(c *EncoderConfig) *int { return &c.RefL0 }),
	intKey("numrefl1", 1, maxRefs, func(c *EncoderConfig) *int { return &c.RefL1 }),
	intKey("bitdepth", 8, 10, func(c *EncoderConfig) *int { return &c.BitDepth }),
	enumKey("bref", func(c *EncoderConfig) *BReference { return &c.BRef }),
	{"weightedprediction", func(c *EncoderConfig, v json.RawMessage) error {
		var b bool
		err := readBool(v, &b)
		if err == nil {
			c.WeightedPrediction = &b
		}
		return err
	}, func(c *EncoderConfig) any { return unlessNil(c.WeightedPrediction) }},
	intKey("intrarefresh", 1, 1<<20, func(c *EncoderConfig) *int { return &c.IntraRefresh }),
	enumKey("qpmap", func(c *EncoderConfig) *QPMapMode { return &c.QPMap }),
	{"tiles", setTiles, func(c *EncoderConfig) any { return unless(c.Tiles == Tiles{}, [2]int{c.Tiles.Columns, c.Tiles.Rows}) }},
	intKey("threads", 1, 64, func(c *EncoderConfig) *int { return &c.Threads }),
	rationalKey("timebase", func(c *EncoderConfig) *frame.Rational { return &c.TimeBase }),
	rationalKey("sar", func(c *EncoderConfig) *frame.Rational { return &c.SAR }),
	enumKey("device", func(c *EncoderConfig) *Device { return &c.Device }),
	{"hdr", func(c *EncoderConfig, v json.RawMessage) error { return strict(v, &c.HDR) },
		func(c *EncoderConfig) any { return unless(c.HDR.IsZero(), c.HDR) }},
	boolKey("timecode", func(c *EncoderConfig) *bool { return &c.TimeCode }),
	{"color", func(c *EncoderConfig, v json.RawMessage) error { return strict(v, &c.Color) },
		func(c *EncoderConfig) any { return unless(c.Color == frame.Color{}, c.Color) }},
},
	groupKeys("timingInfo",
		intKey("num_unit_in_ticks", 1, math.MaxInt32, func(c *EncoderConfig) *int { return &c.TimingInfo.UnitsInTick }),
		intKey("timescale", 1, math.MaxInt32, func(c *EncoderConfig) *int { return &c.TimingInfo.TimeScale })),
	groupKeys("slice",
		configKey{"mode", func(c *EncoderConfig, v json.RawMessage) error {
			n, err := readInt(v, 0, int64(SliceCount))
			if err == nil {
				c.Slice.Mode = SliceMode(n)
			}
			return err
		}, func(c *EncoderConfig) any { return unless(c.Slice.Mode == 0, int(c.Slice.Mode)) }},
		intKey("data", 0, math.MaxInt32, func(c *EncoderConfig) *int { return &c.Slice.Data })))

// UnmarshalJSON reads an object with the names of PyNvVideoCodec's parameter table:
// codec, preset, tuning_info, rc, bitrate, maxbitrate, vbvbufsize, vbvinit, fps, gop,
// idrperiod, bf, constqp, initqp, qmin, qmax, multipass, lookahead, aq, temporalaq,
// ldkfs, max_res, colorspace, timingInfo, slice, repeatspspps; and with profile, level,
// cq, numrefl0, numrefl1, bitdepth, bref, weightedprediction, intrarefresh, qpmap, tiles,
// threads, timebase, sar, color, hdr, timecode and device.
//
// A quantiser is a number or [P, B, I]. Rates are numbers, or text with k (1024) or M
// (1024*1024) behind, as there; fps, timebase and sar may be "30000/1001". Members of
// timingInfo and slice stand in an object of that name or as "slice::mode". Numbers may
// be given as text. Names that are not there keep what c has. An unknown name, and a
// value out of its range, is an error that matches ErrArgument.
func (c *EncoderConfig) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	next := *c
	for _, name := range names {
		i := slices.IndexFunc(configKeys, func(k configKey) bool { return k.name == name })
		if i < 0 {
			return fmt.Errorf("%w: encoder configuration has no %q; it has %s", ErrArgument, name, strings.Join(configNames(), ", "))
		}
		if bytes.Equal(bytes.TrimSpace(all[name]), []byte("null")) {
			continue
		}
		if err := configKeys[i].set(&next, all[name]); err != nil {
			return fmt.Errorf("%w: %s is %s: %w", ErrArgument, name, all[name], err)
		}
	}
	*c = next
	return nil
}

// MarshalJSON writes what differs from the defaults, in the form that UnmarshalJSON
// reads. Context, Stream and Memory have none.
func (c EncoderConfig) MarshalJSON() ([]byte, error) {
	all := map[string]any{}
	for _, k := range configKeys {
		if k.get != nil {
			if v := k.get(&c); v != nil {
				all[k.name] = v
			}
		}
	}
	return json.Marshal(all)
}

func configNames() []string {
	var names []string
	for _, k := range configKeys {
		names = append(names, k.name)
	}
	slices.Sort(names)
	return names
}

func unless(zero bool, v any) any {
	if zero {
		return nil
	}
	return v
}

func unlessNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// unquote returns the text of a JSON string, and anything else as it stands: the guide
// gives numbers as text too.
func unquote(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return strings.TrimSpace(s)
	}
	return string(bytes.TrimSpace(v))
}

func readInt(v json.RawMessage, low, high int64) (int64, error) {
	n, err := strconv.ParseInt(unquote(v), 10, 64)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("a whole number from %d to %d is wanted", low, high)
	}
	return n, nil
}

func readBool(v json.RawMessage, p *bool) error {
	switch unquote(v) {
	case "0", "false":
		*p = false
	case "1", "true":
		*p = true
	default:
		return errors.New("0 or 1 is wanted")
	}
	return nil
}

// strict reads an object that has no unknown names.
func strict(v json.RawMessage, p any) error {
	d := json.NewDecoder(bytes.NewReader(v))
	d.DisallowUnknownFields()
	return d.Decode(p)
}

func textKey[T ~string](name string, field func(*EncoderConfig) *T, values ...string) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error {
		s := unquote(v)
		if v := bytes.TrimSpace(v); len(v) > 0 && (v[0] == '{' || v[0] == '[') {
			return errors.New("text is wanted")
		}
		if values != nil {
			s = strings.ToLower(s)
			if !slices.Contains(values, s) {
				return fmt.Errorf("one of %s is wanted", strings.Join(values, ", "))
			}
		}
		*field(c) = T(s)
		return nil
	}, func(c *EncoderConfig) any { return unless(*field(c) == "", *field(c)) }}
}

// enumKey is a key of a type with a text form.
func enumKey[T ~uint8 | ~int, P interface {
	*T
	encoding.TextUnmarshaler
}](name string, field func(*EncoderConfig) *T) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error {
		return P(field(c)).UnmarshalText([]byte(unquote(v)))
	}, func(c *EncoderConfig) any { return unless(*field(c) == 0, *field(c)) }}
}

func intKey(name string, low, high int, field func(*EncoderConfig) *int) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error {
		n, err := readInt(v, int64(low), int64(high))
		if err == nil {
			*field(c) = int(n)
		}
		return err
	}, func(c *EncoderConfig) any { return unless(*field(c) == 0, *field(c)) }}
}

func optionalKey(name string, low, high int, field func(*EncoderConfig) **int) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error {
		n, err := readInt(v, int64(low), int64(high))
		if err == nil {
			i := int(n)
			*field(c) = &i
		}
		return err
	}, func(c *EncoderConfig) any { return unlessNil(*field(c)) }}
}

func boolKey(name string, field func(*EncoderConfig) *bool) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error { return readBool(v, field(c)) },
		func(c *EncoderConfig) any { return unless(!*field(c), 1) }}
}

func floatKey(name string, low, high float64, field func(*EncoderConfig) *float64) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error {
		f, err := strconv.ParseFloat(unquote(v), 64)
		if err != nil || !(f >= low && f <= high) {
			return fmt.Errorf("a number from %g to %g is wanted", low, high)
		}
		*field(c) = f
		return nil
	}, func(c *EncoderConfig) any { return unless(*field(c) == 0, *field(c)) }}
}

// rateKey is a number of bits, or text with a unit: PyNvVideoCodec's k and M are powers
// of 1024.
func rateKey(name string, field func(*EncoderConfig) *int64) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error {
		s, unit := unquote(v), 1.0
		if n := strings.TrimRight(s, "kK"); n != s {
			s, unit = n, 1<<10
		} else if n := strings.TrimRight(s, "mM"); n != s {
			s, unit = n, 1<<20
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || !(f*unit >= 1 && f*unit <= math.MaxInt32) {
			return fmt.Errorf("bits from 1 to %d are wanted, or text such as 5M", math.MaxInt32)
		}
		*field(c) = int64(f * unit)
		return nil
	}, func(c *EncoderConfig) any { return unless(*field(c) == 0, *field(c)) }}
}

func rationalKey(name string, field func(*EncoderConfig) *frame.Rational) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error {
		r, err := frame.ParseRational(unquote(v))
		if err != nil || r.Num <= 0 || r.Den <= 0 {
			return errors.New("a number above 0, or a fraction as text, is wanted")
		}
		*field(c) = r
		return nil
	}, func(c *EncoderConfig) any { return unless(field(c).Num == 0, *field(c)) }}
}

func qpKey(name string, field func(*EncoderConfig) **QP) configKey {
	return configKey{name, func(c *EncoderConfig, v json.RawMessage) error {
		q := new(QP)
		err := q.UnmarshalJSON(v)
		if err == nil {
			*field(c) = q
		}
		return err
	}, func(c *EncoderConfig) any { return unlessNil(*field(c)) }}
}

// UnmarshalJSON reads one number for all picture types, [P, B, I], or either as text.
func (q *QP) UnmarshalJSON(b []byte) error {
	s := strings.TrimSpace(strings.Trim(unquote(b), "[]"))
	var n [3]int64
	parts := strings.Split(s, ",")
	for i, p := range parts {
		var err error
		if len(parts) != 1 && len(parts) != 3 {
			err = errors.New("")
		} else {
			n[i], err = strconv.ParseInt(strings.TrimSpace(p), 10, 64)
		}
		if err != nil || n[i] < 0 || n[i] > maxQP {
			return fmt.Errorf("a number from 0 to %d, or three as [P, B, I], is wanted", maxQP)
		}
	}
	if len(parts) == 1 {
		n[1], n[2] = n[0], n[0]
	}
	*q = QP{P: int(n[0]), B: int(n[1]), I: int(n[2])}
	return nil
}

// MarshalJSON writes one number if all are the same, else [P, B, I].
func (q QP) MarshalJSON() ([]byte, error) {
	if q.P == q.B && q.P == q.I {
		return json.Marshal(q.P)
	}
	return json.Marshal([3]int{q.P, q.B, q.I})
}

func setMaxRes(c *EncoderConfig, v json.RawMessage) error {
	var n []int
	if err := json.Unmarshal(v, &n); err != nil || len(n) != 2 || min(n[0], n[1]) < 1 || max(n[0], n[1]) > maxDimension {
		return fmt.Errorf("[width, height], each from 1 to %d, is wanted", maxDimension)
	}
	c.MaxWidth, c.MaxHeight = n[0], n[1]
	return nil
}

func setTiles(c *EncoderConfig, v json.RawMessage) error {
	var n []int
	if err := json.Unmarshal(v, &n); err != nil || len(n) != 2 || min(n[0], n[1]) < 0 || max(n[0], n[1]) > maxTiles {
		return fmt.Errorf("[columns, rows], each from 0 to %d, is wanted", maxTiles)
	}
	c.Tiles = Tiles{n[0], n[1]}
	return nil
}

// groupKeys are keys that stand in an object, or alone with its name in front.
func groupKeys(group string, members ...configKey) []configKey {
	keys := []configKey{{name: group, set: func(c *EncoderConfig, v json.RawMessage) error {
		var all map[string]json.RawMessage
		if err := json.Unmarshal(v, &all); err != nil {
			return errors.New("an object is wanted")
		}
		for name, v := range all {
			i := slices.IndexFunc(members, func(k configKey) bool { return k.name == name })
			if i < 0 {
				return fmt.Errorf("it has no %q", name)
			}
			if err := members[i].set(c, v); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}}}
	for _, m := range members {
		m.name = group + "::" + m.name
		keys = append(keys, m)
	}
	return keys
}
