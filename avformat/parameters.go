package avformat

import (
	"fmt"
	"runtime"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveParameters = live.NewKind("avformat.CodecParameters")

// A MediaType is what a stream carries. Source: AVMediaType.
type MediaType int32

// The media types.
const (
	MediaUnknown    MediaType = iota - 1
	MediaVideo                // pictures
	MediaAudio                // sound
	MediaData                 // timed metadata
	MediaSubtitle             // text or pictures over the video
	MediaAttachment           // a file: a font, say
)

// String is FFmpeg's name: video, audio, data, subtitle, attachment.
func (t MediaType) String() string {
	names := [...]string{"video", "audio", "data", "subtitle", "attachment"}
	if t >= 0 && int(t) < len(names) {
		return names[t]
	}
	return "unknown"
}

// Color describes what pixel values mean: numbers of ISO/IEC 23091-2 (H.273).
// FFmpeg's AVColorPrimaries, AVColorTransferCharacteristic and AVColorSpace are
// these numbers.
type Color struct {
	Range          int // AVColorRange: 0 unknown, 1 limited, 2 full
	Primaries      int // 2 unknown, 1 BT.709, 9 BT.2020
	Transfer       int // 2 unknown, 1 BT.709, 16 PQ, 18 HLG
	Matrix         int // 2 unknown, 0 RGB, 1 BT.709, 5 and 6 BT.601, 9 BT.2020
	ChromaLocation int // AVChromaLocation: 0 unknown, 1 left, 2 centre, 3 top left, ...
}

// CodecParameters describe a compressed stream: an AVCodecParameters, always an
// owned copy. They live as long as they are reachable; Close only frees them
// earlier. Several goroutines may read at once, one may write. Methods of a closed
// or nil one return zero values. Source: codec_par.h.
type CodecParameters struct {
	p       uintptr
	side    []SideData // as FFmpeg before 6.1 has no place for it in the C struct
	cleanup runtime.Cleanup
}

// NewCodecParameters makes empty parameters, to be filled for a muxer or decoder.
func NewCodecParameters() (*CodecParameters, error) {
	if err := load(); err != nil {
		return nil, err
	}
	p := call0(ff.fn.avcodecParametersAlloc)
	if p == 0 {
		return nil, noMemory("avcodec_parameters_alloc")
	}
	liveParameters.Add()
	c := &CodecParameters{p: p}
	c.cleanup = runtime.AddCleanup(c, freeParameters, p)
	return c, nil
}

func freeParameters(p uintptr) {
	free(ff.fn.avcodecParametersFree, p)
	liveParameters.Done()
}

// copyParameters copies the AVCodecParameters at address src.
func copyParameters(src uintptr) (*CodecParameters, error) {
	c, err := NewCodecParameters()
	if err != nil {
		return nil, err
	}
	call := abi.Borrow()
	defer call.Return()
	if r := call.Int(c.p).Int(src).Do32(ff.fn.avcodecParametersCopy); r < 0 {
		c.Close()
		return nil, check("avcodec_parameters_copy", r, "")
	}
	if ff.off.codecParameters.codedSideData != none {
		o := &ff.off.codecParameters
		c.side = copySideData(getPtr(c.p, o.codedSideData), int(getInt32(c.p, o.nbCodedSideData)))
	}
	return c, nil
}

// Close frees the parameters. Closing twice, or nil, is fine.
func (c *CodecParameters) Close() error {
	if c == nil || c.p == 0 {
		return nil
	}
	c.cleanup.Stop()
	freeParameters(c.p)
	c.p, c.side = 0, nil
	return nil
}

// Clone makes an independent copy.
func (c *CodecParameters) Clone() (*CodecParameters, error) {
	if c == nil || c.p == 0 {
		return nil, closedError("avcodec_parameters_copy")
	}
	d, err := copyParameters(c.p)
	runtime.KeepAlive(c)
	if err != nil {
		return nil, err
	}
	d.side = append([]SideData(nil), c.side...)
	return d, nil
}

// int reads an int field.
func (c *CodecParameters) int(o offset) int {
	if c == nil || c.p == 0 {
		return 0
	}
	v := getInt32(c.p, o)
	runtime.KeepAlive(c)
	return int(v)
}

func (c *CodecParameters) rational(o offset) Rational {
	if c == nil || c.p == 0 {
		return Rational{}
	}
	v := getRational(c.p, o)
	runtime.KeepAlive(c)
	return v
}

// off also serves objects that were never made, before anything is loaded.
func (c *CodecParameters) off() *codecParametersOffsets {
	if ff == nil {
		return &codecParametersOffsets{}
	}
	return &ff.off.codecParameters
}

// Type is what the stream carries.
func (c *CodecParameters) Type() MediaType {
	if c == nil || c.p == 0 {
		return MediaUnknown
	}
	return MediaType(c.int(c.off().codecType))
}

// Codec is FFmpeg's name of the codec: h264, hevc, av1, aac; none if not known. The
// numbers behind the names differ between releases, so names are what to compare.
func (c *CodecParameters) Codec() string {
	if c == nil || c.p == 0 {
		return codecNone
	}
	return codecName(c.int(c.off().codecId))
}

// Tag is the container's code for the codec: a fourcc, first character lowest.
func (c *CodecParameters) Tag() uint32 { return uint32(c.int(c.off().codecTag)) }

// Extradata is a copy of the codec's out-of-band headers: avcC, hvcC, av1C, or
// Annex B parameter sets, as the container has them. nil if there are none.
func (c *CodecParameters) Extradata() []byte {
	if c == nil || c.p == 0 {
		return nil
	}
	b := view(getPtr(c.p, c.off().extradata), c.int(c.off().extradataSize))
	defer runtime.KeepAlive(c)
	return append([]byte(nil), b...)
}

// Format is FFmpeg's name of the pixel format (yuv420p, p010le) or sample format
// (fltp); "" if not known.
func (c *CodecParameters) Format() string {
	if c == nil || c.p == 0 {
		return ""
	}
	switch f := c.int(c.off().format); c.Type() {
	case MediaVideo:
		return pixelFormatName(f)
	case MediaAudio:
		return abi.GoString(call1(ff.fn.avGetSampleFmtName, uintptr(f)))
	}
	return ""
}

// BitRate is the average in bits per second, 0 if not known.
func (c *CodecParameters) BitRate() int64 {
	if c == nil || c.p == 0 {
		return 0
	}
	v := getInt64(c.p, c.off().bitRate)
	runtime.KeepAlive(c)
	return v
}

// Profile is the codec's profile number, -99 if not known.
func (c *CodecParameters) Profile() int { return c.int(c.off().profile) }

// ProfileName is FFmpeg's name of the profile: High, Main 10; "" if not known.
func (c *CodecParameters) ProfileName() string {
	if c == nil || c.p == 0 {
		return ""
	}
	call := abi.Borrow()
	defer call.Return()
	o := c.off()
	return abi.GoString(call.Int(uintptr(c.int(o.codecId))).Int(uintptr(c.Profile())).Do(ff.fn.avcodecProfileName))
}

// Level is the codec's level number (H.264: 31 is 3.1; HEVC: 93 is 3.1), -99 if not
// known.
func (c *CodecParameters) Level() int { return c.int(c.off().level) }

// Width is the picture's width in pixels, cropping applied; 0 if not known.
func (c *CodecParameters) Width() int { return c.int(c.off().width) }

// Height is the picture's height in pixels, cropping applied; 0 if not known.
func (c *CodecParameters) Height() int { return c.int(c.off().height) }

// SampleAspectRatio is the shape of a pixel, width to height; 0/1 if not known.
func (c *CodecParameters) SampleAspectRatio() Rational {
	return c.rational(c.off().sampleAspectRatio)
}

// FrameRate is what the codec itself says, frames per second; 0/1 if it does not,
// and always before FFmpeg 6.1.
func (c *CodecParameters) FrameRate() Rational { return c.rational(c.off().framerate) }

// FieldOrder is 0 unknown, 1 progressive, 2 top field coded and shown first, 3 the
// same for bottom, 4 top coded and bottom shown first, 5 the reverse.
func (c *CodecParameters) FieldOrder() int { return c.int(c.off().fieldOrder) }

// Color is the meaning of the pixel values.
func (c *CodecParameters) Color() Color {
	o := c.off()
	return Color{c.int(o.colorRange), c.int(o.colorPrimaries), c.int(o.colorTrc), c.int(o.colorSpace), c.int(o.chromaLocation)}
}

// VideoDelay is how many pictures the decoder reorders by (has_b_frames).
func (c *CodecParameters) VideoDelay() int { return c.int(c.off().videoDelay) }

// BitsPerRawSample is the number of significant bits of a sample, 0 if not known.
func (c *CodecParameters) BitsPerRawSample() int { return c.int(c.off().bitsPerRawSample) }

// BitsPerCodedSample is what the container says of bits per pixel or sample.
func (c *CodecParameters) BitsPerCodedSample() int { return c.int(c.off().bitsPerCodedSample) }

// SampleRate is the audio sample rate in Hz.
func (c *CodecParameters) SampleRate() int { return c.int(c.off().sampleRate) }

// Channels is the number of audio channels.
func (c *CodecParameters) Channels() int {
	if o := c.off(); o.chLayout != none {
		return c.int(o.chLayout + ff.off.channelLayout.nbChannels)
	}
	return c.int(c.off().channels)
}

// SideData returns the stream's side data of type t: the display matrix, HDR
// metadata, Dolby Vision's configuration. nil if there is none. It must not be
// written to.
func (c *CodecParameters) SideData(t SideDataType) []byte {
	if c == nil {
		return nil
	}
	for _, s := range c.side {
		if s.Type == t {
			return s.Data
		}
	}
	return nil
}

// AllSideData returns all of the stream's side data, which must not be written to.
func (c *CodecParameters) AllSideData() []SideData {
	if c == nil {
		return nil
	}
	return c.side
}

// codecNone is the name of AV_CODEC_ID_NONE.
const codecNone = "none"

// codecName is the name of a numeric AVCodecID of the loaded release.
func codecName(id int) string { return abi.GoString(call1(ff.fn.avcodecGetName, uintptr(id))) }

// codecID is the number that the loaded release gives to a codec name.
func codecID(name string) (int, bool) {
	d := callString(ff.fn.avcodecDescriptorGetByName, name)
	if d == 0 {
		return 0, name == codecNone
	}
	return int(getInt32(d, ff.off.codecDescriptor.id)), true
}

// pixelFormatName is the name of a numeric AVPixelFormat of the loaded release, ""
// for AV_PIX_FMT_NONE.
func pixelFormatName(f int) string {
	if f < 0 {
		return ""
	}
	return abi.GoString(call1(ff.fn.avGetPixFmtName, uintptr(f)))
}

// pixelFormat is the number that the loaded release gives to a pixel format name.
func pixelFormat(name string) (int, error) {
	f := int32(callString(ff.fn.avGetPixFmt, name))
	if f < 0 {
		return 0, fmt.Errorf("avformat: FFmpeg %s has no pixel format %q", ff.version.Release, name)
	}
	return int(f), nil
}
