package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A sent is a segment, read again.
type sent struct {
	streams []codec.StreamInfo
	video   []time.Duration // times of the pictures
	audio   []time.Duration
	end     time.Duration // of the last picture
}

func readSegment(t *testing.T, b []byte) (s sent) {
	t.Helper()
	dem, err := codec.NewDemuxer(bytes.NewReader(b), &codec.DemuxerConfig{Select: codec.AllStreams})
	require.NoError(t, err)
	defer dem.Close()
	s.streams = dem.Streams()
	s.end = dem.Stream().Duration // FFmpeg counts it from time 0 here
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		if p.Stream == dem.Stream().Index {
			require.Equal(t, len(s.video) == 0, p.Key, "key frames")
			s.video = append(s.video, p.Time())
		} else {
			s.audio = append(s.audio, p.Time())
		}
	}
	return s
}

// samePlace wants a time to be want, up to the ticks of containers.
func samePlace(t *testing.T, want, got time.Duration, what any) {
	t.Helper()
	require.InDelta(t, want.Seconds(), got.Seconds(), 100e-6, what)
}

// TestSegment: a part begins with the frame that is shown at the time that is asked for,
// has all frames up to its end, and the next part follows without a gap.
func TestSegment(t *testing.T) {
	_, base := start(t, testFolder(t), testConfig(t))
	for _, c := range []struct {
		query       string
		first, past int // frames
	}{
		{"t=2&d=1", 60, 90},
		{"t=2.02&d=1", 60, 90},
		{"t=2.034&d=0.5", 61, 76},
		{"t=9.9&d=4", 297, 300},
		{"t=9.999999", 299, 300},
		{"d=0.001", 0, 1},
		{"t=7", 210, 300},
	} {
		r, b := get(t, base+"/segment/demo.mp4?audio=1&"+c.query)
		require.Equal(t, http.StatusOK, r.StatusCode, "%s: %s", c.query, b)
		require.Regexp(t, `^video/mp4; codecs="avc1\.[0-9a-f]{6}, mp4a\.40\.2"$`, r.Header.Get("Content-Type"))
		s := readSegment(t, b)
		require.Len(t, s.video, c.past-c.first, c.query)
		at := func(i int) time.Duration { return time.Duration(i) * time.Second / 30 }
		for i, v := range s.video {
			samePlace(t, at(c.first+i), v, c.query)
		}
		samePlace(t, at(c.past), s.end, c.query)
		for _, a := range s.audio {
			require.GreaterOrEqual(t, a, at(c.first)-time.Millisecond)
			require.Less(t, a, at(c.past))
		}
		require.InDelta(t, (at(c.past)-at(c.first)).Seconds()*44100/1024, len(s.audio), 2, c.query)
		require.Equal(t, fmt.Sprint(c.past == 300), r.Header.Get("Nvcodec-Last"))
		require.Contains(t, r.Header.Get("Nvcodec-Decoder"), "cpu, because ")
		require.Contains(t, r.Header.Get("Nvcodec-Encoder"), "cpu, because ")
	}
	next, frames, audio := "0", 0, 0
	for last := false; !last; {
		r, b := get(t, base+"/segment/demo.mp4?audio=1&session=one&d=2.51&t="+next)
		require.Equal(t, http.StatusOK, r.StatusCode, "%s", b)
		s := readSegment(t, b)
		for i, v := range s.video {
			samePlace(t, time.Duration(frames+i)*time.Second/30, v, next)
		}
		frames, audio = frames+len(s.video), audio+len(s.audio)
		next, last = r.Header.Get("Nvcodec-End"), r.Header.Get("Nvcodec-Last") == "true"
	}
	require.Equal(t, 300, frames)
	require.Equal(t, "10.000000000", next)
	require.InDelta(t, 10*44100/1024, audio, 2, "all of the sound")
	for query, code := range map[string]int{
		"t=10": 416, "t=1e3": 400, "t=-1": 400, "t=x": 400, "d=61": 400, "video=vp9": 400, "session=a/b": 400, "t=999999999999": 400,
	} {
		r, b := get(t, base+"/segment/demo.mp4?"+query)
		require.Equal(t, code, r.StatusCode, "%s: %s", query, b)
	}
	r, err := http.Head(base + "/segment/demo.mp4")
	require.NoError(t, err)
	r.Body.Close()
	require.Equal(t, http.StatusMethodNotAllowed, r.StatusCode)
}

