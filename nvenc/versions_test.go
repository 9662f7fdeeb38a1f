package nvenc

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/layout"
)

// cNames are the C names of the structs with a version word.
var cNames = [structIDs]string{
	idFunctionList: "NV_ENCODE_API_FUNCTION_LIST", idOpenSession: "NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS", idCaps: "NV_ENC_CAPS_PARAM",
	idCreateInput: "NV_ENC_CREATE_INPUT_BUFFER", idCreateBitstream: "NV_ENC_CREATE_BITSTREAM_BUFFER", idCreateMV: "NV_ENC_CREATE_MV_BUFFER",
	idPresetConfig: "NV_ENC_PRESET_CONFIG", idConfig: "NV_ENC_CONFIG", idRCParams: "NV_ENC_RC_PARAMS", idInitialize: "NV_ENC_INITIALIZE_PARAMS",
	idReconfigure: "NV_ENC_RECONFIGURE_PARAMS", idPicParams: "NV_ENC_PIC_PARAMS", idPicParamsMVC: "NV_ENC_PIC_PARAMS_MVC",
	idLockBitstream: "NV_ENC_LOCK_BITSTREAM", idLockInput: "NV_ENC_LOCK_INPUT_BUFFER", idRegister: "NV_ENC_REGISTER_RESOURCE",
	idMap: "NV_ENC_MAP_INPUT_RESOURCE", idEvent: "NV_ENC_EVENT_PARAMS", idSequence: "NV_ENC_SEQUENCE_PARAM_PAYLOAD", idStat: "NV_ENC_STAT",
	idMEOnly: "NV_ENC_MEONLY_PARAMS", idLookahead: "NV_ENC_LOOKAHEAD_PIC_PARAMS", idRestore: "NV_ENC_RESTORE_ENCODER_STATE_PARAMS",
	idEncodeOut: "NV_ENC_ENCODE_OUT_PARAMS", idStatsBlock: "NV_ENC_OUTPUT_STATS_BLOCK", idStatsRow: "NV_ENC_OUTPUT_STATS_ROW",
}

func golden(t *testing.T, a API) *layout.Golden {
	t.Helper()
	g, err := layout.Load("nvenc-"+a.String(), "linux", "amd64")
	require.NoError(t, err)
	return g
}

// TestVersionWords checks the word and the size of every struct in every version.
func TestVersionWords(t *testing.T) {
	for _, a := range apis {
		g := golden(t, a)
		words := 0
		for id, name := range cNames {
			v, ok := g.Versions[name+"_VER"]
			require.Equal(t, v.Value, a.version(structID(id)), "%v %s", a, name)
			if ok {
				words++
				require.EqualValues(t, g.Structs[name].Size, shapes[id][a.index()].size, "%v %s", a, name)
			}
		}
		for name := range g.Versions {
			if !strings.Contains(name, "D3D12") {
				words--
			}
		}
		require.Zero(t, words, "%v: struct versions of the header that are not here", a)
	}
}

// A leaf is a field that holds no struct.
type leaf struct {
	offset, size int64
	bit, bits    int
	typ          string
}

func (l leaf) fill(b []byte) {
	if l.bits > 0 {
		for i := l.bit; i < l.bit+l.bits; i++ {
			b[l.offset+int64(i/8)] |= 1 << (i % 8)
		}
		return
	}
	n := l.size
	if strings.Contains(l.typ, "HINT_COUNTS") {
		n = 1 // the array's later bits have a version of their own: TestSuperblockHints
	}
	for i := range n {
		b[l.offset+i] = 0xff
	}
}

func leaves(g *layout.Golden, name, path string, base int64, into map[string]leaf) {
	for _, f := range g.Struct(name).Fields {
		if strings.HasPrefix(f.Name, "reserved") || f.Name == "version" || f.Name == "encodeConfig" {
			continue
		}
		switch s := g.Struct(f.Type); {
		case s != nil && s.Kind == "union":
		case s != nil && f.Type != "GUID":
			leaves(g, f.Type, path+f.Name+".", base+f.Offset, into)
		default:
			into[path+f.Name] = leaf{base + f.Offset, f.Size, f.Bit, f.Bits, f.Type}
		}
	}
}

// A packing is a struct, or the codec's part of one, and how it is sent.
type packing struct {
	c    string // the struct whose fields are tried
	at   int    // where it begins in the whole
	id   structID
	pack func(a API, dst, src []byte) error
}

