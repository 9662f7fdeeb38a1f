package codec

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A looper reads, decodes and releases one packet at a time, and begins again at the
// end of the file, so that a test can run for as long as it wants.
type looper struct {
	t       testing.TB
	dem     *Demuxer
	dec     *Decoder
	pkt     Packet
	packets int
	frames  int
}

func newLooper(t testing.TB, clip string, dcfg *DemuxerConfig, cfg *DecoderConfig) *looper {
	dem, err := Open(context.Background(), testutils.Clip(t, clip), dcfg)
	require.NoError(t, err)
	dec, err := NewDecoder(dem.Stream(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { dec.Close(); dem.Close() })
	return &looper{t: t, dem: dem, dec: dec}
}

// step is the steady loop of a program, without an end.
func (l *looper) step() {
	err := l.dem.ReadPacket(&l.pkt)
	if err != nil {
		if err := l.dem.Seek(0); err != nil {
			l.t.Fatal(err)
		}
		return
	}
	if l.pkt.Stream != l.dem.Stream().Index {
		return
	}
	l.packets++
	frames, err := l.dec.Decode(&l.pkt)
	if err != nil {
		l.t.Fatal(err)
	}
	l.frames += len(frames)
	for _, f := range frames {
		f.Release()
	}
}

// checkAllocs counts allocations over 300 packets of a clip with B-frames, SEI and
// audio, and the growth of the heap over 10,000 frames.
func checkAllocs(t *testing.T, cfg *DecoderConfig) {
	for _, sel := range []Selection{FirstVideo, AllStreams} {
		l := newLooper(t, "av-12s.mp4", &DemuxerConfig{Select: sel}, cfg)
		for range 900 { // warm up: through the end of the file and back
			l.step()
		}
		before := l.frames
		n := testing.AllocsPerRun(300, l.step)
		require.Greater(t, l.frames-before, 100)
		if raceEnabled {
			continue
		}
		require.Zero(t, n, "allocations a packet with selection %d", sel)
	}
}

func checkHeap(t *testing.T, cfg *DecoderConfig) {
	if testing.Short() {
		testutils.Skip(t, "short", "REQUIRE_LONG")
	}
	l := newLooper(t, "av-12s.mp4", nil, cfg)
	for l.frames < 1000 {
		l.step()
	}
	live := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, from := live(), l.frames
	for l.frames < from+10000 {
		l.step()
	}
	after := live()
	// A little for what the runtime itself keeps.
	require.Less(t, int64(after)-int64(before), int64(64<<10), "live heap grew from %d to %d", before, after)
}

func TestCPUAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	for _, layout := range []Layout{LayoutNative, LayoutPlanar} {
		t.Run(layout.String(), func(t *testing.T) {
			checkAllocs(t, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: layout})
		})
	}
}

func TestCPUHeap(t *testing.T) {
	testutils.FFmpeg(t)
	checkHeap(t, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
}
