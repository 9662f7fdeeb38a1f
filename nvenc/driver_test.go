package nvenc

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// The tests of this file run on a driver, real or simulated.

func onDriver(t testing.TB) *cuda.Context {
	testutils.Driver(t)
	testutils.LeakCheck(t)
	require.NoError(t, Load())
	require.NotEmpty(t, LibraryName())
	c, err := cuda.Primary(0)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	require.NoError(t, c.Enter())
	t.Cleanup(c.Exit)
	return c
}

// session opens one, or skips on a GPU without an encoder.
func session(t testing.TB, c *cuda.Context, a API) *Session {
	newest, err := MaxAPI()
	require.NoError(t, err)
	if a > newest {
		testutils.Skip(t, "the driver knows API "+newest.String(), "REQUIRE_NVENC")
	}
	s, err := OpenSessionAPI(c, a)
	if errors.Is(err, ErrUnsupportedDevice) || errors.Is(err, ErrNoEncodeDevice) {
		testutils.Skip(t, err.Error(), "REQUIRE_NVENC")
	}
	require.NoError(t, err)
	require.Equal(t, a, s.API())
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// eachAPI runs f in every version that the driver knows.
func eachAPI(t *testing.T, f func(t *testing.T, s *Session)) {
	c := onDriver(t)
	for _, a := range apis {
		t.Run(a.String(), func(t *testing.T) { f(t, session(t, c, a)) })
	}
}

func TestQueries(t *testing.T) {
	eachAPI(t, func(t *testing.T, s *Session) {
		codecs, err := s.EncodeGUIDs()
		require.NoError(t, err)
		require.Contains(t, codecs, CodecH264)
		require.Equal(t, s.API() >= API120, contains(codecs, CodecAV1))
		profiles, err := s.ProfileGUIDs(CodecH264)
		require.NoError(t, err)
		require.Contains(t, profiles, ProfileH264High)
		formats, err := s.InputFormats(CodecHEVC)
		require.NoError(t, err)
		require.Contains(t, formats, BufferFormatNV12)
		presets, err := s.PresetGUIDs(CodecH264)
		require.NoError(t, err)
		require.Subset(t, presets, []GUID{PresetP1, PresetP4, PresetP7})
		for i := range s.NumCaps() {
			_, err := s.Caps(CodecH264, Cap(i))
			require.NoError(t, err, Cap(i))
		}
		width, err := s.Caps(CodecH264, CapWidthMax)
		require.NoError(t, err)
		require.GreaterOrEqual(t, width, 4096)
		if s.API() < API130 {
			_, err = s.Caps(CodecH264, Cap(s.NumCaps()))
			require.ErrorIs(t, err, errors.ErrUnsupported)
			require.ErrorContains(t, err, s.API().String())
		}
		_, err = s.Caps(GUID{}, CapWidthMax)
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "NvEncGetEncodeCaps", e.Func)
		require.NotEmpty(t, e.Detail, "the driver's own words")
	})
}

func contains(list []GUID, g GUID) bool {
	for _, v := range list {
		if v == g {
			return true
		}
	}
	return false
}

// An encoding is the least that a client does: one picture in, one out.
type encoding struct {
	s    *Session
	in   CreateInputBuffer
	out  CreateBitstreamBuffer
	pic  PicParams
	lock LockBitstream
	n    uint64
	edit func(*PicParams)

	packet []byte
}

func initialize(t testing.TB, s *Session, codec GUID, edit ...func(*Config)) (*InitializeParams, *encoding) {
	config, err := s.PresetConfig(codec, PresetP1, TuningUltraLowLatency)
	require.NoError(t, err)
	require.Positive(t, config.FrameIntervalP)
	if codec == CodecHEVC {
		require.Equal(t, BitDepth8, config.EncodeCodecConfig.HEVC().OutputBitDepth)
	}
	for _, f := range edit {
		f(config)
	}
	p := &InitializeParams{
		EncodeGUID: codec, PresetGUID: PresetP1, TuningInfo: TuningUltraLowLatency, EncodeWidth: 256, EncodeHeight: 192,
		DARWidth: 4, DARHeight: 3, FrameRateNum: 25, FrameRateDen: 1, EnablePTD: 1, EncodeConfig: config,
	}
	require.NoError(t, s.Initialize(p))
	e := &encoding{s: s, in: CreateInputBuffer{Width: 256, Height: 192, BufferFmt: BufferFormatNV12}}
	require.NoError(t, s.CreateInputBuffer(&e.in))
	require.NoError(t, s.CreateBitstreamBuffer(&e.out))
	t.Cleanup(func() {
		require.NoError(t, s.DestroyInputBuffer(e.in.InputBuffer))
		require.NoError(t, s.DestroyBitstreamBuffer(e.out.BitstreamBuffer))
	})
	l := &LockInputBuffer{InputBuffer: e.in.InputBuffer}
	require.NoError(t, s.LockInputBuffer(l))
	require.GreaterOrEqual(t, l.Pitch, uint32(256))
	for i := range l.Bytes(int(l.Pitch) * 192 * 3 / 2) {
		l.Bytes(int(l.Pitch) * 192 * 3 / 2)[i] = byte(i)
	}
	require.NoError(t, s.UnlockInputBuffer(e.in.InputBuffer))
	return p, e
}

