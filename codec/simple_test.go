package codec

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A seen is what a frame is, for comparing two ways to it.
type seen struct {
	sum      [md5.Size]byte
	pts, dur int64
	bad      bool
}

func (s seen) String() string { return fmt.Sprintf("%x at %d for %d", s.sum[:4], s.pts, s.dur) }

func see(t testing.TB, f *frame.Frame) seen {
	h := md5.New()
	_, err := f.WritePlanar(h)
	require.NoError(t, err)
	s := seen{pts: f.PTS, dur: f.Duration, bad: f.Corrupt}
	h.Sum(s.sum[:0])
	return s
}

// plainDecode is the oracle: every frame of a file, decoded from start to end.
func plainDecode(t testing.TB, path string, cfg *DecoderConfig) (all []seen, err error) {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), cfg)
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return all, err
		}
		all = append(all, see(t, f))
		f.Release()
	}
	return all, nil
}

func openSimple(t testing.TB, path string, cfg *SimpleDecoderConfig) *SimpleDecoder {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	s, err := NewSimpleDecoder(dem, cfg)
	if err != nil {
		dem.Close()
	}
	require.NoError(t, err)
	t.Cleanup(func() {
		s.Close()
		dem.Close()
		s, dem = nil, nil // testing keeps this function
	})
	return s
}

var cpuOnly = DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}}

// wantFrames holds an iterator to the frames of these numbers.
func wantFrames(t *testing.T, plain []seen, want []int, got func(func(*frame.Frame, error) bool)) {
	t.Helper()
	p := 0
	for f, err := range got {
		require.NoError(t, err, "position %d", p)
		require.Less(t, p, len(want), "too many frames")
		require.Equal(t, want[p], f.Index, "position %d", p)
		require.Equal(t, plain[want[p]], see(t, f), "position %d, frame %d", p, want[p])
		f.Release()
		p++
	}
	require.Equal(t, len(want), p, "frames")
}

func numbers(start, stop, step int) (n []int) {
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		n = append(n, i)
	}
	return n
}

// TestSimpleDecoder goes through everything that a SimpleDecoder can, with one decoder
// and with several.
func TestSimpleDecoder(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, clip := range []string{"demo.mp4", "h264-opengop.mp4", "hevc.mp4"} {
		path := testutils.Clip(t, clip)
		plain, err := plainDecode(t, path, &cpuOnly)
		require.NoError(t, err)
		n := len(plain)
		for _, parallel := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("%s/%d", clip, parallel), func(t *testing.T) {
				s := openSimple(t, path, &SimpleDecoderConfig{DecoderConfig: cpuOnly, Parallel: parallel})
				require.Equal(t, n, s.Len())
				require.Equal(t, CPU, s.Device())
				for _, i := range []int{0, 1, 2, 5, 59, 31, n - 1, 17, 17, 18, -1, -n, 30} {
					k := i
					if i < 0 {
						k = n + i
					}
					f, err := s.At(i)
					require.NoError(t, err)
					require.Equal(t, k, f.Index)
					require.Equal(t, plain[k], see(t, f), "frame %d", k)
					at, err := s.IndexAt(f.Time())
					require.NoError(t, err)
					require.Equal(t, k, at)
					f.Release()
				}
				for _, i := range []int{n, -n - 1, math.MaxInt, math.MinInt} {
					_, err := s.At(i)
					require.ErrorIs(t, err, ErrRange)
				}
				wantFrames(t, plain, numbers(0, n, 1), s.All())
				wantFrames(t, plain, numbers(10, 40, 3), s.Range(10, 40, 3))
				wantFrames(t, plain, numbers(n-7, n, 1), s.Range(-7, math.MaxInt, 1))
				wantFrames(t, plain, numbers(n-1, -1, -1), s.Range(-1, math.MinInt, -1))
				wantFrames(t, plain, numbers(50, 20, -7), s.Range(50, 20, -7))
				wantFrames(t, plain, nil, s.Range(20, 20, 1))
				wantFrames(t, plain, nil, s.Range(20, 50, -1))
				list := []int{31, 5, 5, n - 1, 0, 58, 31, 6, 5}
				wantFrames(t, plain, list, s.FramesAt(list))
				wantFrames(t, plain, []int{3, 3, 9, 40}, s.FramesAt([]int{3, 3, 9, 40}))
				wantFrames(t, plain, []int{n - 1, 0}, s.FramesAt([]int{-1, -n}))
				wantFrames(t, plain, s.Index().KeyFrames(), s.KeyFrames())
				x := s.Index()
				wantFrames(t, plain, []int{7, 2}, s.FramesAtTimes([]time.Duration{x.Time(7), x.Time(3) - 1}))
				wantFrames(t, plain, numbers(7, 12, 1), s.FramesBetween(x.Time(7)+1, x.Time(12)))
				for _, it := range []func(func(*frame.Frame, error) bool){
					s.FramesAt([]int{0, n}), s.FramesAtTimes([]time.Duration{-time.Hour}), s.FramesBetween(time.Hour, 2*time.Hour), s.Range(0, 1, 0),
				} {
					count := 0
					for f, err := range it {
						require.Nil(t, f)
						require.ErrorIs(t, err, ErrArgument)
						count++
					}
					require.Equal(t, 1, count)
				}
				checkRead(t, s, plain)
				checkNested(t, s, plain)
			})
		}
	}
}

