package frame

// A layout is all that is known of a format.
type layout struct {
	name   string // FFmpeg's pix_fmt
	guide  string // PyNvVideoCodec's name, if it has one
	family Family
	n      uint8
	plane  [4]planeLayout
	bits   uint8 // significant bits of the widest component
	bytes  uint8 // bytes a sample
	shift  uint8 // of chroma: log2 of the horizontal step...
	shiftV uint8 // ...and the vertical
	high   bool  // significant bits are the high ones of a sample
	big    bool  // big-endian
	alpha  bool
	full   bool // full range by name (yuvj)
	float  bool
	swap   bool // V comes before U
}

// A planeLayout gives a plane's shape: ceil(height / 2^v) rows of ceil(width / 2^h)
// groups of n samples.
type planeLayout struct{ h, v, n uint8 }

// Family is the kind of samples that a format holds.
type Family uint8

// Families.
const (
	FamilyUnknown Family = iota
	FamilyYUV            // luma and chroma
	FamilyGray           // luma alone
	FamilyRGB            // red, green and blue, or indices of such
	FamilyOther          // Bayer patterns, XYZ
)

type option func(*layout)

func guide(name string) option { return func(l *layout) { l.guide = name } }
func high(l *layout)           { l.high = true }
func bigEndian(l *layout)      { l.big = true }
func alpha(l *layout)          { l.alpha = true }
func full(l *layout)           { l.full = true }
func float(l *layout)          { l.float = true }
func swap(l *layout)           { l.swap = true }

func build(l layout, opts []option) layout {
	if l.bytes == 0 {
		l.bytes = (l.bits + 7) / 8
	}
	for _, o := range opts {
		o(&l)
	}
	return l
}

// planar is Y, U, V with chroma at 2^-h of the width and 2^-v of the height, and
// alpha at full size if asked for.
func planar(name string, bits, h, v uint8, opts ...option) layout {
	l := build(layout{name: name, family: FamilyYUV, n: 3, bits: bits, shift: h, shiftV: v}, opts)
	l.plane = [4]planeLayout{{0, 0, 1}, {h, v, 1}, {h, v, 1}}
	if l.alpha {
		l.plane[3], l.n = planeLayout{0, 0, 1}, 4
	}
	return l
}

// semi is Y and interleaved U, V.
func semi(name string, bits, h, v uint8, opts ...option) layout {
	l := build(layout{name: name, family: FamilyYUV, n: 2, bits: bits, shift: h, shiftV: v}, opts)
	l.plane = [4]planeLayout{{0, 0, 1}, {h, v, 2}}
	return l
}

// gbr is G, B, R and perhaps alpha, all at full size.
func gbr(name string, bits uint8, opts ...option) layout {
	l := build(layout{name: name, family: FamilyRGB, n: 3, bits: bits}, opts)
	l.plane = [4]planeLayout{{0, 0, 1}, {0, 0, 1}, {0, 0, 1}}
	if l.alpha {
		l.plane[3], l.n = planeLayout{0, 0, 1}, 4
	}
	return l
}

// packed is one plane of n samples for every 2^h pixels of a row.
func packed(name string, family Family, bits, n, h uint8, opts ...option) layout {
	l := build(layout{name: name, family: family, n: 1, bits: bits}, opts)
	l.plane[0] = planeLayout{h, 0, n}
	return l
}

// word is one plane of one bytes-wide word a pixel that holds several components.
func word(name string, family Family, bits, bytes uint8, opts ...option) layout {
	l := packed(name, family, bits, 1, 0, opts...)
	l.bytes = bytes
	return l
}

func rgb(name string, bits, n uint8, opts ...option) layout {
	return packed(name, FamilyRGB, bits, n, 0, opts...)
}

// yuv422 is packed with chroma for every second pixel.
func yuv422(name string, bits uint8, opts ...option) layout {
	l := packed(name, FamilyYUV, bits, 4, 1, opts...)
	l.shift = 1
	return l
}

