package bitstream_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// clips has streams of the repository.
func clips(t testing.TB) map[string]stream {
	t.Helper()
	testutils.FFmpeg(t)
	out := map[string]stream{}
	for _, name := range []string{"h264.h264", "h264-interlaced.ts", "demo.mp4", "hevc.mp4", "hevc.h265", "av1.mp4",
		"vp8.webm", "vp9.webm", "mpeg2.ts", "mpeg4.avi", "mjpeg.avi"} {
		s, err := readStream(t, testutils.Clip(t, name))
		require.NoError(t, err)
		out[name] = s
	}
	return out
}

// corpusClips has streams of codecs and structures of which the repository has none.
func corpusClips(t testing.TB) map[string]stream {
	t.Helper()
	dir := testutils.Media(t)
	out := map[string]stream{}
	for _, name := range []string{"vc1-ismv-advanced-240x104.ismv", "vc1-wmv-main-screen-640x480.wmv",
		"h263-3gp-bunny-176x144.3gp", "mpeg1-es-camera-cube-384x288.mpeg", "h264-jvt-CAPAMA3_Sand_F.264",
		"h264-annexb-res-change-848x464.h264", "av1-vector-frames-refs-short-signaling.ivf", "vp9-vector-vp90-2-05-resize.webm"} {
		s, err := readStream(t, filepath.Join(dir, name))
		require.NoError(t, err)
		out[name] = s
	}
	return out
}

// Once a tracker has seen a stream it allocates nothing, not for damaged packets either.
func TestTrackerAllocs(t *testing.T) {
	testTrackerAllocs(t, clips(t))
}

func TestTrackerAllocsCorpus(t *testing.T) {
	testutils.FFmpeg(t)
	testTrackerAllocs(t, corpusClips(t))
}

func testTrackerAllocs(t *testing.T, streams map[string]stream) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for name, s := range streams {
		tr, err := bitstream.NewTracker(s.codec, s.extradata)
		require.NoError(t, err)
		damaged := make([][]byte, 0, len(s.packets))
		for _, p := range s.packets {
			d := append([]byte(nil), p...)
			for range 1 + rnd.IntN(4) {
				d[rnd.IntN(min(len(d), 60))] ^= 1 << rnd.IntN(8)
			}
			damaged = append(damaged, d[:len(d)-rnd.IntN(min(len(d), 20))])
		}
		errs := 0
		run := func() {
			errs = 0
			for _, list := range [...][][]byte{s.packets, damaged} {
				for i, p := range list {
					if _, err := tr.Parse(p); err != nil {
						errs++
					}
					if i%20 == 19 {
						tr.Reset()
					}
				}
			}
		}
		run()
		require.Zero(t, testing.AllocsPerRun(3, run), name)
		t.Logf("%s: %d packets, %d errors", name, 2*len(s.packets), errs)
	}
}

func BenchmarkTracker(b *testing.B) {
	for name, s := range clips(b) {
		b.Run(name, func(b *testing.B) {
			tr, err := bitstream.NewTracker(s.codec, s.extradata)
			require.NoError(b, err)
			b.ReportAllocs()
			size := 0
			for i := 0; b.Loop(); i++ {
				p := s.packets[i%len(s.packets)]
				size += len(p)
				_, _ = tr.Parse(p)
			}
			b.SetBytes(int64(size / b.N))
		})
	}
}
