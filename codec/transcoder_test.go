package codec

import (
	"context"
	"crypto/md5"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// film is a file's content: its pictures and the packets of its audio.
type film struct {
	times []time.Duration
	sums  [][16]byte
	audio []sound
	keys  map[time.Duration]bool // of pictures
}

type sound struct {
	at  time.Duration
	sum [16]byte
}

func filmed(t *testing.T, path string) (s film) {
	t.Helper()
	dem, err := Open(context.Background(), path, &DemuxerConfig{Select: VideoAndAudio})
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar})
	require.NoError(t, err)
	defer dec.Close()
	s.keys = map[time.Duration]bool{}
	var p Packet
	next := max(dem.Stream().StartPTS, 0) // AVI does not know all times, raw streams none
	take := func(frames []*frame.Frame) {
		for _, f := range frames {
			if f.PTS == NoPTS {
				f.PTS = next
			}
			next = f.PTS + f.Duration
			b, err := f.AppendPlanar(nil)
			require.NoError(t, err)
			s.times, s.sums = append(s.times, f.Time()), append(s.sums, md5.Sum(b))
			s.keys[f.Time()] = f.Key
			f.Release()
		}
	}
	for {
		if err := dem.ReadPacket(&p); err != nil {
			break
		}
		if p.Stream != dem.Stream().Index {
			s.audio = append(s.audio, sound{p.TimeBase.Duration(stamp(&p)), md5.Sum(p.Data)})
			continue
		}
		frames, err := dec.Decode(&p)
		require.NoError(t, err)
		take(frames)
	}
	frames, err := dec.Drain()
	require.NoError(t, err)
	take(frames)
	return s
}

// lossless is a configuration whose pictures come back bit by bit.
func lossless() *TranscoderConfig {
	return &TranscoderConfig{
		Decoder: DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}},
		Encoder: EncoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Tuning: Lossless, Preset: P1},
	}
}

func newTestTranscoder(t *testing.T, path string, cfg *TranscoderConfig) (tr *Transcoder, done func()) {
	t.Helper()
	dem, err := Open(context.Background(), path, &DemuxerConfig{Select: VideoAndAudio})
	require.NoError(t, err)
	tr, err = NewTranscoder(dem, cfg)
	require.NoError(t, err)
	return tr, func() {
		require.NoError(t, tr.Close())
		require.NoError(t, dem.Close())
	}
}

func createFor(t *testing.T, tr *Transcoder, path string) *Muxer {
	t.Helper()
	streams, err := tr.Streams()
	require.NoError(t, err)
	m, err := Create(context.Background(), path, nil, streams...)
	require.NoError(t, err)
	return m
}

// within tells whether a time of the new file is a time of the source less start.
func within(t *testing.T, want, got time.Duration, msg string) {
	t.Helper()
	limit := time.Millisecond // in which mp4's edit lists count
	if v, err := avformat.Load(); err == nil && v.AVFormat.Major < 59 {
		limit += time.Second / 15360 // FFmpeg 4 rounds the stream's ticks as well
	}
	require.InDelta(t, float64(want), float64(got), float64(limit), msg)
}

// checkSegment compares a new file, or its part from frame, sound and time on, with the
// interval of the source.
func checkSegment(t *testing.T, src, got film, start, end, base time.Duration, firstFrame, firstSound int) (frames, sounds int) {
	t.Helper()
	for i, at := range src.times {
		if at < start || at >= end {
			continue
		}
		j := firstFrame + frames
		msg := fmt.Sprintf("frame %d at %v, the segment's %d", i, at, frames)
		require.Less(t, j, len(got.times), msg)
		require.Equal(t, src.sums[i], got.sums[j], msg)
		within(t, at-start+base, got.times[j], msg)
		if frames == 0 {
			require.True(t, got.keys[got.times[j]], "a segment begins with a key frame")
		}
		frames++
	}
	for i, a := range src.audio {
		if a.at < start || a.at >= end {
			continue
		}
		j := firstSound + sounds
		msg := fmt.Sprintf("audio packet %d at %v", i, a.at)
		require.Less(t, j, len(got.audio), msg)
		require.Equal(t, a.sum, got.audio[j].sum, msg)
		within(t, a.at-start+base, got.audio[j].at, msg)
		sounds++
	}
	return frames, sounds
}

