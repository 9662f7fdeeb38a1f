package codec

import (
	"github.com/go-nvcodec/nvcodec/frame"
)

const defaultAhead = 1 << 30

// ahead is how many frames may be kept for later.
func (s *SimpleDecoder) ahead() int {
	limit := s.cfg.ParallelMemory
	if limit == 0 {
		limit = defaultAhead
		if free, ok := s.freeOnDevice(); ok {
			limit = max(limit, free/8)
		}
	}
	return int(max(limit/s.frameBytes(), 2))
}

// freeOnDevice is the free memory of the GPU that frames lie on.
func (s *SimpleDecoder) freeOnDevice() (int64, bool) {
	if _, gpu := s.main.dec.Device().Ordinal(); !gpu || s.cfg.Memory == frame.Host || s.cfg.Layout == LayoutPlanar {
		return 0, false
	}
	c := s.cfg.DeviceConfig
	c.Device = s.main.dec.Device()
	ctx, err := deviceContext(&c)
	if err != nil {
		return 0, false
	}
	defer ctx.Close()
	free, _, err := ctx.MemInfo()
	return int64(free), err == nil
}

// frameBytes is about the size of a frame.
func (s *SimpleDecoder) frameBytes() int64 {
	n := int64(max(s.info.Width, 16)) * int64(max(s.info.Height, 16))
	switch s.info.Chroma {
	case 444:
		n *= 3
	case 422:
		n *= 2
	default:
		n += n / 2
	}
	if s.info.BitDepth > 8 {
		n *= 2
	}
	return n
}
