package codec

import (
	"fmt"
	"maps"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// attach makes a cover the attachment that Matroska has in place of such a stream.
// Players know it by its name.
func (m *Muxer) attach(i int, s *StreamInfo, par *avformat.CodecParameters, cfg *avformat.StreamConfig) error {
	mime, ext := "image/jpeg", ".jpg"
	switch s.Codec {
	case MJPEG:
	case "png":
		mime, ext = "image/png", ".png"
	default:
		return fmt.Errorf("%w: a cover in %v; Matroska has JPEG and PNG", ErrUnsupported, s.Codec)
	}
	if s.picture == nil {
		return fmt.Errorf("%w: a cover goes into Matroska's header, so the StreamInfo has to be a Demuxer's", ErrArgument)
	}
	if err := par.SetAttachment(s.picture); err != nil {
		return err
	}
	cfg.Disposition = 0
	cfg.Metadata = maps.Clone(s.Metadata)
	if cfg.Metadata == nil {
		cfg.Metadata = map[string]string{}
	}
	cfg.Metadata["mimetype"] = mime
	if cfg.Metadata["filename"] == "" {
		cfg.Metadata["filename"] = "cover" + ext
	}
	if m.files == nil {
		m.files = map[int]bool{}
	}
	m.files[i] = true
	return nil
}
