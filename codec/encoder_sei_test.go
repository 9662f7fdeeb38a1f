package codec

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
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
			// A country and two bytes of a provider: FFmpeg 9 loses the picture of a shorter one.
			m.Payload = append([]byte{0xb5, 0x40, 0x40}, m.Payload...)
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
	TrimCache() // of what tests before left
	testutils.LeakCheck(t)
	for _, id := range []ID{H264, HEVC, AV1} {
		t.Run(id.String(), func(t *testing.T) { testEncodeSEI(t, id, CPU) })
		t.Run("nvenc "+id.String(), func(t *testing.T) {
			testutils.Sim(t)
			t.Cleanup(TrimCache)
			testEncodeSEI(t, id, GPU(1)) // the simulator's second GPU has an encoder
		})
	}
}

func testEncodeSEI(t *testing.T, id ID, dev Device) {
	const n, width, height = 40, 192, 160
	cfg := &EncoderConfig{Codec: id, Preset: P2, GOP: 16, HDR: testHDR, Rate: RateControl{Mode: VBR, BitRate: 200_000}}
	if id != AV1 {
		cfg.BFrames = ptr(3)
	}
	cfg.Device = dev
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
	require.Equal(t, id != AV1, reordered(packets))
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
