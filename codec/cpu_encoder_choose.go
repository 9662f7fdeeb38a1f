package codec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// sourceName is the name of format f for libswscale.
func sourceName(f frame.Format) string {
	switch f {
	case frame.YV12:
		return "yuv420p" // with U and V exchanged
	case frame.YUV444P10MSB, frame.YUV444P16:
		return "yuv444p16le" // the value lies in the high bits: a sample of 16 bits
	case frame.P016:
		return "p016le"
	}
	return f.Name()
}

// sourceImage describes frames in format f for libswscale.
func sourceImage(f frame.Format, width, height int, c frame.Color) (avformat.Image, error) {
	pf, err := avformat.PixelFormatByName(sourceName(f))
	if err != nil {
		return avformat.Image{}, fmt.Errorf("%w: frames in %v: %w", ErrUnsupported, f, err)
	}
	color := avformat.Color{Range: int(c.Range), Primaries: int(c.Primaries), Transfer: int(c.Transfer), Matrix: int(c.Matrix), ChromaLocation: int(c.ChromaLocation)}
	if f.Family() == frame.FamilyRGB {
		color.Range, color.Matrix = int(frame.RangeFull), int(frame.MatrixRGB)
	}
	return avformat.Image{Format: pf, Width: width, Height: height, Color: color}, nil
}

// codedFormat is the format that a stream is coded in, and whether it holds every
// sample of f.
func codedFormat(f frame.Format, depth int) (name string, exact bool) {
	chroma := chromaOf(f)
	exact = f.Family() != frame.FamilyRGB && !f.Alpha() && f.Bits() <= depth || f == frame.P016 || f == frame.P216 || f == frame.YUV444P16
	if f.Family() == frame.FamilyRGB {
		chroma = 420 // as NVENC codes RGB
	}
	names := map[int][2]string{
		400: {"gray", "gray10le"}, 420: {"yuv420p", "yuv420p10le"}, 422: {"yuv422p", "yuv422p10le"}, 444: {"yuv444p", "yuv444p10le"},
	}
	n, ok := names[chroma]
	if !ok {
		n, exact = names[420], false
	}
	if depth > 8 {
		return n[1], exact
	}
	return n[0], exact
}

// chooseCPUEncoder picks the first encoder of the loaded FFmpeg that can code frames of
// f, and the picture that they become.
func chooseCPUEncoder(src avformat.Image, f frame.Format, cfg *EncoderConfig) (avformat.Coder, avformat.Image, error) {
	none := avformat.Coder{}
	name, exact := codedFormat(f, cfg.BitDepth)
	if cfg.Tuning == Lossless && !exact {
		return none, src, fmt.Errorf("%w: Tuning lossless of %v frames: they would be coded as %s", ErrUnsupported, f, name)
	}
	pf, err := avformat.PixelFormatByName(name)
	if err != nil {
		return none, src, err
	}
	coded := src
	coded.Format = pf
	if f.Family() == frame.FamilyRGB {
		coded.Color = codedColor(cfg, src.Height)
	}
	if err := evenSize(cfg.Codec, coded); err != nil {
		return none, src, err
	}
	list, err := avformat.Encoders(string(cfg.Codec))
	if err != nil {
		return none, src, err
	}
	c, err := fitting(list, coded, cfg)
	return c, coded, err
}

// fitting is the first of list that can code the picture in the manner that is asked for.
func fitting(list []avformat.Coder, coded avformat.Image, cfg *EncoderConfig) (avformat.Coder, error) {
	var not []string
	for _, c := range list {
		if c.Hardware || cpuMappings[c.Name] == nil {
			continue
		}
		switch why := unfit(c.Name, coded, cfg); {
		case !slices.Contains(c.PixelFormats, coded.Format):
			not = append(not, fmt.Sprintf("%s cannot code %v", c.Name, coded.Format))
		case why != "":
			not = append(not, c.Name+" "+why)
		default:
			return c, nil
		}
	}
	if not == nil {
		return avformat.Coder{}, fmt.Errorf("%w: %s has no software encoder for %v; install a build with %s", ErrUnsupported, loaded(), cfg.Codec, cpuEncoderNames[cfg.Codec])
	}
	return avformat.Coder{}, fmt.Errorf("%w: %s", ErrUnsupported, strings.Join(not, ", "))
}

// loaded names the FFmpeg at hand and the library that it was opened by.
func loaded() string {
	v, err := avformat.Load()
	if err != nil {
		return "the loaded FFmpeg"
	}
	return fmt.Sprintf("FFmpeg %s (%s)", v.Release, v.Library)
}

var cpuEncoderNames = map[ID]string{H264: "libx264", HEVC: "libx265", AV1: "SVT-AV1 or libaom"}

// unfit says why an encoder cannot do what another of the same codec may do.
func unfit(coder string, src avformat.Image, cfg *EncoderConfig) string {
	if coder != "libsvtav1" {
		return ""
	}
	switch {
	case min(src.Width, src.Height) < 64:
		return "begins at 64x64"
	case src.Width%2 != 0 || src.Height%2 != 0:
		return "has even sizes only"
	case cfg.Tuning == Lossless:
		return "has no lossless mode"
	case lowDelay(cfg.Tuning):
		return "reorders"
	}
	return ""
}

// evenSize refuses sizes that H.264 and HEVC have no syntax for: they crop by whole
// chroma samples.
func evenSize(id ID, p avformat.Image) error {
	i := p.Format.Info()
	if id == AV1 || p.Width%(1<<i.Log2ChromaW) == 0 && p.Height%(1<<i.Log2ChromaH) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %v in %v of %dx%d: cropping goes by whole chroma samples there; code AV1 or 4:4:4, or cut the picture to an even size", ErrUnsupported, id, p.Format, p.Width, p.Height)
}

// codedColor is what RGB becomes.
func codedColor(cfg *EncoderConfig, height int) avformat.Color {
	c := cfg.Color
	switch cfg.ColorSpace {
	case "bt601":
		c.Matrix = frame.MatrixSMPTE170M
	case "bt709":
		c.Matrix = frame.MatrixBT709
	}
	if c.Matrix == frame.MatrixRGB || c.Matrix == frame.MatrixUnspecified {
		c.Matrix = frame.MatrixSMPTE170M
		if height >= 720 {
			c.Matrix = frame.MatrixBT709
		}
	}
	if c.Range == frame.RangeUnspecified {
		c.Range = frame.RangeLimited
	}
	return avformat.Color{Range: int(c.Range), Primaries: int(c.Primaries), Transfer: int(c.Transfer), Matrix: int(c.Matrix), ChromaLocation: int(c.ChromaLocation)}
}
