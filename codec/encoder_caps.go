package codec

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// EncoderCaps is what a device can encode with one codec. It is a plain value.
type EncoderCaps struct {
	Device    Device // where
	Codec     ID
	Supported bool   // false: all below is zero
	Encoder   string // NVENC, or on the CPU FFmpeg's encoder, libx264 say
	API       string // on a GPU: the version of NVENC's interface that is spoken, 12.2 say; else empty

	Formats  []frame.Format // layouts of frames that are encoded
	Profiles []string       // names for EncoderConfig.Profile; nil is unknown
	Engines  int            // encoders that work at the same time; 0 on the CPU

	// Bounds of a picture, in samples and in macroblocks of 16x16; 0 is no bound.
	MinWidth, MinHeight, MaxWidth, MaxHeight, MaxMacroblocks int
	// MaxMacroblockRate is in macroblocks a second; 0 is unknown.
	MaxMacroblockRate int
	// MinLevel and MaxLevel are numbers as in the codec's headers; both 0 is unknown.
	MinLevel, MaxLevel int

	MaxBFrames  int
	BReferences []BReference // modes beyond BRefDisabled
	RateModes   []RateMode

	YUV444, YUV422, TenBit, Lossless            bool
	Lookahead, TemporalAQ, WeightedPrediction   bool
	IntraRefresh, CustomVBV, MultipleReferences bool
	QPMap                                       bool // Picture.QPMap
	// What Reconfigure may change.
	DynamicSize, DynamicBitRate, DynamicRateMode, DynamicConstQP bool

	// All holds every capability that driver and package know, by the driver's names.
	All []Capability
}

// A Capability is one answer of the driver: a number, 0 or 1, or a set of bits.
type Capability struct {
	Name  string // NV_ENC_CAPS_WIDTH_MAX without its prefix, in words: WidthMax
	Value int
}

// EncodeCaps asks what dev can encode with a codec: H264, HEVC or AV1. Auto asks the
// first GPU, and the CPU if there is none or if it has no encoder for the codec.
//
// Errors match ErrArgument, ErrNoEncodeEngine or ErrLibrary, or unwrap to *cuda.Error or
// *nvenc.Error. That a GPU with an encoder does not know the codec is an answer and no
// error.
//
// Source: NvEncGetEncodeCaps, nvEncodeAPI.h.
func EncodeCaps(dev Device, id ID) (EncoderCaps, error) {
	const op = "encoder capabilities"
	cfg := DeviceConfig{Device: dev}
	if err := cfg.validate(); err != nil {
		return EncoderCaps{}, opError(op, err)
	}
	if _, ok := nvencCodecs[id]; !ok {
		return EncoderCaps{}, opError(op, fmt.Errorf("%w: codec %v; h264, hevc or av1", ErrArgument, id))
	}
	if dev != CPU {
		c, err := nvencDeviceCaps(&cfg, id)
		if dev != Auto || err == nil && c.Supported {
			return c, opError(op, err)
		}
	}
	return cpuEncodeCaps(id)
}

// cpuEncodeCaps describes the first encoder of the loaded FFmpeg that would be used.
func cpuEncodeCaps(id ID) (EncoderCaps, error) {
	c := EncoderCaps{Device: CPU, Codec: id}
	list, err := avformat.Encoders(string(id))
	if err != nil {
		return c, opError("encoder capabilities", err)
	}
	for _, e := range list {
		if e.Hardware || cpuMappings[e.Name] == nil {
			continue
		}
		c.Supported, c.Encoder = true, e.Name
		c.RateModes = []RateMode{CBR, VBR, ConstQP, Quality}
		c.MaxBFrames = maxBFrames
		for _, f := range e.PixelFormats {
			switch f.String() {
			case "yuv444p":
				c.YUV444 = true
			case "yuv422p":
				c.YUV422 = true
			case "yuv420p10le":
				c.TenBit = true
			}
		}
		c.Lossless, c.Lookahead, c.CustomVBV, c.MultipleReferences = id != AV1, true, true, true
		for _, f := range EncodeFormats() {
			if _, err := sourceImage(f, 64, 64, frame.Color{}); err == nil {
				c.Formats = append(c.Formats, f)
			}
		}
		break
	}
	return c, nil
}

// Validate tells whether a device with these capabilities can do what c says, before
// anything is opened. A refusal matches ErrUnsupported and names field, range and
// capability; a value that is wrong everywhere matches ErrArgument. What depends on the
// frames' size and format is checked by NewEncoder.
func (c *EncoderConfig) Validate(caps EncoderCaps) error {
	cfg := *c
	err := cfg.validate()
	if err == nil && cfg.Codec != "" && cfg.Codec != caps.Codec {
		err = fmt.Errorf("%w: Codec is %v, the capabilities are of %v", ErrArgument, cfg.Codec, caps.Codec)
	}
	if err == nil {
		cfg.Codec = caps.Codec
		cfg.defaults(frame.NV12)
		if caps.API != "" || !caps.Supported {
			err = cfg.checkNVENC(&caps)
		} else {
			_, _, err = cpuEncoderOptions(avformat.Coder{Name: caps.Encoder}, &cfg)
		}
	}
	return opError("validate encoder configuration", err)
}
