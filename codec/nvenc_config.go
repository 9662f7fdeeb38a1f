package codec

import (
	"errors"
	"fmt"
	"math"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// An nvencSetup is a configuration in NVENC's words. The preset's own is kept but for
// what the user asks for.
type nvencSetup struct {
	init    nvenc.InitializeParams
	config  *nvenc.Config
	notes   []string
	caps    *EncoderCaps
	profile int // FFmpeg's number; -1 is the encoder's choice
}

func (u *nvencSetup) note(field, why string) { u.notes = append(u.notes, field+": "+why) }

func newNVENCSetup(s *nvenc.Session, caps *EncoderCaps, c *EncoderConfig, f nvencFormat, width, height int) (*nvencSetup, error) {
	u := &nvencSetup{caps: caps, profile: -1}
	codec, preset, tuning := nvencCodecs[c.Codec], nvencPresets[c.Preset], nvencTunings[c.Tuning]
	config, err := s.PresetConfig(codec, preset, tuning)
	if err != nil {
		return nil, err
	}
	u.config = config
	u.init = nvenc.InitializeParams{
		EncodeGUID: codec, PresetGUID: preset, TuningInfo: tuning, EncodeWidth: uint32(width), EncodeHeight: uint32(height),
		FrameRateNum: uint32(c.FrameRate.Num), FrameRateDen: uint32(c.FrameRate.Den), EnablePTD: 1,
		MaxEncodeWidth: uint32(max(c.MaxWidth, width)), MaxEncodeHeight: uint32(max(c.MaxHeight, height)), EncodeConfig: config,
	}
	u.init.DARWidth, u.init.DARHeight = aspect(width, height, c.SAR)
	for _, step := range []func(*EncoderConfig, nvencFormat) error{u.gop, u.rate, u.quality, u.codec, u.chooseProfile} {
		if err := step(c, f); err != nil {
			return nil, err
		}
	}
	if c.Threads != 0 {
		u.note("Threads", "the hardware encodes")
	}
	return u, nil
}

// aspect is the shape of a picture that is shown.
func aspect(width, height int, sar frame.Rational) (w, h uint32) {
	x, y := int64(width), int64(height)
	if sar.Num > 0 && sar.Den > 0 {
		x, y = x*int64(sar.Num), y*int64(sar.Den)
	}
	for a, b := x, y; ; a, b = b, a%b {
		if b == 0 {
			x, y = x/a, y/a
			break
		}
	}
	for x > math.MaxUint32 || y > math.MaxUint32 {
		x, y = x/2, y/2
	}
	return uint32(max(x, 1)), uint32(max(y, 1))
}

func (u *nvencSetup) gop(c *EncoderConfig, _ nvencFormat) error {
	k := u.config
	k.GOPLength = uint32(c.GOP)
	if c.BFrames != nil {
		k.FrameIntervalP = int32(*c.BFrames) + 1
	}
	// What the preset brings gives way to what was asked for, and to what there is.
	k.FrameIntervalP = min(k.FrameIntervalP, int32(min(c.GOP, math.MaxInt32)), int32(u.caps.MaxBFrames)+1)
	b := k.FrameIntervalP - 1
	if c.WeightedPrediction != nil {
		if *c.WeightedPrediction {
			if b > 0 {
				return refuse("WeightedPrediction", true, "has it without B-frames, the preset has %d: set BFrames to 0", b)
			}
			u.init.Flags |= nvenc.InitEnableWeightedPrediction
		} else {
			u.init.Flags &^= nvenc.InitEnableWeightedPrediction
		}
	}
	if c.IntraRefresh > 0 {
		if b > 0 {
			return refuse("IntraRefresh", c.IntraRefresh, "has it without B-frames, the preset has %d: set BFrames to 0", b)
		}
		k.GOPLength = nvenc.InfiniteGOPLength
	}
	if c.BRef > BRefDisabled && b < 2 {
		return refuse("BRef", c.BRef, "needs 2 B-frames or more, this preset has %d: set BFrames", b)
	}
	if c.BRef == BRefHierarchical && b&(b+1) != 0 {
		return refuse("BRef", c.BRef, "needs 1, 3 or 7 B-frames, not %d", b)
	}
	return nil
}

// bref is the mode of B-frames as references; the preset's without B-frames is none.
func (u *nvencSetup) bref(c *EncoderConfig, preset nvenc.BFrameRefMode) nvenc.BFrameRefMode {
	switch c.BRef {
	case BRefDisabled:
		return nvenc.BRefDisabled
	case BRefEach:
		return nvenc.BRefEach
	case BRefMiddle:
		return nvenc.BRefMiddle
	case BRefHierarchical:
		return nvenc.BRefHierarchical
	}
	if u.config.FrameIntervalP < 3 {
		return nvenc.BRefDisabled
	}
	return preset
}

// qpScale is the top of the quantiser's scale over ours.
func qpScale(id ID) float64 {
	if id == AV1 {
		return 255.0 / maxQP
	}
	return 1
}

func nvencQP(id ID, q *QP) nvenc.QP {
	s := func(v int) uint32 { return uint32(math.Round(float64(v) * qpScale(id))) }
	return nvenc.QP{InterP: s(q.P), InterB: s(q.B), Intra: s(q.I)}
}

func (u *nvencSetup) rate(c *EncoderConfig, _ nvencFormat) error {
	setNVENCRate(&u.config.RCParams, c)
	r := &c.Rate
	if r.Mode != ConstQP {
		return nil
	}
	for _, n := range []struct {
		field string
		set   bool
	}{{"MinQP", r.MinQP != nil}, {"MaxQP", r.MaxQP != nil}, {"InitialQP", r.InitialQP != nil}, {"BitRate", r.BitRate > 0}, {"MaxBitRate", r.MaxBitRate > 0}} {
		if n.set {
			u.note("Rate."+n.field, "with constant quantisers there is no rate to control")
		}
	}
	return nil
}

// setNVENCRate sets all that Reconfigure can change too.
func setNVENCRate(k *nvenc.RCParams, c *EncoderConfig) {
	r := &c.Rate
	k.AverageBitRate, k.MaxBitRate, k.TargetQuality, k.TargetQualityLSB = uint32(r.BitRate), uint32(r.MaxBitRate), 0, 0
	switch r.Mode {
	case ConstQP:
		k.RateControlMode = nvenc.RCModeConstQP
		k.ConstQP = nvencQP(c.Codec, r.QP)
		k.AverageBitRate, k.MaxBitRate = 0, 0
	case CBR:
		k.RateControlMode = nvenc.RCModeCBR
		k.MaxBitRate = k.AverageBitRate
	case VBR:
		k.RateControlMode = nvenc.RCModeVBR
	case Quality:
		k.RateControlMode = nvenc.RCModeVBR
		q := r.Quality
		if c.Codec == AV1 {
			q = q * 63 / maxQP
		}
		n := max(int(math.Round(q*256)), 1) // 0 would be off
		k.TargetQuality, k.TargetQualityLSB = uint8(n>>8), uint8(n)
		k.AverageBitRate = 0
	}
	k.VBVBufferSize, k.VBVInitialDelay = uint32(r.VBVSize), uint32(r.VBVInitial)
	k.MultiPass = [...]nvenc.MultiPass{MultiPassOff: nvenc.MultiPassDisabled, MultiPassQuarter: nvenc.MultiPassQuarter, MultiPassFull: nvenc.MultiPassFull}[r.MultiPass]
	set := func(flag nvenc.RCFlags, dst *nvenc.QP, q *QP) {
		if k.Flags &^= flag; q != nil && r.Mode != ConstQP {
			k.Flags |= flag
			*dst = nvencQP(c.Codec, q)
		}
	}
	set(nvenc.RCEnableMinQP, &k.MinQP, r.MinQP)
	set(nvenc.RCEnableMaxQP, &k.MaxQP, r.MaxQP)
	set(nvenc.RCEnableInitialRCQP, &k.InitialRCQP, r.InitialQP)
}

func (u *nvencSetup) quality(c *EncoderConfig, _ nvencFormat) error {
	k := &u.config.RCParams
	if c.Lookahead != nil {
		k.Flags &^= nvenc.RCEnableLookahead
		if *c.Lookahead > 0 {
			k.Flags |= nvenc.RCEnableLookahead
		}
		k.LookaheadDepth = uint16(*c.Lookahead)
	}
	if k.Flags&nvenc.RCEnableLookahead != 0 {
		most := maxLookahead - max(int(u.config.FrameIntervalP)-1, 0)
		if c.Lookahead != nil && int(k.LookaheadDepth) > most {
			return refuse("Lookahead", *c.Lookahead, "looks 0 to %d frames ahead with %d B-frames", most, u.config.FrameIntervalP-1)
		}
		k.LookaheadDepth = min(k.LookaheadDepth, uint16(most))
	}
	if c.AQ != nil {
		k.Flags &^= nvenc.RCEnableAQ | nvenc.RCAQStrength
		if *c.AQ > 0 {
			k.Flags = nvenc.SetBits(k.Flags|nvenc.RCEnableAQ, nvenc.RCAQStrength, *c.AQ)
		}
	}
	if c.TemporalAQ {
		k.Flags |= nvenc.RCEnableTemporalAQ
	}
	if c.LowDelayKeyScale > 0 {
		k.LowDelayKeyFrameScale = uint8(c.LowDelayKeyScale)
	}
	switch c.QPMap {
	case QPMapDelta:
		k.QPMapMode = nvenc.QPMapDelta
	case QPMapEmphasis:
		k.QPMapMode = nvenc.QPMapEmphasis
	}
	if c.Tuning == Lossless && c.Rate.MultiPass != MultiPassOff {
		return fmt.Errorf("%w: Rate.MultiPass is %v; lossless tuning has no rate to control", ErrArgument, c.Rate.MultiPass)
	}
	return nil
}

func (u *nvencSetup) codec(c *EncoderConfig, f nvencFormat) error {
	k := &u.config.EncodeCodecConfig
	level := uint32(nvenc.LevelAuto)
	if c.Codec == AV1 {
		level = nvenc.AV1LevelAuto
	}
	if c.Level != "" {
		var err error
		if level, err = nvencLevel(c.Codec, c.Level); err != nil {
			return err
		}
	}
	in, out := nvenc.BitDepth(f.bits), nvenc.BitDepth(c.BitDepth)
	chroma := map[int]int{420: 1, 422: 2, 444: 3}[f.chroma]
	switch c.Codec {
	case H264:
		u.h264(k.H264(), c, level, chroma)
		k.H264().InputBitDepth, k.H264().OutputBitDepth = in, out
	case HEVC:
		u.hevc(k.HEVC(), c, level, chroma)
		k.HEVC().InputBitDepth, k.HEVC().OutputBitDepth = in, out
	case AV1:
		u.av1(k.AV1(), c, level, chroma)
		k.AV1().InputBitDepth, k.AV1().OutputBitDepth = in, out
	default:
		return errors.New("no such codec")
	}
	return nil
}

// chooseProfile names the profile, so that headers say what a stream needs and no less.
func (u *nvencSetup) chooseProfile(c *EncoderConfig, f nvencFormat) error {
	name := c.Profile
	if name == "" {
		switch {
		case c.Codec == H264 && (f.chroma == 444 || c.Tuning == Lossless):
			name = "high444"
		case c.Codec == H264 && f.chroma == 422:
			name = "high422"
		case c.Codec == H264 && c.BitDepth > 8:
			name = "high10"
		case c.Codec == HEVC && f.chroma != 420:
			name = "rext"
		case c.Codec == HEVC && c.BitDepth > 8:
			name = "main10"
		case c.Codec == H264:
			name = "high"
		default:
			name = "main"
		}
	}
	p, err := findProfile(c.Codec, name)
	if err != nil {
		return err
	}
	if holds := p.holds(f.chroma, c.BitDepth); holds != "" {
		return fmt.Errorf("%w: Profile is %s; it holds %s, the stream is %d with %d bits", ErrArgument, c.Profile, holds, f.chroma, c.BitDepth)
	}
	if p.names[0] == "baseline" {
		if u.config.FrameIntervalP > 1 && c.BFrames != nil {
			return fmt.Errorf("%w: Profile is %s; it has no B-frames, BFrames is %d", ErrArgument, c.Profile, *c.BFrames)
		}
		if u.config.FrameIntervalP > 1 {
			u.config.FrameIntervalP = 1
		}
		h := u.config.EncodeCodecConfig.H264()
		h.UseBFramesAsRef, h.EntropyCodingMode = nvenc.BRefDisabled, nvenc.H264EntropyCAVLC
		h.AdaptiveTransformMode = nvenc.H264AdaptiveTransformDisable
	}
	if p.names[0] == "main" && c.Codec == H264 {
		u.config.EncodeCodecConfig.H264().AdaptiveTransformMode = nvenc.H264AdaptiveTransformDisable
	}
	u.config.ProfileGUID, u.profile = p.guid, p.number
	return nil
}

// holds is empty if the profile holds such a stream, else what it holds.
func (p nvencProfile) holds(chroma, depth int) string {
	most, bits := 420, 8
	switch p.names[0] {
	case "high10", "main10":
		bits = 10
	case "high422":
		most, bits = 422, 10
	case "high444", "rext":
		most, bits = 444, 10
	}
	if p.codec == AV1 {
		bits = 10
	}
	if chroma <= most && depth <= bits {
		return ""
	}
	return fmt.Sprintf("up to %d with %d bits", most, bits)
}
