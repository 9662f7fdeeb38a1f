package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

var avcC = []byte{1, 66, 0, 10, 0xFF, 0xE1, 0, 3, 0x67, 66, 1, 1, 0, 2, 0x68, 9}

func prepared(t *testing.T, in *nvdecInput, p []byte, i bitstream.PacketInfo) []byte {
	out, err := in.prepare(p, &i)
	require.NoError(t, err)
	return out
}

func TestInputH264(t *testing.T) {
	var in nvdecInput
	in.open(&StreamInfo{Codec: H264, Extradata: avcC})
	headers := []byte{0, 0, 0, 1, 0x67, 66, 1, 0, 0, 0, 1, 0x68, 9}
	packet := []byte{0, 0, 0, 2, 0x65, 7, 0, 0, 0, 1, 0x0C}
	units := []byte{0, 0, 0, 1, 0x65, 7, 0, 0, 0, 1, 0x0C}
	require.Equal(t, append(append([]byte{}, headers...), units...), prepared(t, &in, packet, bitstream.PacketInfo{}))
	require.Equal(t, units, prepared(t, &in, packet, bitstream.PacketInfo{}))
	in.restart()
	require.Equal(t, append(append([]byte{}, headers...), units...), prepared(t, &in, packet, bitstream.PacketInfo{Parameters: true}))

	_, err := in.prepare([]byte{0, 0, 0, 9, 1}, &bitstream.PacketInfo{})
	require.ErrorIs(t, err, bitstream.ErrTruncated)

	// Start codes in spite of the avcC.
	codes := []byte{0, 0, 0, 1, 0x65, 0x88, 0x80, 0x40, 0, 1, 2}
	require.Equal(t, codes, prepared(t, &in, codes, bitstream.PacketInfo{}))

	in = nvdecInput{}
	in.open(&StreamInfo{Codec: H264, Extradata: headers})
	require.Equal(t, append(append([]byte{}, headers...), units...), prepared(t, &in, units, bitstream.PacketInfo{}))
	require.Equal(t, units, prepared(t, &in, units, bitstream.PacketInfo{}))

	in = nvdecInput{}
	in.open(&StreamInfo{Codec: H264})
	require.Equal(t, units, prepared(t, &in, units, bitstream.PacketInfo{}))
	for _, bad := range [][]byte{{1}, {1, 2, 3, 4, 5, 6, 7, 8}, avcC[:9]} {
		in.setExtradata(bad) // does not panic
	}
}

func TestInputOthers(t *testing.T) {
	var in nvdecInput
	in.open(&StreamInfo{Codec: AV1, Extradata: []byte{0x81, 0, 0, 0, 0x0A, 1, 0x55}})
	require.Equal(t, []byte{0x0A, 1, 0x55, 0x32}, prepared(t, &in, []byte{0x32}, bitstream.PacketInfo{}))
	require.Equal(t, []byte{0x32}, prepared(t, &in, []byte{0x32}, bitstream.PacketInfo{}))
	in.restart()
	require.Equal(t, []byte{0x32}, prepared(t, &in, []byte{0x32}, bitstream.PacketInfo{Parameters: true}), "it has its own")

	in = nvdecInput{}
	in.open(&StreamInfo{Codec: VP9, Extradata: []byte{1, 2, 3}})
	require.Equal(t, []byte{9}, prepared(t, &in, []byte{9}, bitstream.PacketInfo{}))

	in = nvdecInput{}
	in.open(&StreamInfo{Codec: VC1, Extradata: []byte{0x25, 0, 0, 1, 0x0F, 1}, Width: 64, Height: 48})
	require.Equal(t, []byte{0, 0, 1, 0x0F, 1, 0, 0, 1, 0x0D, 7}, prepared(t, &in, []byte{7}, bitstream.PacketInfo{}))
	require.Equal(t, []byte{0, 0, 1, 0x0D, 7}, prepared(t, &in, []byte{0, 0, 1, 0x0D, 7}, bitstream.PacketInfo{}))
	require.EqualValues(t, 5, in.sequenceHeader().Format.SeqhdrDataLength)

	in = nvdecInput{}
	in.open(&StreamInfo{Codec: WMV3, Extradata: []byte{0x4E, 1, 2, 3}, Width: 64, Height: 48})
	require.EqualValues(t, 4, in.sequenceHeader().Format.SeqhdrDataLength)
	require.EqualValues(t, 64, in.sequenceHeader().Format.CodedWidth)
	require.Equal(t, []byte{7}, prepared(t, &in, []byte{7}, bitstream.PacketInfo{}))
	in.setExtradata(make([]byte, 2000)) // too long for the driver
}
