package codec

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A seiView is what FFmpeg's decoders make of the messages of a frame, in words.
type seiView struct {
	unregistered [][]byte
	captions     []byte
	timecodes    []string
	group        uint32
	afd          int
	hdr10plus    int
	rpu          []byte
	mastering    string
	light        string
}

// seiOfFFmpeg reads a frame's side data.
func seiOfFFmpeg(f *avformat.Frame) (v seiView) {
	v.afd = -1
	f.SideData(func(t avformat.FrameDataType, b []byte) bool {
		switch t {
		case avformat.FrameDataUserUnregistered:
			v.unregistered = append(v.unregistered, bytes.Clone(b))
		case avformat.FrameDataClosedCaptions:
			v.captions = bytes.Clone(b)
		case avformat.FrameDataGOPTimecode:
			v.group = uint32(binary.NativeEndian.Uint64(b))
		case avformat.FrameDataActiveFormat:
			v.afd = int(b[0])
		case avformat.FrameDataHDR10Plus:
			v.hdr10plus++
		case avformat.FrameDataDolbyVisionRPU:
			v.rpu = bitstream.AppendRBSP(nil, bytes.TrimRight(b, "\x00")) // FFmpeg leaves emulation prevention in
		}
		return true
	})
	codes, n := f.Timecodes()
	for _, c := range codes[:n] {
		bcd := func(b uint32) uint32 { return b>>4&15*10 + b&15 }
		v.timecodes = append(v.timecodes, fmt.Sprintf("%02d:%02d:%02d:%02d %v", bcd(c&0x3f), bcd(c>>8&0x7f), bcd(c>>16&0x7f), bcd(c>>24&0x3f), c>>30&1 != 0))
	}
	if m, ok := f.MasteringDisplay(); ok {
		q := func(r avformat.Rational) float64 { return float64(r.Num) / float64(r.Den) }
		p := func(r [2]avformat.Rational) frame.Chromaticity { return frame.Chromaticity{X: q(r[0]), Y: q(r[1])} }
		v.mastering = frame.MasteringDisplay{Red: p(m.Primaries[0]), Green: p(m.Primaries[1]), Blue: p(m.Primaries[2]), White: p(m.White), Max: q(m.Max), Min: q(m.Min)}.String()
	}
	if c, ok := f.ContentLight(); ok {
		v.light = frame.ContentLight{MaxCLL: uint16(c.MaxCLL), MaxFALL: uint16(c.MaxFALL)}.String()
	}
	return v
}

// seiOfOurs makes the same of our list. HDR of earlier frames stays in force, as FFmpeg
// has it.
func seiOfOurs(t testing.TB, list []frame.SEI, before *seiView, half bool) (v seiView) {
	v.afd = -1
	v.mastering, v.light, v.hdr10plus = before.mastering, before.light, before.hdr10plus
	for _, m := range list {
		value, err := m.Value()
		require.Equal(t, err == nil, m.Parsed, "%v: %v", m, err)
		if b, err := m.CaptionBytes(); err == nil {
			v.captions = append(v.captions, b...)
		}
		switch x := value.(type) {
		case frame.UserDataUnregistered:
			v.unregistered = append(v.unregistered, bytes.Clone(m.Payload))
		case frame.GroupTimeCode:
			v.group = binary.BigEndian.Uint32(m.Payload) >> 7
		case frame.UserDataRegistered:
			switch x.Kind() {
			case frame.T35AFD:
				v.setAFD(x.Data[2:])
			case frame.T35HDR10Plus:
				v.hdr10plus = 1
			}
		case frame.DolbyVision:
			v.rpu = bytes.Clone(x.RPU)
		case frame.MasteringDisplay:
			v.mastering = x.String()
		case frame.ContentLight:
			v.light = x.String()
		}
		if m.Type == frame.SEIMPEG2UserData && len(m.Payload) > 4 && string(m.Payload[:4]) == "DTG1" {
			v.setAFD(m.Payload)
		}
		if m.Type == frame.SEIMPEG2TimeCode {
			continue // FFmpeg does not call it a timecode
		}
		if c, err := m.TimeCode(); err == nil {
			for _, c := range c.Clock[:c.Count] {
				if c.Present {
					n := int(c.Frames)
					if half {
						n /= 2 // SMPTE 12M counts pairs above 30 frames a second
					}
					v.timecodes = append(v.timecodes, fmt.Sprintf("%02d:%02d:%02d:%02d %v", c.Hours, c.Minutes, c.Seconds, n, c.Dropped))
				}
			}
		}
	}
	before.mastering, before.light, before.hdr10plus = v.mastering, v.light, v.hdr10plus
	return v
}

