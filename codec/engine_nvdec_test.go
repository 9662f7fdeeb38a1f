package codec

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/live"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// onNVDEC asks for a driver, real or simulated, and leaves nothing behind.
func onNVDEC(t *testing.T) {
	t.Helper()
	testutils.FFmpeg(t)
	testutils.Driver(t)
	checkSessions(t)
}

// A shot is what a test remembers of a frame.
type shot struct {
	sum           string
	width, height int
	format        frame.Format
	pts, duration int64
	key           bool
	sei           int
	other         string
}

func shoot(t testing.TB, f *frame.Frame) shot {
	b, err := f.AppendPlanar(nil)
	require.NoError(t, err)
	sum := md5.Sum(b)
	return shot{
		hex.EncodeToString(sum[:]), f.Width, f.Height, f.Format, f.PTS, f.Duration, f.Key, len(f.SEI),
		fmt.Sprint(f.TimeBase, f.Pos, f.Corrupt, f.Interlaced, f.TopFieldFirst, f.RepeatFields, f.SAR, f.Color, f.Rotation, f.Depth()),
	}
}

func packetsOf(t testing.TB, clip string) (StreamInfo, []*Packet) {
	dem, err := Open(context.Background(), testutils.Clip(t, clip), nil)
	require.NoError(t, err)
	defer dem.Close()
	var list []*Packet
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		list = append(list, p.Clone())
	}
	s := dem.Stream()
	// The demuxer's own parameters go with it; what is left is what a user may give.
	s.params = nil
	return s, list
}

func shootAll(t testing.TB, dec *Decoder, list []*Packet) []shot {
	var shots []shot
	add := func(frames []*frame.Frame, err error) {
		for _, f := range frames {
			shots = append(shots, shoot(t, f))
			f.Release()
		}
		require.NoError(t, err)
	}
	for _, p := range list {
		add(dec.Decode(p))
	}
	add(dec.Drain())
	return shots
}

func newDecoder(t testing.TB, s StreamInfo, cfg DecoderConfig) *Decoder {
	dec, err := NewDecoder(s, &cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, dec.Close()) })
	return dec
}

func onGPU(cfg DecoderConfig) DecoderConfig { cfg.Device = GPU(0); return cfg }
func onCPU(cfg DecoderConfig) DecoderConfig { cfg.Device, cfg.Threads = CPU, 1; return cfg }

// Low latency changes when frames come, not which.
func TestNVDECLowLatencyIsTheSame(t *testing.T) {
	for _, clip := range []string{
		"h264.mkv", "h264-crop.mp4", "h264-interlaced.ts", "h264-opengop.mp4", "h264-vfr.mkv", "h264-resize.ts", "hevc.mp4", "hevc10.mkv", "vp8.webm", "vp9.webm",
	} {
		t.Run(clip, func(t *testing.T) {
			onNVDEC(t)
			s, list := packetsOf(t, clip)
			want := shootAll(t, newDecoder(t, s, onCPU(DecoderConfig{})), list)
			require.NotEmpty(t, want)
			require.Equal(t, want, shootAll(t, newDecoder(t, s, onGPU(DecoderConfig{Latency: LatencyLow})), list))
		})
	}
}

// MPEG-2 and MPEG-4 leave the inverse transform open, so only what is not pixels can
// be compared.
func TestNVDECMPEG(t *testing.T) {
	for _, clip := range []string{"mpeg2.ts", "mpeg4.avi"} {
		t.Run(clip, func(t *testing.T) {
			onNVDEC(t)
			s, list := packetsOf(t, clip)
			want := shootAll(t, newDecoder(t, s, onCPU(DecoderConfig{})), list)
			got := shootAll(t, newDecoder(t, s, onGPU(DecoderConfig{})), list)
			for _, shots := range [][]shot{want, got} {
				for i := range shots {
					shots[i].sum = ""
				}
			}
			require.Equal(t, want, got)
		})
	}
}

