package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

var testHDR = HDR{
	MasteringDisplay: &frame.MasteringDisplay{Red: frame.Chromaticity{X: 0.708, Y: 0.292}, Green: frame.Chromaticity{X: 0.17, Y: 0.797},
		Blue: frame.Chromaticity{X: 0.131, Y: 0.046}, White: frame.Chromaticity{X: 0.3127, Y: 0.329}, Max: 1000, Min: 0.005},
	ContentLight: &frame.ContentLight{MaxCLL: 1000, MaxFALL: 400},
}

// manySEI are messages for picture i: of many types and sizes, some several times, some
// none.
func manySEI(id ID, i int) (list []frame.SEI) {
	rnd := rand.New(rand.NewPCG(7, uint64(i)))
	payload := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			if rnd.IntN(3) == 0 {
				b[i] = byte(rnd.IntN(4)) // much to escape
			} else {
				b[i] = byte(rnd.IntN(256))
			}
		}
		return b
	}
	sizes := []int{0, 1, 2, 3, 15, 16, 17, 100, 254, 255, 256, 511, 1000, 4096, 20000, 65536}
	types := []frame.SEIType{4, 5, 19, 45, 47, 137, 144, 147, 148, 200, 255, 300}
	if id == AV1 {
		types = []frame.SEIType{frame.SEIMetadataContentLight, frame.SEIMetadataMastering, frame.SEIMetadataT35, frame.SEIMetadataOBU + 6, frame.SEIMetadataOBU + 31, frame.SEIMetadataOBU + 200}
	}
	if i%5 == 4 {
		return nil
	}
	for k := range 1 + i%4 {
		m := frame.SEI{Type: types[(i+3*k)%len(types)], Payload: payload(sizes[(i*3+k)%len(sizes)])}
		switch m.Type {
		case frame.SEIMetadataContentLight:
			m.Payload = payload(4)
		case frame.SEIMetadataMastering:
			m.Payload = payload(24)
		case frame.SEIMetadataT35:
			m.Payload = append([]byte{0xb5, 0x40}, m.Payload...)
		}
		list = append(list, m)
	}
	switch {
	case id == HEVC && i%3 == 0:
		list = append(list, frame.SEI{Type: frame.SEIDolbyVision, Payload: append([]byte{0x19}, payload(90)...)})
		list[len(list)-1].Payload[90] = 0x80
	case id == AV1 && i%3 == 0:
		m, _ := frame.TimeCode{Count: 1, Clock: [3]frame.Clock{frame.NewClock(1, 2, 3, i, false)}}.SEI(frame.InAV1)
		list = append(list, m)
	case id == HEVC && i%3 == 1:
		m, _ := frame.TimeCode{Count: 1, Clock: [3]frame.Clock{frame.NewClock(1, 2, 3, i, true)}}.SEI(frame.InHEVC)
		list = append(list, m)
	}
	return list
}

func seiLines(list []frame.SEI) (lines []string) {
	for _, m := range list {
		if m.Type == frame.SEIUserDataUnregistered {
			if v, err := m.UserDataUnregistered(); err == nil && v.EncoderSettings() {
				continue
			}
		}
		lines = append(lines, fmt.Sprintf("%d %d %x", m.Type, len(m.Payload), m.Payload))
	}
	return lines
}

