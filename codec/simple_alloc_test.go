package codec

import (
	"io"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// checkSimpleAllocs counts the allocations of a frame in Range and in Read, over more than
// 200 frames in which the end of a group of pictures comes several times.
func checkSimpleAllocs(t *testing.T, cfg SimpleDecoderConfig) {
	s := openSimple(t, testutils.Clip(t, "demo.mp4"), &cfg)
	const warm, count = 60, 220
	for range 3 { // makes what is used again: as many frames as are decoded ahead
		for f, err := range s.All() {
			require.NoError(t, err)
			f.Release()
		}
	}
	for range 2 {
		next, stop := iter.Pull2(s.All())
		for range warm {
			f, err, ok := next()
			require.True(t, ok)
			require.NoError(t, err)
			f.Release()
		}
		n := testing.AllocsPerRun(count, func() {
			f, err, ok := next()
			if !ok || err != nil {
				t.Fatal(err)
			}
			f.Release()
		})
		stop()
		if !raceEnabled {
			require.Zero(t, n, "allocations a frame in Range")
		}
	}
	batch := make([]*frame.Frame, 1)
	require.NoError(t, s.Seek(0))
	read := func() {
		k, err := s.Read(batch)
		if err == io.EOF || err != nil || k != 1 {
			t.Fatal(k, err)
		}
		batch[0].Release()
	}
	for range warm {
		read()
	}
	if n := testing.AllocsPerRun(count, read); !raceEnabled {
		require.Zero(t, n, "allocations a frame in Read")
	}
}

func TestSimpleCPUAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	checkSimpleAllocs(t, SimpleDecoderConfig{DecoderConfig: cpuOnly})
}

func TestSimpleCPUAllocsParallel(t *testing.T) {
	testutils.FFmpeg(t)
	checkSimpleAllocs(t, SimpleDecoderConfig{DecoderConfig: cpuOnly, Parallel: 2, ParallelMemory: littleAhead})
}

func TestSimpleNVDECAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	cfg := DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}}
	checkSimpleAllocs(t, SimpleDecoderConfig{DecoderConfig: cfg})
	checkSimpleAllocs(t, SimpleDecoderConfig{DecoderConfig: cfg, Parallel: 2, ParallelMemory: littleAhead})
}

// littleAhead is 40 frames of the clip, so that pools come to their size.
const littleAhead = 40 * 640 * 360 * 3 / 2
