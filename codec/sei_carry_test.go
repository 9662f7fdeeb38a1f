package codec

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// summary is what must survive a transcode: captions and time codes of each frame.
type summary struct {
	captions string
	clock    string
}

func summaries(t *testing.T, path string) (list []summary, s StreamInfo) {
	dem, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
	require.NoError(t, err)
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		var x summary
		for _, m := range f.SEI {
			if b, err := m.CaptionBytes(); err == nil {
				x.captions += string(b)
			}
			if c, err := m.TimeCode(); err == nil && c.Count > 0 && c.Clock[0].Present {
				x.clock = c.Clock[0].String()
			}
			if v, err := m.UserDataUnregistered(); err == nil && v.EncoderSettings() {
				require.Contains(t, string(v.Data), "x26", "settings of the encoder")
			}
		}
		list = append(list, x)
		f.Release()
	}
	return list, dem.Stream()
}

// TestTranscodeSEI: captions and time codes are with the same pictures afterwards, and
// HDR metadata with the stream.
func TestTranscodeSEI(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dir := testutils.Media(t)
	for _, c := range []struct {
		file     string
		id       ID
		captions bool
		clock    bool
		hdr      bool
	}{
		{"h264-mp4-smpte-timecode-80x128.mp4", H264, false, true, false},
		{"h264-mp4-smpte-timecode-80x128.mp4", HEVC, false, true, false},
		{"h264-fmp4-a53-captions.mp4", HEVC, true, false, false},
		{"hevc-fmp4-a53-captions.mp4", H264, true, false, false},
		{"hevc-fmp4-a53-captions.mp4", AV1, true, false, false},
		{"hevc-annexb-hdr10plus-640x480.hevc", AV1, false, false, true},
		{"mpeg2-m2ts-bear-320x192.m2ts", H264, false, true, false},
	} {
		t.Run(c.file+" "+c.id.String(), func(t *testing.T) {
			in, out := filepath.Join(dir, c.file), filepath.Join(t.TempDir(), "out.mkv")
			dem, err := Open(t.Context(), in, nil)
			require.NoError(t, err)
			defer dem.Close()
			cfg := &TranscoderConfig{Encoder: EncoderConfig{Codec: c.id, Preset: P1}}
			cfg.Decoder.Device, cfg.Encoder.Device = CPU, CPU
			tr, err := NewTranscoder(dem, cfg)
			require.NoError(t, err)
			defer tr.Close()
			streams, err := tr.Streams()
			require.NoError(t, err)
			mux, err := Create(t.Context(), out, nil, streams...)
			require.NoError(t, err)
			defer mux.Abort()
			require.NoError(t, tr.Run(t.Context(), mux))
			require.NoError(t, mux.Close())
			want, from := summaries(t, in)
			got, to := summaries(t, out)
			captions, clocks := 0, 0
			for _, x := range want {
				if x.captions != "" {
					captions++
				}
				if x.clock != "" {
					clocks++
				}
			}
			require.Equal(t, c.captions, captions > 0)
			require.Equal(t, c.clock, clocks > 0)
			require.Equal(t, want, got)
			require.Equal(t, c.hdr, to.HDR.MasteringDisplay != nil)
			if c.hdr {
				require.Equal(t, to.HDR.MasteringDisplay.String(), from.HDR.Merge(to.HDR).MasteringDisplay.String())
			}
		})
	}
}

