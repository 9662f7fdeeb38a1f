package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-nvcodec/nvcodec/codec"
)

// A Verdict sums up a row.
type Verdict int

const (
	Pass Verdict = iota
	Warn         // other than the CPU's, where nothing says what is right
	Fail
)

// String returns PASS, WARN or FAIL.
func (v Verdict) String() string {
	switch v {
	case Pass:
		return "PASS"
	case Warn:
		return "WARN"
	}
	return "FAIL"
}

// MarshalText is String.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// A Judged row goes to the report.
type Judged struct {
	Name    string       `json:"name"`
	Codec   string       `json:"codec"`
	Device  codec.Device `json:"device"`
	Verdict Verdict      `json:"verdict"`
	How     string       `json:"how"` // same, near, refused, error, damaged, ...
	Note    string       `json:"note,omitempty"`
	Alone   string       `json:"alone,omitempty"` // a failed row in a process of its own
	Result  Result       `json:"result"`
}

// nearly tells whether the codec's definition leaves room in the inverse transform.
func nearly(name string) bool {
	switch name {
	case "mpeg1video", "mpeg2video", "mpeg4", "mjpeg":
		return true
	}
	return false
}

// arithmetic lists files that NVDEC's inverse transform takes further from libavcodec's
// than the bar, with the largest difference seen. That it is the hardware is known from
// FFmpeg's own decoders on the same card, which give our bytes (scripts/device.sh peer);
// the odd size cannot be compared so, and has the same codec and deviation as others.
var arithmetic = map[string]int{
	"mpeg1-es-camera-cube-384x288.mpeg":    4,
	"mpeg2-es-bbb-176x144.m2v":             6,
	"mpeg2-m2ts-bear-320x192.m2ts":         4,
	"mpeg2-mp4-121x81.mp4":                 4,
	"mpeg2-ps-camera-hello-640x480.mpeg":   4,
	"mpeg4-avi-camera-physics-400x300.avi": 4,
	"mpeg4-mp4-bunny-176x144.mp4":          6,
}

// judge compares a result with what the manifest says. dev is what was asked for.
func judge(r *Row, dev codec.Device, res *Result, near int) Judged {
	j := Judged{Name: r.Name, Codec: r.Derived.Codec, Device: dev, Result: *res}
	j.Verdict, j.How, j.Note = verdict(r, dev, res, near)
	if d := res.Against; d != nil && len(d.Meta) > 0 {
		var s []string
		for _, k := range slices.Sorted(maps.Keys(d.Meta)) {
			s = append(s, fmt.Sprintf("%s x%d (%s)", k, d.Meta[k], d.MetaFirst[k]))
		}
		j.Note = strings.TrimPrefix(j.Note+"; meta: "+strings.Join(s, ", "), "; ")
		if d.Meta["pts"] > 0 && j.Verdict == Pass && res.Frames == d.CPUFrames {
			j.Verdict, j.How = Fail, "times"
		}
	}
	return j
}