func packings() []packing {
	plain := func(id structID, list []later) packing {
		return packing{cNames[id], 0, id, func(a API, dst, src []byte) error {
			if err := a.check(list, src); err != nil {
				return err
			}
			a.pack(id, dst, src)
			return nil
		}}
	}
	config := func(c string, at int, codec GUID) packing {
		return packing{c, at, idConfig, func(a API, dst, src []byte) error {
			return a.packConfig(dst, (*Config)(unsafe.Pointer(&src[0])), codec)
		}}
	}
	pic := func(c string, at int, codec GUID) packing {
		return packing{c, at, idPicParams, func(a API, dst, src []byte) error {
			return a.packPic(dst, (*PicParams)(unsafe.Pointer(&src[0])), codec)
		}}
	}
	return []packing{
		plain(idCreateInput, nil), plain(idCreateBitstream, nil), plain(idCreateMV, nil), plain(idLockBitstream, nil), plain(idLockInput, nil),
		plain(idRegister, laterRegister), plain(idMap, nil), plain(idEvent, nil), plain(idStat, nil), plain(idMEOnly, laterMEOnly),
		plain(idLookahead, laterLookahead), plain(idRestore, nil),
		{cNames[idInitialize], 0, idInitialize, func(a API, dst, src []byte) error {
			return a.packInit(dst, (*InitializeParams)(unsafe.Pointer(&src[0])), nil)
		}},
		config("NV_ENC_CONFIG", 0, CodecH264), config("NV_ENC_CONFIG_H264", codecAt, CodecH264),
		config("NV_ENC_CONFIG_HEVC", codecAt, CodecHEVC), config("NV_ENC_CONFIG_AV1", codecAt, CodecAV1),
		pic("NV_ENC_PIC_PARAMS", 0, CodecH264), pic("NV_ENC_PIC_PARAMS_H264", picCodecAt, CodecH264),
		pic("NV_ENC_PIC_PARAMS_HEVC", picCodecAt, CodecHEVC), pic("NV_ENC_PIC_PARAMS_AV1", picCodecAt, CodecAV1),
	}
}

// TestFields sets every field of every struct alone, in the newest layout, and wants
// for every version: exactly the bits set that C has for the field, or, if the version
// has no such field, a refusal.
func TestFields(t *testing.T) {
	newest := golden(t, apis[0])
	tried := 0
	for _, a := range apis {
		g := golden(t, a)
		for _, p := range packings() {
			if g.Struct(p.c) == nil {
				continue
			}
			ours, theirs := map[string]leaf{}, map[string]leaf{}
			leaves(newest, p.c, "", int64(p.at), ours)
			leaves(g, p.c, "", int64(p.at), theirs)
			for name, l := range ours {
				if strings.HasSuffix(name, "BitDepth") {
					continue // TestBitDepths
				}
				tried++
				words := make([]uint64, 5128/8)
				src := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), shapes[p.id][0].size)
				l.fill(src)
				dst := make([]byte, 5128)
				err := p.pack(a, dst, src)
				to, has := theirs[name]
				if p.id == idLockBitstream && !has {
					require.NoError(t, err) // an answer, and no question
					continue
				}
				if !has {
					var fe *FieldError
					require.ErrorAs(t, err, &fe, "%v %s.%s is not refused", a, p.c, name)
					require.ErrorIs(t, err, errors.ErrUnsupported)
					require.Contains(t, name, fe.Field)
					require.Greater(t, fe.Since, a)
					require.Contains(t, err.Error(), a.String())
					continue
				}
				require.NoError(t, err, "%v %s.%s", a, p.c, name)
				want := make([]byte, 5128)
				to.fill(want)
				copy(want, dst[:4]) // the version word
				if p.at == codecAt || p.id == idConfig {
					copy(want[40:44], dst[40:44]) // and that of the rate control
				}
				require.True(t, bytes.Equal(want, dst), "%v %s.%s: other bits than C's", a, p.c, name)
				require.Equal(t, a.version(p.id), uint32(dst[0])|uint32(dst[1])<<8|uint32(dst[2])<<16|uint32(dst[3])<<24)
			}
		}
	}
	require.Greater(t, tried, 1500)
}

// TestAnswers sets every field of the structs that hold answers, as each version has
// them, and wants it back in the newest layout.
func TestAnswers(t *testing.T) {
	newest := golden(t, apis[0])
	for _, a := range apis {
		g := golden(t, a)
		for _, id := range []structID{idCreateInput, idCreateBitstream, idCreateMV, idLockBitstream, idLockInput, idRegister, idMap, idStat} {
			ours, theirs := map[string]leaf{}, map[string]leaf{}
			leaves(newest, cNames[id], "", 0, ours)
			leaves(g, cNames[id], "", 0, theirs)
			for name, l := range theirs {
				to, ok := ours[name]
				if !ok {
					require.Equal(t, API111, a, name)
					require.Equal(t, "pOutputFencePoint", name)
					continue
				}
				src, dst, want := make([]byte, 5128), make([]byte, shapes[id][0].size), make([]byte, shapes[id][0].size)
				l.fill(src)
				to.fill(want)
				a.unpack(id, dst, src)
				require.True(t, bytes.Equal(want, dst), "%v %s.%s comes back elsewhere", a, cNames[id], name)
			}
		}
	}
}