// TestCarrySEI names what stays and what goes.
func TestCarrySEI(t *testing.T) {
	clock, err := frame.TimeCode{Count: 1, Clock: [3]frame.Clock{frame.NewClock(1, 2, 3, 4, false)}}.SEI(frame.InHEVC)
	require.NoError(t, err)
	h := frame.SEISyntax{Codec: frame.InHEVC}
	settings := frame.SEI{Type: 5, Payload: []byte("\xdc\x45\xe9\xbd\xe6\xd9\x48\xb7\x96\x2c\xd8\x20\xd9\x23\xee\xefx264"), Syntax: h}
	list := []frame.SEI{
		{Type: 0, Syntax: h}, {Type: 1, Syntax: frame.SEISyntax{Codec: frame.InHEVC, Timed: true}}, {Type: 4, Payload: []byte{0xb5, 1}, Syntax: h}, {Type: 5, Payload: make([]byte, 16), Syntax: h}, settings,
		{Type: 6, Syntax: h}, {Type: 132, Syntax: h}, clock, {Type: 137, Syntax: h}, {Type: 144, Syntax: h}, {Type: frame.SEIDolbyVision, Payload: []byte{1}, Syntax: h},
	}
	types := func(list []frame.SEI) (t []frame.SEIType) {
		for _, m := range list {
			t = append(t, m.Type)
		}
		return t
	}
	require.Equal(t, []frame.SEIType{4, 5, 136, frame.SEIDolbyVision}, types(CarrySEI(nil, list, HEVC, false)))
	require.Equal(t, []frame.SEIType{4, 5}, types(CarrySEI(nil, list, H264, false)))
	require.Equal(t, []frame.SEIType{4, 5, 136}, types(CarrySEI(nil, list, H264, true)))
	require.Equal(t, []frame.SEIType{frame.SEIMetadataT35, frame.SEIMetadataTimeCode}, types(CarrySEI(nil, list, AV1, true)))
	require.Empty(t, CarrySEI(nil, list, VP9, true))
	require.True(t, HasTimeCode(list))
	require.False(t, HasTimeCode(list[:7]))
	var buf []frame.SEI
	n := testing.AllocsPerRun(100, func() { buf = CarrySEI(buf[:0], list, HEVC, true) })
	require.Zero(t, n)
}

// TestPassCaptions: those of a frame that is left out stand before the next one's own.
func TestPassCaptions(t *testing.T) {
	var a, b frame.Frame
	for i, f := range []*frame.Frame{&a, &b} {
		cc, err := frame.Captions{{Data: [2]byte{byte(i)}}}.SEI(frame.InH264)
		require.NoError(t, err)
		f.AppendSEI(frame.SEI{Type: 5, Payload: []byte{byte(i)}})
		f.AppendSEI(cc)
	}
	passCaptions(&a, &b)
	var got []byte
	for _, m := range b.SEI {
		if c, err := m.CaptionBytes(); err == nil {
			got = append(got, c[1])
		} else {
			got = append(got, 100+m.Payload[0])
		}
	}
	require.Equal(t, []byte{0, 101, 1}, got)
}

// TestSEIInserter writes into packets of containers, without coding anew.
func TestSEIInserter(t *testing.T) {
	testutils.FFmpeg(t)
	for _, clip := range []string{"demo.mp4", "h264.h264", "hevc.mp4", "hevc.h265", "av1.mp4", "h264-interlaced.ts"} {
		s, packets := packetsOf(t, clip)
		w, err := NewSEIInserter(s)
		require.NoError(t, err)
		before := seiByTime(t, s, packets, CPU)
		for i, p := range packets {
			list := []frame.SEI{{Type: 200, Payload: []byte{byte(i), 0, 0, 1}}, {Type: 4, Payload: []byte{0xb5, 0, 1, byte(i)}}}
			if s.Codec == AV1 {
				list[0].Type = frame.SEIMetadataOBU + 7
			}
			require.NoError(t, w.Insert(p, list))
		}
		after := seiByTime(t, s, packets, CPU)
		require.Len(t, after, len(before), clip)
		for pts, lines := range after {
			require.Equal(t, append([]string{}, before[pts]...), lines[:len(before[pts])], clip)
			require.GreaterOrEqual(t, len(lines), len(before[pts])+2, "%s: two a packet, of which a field has its own", clip)
		}
		require.NoError(t, w.Insert(packets[0], nil))
		require.ErrorIs(t, w.Insert(nil, nil), ErrArgument)
		was := packets[0].Clone()
		require.ErrorIs(t, w.Insert(packets[0], []frame.SEI{{Type: frame.SEIMPEG2TimeCode, Payload: make([]byte, 4)}, {Type: frame.SEIMPEG2UserData}}), ErrUnsupported)
		require.Equal(t, was.Data, packets[0].Data)
		if s.Codec != AV1 {
			require.ErrorIs(t, w.Insert(packets[0], []frame.SEI{{Type: -1}}), ErrArgument)
		}
		require.ErrorIs(t, w.Insert(&Packet{Data: []byte{0, 0, 1, 9, 0xf0}}, []frame.SEI{{Type: 4, Payload: []byte{0xb5, 1}}}), ErrCorrupt)
	}
	_, err := NewSEIInserter(StreamInfo{Codec: VP9})
	require.ErrorIs(t, err, ErrUnsupported)
}