func verdict(r *Row, dev codec.Device, res *Result, near int) (Verdict, string, string) {
	hardware := res.Engine != "cpu" && res.Engine != ""
	switch {
	case res.Crash != "":
		return Fail, "crash", res.Crash
	case res.is("library"):
		return Fail, "library", res.Error
	case r.Expect == "no video stream":
		if res.is("no video") {
			return Pass, "error", ""
		}
		return Fail, "no error", fmt.Sprintf("%d frames, error %q; want ErrNoVideo", res.Frames, res.Error)
	case r.Expect == "error expected":
		switch {
		case res.Frames > 0:
			return Warn, "frames", fmt.Sprintf("%d frames where libavcodec gives none; %s", res.Frames, res.Error)
		case res.Error == "":
			return Fail, "no error", "neither a frame nor an error"
		}
		return Pass, "error", ""
	}
	damaged := r.Expect != "decodes"
	same := res.Frames == r.Derived.Frames && res.MD5 == r.Derived.MD5
	bad := fmt.Sprintf("%d of %d frames, %d with another MD5, the first %d", res.Frames, r.Derived.Frames, res.Bad, res.FirstBad)
	if d := res.Against; d != nil && d.Frames > 0 {
		bad += fmt.Sprintf("; against the CPU: %d frames differ from frame %d on, %d samples, at most %d, PSNR %.1f dB", d.Frames, d.First, d.Samples, d.Max, d.PSNR)
	}
	if res.Error != "" {
		bad += "; " + res.Error
	}
	switch {
	case dev > 0 && res.is("unsupported") && res.Frames == 0 && mayRefuse(r): // auto has to take the CPU
		return Pass, "refused", res.Error
	case res.is("unsupported") && res.Frames > 0 && mayRefuse(r):
		return Warn, "refused", bad
	case same && (res.Error == "" || damaged || res.is("corrupt")):
		if res.Error != "" && !damaged {
			return Warn, "same", "damage reported: " + res.Error
		}
		return Pass, "same", ""
	case r.published(res.MD5) && res.Error == "" && res.Frames == r.Derived.Frames:
		return Pass, "published", "as its publisher says, not as libavcodec decodes it"
	case (damaged || r.broken()) && hardware, r.VersionDependent:
		return Warn, "damaged", bad
	case hardware && nearly(r.Derived.Codec) && res.Error == "" && res.Frames == r.Derived.Frames && res.Against != nil:
		d := res.Against
		note := fmt.Sprintf("at most %d, PSNR %.1f dB", d.Max, d.PSNR)
		if d.Max <= near && d.Meta["bytes"] == 0 && d.CPUFrames == res.Frames {
			return Pass, "near", note
		}
		if most, ok := arithmetic[r.Name]; ok && d.Max <= most && d.CPUFrames == res.Frames {
			return Warn, "hardware", note + "; the hardware's inverse transform"
		}
		return Fail, "near", note
	}
	return Fail, "differs", bad
}

// mayRefuse tells whether the H100 and H200 are known not to decode such a stream:
// what cuvidGetDecoderCaps said on driver 580, and FMO, which no NVDEC has. A GPU that
// does decode it is fine too.
func mayRefuse(r *Row) bool {
	if r.has("unsupported-nvdec") || r.has("below-nvdec-min") {
		return true
	}
	formats := r.Derived.FrameFormats
	if len(formats) == 0 {
		formats = []string{fmt.Sprintf("%dx%d %s", r.Derived.Width, r.Derived.Height, r.Derived.PixFmt)}
	}
	for _, s := range formats {
		var w, h int
		var pix string
		if _, err := fmt.Sscanf(s, "%dx%d %s", &w, &h, &pix); err != nil || !nvdec(r.Derived.Codec, pix, w, h) {
			return true
		}
	}
	return false
}

// nvdec is the capability table, by libavcodec's names.
func nvdec(codec, pix string, w, h int) bool {
	pix = strings.TrimSuffix(pix, "le")
	in := func(minW, minH, maxW, maxH int, formats ...string) bool {
		return slices.Contains(formats, pix) && w >= minW && h >= minH && w <= maxW && h <= maxH
	}
	switch codec {
	case "mpeg1video", "mpeg2video":
		return in(48, 16, 4080, 4080, "yuv420p")
	case "mpeg4", "vc1", "wmv3":
		return in(48, 16, 2048, 2048, "yuv420p")
	case "h264":
		return in(48, 16, 4096, 4096, "yuv420p", "yuvj420p")
	case "vp8":
		return in(48, 16, 4096, 4096, "yuv420p")
	case "hevc":
		return in(144, 144, 8192, 8192, "yuv420p", "yuvj420p", "yuv420p10", "yuv420p12", "yuv444p", "yuvj444p", "yuv444p10", "yuv444p12")
	case "vp9":
		return in(128, 128, 8192, 8192, "yuv420p", "yuv420p10", "yuv420p12")
	case "mjpeg":
		return in(64, 64, 32768, 16384, "gray", "yuvj420p") // others come out as NV12, which loses chroma
	}
	return false
}
