package main

import (
	"bytes"
	"fmt"

	"github.com/go-nvcodec/nvcodec/codec"
)

// videoType is the codecs parameter (RFC 6381) of a coded video, from its headers.
func videoType(s codec.StreamInfo) (string, error) {
	switch s.Codec {
	case codec.H264:
		if sps := firstSPS(s.Extradata); len(sps) >= 4 {
			return fmt.Sprintf("avc1.%02x%02x%02x", sps[1], sps[2], sps[3]), nil
		}
	case codec.AV1:
		// Main profile, 8 bits. The level is only the most that players must be ready for:
		// 4.0 up to 1080 rows, else 6.0.
		level := 8
		if s.Height > 1080 {
			level = 16
		}
		return fmt.Sprintf("av01.0.%02dM.08", level), nil
	}
	return "", fmt.Errorf("%w: the encoder of %v gives no headers that tell profile and level", codec.ErrUnsupported, s.Codec)
}

// firstSPS finds the sequence parameter set in avcC or Annex B headers.
func firstSPS(b []byte) []byte {
	if len(b) > 8 && b[0] == 1 { // avcC: six bytes, then length and set
		return b[8:]
	}
	for {
		i := bytes.Index(b, []byte{0, 0, 1})
		if i < 0 || i+3 >= len(b) {
			return nil
		}
		if b = b[i+3:]; b[0]&0x1f == 7 {
			return b
		}
	}
}

// audioType is the same of a stream that is copied; empty for one that no browser plays
// in fragmented mp4.
func audioType(s *codec.StreamInfo) string {
	switch s.Codec {
	case "aac":
		if s.Profile >= 0 && s.Profile < 30 {
			return fmt.Sprintf("mp4a.40.%d", s.Profile+1) // the audio object type
		}
		return "mp4a.40.2"
	case "opus", "flac", "mp3":
		return string(s.Codec)
	}
	return ""
}
