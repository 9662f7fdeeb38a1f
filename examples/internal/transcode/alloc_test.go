package transcode

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestAllocs counts Go allocations of the steady loop: demux, decode, scale, encode, mux,
// with sound.
func TestAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	long := filepath.Join(t.TempDir(), "long.mkv")
	repeat(t, testutils.Clip(t, "av-12s.mp4"), long, 3)
	for _, c := range []struct {
		id     codec.ID
		device codec.Device
		scaled bool
	}{{codec.H264, codec.CPU, false}, {codec.H264, codec.CPU, true}, {codec.HEVC, codec.CPU, false}, {codec.AV1, codec.CPU, false}, {codec.H264, codec.GPU(0), false}} {
		t.Run(fmt.Sprintf("%v on %v scaled %v", c.id, c.device, c.scaled), func(t *testing.T) {
			if c.device != codec.CPU {
				testutils.Driver(t)
			}
			checkLeaks(t)
			job := fast(long, filepath.Join(t.TempDir(), "out.mkv"))
			job.Device = c.device
			job.Encoder.Codec, job.Encoder.Threads, job.Threads = c.id, 2, 2
			if c.scaled {
				job.Width, job.Height = 160, 96
			}
			r := &run{job: job, last: map[int]int64{}}
			defer r.close()
			require.NoError(t, r.open(context.Background()))
			step := func() {
				if err := r.step(); err != nil {
					t.Fatal(err)
				}
			}
			before := int64(0)
			allocs := testing.AllocsPerRun(1, func() { // twice, the first time for warmth
				before = r.res.Frames
				for range 700 {
					step()
				}
			})
			require.Greater(t, r.res.Frames-before, int64(200), "frames")
			if !raceEnabled {
				// A buffer may grow for a packet that is larger than all before.
				require.LessOrEqual(t, allocs, 3.0, "allocations of %d frames", r.res.Frames-before)
			}
			require.NoError(t, r.finish(false))
			require.NoError(t, r.close())
		})
	}
}

// repeat writes a clip several times one after the other.
func repeat(t *testing.T, in, out string, times int) {
	var m *codec.Muxer
	var end, length map[int]int64
	for range times {
		dem, err := codec.Open(context.Background(), in, &codec.DemuxerConfig{Select: codec.AllStreams})
		require.NoError(t, err)
		if m == nil {
			m, err = codec.Create(context.Background(), out, nil, dem.Streams()...)
			require.NoError(t, err)
			end = map[int]int64{}
		}
		length = map[int]int64{}
		for p, err := range dem.Packets() {
			require.NoError(t, err)
			// Times of all streams go on by the same: the clip's length in whole seconds.
			length[p.Stream] = int64(13 * p.TimeBase.Den / p.TimeBase.Num)
			p.PTS += end[p.Stream]
			p.DTS += end[p.Stream]
			require.NoError(t, m.WritePacket(p))
		}
		for i, n := range length {
			end[i] += n
		}
		require.NoError(t, dem.Close())
	}
	require.NoError(t, m.Close())
}
