package frame

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// The bytes of the table are worked out by hand from the syntax tables.
var seiCases = []struct {
	name  string
	m     SEI
	bytes string
	value SEIValue
	text  string
}{
	{
		"mastering display", SEI{Type: SEIMasteringDisplay, Syntax: SEISyntax{Codec: InHEVC}},
		"2134 9baa 1996 08fc 8a48 3908 3d13 4042 00989680 00000032", // green, blue, red, white
		MasteringDisplay{Red: Chromaticity{0.708, 0.292}, Green: Chromaticity{0.17, 0.797}, Blue: Chromaticity{0.131, 0.046},
			White: Chromaticity{0.3127, 0.329}, Max: 1000, Min: 0.005},
		"R(0.708,0.292) G(0.17,0.797) B(0.131,0.046) W(0.3127,0.329) 0.005 to 1000 cd/m2",
	},
	{
		"mastering display of AV1", SEI{Type: SEIMetadataMastering, Syntax: SEISyntax{Codec: InAV1}},
		"b000 4000 4000 c000 2000 1000 5000 5800 0003e800 00000040",
		MasteringDisplay{Red: Chromaticity{0.6875, 0.25}, Green: Chromaticity{0.25, 0.75}, Blue: Chromaticity{0.125, 0.0625},
			White: Chromaticity{0.3125, 0.34375}, Max: 1000, Min: 0.00390625},
		"R(0.6875,0.25) G(0.25,0.75) B(0.125,0.0625) W(0.3125,0.34375) 0.00390625 to 1000 cd/m2",
	},
	{
		"content light", SEI{Type: SEIContentLight, Syntax: SEISyntax{Codec: InH264}}, "03e8 0190",
		ContentLight{1000, 400}, "MaxCLL 1000 cd/m2, MaxFALL 400 cd/m2",
	},
	{
		"content light of AV1", SEI{Type: SEIMetadataContentLight, Syntax: SEISyntax{Codec: InAV1}}, "03e8 0190",
		ContentLight{1000, 400}, "MaxCLL 1000 cd/m2, MaxFALL 400 cd/m2",
	},
	{
		"alternative transfer", SEI{Type: SEIAlternativeTransfer, Syntax: SEISyntax{Codec: InHEVC}}, "12",
		AlternativeTransfer{TransferARIBSTDB67}, "arib-std-b67 preferred",
	},
	{
		"ambient", SEI{Type: SEIAmbientViewing, Syntax: SEISyntax{Codec: InHEVC}}, "002fe9a0 3d13 4042",
		AmbientViewing{314, Chromaticity{0.3127, 0.329}}, "314 lux of (0.3127,0.329)",
	},
	{
		// 01 1 0 00100 1 0 1 000000110 100010 001111 01010 00000, stop bit
		"time code", SEI{Type: SEITimeCode, Syntax: SEISyntax{Codec: InHEVC}}, "62 50 34 47 a8 10",
		TimeCode{Count: 1, Clock: [3]Clock{{Present: true, Hours: 10, Minutes: 15, Seconds: 34, Frames: 6, Full: true, Dropped: true,
			HasHours: true, HasMinutes: true, HasSeconds: true, CountingType: 4}}},
		"10:15:34;06",
	},
	{
		// 10 0 1 1 00000 0 1 0 000000001 1 000010 0 00101 11110, stop bit: no clock, then one of seconds with an offset
		"two clocks", SEI{Type: SEITimeCode, Syntax: SEISyntax{Codec: InHEVC}}, "98 10 06 10 be",
		TimeCode{Count: 2, Clock: [3]Clock{{}, {Present: true, FieldBased: true, Discontinuity: true, Frames: 1, HasSeconds: true, Seconds: 2,
			OffsetBits: 5, Offset: -2}}},
		"none, --:--:02:01-2",
	},
	{
		// 00000 1 0 0 000000110 100010 001111 01010 00000
		"time code of AV1", SEI{Type: SEIMetadataTimeCode, Syntax: SEISyntax{Codec: InAV1}}, "04 03 44 7a 80",
		TimeCode{Count: 1, Clock: [3]Clock{{Present: true, Hours: 10, Minutes: 15, Seconds: 34, Frames: 6, Full: true,
			HasHours: true, HasMinutes: true, HasSeconds: true}}},
		"10:15:34:06",
	},
	{
		// 0001 1 01 0 00000 1 0 0 00000110 100010 001111 01010 0000, stop bit
		"picture timing", SEI{Type: SEIPicTiming, Syntax: SEISyntax{Codec: InH264, Timed: true, PicStruct: true, TimeOffsetBits: 4}}, "1a 04 06 88 f5 04",
		PicTiming{Syntax: SEISyntax{Codec: InH264, Timed: true, PicStruct: true, TimeOffsetBits: 4}, PicStruct: 1,
			TimeCode: TimeCode{Count: 1, Clock: [3]Clock{{Present: true, Scan: 1, FieldBased: false, CountingType: 0, Full: true, HasHours: true, HasMinutes: true, HasSeconds: true,
				Frames: 6, Seconds: 34, Minutes: 15, Hours: 10, OffsetBits: 4}}}},
		"top field, 10:15:34:06",
	},
	{
		// 0000000101 000010 0000, stop bit
		"picture timing with delays", SEI{Type: SEIPicTiming, Syntax: SEISyntax{Codec: InH264, Timed: true, PicStruct: true, Delays: true, CPBRemovalBits: 10, DPBOutputBits: 6}},
		"01 42 04",
		PicTiming{Syntax: SEISyntax{Codec: InH264, Timed: true, PicStruct: true, Delays: true, CPBRemovalBits: 10, DPBOutputBits: 6},
			CPBRemovalDelay: 5, DPBOutputDelay: 2, TimeCode: TimeCode{Count: 1}},
		"frame, removed after 5 ticks, output after 2",
	},
	{
		// 0111 01 1, stop bit
		"picture timing of HEVC", SEI{Type: SEIPicTiming, Syntax: SEISyntax{Codec: InHEVC, Timed: true, PicStruct: true}}, "77",
		PicTiming{Syntax: SEISyntax{Codec: InHEVC, Timed: true, PicStruct: true}, PicStruct: 7, SourceScan: 1, Duplicate: true},
		"frame doubled",
	},
	{
		// 1 01010 001111 1 100010 000110 1 0 00000
		"group", SEI{Type: SEIMPEG2TimeCode, Syntax: SEISyntax{Codec: InMPEG2}}, "a8 fc 43 40",
		GroupTimeCode{Hours: 10, Minutes: 15, Seconds: 34, Pictures: 6, DropFrame: true, ClosedGOP: true}, "10:15:34;06, closed GOP",
	},
	{
		"registered", SEI{Type: SEIUserDataRegistered, Syntax: SEISyntax{Codec: InH264}}, "b5 003c 0001 04 09",
		UserDataRegistered{Country: 0xb5, Data: []byte{0, 0x3c, 0, 1, 4, 9}}, "HDR10+, 6 bytes",
	},
	{
		"registered elsewhere", SEI{Type: SEIMetadataT35, Syntax: SEISyntax{Codec: InAV1}}, "ff 07 1234",
		UserDataRegistered{Country: 0xff, Extension: 7, Data: []byte{0x12, 0x34}}, "country 0xff 0x07, 2 bytes",
	},
	{
		"unregistered", SEI{Type: SEIUserDataUnregistered, Syntax: SEISyntax{Codec: InHEVC}}, "00112233445566778899aabbccddeeff 68656c6c6f",
		UserDataUnregistered{UUID{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}, []byte("hello")},
		`00112233-4455-6677-8899-aabbccddeeff "hello"`,
	},
	{
		// 00000000111110101 1 0 10: ue(500), exact, no broken link, 2; stop bit
		"recovery point", SEI{Type: SEIRecoveryPoint, Syntax: SEISyntax{Codec: InH264}}, "00 fa d4",
		RecoveryPoint{Count: 500, Exact: true, Group: 2}, "right after 500 frames, exactly",
	},
	{
		// 00101 0 1: se(-2), not exact, broken link; stop bit
		"recovery point of HEVC", SEI{Type: SEIRecoveryPoint, Syntax: SEISyntax{Codec: InHEVC}}, "2b",
		RecoveryPoint{Count: -2, BrokenLink: true}, "right after -2 frames, link broken",
	},
	{
		"Dolby Vision", SEI{Type: SEIDolbyVision, Syntax: SEISyntax{Codec: InHEVC}}, "19 08 09",
		DolbyVision{[]byte{0x19, 8, 9}}, "3 bytes",
	},
}

