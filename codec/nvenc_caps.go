package codec

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// noEngine says that a device has no encoder.
func noEngine(dev cuda.Device, err error) error {
	name, _ := dev.Name()
	if name == "" {
		name = "this GPU"
	}
	return errNotFor{fmt.Errorf("%w: %s (cuda:%d): use codec.CPU or codec.Auto: %w", ErrNoEncodeEngine, name, int(dev), err)}
}

// openNVENC opens a session in ctx, which is current. What is about this machine is
// errNotFor.
func openNVENC(ctx *cuda.Context) (*nvenc.Session, error) {
	s, err := nvenc.OpenSession(ctx)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, nvenc.ErrNoEncodeDevice), errors.Is(err, nvenc.ErrUnsupportedDevice):
		return nil, noEngine(ctx.Device(), err)
	case errors.Is(err, nvenc.ErrInvalidVersion):
		return nil, errNotFor{fmt.Errorf("%w: %w", ErrUnsupported, err)}
	case errors.Is(err, nvenc.ErrOutOfMemory):
		return nil, fmt.Errorf("%w: the GPU's memory is full, or as many encoders are open as this GPU may have: close one, or use codec.CPU", err)
	}
	return nil, err
}

func nvencDeviceCaps(cfg *DeviceConfig, id ID) (EncoderCaps, error) {
	var c EncoderCaps
	if err := nvenc.Load(); err != nil {
		return c, err
	}
	ctx, err := deviceContext(cfg)
	if err != nil {
		return c, err
	}
	defer ctx.Close()
	if err := ctx.Enter(); err != nil {
		return c, err
	}
	defer ctx.Exit()
	s, err := openNVENC(ctx)
	if err != nil {
		return c, err
	}
	defer s.Close()
	p, err := nvencCaps(ctx, s, id)
	if err != nil {
		return c, err
	}
	return p.clone(), nil
}

// clone shares no memory with what is cached.
func (c *EncoderCaps) clone() EncoderCaps {
	n := *c
	n.Formats = slices.Clone(c.Formats)
	n.Profiles = slices.Clone(c.Profiles)
	n.BReferences = slices.Clone(c.BReferences)
	n.RateModes = slices.Clone(c.RateModes)
	n.All = slices.Clone(c.All)
	return n
}

type encodeCapsKey struct {
	device cuda.Device
	codec  ID
	api    nvenc.API
}

var encodeCapsCache sync.Map // of encodeCapsKey to *EncoderCaps

// nvencCaps asks the driver, once for each device, codec and version.
func nvencCaps(ctx *cuda.Context, s *nvenc.Session, id ID) (*EncoderCaps, error) {
	key := encodeCapsKey{ctx.Device(), id, s.API()}
	if c, ok := encodeCapsCache.Load(key); ok {
		return c.(*EncoderCaps), nil
	}
	c := &EncoderCaps{Device: GPU(int(ctx.Device())), Codec: id, API: s.API().String(), Encoder: "NVENC"}
	guids, err := s.EncodeGUIDs()
	if err != nil {
		return nil, err
	}
	for _, g := range guids {
		c.Supported = c.Supported || g == nvencCodecs[id]
	}
	if c.Supported {
		if err := c.ask(s, nvencCodecs[id]); err != nil {
			return nil, err
		}
	}
	encodeCapsCache.Store(key, c)
	return c, nil
}

func (c *EncoderCaps) ask(s *nvenc.Session, codec nvenc.GUID) error {
	values := make([]int, nvenc.CapSupportYUV422Encode+1)
	for i := range s.NumCaps() {
		v, err := s.Caps(codec, nvenc.Cap(i))
		if err != nil {
			return err
		}
		values[i] = v
		c.All = append(c.All, Capability{nvenc.Cap(i).String(), v})
	}
	has := func(cap nvenc.Cap) bool { return values[cap] != 0 }
	c.Engines = max(values[nvenc.CapNumEncoderEngines], 1)
	c.MinWidth, c.MinHeight = values[nvenc.CapWidthMin], values[nvenc.CapHeightMin]
	c.MaxWidth, c.MaxHeight = values[nvenc.CapWidthMax], values[nvenc.CapHeightMax]
	c.MaxMacroblocks, c.MaxMacroblockRate = values[nvenc.CapMBNumMax], values[nvenc.CapMBPerSecMax]
	c.MinLevel, c.MaxLevel = values[nvenc.CapLevelMin], values[nvenc.CapLevelMax]
	c.MaxBFrames = values[nvenc.CapNumMaxBFrames]
	for bit, m := range map[int]BReference{1: BRefEach, 2: BRefMiddle, 4: BRefHierarchical} {
		if values[nvenc.CapSupportBFrameRefMode]&bit != 0 {
			c.BReferences = append(c.BReferences, m)
		}
	}
	slices.Sort(c.BReferences)
	c.RateModes = append(c.RateModes, ConstQP)
	modes := values[nvenc.CapSupportedRateControlModes]
	if modes&int(nvenc.RCModeCBR) != 0 {
		c.RateModes = append(c.RateModes, CBR)
	}
	if modes&int(nvenc.RCModeVBR) != 0 {
		c.RateModes = append(c.RateModes, VBR, Quality)
	}
	slices.Sort(c.RateModes)
	c.YUV444, c.YUV422 = has(nvenc.CapSupportYUV444Encode), has(nvenc.CapSupportYUV422Encode)
	c.TenBit, c.Lossless = has(nvenc.CapSupport10BitEncode), has(nvenc.CapSupportLosslessEncode)
	c.Lookahead, c.TemporalAQ = has(nvenc.CapSupportLookahead), has(nvenc.CapSupportTemporalAQ)
	c.WeightedPrediction, c.IntraRefresh = has(nvenc.CapSupportWeightedPrediction), has(nvenc.CapSupportIntraRefresh)
	c.CustomVBV, c.MultipleReferences = has(nvenc.CapSupportCustomVBVBufSize), has(nvenc.CapSupportMultipleRefFrames)
	c.QPMap = true // every NVENC has delta maps; only emphasis levels are a capability
	c.DynamicSize, c.DynamicBitRate = has(nvenc.CapSupportDynResChange), has(nvenc.CapSupportDynBitrateChange)
	c.DynamicRateMode, c.DynamicConstQP = has(nvenc.CapSupportDynRCModeChange), has(nvenc.CapSupportDynForceConstQP)
	formats, err := s.InputFormats(codec)
	if err != nil {
		return err
	}
	for _, f := range EncodeFormats() {
		for _, b := range formats {
			if nvencFormats[f].buffer == b {
				c.Formats = append(c.Formats, f)
			}
		}
	}
	profiles, err := s.ProfileGUIDs(codec)
	if err != nil {
		return err
	}
	for _, p := range nvencProfiles {
		for _, g := range profiles {
			if p.codec == c.Codec && p.guid == g {
				c.Profiles = append(c.Profiles, p.names[0])
			}
		}
	}
	return nil
}
