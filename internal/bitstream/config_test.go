package bitstream

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAVCConfig(t *testing.T) {
	record := []byte{1, 100, 0, 31, 0xff, 0xe1, 0, 2, 0x67, 1, 2, 0, 1, 0x68, 0, 2, 0x68, 2}
	high := append(bytes.Clone(record), 0xfd, 0xf8, 0xf8, 1, 0, 2, 0x6d, 3)
	var c AVCConfig
	require.NoError(t, c.Parse(high))
	require.Equal(t, AVCConfig{
		Profile: 100, Level: 31, LengthSize: 4, SPS: [][]byte{{0x67, 1}}, PPS: [][]byte{{0x68}, {0x68, 2}}, SPSExt: [][]byte{{0x6d, 3}},
	}, c)
	require.Equal(t, []byte{0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x6d, 3, 0, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x68, 2}, c.AppendAnnexB(nil))
	for n := range record {
		require.ErrorIs(t, c.Parse(record[:n]), ErrTruncated, n)
	}
	require.NoError(t, c.Parse(record))
	// What was read before the end stays.
	require.Error(t, c.Parse(record[:12]))
	require.Len(t, c.SPS, 1)
	record[0] = 0
	require.ErrorIs(t, c.Parse(record), ErrSyntax)
}

func TestHEVCConfig(t *testing.T) {
	head := make([]byte, hvcCHeader)
	head[0], head[1], head[12], head[16], head[17], head[18], head[21], head[22] = 1, 0x22, 93, 0xfd, 0xfa, 0xfb, 0x0d, 3
	record := append(head, 0xa1, 0, 2, 0, 1, 0x42, 0, 2, 0x42, 9, 39, 0, 1, 0, 1, 0x4e, 50, 0, 1, 0, 1, 0x64)
	var c HEVCConfig
	require.NoError(t, c.Parse(record))
	require.Equal(t, HEVCConfig{
		Profile: 2, Level: 93, ChromaFormat: 1, BitDepthLuma: 10, BitDepthChroma: 11, NumTemporalLayers: 1, LengthSize: 2,
		SPS: [][]byte{{0x42}, {0x42, 9}}, SEIPrefix: [][]byte{{0x4e}},
	}, c)
	require.Equal(t, []byte{0, 0, 0, 1, 0x42, 0, 0, 0, 1, 0x42, 9, 0, 0, 0, 1, 0x4e}, c.AppendAnnexB(nil))
	for n := range record {
		require.ErrorIs(t, c.Parse(record[:n]), ErrTruncated, n)
	}
	record[0] = 2
	require.ErrorIs(t, c.Parse(record), ErrSyntax)
}

func TestAV1Config(t *testing.T) {
	var c AV1Config
	require.NoError(t, c.Parse([]byte{0x81, 0x4d, 0xee, 0, 9}))
	require.Equal(t, AV1Config{
		Profile: 2, LevelIDX: 13, HighTier: true, BitDepth: 12, SubsamplingX: true, SubsamplingY: true,
		ChromaSamplePosition: 2, ConfigOBUs: []byte{9},
	}, c)
	require.ErrorIs(t, c.Parse([]byte{0x81, 0, 0}), ErrTruncated)
	require.ErrorIs(t, c.Parse([]byte{0x82, 0, 0, 0}), ErrSyntax)
}

func TestSEIMessages(t *testing.T) {
	long := append([]byte{255, 6, 255, 45}, make([]byte, 300)...)
	rbsp := append(append([]byte{6, 2, 0xc4, 0x80, 5, 0}, long...), 0x80)
	var m SEIMessages
	var types []uint32
	var sizes []int
	for m.Reset(rbsp); m.Next(); {
		types, sizes = append(types, m.Type()), append(sizes, len(m.Payload()))
	}
	require.NoError(t, m.Err())
	require.Equal(t, []uint32{6, 5, 261}, types)
	require.Equal(t, []int{2, 0, 300}, sizes)
	for _, bad := range [][]byte{{6, 9, 1}, {255, 255}, {6, 255}} {
		m.Reset(bad)
		require.False(t, m.Next())
		require.ErrorIs(t, m.Err(), ErrTruncated)
		require.False(t, m.Next())
	}
	var p RecoveryPoint
	require.NoError(t, p.Parse(new(bitWriter).ue(7).f(1, 0).u(2, 0).data, CodecH264))
	require.Equal(t, RecoveryPoint{Count: 7, ExactMatch: true}, p)
	require.NoError(t, p.Parse(new(bitWriter).se(-3).f(0, 1).data, CodecHEVC))
	require.Equal(t, RecoveryPoint{Count: -3, BrokenLink: true}, p)
	require.Error(t, p.Parse(nil, CodecH264))
}

func TestCodecs(t *testing.T) {
	for c := CodecH264; c <= CodecJPEG; c++ {
		require.Equal(t, c, CodecByName(c.String()))
		tr, err := NewTracker(c, nil)
		require.NoError(t, err)
		require.Equal(t, c, tr.Codec())
		_, ok := tr.Info()
		require.False(t, ok)
		tr.Reset()
	}
	require.Equal(t, CodecUnknown, CodecByName("unknown"))
	require.Equal(t, CodecUnknown, CodecByName("theora"))
	require.Equal(t, "Codec(99)", Codec(99).String())
	tr, err := NewTracker(CodecUnknown, nil)
	require.Nil(t, tr)
	require.ErrorIs(t, err, ErrUnsupported)
	_, err = ParseInfo(CodecUnknown, nil, nil)
	require.ErrorIs(t, err, ErrUnsupported)
	_, err = ParseInfo(CodecH264, nil, nil)
	require.ErrorIs(t, err, ErrNoParameters)
	i, err := ParseInfo(CodecH264, nil, append([]byte{0, 0, 1}, h264FullSPS()...))
	require.NoError(t, err)
	require.Equal(t, 1917, i.Width)
	require.True(t, i.SameDecoder(Info{Codec: CodecH264, ChromaFormat: 3, BitDepthLuma: 10, BitDepthChroma: 12}))
	require.False(t, i.SameDecoder(Info{Codec: CodecH264, ChromaFormat: 3, BitDepthLuma: 10, BitDepthChroma: 10}))
}