// TestTranscoderSegments cuts clips anywhere, in any order, with one transcoder.
func TestTranscoderSegments(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, name := range []string{"av-12s.mp4", "demo.mp4", "h264.mkv", "h264-vfr.mkv", "h264-opengop.mp4", "h264-editlist.mp4", "hevc.mp4", "mpeg2.ts", "vp9.webm", "av1.mp4"} {
		t.Run(name, func(t *testing.T) {
			path := testutils.Clip(t, name)
			src := filmed(t, path)
			tr, done := newTestTranscoder(t, path, lossless())
			defer done()
			rnd := rand.New(rand.NewPCG(1, 2))
			n := len(src.times)
			last := src.times[n-1]
			length := last - src.times[0]
			cuts := [][2]time.Duration{
				{src.times[0], src.times[n/3]}, {src.times[n/3], src.times[n/2]}, // one after the other
				{src.times[n/4], src.times[n/4] + 1}, // a single frame
				{last, last + time.Hour},
			}
			for range 4 {
				a := src.times[0] + time.Duration(rnd.Int64N(int64(length)))
				cuts = append(cuts, [2]time.Duration{a, a + time.Duration(rnd.Int64N(int64(length/2)+1))})
			}
			for i, c := range cuts {
				want := 0
				for _, at := range src.times {
					if at >= c[0] && at < c[1] {
						want++
					}
				}
				if want == 0 {
					continue
				}
				out := filepath.Join(t.TempDir(), "out.mp4")
				m := createFor(t, tr, out)
				require.NoError(t, tr.Segment(context.Background(), m, c[0], c[1]), "segment %d, %v", i, c)
				require.NoError(t, m.Close())
				got := filmed(t, out)
				frames, sounds := checkSegment(t, src, got, c[0], c[1], 0, 0, 0)
				require.Equal(t, frames, len(got.times), "segment %d, %v", i, c)
				require.Equal(t, sounds, len(got.audio), "segment %d, %v", i, c)
			}
		})
	}
}

// TestTranscoderJoined puts segments into one file, without a gap.
func TestTranscoderJoined(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, ext := range []string{"mp4", "mov"} {
		path := testutils.Clip(t, "av-12s.mp4")
		src := filmed(t, path)
		tr, done := newTestTranscoder(t, path, lossless())
		defer done()
		out := filepath.Join(t.TempDir(), "out."+ext)
		m := createFor(t, tr, out)
		cuts := [][2]time.Duration{{0, 2 * time.Second}, {2 * time.Second, 4500 * time.Millisecond}, {10 * time.Second, 12 * time.Second}, {time.Second, 1500 * time.Millisecond}}
		for _, c := range cuts {
			require.NoError(t, tr.Segment(context.Background(), m, c[0], c[1]))
		}
		require.NoError(t, m.Close())
		got := filmed(t, out)
		frames, sounds, base := 0, 0, time.Duration(0)
		for _, c := range cuts {
			f, s := checkSegment(t, src, got, c[0], c[1], base, frames, sounds)
			frames, sounds, base = frames+f, sounds+s, base+c[1]-c[0]
		}
		require.Len(t, got.times, frames)
		require.Len(t, got.audio, sounds)
		for i := 1; i < frames; i++ {
			require.Greater(t, got.times[i], got.times[i-1])
			require.Less(t, got.times[i]-got.times[i-1], 68*time.Millisecond, "frame %d", i)
		}
	}
}

// TestTranscoderRun keeps all frames at their own times, also after segments.
func TestTranscoderRun(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, name := range []string{"av-12s.mp4", "h264-vfr.mkv", "h264-editlist.mp4"} {
		path := testutils.Clip(t, name)
		src := filmed(t, path)
		tr, done := newTestTranscoder(t, path, lossless())
		defer done()
		for i := range 2 {
			out := filepath.Join(t.TempDir(), "out.mp4")
			m := createFor(t, tr, out)
			require.NoError(t, tr.Run(context.Background(), m))
			require.NoError(t, m.Close())
			got := filmed(t, out)
			require.Equal(t, src.sums, got.sums, "%s, time %d", name, i)
			require.Equal(t, len(src.audio), len(got.audio))
			for i := range src.times {
				within(t, src.times[i], got.times[i], name)
			}
		}
	}
}

