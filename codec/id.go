package codec

// ID names a codec by FFmpeg's short name, so it can name every codec that the
// loaded FFmpeg has, beyond the constants here. The zero ID is "unknown".
type ID string

// The codecs that NVIDIA's hardware knows. Others are decoded in software.
const (
	H264  ID = "h264"
	HEVC  ID = "hevc"
	AV1   ID = "av1"
	VP8   ID = "vp8"
	VP9   ID = "vp9"
	MPEG1 ID = "mpeg1video"
	MPEG2 ID = "mpeg2video"
	MPEG4 ID = "mpeg4" // MPEG-4 part 2
	VC1   ID = "vc1"   // advanced profile
	WMV3  ID = "wmv3"  // VC-1 simple and main profile
	MJPEG ID = "mjpeg"
)

// String returns the name, or "unknown".
func (id ID) String() string {
	if id == "" {
		return "unknown"
	}
	return string(id)
}

// reorders tells whether pictures of the codec may be shown in another order than
// they are coded. Where they are not, the n-th shown picture belongs to the n-th
// packet that shows one.
func (id ID) reorders() bool {
	switch id {
	case VP8, VP9, AV1, MJPEG:
		return false
	}
	return true
}