func TestSEIValues(t *testing.T) {
	for _, c := range seiCases {
		t.Run(c.name, func(t *testing.T) {
			m := c.m
			m.Payload = unhex(t, c.bytes)
			v, err := m.Value()
			require.NoError(t, err)
			require.Equal(t, c.value, v)
			require.Equal(t, c.text, v.String())
			require.Equal(t, m.Type.String()+": "+c.text, m.String())
			require.True(t, m.Known())
			back, err := v.SEI(m.Syntax.Codec)
			require.NoError(t, err)
			m.Parsed = true
			require.Equal(t, m, back)
			// Cut anywhere, it is an error, or a value that says less.
			for n := range m.Payload {
				cut := m
				cut.Payload = m.Payload[:n:n]
				v, err := cut.Value()
				if err == nil {
					require.NotEqual(t, c.value, v, n)
					require.True(t, cut.Known())
					continue
				}
				require.ErrorIs(t, err, ErrSEI, n)
				require.False(t, cut.Known(), n)
				if !raceEnabled {
					require.Zero(t, testing.AllocsPerRun(10, func() { _ = cut.Known() }))
				}
				require.Contains(t, cut.String(), "malformed")
			}
		})
	}
}

func TestSEIValuesOutOfRange(t *testing.T) {
	clock := NewClock(1, 2, 3, 4, false)
	with := func(change func(*Clock)) TimeCode {
		c := clock
		change(&c)
		return TimeCode{Count: 1, Clock: [3]Clock{c}}
	}
	timed := SEISyntax{Codec: InH264, Timed: true, PicStruct: true, Delays: true, CPBRemovalBits: 4, DPBOutputBits: 4}
	for _, c := range []struct {
		v SEIValue
		c SEICodec
	}{
		{MasteringDisplay{Red: Chromaticity{X: 1.4}}, InHEVC},
		{MasteringDisplay{Max: -1}, InH264},
		{MasteringDisplay{Max: 1e9}, InAV1},
		{AmbientViewing{Illuminance: -1}, InHEVC},
		{with(func(c *Clock) { c.Hours = 24 }), InHEVC},
		{with(func(c *Clock) { c.Seconds = 60 }), InAV1},
		{with(func(c *Clock) { c.Frames = 512 }), InHEVC},
		{with(func(c *Clock) { c.CountingType = 32 }), InHEVC},
		{with(func(c *Clock) { c.OffsetBits, c.Offset = 3, 4 }), InHEVC},
		{with(func(c *Clock) { c.Full, c.HasMinutes = false, false }), InHEVC},
		{TimeCode{Count: 4}, InHEVC},
		{TimeCode{}, InAV1},
		{PicTiming{Syntax: timed, CPBRemovalDelay: 16}, InH264},
		{PicTiming{Syntax: timed, PicStruct: 16}, InH264},
		{PicTiming{Syntax: timed, TimeCode: TimeCode{Count: 1, Clock: [3]Clock{{Present: true, Frames: 256}}}}, InH264},
		{GroupTimeCode{Minutes: 60}, InMPEG2},
		{RecoveryPoint{Count: -1}, InH264},
		{RecoveryPoint{Count: -1 << 31}, InHEVC},
		{make(Captions, 32), InH264},
		{Captions{{Type: 4}}, InH264},
	} {
		_, err := c.v.SEI(c.c)
		require.ErrorIs(t, err, ErrSEI, "%#v", c.v)
	}
	for _, c := range seiCases {
		for in := InUnknown; in <= InMPEG2; in++ {
			m, err := c.value.SEI(in)
			if err != nil {
				require.NotEqual(t, c.m.Syntax.Codec, in)
				// AV1 has room for one clock, H.264 for no negative count.
				if c.name != "two clocks" && c.name != "recovery point of HEVC" || in == InMPEG2 {
					require.ErrorIs(t, err, ErrSEIType, "%s in %v", c.name, in)
					require.ErrorIs(t, err, errors.ErrUnsupported)
				}
				continue
			}
			require.Equal(t, in, m.Syntax.Codec)
			require.True(t, m.Known(), "%s in %v", c.name, in)
		}
	}
}