// TestTranscoderForwards: a container that cannot be moved in is cut forwards.
func TestTranscoderForwards(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	path := testutils.Clip(t, "h264.h264")
	src := filmed(t, path)
	tr, done := newTestTranscoder(t, path, lossless())
	defer done()
	for _, c := range [][2]int{{0, 7}, {7, 15}, {20, 25}} {
		out := filepath.Join(t.TempDir(), "out.mp4")
		require.NoError(t, tr.WriteFile(context.Background(), out, nil, Interval{src.times[c[0]], src.times[c[1]]}))
		require.Equal(t, src.sums[c[0]:c[1]], filmed(t, out).sums)
	}
	err := tr.WriteFile(context.Background(), filepath.Join(t.TempDir(), "out.mp4"), nil, Interval{src.times[0], src.times[5]})
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "rising order")
}

// TestTranscoderFrames cuts by frame numbers.
func TestTranscoderFrames(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, name := range []string{"demo.mp4", "h264-opengop.mp4", "mpeg2.ts", "vp9.webm"} {
		path := testutils.Clip(t, name)
		src := filmed(t, path)
		tr, done := newTestTranscoder(t, path, lossless())
		defer done()
		n := len(src.sums)
		for _, c := range [][2]int{{n / 2, n}, {0, 7}, {7, n / 2}, {n - 1, n}} {
			out := filepath.Join(t.TempDir(), "out.mp4")
			m := createFor(t, tr, out)
			require.NoError(t, tr.Frames(context.Background(), m, c[0], c[1]), "%s %v", name, c)
			require.NoError(t, m.Close())
			require.Equal(t, src.sums[c[0]:c[1]], filmed(t, out).sums, "%s %v", name, c)
		}
		m := createFor(t, tr, filepath.Join(t.TempDir(), "none.mp4"))
		require.ErrorIs(t, tr.Frames(context.Background(), m, n, n+1), ErrRange)
		require.ErrorIs(t, tr.Frames(context.Background(), m, 3, 3), ErrRange)
		require.NoError(t, m.Abort())
	}
}

// TestTranscoderWriteFile leaves whole files, or none.
func TestTranscoderWriteFile(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	path := testutils.Clip(t, "av-12s.mp4")
	src := filmed(t, path)
	cfg := lossless()
	var last Progress
	cfg.Progress = func(p Progress) { last = p }
	tr, done := newTestTranscoder(t, path, cfg)
	defer done()
	dir := t.TempDir()
	ctx := context.Background()
	parts := []Interval{{time.Second, 2500 * time.Millisecond}, {4 * time.Second, 5 * time.Second}}
	require.Equal(t, filepath.Join("a", "out_1_2.5.mp4"), parts[0].Name(filepath.Join("a", "out.mp4")))
	for _, p := range parts {
		require.NoError(t, tr.WriteFile(ctx, p.Name(filepath.Join(dir, "out.mp4")), nil, p))
	}
	joined := filepath.Join(dir, "joined.mkv")
	require.NoError(t, tr.WriteFile(ctx, joined, nil, parts...))
	require.EqualValues(t, 30, last.Frames)
	require.Equal(t, 1.0, last.Done)
	require.Positive(t, last.Bytes)
	whole := filepath.Join(dir, "whole.mp4")
	require.NoError(t, tr.WriteFile(ctx, whole, &MuxerConfig{FastStart: true}))
	require.Equal(t, src.sums, filmed(t, whole).sums)
	frames := append(filmed(t, parts[0].Name(filepath.Join(dir, "out.mp4"))).sums, filmed(t, parts[1].Name(filepath.Join(dir, "out.mp4"))).sums...)
	require.Equal(t, frames, filmed(t, joined).sums)

	require.ErrorIs(t, tr.WriteFile(ctx, filepath.Join(dir, "no.mp4"), nil, parts[0], Interval{time.Hour, 2 * time.Hour}), ErrRange)
	require.ErrorIs(t, tr.WriteFile(ctx, filepath.Join(dir, "no", "no.mp4"), nil), os.ErrNotExist)
	require.Error(t, tr.WriteFile(ctx, filepath.Join(dir, "no.unknown"), nil))
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, tr.WriteFile(ctx, filepath.Join(dir, "no.mp4"), nil), context.Canceled)
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, names, 4, "%v", names)
}

