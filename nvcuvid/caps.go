package nvcuvid

import (
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// GetDecoderCaps asks what the decoder of the device can do with a codec, a chroma
// format and a bit depth. A context of the device must be current. An unsupported
// combination is no error: IsSupported is 0.
//
// Source: cuvidGetDecoderCaps.
func GetDecoderCaps(codec Codec, chroma ChromaFormat, bitDepth int) (*Caps, error) {
	l, err := need()
	if err != nil {
		return nil, err
	}
	caps := &Caps{CodecType: codec, ChromaFormat: chroma, BitDepthMinus8: uint32(bitDepth - 8)}
	c := abi.Borrow()
	defer c.Return()
	if err := result("cuvidGetDecoderCaps", c.Ptr(unsafe.Pointer(caps)).Do32(l.cuvidGetDecoderCaps)); err != nil {
		return nil, err
	}
	return caps, nil
}

// Supports tells whether pictures can be put out in the format.
func (c *Caps) Supports(f SurfaceFormat) bool {
	return f >= 0 && f < numSurfaceFormats && c.OutputFormatMask&(1<<uint(f)) != 0
}