func (e *encoding) step() error {
	e.pic = PicParams{
		InputWidth: 256, InputHeight: 192, InputPitch: 256, FrameIdx: uint32(e.n), InputTimeStamp: e.n, InputBuffer: e.in.InputBuffer,
		OutputBitstream: e.out.BitstreamBuffer, BufferFmt: BufferFormatNV12, PictureStruct: PicStructFrame,
	}
	e.n++
	if e.edit != nil {
		e.edit(&e.pic)
	}
	if err := e.s.EncodePicture(&e.pic); err != nil {
		return err
	}
	e.lock = LockBitstream{OutputBitstream: e.out.BitstreamBuffer}
	if err := e.s.LockBitstream(&e.lock); err != nil {
		return err
	}
	e.packet = append(e.packet[:0], e.lock.Bytes()...)
	return e.s.UnlockBitstream(e.out.BitstreamBuffer)
}

func TestEncode(t *testing.T) {
	eachAPI(t, func(t *testing.T, s *Session) {
		for _, codec := range []GUID{CodecH264} {
			p, e := initialize(t, s, codec)
			header, err := s.SequenceParams(nil)
			require.NoError(t, err)
			require.NotEmpty(t, header)
			other, err := s.SequenceParamsFor(nil, p)
			require.NoError(t, err)
			require.Equal(t, header, other)
			require.NoError(t, e.step())
			require.Equal(t, PicTypeIDR, e.lock.PictureType)
			require.NotZero(t, e.lock.BitstreamSizeInBytes)
			require.NoError(t, e.step())
			require.EqualValues(t, 1, e.lock.OutputTimeStamp)
			require.NotEqual(t, PicTypeIDR, e.lock.PictureType)
			// An order for the next picture, through fields that moved twice.
			r := &ReconfigureParams{ReInitEncodeParams: *p, Flags: ReconfigureForceIDR}
			require.NoError(t, s.Reconfigure(r))
			require.NoError(t, e.step())
			require.Equal(t, PicTypeIDR, e.lock.PictureType)
			r.Flags = 0
			require.NoError(t, s.Reconfigure(r))
			require.NoError(t, e.step())
			require.NotEqual(t, PicTypeIDR, e.lock.PictureType)
			require.NoError(t, s.EncodePicture(&PicParams{EncodePicFlags: PicFlagEOS}))
		}
	})
}

// TestCUDAArray encodes an array, with luma above chroma, and wants what the same samples
// in device memory give.
func TestCUDAArray(t *testing.T) {
	c := onDriver(t)
	const w, h, rows = 256, 192, 192 * 3 / 2
	pixels := make([]byte, w*rows)
	for i := range pixels {
		pixels[i] = byte(i*i>>9 + i)
	}
	array, err := c.NewArray(w, rows, cuda.ArrayUint8, 1)
	require.NoError(t, err)
	defer func() { require.NoError(t, array.Close()) }()
	small, err := c.NewArray(w, rows-1, cuda.ArrayUint8, 1)
	require.NoError(t, err)
	defer func() { require.NoError(t, small.Close()) }()
	linear, err := c.Alloc(len(pixels))
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Free(linear)) }()
	require.NoError(t, c.Copy2D(&cuda.Copy2D{SrcHost: pixels, DstArray: array, WidthBytes: w, Height: rows}))
	require.NoError(t, c.CopyHtoD(linear, pixels))
	for _, a := range apis {
		t.Run(a.String(), func(t *testing.T) {
			var packets [2]string
			for i, r := range []RegisterResource{
				{ResourceType: ResourceCUDADevicePtr, ResourceToRegister: uintptr(linear)},
				{ResourceType: ResourceCUDAArray, ResourceToRegister: array.Handle()},
			} {
				s := session(t, c, a)
				_, e := initialize(t, s, CodecH264)
				r.Width, r.Height, r.Pitch, r.BufferFormat, r.BufferUsage = w, h, w, BufferFormatNV12, UsageInputImage
				bad := r
				bad.ResourceType, bad.ResourceToRegister = ResourceCUDAArray, small.Handle()
				require.ErrorIs(t, s.RegisterResource(&bad), ErrResourceRegisterFailed)
				require.NoError(t, s.RegisterResource(&r))
				m := &MapInputResource{RegisteredResource: r.RegisteredResource}
				require.NoError(t, s.MapInputResource(m))
				e.edit = func(p *PicParams) { p.InputBuffer = m.MappedResource }
				require.NoError(t, e.step())
				packets[i] = string(e.packet)
				require.NoError(t, s.UnmapInputResource(m.MappedResource))
				require.NoError(t, s.UnregisterResource(r.RegisteredResource))
			}
			require.True(t, packets[0] == packets[1], "another picture than from device memory")
		})
	}
}