// TestEncodeSEI: every type and size comes back with its own picture, on both engines,
// with B-frames, and by way of containers.
func TestEncodeSEI(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, id := range []ID{H264, HEVC, AV1} {
		t.Run(id.String(), func(t *testing.T) {
			const n, width, height = 40, 160, 160
			cfg := &EncoderConfig{Codec: id, Preset: P2, GOP: 16, HDR: testHDR, Rate: RateControl{Mode: VBR, BitRate: 200_000}}
			if id != AV1 {
				b := 3
				cfg.BFrames = &b
			}
			cfg.Device = CPU
			enc, err := NewEncoder(width, height, frame.NV12, cfg)
			require.NoError(t, err)
			defer enc.Close()
			frames := noise(t, width, height, n)
			want := map[int64][]string{}
			var packets []*Packet
			keep := func(list []*Packet, err error) {
				require.NoError(t, err)
				for _, p := range list {
					packets = append(packets, p.Clone())
				}
			}
			for i := range n {
				f := frames[i]
				list := manySEI(id, i)
				want[int64(i)] = seiLines(list)
				keep(enc.Encode(f, &Picture{SEI: list}))
				for _, m := range list {
					clear(m.Payload) // it was copied
				}
			}
			keep(enc.Drain())
			require.Len(t, packets, n)
			require.Empty(t, enc.sei.inside)
			s := enc.Stream()
			require.Equal(t, testHDR, s.HDR)
			if id != AV1 {
				require.True(t, reordered(packets))
			}
			static, err := testHDR.messages(enc.sei.in)
			require.NoError(t, err)
			for _, p := range packets {
				if !p.Key {
					continue
				}
				var own []string
				for _, m := range static {
					if m.Type == frame.SEIMasteringDisplay || m.Type == frame.SEIContentLight || m.Type == frame.SEIMetadataMastering || m.Type == frame.SEIMetadataContentLight {
						if !hasType(want[p.PTS], m.Type) {
							own = append(own, seiLines([]frame.SEI{m})...)
						}
					}
				}
				want[p.PTS] = append(own, want[p.PTS]...)
			}
			check := func(t *testing.T, got map[int64][]string) {
				require.Len(t, got, n)
				for pts, lines := range got {
					require.Equal(t, want[pts], lines, "picture %d", pts)
				}
			}
			check(t, seiByTime(t, s, packets, CPU))
			t.Run("nvdec", func(t *testing.T) {
				testutils.Driver(t)
				t.Cleanup(TrimCache)
				if id == AV1 {
					dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}})
					if errors.Is(err, ErrUnsupported) {
						t.Log(err)
						return
					}
					require.NoError(t, err)
					dec.Close()
				}
				check(t, seiByTime(t, s, packets, GPU(0)))
			})
			for _, ext := range []string{"mp4", "mkv"} {
				path := filepath.Join(t.TempDir(), "out."+ext)
				mux, err := Create(t.Context(), path, nil, s)
				require.NoError(t, err)
				for _, p := range packets {
					require.NoError(t, mux.WritePacket(p))
				}
				require.NoError(t, mux.Close())
				info, list := packetsIn(t, path)
				require.NotNil(t, info.HDR.MasteringDisplay, ext)
				require.InDelta(t, 0.708, info.HDR.MasteringDisplay.Red.X, 1e-4)
				require.InDelta(t, 0.329, info.HDR.MasteringDisplay.White.Y, 1e-4)
				require.InDelta(t, 1000, info.HDR.MasteringDisplay.Max, 1e-4)
				require.Equal(t, testHDR.ContentLight, info.HDR.ContentLight)
				got := map[int64][]string{}
				for pts, lines := range seiByTime(t, info, list, CPU) {
					at, _ := frame.Rescale(pts, info.TimeBase, s.TimeBase, frame.RoundNearest)
					got[at] = lines
				}
				check(t, got)
			}
		})
	}
}

func hasType(lines []string, t frame.SEIType) bool {
	for _, l := range lines {
		if bytes.HasPrefix([]byte(l), fmt.Appendf(nil, "%d ", t)) {
			return true
		}
	}
	return false
}

func reordered(packets []*Packet) bool {
	for i := 1; i < len(packets); i++ {
		if packets[i].PTS < packets[i-1].PTS {
			return true
		}
	}
	return false
}

func seiByTime(t *testing.T, s StreamInfo, packets []*Packet, dev Device) map[int64][]string {
	dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: dev}})
	require.NoError(t, err)
	defer dec.Close()
	got := map[int64][]string{}
	take := func(frames []*frame.Frame, err error) {
		require.NoError(t, err)
		for _, f := range frames {
			got[f.PTS] = seiLines(f.SEI)
			f.Release()
		}
	}
	for _, p := range packets {
		take(dec.Decode(p))
	}
	take(dec.Drain())
	return got
}

func packetsIn(t *testing.T, path string) (StreamInfo, []*Packet) {
	dem, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	var list []*Packet
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		list = append(list, p.Clone())
	}
	return dem.Stream(), list
}

// probeFrames is what ffprobe says of a file's frames.
func probeFrames(t *testing.T, path string) []map[string]any {
	out, err := exec.Command(testutils.FFprobeProgram(t), "-v", "error", "-select_streams", "v:0", "-show_frames", "-of", "json", path).Output()
	require.NoError(t, err)
	var doc struct {
		Frames []struct {
			SideData []map[string]any `json:"side_data_list"`
		} `json:"frames"`
	}
	require.NoError(t, json.Unmarshal(out, &doc))
	var list []map[string]any
	for _, f := range doc.Frames {
		by := map[string]any{}
		for _, d := range f.SideData {
			by[d["side_data_type"].(string)] = d
		}
		list = append(list, by)
	}
	return list
}

