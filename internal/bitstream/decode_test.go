package bitstream_test

import (
	"cmp"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// decoded is a frame of libavcodec's and the number of the packet it came from.
type decoded struct{ packet, width, height int }

// decodeAll decodes s with packet numbers for times.
func decodeAll(t *testing.T, s stream) (frames []decoded) {
	d, err := avformat.NewDecoder(s.par, &avformat.DecoderOptions{TimeBase: avformat.Rational{Num: 1, Den: 25}})
	require.NoError(t, err)
	defer d.Close()
	p, err := avformat.NewPacket()
	require.NoError(t, err)
	defer p.Close()
	f, err := avformat.NewFrame()
	require.NoError(t, err)
	defer f.Close()
	receive := func() {
		for {
			err := d.Receive(f)
			if errors.Is(err, io.EOF) || errors.Is(err, avformat.ErrAgain) {
				return
			}
			if err == nil {
				frames = append(frames, decoded{int(f.PacketPTS()), f.Width(), f.Height()})
			}
		}
	}
	for i, data := range s.packets {
		require.NoError(t, p.SetData(data))
		if x := s.reload[i]; x != nil {
			require.NoError(t, p.AddSideData(avformat.SideDataNewExtradata, x))
		}
		flags := avformat.PacketFlags(0)
		if s.keys[i] {
			flags = avformat.PacketKey
		}
		p.SetTimes(avformat.Times{PTS: int64(i), DTS: int64(i), Pos: -1, Flags: flags})
		for {
			err := d.Send(p)
			receive()
			if !errors.Is(err, avformat.ErrAgain) {
				break
			}
		}
		p.Unref()
	}
	_ = d.Send(nil)
	receive()
	return frames
}

// What libavcodec outputs for each packet, and in which order, is what the tracker says.
func TestAgainstDecoder(t *testing.T) {
	testutils.Short(t)
	dir, files := mediaFiles(t)
	compared := 0
	for _, f := range files {
		if f.Expect != "decodes" {
			continue
		}
		s, err := readStream(t, filepath.Join(dir, f.Name))
		require.NoError(t, err)
		if s.codec == bitstream.CodecUnknown || strings.HasPrefix(f.Name, "broken-") {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			tr, err := bitstream.NewTracker(s.codec, s.extradata)
			require.NoError(t, err)
			infos := make([]bitstream.PacketInfo, len(s.packets))
			type picture struct {
				packet, epoch int
				poc           int32
			}
			var order []picture
			epoch := 0
			for i, d := range s.packets {
				if x := s.reload[i]; x != nil {
					tr, err = bitstream.NewTracker(s.codec, x)
					require.NoError(t, err)
				}
				p, err := tr.Parse(d)
				require.NoError(t, err)
				infos[i] = p
				if p.OrderReset || s.reload[i] != nil {
					epoch++
				}
				if p.Shown > 0 {
					order = append(order, picture{i, epoch, p.POC})
				}
			}
			frames := decodeAll(t, s)
			count := make([]int, len(s.packets))
			for _, d := range frames {
				if d.packet < 0 || d.packet >= len(count) {
					t.Fatalf("frame of packet %d", d.packet)
				}
				count[d.packet]++
				p := &infos[d.packet]
				if p.Width > 0 {
					require.Equal(t, [2]int{d.width, d.height}, [2]int{p.Width, p.Height}, "size of packet %d", d.packet)
				}
			}
			for i, n := range count {
				// libavcodec keeps the second VOP of a packet for the next call.
				if infos[i].Packed {
					continue
				}
				if n != infos[i].Shown {
					t.Fatalf("packet %d: %d frames, tracker says %d", i, n, infos[i].Shown)
				}
			}
			if s.codec != bitstream.CodecH264 && s.codec != bitstream.CodecHEVC {
				return
			}
			slices.SortStableFunc(order, func(a, b picture) int {
				return cmp.Or(cmp.Compare(a.epoch, b.epoch), cmp.Compare(a.poc, b.poc))
			})
			for i, d := range frames {
				if d.packet != order[i].packet {
					t.Fatalf("frame %d is of packet %d, tracker says %d", i, d.packet, order[i].packet)
				}
			}
			compared++
		})
	}
	require.Greater(t, compared, 120)
}