// A bare elementary stream in pieces of any size gives the same pictures.
func TestNVDECPieces(t *testing.T) {
	onNVDEC(t)
	s, list := packetsOf(t, "h264.h264")
	want := shootAll(t, newDecoder(t, StreamInfo{Codec: H264}, onCPU(DecoderConfig{})), list)
	raw, err := os.ReadFile(testutils.Clip(t, "h264.h264"))
	require.NoError(t, err)
	var pieces []*Packet
	for n := 1; len(raw) > 0; n = n*7%4093 + 1 {
		n = min(n, len(raw))
		pieces = append(pieces, &Packet{Data: raw[:n], PTS: NoPTS, DTS: NoPTS, Pos: -1})
		raw = raw[n:]
	}
	got := shootAll(t, newDecoder(t, StreamInfo{Codec: H264, Width: s.Width, Height: s.Height, BitDepth: 8, Chroma: 420}, onGPU(DecoderConfig{})), pieces)
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].sum, got[i].sum, i)
	}
}

// LatencyZero gives each picture with its packet, in decoding order, with its own
// time.
func TestNVDECLatencyZero(t *testing.T) {
	onNVDEC(t)
	s, list := packetsOf(t, "h264.mkv")
	byTime := map[int64]shot{}
	for _, f := range shootAll(t, newDecoder(t, s, onGPU(DecoderConfig{})), list) {
		byTime[f.pts] = f
	}
	dec := newDecoder(t, s, onGPU(DecoderConfig{Latency: LatencyZero}))
	reordered := false
	last := int64(-1)
	for _, p := range list {
		frames, err := dec.Decode(p)
		require.NoError(t, err)
		require.Len(t, frames, 1, "the picture of this very packet")
		f := shoot(t, frames[0])
		require.Equal(t, p.PTS, f.pts)
		require.Equal(t, byTime[f.pts].sum, f.sum)
		reordered = reordered || f.pts < last
		last = f.pts
		frames[0].Release()
	}
	require.True(t, reordered, "the clip has B-frames")
	frames, err := dec.Drain()
	require.NoError(t, err)
	require.Empty(t, frames)
}

// LatencyLow gives a picture with its packet where the stream does not reorder.
func TestNVDECLatencyLow(t *testing.T) {
	onNVDEC(t)
	for _, clip := range []string{"vp8.webm", "vp9.webm"} {
		s, list := packetsOf(t, clip)
		dec := newDecoder(t, s, onGPU(DecoderConfig{Latency: LatencyLow}))
		for _, p := range list {
			frames, err := dec.Decode(p)
			require.NoError(t, err)
			for _, f := range frames {
				require.Equal(t, p.PTS, f.PTS)
				f.Release()
			}
		}
		frames, err := dec.Drain()
		require.NoError(t, err)
		require.Empty(t, frames)
	}
}

func TestNVDECDrainAndDiscard(t *testing.T) {
	for _, clip := range []string{"h264-opengop.mp4", "hevc.mp4", "vp9.webm"} {
		t.Run(clip, func(t *testing.T) {
			onNVDEC(t)
			s, list := packetsOf(t, clip)
			dec := newDecoder(t, s, onGPU(DecoderConfig{}))
			want := shootAll(t, dec, list)
			require.Equal(t, want, shootAll(t, dec, list), "again, after Drain")
			for _, p := range list[:len(list)/2] {
				frames, err := dec.Decode(p)
				require.NoError(t, err)
				for _, f := range frames {
					f.Release()
				}
			}
			require.NoError(t, dec.Discard())
			require.NoError(t, dec.Discard())
			require.Equal(t, want, shootAll(t, dec, list), "again, after Discard")
			// A packet that says so itself.
			for _, p := range list[:len(list)/2] {
				frames, err := dec.Decode(p)
				require.NoError(t, err)
				for _, f := range frames {
					f.Release()
				}
			}
			first := *list[0]
			first.Flags |= Discontinuity
			frames, err := dec.Decode(&first)
			require.NoError(t, err)
			for _, f := range frames {
				f.Release()
			}
			require.Equal(t, want, shootAll(t, dec, list[1:]))
		})
	}
}