// TestTranscoderSize scales, and scales what changes in its middle.
func TestTranscoderSize(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, c := range []struct {
		name       string
		w, h       int
		outW, outH int
	}{{"h264.mkv", 160, 0, 160, 90}, {"h264.mkv", 0, 100, 178, 100}, {"hevc10.mkv", 200, 100, 200, 100}, {"h264-resize.ts", 0, 0, 320, 180}} {
		cfg := &TranscoderConfig{Decoder: lossless().Decoder, Encoder: EncoderConfig{Preset: P1}, Width: c.w, Height: c.h}
		path := testutils.Clip(t, c.name)
		src := filmed(t, path)
		tr, done := newTestTranscoder(t, path, cfg)
		defer done()
		out := filepath.Join(t.TempDir(), "out.mp4")
		require.NoError(t, tr.WriteFile(context.Background(), out, nil))
		dem, err := Open(context.Background(), out, nil)
		require.NoError(t, err)
		s := dem.Stream()
		require.NoError(t, dem.Close())
		require.Equal(t, [2]int{c.outW, c.outH}, [2]int{s.Width, s.Height}, c.name)
		require.Len(t, filmed(t, out).times, len(src.times), c.name)
		if c.w > 0 && c.h > 0 {
			require.Equal(t, frame.Rational{Num: 8, Den: 9}, s.SAR) // 16:9 in 2:1
		}
	}
}

// TestTranscoderRate leaves frames out and repeats them.
func TestTranscoderRate(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	path := testutils.Clip(t, "h264-vfr.mkv")
	src := filmed(t, path)
	for _, fps := range []int{10, 60} {
		cfg := lossless()
		cfg.FrameRate = frame.Rational{Num: fps, Den: 1}
		tr, done := newTestTranscoder(t, path, cfg)
		defer done()
		out := filepath.Join(t.TempDir(), "out.mp4")
		require.NoError(t, tr.WriteFile(context.Background(), out, nil))
		got := filmed(t, out)
		tick := time.Second / time.Duration(fps)
		for i, at := range got.times {
			within(t, time.Duration(i)*tick, at, "the rate is constant")
			// The picture is the last whose time, to the nearest tick, is not after this one.
			want := 0
			for j, s := range src.times {
				if (s+tick/2)/tick <= time.Duration(i) {
					want = j
				}
			}
			require.Equal(t, src.sums[want], got.sums[i], "frame %d", i)
		}
		length := src.times[len(src.times)-1] - src.times[0]
		require.InDelta(t, float64(length)/float64(tick), len(got.times), 4)
	}
}

// TestTranscoderReset goes from file to file with one encoder.
func TestTranscoderReset(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	names := []string{"h264.mkv", "h264-vfr.mkv", "hevc10.mkv", "h264.mkv"}
	tr, done := newTestTranscoder(t, testutils.Clip(t, names[0]), lossless())
	defer done()
	before := tr.enc
	for i, name := range names {
		src := filmed(t, testutils.Clip(t, name))
		if i > 0 {
			dem, err := Open(context.Background(), testutils.Clip(t, name), nil)
			require.NoError(t, err)
			defer dem.Close()
			require.NoError(t, tr.Reset(dem))
			if name == "h264-vfr.mkv" {
				require.NotNil(t, before)
			}
		}
		out := filepath.Join(t.TempDir(), "out.mp4")
		require.NoError(t, tr.WriteFile(context.Background(), out, nil))
		require.Equal(t, src.sums, filmed(t, out).sums, name)
	}
	require.ErrorIs(t, tr.Reset(nil), ErrArgument)
	require.ErrorIs(t, tr.WriteFile(context.Background(), filepath.Join(t.TempDir(), "x.mp4"), nil), ErrArgument)
	dem, err := Open(context.Background(), testutils.Clip(t, names[0]), nil)
	require.NoError(t, err)
	defer dem.Close()
	require.NoError(t, tr.Reset(dem))
	require.NoError(t, tr.WriteFile(context.Background(), filepath.Join(t.TempDir(), "x.mp4"), nil))
}

