package codec

import (
	"fmt"
	"time"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// MediaType is the kind of a stream.
type MediaType uint8

const (
	Video      MediaType = iota // pictures
	Audio                       // sound
	Subtitle                    // texts, or pictures of them
	Data                        // time codes, metadata and the like
	Attachment                  // files in the container, fonts say
)

var mediaNames = [...]string{"video", "audio", "subtitle", "data", "attachment"}

// String returns video, audio, subtitle, data or attachment.
func (t MediaType) String() string { return enumName("MediaType", mediaNames[:], int(t)) }

// MarshalText implements encoding.TextMarshaler.
func (t MediaType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// StreamInfo describes one stream. It is a plain value; what is not known is zero.
//
// A StreamInfo{Codec: H264} of one's own is enough to decode an elementary stream.
type StreamInfo struct {
	Index int       `json:"index"` // in the container
	Type  MediaType `json:"type"`
	Codec ID        `json:"codec"`

	Tag       uint32 `json:"tag,omitempty"` // the container's code of the codec, 'avc1' and the like
	Profile   int    `json:"profile,omitempty"`
	Level     int    `json:"level,omitempty"`
	Extradata []byte `json:"-"` // codec headers as the container holds them

	TimeBase  frame.Rational `json:"time_base"`            // seconds a tick of PTS, DTS and Duration of its packets
	StartPTS  int64          `json:"start_pts"`            // first presentation time in ticks, NoPTS if unknown
	Start     time.Duration  `json:"start_ns"`             // the same
	Duration  time.Duration  `json:"duration_ns"`          // as the container says, 0 if it does not
	Frames    int64          `json:"frames,omitempty"`     // as the container says, 0 if it does not
	BitRate   int64          `json:"bit_rate,omitempty"`   // bits a second
	FrameRate frame.Rational `json:"frame_rate,omitempty"` // average, 0/0 if unknown
	// NominalRate is the lowest rate that hits every timestamp: a guess.
	NominalRate frame.Rational `json:"nominal_rate,omitempty"`

	// Video. Width and Height are the picture's, after cropping, before rotation.
	Width       int            `json:"width,omitempty"`
	Height      int            `json:"height,omitempty"`
	PixelFormat string         `json:"pixel_format,omitempty"` // libavcodec's name, yuv420p and so on
	Chroma      int            `json:"chroma,omitempty"`       // 400, 420, 422 or 444; 0 if unknown or another
	BitDepth    int            `json:"bit_depth,omitempty"`    // bits a luma sample
	SAR         frame.Rational `json:"sar,omitempty"`          // shape of a sample, 0/1 if unknown
	Color       frame.Color    `json:"color"`
	HDR         HDR            `json:"hdr,omitzero"`       // as the container and the stream's headers say
	Rotation    int            `json:"rotation,omitempty"` // degrees clockwise that a player turns the picture by: 0, 90, 180, 270
	Reorder     int            `json:"reorder,omitempty"`  // pictures that may be coded before one that is shown earlier

	// Audio.
	SampleRate int `json:"sample_rate,omitempty"`
	Channels   int `json:"channels,omitempty"`

	Default         bool              `json:"default,omitempty"`          // the container's preferred stream of its type
	AttachedPicture bool              `json:"attached_picture,omitempty"` // a cover, not a video
	Metadata        map[string]string `json:"metadata,omitempty"`

	// WholePictures says that each packet is exactly one access unit, as containers
	// and FFmpeg's parsers guarantee.
	WholePictures bool `json:"-"`

	params  *avformat.CodecParameters // the demuxer's own words, nil for a StreamInfo of the user's
	picture []byte                    // of AttachedPicture, as the demuxer found it
}

// String returns a line for people: "#0 video h264 1920x1080 yuv420p 30/1 fps".
func (s StreamInfo) String() string {
	line := fmt.Sprintf("#%d %v %v", s.Index, s.Type, s.Codec)
	switch s.Type {
	case Video:
		line += fmt.Sprintf(" %dx%d", s.Width, s.Height)
		if s.PixelFormat != "" {
			line += " " + s.PixelFormat
		}
		if s.FrameRate.Num > 0 {
			line += fmt.Sprintf(" %d/%d fps", s.FrameRate.Num, s.FrameRate.Den)
		}
		if s.Rotation != 0 {
			line += fmt.Sprintf(" rotated %d", s.Rotation)
		}
	case Audio:
		line += fmt.Sprintf(" %d Hz %d ch", s.SampleRate, s.Channels)
	}
	if s.Duration > 0 {
		line += " " + s.Duration.Round(time.Millisecond).String()
	}
	return line
}