// TestBitDepths: every version has bit depths of HEVC and AV1, each in its way.
func TestBitDepths(t *testing.T) {
	for _, a := range apis {
		g := golden(t, a)
		for _, in := range []BitDepth{BitDepth8, BitDepth10} {
			for _, out := range []BitDepth{BitDepth8, BitDepth10} {
				c := new(Config)
				h := c.EncodeCodecConfig.HEVC()
				h.InputBitDepth, h.OutputBitDepth = in, out
				dst := make([]byte, 3584)
				require.NoError(t, a.packConfig(dst, c, CodecHEVC))
				s := g.Struct("NV_ENC_CONFIG_HEVC")
				if a >= API122 {
					require.EqualValues(t, in, dst[codecAt+s.Field("inputBitDepth").Offset])
					require.EqualValues(t, out, dst[codecAt+s.Field("outputBitDepth").Offset])
				} else {
					require.EqualValues(t, out-8, get(dst[codecAt:], s.Field("pixelBitDepthMinus8")))
				}
				back := new(Config)
				a.unpackConfig(back, dst, CodecHEVC)
				require.Equal(t, out, back.EncodeCodecConfig.HEVC().OutputBitDepth)
				require.Zero(t, back.EncodeCodecConfig.HEVC().Flags)

				if a < API120 {
					continue
				}
				c = new(Config)
				v := c.EncodeCodecConfig.AV1()
				v.InputBitDepth, v.OutputBitDepth = in, out
				require.NoError(t, a.packConfig(dst, c, CodecAV1))
				s = g.Struct("NV_ENC_CONFIG_AV1")
				if a >= API122 {
					require.EqualValues(t, in, dst[codecAt+s.Field("inputBitDepth").Offset])
					require.EqualValues(t, out, dst[codecAt+s.Field("outputBitDepth").Offset])
				} else {
					require.EqualValues(t, in-8, get(dst[codecAt:], s.Field("inputPixelBitDepthMinus8")))
					require.EqualValues(t, out-8, get(dst[codecAt:], s.Field("pixelBitDepthMinus8")))
				}
				a.unpackConfig(back, dst, CodecAV1)
				require.Equal(t, *v, *back.EncodeCodecConfig.AV1())
			}
		}
		c := new(Config)
		c.EncodeCodecConfig.H264().OutputBitDepth = BitDepth10
		if err := a.packConfig(make([]byte, 3584), c, CodecH264); a < API122 {
			require.ErrorIs(t, err, errors.ErrUnsupported)
		} else {
			require.NoError(t, err)
		}
		c.EncodeCodecConfig.H264().OutputBitDepth = BitDepth8
		dst := make([]byte, 3584)
		require.NoError(t, a.packConfig(dst, c, CodecH264))
		if a < API122 {
			require.Zero(t, dst[h264OutputDepthAt])
		}
	}
}

// get reads a bit-field of a unit of 4 bytes.
func get(b []byte, f *layout.Field) uint32 {
	v := uint32(b[f.Offset]) | uint32(b[f.Offset+1])<<8 | uint32(b[f.Offset+2])<<16 | uint32(b[f.Offset+3])<<24
	return v >> f.Bit & (1<<f.Bits - 1)
}

// TestSuperblockHints: the hints of AV1 came with 12.0.
func TestSuperblockHints(t *testing.T) {
	dst := make([]byte, 4096)
	p := new(InitializeParams)
	p.MaxMEHintCountsPerBlock[1].Bits = SetBits(0, MEHintCountNumCandsPerSb, 1)
	require.ErrorIs(t, API111.packInit(dst, p, nil), errors.ErrUnsupported)
	require.NoError(t, API120.packInit(dst, p, nil))
	pic := new(PicParams)
	pic.MEHintCountsPerBlock[0].Bits = SetBits(0, MEHintCountNumCandsPerSb, 1)
	require.ErrorIs(t, API111.packPic(dst, pic, CodecH264), errors.ErrUnsupported)
	require.NoError(t, API120.packPic(dst, pic, CodecH264))
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		newest API
		want   string
	}{
		{14 << 8, "13.1"}, {API131, "13.1"}, {API130, "13.0"}, {API122, "12.2"}, {API121, "12.1"}, {API120, "12.0"}, {API111, "11.1"},
		{12<<8 | 3, "12.2"},
	} {
		list, err := candidates(c.newest)
		require.NoError(t, err)
		require.Equal(t, c.want, list[0].String())
	}
	_, err := candidates(11 << 8)
	require.ErrorIs(t, err, ErrInvalidVersion)
	require.ErrorContains(t, err, "470.57")

	t.Setenv(apiEnv, "12.1")
	list, err := candidates(API130)
	require.NoError(t, err)
	require.Equal(t, []API{API121}, list)
	for _, bad := range []string{"12.3", "x", "12", "12.1.2"} {
		t.Setenv(apiEnv, bad)
		_, err = candidates(API130)
		require.ErrorContains(t, err, apiEnv)
	}
}