func checkRead(t *testing.T, s *SimpleDecoder, plain []seen) {
	n := len(plain)
	batch := make([]*frame.Frame, 7)
	for _, from := range []int{0, 40, n - 3} {
		require.NoError(t, s.Seek(from))
		at := from
		for {
			k, err := s.Read(batch)
			if err == io.EOF {
				require.Zero(t, k)
				break
			}
			require.NoError(t, err)
			for _, f := range batch[:k] {
				require.Equal(t, at, f.Index)
				require.Equal(t, plain[at], see(t, f))
				f.Release()
				at++
			}
			require.True(t, k == len(batch) || at == n)
		}
		require.Equal(t, n, at)
	}
	require.NoError(t, s.Seek(n))
	_, err := s.Read(batch)
	require.Equal(t, io.EOF, err)
	require.ErrorIs(t, s.Seek(n+1), ErrRange)
	require.NoError(t, s.Seek(-1))
	k, err := s.Read(batch)
	require.NoError(t, err)
	require.Equal(t, 1, k)
	batch[0].Release()
}

// checkNested uses other methods inside of loops, and leaves loops early.
func checkNested(t *testing.T, s *SimpleDecoder, plain []seen) {
	at := 0
	for f, err := range s.All() {
		require.NoError(t, err)
		require.Equal(t, plain[at], see(t, f))
		f.Release()
		if at%20 == 3 {
			g, err := s.At(at / 2)
			require.NoError(t, err)
			require.Equal(t, plain[at/2], see(t, g))
			g.Release()
		}
		if at++; at == 50 {
			break
		}
	}
	list := []int{30, 2, 50, 9}
	at = 0
	for f, err := range s.FramesAt(list) {
		require.NoError(t, err)
		require.Equal(t, plain[list[at]], see(t, f))
		for g, err := range s.Range(list[at], list[at]+2, 1) {
			require.NoError(t, err)
			require.Equal(t, plain[g.Index], see(t, g))
			g.Release()
		}
		require.Equal(t, plain[list[at]], see(t, f), "frames live until they are released")
		f.Release()
		at++
	}
	require.Equal(t, len(list), at)
}

func TestSimpleReset(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	s := openSimple(t, testutils.Clip(t, "demo.mp4"), &SimpleDecoderConfig{DecoderConfig: cpuOnly, WaitForWarmUp: true})
	f, err := s.At(100)
	require.NoError(t, err)
	before := see(t, f)
	path := testutils.Clip(t, "vp9.webm")
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	for g, err := range s.All() {
		if g == nil {
			require.ErrorIs(t, err, ErrArgument)
			break
		}
		g.Release()
		require.NoError(t, s.Reset(dem))
	}
	require.Equal(t, before, see(t, f))
	f.Release()
	plain, err := plainDecode(t, path, &cpuOnly)
	require.NoError(t, err)
	wantFrames(t, plain, numbers(len(plain)-1, -1, -1), s.Range(-1, math.MinInt, -1))

	require.ErrorIs(t, s.Reset(nil), ErrNoVideo)
	_, err = s.At(0)
	require.ErrorIs(t, err, ErrArgument)
	require.NoError(t, s.Reset(dem))
	f, err = s.At(-1)
	require.NoError(t, err)
	f.Release()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err = s.At(0)
	require.ErrorIs(t, err, ErrClosed)
	require.Zero(t, s.Len())
	require.NoError(t, (*SimpleDecoder)(nil).Close())
}

// TestSimpleIndexed gives it an index that was saved, and one of another file.
func TestSimpleIndexed(t *testing.T) {
	testutils.FFmpeg(t)
	path := testutils.Clip(t, "h264.mkv")
	b, err := scanFile(t, path).MarshalBinary()
	require.NoError(t, err)
	x := new(Index)
	require.NoError(t, x.UnmarshalBinary(b))
	s := openSimple(t, path, &SimpleDecoderConfig{DecoderConfig: cpuOnly, Index: x})
	plain, err := plainDecode(t, path, &cpuOnly)
	require.NoError(t, err)
	wantFrames(t, plain, []int{59, 3, 30}, s.FramesAt([]int{59, 3, 30}))

	for _, other := range []string{"demo.mp4", "h264-vfr.mkv", "vp9.webm"} {
		dem, err := Open(context.Background(), testutils.Clip(t, other), nil)
		require.NoError(t, err)
		_, err = NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: cpuOnly, Index: x})
		require.ErrorIs(t, err, ErrArgument, other)
		dem.Close()
	}
	// A source that cannot be moved in.
	f, err := os.Open(testutils.Clip(t, "demo.mp4"))
	require.NoError(t, err)
	defer f.Close()
	dem, err := NewDemuxer(struct{ io.Reader }{f}, nil)
	require.NoError(t, err)
	defer dem.Close()
	_, err = NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: cpuOnly})
	require.ErrorIs(t, err, ErrUnsupported)
	_, err = NewSimpleDecoder(nil, nil)
	require.ErrorIs(t, err, ErrNoVideo)
	for _, c := range []SimpleDecoderConfig{{Parallel: -1}, {Parallel: 65}, {ParallelMemory: -1}, {DecoderConfig: DecoderConfig{Latency: LatencyLow}}} {
		_, err = NewSimpleDecoder(dem, &c)
		require.ErrorIs(t, err, ErrArgument)
	}
}