func TestSEITypes(t *testing.T) {
	_, err := SEI{Type: 200, Payload: []byte{1}}.Value()
	require.ErrorIs(t, err, ErrSEIType)
	require.False(t, SEI{Type: 200}.Known())
	require.Equal(t, "SEIType(200): 1 bytes", SEI{Type: 200, Payload: []byte{1}}.String())
	m := SEI{Type: SEIBufferingPeriod}
	for _, get := range []func() error{
		func() error { _, err := m.TimeCode(); return err },
		func() error { _, err := m.PicTiming(); return err },
		func() error { _, err := m.GroupTimeCode(); return err },
		func() error { _, err := m.MasteringDisplay(); return err },
		func() error { _, err := m.ContentLight(); return err },
		func() error { _, err := m.AlternativeTransfer(); return err },
		func() error { _, err := m.AmbientViewing(); return err },
		func() error { _, err := m.UserDataRegistered(); return err },
		func() error { _, err := m.UserDataUnregistered(); return err },
		func() error { _, err := m.RecoveryPoint(); return err },
		func() error { _, err := m.DolbyVision(); return err },
		func() error { _, err := m.CaptionBytes(); return err },
	} {
		require.ErrorIs(t, get(), ErrSEIType)
	}
	_, err = SEI{Type: SEIPicTiming, Payload: []byte{0}}.PicTiming()
	require.ErrorIs(t, err, ErrSEI, "no syntax")
	_, err = SEI{Type: SEIRecoveryPoint, Payload: []byte{0x80}}.RecoveryPoint()
	require.ErrorIs(t, err, ErrSEI, "no syntax")
}

