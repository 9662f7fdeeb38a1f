package frame

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestEveryFormatIsComplete(t *testing.T) {
	seen := map[string]Format{}
	for f := range Formats() {
		t.Run(f.String(), func(t *testing.T) {
			require.True(t, f.Valid())
			require.NotZero(t, f.Planes(), "no row in the table")
			require.NotZero(t, f.Family())
			require.Contains(t, []int{1, 2, 4}, f.SampleBytes())
			require.GreaterOrEqual(t, f.Bits(), 1)
			require.LessOrEqual(t, f.Bits(), 8*f.SampleBytes())
			for _, name := range []string{f.Name(), f.String()} {
				if name == "" {
					require.Equal(t, YV12, f)
					continue
				}
				if other, ok := seen[name]; ok {
					require.Equal(t, other, f, "two formats of one name")
				}
				seen[name] = f
			}
			for p := range 4 {
				s := f.PlaneShape(p, 7, 5)
				require.Equal(t, p < f.Planes(), s != [3]int{}, "plane %d", p)
			}
			require.Zero(t, f.PlaneShape(-1, 7, 5))
		})
	}
}

// Shapes of every format with more than one component or plane, in the notation
// rows x columns x samples. 1x1 and 3x5 (width x height) are where rounding shows.
func TestPlaneShape(t *testing.T) {
	for _, c := range []struct {
		formats []Format
		w1h1    string
		w3h5    string
	}{
		{[]Format{NV12, P016, P010, P012, NV21}, "1x1x1 1x1x2", "5x3x1 3x2x2"},
		{[]Format{NV16, P216, P210, P212, NV20}, "1x1x1 1x1x2", "5x3x1 5x2x2"},
		{[]Format{NV24, NV42, P410, P412, P416}, "1x1x1 1x1x2", "5x3x1 5x3x2"},
		{[]Format{YV12, IYUV, YUV420P, YUV420P9, YUV420P10, YUV420P12, YUV420P14, YUV420P16, YUVJ420P}, "1x1x1 1x1x1 1x1x1", "5x3x1 3x2x1 3x2x1"},
		{[]Format{YUV422P, YUV422P9, YUV422P10, YUV422P12, YUV422P14, YUV422P16, YUVJ422P}, "1x1x1 1x1x1 1x1x1", "5x3x1 5x2x1 5x2x1"},
		{[]Format{YUV440P, YUV440P10, YUV440P12, YUVJ440P}, "1x1x1 1x1x1 1x1x1", "5x3x1 3x3x1 3x3x1"},
		{[]Format{YUV411P, YUVJ411P}, "1x1x1 1x1x1 1x1x1", "5x3x1 5x1x1 5x1x1"},
		{[]Format{YUV410P}, "1x1x1 1x1x1 1x1x1", "5x3x1 2x1x1 2x1x1"},
		{[]Format{YUV444, YUV444P, YUV444P9, YUV444P10, YUV444P12, YUV444P14, YUV444P16, YUVJ444P, YUV444P10MSB, YUV444P12MSB,
			GBRP, GBRP9, GBRP10, GBRP12, GBRP14, GBRP16, GBRP16BE, GBRPF16, GBRPF32}, "1x1x1 1x1x1 1x1x1", "5x3x1 5x3x1 5x3x1"},
		{[]Format{YUVA420P, YUVA420P9, YUVA420P10, YUVA420P16}, "1x1x1 1x1x1 1x1x1 1x1x1", "5x3x1 3x2x1 3x2x1 5x3x1"},
		{[]Format{YUVA422P, YUVA422P9, YUVA422P10, YUVA422P12, YUVA422P16}, "1x1x1 1x1x1 1x1x1 1x1x1", "5x3x1 5x2x1 5x2x1 5x3x1"},
		{[]Format{YUVA444P, YUVA444P9, YUVA444P10, YUVA444P12, YUVA444P16, GBRAP, GBRAP10, GBRAP12, GBRAP14, GBRAP16, GBRAP16BE, GBRAPF16, GBRAPF32},
			"1x1x1 1x1x1 1x1x1 1x1x1", "5x3x1 5x3x1 5x3x1 5x3x1"},
		{[]Format{Gray, Gray9, Gray10, Gray12, Gray14, Gray16, Gray16BE, GrayF16, GrayF32, ARGB10, ABGR10, RGB565, RGB555, RGB444,
			BGR565, BGR555, BGR444, RGB8, BGR8, RGB4Byte, BGR4Byte, XV30, V30X, BayerBGGR8, BayerRGGB8, BayerGBRG8, BayerGRBG8,
			BayerBGGR16, BayerRGGB16, BayerGBRG16, BayerGRBG16}, "1x1x1", "5x3x1"},
		{[]Format{YA8, YA16, YA16BE, YAF16, YAF32}, "1x1x2", "5x3x2"},
		{[]Format{RGB24, BGR24, RGB48, RGB48BE, BGR48, VYU444, XYZ12}, "1x1x3", "5x3x3"},
		{[]Format{ARGB, ABGR, RGBA, BGRA, PackedARGB, PackedABGR, XRGB, RGBX, XBGR, BGRX, RGBA64, RGBA64BE, BGRA64, AYUV, AYUV64, UYVA, VUYA, VUYX, XV36}, "1x1x4", "5x3x4"},
		{[]Format{YUYV422, UYVY422, YVYU422, Y210, Y212}, "1x1x4", "5x2x4"},
		{[]Format{UYYVYY411}, "1x1x6", "5x1x6"},
		{[]Format{MonoWhite, MonoBlack}, "1x1x1", "5x1x1"},
		{[]Format{PAL8}, "1x1x1 1x256x4", "5x3x1 1x256x4"},
	} {
		for _, f := range c.formats {
			require.Equal(t, c.w1h1, shapes(f, 1, 1), "%v 1x1", f)
			require.Equal(t, c.w3h5, shapes(f, 3, 5), "%v 3x5", f)
			tested[f] = true
		}
	}
	for f := range Formats() {
		require.True(t, tested[f], "%v is in no row of this test", f)
	}
}

