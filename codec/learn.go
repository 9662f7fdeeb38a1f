package codec

import (
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// known tells whether enough is known of a video stream to choose its engine.
func (s *StreamInfo) known() bool {
	if s.params != nil && s.Width > 0 && s.PixelFormat != "" {
		return true
	}
	if bitstream.CodecByName(string(s.Codec)) == bitstream.CodecUnknown {
		return true // not a codec of the hardware: nothing to wait for
	}
	return s.Width > 0 && s.Height > 0 && s.BitDepth > 0
}

// learn completes s from the codec's own headers: the extradata, else those in a
// packet. What the container said stays.
func (s *StreamInfo) learn(packet []byte) error {
	c := bitstream.CodecByName(string(s.Codec))
	if c == bitstream.CodecUnknown {
		return nil
	}
	i, err := bitstream.ParseInfo(c, s.Extradata, packet)
	if err != nil {
		return err
	}
	if s.Width == 0 || s.Height == 0 {
		s.Width, s.Height = i.Width, i.Height
	}
	if s.BitDepth == 0 {
		s.BitDepth = int(i.BitDepthLuma)
	}
	if s.Chroma == 0 {
		s.Chroma = chromaNumber(int(i.ChromaFormat))
	}
	if s.SAR.Num == 0 && i.SAR.Den != 0 {
		s.SAR = frame.Rational{Num: int(i.SAR.Num), Den: int(i.SAR.Den)}
	}
	if s.Reorder == 0 {
		s.Reorder = i.MaxReorder
	}
	return nil
}

// chromaNumber turns chroma_format_idc into 400, 420, 422 or 444; 0 for another.
func chromaNumber(idc int) int {
	switch idc {
	case 0:
		return 400
	case 1:
		return 420
	case 2:
		return 422
	case 3:
		return 444
	}
	return 0
}
