package codec

import (
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

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
	for _, c := range []struct {
		id  ID
		dev Device
	}{{H264, CPU}, {HEVC, CPU}, {AV1, CPU}, {H264, GPU(1)}, {HEVC, GPU(1)}} {
		id := c.id
		t.Run(fmt.Sprintf("%v %v", id, c.dev), func(t *testing.T) {
			if c.dev != CPU {
				testutils.Sim(t) // whose second GPU has an encoder
			}
			const n = 12
			b := 2
			cfg := &EncoderConfig{Codec: id, Preset: P2, HDR: testHDR, TimeCode: true, FrameRate: frame.Rational{Num: 25, Den: 1}}
			cfg.Device = c.dev
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
	if v, err := avformat.Load(); err != nil || v.AVFormat.Major > 59 {
		pic.SEI[3].Type = 201 // FFmpeg 6 and later read mastering metadata in H.264 as well, and call what is cut off damage
	}
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
