package frame

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"
)

// Name is FFmpeg's name of the format, as in ffmpeg -pix_fmts; "" for YV12, which
// has none, and for formats that are not valid.
func (f Format) Name() string { return f.layout().name }

// String is PyNvVideoCodec's name of the formats that the guide lists as outputs of
// decoders or inputs of encoders (NV12, YUV444_16Bit, ARGB, ...), else FFmpeg's
// (yuv420p10le).
func (f Format) String() string {
	l := f.layout()
	switch {
	case l.guide != "":
		return l.guide
	case l.name != "":
		return l.name
	case f == Unknown:
		return "unknown"
	}
	return "Format(" + strconv.Itoa(int(f)) + ")"
}

// Formats ranges over all formats.
func Formats() iter.Seq[Format] {
	return func(yield func(Format) bool) {
		for f := Unknown + 1; f < formatCount; f++ {
			if !yield(f) {
				return
			}
		}
	}
}

// FormatByName finds a format by FFmpeg's name. Names without byte order, such as
// gray16, mean little-endian. Error: ErrInvalidFormat, with the name.
func FormatByName(name string) (Format, error) {
	if f, ok := names().ffmpeg[name]; ok {
		return f, nil
	}
	return Unknown, fmt.Errorf("frame: no format %q: %w", name, ErrInvalidFormat)
}

// ParseFormat finds a format by the name that String gives, by FFmpeg's name, or by
// another spelling that the guide uses: YUV420, IYUV, P010, YUV420_10BIT,
// YUV444_10BIT, YUV444_16bit, ARBG. Case does not matter, with one exception: argb
// and abgr in lower case are FFmpeg's, which name bytes, any other spelling is the
// guide's, which names the parts of a word. Error: ErrInvalidFormat, with the name.
func ParseFormat(s string) (Format, error) {
	n := names()
	if f, ok := n.ffmpeg[s]; ok {
		return f, nil
	}
	if f, ok := n.guide[strings.ToUpper(s)]; ok {
		return f, nil
	}
	if f, ok := n.ffmpeg[strings.ToLower(s)]; ok {
		return f, nil
	}
	return Unknown, fmt.Errorf("frame: no format %q: %w", s, ErrInvalidFormat)
}

// MarshalText is String. Error: ErrInvalidFormat.
func (f Format) MarshalText() ([]byte, error) {
	if f != Unknown && !f.Valid() {
		return nil, fmt.Errorf("frame: %v: %w", f, ErrInvalidFormat)
	}
	return []byte(f.String()), nil
}

// UnmarshalText is ParseFormat; the empty text and "unknown" are Unknown.
func (f *Format) UnmarshalText(text []byte) error {
	if s := string(text); s != "" && s != Unknown.String() {
		v, err := ParseFormat(s)
		if err != nil {
			return err
		}
		*f = v
		return nil
	}
	*f = Unknown
	return nil
}

type nameTable struct{ ffmpeg, guide map[string]Format }

var names = sync.OnceValue(func() nameTable {
	t := nameTable{ffmpeg: make(map[string]Format, 2*int(formatCount)), guide: map[string]Format{
		"YUV420":       YUV420P,
		"IYUV":         IYUV,
		"I420":         IYUV,
		"YUV420_10BIT": P010,
		"ARBG":         ARGB, // sic, the guide's list of encoder inputs
	}}
	for f := range Formats() {
		l := f.layout()
		if l.guide != "" {
			t.guide[strings.ToUpper(l.guide)] = f
		}
		if l.name != "" {
			t.ffmpeg[l.name] = f
			if native, ok := strings.CutSuffix(l.name, "le"); ok {
				t.ffmpeg[native] = f
			}
		}
	}
	return t
})