func (v *seiView) setAFD(d []byte) {
	if len(d) > 5 && d[4]&0x40 != 0 {
		v.afd = int(d[5] & 15)
	}
}

type mediaSEI struct {
	name     string
	sideData map[string]int // kinds of messages that FFmpeg reports, and of how many frames
}

// mediaSideData lists the files of the corpus with messages.
func mediaSideData(t *testing.T, dir string) (list []mediaSEI) {
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	var m struct {
		Files []struct {
			Name    string `json:"name"`
			Derived struct {
				SideData map[string]int `json:"frame_side_data"`
			} `json:"derived"`
		} `json:"files"`
	}
	require.NoError(t, json.Unmarshal(b, &m))
	for _, f := range m.Files {
		delete(f.Derived.SideData, "AVPanScan")
		delete(f.Derived.SideData, "ICC profile")
		delete(f.Derived.SideData, "3x3 displaymatrix")
		if len(f.Derived.SideData) > 0 {
			list = append(list, mediaSEI{f.Name, f.Derived.SideData})
		}
	}
	return list
}

// seiMedia are the files of the corpus with messages; without all, of another kind than
// user data.
func seiMedia(t *testing.T, all bool) (paths []string) {
	dir := testutils.Media(t)
	for _, f := range mediaSideData(t, dir) {
		if !all {
			delete(f.sideData, "H.26[45] User Data Unregistered SEI message")
		}
		if len(f.sideData) > 0 {
			paths = append(paths, filepath.Join(dir, f.name))
		}
	}
	return paths
}

// TestMediaSEI: for every file of the corpus of which FFmpeg reports messages, our list
// says the same, frame by frame.
func TestMediaSEI(t *testing.T) {
	testutils.FFmpeg(t)
	dir := testutils.Media(t)
	m := mediaSideData(t, dir)
	files, kinds := 0, map[string]int{}
	for _, f := range m {
		_, plain := f.sideData["H.26[45] User Data Unregistered SEI message"]
		if testing.Short() && (plain && len(f.sideData) == 1 || !small(filepath.Join(dir, f.name))) {
			continue
		}
		files++
		for k := range f.sideData {
			kinds[k]++
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			compareSEI(t, filepath.Join(dir, f.name))
		})
	}
	t.Logf("%d files: %v", files, kinds)
	require.Greater(t, files, 5)
}