var tested = map[Format]bool{}

func shapes(f Format, w, h int) string {
	var s []string
	for i := range f.Planes() {
		p := f.PlaneShape(i, w, h)
		s = append(s, fmt.Sprintf("%dx%dx%d", p[0], p[1], p[2]))
	}
	return strings.Join(s, " ")
}

func TestFormatFacts(t *testing.T) {
	for _, c := range []struct {
		f             Format
		planes        int
		bits, bytes   int
		high, semi    bool
		shiftX        int
		shiftY        int
		size1920x1080 int
	}{
		{NV12, 2, 8, 1, false, true, 1, 1, 1920 * 1080 * 3 / 2},
		{P016, 2, 16, 2, true, true, 1, 1, 1920 * 1080 * 3},
		{P010, 2, 10, 2, true, true, 1, 1, 1920 * 1080 * 3},
		{YUV444, 3, 8, 1, false, false, 0, 0, 1920 * 1080 * 3},
		{YUV444P16, 3, 16, 2, true, false, 0, 0, 1920 * 1080 * 6},
		{NV16, 2, 8, 1, false, true, 1, 0, 1920 * 1080 * 2},
		{P216, 2, 16, 2, true, true, 1, 0, 1920 * 1080 * 4},
		{YV12, 3, 8, 1, false, false, 1, 1, 1920 * 1080 * 3 / 2},
		{YUV444P10MSB, 3, 10, 2, true, false, 0, 0, 1920 * 1080 * 6},
		{ARGB, 1, 8, 1, false, false, 0, 0, 1920 * 1080 * 4},
		{ARGB10, 1, 10, 4, false, false, 0, 0, 1920 * 1080 * 4},
		{P210, 2, 10, 2, true, true, 1, 0, 1920 * 1080 * 4},
		{YUV420P10, 3, 10, 2, false, false, 1, 1, 1920 * 1080 * 3},
		{NV20, 2, 10, 2, false, true, 1, 0, 1920 * 1080 * 4},
		{YUV410P, 3, 8, 1, false, false, 2, 2, 1920*1080 + 2*480*270},
		{MonoWhite, 1, 1, 1, false, false, 0, 0, 240 * 1080},
	} {
		x, y := c.f.ChromaShift()
		n, err := c.f.Size(1920, 1080)
		require.NoError(t, err)
		require.Equal(t, []any{c.planes, c.bits, c.bytes, c.high, c.semi, c.shiftX, c.shiftY, c.size1920x1080},
			[]any{c.f.Planes(), c.f.Bits(), c.f.SampleBytes(), c.f.HighBits(), c.f.SemiPlanar(), x, y, n}, "%v", c.f)
	}
}

