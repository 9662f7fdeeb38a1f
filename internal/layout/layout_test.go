package layout

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// good is a subject with every kind of field: plain, prefixed, nested, flattened,
// bit-field, union, reserved, long, pointer.
const good = `package subject

import "structs"

type VideoFormat struct {
	_ structs.HostLayout

	Codec                int32
	FrameRate            struct{ Numerator, Denominator uint32 }
	ProgressiveSequence  uint8
	BitDepthLumaMinus8   uint8
	BitDepthChromaMinus8 uint8
	MinNumDecodeSurfaces uint8
	CodedWidth           uint32
	CodedHeight          uint32
	DisplayArea          Rect
	ChromaFormat         int32
	Bitrate              uint32
	DisplayAspectRatio   struct{ X, Y int32 }
	signal                  uint8 // a unit of bit-fields, in an anonymous struct that is flattened
	ColorPrimaries          uint8
	TransferCharacteristics uint8
	MatrixCoefficients      uint8
	SeqhdrDataLength        uint32
}

type Rect struct{ Left, Top, Right, Bottom int32 }

type SourceDataPacket struct {
	_ structs.HostLayout

	Flags       long
	PayloadSize long
	Payload     uintptr
	Timestamp   int64
}

type ParserParams struct {
	_ structs.HostLayout

	CodecType            int32
	MaxNumDecodeSurfaces uint32
	ClockRate            uint32
	ErrorThreshold       uint32
	MaxDelay             uint32
	flags                uint32
	_                    [4]uint32
	UserData             uintptr
	SequenceCallback     uintptr
	DecodePicture        uintptr
	DisplayPicture       uintptr
	GetOperatingPoint    uintptr
	GetSEIMsg            uintptr
	_                    [5]uintptr
	ExtVideoInfo         *VideoFormat
}

func (p *ParserParams) SetAnnexB()  { p.flags |= 1 }

type PicParams struct {
	_ structs.HostLayout

	PicWidthInMbs, FrameHeightInMbs            int32
	CurrPicIdx                                 int32
	FieldPicFlag, BottomFieldFlag, SecondField int32
	BitstreamDataLen                           uint32
	BitstreamData                              uintptr
	NumSlices                                  uint32
	SliceDataOffsets                           uintptr
	RefPicFlag, IntraPicFlag                   int32
	reserved                                   [30]uint32
	raw                                        [512]uint64
}
`

const goodMap = `
golden nvcuvid-13.0
CUVIDEOFORMAT VideoFormat
CUVIDSOURCEDATAPACKET SourceDataPacket
CUVIDPARSERPARAMS ParserParams
	ulMaxDisplayDelay MaxDelay # not by rule
CUVIDPICPARAMS PicParams
* -
`

