package avformat

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A Coder is a decoder or encoder of the loaded FFmpeg.
type Coder struct {
	Name         string // the coder's own name: libdav1d, libx264, h264
	LongName     string
	Codec        string        // FFmpeg's name of what it codes: av1, h264
	Hardware     bool          // needs a device; never chosen unless named
	Experimental bool          // needs the option strict=experimental
	FrameThreads bool          // can work on several pictures at a time
	SliceThreads bool          // can work on several parts of a picture at a time
	PixelFormats []PixelFormat // what an encoder takes; nil for decoders and where FFmpeg does not say

	p uintptr
}

// Capabilities of AVCodec, the same in all releases.
const (
	capExperimental = 1 << 9
	capFrameThreads = 1 << 12
	capSliceThreads = 1 << 13
	capHardware     = 1 << 18
	capHybrid       = 1 << 19
)

// Coders that need a device although FFmpeg does not mark all of them.
var deviceWrappers = []string{"amf", "cuvid", "d3d12va", "mediacodec", "mediafoundation", "mf", "mmal", "nvenc",
	"ohcodec", "omx", "qsv", "rkmpp", "v4l2m2m", "vaapi", "videotoolbox", "vulkan"}

// Where a codec has several coders, these come first, best first. FFmpeg's own av1
// decoder needs a device, whatever it says of itself.
var preferredDecoders = map[string][]string{"av1": {"libdav1d", "libaom-av1"}}

var preferredEncoders = map[string][]string{
	"h264": {"libx264", "libopenh264"},
	"hevc": {"libx265", "libkvazaar"},
	"av1":  {"libsvtav1", "libaom-av1", "librav1e"},
}

// last is chosen only if there is nothing else.
const last = "av1"

// Decoders lists the decoders for a codec in the order in which they are chosen.
// None is an empty list, not an error. Any goroutine may call it.
func Decoders(codec string) ([]Coder, error) {
	return coders(codec, false)
}

// Encoders lists the encoders for a codec in the order in which they are chosen.
// None is an empty list, not an error. Any goroutine may call it.
func Encoders(codec string) ([]Coder, error) {
	return coders(codec, true)
}

func coders(codec string, encoder bool) ([]Coder, error) {
	if err := load(); err != nil {
		return nil, err
	}
	id, ok := codecID(codec)
	if !ok || codec == codecNone {
		return nil, nil
	}
	is, preferred := ff.fn.avCodecIsDecoder, preferredDecoders[codec]
	if encoder {
		is, preferred = ff.fn.avCodecIsEncoder, preferredEncoders[codec]
	}
	var all []Coder
	state := new(holder)
	c := abi.Borrow()
	defer c.Return()
	for {
		p := c.Begin().Ptr(unsafe.Pointer(state)).Do(ff.fn.avCodecIterate)
		if p == 0 {
			break
		}
		if int(getInt32(p, ff.off.codec.id)) == id && c.Begin().Int(p).Do32(is) != 0 {
			all = append(all, readCoder(p, encoder))
		}
	}
	sortCoders(all, preferred)
	return all, nil
}

// sortCoders puts the preferred first and what needs a device last; the rest stays in
// FFmpeg's own order.
func sortCoders(all []Coder, preferred []string) {
	rank := func(d Coder) int {
		switch i := slices.Index(preferred, d.Name); {
		case d.Hardware:
			return 102
		case i >= 0:
			return i
		case d.Experimental, d.Name == last:
			return 101
		}
		return 100
	}
	slices.SortStableFunc(all, func(a, b Coder) int { return rank(a) - rank(b) })
}

func readCoder(p uintptr, encoder bool) Coder {
	o := &ff.off.codec
	caps := getInt32(p, o.capabilities)
	d := Coder{
		Name: getString(p, o.name), LongName: getString(p, o.longName),
		Codec:        codecName(int(getInt32(p, o.id))),
		Hardware:     caps&(capHardware|capHybrid) != 0 || slices.Contains(deviceWrappers, getString(p, o.wrapperName)),
		Experimental: caps&capExperimental != 0,
		FrameThreads: caps&capFrameThreads != 0,
		SliceThreads: caps&capSliceThreads != 0,
		p:            p,
	}
	if encoder {
		d.PixelFormats = coderFormats(p)
	}
	return d
}

// coderFormats reads a list of AVPixelFormat that ends in -1. FFmpeg 9 has a
// function for it, older ones a field.
func coderFormats(codec uintptr) []PixelFormat {
	list := getPtr(codec, ff.off.codec.pixFmts)
	if fn := ff.fn.avcodecGetSupportedConfig; fn != 0 {
		out := new(holder)
		c := abi.Borrow()
		defer c.Return()
		const pixelFormats = 0 // AV_CODEC_CONFIG_PIX_FORMAT
		if c.Int(0).Int(codec).Int(pixelFormats).Int(0).Ptr(unsafe.Pointer(out)).Int(0).Do32(fn) < 0 {
			return nil
		}
		list = out.p
	}
	var formats []PixelFormat
	for i := offset(0); list != 0; i += 4 {
		f := getInt32(list, i)
		if f < 0 {
			break
		}
		formats = append(formats, PixelFormat(f))
	}
	return formats
}

// choose finds the coder to use: the one called name, which must code codec, or with
// no name the first that needs no device.
func choose(codec, name string, encoder bool) (Coder, error) {
	fn, what, code := "avcodec_find_decoder", "decoder", ErrDecoderNotFound
	if encoder {
		fn, what, code = "avcodec_find_encoder", "encoder", ErrEncoderNotFound
	}
	all, err := coders(codec, encoder)
	if err != nil {
		return Coder{}, err
	}
	for _, d := range all {
		if name == d.Name || name == "" && !d.Hardware {
			return d, nil
		}
	}
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
	}
	have := "there is none"
	if len(names) > 0 {
		have = "there is " + strings.Join(names, ", ")
	}
	if name == "" {
		if len(names) > 0 {
			have += ", which needs a device"
		}
		return Coder{}, &Error{Func: fn, Code: code, Detail: fmt.Sprintf(
			"FFmpeg %s (%s) was built without a software %s for %s (%s); install a full build of FFmpeg (Debian, Ubuntu: libavcodec-extra; Fedora: ffmpeg from RPM Fusion instead of ffmpeg-free)",
			ff.version.Release, ff.version.Library, what, codec, have)}
	}
	return Coder{}, &Error{Func: fn + "_by_name", Code: code, Detail: fmt.Sprintf(
		"FFmpeg %s (%s) has no %s called %s for %s (%s)", ff.version.Release, ff.version.Library, what, name, codec, have)}
}
