package codec

import (
	"fmt"
	"sync"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// checkStream refuses what the hardware cannot decode, as far as the stream's
// description tells: a refusal takes the hardware itself 250 ms.
func (e *nvdecEngine) checkStream() error {
	s := &e.info
	chroma, ok := chromaFormats[s.Chroma]
	if !ok || s.BitDepth == 0 {
		return nil // the first sequence header will tell
	}
	if err := e.ctx.Enter(); err != nil {
		return err
	}
	defer e.ctx.Exit()
	_, err := decodeSurface(e.ctx, e.codec, chroma, s.BitDepth, s.Width, s.Height)
	if err == nil && s.Codec == H264 && hasSliceGroups(s.Extradata) {
		err = errSliceGroups
	}
	if err != nil {
		return errNotFor{err}
	}
	return nil
}

// hasSliceGroups tells whether the headers of an H.264 stream promise slice groups,
// which capabilities do not speak of.
func hasSliceGroups(extradata []byte) bool {
	if !bitstream.IsAnnexB(extradata) {
		var c bitstream.AVCConfig
		_ = c.Parse(extradata)
		extradata = c.AppendAnnexB(nil)
	}
	var u bitstream.NALUnits
	u.Reset(extradata, 0)
	for u.Next() {
		h, ok := bitstream.ParseH264NALHeader(u.NAL())
		var p bitstream.H264PPS
		if ok && h.Type == bitstream.H264NALPPS && p.Parse(u.NAL()) == nil && p.NumSliceGroups > 1 {
			return true
		}
	}
	return false
}

var chromaFormats = map[int]nvcuvid.ChromaFormat{
	400: nvcuvid.ChromaMonochrome, 420: nvcuvid.Chroma420, 422: nvcuvid.Chroma422, 444: nvcuvid.Chroma444,
}

// decodeSurface returns the format that pictures of a sequence are put out in, or an
// error that names what the GPU lacks. A width of 0 is unknown. A context must be
// current.
func decodeSurface(ctx *cuda.Context, codec nvcuvid.Codec, chroma nvcuvid.ChromaFormat, depth, width, height int) (nvcuvid.SurfaceFormat, error) {
	caps, err := nvdecCaps(ctx, codec, chroma, depth)
	if err != nil {
		return 0, err
	}
	what := fmt.Sprintf("%v %v of %d bits", codec, chroma, depth)
	refuse := func(format string, args ...any) (nvcuvid.SurfaceFormat, error) {
		gpu, _ := ctx.Device().Name()
		if gpu == "" {
			gpu = "this GPU"
		}
		return 0, fmt.Errorf("%w: the decoder of %s "+format, append([]any{ErrUnsupported, gpu}, args...)...)
	}
	// A decoder for 4:2:0 takes monochrome without complaint, and makes garbage of it.
	if caps.IsSupported == 0 || chroma == nvcuvid.ChromaMonochrome && codec != nvcuvid.CodecJPEG {
		return refuse("does not decode %s (bIsSupported)", what)
	}
	surface := nativeSurface(chroma, depth)
	if !caps.Supports(surface) {
		return refuse("cannot put out %s as %v (nOutputFormatMask %#x)", what, surface, caps.OutputFormatMask)
	}
	if width <= 0 || height <= 0 {
		return surface, nil
	}
	macroblocks := (width + 15) / 16 * ((height + 15) / 16)
	switch {
	case width < int(caps.MinWidth) || height < int(caps.MinHeight):
		return refuse("decodes %s from %dx%d on, not %dx%d (nMinWidth, nMinHeight)", what, caps.MinWidth, caps.MinHeight, width, height)
	case width > int(caps.MaxWidth) || height > int(caps.MaxHeight):
		return refuse("decodes %s up to %dx%d, not %dx%d (nMaxWidth, nMaxHeight)", what, caps.MaxWidth, caps.MaxHeight, width, height)
	case macroblocks > int(caps.MaxMBCount):
		return refuse("decodes %s up to %d macroblocks, not %d of %dx%d (nMaxMBCount)", what, caps.MaxMBCount, macroblocks, width, height)
	}
	return surface, nil
}

// nativeSurface is the surface format that holds pictures as they are.
func nativeSurface(chroma nvcuvid.ChromaFormat, depth int) nvcuvid.SurfaceFormat {
	s := nvcuvid.SurfaceNV12
	switch chroma {
	case nvcuvid.Chroma422:
		s = nvcuvid.SurfaceNV16
	case nvcuvid.Chroma444:
		s = nvcuvid.SurfaceYUV444
	}
	if depth > 8 {
		s++ // each is followed by its 16-bit form
	}
	return s
}

type capsKey struct {
	device cuda.Device
	codec  nvcuvid.Codec
	chroma nvcuvid.ChromaFormat
	depth  int
}

var capsCache sync.Map // of capsKey to *nvcuvid.Caps

// nvdecCaps asks the driver, once for each device and kind of stream.
func nvdecCaps(ctx *cuda.Context, codec nvcuvid.Codec, chroma nvcuvid.ChromaFormat, depth int) (*nvcuvid.Caps, error) {
	key := capsKey{ctx.Device(), codec, chroma, depth}
	if c, ok := capsCache.Load(key); ok {
		return c.(*nvcuvid.Caps), nil
	}
	c, err := nvcuvid.GetDecoderCaps(codec, chroma, depth)
	if err != nil {
		return nil, err
	}
	capsCache.Store(key, c)
	return c, nil
}
