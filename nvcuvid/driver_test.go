package nvcuvid

import (
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// The tests of this file run on a driver, real or simulated.

func onDriver(t *testing.T) *cuda.Context {
	testutils.Driver(t)
	testutils.LeakCheck(t)
	require.NoError(t, cuda.Load())
	require.NoError(t, Load())
	require.NotEmpty(t, LibraryName())
	c, err := cuda.Primary(0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	require.NoError(t, c.Enter())
	t.Cleanup(c.Exit)
	return c
}

func TestCapsOnDriver(t *testing.T) {
	onDriver(t)
	c, err := GetDecoderCaps(CodecH264, Chroma420, 8)
	require.NoError(t, err)
	require.EqualValues(t, 1, c.IsSupported)
	require.True(t, c.Supports(SurfaceNV12))
	require.False(t, c.Supports(SurfaceYUV444))
	require.GreaterOrEqual(t, c.MaxWidth, uint32(4096))
	require.NotZero(t, c.NumNVDECs)
	require.NotZero(t, c.MaxMBCount)
	c, err = GetDecoderCaps(CodecH264, Chroma420, 14)
	require.NoError(t, err)
	require.Zero(t, c.IsSupported)
}

// decoding is the least that a client does: decode each picture, map it when it is
// shown.
type decoding struct {
	t       *testing.T
	d       *Decoder
	format  VideoFormat
	shown   []int64
	pitches map[int]bool
	sei     int
	status  DecodeStatus
}

func (x *decoding) Sequence(f *VideoFormat) int32 {
	x.format = *f
	var err error
	x.d, err = CreateDecoder(&DecodeCreateInfo{
		Width: abi.CLong(f.CodedWidth), Height: abi.CLong(f.CodedHeight), NumDecodeSurfaces: abi.CLong(f.MinNumDecodeSurfaces),
		CodecType: f.Codec, ChromaFormat: f.ChromaFormat, CreationFlags: abi.CLong(CreatePreferCUVID),
		MaxWidth: abi.CLong(f.CodedWidth), MaxHeight: abi.CLong(f.CodedHeight), NumOutputSurfaces: 1,
		DisplayArea: ShortRect{Right: int16(f.CodedWidth), Bottom: int16(f.CodedHeight)},
		TargetWidth: abi.CLong(f.CodedWidth), TargetHeight: abi.CLong(f.CodedHeight),
	})
	if err != nil {
		x.t.Error(err)
		return 0
	}
	return int32(f.MinNumDecodeSurfaces)
}

func (x *decoding) Decode(p *PicParams) int32 {
	if err := x.d.Decode(p); err != nil {
		x.t.Error(err)
		return 0
	}
	return 1
}

func (x *decoding) Display(d *ParserDispInfo) int32 {
	if d == nil {
		return 1
	}
	ptr, pitch, err := x.d.Map(int(d.PictureIndex), &ProcParams{ProgressiveFrame: d.ProgressiveFrame, SecondField: 1})
	if err != nil {
		x.t.Error(err)
		return 0
	}
	if _, _, err := x.d.Map(int(d.PictureIndex), &ProcParams{}); !errors.Is(err, cuda.ErrAlreadyMapped) && !errors.Is(err, cuda.ErrMapFailed) {
		x.t.Errorf("mapped twice: %v", err)
	}
	if x.status, err = x.d.Status(int(d.PictureIndex)); err != nil {
		x.t.Error(err)
	}
	x.pitches[pitch] = true
	x.shown = append(x.shown, d.Timestamp)
	if err := x.d.Unmap(ptr); err != nil {
		x.t.Error(err)
	}
	return 1
}

func (x *decoding) OperatingPoint(*OperatingPointInfo) int32 { return -1 }

func (x *decoding) SEI(i *SEIMessageInfo) int32 {
	x.sei += len(i.Messages())
	return 1
}

func TestDecode(t *testing.T) {
	onDriver(t)
	data, err := os.ReadFile(testutils.Clip(t, "h264.h264"))
	require.NoError(t, err)
	x := &decoding{t: t, pitches: map[int]bool{}}
	p, err := CreateParser(&ParserParams{CodecType: CodecH264, MaxNumDecodeSurfaces: 1, ErrorThreshold: 100}, x)
	require.NoError(t, err)
	for len(data) > 0 {
		n := min(4096, len(data))
		pkt := &SourceDataPacket{}
		pkt.SetPayload(data[:n])
		require.NoError(t, p.Parse(pkt))
		data = data[n:]
	}
	require.NoError(t, p.Parse(&SourceDataPacket{Flags: abi.CLong(PacketEndOfStream | PacketNotifyEOS)}))
	require.Equal(t, CodecH264, x.format.Codec)
	require.Equal(t, Chroma420, x.format.ChromaFormat)
	require.Greater(t, len(x.shown), 10)
	require.Equal(t, DecodeSuccess, x.status)
	require.Len(t, x.pitches, 1)
	for pitch := range x.pitches {
		require.GreaterOrEqual(t, pitch, int(x.format.CodedWidth))
	}
	require.Positive(t, x.sei)

	// A session can change its size up to what it was made for.
	require.NoError(t, x.d.Reconfigure(&ReconfigureDecoderInfo{Width: 64, Height: 64, TargetWidth: 64, TargetHeight: 64, NumDecodeSurfaces: 4}))
	require.ErrorIs(t, x.d.Reconfigure(&ReconfigureDecoderInfo{Width: 4000, Height: 4000, TargetWidth: 64, TargetHeight: 64, NumDecodeSurfaces: 4}), cuda.ErrInvalidValue)
	require.ErrorIs(t, x.d.Unmap(12345), cuda.ErrNotMapped)
	require.NoError(t, x.d.Close())
	require.NoError(t, p.Close())
}

func TestCreateRefused(t *testing.T) {
	onDriver(t)
	_, err := CreateParser(&ParserParams{CodecType: NumCodecs, MaxNumDecodeSurfaces: 1}, &recorder{})
	require.ErrorIs(t, err, cuda.ErrInvalidSource)
	info := DecodeCreateInfo{
		Width: 64, Height: 64, NumDecodeSurfaces: 4, CodecType: CodecH264, ChromaFormat: Chroma420, MaxWidth: 64, MaxHeight: 64,
		TargetWidth: 64, TargetHeight: 64, NumOutputSurfaces: 65,
	}
	_, err = CreateDecoder(&info)
	require.Error(t, err)
}

func TestCtxLockOnDriver(t *testing.T) {
	c := onDriver(t)
	k, err := CreateCtxLock(c)
	require.NoError(t, err)
	require.NotZero(t, k.Handle())
	require.NoError(t, k.Lock())
	require.NoError(t, k.Unlock())
	require.NoError(t, k.Close())
	require.NoError(t, k.Close())
	require.ErrorIs(t, k.Lock(), os.ErrClosed)
}
