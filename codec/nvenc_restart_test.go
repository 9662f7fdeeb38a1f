package codec

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/live"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// stream encodes pictures as a stream of their own and drains.
func stream(t testing.TB, enc *Encoder, in []*frame.Frame) (packets []*Packet) {
	for _, f := range in {
		got, err := enc.Encode(f, nil)
		require.NoError(t, err)
		packets = appendClones(packets, got)
	}
	got, err := enc.Drain()
	require.NoError(t, err)
	return appendClones(packets, got)
}

// TestNVENCRestart codes 50 streams in one session. Each is by itself what a session of
// its own makes of its pictures: to the byte, since rate control begins anew.
func TestNVENCRestart(t *testing.T) {
	dev := withEncoder(t)
	const w, h, streams = 192, 128, 50
	tb := frame.Rational{Num: 1, Den: 90000}
	for n, id := range []ID{H264, HEVC, AV1} {
		t.Run(id.String(), func(t *testing.T) {
			testutils.LeakCheck(t)
			speak(t, testedAPIs[n])
			cfg := on(dev, EncoderConfig{Codec: id, Preset: P1, BFrames: ptr(2), GOP: 6, TimeBase: tb, HDR: testHDR, Rate: RateControl{BitRate: 300_000}})
			// Streams of many lengths, and so with ends in all places of a group.
			movies := make([][]*frame.Frame, 8)
			alone := make([][]*Packet, len(movies))
			for i := range movies {
				movies[i] = movie(t, frame.NV12, w, h, 1+i, tb, func(i int) int64 { return int64(i * 3003) })
				_, alone[i] = encodeAll(t, movies[i], cfg, nil)
			}
			enc, err := NewEncoder(w, h, frame.NV12, cfg)
			require.NoError(t, err)
			defer enc.Close()
			session := enc.eng.(*nvencEngine).session
			open := live.Snapshot()["nvenc.Session"]
			headers := enc.Stream().Extradata
			for k := range streams {
				in, want := movies[k%len(movies)], alone[k%len(movies)]
				shift := int64((k*7919)%11-5) * 100_000 // forwards and back
				if k > 0 {
					require.NoError(t, enc.restart())
				}
				for i, f := range in {
					f.PTS = shift + int64(i*3003)
				}
				packets := stream(t, enc, in)
				require.Len(t, packets, len(want), "stream %d", k)
				for i, p := range packets {
					require.Equal(t, want[i].PTS+shift, p.PTS, "stream %d packet %d", k, i)
					require.Equal(t, want[i].DTS+shift, p.DTS, "stream %d packet %d", k, i)
					require.Equal(t, want[i].Key, p.Key, "stream %d packet %d", k, i)
					require.Equal(t, want[i].Type, p.Type, "stream %d packet %d", k, i)
					require.True(t, string(want[i].Data) == string(p.Data), "stream %d packet %d: other bytes than in a session of its own", k, i)
				}
				require.True(t, packets[0].Key)
				info, err := bitstream.ParseInfo(bitstream.CodecByName(string(id)), nil, packets[0].Data)
				require.NoError(t, err, "stream %d begins with headers", k)
				require.Equal(t, w, info.Width)
				require.Equal(t, headers, enc.Stream().Extradata)
				out := decodePackets(t, enc.Stream(), packets)
				require.Len(t, out, len(in))
				for i, f := range out {
					require.Equal(t, in[i].PTS, f.PTS, "stream %d frame %d", k, i)
					f.Release()
				}
				require.Same(t, session, enc.eng.(*nvencEngine).session)
				require.Equal(t, open, live.Snapshot()["nvenc.Session"])
			}
		})
	}
}

// TestNVENCRestartEarly begins a new stream while pictures of the last one are inside,
// whose messages, inputs and packets must not show in the new one.
func TestNVENCRestartEarly(t *testing.T) {
	dev := withEncoder(t)
	ctx := primary(t, dev)
	const w, h = 192, 128
	for _, id := range []ID{H264, HEVC, AV1} {
		t.Run(id.String(), func(t *testing.T) {
			testutils.LeakCheck(t)
			cfg := on(dev, EncoderConfig{Codec: id, Preset: P1, BFrames: ptr(3), GOP: 8})
			enc, err := NewEncoder(w, h, frame.NV12, cfg)
			require.NoError(t, err)
			defer enc.Close()
			require.NoError(t, enc.restart(), "of a stream that did not begin")
			in := movie(t, frame.NV12, w, h, 9, frame.Rational{}, nil)
			_, want := encodeAll(t, in, cfg, nil)
			for n := range 7 {
				for i := range n {
					d := upload(t, ctx, in[8-i])
					_, err := enc.Encode(d, &Picture{SEI: manySEI(id, i)})
					require.NoError(t, err)
					d.Release()
				}
				require.NoError(t, enc.restart())
				require.NoError(t, enc.restart(), "twice")
				packets := stream(t, enc, in)
				require.Len(t, packets, len(want))
				for i, p := range packets {
					require.Equal(t, want[i].PTS, p.PTS, "%d inside: packet %d", n, i)
					require.True(t, string(want[i].Data) == string(p.Data), "%d inside: packet %d", n, i)
				}
				require.NoError(t, enc.restart())
			}
			require.NoError(t, enc.Close())
			require.ErrorIs(t, enc.restart(), ErrClosed)
		})
	}
}

// TestNVENCRestartSize goes on in the size and with the rate that Reconfigure left.
func TestNVENCRestartSize(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	for _, id := range []ID{H264, HEVC} {
		enc, err := NewEncoder(320, 240, frame.NV12, on(dev, EncoderConfig{Codec: id, MaxWidth: 640, MaxHeight: 480}))
		require.NoError(t, err)
		defer enc.Close()
		first := enc.Stream().Extradata
		stream(t, enc, movie(t, frame.NV12, 320, 240, 5, frame.Rational{}, nil))
		require.NoError(t, enc.restart())
		require.NoError(t, enc.Reconfigure(Reconfiguration{Width: 192, Height: 160}))
		for range 2 {
			packets := stream(t, enc, movie(t, frame.NV12, 192, 160, 5, frame.Rational{}, nil))
			require.True(t, packets[0].Key)
			for _, f := range decodePackets(t, StreamInfo{Codec: id}, packets) {
				require.Equal(t, [2]int{192, 160}, [2]int{f.Width, f.Height})
				f.Release()
			}
			require.NoError(t, enc.restart())
			require.NotEqual(t, first, enc.Stream().Extradata)
		}
	}
}

// TestNVENCRestartRefused opens another session where the driver does not let this one
// go on.
func TestNVENCRestartRefused(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	enc, err := NewEncoder(192, 128, frame.NV12, on(dev, EncoderConfig{BFrames: ptr(2)}))
	require.NoError(t, err)
	defer enc.Close()
	in := movie(t, frame.NV12, 192, 128, 7, frame.Rational{}, nil)
	want := stream(t, enc, in)
	e := enc.eng.(*nvencEngine)
	e.setup.config.FrameIntervalP++ // which no session can change
	require.NoError(t, enc.restart())
	require.NotSame(t, e, enc.eng)
	packets := stream(t, enc, in)
	require.Len(t, packets, len(want))
	for i, p := range packets {
		require.Equal(t, fmt.Sprint(want[i].PTS, want[i].DTS, want[i].Key), fmt.Sprint(p.PTS, p.DTS, p.Key))
	}
}