func TestCaptions(t *testing.T) {
	v := Captions{
		{Caption608Field1, true, [2]byte{0x94, 0x2c}}, {Caption608Field2, false, [2]byte{0x80, 0x80}},
		{Caption708Start, true, [2]byte{1, 2}}, {Caption708Data, true, [2]byte{3, 4}},
	}
	const data = "47413934 03 44 ff fc942c f98080 ff0102 fe0304 ff"
	for _, c := range []struct {
		in    SEICodec
		typ   SEIType
		bytes string
	}{
		{InH264, SEIUserDataRegistered, "b5 0031" + data}, {InHEVC, SEIUserDataRegistered, "b5 0031" + data},
		{InAV1, SEIMetadataT35, "b5 0031" + data}, {InMPEG2, SEIMPEG2UserData, data},
	} {
		m, err := v.SEI(c.in)
		require.NoError(t, err)
		require.Equal(t, c.typ, m.Type)
		require.Equal(t, unhex(t, c.bytes), m.Payload)
		got, err := m.AppendCaptions(nil)
		require.NoError(t, err)
		require.Equal(t, []CaptionPair(v), got)
		n := testing.AllocsPerRun(100, func() { got, _ = m.AppendCaptions(got[:0]) })
		require.Zero(t, n)
		m.Payload = m.Payload[:len(m.Payload)-2]
		_, err = m.AppendCaptions(nil)
		require.ErrorIs(t, err, ErrSEI)
		// Written for another codec, they are the same.
		for in := InH264; in <= InAV1; in++ {
			m, err := v.SEI(c.in)
			require.NoError(t, err)
			if m, err = m.In(in); err != nil {
				require.Equal(t, InMPEG2, in)
				continue
			}
			got, err := m.AppendCaptions(nil)
			require.NoError(t, err)
			require.Equal(t, []CaptionPair(v), got)
		}
	}
	require.Equal(t, "608 field 1 94 2c", v[0].String())
	require.Equal(t, "608 field 2 80 80 (not valid)", v[1].String())
	_, err := SEI{Type: SEIUserDataRegistered, Payload: unhex(t, "b5 003c 0001 04 09")}.CaptionBytes()
	require.ErrorIs(t, err, ErrSEIType)
}