// TestTimeCode: a clock stands in the picture timing, in every version that has it, unless
// it is to be left out.
func TestTimeCode(t *testing.T) {
	eachAPI(t, func(t *testing.T, s *Session) {
		if s.API() < API120 {
			config, err := s.PresetConfig(CodecH264, PresetP1, TuningUltraLowLatency)
			require.NoError(t, err)
			config.EncodeCodecConfig.H264().Flags |= H264EnableTimeCode
			var field *FieldError
			require.ErrorAs(t, s.Initialize(&InitializeParams{EncodeGUID: CodecH264, EncodeConfig: config}), &field)
			return
		}
		_, e := initialize(t, s, CodecH264, func(c *Config) { c.EncodeCodecConfig.H264().Flags |= H264EnableTimeCode })
		e.edit = func(p *PicParams) {
			c := &p.CodecPicParams.H264().TimeCode.ClockTimestamp[0]
			c.Bits = SetBits(c.Bits, TimestampNFrames, 13)
			c.Bits = SetBits(c.Bits, TimestampSecondsValue, 12)
			c.Bits = SetBits(c.Bits, TimestampMinutesValue, 11)
			c.Bits = SetBits(c.Bits, TimestampHoursValue, 10)
			c.TimeOffset = 0x123456
		}
		require.NoError(t, e.step())
		// pic_struct, clock, ct_type, nuit, counting, full, 2 flags, frames, s, min, h, offset
		bits := "0000" + "1" + "00" + "0" + "00000" + "1" + "00" + "00001101" + "001100" + "001011" + "01010" + "000100100011010001010110" + "1000000"
		want := []byte{6, 1, byte(len(bits) / 8)}
		for i := 0; i < len(bits); i += 8 {
			b, err := strconv.ParseUint(bits[i:i+8], 2, 8)
			require.NoError(t, err)
			want = append(want, byte(b))
		}
		require.True(t, bytes.Contains(e.packet, want), "%x in %x", want, e.packet)
		if s.API() < API122 {
			return
		}
		e.edit = func(p *PicParams) { p.CodecPicParams.H264().TimeCode.SkipClockTimestampInsertion = 1 }
		require.NoError(t, e.step())
		require.True(t, bytes.Contains(e.packet, []byte{6, 1, 1, 0b0000_0100}), "picture timing without a clock: %x", e.packet)
	})
}

func TestEncodeAllocs(t *testing.T) {
	c := onDriver(t)
	_, e := initialize(t, session(t, c, API120), CodecH264)
	for range 10 {
		require.NoError(t, e.step())
	}
	n := testing.AllocsPerRun(200, func() {
		if err := e.step(); err != nil {
			t.Fatal(err)
		}
	})
	require.Zero(t, n)
}

func TestSessionErrors(t *testing.T) {
	c := onDriver(t)
	s := session(t, c, API120)
	var e *Error
	err := s.Initialize(&InitializeParams{EncodeGUID: GUID{Data1: 1}})
	require.ErrorAs(t, err, &e)
	require.Equal(t, "NvEncInitializeEncoder", e.Func)
	require.ErrorContains(t, err, e.Status.Name())
	require.ErrorIs(t, err, e.Status)
	err = s.Initialize(&InitializeParams{EncodeGUID: CodecHEVC, Flags: InitEnableReconFrameOutput})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "enableReconFrameOutput needs NVENC API 12.1")
	require.ErrorIs(t, s.LookaheadPicture(&LookaheadPicParams{}), errors.ErrUnsupported)
	require.ErrorIs(t, s.RestoreEncoderState(&RestoreEncoderStateParams{}), errors.ErrUnsupported)

	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.EncodePicture(&PicParams{}), os.ErrClosed)
	_, err = s.EncodeGUIDs()
	require.ErrorIs(t, err, os.ErrClosed)
	require.Empty(t, s.LastErrorString())
	_, err = OpenSessionAPI(c, API(99<<8))
	require.ErrorIs(t, err, ErrInvalidVersion)
}

// TestNegotiation: the newest version that both know, unless the environment says
// another.
func TestNegotiation(t *testing.T) {
	c := onDriver(t)
	newest, err := MaxAPI()
	require.NoError(t, err)
	s, err := OpenSession(c)
	if errors.Is(err, ErrUnsupportedDevice) || errors.Is(err, ErrNoEncodeDevice) {
		testutils.Skip(t, err.Error(), "REQUIRE_NVENC")
	}
	require.NoError(t, err)
	require.Equal(t, min(newest, apis[0]), s.API())
	require.NoError(t, s.Close())
	t.Setenv(apiEnv, "12.0")
	s, err = OpenSession(c)
	require.NoError(t, err)
	require.Equal(t, API120, s.API())
	require.NoError(t, s.Close())
	t.Setenv(apiEnv, "12.7")
	_, err = OpenSession(c)
	require.ErrorContains(t, err, apiEnv)
}