// TestSegmentPictures: the first picture is the one of the time that was asked for.
func TestSegmentPictures(t *testing.T) {
	_, base := start(t, testFolder(t), testConfig(t))
	_, b := get(t, base+"/segment/demo.mp4?t=3.7&d=0.1")
	gray := func(dem *codec.Demuxer, numbers ...int) (list [][]byte) {
		cfg := &codec.SimpleDecoderConfig{}
		cfg.Device, cfg.Output = codec.CPU, frame.Gray
		dec, err := codec.NewSimpleDecoder(dem, cfg)
		require.NoError(t, err)
		defer dec.Close()
		for f, err := range dec.FramesAt(numbers) {
			require.NoError(t, err)
			pix, err := f.AppendBytes(nil)
			require.NoError(t, err)
			list = append(list, pix)
			f.Release()
		}
		return list
	}
	dem, err := codec.NewDemuxer(bytes.NewReader(b), nil)
	require.NoError(t, err)
	defer dem.Close()
	got := gray(dem, 0)[0]
	src, err := codec.Open(context.Background(), testutils.Clip(t, "demo.mp4"), nil)
	require.NoError(t, err)
	defer src.Close()
	best, least := -1, math.Inf(1)
	for i, want := range gray(src, 110, 111, 112) {
		require.Len(t, got, len(want))
		sum := 0.0
		for k := range want {
			sum += math.Abs(float64(want[k]) - float64(got[k]))
		}
		if mean := sum / float64(len(want)); mean < least {
			best, least = 110+i, mean
		}
	}
	require.Equal(t, 111, best)
	require.Less(t, least, 4.0, "the same picture but for coding")
}

// TestSegmentClips: whatever the codec and container, all frames come, in what browsers
// play.
func TestSegmentClips(t *testing.T) {
	dir := filepath.Join(testutils.Root(), "testdata")
	s, base := start(t, dir, testConfig(t))
	list, _, err := s.folder.list(context.Background())
	require.NoError(t, err)
	tried := 0
	for _, v := range list {
		if strings.Contains(v.Name, "/") || v.Name == "demo.mp4" || v.Name == "av-12s.mp4" || testing.Short() && tried == 3 {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			tried++
			in, problem, _ := getInfo(t, base, v.Name)
			require.Empty(t, problem)
			frames, next := 0, "0"
			for last := false; !last; {
				r, b := get(t, base+"/segment/"+v.Path()+"?session=x&d=0.8&t="+next)
				require.Equal(t, http.StatusOK, r.StatusCode, "%s: %s", next, b)
				seg := readSegment(t, b)
				require.Equal(t, codec.H264, seg.streams[0].Codec)
				require.Equal(t, "yuv420p", strings.Replace(seg.streams[0].PixelFormat, "yuvj", "yuv", 1))
				require.LessOrEqual(t, seg.streams[0].Height, 360)
				frames += len(seg.video)
				next, last = r.Header.Get("Nvcodec-End"), r.Header.Get("Nvcodec-Last") == "true"
			}
			require.Equal(t, in.Frames, frames)
			// And back, where a container that cannot be moved in is read anew.
			r, b := get(t, base+"/segment/"+v.Path()+"?session=x&t=0&d=0.2")
			require.Equal(t, http.StatusOK, r.StatusCode, "%s", b)
			require.NotEmpty(t, readSegment(t, b).video)
		})
	}
	require.GreaterOrEqual(t, tried, 3)
}

// TestSegmentAV1 is for browsers without H.264.
func TestSegmentAV1(t *testing.T) {
	testutils.FFmpeg(t)
	if caps, err := codec.EncodeCaps(codec.CPU, codec.AV1); err != nil || !caps.Supported {
		testutils.Skip(t, "no AV1 encoder", "")
	}
	_, base := start(t, testFolder(t), testConfig(t))
	r, b := get(t, base+"/segment/demo.mp4?video=av1&t=1&d=0.2")
	require.Equal(t, http.StatusOK, r.StatusCode, "%s", b)
	require.Regexp(t, `^video/mp4; codecs="av01\.0\.[0-9]{2}M\.08"$`, r.Header.Get("Content-Type"))
	s := readSegment(t, b)
	require.Equal(t, codec.AV1, s.streams[0].Codec)
	require.Len(t, s.video, 6)
	samePlace(t, time.Second, s.video[0], "av1")
}

// A stuck client takes nothing until it goes.
type stuck struct {
	*httptest.ResponseRecorder
	writes chan struct{}
	gone   chan struct{}
}

func (s *stuck) Write([]byte) (int, error) {
	select {
	case s.writes <- struct{}{}:
	default:
	}
	<-s.gone
	return 0, errors.New("connection reset")
}

