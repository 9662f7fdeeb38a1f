package codec

import (
	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// parameters are FFmpeg's words for s: the demuxer's own, or made from what the user
// said. The caller closes them.
func (s *StreamInfo) parameters() (*avformat.CodecParameters, error) {
	if s.params != nil {
		return s.params.Clone()
	}
	p, err := avformat.NewCodecParameters()
	if err != nil {
		return nil, err
	}
	if err := s.fill(p); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (s *StreamInfo) fill(p *avformat.CodecParameters) error {
	if err := p.SetVideo(string(s.Codec)); err != nil {
		return err
	}
	if err := p.SetTag(s.Tag); err != nil {
		return err
	}
	if err := p.SetExtradata(s.Extradata); err != nil {
		return err
	}
	if s.PixelFormat != "" {
		if err := p.SetFormat(s.PixelFormat); err != nil {
			return err
		}
	}
	if s.SAR.Num > 0 && s.SAR.Den > 0 {
		if err := p.SetSampleAspectRatio(avformat.Rational(s.SAR)); err != nil {
			return err
		}
	}
	return p.SetSize(s.Width, s.Height)
}

func colorOf(c avformat.Color) frame.Color {
	return frame.Color{
		Primaries:      frame.Primaries(c.Primaries),
		Transfer:       frame.Transfer(c.Transfer),
		Matrix:         frame.Matrix(c.Matrix),
		Range:          frame.Range(c.Range),
		ChromaLocation: frame.ChromaLocation(c.ChromaLocation),
	}
}
