package codec

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// driverForm is a message as the driver gives it: some raw, some in structs of its own,
// most not at all.
func driverForm(m frame.SEI) (typ uint8, b []byte, ok bool) {
	put := binary.NativeEndian.AppendUint16
	switch m.Type {
	case frame.SEIUserDataRegistered, frame.SEIUserDataUnregistered:
		return uint8(m.Type), m.Payload, true
	case frame.SEIMPEG2UserData:
		return uint8(frame.SEIUserDataUnregistered), m.Payload, true
	case frame.SEIContentLight:
		v, err := m.ContentLight()
		return uint8(m.Type), put(put(nil, v.MaxCLL), v.MaxFALL), err == nil
	case frame.SEIAlternativeTransfer:
		v, err := m.AlternativeTransfer()
		return uint8(m.Type), []byte{byte(v.Preferred)}, err == nil
	case frame.SEIMasteringDisplay:
		p := m.Payload
		for _, i := range []int{0, 4, 8, 2, 6, 10, 12, 14} { // all x, all y, white
			b = put(b, binary.BigEndian.Uint16(p[i:]))
		}
		b = binary.NativeEndian.AppendUint32(b, binary.BigEndian.Uint32(p[16:]))
		return uint8(m.Type), binary.NativeEndian.AppendUint32(b, binary.BigEndian.Uint32(p[20:])), true
	case frame.SEIPicTiming, frame.SEITimeCode:
		if m.Syntax.Codec == frame.InHEVC && m.Type == frame.SEIPicTiming {
			return 0, nil, false
		}
		t, err := m.TimeCode()
		return uint8(m.Type), timeCodeStruct(t), err == nil
	case frame.SEIMPEG2TimeCode:
		g, err := m.GroupTimeCode()
		flag := byte(0)
		if g.DropFrame {
			flag = 1
		}
		return uint8(frame.SEITimeCode), []byte{flag, g.Hours, g.Minutes, 1, g.Seconds, g.Pictures}, err == nil
	}
	return 0, nil, false
}

// timeCodeStruct are the bytes of the driver's TIMECODE.
func timeCodeStruct(t frame.TimeCode) []byte {
	b := make([]byte, 64)
	for i, c := range t.Clock[:t.Count] {
		if !c.Present {
			continue
		}
		s := b[20*i:]
		binary.NativeEndian.PutUint32(s, uint32(c.Offset)&(1<<c.OffsetBits-1))
		binary.NativeEndian.PutUint16(s[4:], c.Frames)
		flag := func(at int, v bool) {
			if v {
				s[at] = 1
			}
		}
		s[6] = 1
		flag(7, c.FieldBased)
		s[8] = c.CountingType
		flag(9, c.Full)
		flag(10, c.Discontinuity)
		flag(11, c.Dropped)
		s[12], s[13], s[14] = c.Seconds, c.Minutes, c.Hours
		flag(15, c.HasSeconds && !c.Full)
		flag(16, c.HasMinutes && !c.Full)
		flag(17, c.HasHours && !c.Full)
		s[18] = c.OffsetBits
	}
	b[60] = byte(t.Count)
	return b
}

// TestNVDECSEI compares what the driver says of each picture with our own list, and the
// lists of the frames with the CPU engine's.
func TestNVDECSEI(t *testing.T) {
	TrimCache() // of what tests before left
	onNVDEC(t)
	files := []string{"demo.mp4", "h264.h264", "h264.mkv", "hevc.mp4", "hevc-hdr10.mp4", "av-12s.mp4", "mpeg2.ts"}
	for i, f := range files {
		files[i] = testutils.Clip(t, f)
	}
	// NVCODEC_SEI=all adds those that have only an encoder's settings. Of damaged files the
	// engines make other frames.
	for _, f := range seiMedia(t, os.Getenv("NVCODEC_SEI") == "all") {
		if (!testing.Short() || small(f)) && !strings.HasPrefix(filepath.Base(f), "broken-") {
			files = append(files, f)
		}
	}
	total := map[uint8]int{}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			for k, n := range compareDriverSEI(t, path) {
				total[k] += n
			}
		})
	}
	t.Logf("messages by type: %v", total)
	require.NotZero(t, total[5])
}

// small files are those for short runs.
func small(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Size() < 150_000
}

func compareDriverSEI(t *testing.T, path string) map[uint8]int {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	s := dem.Stream()
	dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}})
	if errors.Is(err, ErrUnsupported) {
		t.Log(err)
		return nil
	}
	require.NoError(t, err)
	defer dec.Close()
	e := dec.eng.(*nvdecEngine)
	var got, want []string
	found := map[uint8]int{}
	seen := map[int64]int{}
	expect := func(list []frame.SEI) {
		for _, m := range list {
			if typ, b, ok := driverForm(m); ok {
				want = append(want, fmt.Sprintf("%d %x", typ, b))
			}
		}
	}
	expect(headerSEI(s.Codec, s.Extradata)) // the driver has them with the first picture
	e.onSEI = func(i *nvcuvid.SEIMessageInfo) {
		at := 0
		for _, m := range i.Messages() {
			n := int(m.SEIMessageSize)
			got = append(got, fmt.Sprintf("%d %x", m.SEIMessageType, i.Data(at, n)))
			at += n
			found[m.SEIMessageType]++
		}
		// A second field has its own callback, and its messages are with the first.
		if e.current == nil {
			return
		}
		for seq := max(e.current.seq-2, 0); seq <= e.current.seq; seq++ {
			if m := e.times.find(seq); m != nil && m.sei != nil {
				var f frame.Frame
				m.sei.addTo(&f)
				expect(f.SEI[seen[seq]:])
				seen[seq] = len(f.SEI)
			}
		}
	}
	lists := seiLists(t, dec, dem)
	if s.Codec != AV1 { // whose messages no driver was seen to give
		require.Equal(t, want, got)
	}

	require.NoError(t, dem.Close())
	dem, err = Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	cpu, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
	require.NoError(t, err)
	defer cpu.Close()
	require.Equal(t, seiLists(t, cpu, dem), lists, "both engines")
	return found
}

// seiLists are the messages of all frames, with the frames' times.
func seiLists(t *testing.T, dec *Decoder, dem *Demuxer) (lists []string) {
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			break
		}
		line := fmt.Sprint(f.PTS)
		for _, m := range f.SEI {
			line += fmt.Sprintf(" %d %v %+v %x", m.Type, m.Parsed, m.Syntax, m.Payload)
		}
		lists = append(lists, line)
		f.Release()
	}
	return lists
}