// From every key frame on, seeking gives what the CPU gives there.
func TestNVDECKeyFrames(t *testing.T) {
	for _, clip := range []string{"h264-opengop.mp4", "hevc.mp4", "h264.mkv"} {
		t.Run(clip, func(t *testing.T) {
			onNVDEC(t)
			s, list := packetsOf(t, clip)
			dec := newDecoder(t, s, onGPU(DecoderConfig{}))
			soft := newDecoder(t, s, onCPU(DecoderConfig{}))
			for i, p := range list {
				if !p.Key {
					continue
				}
				require.NoError(t, dec.Discard())
				require.NoError(t, soft.Discard())
				end := min(len(list), i+20)
				require.Equal(t, shootAll(t, soft, list[i:end]), shootAll(t, dec, list[i:end]), "packet %d", i)
			}
		})
	}
}

// In the middle of a group of pictures nothing comes out until decoding can begin.
func TestNVDECStartsInTheMiddle(t *testing.T) {
	for _, clip := range []string{"h264.mkv", "hevc.mp4"} {
		t.Run(clip, func(t *testing.T) {
			onNVDEC(t)
			s, list := packetsOf(t, clip)
			next := 0
			for i, p := range list[2:] {
				if p.Key {
					next = i + 2
					break
				}
			}
			if next == 0 {
				// One group only: nothing to begin with in what is left.
				dec := newDecoder(t, s, onGPU(DecoderConfig{}))
				for _, p := range list[1:] {
					frames, err := dec.Decode(p)
					require.NoError(t, err)
					require.Empty(t, frames)
				}
				_, err := dec.Drain()
				require.ErrorIs(t, err, ErrCorrupt)
				return
			}
			got := shootAll(t, newDecoder(t, s, onGPU(DecoderConfig{})), list[1:])
			require.NotEmpty(t, got)
			require.True(t, got[0].key)
			require.Equal(t, shootAll(t, newDecoder(t, s, onCPU(DecoderConfig{})), list[next:]), got)
		})
	}
}

func TestNVDECWrongCodec(t *testing.T) {
	onNVDEC(t)
	_, list := packetsOf(t, "hevc.h265")
	dec := newDecoder(t, StreamInfo{Codec: H264, Width: 64, Height: 64, BitDepth: 8, Chroma: 420}, onGPU(DecoderConfig{}))
	for _, p := range list {
		frames, err := dec.Decode(p)
		require.NoError(t, err)
		require.Empty(t, frames)
	}
	_, err := dec.Drain()
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorContains(t, err, "another codec")
}

// What the hardware cannot do is refused before a session is made, by the
// capability's name, and Auto goes to the CPU for it.
func TestNVDECRefusesByCapability(t *testing.T) {
	onNVDEC(t)
	for _, c := range []struct {
		s    StreamInfo
		want string
	}{
		{StreamInfo{Codec: H264, Width: 16000, Height: 8000, BitDepth: 8, Chroma: 420}, "nMaxWidth"},
		{StreamInfo{Codec: H264, Width: 16, Height: 8, BitDepth: 8, Chroma: 420}, "nMinWidth"},
		{StreamInfo{Codec: H264, Width: 64, Height: 64, BitDepth: 14, Chroma: 420}, "bIsSupported"},
		{StreamInfo{Codec: HEVC, Width: 640, Height: 480, BitDepth: 8, Chroma: 400}, "bIsSupported"},
		{StreamInfo{Codec: "msmpeg4v3", Width: 640, Height: 480, BitDepth: 8, Chroma: 420}, "NVDEC does not decode"},
	} {
		_, err := NewDecoder(c.s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}})
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, c.want)
		dec, err := NewDecoder(c.s, nil)
		require.NoError(t, err)
		require.Equal(t, CPU, dec.Device())
		require.Contains(t, dec.Reason(), c.want)
		require.NoError(t, dec.Close())
	}
	_, err := NewDecoder(StreamInfo{Codec: H264}, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(77)}})
	if err == nil {
		t.Log("bare streams choose later")
	}
	_, err = NewDecoder(StreamInfo{Codec: H264, Width: 64, Height: 64, BitDepth: 8, Chroma: 420}, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(77)}})
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "cuda:77")
}