func TestSizeRefusesTheAbsurd(t *testing.T) {
	for _, c := range []struct {
		f    Format
		w, h int
		want error
	}{
		{NV12, 0, 1, ErrInvalidSize},
		{NV12, 1, 0, ErrInvalidSize},
		{NV12, -1, 1, ErrInvalidSize},
		{NV12, MaxDimension + 1, 1, ErrInvalidSize},
		{NV12, 1, 1 << 40, ErrInvalidSize},
		{NV12, MaxDimension, MaxDimension, ErrInvalidSize},
		{RGBA64, 30000, 30000, ErrInvalidSize},
		{Unknown, 16, 16, ErrInvalidFormat},
		{formatCount, 16, 16, ErrInvalidFormat},
		{255, 16, 16, ErrInvalidFormat},
		{NV12, MaxDimension, 1, nil},
		{YUV420P, 16384, 16384, nil},
		{PAL8, 1, 1, nil},
	} {
		_, err := c.f.Size(c.w, c.h)
		require.ErrorIs(t, err, c.want, "%v %dx%d", c.f, c.w, c.h)
		_, err = NewHostPool(c.f, c.w, c.h, nil)
		require.ErrorIs(t, err, c.want)
		_, _, err = DevicePlanes(nil, c.f, 0, 0, c.w, c.h)
		require.ErrorIs(t, err, c.want)
	}
}