// TestTranscoderOneSession decodes 50 segments of 10 files on the GPU with one session,
// and codes them on the CPU.
func TestTranscoderOneSession(t *testing.T) {
	onNVDEC(t)
	TrimCache()
	names := []string{"h264.mkv", "h264-opengop.mp4"}
	srcs := map[string]film{}
	for _, n := range names {
		srcs[n] = filmed(t, testutils.Clip(t, n))
	}
	cfg := lossless()
	cfg.Decoder.Device = GPU(0)
	tr, done := newTestTranscoder(t, testutils.Clip(t, names[0]), cfg)
	defer done()
	before := CacheStats()
	for i := range 10 {
		name := names[i%2]
		src := srcs[name]
		if i > 0 {
			dem, err := Open(context.Background(), testutils.Clip(t, name), nil)
			require.NoError(t, err)
			defer dem.Close()
			require.NoError(t, tr.Reset(dem))
		}
		dev, why := tr.Decoder()
		require.Equal(t, GPU(0), dev, why)
		dev, why = tr.Encoder()
		require.Equal(t, CPU, dev, why)
		for j := range 5 {
			a, b := src.times[j*10], src.times[j*10+7]
			out := filepath.Join(t.TempDir(), "out.mp4")
			require.NoError(t, tr.WriteFile(context.Background(), out, nil, Interval{a, b}))
			require.Equal(t, src.sums[j*10:j*10+7], filmed(t, out).sums, "%s from frame %d", name, j*10)
		}
	}
	after := CacheStats()
	require.Equal(t, before.Creations, after.Creations)
	require.Equal(t, 1, after.Open)
}

// TestTranscoderFailures: cancelled, full, out of range; the next segment works.
func TestTranscoderFailures(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	path := testutils.Clip(t, "av-12s.mp4")
	src := filmed(t, path)
	cfg := lossless()
	var cancel context.CancelFunc
	cfg.Progress = func(p Progress) {
		if cancel != nil && p.Frames > 0 {
			cancel()
		}
	}
	tr, done := newTestTranscoder(t, path, cfg)
	defer done()
	dir := t.TempDir()
	good := func() {
		t.Helper()
		out := filepath.Join(dir, "good.mkv")
		m := createFor(t, tr, out)
		require.NoError(t, tr.Segment(context.Background(), m, 3*time.Second, 4*time.Second))
		require.NoError(t, m.Close())
		got := filmed(t, out)
		n, _ := checkSegment(t, src, got, 3*time.Second, 4*time.Second, 0, 0, 0)
		require.Len(t, got.times, n)
	}
	good()

	ctx, stop := context.WithCancel(context.Background())
	cancel = stop
	out := filepath.Join(dir, "cancelled.mp4")
	m := createFor(t, tr, out)
	err := tr.Segment(ctx, m, time.Second, 11*time.Second)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "segment 1s to 11s")
	require.NoError(t, m.Abort())
	require.NoFileExists(t, out)
	cancel = nil
	good()

	m = createFor(t, tr, out)
	err = tr.Segment(context.Background(), m, time.Hour, 2*time.Hour)
	require.ErrorIs(t, err, ErrRange)
	require.ErrorIs(t, tr.Segment(context.Background(), m, time.Second, time.Second), ErrArgument)
	require.ErrorIs(t, tr.Segment(context.Background(), nil, time.Second, 2*time.Second), ErrArgument)
	require.NoError(t, m.Abort())
	good()

	m, err = NewMuxer(brokenWriter{}, &MuxerConfig{Format: "matroska"}, must(tr.Streams())...)
	require.NoError(t, err)
	require.ErrorIs(t, tr.Segment(context.Background(), m, 0, 2*time.Second), errBroken)
	m.Abort()
	good()

	require.NoError(t, tr.Close())
	require.NoError(t, tr.Close())
	require.ErrorIs(t, tr.Run(context.Background(), m), ErrClosed)
	_, err = NewTranscoder(nil, nil)
	require.ErrorIs(t, err, ErrArgument)
	require.NoError(t, (*Transcoder)(nil).Close())
}

type brokenWriter struct{}

var errBroken = os.ErrDeadlineExceeded

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
