package avformat

import "github.com/go-nvcodec/nvcodec/internal/abi"

// addChroma makes the planes that grey pictures lack, without colour. What a
// conversion to grey writes goes there too.
func (s *Scaler) addChroma(from, to side) error {
	for i, side := range [2]side{from, to} {
		if !side.gray {
			continue
		}
		f, err := NewFrame()
		if err != nil {
			return err
		}
		s.chroma[i] = f
		image := [2]Image{s.src, s.dst}[i]
		if err := f.Allocate(side.format, image.Width, image.Height); err != nil {
			return err
		}
		info := side.format.Info()
		middle := uint16(1) << (info.Depth - 1)
		for p := 1; p <= 2; p++ {
			b := f.Plane(p)
			for x := range b {
				b[x] = byte(middle)
				if info.Depth > 8 && (x%2 == 0) == info.BigEndian {
					b[x] = byte(middle >> 8)
				}
			}
		}
	}
	return nil
}

// useChroma puts those planes into the next call's arguments.
func (s *Scaler) useChroma() {
	a := &s.arg
	for p := 1; p <= 2; p++ {
		if f := s.chroma[0]; f != nil {
			a.src[p], a.srcStride[p] = abi.Pointer(f.data(p)), int32(f.Linesize(p))
		}
		if f := s.chroma[1]; f != nil {
			a.dst[p], a.dstStride[p] = abi.Pointer(f.data(p)), int32(f.Linesize(p))
		}
	}
}