// TestEncodeSEIProbe: FFmpeg shows the HDR metadata, time codes and captions.
func TestEncodeSEIProbe(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	pairs := frame.Captions{{Type: frame.Caption608Field1, Valid: true, Data: [2]byte{0x94, 0x2c}}, {Type: frame.Caption708Start, Valid: true, Data: [2]byte{1, 2}}}
	for _, id := range []ID{H264, HEVC, AV1} {
		t.Run(id.String(), func(t *testing.T) {
			const n = 12
			b := 2
			cfg := &EncoderConfig{Codec: id, Preset: P2, HDR: testHDR, TimeCode: true, FrameRate: frame.Rational{Num: 25, Den: 1}}
			cfg.Device = CPU
			if id != AV1 {
				cfg.BFrames = &b
			}
			enc, err := NewEncoder(160, 160, frame.NV12, cfg)
			require.NoError(t, err)
			defer enc.Close()
			path := filepath.Join(t.TempDir(), "out.mp4")
			mux, err := Create(t.Context(), path, nil, enc.Stream())
			require.NoError(t, err)
			defer mux.Abort()
			write := func(list []*Packet, err error) {
				require.NoError(t, err)
				for _, p := range list {
					require.NoError(t, mux.WritePacket(p))
				}
			}
			var clocks []string
			for i, f := range noise(t, 160, 160, n) {
				cc, err := pairs.SEI(enc.sei.in)
				require.NoError(t, err)
				clock := frame.NewClock(10, 59, 58, i, false)
				clocks = append(clocks, clock.String())
				// A time code in HEVC's form does for every codec.
				tc, err := frame.TimeCode{Count: 1, Clock: [3]frame.Clock{clock}}.SEI(frame.InHEVC)
				require.NoError(t, err)
				write(enc.Encode(f, &Picture{SEI: []frame.SEI{cc, tc}}))
			}
			write(enc.Drain())
			require.NoError(t, mux.Close())

			got := probeFrames(t, path)
			require.Len(t, got, n)
			captions := 0
			for i, f := range got {
				if _, ok := f["ATSC A53 Part 4 Closed Captions"]; ok {
					captions++
				}
				if id != AV1 { // FFmpeg does not read AV1's time code
					require.Contains(t, f, "SMPTE 12-1 timecode", "frame %d", i)
					list := f["SMPTE 12-1 timecode"].(map[string]any)["timecodes"].([]any)
					require.Equal(t, clocks[i], list[0].(map[string]any)["value"], "frame %d", i)
				}
				if id != H264 { // FFmpeg 5 does not read H.264's
					m := f["Mastering display metadata"].(map[string]any)
					require.Equal(t, map[string]any{"side_data_type": "Mastering display metadata", "red_x": m["red_x"], "red_y": m["red_y"],
						"green_x": m["green_x"], "green_y": m["green_y"], "blue_x": m["blue_x"], "blue_y": m["blue_y"],
						"white_point_x": m["white_point_x"], "white_point_y": m["white_point_y"], "min_luminance": m["min_luminance"], "max_luminance": m["max_luminance"]}, m)
					require.Equal(t, 0.708, fraction(t, m["red_x"]))
					require.Equal(t, 0.797, fraction(t, m["green_y"]))
					require.Equal(t, 1000.0, fraction(t, m["max_luminance"]))
					c := f["Content light level metadata"].(map[string]any)
					require.Equal(t, 1000.0, c["max_content"])
					require.Equal(t, 400.0, c["max_average"])
				}
			}
			if id == AV1 {
				// libdav1d has none where a packet shows a frame that was decoded earlier.
				require.Greater(t, captions, n/3)
			} else {
				require.Equal(t, n, captions)
			}
			// Our own decoder says the same clock for every codec.
			info, packets := packetsIn(t, path)
			dec, err := NewDecoder(info, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
			require.NoError(t, err)
			defer dec.Close()
			i := 0
			take := func(frames []*frame.Frame, err error) {
				require.NoError(t, err)
				for _, f := range frames {
					var seen []string
					for _, m := range f.SEI {
						if c, err := m.TimeCode(); err == nil {
							seen = append(seen, c.String())
						}
					}
					require.Equal(t, clocks[i:i+1], seen)
					i++
					f.Release()
				}
			}
			for _, p := range packets {
				take(dec.Decode(p))
			}
			take(dec.Drain())
			require.Equal(t, n, i)
		})
	}
}

// fraction reads a/b as ffprobe writes it, to three decimals.
func fraction(t *testing.T, v any) float64 {
	r, err := frame.ParseRational(v.(string))
	require.NoError(t, err)
	return math.Round(1000*r.Float64()) / 1000
}

func TestEncodeSEIErrors(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	f := noise(t, 160, 160, 1)[0]
	clock, err := frame.TimeCode{Count: 1, Clock: [3]frame.Clock{frame.NewClock(1, 2, 3, 4, false)}}.SEI(frame.InHEVC)
	require.NoError(t, err)
	for _, c := range []struct {
		id   ID
		m    frame.SEI
		want error
		text string
	}{
		{H264, clock, ErrUnsupported, "EncoderConfig.TimeCode"},
		{H264, frame.SEI{Type: frame.SEIPicTiming}, ErrArgument, "pic_timing"},
		{H264, frame.SEI{Type: -1}, ErrArgument, "SEIType(-1)"},
		{H264, frame.SEI{Type: frame.SEIDolbyVision, Payload: []byte{1}}, ErrUnsupported, "dolby_vision_rpu"},
		{HEVC, frame.SEI{Type: frame.SEIMetadataOBU + 9}, ErrUnsupported, "OBU 9"},
		{HEVC, frame.SEI{Type: 4, Payload: make([]byte, maxSEIPayload+1)}, ErrArgument, "16777217 bytes"},
		{AV1, frame.SEI{Type: frame.SEIUserDataUnregistered, Payload: make([]byte, 16)}, ErrUnsupported, "user_data_unregistered"},
		{AV1, frame.SEI{Type: frame.SEIMetadataContentLight, Payload: []byte{1}}, ErrArgument, "metadata_hdr_cll"},
		{AV1, frame.SEI{Type: frame.SEIMetadataT35, Payload: []byte{0xb5}}, ErrArgument, "nothing behind it"},
	} {
		cfg := &EncoderConfig{Codec: c.id, Preset: P1}
		cfg.Device = CPU
		enc, err := NewEncoder(160, 160, frame.NV12, cfg)
		require.NoError(t, err)
		good := frame.SEI{Type: 4, Payload: []byte{0xb5, 1}}
		_, err = enc.Encode(f, &Picture{SEI: []frame.SEI{good, c.m}})
		require.ErrorIs(t, err, c.want)
		require.ErrorContains(t, err, c.text)
		require.ErrorContains(t, err, "SEI[1]")
		// The encoder goes on, and the picture has nothing of it.
		_, err = enc.Encode(f, &Picture{SEI: []frame.SEI{good}})
		require.NoError(t, err)
		require.NoError(t, enc.Close())
	}
	cfg := &EncoderConfig{HDR: HDR{MasteringDisplay: &frame.MasteringDisplay{Max: -1}}}
	cfg.Device = CPU
	_, err = NewEncoder(160, 160, frame.NV12, cfg)
	require.ErrorIs(t, err, ErrArgument)
	cfg = &EncoderConfig{Codec: AV1, HDR: HDR{AmbientViewing: &frame.AmbientViewing{Illuminance: 5}}}
	cfg.Device = CPU
	enc, err := NewEncoder(160, 160, frame.NV12, cfg)
	require.NoError(t, err)
	require.Contains(t, enc.Ignored(), "HDR.AmbientViewing: AV1 has no message for it")
	require.NoError(t, enc.Close())
}

// TestSEIAllocs: messages cost no allocation, neither where they are written nor where
// they are read.
func TestSEIAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	cfg := &EncoderConfig{Preset: P1, TimeCode: false, GOP: 10, HDR: testHDR}
	cfg.Device = CPU
	enc, err := NewEncoder(160, 160, frame.NV12, cfg)
	require.NoError(t, err)
	defer enc.Close()
	dec, err := NewDecoder(StreamInfo{Codec: H264, Width: 160, Height: 160, PixelFormat: "yuv420p", Chroma: 420, BitDepth: 8, WholePictures: true}, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
	require.NoError(t, err)
	defer dec.Close()
	pairs, err := make(frame.Captions, 20).SEI(frame.InH264)
	require.NoError(t, err)
	pic := &Picture{SEI: []frame.SEI{pairs, {Type: 5, Payload: make([]byte, 2000)}, {Type: 200, Payload: []byte{1}}, {Type: 137, Payload: []byte{1}}}}
	frames := noise(t, 160, 160, 8)
	messages, i := 0, 0
	var captions []frame.CaptionPair
	step := func() {
		packets, err := enc.Encode(frames[i%len(frames)], pic)
		if err != nil {
			t.Fatal(err)
		}
		i++
		for _, p := range packets {
			out, err := dec.Decode(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range out {
				for _, m := range f.SEI {
					messages++
					if captions, err = m.AppendCaptions(captions[:0]); err == nil && len(captions) != 20 {
						t.Fatal(captions)
					}
				}
				f.Release()
			}
		}
	}
	for range 300 {
		step()
	}
	messages = 0
	n := testing.AllocsPerRun(200, step)
	require.Greater(t, messages, 4*200)
	if !raceEnabled {
		require.Zero(t, n, "allocations a frame")
	}
}