// TestBusy: no more transcodes at once than allowed, others are told when to come
// again, and a client that goes leaves its place.
func TestBusy(t *testing.T) {
	before := waitForSlot
	waitForSlot = 0
	defer func() { waitForSlot = before }()
	cfg := testConfig(t)
	cfg.transcodes = 1
	s, base := start(t, testFolder(t), cfg)
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	w := &stuck{httptest.NewRecorder(), make(chan struct{}, 1), make(chan struct{})}
	ended := make(chan any)
	go func() {
		defer func() { ended <- recover() }()
		s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/segment/demo.mp4?session=a", nil))
	}()
	<-w.writes
	r, b := get(t, base+"/segment/demo.mp4?session=b&d=1")
	require.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
	require.Equal(t, "2", r.Header.Get("Retry-After"))
	require.Contains(t, string(b), "-transcodes")
	leave()
	close(w.gone)
	require.Equal(t, http.ErrAbortHandler, <-ended, "what was sent must not look whole")
	r, b = get(t, base+"/segment/demo.mp4?session=b&d=1")
	require.Equal(t, http.StatusOK, r.StatusCode, "%s", b)
	require.Len(t, readSegment(t, b).video, 30)
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	require.Len(t, s.sessions.all, 1, "the one that was cancelled is gone")
}

// TestMovedOn: the next request of a player ends the one that is under way.
func TestMovedOn(t *testing.T) {
	cfg := testConfig(t)
	cfg.transcodes = 1
	s, base := start(t, testFolder(t), cfg)
	w := &stuck{httptest.NewRecorder(), make(chan struct{}, 1), make(chan struct{})}
	ended := make(chan any)
	p := s.sessions
	go func() {
		defer func() { ended <- recover() }()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/segment/demo.mp4?session=a", nil))
	}()
	<-w.writes
	var cancelled context.CancelFunc
	p.mu.Lock()
	for _, ss := range p.all {
		cancelled = ss.cancel
		ss.cancel = func() { cancelled(); close(w.gone) }
	}
	p.mu.Unlock()
	r, b := get(t, base+"/segment/demo.mp4?session=a&t=5&d=1")
	require.Equal(t, http.ErrAbortHandler, <-ended)
	require.Equal(t, http.StatusOK, r.StatusCode, "%s", b)
	samePlace(t, 5*time.Second, readSegment(t, b).video[0], "the later one")
}

// TestSessionsBound: transcoders that wait for their players are few.
func TestSessionsBound(t *testing.T) {
	cfg := testConfig(t)
	s, base := start(t, testFolder(t), cfg)
	for i := range 5 {
		r, _ := get(t, fmt.Sprintf("%s/segment/hevc-hdr10.mp4?session=s%d&d=0.1", base, i))
		require.Equal(t, http.StatusOK, r.StatusCode)
	}
	require.Eventually(t, func() bool { // the last one leaves after its answer
		s.sessions.mu.Lock()
		defer s.sessions.mu.Unlock()
		return len(s.sessions.all) == cfg.transcodes
	}, time.Minute, time.Millisecond)
}

// TestChanged: a file that changed is another one.
func TestChanged(t *testing.T) {
	dir := testFolder(t)
	_, base := start(t, dir, testConfig(t))
	in, _, _ := getInfo(t, base, "demo.mp4")
	require.Equal(t, 300, in.Frames)
	b, err := os.ReadFile(testutils.Clip(t, "h264-crop.mp4"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "demo.mp4"), b, 0o600))
	in, _, _ = getInfo(t, base, "demo.mp4")
	require.Equal(t, 30, in.Frames)
}

// TestGone: a thumbnail that nobody waits for is given up.
func TestGone(t *testing.T) {
	s, base := start(t, testFolder(t), testConfig(t))
	for range cap(s.pictures) {
		s.pictures <- struct{}{} // others decode
	}
	ctx, leave := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", base+"/thumb/demo.mp4", nil)
	require.NoError(t, err)
	ended := make(chan error)
	go func() {
		r, err := http.DefaultClient.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
		ended <- err
	}()
	waits := func() int {
		s.videos.mu.Lock()
		defer s.videos.mu.Unlock()
		return len(s.videos.items)
	}
	require.Eventually(t, func() bool { return waits() == 1 }, time.Minute, time.Millisecond)
	leave()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Eventually(t, func() bool { return waits() == 0 }, time.Minute, time.Millisecond)
	for range cap(s.pictures) {
		<-s.pictures
	}
	r, _ := get(t, base+"/thumb/demo.mp4")
	require.Equal(t, http.StatusOK, r.StatusCode)
}