// The length of a frame in FFmpeg's rawvideo, for every format that this FFmpeg has.
func TestSizeAgainstFFmpeg(t *testing.T) {
	ffmpeg := testutils.FFmpegProgram(t)
	list, err := exec.Command(ffmpeg, "-v", "quiet", "-pix_fmts").Output()
	require.NoError(t, err)
	known := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		if fields := strings.Fields(line); len(fields) >= 4 {
			known[fields[1]] = true
		}
	}
	for _, size := range [][2]int{{1, 1}, {3, 5}, {17, 2}} {
		w, h := size[0], size[1]
		dir := t.TempDir()
		args := []string{"-v", "error"}
		var outputs []string
		var formats []Format
		for f := range Formats() {
			if !known[f.Name()] {
				continue
			}
			args = append(args, "-f", "rawvideo", "-pix_fmt", f.Name(), "-s", fmt.Sprintf("%dx%d", w, h), "-i", "/dev/zero")
			outputs = append(outputs, "-map", fmt.Sprint(len(formats)), "-c", "copy", "-frames:v", "1", "-f", "rawvideo",
				filepath.Join(dir, f.Name()))
			formats = append(formats, f)
		}
		require.Greater(t, len(formats), 100)
		out, err := exec.Command(ffmpeg, append(args, outputs...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		for _, f := range formats {
			st, err := os.Stat(filepath.Join(dir, f.Name()))
			require.NoError(t, err)
			n, err := f.Size(w, h)
			require.NoError(t, err)
			require.EqualValues(t, st.Size(), n, "%v %dx%d", f, w, h)
		}
	}
}

func TestFormatNames(t *testing.T) {
	for f := range Formats() {
		got, err := ParseFormat(f.String())
		require.NoError(t, err)
		require.Equal(t, f, got)
		if f.Name() != "" {
			got, err = FormatByName(f.Name())
			require.NoError(t, err)
			require.Equal(t, f, got)
		}
		var back Format
		text, err := f.MarshalText()
		require.NoError(t, err)
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, f, back)
	}
	for s, want := range map[string]Format{
		"NV12": NV12, "nv12": NV12, "P010": P010, "YUV420": YUV420P, "IYUV": IYUV, "iyuv": IYUV, "YV12": YV12,
		"YUV444_16bit": YUV444P16, "YUV444_16Bit": YUV444P16, "YUV444_10BIT": YUV444P10MSB, "YUV420_10BIT": P010,
		"ARGB": ARGB, "ARBG": ARGB, "ABGR": ABGR, "argb": PackedARGB, "abgr": PackedABGR, "bgra": ARGB, "rgba": RGBA,
		"Argb": ARGB, "P016": P016, "gray16": Gray16, "yuv420p10": YUV420P10, "x2rgb10le": ARGB10, "YUV420P10LE": YUV420P10,
	} {
		got, err := ParseFormat(s)
		require.NoError(t, err, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "h264", "yuv420p10xx", "unknown", "Format(3)"} {
		_, err := ParseFormat(s)
		require.ErrorIs(t, err, ErrInvalidFormat)
		_, err = FormatByName(s)
		require.ErrorIs(t, err, ErrInvalidFormat)
		require.Contains(t, err.Error(), s)
	}
	_, err := FormatByName("NV12")
	require.ErrorIs(t, err, ErrInvalidFormat, "FFmpeg's names are lower case")
	require.Equal(t, "unknown", Unknown.String())
	require.Equal(t, "Format(250)", Format(250).String())
	_, err = Format(250).MarshalText()
	require.ErrorIs(t, err, ErrInvalidFormat)
}

func TestFormatInJSON(t *testing.T) {
	var v struct {
		F Format
		M Memory
		R Rational
		C Color
	}
	require.NoError(t, json.Unmarshal([]byte(`{"F":"YUV444_16bit","M":"device","R":"30000/1001",
		"C":{"Primaries":"bt2020","Transfer":"smpte2084","Matrix":"bt2020nc","Range":"tv","ChromaLocation":"topleft"}}`), &v))
	require.Equal(t, YUV444P16, v.F)
	require.Equal(t, Device, v.M)
	require.Equal(t, Rational{30000, 1001}, v.R)
	require.Equal(t, Color{PrimariesBT2020, TransferSMPTE2084, MatrixBT2020NCL, RangeLimited, ChromaTopLeft}, v.C)
	b, err := json.Marshal(v)
	require.NoError(t, err)
	require.Contains(t, string(b), `"F":"YUV444_16Bit","M":"device","R":"30000/1001"`)
	require.ErrorIs(t, json.Unmarshal([]byte(`{"F":"nope"}`), &v), ErrInvalidFormat)
	require.ErrorIs(t, json.Unmarshal([]byte(`{"M":"disk"}`), &v), ErrInvalidMemory)
	require.ErrorIs(t, json.Unmarshal([]byte(`{"R":"x"}`), &v), ErrInvalidRational)
	require.ErrorIs(t, json.Unmarshal([]byte(`{"C":{"Matrix":"reserved"}}`), &v), ErrInvalidColor)
}

func TestPlanarAndNative(t *testing.T) {
	for _, c := range []struct {
		native Format
		depth  int
		planar Format
	}{
		{NV12, 8, YUV420P}, {P016, 9, YUV420P9}, {P016, 10, YUV420P10}, {P016, 12, YUV420P12}, {P016, 14, YUV420P14}, {P016, 16, YUV420P16},
		{NV16, 8, YUV422P}, {P216, 10, YUV422P10}, {P216, 12, YUV422P12}, {P216, 16, YUV422P16},
		{YUV444, 8, YUV444P}, {YUV444P16, 10, YUV444P10}, {YUV444P16, 12, YUV444P12}, {YUV444P16, 16, YUV444P16},
	} {
		got, err := c.native.PlanarFormat(c.depth)
		require.NoError(t, err)
		require.Equal(t, c.planar, got, "%v %d", c.native, c.depth)
		back, ok := c.planar.NativeFormat()
		require.True(t, ok)
		require.Equal(t, c.native, back)
	}
	for f, want := range map[Format]Format{
		NV21: YUV420P, NV24: YUV444P, NV42: YUV444P, NV20: YUV422P10, P010: YUV420P10, P012: YUV420P12, P210: YUV422P10,
		P212: YUV422P12, P410: YUV444P10, P412: YUV444P12, P416: YUV444P16, YV12: YUV420P, YUV444P10MSB: YUV444P10,
		YUV444P12MSB: YUV444P12, YUVJ420P: YUVJ420P, Gray10: Gray10, GBRP: GBRP, RGB24: RGB24, PAL8: PAL8, YVYU422: YVYU422,
		XYZ12: XYZ12, YUVA420P: YUVA420P, Y210: Y210, VUYA: VUYA, YUV440P: YUV440P, YUV420P16: YUV420P16,
	} {
		got, err := f.PlanarFormat(f.Bits())
		require.NoError(t, err, "%v", f)
		require.Equal(t, want, got, "%v", f)
	}
	for f, depth := range map[Format]int{P016: 11, P010: 12, Unknown: 8, YUV444P16: 0, P216: -3} {
		_, err := f.PlanarFormat(depth)
		require.ErrorIs(t, err, ErrInvalidFormat, "%v %d", f, depth)
	}
	for f, want := range map[Format]Format{Gray: NV12, Gray12: P016, YUVJ420P: NV12, YUVJ422P: NV16, GBRP: YUV444, GBRP10: YUV444P16, NV21: NV12, P010: P016} {
		got, ok := f.NativeFormat()
		require.True(t, ok)
		require.Equal(t, want, got, "%v", f)
	}
	for _, f := range []Format{YUV440P, YUV411P, YUV410P, YUVA420P, RGB24, PAL8, Unknown, GBRPF32, Gray16BE, MonoBlack, YUYV422, YA8} {
		_, ok := f.NativeFormat()
		require.False(t, ok, "%v", f)
	}
}
