package avformat

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// EncoderOptions say how to encode; nil and zero fields are the defaults, but
// TimeBase or FrameRate has to be there.
type EncoderOptions struct {
	// Name chooses the encoder by its own name, libx264 say. Default: the first of
	// Encoders that needs no device and takes the pixel format.
	Name string
	// TimeBase is the unit of the frames' and packets' times. Default: the duration
	// of one frame.
	TimeBase Rational
	// FrameRate is frames per second, for rate control and the stream's headers.
	// Default: one frame a tick.
	FrameRate Rational
	// AspectRatio is the shape of a pixel. Default: not said.
	AspectRatio Rational
	// Threads is how many threads encode; 0 is what suits the encoder and the machine.
	Threads int
	// GlobalHeader puts parameter sets into Parameters only, as mp4 and mkv want it,
	// instead of in front of every key frame.
	GlobalHeader bool
	// BitRate in bits per second; 0 is the encoder's default.
	BitRate int64
	// GOP is the most frames from one key frame to the next; 0 is the encoder's
	// default.
	GOP int
	// Options are FFmpeg's own options, the generic ones and those of the encoder:
	// preset, crf, bf, maxrate ... One that the encoder does not have is an error.
	// They go before the fields above.
	Options map[string]string
}

func (o *EncoderOptions) check(i Image) error {
	bad := func(err error, detail string) error {
		return &Error{Func: "NewEncoder", Code: ErrInvalid, Err: err, Detail: detail}
	}
	switch {
	case i.Format.Info() == nil || i.Width <= 0 || i.Height <= 0 || i.Width > maxSide || i.Height > maxSide:
		return bad(nil, i.String())
	case !o.TimeBase.Known() && !o.FrameRate.Known():
		return bad(errNoTimeBase, "")
	case o.Threads < 0 || o.BitRate < 0 || o.GOP < 0:
		return bad(nil, fmt.Sprintf("Threads %d, BitRate %d, GOP %d", o.Threads, o.BitRate, o.GOP))
	}
	return nil
}

func (o *EncoderOptions) timeBase() Rational {
	if o.TimeBase.Known() {
		return o.TimeBase
	}
	return Rational{o.FrameRate.Den, o.FrameRate.Num}
}

func (o *EncoderOptions) frameRate() Rational {
	if o.FrameRate.Known() {
		return o.FrameRate
	}
	return Rational{o.TimeBase.Den, o.TimeBase.Num}
}

// dictionary is the options as avcodec_open2 takes them.
func (o *EncoderOptions) dictionary(coder Coder, i Image) map[string]string {
	t := o.timeBase()
	m := map[string]string{
		"threads":      "auto",
		"video_size":   fmt.Sprintf("%dx%d", i.Width, i.Height),
		"pixel_format": i.Format.String(),
		"time_base":    fmt.Sprintf("%d/%d", t.Num, t.Den),
	}
	number := func(name string, v int64, unset ...int64) {
		for _, u := range append(unset, 0) {
			if v == u {
				return
			}
		}
		m[name] = strconv.FormatInt(v, 10)
	}
	const unspecified = 2
	number("color_range", int64(i.Color.Range))
	number("color_primaries", int64(i.Color.Primaries), unspecified)
	number("color_trc", int64(i.Color.Transfer), unspecified)
	number("chroma_sample_location", int64(i.Color.ChromaLocation))
	if i.Color.Matrix != unspecified && (i.Color.Matrix != 0 || i.Format.Info().RGB) {
		m["colorspace"] = strconv.Itoa(i.Color.Matrix)
	}
	number("b", o.BitRate)
	number("g", int64(o.GOP))
	if o.Threads > 0 {
		m["threads"] = strconv.Itoa(o.Threads)
	}
	if o.AspectRatio.Known() {
		m["aspect"] = fmt.Sprintf("%d/%d", o.AspectRatio.Num, o.AspectRatio.Den)
	}
	maps.Copy(m, own(coder))
	maps.Copy(m, o.Options)
	if o.GlobalHeader {
		m["flags"] = "+global_header"
		if f := o.Options["flags"]; f != "" {
			if f[0] != '+' && f[0] != '-' {
				f = "+" + f
			}
			m["flags"] += f
		}
	}
	if p, ok := m["x265-params"]; ok && coder.Name == "libx265" && !strings.Contains(p, "log-level") {
		m["x265-params"] = strings.TrimPrefix(p+":"+x265Quiet, ":")
	}
	return m
}

// x265 writes to standard error by itself, past FFmpeg's log.
const x265Quiet = "log-level=error"

// own is what makes encoders keep Send's word, pass on a picture's user data, and be
// silent. Releases that lack one of these options do without.
func own(coder Coder) map[string]string {
	m := map[string]string{}
	switch coder.Name {
	case "libx264":
		m["forced-idr"], m["udu_sei"] = "1", "1"
	case "libx265":
		// x265 would put user data behind a UUID of its own, so it is not asked to.
		m["forced-idr"], m["x265-params"] = "1", x265Quiet
	}
	if coder.Experimental {
		m["strict"] = "experimental"
	}
	return m
}

// keyForcers are the encoders that heed a frame's picture type. SVT-AV1 does from
// FFmpeg 6.1 on.
var keyForcers = []string{"libx264", "libx264rgb", "libopenh264", "libx265", "libaom-av1", "librav1e", "libvpx", "libvpx-vp9",
	"mpeg1video", "mpeg2video", "mpeg4", "libxvid", "msmpeg4", "msmpeg4v2", "wmv1", "wmv2", "flv", "h261", "h263", "h263p", "snow"}

// ForcesKeyFrames is true when a frame of picture type I becomes a key frame. With
// other encoders only opening a new one makes a key frame at a given place.
func (c Coder) ForcesKeyFrames() bool {
	if slices.Contains(keyForcers, c.Name) || c.Name == "libsvtav1" && ff.fn.avFrameReplace != 0 {
		return true
	}
	const intraOnly = 1 << 0 // AV_CODEC_PROP_INTRA_ONLY
	d := callString(ff.fn.avcodecDescriptorGetByName, c.Codec)
	return d != 0 && getInt32(d, ff.off.codecDescriptor.props)&intraOnly != 0
}

// quiet keeps SVT-AV1, which knows no other way, from writing to standard error. A
// level that someone has set stays.
func quiet(coder Coder) {
	const variable, errorsOnly = "SVT_LOG", "1"
	if _, set := os.LookupEnv(variable); !set && coder.Name == "libsvtav1" {
		_ = os.Setenv(variable, errorsOnly)
	}
}
