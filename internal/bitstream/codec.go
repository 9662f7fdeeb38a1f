package bitstream

import "strconv"

// A Codec is a video coding format that this package can read.
type Codec uint8

// The codecs. WMV3 is VC-1 simple and main profile, whose sequence header is
// outside of the packets; VC1 is the advanced profile.
const (
	CodecUnknown Codec = iota
	CodecH264
	CodecHEVC
	CodecAV1
	CodecVP8
	CodecVP9
	CodecMPEG1
	CodecMPEG2
	CodecMPEG4
	CodecH263
	CodecVC1
	CodecWMV3
	CodecJPEG
)

var codecNames = [...]string{
	"unknown", "h264", "hevc", "av1", "vp8", "vp9", "mpeg1video", "mpeg2video",
	"mpeg4", "h263", "vc1", "wmv3", "mjpeg",
}

// String returns FFmpeg's name of the codec.
func (c Codec) String() string {
	if int(c) < len(codecNames) {
		return codecNames[c]
	}
	return "Codec(" + strconv.Itoa(int(c)) + ")"
}

// CodecByName returns the codec of FFmpeg's name for it, or CodecUnknown.
func CodecByName(name string) Codec {
	for i, n := range codecNames {
		if i > 0 && n == name {
			return Codec(i)
		}
	}
	return CodecUnknown
}