// Sessions are used again: in the primary context by the next decoder, elsewhere not.
func TestNVDECSessions(t *testing.T) {
	onNVDEC(t)
	TrimCache()
	count := func() int64 { return live.Snapshot()["nvcuvid.Decoder"] }
	require.Zero(t, count())
	s, list := packetsOf(t, "h264.mkv")
	want := shootAll(t, newDecoder(t, s, onCPU(DecoderConfig{})), list)
	for range 3 {
		dec := newDecoder(t, s, onGPU(DecoderConfig{}))
		require.Equal(t, want, shootAll(t, dec, list))
		require.NoError(t, dec.Close())
		require.EqualValues(t, 1, count(), "one session serves all")
	}
	// Another size in the same session, if it is not larger.
	s2, list2 := packetsOf(t, "h264-crop.mp4")
	want2 := shootAll(t, newDecoder(t, s2, onCPU(DecoderConfig{})), list2)
	dec := newDecoder(t, s2, onGPU(DecoderConfig{MaxWidth: 1920, MaxHeight: 1080}))
	require.Equal(t, want2, shootAll(t, dec, list2))
	require.NoError(t, dec.Close())
	TrimCache()
	require.Zero(t, count())

	SetDecoderCache(0)
	defer SetDecoderCache(defaultDecoderCache)
	dec = newDecoder(t, s, onGPU(DecoderConfig{}))
	require.Equal(t, want, shootAll(t, dec, list))
	require.NoError(t, dec.Close())
	sessions.wait()
	require.Zero(t, count(), "none is kept")
	SetDecoderCache(defaultDecoderCache)

	ctx, err := cuda.NewContext(0, cuda.ScheduleAuto)
	require.NoError(t, err)
	stream, err := ctx.NewStream(cuda.StreamNonBlocking)
	require.NoError(t, err)
	dec, err = NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Context: ctx, Stream: stream}})
	require.NoError(t, err)
	require.Equal(t, GPU(0), dec.Device())
	require.Equal(t, want, shootAll(t, dec, list))
	require.NoError(t, dec.Close())
	require.Zero(t, count(), "nothing of ours is left in the caller's context")
	require.NoError(t, stream.Synchronize(), "the stream is the caller's")
	require.NoError(t, stream.Close())
	require.NoError(t, ctx.Close())
}

// The pool keeps the sessions used last, and ends those that nobody wants.
func TestSessionPool(t *testing.T) {
	onNVDEC(t)
	require.NoError(t, cuda.Load())
	ctx, err := cuda.Primary(0)
	require.NoError(t, err)
	defer ctx.Close()
	require.NoError(t, ctx.Enter())
	defer ctx.Exit()
	open := func(width int) *decodeSession {
		key := sessionKey{context: ctx.Handle(), codec: nvdecCodecs[H264], chroma: chromaFormats[420], depth: 8}
		s, err := newSession(ctx, sessionKind{key, geometry{width: width, height: 128, outWide: width, outHi: 128}, 3, width, 128})
		require.NoError(t, err)
		return s
	}
	p := &sessionPool{limit: 2}
	a, b, c := open(128), open(256), open(320)
	p.give(a)
	p.give(b)
	p.give(c)
	p.wait()
	require.True(t, a.failed || len(p.idle) == 2)
	require.Nil(t, p.take(sessionKey{}, 64, 64, 1))
	require.Nil(t, p.take(b.key, 640, 128, 1))
	require.Nil(t, p.take(b.key, 128, 128, 20))
	require.Same(t, b, p.take(b.key, 200, 128, 4), "the smallest that will do")
	p.give(b)
	p.idle[0].idle = time.Now().Add(-2 * maxIdle)
	p.expire()
	p.wait()
	require.Len(t, p.idle, 1)
	require.Same(t, b, p.idle[0])
	gone := p.shrink(0)
	p.destroy(gone)
	p.wait()
	require.Zero(t, live.Snapshot()["nvcuvid.Decoder"])
}

