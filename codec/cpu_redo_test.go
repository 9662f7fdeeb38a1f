package codec

import (
	"context"
	"crypto/md5"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// frameSums decodes a clip, with some packets damaged or left out, and returns a
// checksum of each frame.
func frameSums(t *testing.T, path string, threads int, spoil func(n int, p *Packet) bool) (sums []string, d *Decoder) {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar, Threads: threads})
	require.NoError(t, err)
	defer dec.Close()
	n := 0
	in := func(yield func(*Packet, error) bool) {
		for p, err := range dem.Packets() {
			n++
			if err == nil && spoil != nil && !spoil(n-1, p) {
				continue
			}
			if !yield(p, err) {
				return
			}
		}
	}
	for f, err := range dec.Frames(in) {
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			continue
		}
		sums = append(sums, frameSum(t, f))
		f.Release()
	}
	return sums, dec
}

// frameSum is time and checksum of a frame.
func frameSum(t *testing.T, f *frame.Frame) string {
	b, err := f.AppendPlanar(nil)
	require.NoError(t, err)
	return fmt.Sprintf("%d %x", f.PTS, md5.Sum(b))
}

func times(sums []string) (t []string) {
	for _, s := range sums {
		t = append(t, strings.Fields(s)[0])
	}
	return t
}

// zero spoils the middle of packet k.
func zero(ks ...int) func(int, *Packet) bool {
	return func(n int, p *Packet) bool {
		for _, k := range ks {
			if n == k {
				for i := len(p.Data) / 3; i < len(p.Data)*2/3; i++ {
					p.Data[i] = byte(i * 7)
				}
			}
		}
		return true
	}
}

func leaveOut(ks ...int) func(int, *Packet) bool {
	return func(n int, p *Packet) bool {
		for _, k := range ks {
			if n == k {
				return false
			}
		}
		return true
	}
}

// TestThreadsDoNotMatter damages streams in many ways and wants the frames of one
// thread from any number of them. What libavcodec puts in the place of damaged
// macroblocks may depend on what its buffers held before, so with those only the
// times count.
func TestThreadsDoNotMatter(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, clip := range []string{"av-12s.mp4", "h264-opengop.mp4", "hevc.mp4", "h264-resize.h264", "h264-interlaced.ts"} {
		for name, spoil := range map[string]func(int, *Packet) bool{
			"good": nil, "one": zero(20), "first": zero(0), "many": zero(3, 44, 90, 130), "lost": leaveOut(5, 40), "no start": leaveOut(0, 1, 2),
		} {
			t.Run(clip+"/"+name, func(t *testing.T) {
				path := testutils.Clip(t, clip)
				want, _ := frameSums(t, path, 1, spoil)
				counts := []int{2, 3, 5}
				if testing.Short() {
					counts = counts[1:2]
				}
				for _, threads := range counts {
					got, _ := frameSums(t, path, threads, spoil)
					if name == "one" || name == "many" {
						require.Equal(t, times(want), times(got), "%d threads", threads)
						continue
					}
					require.Equal(t, want, got, "%d threads", threads)
				}
			})
		}
	}
}

// TestThreadsTakeOverAgain wants the threads back at work behind the damage.
func TestThreadsTakeOverAgain(t *testing.T) {
	testutils.FFmpeg(t)
	path := testutils.Clip(t, "av-12s.mp4")
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Threads: 4})
	require.NoError(t, err)
	defer dec.Close()
	redo := dec.eng.(*cpuEngine).redo
	n, wasAlone := 0, false
	spoil := zero(31, 32, 33, 34)
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		spoil(n, p)
		n++
		frames, err := dec.Decode(p)
		require.NoError(t, err)
		for _, f := range frames {
			f.Release()
		}
		wasAlone = wasAlone || redo.alone
	}
	require.True(t, wasAlone, "the damage was not noticed")
	require.False(t, redo.alone, "one thread still decodes")
	require.ErrorIs(t, dec.Damage(), ErrCorrupt)
}

// TestMediaDamagedThreads does the same with the corpus' damaged files.
func TestMediaDamagedThreads(t *testing.T) {
	testutils.FFmpeg(t)
	dir := testutils.Media(t)
	for _, row := range mediaRows(t, dir) {
		if row.Expect != "decodes with errors logged" {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			for _, threads := range []int{1, 3, 8} {
				checkRow(t, dir, row, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar, Threads: threads})
			}
		})
	}
}

// TestCPUDrainAnywhere ends a stream of open groups of pictures at every packet, begun at
// every key frame: as many pictures come from threads as from one.
func TestCPUDrainAnywhere(t *testing.T) {
	testutils.FFmpeg(t)
	for _, name := range []string{"h264-opengop.mp4", "h264.mkv"} {
		dem, err := Open(context.Background(), testutils.Clip(t, name), nil)
		require.NoError(t, err)
		defer dem.Close()
		var packets []*Packet
		for p, err := range dem.Packets() {
			require.NoError(t, err)
			packets = append(packets, p.Clone())
		}
		decs := map[int]*Decoder{}
		for _, threads := range []int{1, 2, 3} {
			decs[threads], err = NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar, Threads: threads})
			require.NoError(t, err)
			defer decs[threads].Close()
		}
		for first, p := range packets {
			if !p.Key {
				continue
			}
			for last := first + 1; last <= min(len(packets), first+35); last++ {
				want := []string(nil)
				for _, threads := range []int{1, 2, 3} {
					dec, got := decs[threads], []string(nil)
					take := func(frames []*frame.Frame) {
						for _, f := range frames {
							got = append(got, frameSum(t, f))
							f.Release()
						}
					}
					require.NoError(t, dec.Discard())
					for _, p := range packets[first:last] {
						frames, err := dec.Decode(p)
						require.NoError(t, err)
						take(frames)
					}
					frames, err := dec.Drain()
					if err != nil { // leading pictures and nothing else
						require.ErrorIs(t, err, ErrCorrupt)
					}
					take(frames)
					if threads == 1 {
						want = got
					} else if len(want) != len(got) {
						t.Errorf("%s from %d to %d, %d threads: %d frames, want %d", name, first, last, threads, len(got), len(want))
					}
				}
			}
		}
	}
}