// The rows follow the order of the constants. FFmpeg's names carry "le" where a
// sample has more than one byte.
var layouts = [formatCount]layout{
	NV12:      semi("nv12", 8, 1, 1, guide("NV12")),
	P016:      semi("p016le", 16, 1, 1, high, guide("P016")),
	YUV444:    planar("yuv444p", 8, 0, 0, guide("YUV444")),
	YUV444P16: planar("yuv444p16le", 16, 0, 0, high, guide("YUV444_16Bit")),
	NV16:      semi("nv16", 8, 1, 0, guide("NV16")),
	P216:      semi("p216le", 16, 1, 0, high, guide("P216")),

	YV12:         planar("", 8, 1, 1, swap, guide("YV12")),
	P010:         semi("p010le", 10, 1, 1, high, guide("P010")),
	YUV444P10MSB: planar("yuv444p10msble", 10, 0, 0, high, guide("YUV444_10BIT")),
	ARGB:         rgb("bgra", 8, 4, alpha, guide("ARGB")),
	ARGB10:       word("x2rgb10le", FamilyRGB, 10, 4, guide("ARGB10")),
	ABGR:         rgb("rgba", 8, 4, alpha, guide("ABGR")),
	ABGR10:       word("x2bgr10le", FamilyRGB, 10, 4, guide("ABGR10")),
	P210:         semi("p210le", 10, 1, 0, high, guide("P210")),

	YUV420P: planar("yuv420p", 8, 1, 1),
	YUV422P: planar("yuv422p", 8, 1, 0),
	YUV440P: planar("yuv440p", 8, 0, 1),
	YUV411P: planar("yuv411p", 8, 2, 0),
	YUV410P: planar("yuv410p", 8, 2, 2),

	YUV420P9:  planar("yuv420p9le", 9, 1, 1),
	YUV420P10: planar("yuv420p10le", 10, 1, 1),
	YUV420P12: planar("yuv420p12le", 12, 1, 1),
	YUV420P14: planar("yuv420p14le", 14, 1, 1),
	YUV420P16: planar("yuv420p16le", 16, 1, 1),
	YUV422P9:  planar("yuv422p9le", 9, 1, 0),
	YUV422P10: planar("yuv422p10le", 10, 1, 0),
	YUV422P12: planar("yuv422p12le", 12, 1, 0),
	YUV422P14: planar("yuv422p14le", 14, 1, 0),
	YUV422P16: planar("yuv422p16le", 16, 1, 0),
	YUV440P10: planar("yuv440p10le", 10, 0, 1),
	YUV440P12: planar("yuv440p12le", 12, 0, 1),
	YUV444P9:  planar("yuv444p9le", 9, 0, 0),
	YUV444P10: planar("yuv444p10le", 10, 0, 0),
	YUV444P12: planar("yuv444p12le", 12, 0, 0),
	YUV444P14: planar("yuv444p14le", 14, 0, 0),

	YUVJ420P: planar("yuvj420p", 8, 1, 1, full),
	YUVJ422P: planar("yuvj422p", 8, 1, 0, full),
	YUVJ444P: planar("yuvj444p", 8, 0, 0, full),
	YUVJ440P: planar("yuvj440p", 8, 0, 1, full),
	YUVJ411P: planar("yuvj411p", 8, 2, 0, full),

	YUVA420P:   planar("yuva420p", 8, 1, 1, alpha),
	YUVA422P:   planar("yuva422p", 8, 1, 0, alpha),
	YUVA444P:   planar("yuva444p", 8, 0, 0, alpha),
	YUVA420P9:  planar("yuva420p9le", 9, 1, 1, alpha),
	YUVA420P10: planar("yuva420p10le", 10, 1, 1, alpha),
	YUVA420P16: planar("yuva420p16le", 16, 1, 1, alpha),
	YUVA422P9:  planar("yuva422p9le", 9, 1, 0, alpha),
	YUVA422P10: planar("yuva422p10le", 10, 1, 0, alpha),
	YUVA422P12: planar("yuva422p12le", 12, 1, 0, alpha),
	YUVA422P16: planar("yuva422p16le", 16, 1, 0, alpha),
	YUVA444P9:  planar("yuva444p9le", 9, 0, 0, alpha),
	YUVA444P10: planar("yuva444p10le", 10, 0, 0, alpha),
	YUVA444P12: planar("yuva444p12le", 12, 0, 0, alpha),
	YUVA444P16: planar("yuva444p16le", 16, 0, 0, alpha),

	Gray:     packed("gray", FamilyGray, 8, 1, 0),
	Gray9:    packed("gray9le", FamilyGray, 9, 1, 0),
	Gray10:   packed("gray10le", FamilyGray, 10, 1, 0),
	Gray12:   packed("gray12le", FamilyGray, 12, 1, 0),
	Gray14:   packed("gray14le", FamilyGray, 14, 1, 0),
	Gray16:   packed("gray16le", FamilyGray, 16, 1, 0),
	Gray16BE: packed("gray16be", FamilyGray, 16, 1, 0, bigEndian),
	GrayF16:  packed("grayf16le", FamilyGray, 16, 1, 0, float),
	GrayF32:  packed("grayf32le", FamilyGray, 32, 1, 0, float),
	YA8:      packed("ya8", FamilyGray, 8, 2, 0, alpha),
	YA16:     packed("ya16le", FamilyGray, 16, 2, 0, alpha),
	YA16BE:   packed("ya16be", FamilyGray, 16, 2, 0, alpha, bigEndian),
	YAF16:    packed("yaf16le", FamilyGray, 16, 2, 0, alpha, float),
	YAF32:    packed("yaf32le", FamilyGray, 32, 2, 0, alpha, float),

	NV21:         semi("nv21", 8, 1, 1, swap),
	NV24:         semi("nv24", 8, 0, 0),
	NV42:         semi("nv42", 8, 0, 0, swap),
	NV20:         semi("nv20le", 10, 1, 0),
	P012:         semi("p012le", 12, 1, 1, high),
	P212:         semi("p212le", 12, 1, 0, high),
	P410:         semi("p410le", 10, 0, 0, high),
	P412:         semi("p412le", 12, 0, 0, high),
	P416:         semi("p416le", 16, 0, 0, high),
	YUV444P12MSB: planar("yuv444p12msble", 12, 0, 0, high),

	GBRP:      gbr("gbrp", 8),
	GBRP9:     gbr("gbrp9le", 9),
	GBRP10:    gbr("gbrp10le", 10),
	GBRP12:    gbr("gbrp12le", 12),
	GBRP14:    gbr("gbrp14le", 14),
	GBRP16:    gbr("gbrp16le", 16),
	GBRP16BE:  gbr("gbrp16be", 16, bigEndian),
	GBRPF16:   gbr("gbrpf16le", 16, float),
	GBRPF32:   gbr("gbrpf32le", 32, float),
	GBRAP:     gbr("gbrap", 8, alpha),
	GBRAP10:   gbr("gbrap10le", 10, alpha),
	GBRAP12:   gbr("gbrap12le", 12, alpha),
	GBRAP14:   gbr("gbrap14le", 14, alpha),
	GBRAP16:   gbr("gbrap16le", 16, alpha),
	GBRAP16BE: gbr("gbrap16be", 16, alpha, bigEndian),
	GBRAPF16:  gbr("gbrapf16le", 16, alpha, float),
	GBRAPF32:  gbr("gbrapf32le", 32, alpha, float),

	RGB24:      rgb("rgb24", 8, 3),
	BGR24:      rgb("bgr24", 8, 3),
	PackedARGB: rgb("argb", 8, 4, alpha),
	PackedABGR: rgb("abgr", 8, 4, alpha),
	XRGB:       rgb("0rgb", 8, 4),
	RGBX:       rgb("rgb0", 8, 4),
	XBGR:       rgb("0bgr", 8, 4),
	BGRX:       rgb("bgr0", 8, 4),
	RGB48:      rgb("rgb48le", 16, 3),
	RGB48BE:    rgb("rgb48be", 16, 3, bigEndian),
	BGR48:      rgb("bgr48le", 16, 3),
	RGBA64:     rgb("rgba64le", 16, 4, alpha),
	RGBA64BE:   rgb("rgba64be", 16, 4, alpha, bigEndian),
	BGRA64:     rgb("bgra64le", 16, 4, alpha),
	RGB565:     word("rgb565le", FamilyRGB, 6, 2),
	RGB555:     word("rgb555le", FamilyRGB, 5, 2),
	RGB444:     word("rgb444le", FamilyRGB, 4, 2),
	BGR565:     word("bgr565le", FamilyRGB, 6, 2),
	BGR555:     word("bgr555le", FamilyRGB, 5, 2),
	BGR444:     word("bgr444le", FamilyRGB, 4, 2),
	RGB8:       word("rgb8", FamilyRGB, 3, 1),
	BGR8:       word("bgr8", FamilyRGB, 3, 1),
	RGB4Byte:   word("rgb4_byte", FamilyRGB, 2, 1),
	BGR4Byte:   word("bgr4_byte", FamilyRGB, 2, 1),

	YUYV422:   yuv422("yuyv422", 8),
	UYVY422:   yuv422("uyvy422", 8),
	YVYU422:   yuv422("yvyu422", 8, swap),
	UYYVYY411: uyyvyy(),
	Y210:      yuv422("y210le", 10, high),
	Y212:      yuv422("y212le", 12, high),
	AYUV:      packed("ayuv", FamilyYUV, 8, 4, 0, alpha),
	AYUV64:    packed("ayuv64le", FamilyYUV, 16, 4, 0, alpha),
	UYVA:      packed("uyva", FamilyYUV, 8, 4, 0, alpha),
	VUYA:      packed("vuya", FamilyYUV, 8, 4, 0, alpha, swap),
	VUYX:      packed("vuyx", FamilyYUV, 8, 4, 0, swap),
	VYU444:    packed("vyu444", FamilyYUV, 8, 3, 0, swap),
	XV30:      word("xv30le", FamilyYUV, 10, 4),
	XV36:      packed("xv36le", FamilyYUV, 12, 4, 0, high),
	V30X:      word("v30xle", FamilyYUV, 10, 4),

	MonoWhite: packed("monow", FamilyGray, 1, 1, 3),
	MonoBlack: packed("monob", FamilyGray, 1, 1, 3),
	PAL8:      pal8(),
	XYZ12:     packed("xyz12le", FamilyOther, 12, 3, 0, high),

	BayerBGGR8:  packed("bayer_bggr8", FamilyOther, 8, 1, 0),
	BayerRGGB8:  packed("bayer_rggb8", FamilyOther, 8, 1, 0),
	BayerGBRG8:  packed("bayer_gbrg8", FamilyOther, 8, 1, 0),
	BayerGRBG8:  packed("bayer_grbg8", FamilyOther, 8, 1, 0),
	BayerBGGR16: packed("bayer_bggr16le", FamilyOther, 16, 1, 0),
	BayerRGGB16: packed("bayer_rggb16le", FamilyOther, 16, 1, 0),
	BayerGBRG16: packed("bayer_gbrg16le", FamilyOther, 16, 1, 0),
	BayerGRBG16: packed("bayer_grbg16le", FamilyOther, 16, 1, 0),
}

func uyyvyy() layout {
	l := packed("uyyvyy411", FamilyYUV, 8, 6, 2)
	l.shift = 2
	return l
}

func pal8() layout {
	l := packed("pal8", FamilyRGB, 8, 1, 0, alpha)
	l.n = 2 // the palette has a shape of its own: Format.PlaneShape
	return l
}
