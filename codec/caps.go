package codec

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// DecoderCaps is what a device can decode of one kind of stream.
type DecoderCaps struct {
	Device    Device         // where
	Supported bool           // false: all below is zero
	Formats   []frame.Format // layouts that frames can have, the native one among them
	Engines   int            // decoders that work at the same time, each for a stream of its own; 0 on the CPU

	// Bounds of a picture, in luma samples and in macroblocks of 16x16; 0 is no bound.
	MinWidth, MinHeight, MaxWidth, MaxHeight, MaxMacroblocks int

	// Histogram says that the engine counts luma values; HistogramBins how finely.
	Histogram     bool
	HistogramBins int

	Decoder string // on the CPU: FFmpeg's decoder, libdav1d say
}

// DecodeCaps asks what dev can decode of a codec with the given chroma subsampling
// (400, 420, 422 or 444) and bits a sample (8 to 16). Auto asks the first GPU, and the CPU
// if there is none. The question needs the GPU's context: if nothing keeps it open, each
// call makes one, which takes 0.1 to 1 s; cuda.Primary keeps it.
//
// Errors match ErrArgument, or ErrLibrary, or unwrap to *cuda.Error. That something is
// not supported is an answer and no error.
//
// Source: cuvidGetDecoderCaps, cuviddec.h.
func DecodeCaps(dev Device, id ID, chroma, bits int) (DecoderCaps, error) {
	const op = "decoder capabilities"
	cfg := DeviceConfig{Device: dev}
	if err := cfg.validate(); err != nil {
		return DecoderCaps{}, opError(op, err)
	}
	format, ok := chromaFormats[chroma]
	if !ok || bits < 8 || bits > 16 || id == "" {
		return DecoderCaps{}, opError(op, fmt.Errorf("%w: codec %v, chroma %d (400, 420, 422, 444), %d bits (8 to 16)", ErrArgument, id, chroma, bits))
	}
	if dev == CPU {
		return cpuDecodeCaps(id)
	}
	c, err := gpuDecodeCaps(&cfg, id, format, bits)
	if err != nil && dev == Auto {
		return cpuDecodeCaps(id)
	}
	return c, opError(op, err)
}

func cpuDecodeCaps(id ID) (DecoderCaps, error) {
	c := DecoderCaps{Device: CPU}
	list, err := avformat.Decoders(string(id))
	if err != nil {
		return c, opError("decoder capabilities", err)
	}
	for _, d := range list {
		if !d.Hardware {
			c.Supported, c.Decoder = true, d.Name
			break
		}
	}
	return c, nil
}

func gpuDecodeCaps(cfg *DeviceConfig, id ID, chroma nvcuvid.ChromaFormat, bits int) (DecoderCaps, error) {
	var c DecoderCaps
	if err := nvcuvid.Load(); err != nil {
		return c, err
	}
	ctx, err := deviceContext(cfg)
	if err != nil {
		return c, err
	}
	defer ctx.Close()
	c.Device = GPU(int(ctx.Device()))
	codec, ok := nvdecCodecs[id]
	if !ok {
		return c, nil
	}
	if err := ctx.Enter(); err != nil {
		return c, err
	}
	defer ctx.Exit()
	caps, err := nvdecCaps(ctx, codec, chroma, bits)
	if err != nil || caps.IsSupported == 0 {
		return c, err
	}
	c.Supported, c.Engines = true, int(caps.NumNVDECs)
	for s, f := range surfaceFormats {
		if caps.Supports(nvcuvid.SurfaceFormat(s)) {
			c.Formats = append(c.Formats, f)
		}
	}
	c.MinWidth, c.MinHeight = int(caps.MinWidth), int(caps.MinHeight)
	c.MaxWidth, c.MaxHeight, c.MaxMacroblocks = int(caps.MaxWidth), int(caps.MaxHeight), int(caps.MaxMBCount)
	c.Histogram, c.HistogramBins = caps.IsHistogramSupported != 0, int(caps.MaxHistogramBins)
	return c, nil
}