func TestSEIIn(t *testing.T) {
	clock := TimeCode{Count: 1, Clock: [3]Clock{NewClock(1, 2, 3, 4, false)}}
	group, err := GroupTimeCode{Hours: 1, Minutes: 2, Seconds: 3, Pictures: 4}.SEI(InMPEG2)
	require.NoError(t, err)
	for _, c := range []SEICodec{InHEVC, InAV1} {
		m, err := group.In(c)
		require.NoError(t, err)
		got, err := m.TimeCode()
		require.NoError(t, err)
		require.Equal(t, clock, got)
	}
	_, err = group.In(InH264)
	require.ErrorIs(t, err, ErrSEIType)
	display := seiCases[0].value.(MasteringDisplay)
	hevc, err := display.SEI(InHEVC)
	require.NoError(t, err)
	av1, err := hevc.In(InAV1)
	require.NoError(t, err)
	require.Equal(t, SEIMetadataMastering, av1.Type)
	got, err := av1.MasteringDisplay()
	require.NoError(t, err)
	require.InDelta(t, display.Red.X, got.Red.X, 1e-5)
	require.Equal(t, display.Max, got.Max)
	again, err := av1.In(InHEVC)
	require.NoError(t, err)
	for i := range hevc.Payload[:20] { // the darkest luminance is finer in AV1
		require.InDelta(t, hevc.Payload[i], again.Payload[i], 1)
	}
	for _, m := range []SEI{
		{Type: SEIUserDataUnregistered, Payload: make([]byte, 16)}, {Type: SEIMPEG2UserData, Payload: []byte("CC")},
		{Type: SEIBufferingPeriod, Syntax: SEISyntax{Codec: InH264}}, {Type: SEIDolbyVision}, {Type: SEIMetadataOBU + 9},
	} {
		c := InAV1
		if m.Type == SEIMetadataOBU+9 || m.Type == SEIBufferingPeriod {
			c = InHEVC
		}
		_, err := m.In(c)
		require.ErrorIs(t, err, ErrSEIType, "%v", m)
	}
	for _, c := range []SEICodec{InH264, InHEVC} {
		m, err := SEI{Type: 300, Payload: []byte{1}}.In(c)
		require.NoError(t, err)
		require.Equal(t, SEI{Type: 300, Payload: []byte{1}, Syntax: SEISyntax{Codec: c}}, m)
	}
}

func TestUUID(t *testing.T) {
	u, err := ParseUUID("00112233-4455-6677-8899-AABBCCDDEEFF")
	require.NoError(t, err)
	require.Equal(t, "00112233-4455-6677-8899-aabbccddeeff", u.String())
	for _, s := range []string{"", "00", "zz112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff00", "0011223344556677 8899aabbccddeeff"} {
		_, err := ParseUUID(s)
		require.ErrorIs(t, err, ErrSEI, s)
	}
	v := UserDataUnregistered{UUID: uuidX264, Data: []byte("x264 - core 164 r3095 - H.264/MPEG-4 AVC codec - Copyleft 2003-2022\x00")}
	require.True(t, v.EncoderSettings())
	require.Equal(t, `dc45e9bd-e6d9-48b7-962c-d820d923eeef "x264 - core 164 r3095 - H.264/MPEG-4 AVC codec - Copyleft 20..."`, v.String())
	require.Equal(t, "dc45e9bd-e6d9-48b7-962c-d820d923eeef, 2 bytes", UserDataUnregistered{uuidX264, []byte{1, 0xff}}.String())
}

// FuzzSEIValue: whatever a payload is, there is a value or an error, and what can be
// written again reads the same.
func FuzzSEIValue(f *testing.F) {
	for _, c := range seiCases {
		b, _ := hex.DecodeString(strings.ReplaceAll(c.bytes, " ", ""))
		f.Add(int(c.m.Type), byte(c.m.Syntax.Codec), byte(3), byte(10), byte(6), byte(4), b)
	}
	f.Add(int(SEIUserDataRegistered), byte(InH264), byte(0), byte(0), byte(0), byte(0), []byte("\xb5\x00\x31GA94\x03\x42\xff\xfc\x94\x2c\xfd\x80\x80\xff"))
	f.Fuzz(func(t *testing.T, typ int, codec, flags, cpb, dpb, offset byte, payload []byte) {
		s := SEISyntax{Codec: SEICodec(codec), Timed: flags&1 != 0, PicStruct: flags&2 != 0, Delays: flags&4 != 0, SubPic: flags&8 != 0,
			CPBRemovalBits: cpb, DPBOutputBits: dpb, TimeOffsetBits: offset}
		m := SEI{Type: SEIType(typ), Payload: payload, Syntax: s}
		_ = m.String()
		_ = m.PayloadBits()
		_, _ = m.CaptionBytes()
		v, err := m.Value()
		require.Equal(t, err == nil, m.Known())
		if err != nil {
			require.True(t, errors.Is(err, ErrSEI) || errors.Is(err, ErrSEIType))
			return
		}
		_ = v.String()
		for c := InH264; c <= InMPEG2; c++ {
			w, err := v.SEI(c)
			if err != nil {
				continue
			}
			require.LessOrEqual(t, len(w.Payload), len(payload)+16)
			again, err := w.Value()
			require.NoError(t, err)
			if c == s.Codec && w.Type == m.Type {
				require.Equal(t, v, again)
			}
		}
		for c := InH264; c <= InMPEG2; c++ {
			_, _ = m.In(c)
		}
	})
}