func subject(t *testing.T, source, layoutMap string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":          "module subject\n\ngo 1.25\n",
		"subject.go":      source,
		"long_other.go":   "//go:build !windows\n\npackage subject\n\ntype long = uint64\n",
		"long_windows.go": "package subject\n\ntype long = uint32\n",
		MapFile:           layoutMap,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

func vet(t *testing.T, dir string, target Target) error {
	cmd := exec.Command("go", "vet", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS="+target.OS, "GOARCH="+target.Arch, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	return err
}

func TestGood(t *testing.T) {
	dir := subject(t, good, goodMap)
	rs, err := Run(dir)
	require.NoError(t, err)
	require.Len(t, rs, 3)
	for _, r := range rs {
		require.Empty(t, r.Problems, "%s", r.Target)
		require.NoError(t, os.WriteFile(filepath.Join(dir, r.File), r.Text, 0o644))
	}
	require.Contains(t, string(rs[0].Text), "_ = -(unsafe.Sizeof(SourceDataPacket{}) ^ 32)")
	require.Contains(t, string(rs[2].Text), "_ = -(unsafe.Sizeof(SourceDataPacket{}) ^ 24)")
	require.Contains(t, string(rs[0].Text), "_ = -(unsafe.Offsetof(VideoFormat{}.FrameRate.Denominator) ^ 4)", "unsafe.Offsetof counts from the inner struct")
	require.Contains(t, string(rs[0].Text), "_ = -(unsafe.Offsetof(VideoFormat{}.signal) ^ 56)")
	for _, target := range Targets {
		require.NoError(t, vet(t, dir, target), "what is written must compile")
	}

	// What is written must not compile where a struct is wrong, on that target
	// alone: here a Windows whose long has 64 bits.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "long_windows.go"), []byte("package subject\n\ntype long = uint64\n"), 0o644))
	require.NoError(t, vet(t, dir, Targets[0]))
	require.Error(t, vet(t, dir, Targets[2]))
	rs, err = Run(dir)
	require.NoError(t, err)
	require.Empty(t, rs[0].Problems)
	require.NotEmpty(t, rs[2].Problems)
}

// TestBad breaks the good subject, one thing at a time.
func TestBad(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"swapped", "ChromaFormat         int32\n\tBitrate              uint32", "Bitrate uint32\n\tChromaFormat int32", "chroma_format: VideoFormat{}.ChromaFormat is at 44, C's at 40"},
		{"too short", "\tSeqhdrDataLength        uint32\n", "", "VideoFormat has 60 bytes, C has 64"},
		{"missing", "\tSeqhdrDataLength        uint32\n", "", "seqhdr_data_length (unsigned int, 4 bytes at 60) has no Go field"},
		{"extra", "SeqhdrDataLength        uint32\n", "SeqhdrDataLength uint32\nMore uint32\n", "VideoFormat{}.More at offset 64 is no C field"},
		{"misnamed", "CodedHeight  ", "CodedDepth ", `coded_height has no Go field of that name; if it is VideoFormat{}.CodedDepth, say so in layout.map: "\tcoded_height CodedDepth"`},
		{"sign", "Bitrate              uint32", "Bitrate int32", "bitrate: VideoFormat{}.Bitrate is int32; C has unsigned int"},
		{"sign of a nested field", "Left, Top, Right, Bottom int32", "Left, Top, Right, Bottom uint32", "display_area.left: VideoFormat{}.DisplayArea.Left is uint32; C has int"},
		{"bool", "ProgressiveSequence  uint8", "ProgressiveSequence bool", "is bool; C has unsigned char"},
		{"pointer as integer", "Payload     uintptr", "Payload uint64", "C has a pointer, const unsigned char *"},
		{"nested order", "Numerator, Denominator", "Denominator, Numerator", "frame_rate.numerator: VideoFormat{}.FrameRate.Numerator is at 8, C's at 4"},
		{"unit of another size", "flags                uint32\n", "flags uint16\n_ uint16\n", "no Go field of 4 bytes at 20 for the bit-field bAnnexb"},
		{"unit of floats", "flags                uint32\n", "flags float32\n", "a bit-field unit is one integer"},
		{"union too short", "[512]uint64", "[511]uint64", "CodecSpecific"},
		{"union's alignment", "raw                                        [512]uint64", "raw [1024]uint32", ""}, // still 8, by the pointers
		{"reserved in use", "_                    [4]uint32", "Secret [4]uint32", "uReserved1 [24, 40) is not covered"},
		{"unknown type", "Bitrate              uint32", "Bitrate time.Duration", "the type of Bitrate comes from outside the module"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, good, c.old)
			rs, err := Run(subject(t, strings.Replace(good, c.old, c.new, 1), goodMap))
			require.NoError(t, err)
			all := strings.Join(rs[0].Problems, "\n")
			if c.want == "" {
				require.Empty(t, all)
				return
			}
			require.Contains(t, all, c.want)
		})
	}
}

func TestBadMap(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"struct not mentioned", strings.Replace(goodMap, "* -", "", 1), "struct CUVIDVP9PICPARAMS of nvcuvid-13.0 is not mentioned"},
		{"no such C struct", goodMap + "CUVIDNONE VideoFormat\n", "has no struct CUVIDNONE"},
		{"no such Go type", goodMap + "CUVIDVP9PICPARAMS VP9\n", "no Go type VP9"},
		{"no such C field", strings.Replace(goodMap, "ulMaxDisplayDelay", "ulMaxDelay", 1), "layout.map has field ulMaxDelay, C has not"},
		{"no such Go field", strings.Replace(goodMap, " MaxDelay", " Delay", 1), "layout.map gives ulMaxDisplayDelay to Delay"},
	} {
		rs, err := Run(subject(t, good, c.text))
		require.NoError(t, err)
		require.Contains(t, strings.Join(rs[0].Problems, "\n"), c.want, c.name)
	}
	for _, text := range []string{"CUVIDEOFORMAT VideoFormat\n", "golden a b\n", "\tfield x\n", "golden no-such-file\n"} {
		_, err := Run(subject(t, good, text))
		require.Error(t, err, "%q", text)
	}
}

func TestNoHostLayout(t *testing.T) {
	rs, err := Run(subject(t, strings.Replace(good, "_ structs.HostLayout", "", 1), goodMap))
	require.NoError(t, err)
	require.Contains(t, strings.Join(rs[0].Problems, "\n"), "the first field of VideoFormat is not structs.HostLayout")
}