// Frames outlive their decoder, and a decoder may be closed while another goroutine
// is in it.
func TestNVDECClose(t *testing.T) {
	onNVDEC(t)
	s, list := packetsOf(t, "h264.mkv")
	for i := range 8 {
		dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}})
		require.NoError(t, err)
		var wg sync.WaitGroup
		var kept []*frame.Frame
		wg.Go(func() {
			for _, p := range list {
				frames, err := dec.Decode(p)
				kept = append(kept, frames...)
				if err != nil {
					if !errors.Is(err, os.ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
		time.Sleep(time.Duration(i) * 3 * time.Millisecond)
		require.NoError(t, dec.Close())
		wg.Wait()
		require.NoError(t, dec.Close())
		for _, f := range kept {
			_, err := f.AppendPlanar(nil)
			require.NoError(t, err)
			f.Release()
		}
	}
}

// Once running, a packet allocates nothing, neither in Go nor on the device.
func TestNVDECAllocations(t *testing.T) {
	for _, memory := range []frame.Memory{frame.Device, frame.Host} {
		for _, clip := range []string{"h264.mkv", "hevc10.mkv", "vp8.webm", "vp9.webm"} {
			t.Run(memory.String()+" "+clip, func(t *testing.T) {
				onNVDEC(t)
				s, list := packetsOf(t, clip)
				dec := newDecoder(t, s, onGPU(DecoderConfig{DeviceConfig: DeviceConfig{Memory: memory}}))
				i := 0
				step := func() {
					frames, err := dec.Decode(list[i%len(list)])
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range frames {
						f.Release()
					}
					i++
				}
				for range 2 * len(list) {
					step()
				}
				before := live.Snapshot()["cuda.DevicePtr"]
				if n := testing.AllocsPerRun(len(list), step); n != 0 && !raceEnabled {
					t.Errorf("%v allocations a packet", n)
				}
				require.Equal(t, before, live.Snapshot()["cuda.DevicePtr"])
			})
		}
	}
}

// A damaged stream is decoded to its end, with the damage told, and never hangs.
func TestNVDECFlippedBits(t *testing.T) {
	for _, clip := range []string{"h264.mkv", "hevc.mp4", "vp9.webm", "vp8.webm"} {
		t.Run(clip, func(t *testing.T) {
			onNVDEC(t)
			s, list := packetsOf(t, clip)
			dec := newDecoder(t, s, onGPU(DecoderConfig{}))
			for i, p := range list {
				p = p.Clone()
				if i%5 == 3 {
					for j := len(p.Data) / 3; j < len(p.Data); j += 11 {
						p.Data[j] ^= 0x5A
					}
				}
				if i%7 == 6 {
					p.Data = p.Data[:len(p.Data)/2]
				}
				frames, err := dec.Decode(p)
				for _, f := range frames {
					f.Release()
				}
				if err != nil {
					require.ErrorIs(t, err, ErrUnsupported, "a header that names what the hardware lacks ends it")
					return
				}
			}
			frames, err := dec.Drain()
			for _, f := range frames {
				f.Release()
			}
			if err != nil {
				require.ErrorIs(t, err, ErrCorrupt)
			}
		})
	}
}

// Faults of the driver end the decoder with the function's name, and leave nothing.
func TestNVDECFaults(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Sim(t)
	for name, c := range map[string]struct {
		fault string
		is    error
		text  string
	}{
		"create": {"cuvidCreateDecoder:1:2", cuda.ErrOutOfMemory, "cuvidCreateDecoder"},
		"map":    {"cuvidMapVideoFrame64:5:700", cuda.ErrIllegalAddress, "cuvidMapVideoFrame"},
		"copy":   {"cuMemcpy2DAsync_v2:4:719", cuda.ErrLaunchFailed, "cuMemcpy2DAsync"},
		"memory": {"cuMemAlloc_v2:2:2", cuda.ErrOutOfMemory, "cuMemAlloc"},
		"parser": {"cuvidCreateVideoParser:1:2", cuda.ErrOutOfMemory, "cuvidCreateVideoParser"},
	} {
		t.Run(name, func(t *testing.T) {
			missing(t, []string{"NVSIM_FAULT=" + c.fault}, func(t *testing.T) {
				s, list := packetsOf(t, "h264.mkv")
				dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}})
				var kept []*frame.Frame
				for i := 0; err == nil && i < len(list); i++ {
					var frames []*frame.Frame
					frames, err = dec.Decode(list[i])
					kept = append(kept, frames...) // so that memory is asked for again and again
				}
				require.ErrorIs(t, err, c.is)
				require.ErrorContains(t, err, c.text)
				if dec != nil {
					_, again := dec.Decode(list[0])
					require.ErrorIs(t, again, c.is, "it stays so")
				}
				for _, f := range kept {
					f.Release()
				}
				_ = dec.Close()
			})
		})
	}
}

