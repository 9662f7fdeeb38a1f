package avformat

import "github.com/go-nvcodec/nvcodec/internal/abi"

func imageSize(f PixelFormat, width, height int) uintptr {
	c := abi.Borrow()
	defer c.Return()
	return c.Int(uintptr(f)).Int(uintptr(width)).Int(uintptr(height)).Int(1).Do(ff.fn.avImageGetBufferSize)
}