func TestUnprefixed(t *testing.T) {
	for c, want := range map[string]string{
		"ulWidth": "Width", "pfnGetSEIMsg": "GetSEIMsg", "bAnnexb": "Annexb", "CodecType": "CodecType",
		"coded_width": "coded_width", "m_nFrames": "Frames", "deinterlaceMode": "deinterlaceMode",
	} {
		require.Equal(t, want, unprefixed(c))
	}
}

// params is CUVIDPARSERPARAMS as far as its bit-fields.
type params struct {
	_     [5]uint32
	flags uint32
	_     [28]uint32
}

func TestCheckBits(t *testing.T) {
	failed := func(f func(t testing.TB)) bool {
		r := &recorder{TB: t}
		f(r)
		return r.failed
	}
	const g, s = "nvcuvid-13.0", "CUVIDPARSERPARAMS"
	CheckBits(t, g, s, "bMemoryOptimize", func(p *params) { p.flags |= 2 })
	CheckBitsGet(t, g, s, "bMemoryOptimize", func(p *params) bool { return p.flags&2 != 0 })
	CheckBitsGet(t, g, s, "uReserved", func(p *params) uint32 { return p.flags >> 2 })
	require.True(t, failed(func(t testing.TB) {
		CheckBits(t, g, s, "bMemoryOptimize", func(p *params) { p.flags |= 1 })
	}))
	require.True(t, failed(func(t testing.TB) {
		CheckBitsGet(t, g, s, "bMemoryOptimize", func(p *params) bool { return p.flags&3 != 0 })
	}), "reads a neighbour")
	require.True(t, failed(func(t testing.TB) {
		CheckBitsGet(t, g, s, "uReserved", func(p *params) uint32 { return p.flags >> 3 })
	}), "reads too few bits")

	CheckEnum(t, g, "cudaVideoSurfaceFormat", map[string]int64{
		"cudaVideoSurfaceFormat_NV12": 0, "cudaVideoSurfaceFormat_P016": 1, "cudaVideoSurfaceFormat_YUV444": 2,
		"cudaVideoSurfaceFormat_YUV444_16Bit": 3, "cudaVideoSurfaceFormat_NV16": 4}, "cudaVideoSurfaceFormat_P216")
	for _, bad := range []map[string]int64{
		{"cudaVideoSurfaceFormat_NV12": 0},
		{"cudaVideoSurfaceFormat_NV12": 0, "cudaVideoSurfaceFormat_P016": 1, "cudaVideoSurfaceFormat_YUV444": 2,
			"cudaVideoSurfaceFormat_YUV444_16Bit": 3, "cudaVideoSurfaceFormat_NV16": 4, "cudaVideoSurfaceFormat_P216": 6},
		{"cudaVideoSurfaceFormat_NV12": 0, "cudaVideoSurfaceFormat_P016": 1, "cudaVideoSurfaceFormat_YUV444": 2,
			"cudaVideoSurfaceFormat_YUV444_16Bit": 3, "cudaVideoSurfaceFormat_NV16": 4, "cudaVideoSurfaceFormat_P216": 5, "x": 1},
	} {
		require.True(t, failed(func(t testing.TB) { CheckEnum(t, g, "cudaVideoSurfaceFormat", bad) }))
	}
}

type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

// TestGoldens: the copies are whole, and the Windows overlay takes effect.
func TestGoldens(t *testing.T) {
	for name, want := range map[string]int{"nvcuvid-13.0": 35, "cuda": 37, "nvenc-11.1": 45, "nvenc-12.0": 51,
		"nvenc-12.1": 55, "nvenc-12.2": 55, "nvenc-13.0": 59, "nvenc-13.1": 59} {
		g, err := Load(name, "linux", "amd64")
		require.NoError(t, err)
		require.Len(t, g.Structs, want, name)
	}
	linux, err := Load("nvcuvid-13.0", "linux", "arm64")
	require.NoError(t, err)
	windows, err := Load("nvcuvid-13.0", "windows", "amd64")
	require.NoError(t, err)
	require.EqualValues(t, 176, linux.Struct("CUVIDDECODECREATEINFO").Size)
	require.EqualValues(t, 112, windows.Struct("CUVIDDECODECREATEINFO").Size)
	require.EqualValues(t, 8, windows.Struct("CUVIDSOURCEDATAPACKET").Field("payload").Offset)
	require.Equal(t, linux.Struct("CUVIDEOFORMAT"), windows.Struct("CUVIDEOFORMAT"))
	require.EqualValues(t, 8, linux.Struct("CUVIDEOFORMAT").Field("frame_rate.denominator").Offset)
	require.Nil(t, linux.Struct("CUVIDEOFORMAT").Field("frame_rate.none"))
}