// A stream that changes its bit depth, size or chroma goes on, with frames of the new
// format.
func TestNVDECStreamChanges(t *testing.T) {
	for name, c := range map[string]struct {
		codec  ID
		clips  []string
		shapes int
	}{
		"depth and chroma": {HEVC, []string{"hevc.mp4", "hevc10.mkv", "hevc-444.mp4", "hevc.mp4"}, 3},
		// The same coded size, of which another part is visible.
		"crop": {H264, []string{"h264.mkv", "h264-interlaced.ts", "h264.mkv", "h264-interlaced.ts", "h264.mkv"}, 2},
		"size": {H264, []string{"h264.mkv", "h264-crop.mp4", "h264-interlaced.ts", "h264-crop.mp4"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			onNVDEC(t)
			s := StreamInfo{Codec: c.codec, WholePictures: true}
			var list []*Packet
			var want []shot
			for i, clip := range c.clips {
				packets := bareOf(t, clip, int64(i)*100_000_000)
				list = append(list, packets...)
				// On their own: libavcodec does not see when H.264 changes the visible part only.
				want = append(want, shootAll(t, newDecoder(t, s, onCPU(DecoderConfig{})), packets)...)
			}
			shapes := map[string]bool{}
			for _, w := range want {
				shapes[fmt.Sprint(w.width, w.height, w.format)] = true
			}
			require.Len(t, shapes, c.shapes)
			for _, latency := range []Latency{LatencyNative, LatencyLow, LatencyZero} {
				got := shootAll(t, newDecoder(t, s, onGPU(DecoderConfig{Latency: latency})), list)
				require.Len(t, got, len(want))
				if latency == LatencyZero {
					slices.SortStableFunc(got, func(a, b shot) int { return cmp.Compare(a.pts, b.pts) })
				}
				for i := range want {
					require.Equal(t, want[i].pts, got[i].pts, "%v, frame %d", latency, i)
					require.Equal(t, want[i].format, got[i].format, "%v, frame %d", latency, i)
					require.Equal(t, want[i].sum, got[i].sum, "%v, frame %d", latency, i)
				}
			}
		})
	}
}

// bareOf are the packets of a clip with the headers in them, later by a time.
func bareOf(t *testing.T, clip string, later int64) []*Packet {
	s, packets := packetsOf(t, clip)
	var in nvdecInput
	in.open(&s)
	for _, p := range packets {
		data, err := in.prepare(p.Data, &bitstream.PacketInfo{})
		require.NoError(t, err)
		p.Data = bytes.Clone(data)
		p.PTS += later
		if p.DTS != NoPTS {
			p.DTS += later
		}
	}
	return packets
}
