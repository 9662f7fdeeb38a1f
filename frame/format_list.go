package frame

// A Format says how the samples of a picture lie in memory: which planes there
// are, how they are subsampled, how wide a sample is and where its significant bits
// are. It says nothing of colour (Color) or of where the memory is (Memory).
//
// The zero value is Unknown. Formats are printed and parsed by name (String,
// ParseFormat); Name is FFmpeg's.
type Format uint8

// The formats of decoders and encoders, under the names of the guide. 16-bit
// samples are little-endian, and their significant bits are the high ones: a 10-bit
// sample is stored as value << 6. How many are significant is the frame's BitDepth.
//
// Unlike all other names, ARGB, ARGB10, ABGR and ABGR10 name the parts of a 32-bit
// little-endian word from its highest bits down; BGRA and RGBA are the same two
// formats named by the order of bytes.
const (
	Unknown Format = iota

	NV12      // Y, then interleaved UV at half width and half height, 8 bit
	P016      // as NV12, 16-bit samples
	YUV444    // Y, U, V at full size, 8 bit; FFmpeg's yuv444p
	YUV444P16 // as YUV444, 16-bit samples; the guide's YUV444_16Bit
	NV16      // Y, then interleaved UV at half width and full height, 8 bit
	P216      // as NV16, 16-bit samples

	YV12         // Y, V, U; V and U at half width and half height, 8 bit
	P010         // P016 with 10 significant bits; the guide's YUV420_10BIT
	YUV444P10MSB // YUV444P16 with 10 significant bits; the guide's YUV444_10BIT
	ARGB         // 8 bits each; bytes in memory: B, G, R, A
	ARGB10       // from the top: 2 bits A, 10 bits R, G, B
	ABGR         // 8 bits each; bytes in memory: R, G, B, A
	ABGR10       // from the top: 2 bits A, 10 bits B, G, R
	P210         // P216 with 10 significant bits

	// Planar Y, U, V as libavcodec's decoders make them. Where samples have more
	// than 8 bits, they are 16-bit little-endian with the value in the low bits.

	YUV420P
	YUV422P
	YUV440P
	YUV411P
	YUV410P

	YUV420P9
	YUV420P10
	YUV420P12
	YUV420P14
	YUV420P16
	YUV422P9
	YUV422P10
	YUV422P12
	YUV422P14
	YUV422P16
	YUV440P10
	YUV440P12
	YUV444P9
	YUV444P10
	YUV444P12
	YUV444P14

	// The same bytes as without J. The letter says full range; Color.Range says it too.

	YUVJ420P
	YUVJ422P
	YUVJ444P
	YUVJ440P
	YUVJ411P

	// With a fourth plane of alpha at full size.

	YUVA420P
	YUVA422P
	YUVA444P
	YUVA420P9
	YUVA420P10
	YUVA420P16
	YUVA422P9
	YUVA422P10
	YUVA422P12
	YUVA422P16
	YUVA444P9
	YUVA444P10
	YUVA444P12
	YUVA444P16

	Gray
	Gray9
	Gray10
	Gray12
	Gray14
	Gray16
	Gray16BE
	GrayF16
	GrayF32
	YA8 // Y and alpha, interleaved
	YA16
	YA16BE
	YAF16
	YAF32

	// Semi-planar. Value in the high bits, but for NV20: 10 bits, low.

	NV21 // NV12 with V before U
	NV24 // 4:4:4
	NV42 // NV24 with V before U
	NV20
	P012
	P212
	P410
	P412
	P416
	YUV444P12MSB // planar, see YUV444P10MSB

	// Planes in the order G, B, R (, A). Value in the low bits.

	GBRP
	GBRP9
	GBRP10
	GBRP12
	GBRP14
	GBRP16
	GBRP16BE
	GBRPF16
	GBRPF32
	GBRAP
	GBRAP10
	GBRAP12
	GBRAP14
	GBRAP16
	GBRAP16BE
	GBRAPF16
	GBRAPF32

	// Packed RGB by the order of bytes (8 bits) or 16-bit words. X is an unused byte.

	RGB24
	BGR24
	PackedARGB // FFmpeg's argb: bytes A, R, G, B
	PackedABGR // FFmpeg's abgr: bytes A, B, G, R
	XRGB
	RGBX
	XBGR
	BGRX
	RGB48
	RGB48BE
	BGR48
	RGBA64
	RGBA64BE
	BGRA64
	RGB565 // one 16-bit word a pixel; R in the high bits
	RGB555
	RGB444
	BGR565
	BGR555
	BGR444
	RGB8 // 3, 3, 2 bits in a byte
	BGR8
	RGB4Byte // 1, 2, 1 bits in a byte
	BGR4Byte

	// Packed YUV. The plane's rows hold groups of 2 (4:2:2) or 4 (4:1:1) pixels.

	YUYV422
	UYVY422
	YVYU422
	UYYVYY411
	Y210
	Y212
	AYUV
	AYUV64
	UYVA
	VUYA
	VUYX
	VYU444
	XV30 // one 32-bit word a pixel
	XV36
	V30X

	MonoWhite // 8 pixels a byte, first in the highest bit; 0 is white
	MonoBlack // 0 is black
	PAL8      // indices, and a second plane of 256 little-endian words ARGB
	XYZ12     // CIE XYZ, value in the high bits

	BayerBGGR8
	BayerRGGB8
	BayerGBRG8
	BayerGRBG8
	BayerBGGR16
	BayerRGGB16
	BayerGBRG16
	BayerGRBG16

	formatCount
)

// Second names of formats above.
const (
	YUV444P = YUV444
	IYUV    = YUV420P
	BGRA    = ARGB
	RGBA    = ABGR
)