func testdataClips(t testing.TB) (paths []string) {
	all, err := filepath.Glob(filepath.Join(testutils.Root(), "testdata", "*.*"))
	require.NoError(t, err)
	for _, c := range all {
		if ext := filepath.Ext(c); ext != ".md" && ext != ".m4a" {
			paths = append(paths, c)
		}
	}
	return paths
}

// TestSimpleBounded has a consumer that does not come back for more: what is decoded
// ahead stays within bounds, and is released in the end. A tiny bound changes nothing.
func TestSimpleBounded(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	path := testutils.Clip(t, "demo.mp4")
	plain, err := plainDecode(t, path, &cpuOnly)
	require.NoError(t, err)
	const few, gop = 8, 60
	cfg := SimpleDecoderConfig{DecoderConfig: cpuOnly, Parallel: 3, ParallelMemory: few * 640 * 360 * 3 / 2}
	s := openSimple(t, path, &cfg)
	for f, err := range s.All() {
		require.NoError(t, err)
		f.Release()
		j, last := s.job, -1
		ahead := func() int {
			j.mu.Lock()
			defer j.mu.Unlock()
			return j.ahead
		}
		for same := 0; same < 5; {
			time.Sleep(20 * time.Millisecond)
			if n := ahead(); n == last {
				same++
			} else {
				last, same = n, 0
			}
		}
		require.LessOrEqual(t, last, few+gop+cfg.Parallel)
		require.Greater(t, last, few)
		break
	}
	require.Nil(t, s.job)
	list := rand.New(rand.NewPCG(5, 6)).Perm(300)[:60]
	wantFrames(t, plain, list, s.FramesAt(list))
	wantFrames(t, plain, numbers(299, -1, -3), s.Range(-1, math.MinInt, -3))
	wantFrames(t, plain, numbers(0, 300, 1), s.All())
}

// TestSimpleClose closes from elsewhere while frames are read.
func TestSimpleClose(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, parallel := range []int{1, 3} {
		s := openSimple(t, testutils.Clip(t, "demo.mp4"), &SimpleDecoderConfig{DecoderConfig: cpuOnly, Parallel: parallel})
		closed := make(chan error)
		n, last := 0, error(nil)
		for f, err := range s.All() {
			if last = err; err != nil {
				break
			}
			f.Release()
			if n++; n == 5 {
				go func() { closed <- s.Close() }()
			}
		}
		require.NoError(t, <-closed)
		if n < 300 {
			require.Error(t, last)
		}
	}
}

// gate is a source whose reads wait once it is shut.
type gate struct {
	io.ReadSeeker
	shut    atomic.Bool
	reached chan struct{}
	open    chan struct{}
	once    sync.Once
}

func (g *gate) Read(p []byte) (int, error) {
	if g.shut.Load() {
		g.once.Do(func() { close(g.reached) })
		<-g.open
	}
	return g.ReadSeeker.Read(p)
}

// Close ends a call that waits for the source, and says so.
func TestSimpleCloseWakes(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, time.Minute)
	data, err := os.ReadFile(testutils.Clip(t, "demo.mp4"))
	require.NoError(t, err)
	ways := map[string]func(s *SimpleDecoder) error{
		"At": func(s *SimpleDecoder) error {
			_, err := s.At(290)
			return err
		},
		"Range": func(s *SimpleDecoder) (err error) {
			for f, e := range s.Range(290, 300, 1) {
				f.Release()
				err = e
			}
			return err
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			g := &gate{ReadSeeker: bytes.NewReader(data), reached: make(chan struct{}), open: make(chan struct{})}
			dem, err := NewDemuxer(g, nil)
			require.NoError(t, err)
			defer dem.Close()
			defer close(g.open)
			s, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: cpuOnly})
			require.NoError(t, err)
			g.shut.Store(true)
			ended := make(chan error, 1)
			go func() { ended <- way(s) }()
			<-g.reached
			require.NoError(t, s.Close())
			require.ErrorIs(t, <-ended, ErrClosed)
			require.NoError(t, s.Close())
		})
	}
}