func compareSEI(t *testing.T, path string) {
	ctx := context.Background()
	dem, err := Open(ctx, path, nil)
	require.NoError(t, err)
	defer dem.Close()
	s := dem.Stream()
	dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar, Threads: 1})
	require.NoError(t, err)
	defer dec.Close()
	ff, pkt, img := plainDecoder(t, s)

	var want, got []seiView
	var state seiView
	// FFmpeg 7 and later do not learn the rate of a bare stream of four pictures.
	half := s.FrameRate.Float64() > 30.01 || strings.Contains(path, "1080p50")
	receive := func() {
		for {
			if err := ff.Receive(img); err != nil {
				if errors.Is(err, avformat.ErrAgain) || err == io.EOF {
					return
				}
				continue
			}
			want = append(want, seiOfFFmpeg(img))
		}
	}
	take := func(frames []*frame.Frame, err error) {
		for _, f := range frames {
			got = append(got, seiOfOurs(t, f.SEI, &state, half))
			f.Release()
		}
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
		}
	}
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		require.NoError(t, loadPacket(pkt, p, p.PTS))
		if ff.Send(pkt) == avformat.ErrAgain {
			receive()
			_ = ff.Send(pkt)
		}
		receive()
		take(dec.Decode(p))
	}
	_ = ff.Send(nil)
	receive()
	take(dec.Drain())
	require.NotEmpty(t, want)
	require.Len(t, got, len(want))
	if filepath.Base(path) == "hevc-mp4-mvhevc-160x120.mp4" {
		// FFmpeg gives what stands behind the first slice to the next picture.
		require.ElementsMatch(t, takeUnregistered(want), takeUnregistered(got))
	}
	alone := 0
	if s.Codec == MPEG1 || s.Codec == MPEG2 {
		// FFmpeg gives the time code of a group to the frame that comes out when its first
		// picture goes in, which is shown before it.
		require.Equal(t, takeGroups(want), takeGroups(got))
	}
	lacks := lackingSEI(t, &s)
	for i := range want {
		lacks(&want[i], &got[i], i)
		slices.Sort(want[i].timecodes)
		slices.Sort(got[i].timecodes)
		if len(want[i].unregistered) == 0 {
			want[i].unregistered = nil
		}
		if s.Codec == MPEG2 {
			// Captions of pictures that are not shown come with the next frame there.
			if n := len(want[i].captions); n > len(got[i].captions) && len(got[i].captions) > 0 {
				require.Equal(t, 3, i, "but the first after a gap, %s", path)
				want[i].captions = want[i].captions[n-len(got[i].captions):]
			}
		}
		if got[i].rpu != nil && want[i].rpu == nil {
			// FFmpeg takes it only where it is the last unit of a packet.
			got[i].rpu = nil
			alone++
		}
		require.Equal(t, want[i], got[i], "frame %d", i)
	}
	require.LessOrEqual(t, alone, 2)
}

// lackingSEI takes out of both views what the loaded FFmpeg is known not to say, or to say
// otherwise than the release that the rest was compared with (5.1).
func lackingSEI(t testing.TB, s *StreamInfo) func(want, got *seiView, i int) {
	v, err := avformat.Load()
	require.NoError(t, err)
	// What FFmpeg has no name for it does not give.
	knows := func(k avformat.FrameDataType) bool { return !strings.HasPrefix(k.String(), "FrameDataType(") }
	unregistered, rpu := knows(avformat.FrameDataUserUnregistered), knows(avformat.FrameDataDolbyVisionRPU)
	var header [][]byte
	for _, m := range headerSEI(s.Codec, s.Extradata) {
		if m.Type == frame.SEIUserDataUnregistered {
			header = append(header, m.Payload)
		}
	}
	inHeader := func(b []byte) bool {
		return slices.ContainsFunc(header, func(h []byte) bool { return bytes.Equal(b, h) })
	}
	return func(want, got *seiView, i int) {
		if !unregistered {
			require.Less(t, v.AVFormat.Major, 59)
			require.Empty(t, want.unregistered)
			got.unregistered = nil
		}
		if !rpu {
			require.Less(t, v.AVFormat.Major, 59)
			require.Nil(t, want.rpu)
			got.rpu = nil
		}
		if v.AVFormat.Major < 59 {
			// FFmpeg 4 reads captions of H.264, HEVC and MPEG-2 alone, and no HDR10+.
			want.hdr10plus, got.hdr10plus = 0, 0
			if s.Codec == AV1 {
				require.Nil(t, want.captions)
				got.captions = nil
			}
		}
		if v.AVFormat.Major > 60 && len(header) > 0 {
			// FFmpeg 7 does not give the messages of HEVC's headers, later ones give them with
			// every picture.
			if i == 0 {
				require.GreaterOrEqual(t, len(got.unregistered), len(header))
				require.Equal(t, header, got.unregistered[:len(header)])
			}
			for _, v := range []*seiView{want, got} {
				if v.unregistered = slices.DeleteFunc(v.unregistered, inHeader); len(v.unregistered) == 0 {
					v.unregistered = nil
				}
			}
		}
	}
}

func takeUnregistered(list []seiView) (all [][]byte) {
	for i := range list {
		all = append(all, list[i].unregistered...)
		list[i].unregistered = nil
	}
	return all
}

// takeGroups takes the time codes of groups away and returns them in order.
func takeGroups(list []seiView) (groups []uint32) {
	for i := range list {
		if g := list[i].group; g != 0 {
			groups, list[i].group = append(groups, g), 0
		}
	}
	return groups
}
