package codec

import (
	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// parameters are FFmpeg's words for s: the demuxer's own, or made from what the user
// said. The caller closes them.
func (s *StreamInfo) parameters() (*avformat.CodecParameters, error) {
	var p *avformat.CodecParameters
	var err error
	if s.params != nil {
		p, err = s.params.Clone()
	} else if p, err = avformat.NewCodecParameters(); err == nil {
		err = s.fill(p)
	}
	if err == nil {
		err = setContainerHDR(p, s.HDR)
	}
	if err != nil {
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
