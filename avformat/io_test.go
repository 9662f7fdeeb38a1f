package avformat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// clip returns a committed clip's path and bytes, and checks for leaks and hangs.
func clip(t testing.TB, name string) (path string, data []byte) {
	t.Helper()
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	testutils.Watchdog(t, 2*time.Minute)
	path = testutils.Clip(t, name)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return path, data
}

// readAll opens r and reads it to its end.
func readAll(t testing.TB, r io.Reader, opt *InputOptions) (packets int, err error) {
	t.Helper()
	in, err := OpenReader(context.Background(), r, opt)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	return drain(t, in)
}

func drain(t testing.TB, in *Input) (packets int, err error) {
	t.Helper()
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	for {
		err := in.ReadPacket(p)
		if err == io.EOF {
			return packets, nil
		}
		if err != nil {
			return packets, err
		}
		packets++
	}
}

// onlyReader hides that a reader can do more.
type onlyReader struct{ io.Reader }

// readerFunc is a reader without state.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// after reads n bytes of r and then lets f answer.
func after(r io.Reader, n int, f readerFunc) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		if n == 0 {
			return f(b)
		}
		m, err := r.Read(b[:min(n, len(b))])
		n -= m
		return m, err
	})
}

func TestReaderKinds(t *testing.T) {
	path, data := clip(t, "h264.mkv")
	in, err := OpenInput(context.Background(), path, nil)
	require.NoError(t, err)
	want, _ := describe(t, in)
	in.Close()
	require.Contains(t, want, "h264")

	oneByte := readerFunc(nil)
	src := bytes.NewReader(data)
	oneByte = func(b []byte) (int, error) { return src.Read(b[:1]) }
	eager := bytes.NewReader(data)
	sleepy := bytes.NewReader(data)
	naps := 0
	pr, pw := io.Pipe()
	go func() {
		_, _ = pw.Write(data)
		pw.Close()
	}()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	for name, r := range map[string]io.Reader{
		"seekable":       bytes.NewReader(data),
		"not seekable":   onlyReader{bytes.NewReader(data)},
		"file":           f,
		"byte by byte":   oneByte,
		"pipe":           pr,
		"EOF with bytes": readerFunc(func(b []byte) (int, error) { n, err := eager.Read(b); return n, either(err, eager.Len() == 0) }),
		"0, nil now and then": readerFunc(func(b []byte) (int, error) {
			if naps++; naps%3 != 0 {
				return 0, nil
			}
			return sleepy.Read(b)
		}),
		"seek fails": struct {
			io.Reader
			io.Seeker
		}{bytes.NewReader(data), badSeeker{}},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := OpenReader(context.Background(), r, nil)
			require.NoError(t, err)
			defer in.Close()
			require.Equal(t, name == "seekable" || name == "file", in.Seekable())
			got, _ := describe(t, in)
			require.Equal(t, want, got)
		})
	}
}

func either(err error, end bool) error {
	if err == nil && end {
		return io.EOF
	}
	return err
}

type badSeeker struct{}

func (badSeeker) Seek(int64, int) (int64, error) { return 0, errors.New("illegal seek") }

func TestReaderFails(t *testing.T) {
	_, data := clip(t, "av-12s.mp4")
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		answer readerFunc
		check  func(*testing.T, error)
	}{
		"error":      {func([]byte) (int, error) { return 0, boom }, func(t *testing.T, err error) { require.ErrorIs(t, err, boom) }},
		"panic":      {func([]byte) (int, error) { panic("oh no") }, isPanic("oh no")},
		"panic err":  {func([]byte) (int, error) { panic(boom) }, func(t *testing.T, err error) { require.ErrorIs(t, err, boom) }},
		"nil deref":  {func([]byte) (int, error) { var p *int; return *p, nil }, isPanic("nil pointer")},
		"Goexit":     {func([]byte) (int, error) { runtime.Goexit(); return 0, nil }, func(t *testing.T, err error) { require.ErrorIs(t, err, errGoexit) }},
		"0, nil":     {func([]byte) (int, error) { return 0, nil }, func(t *testing.T, err error) { require.ErrorIs(t, err, io.ErrNoProgress) }},
		"too many":   {func(b []byte) (int, error) { return len(b) + 1, nil }, func(t *testing.T, err error) { require.ErrorContains(t, err, "returned") }},
		"negative":   {func(b []byte) (int, error) { return -1, nil }, func(t *testing.T, err error) { require.ErrorContains(t, err, "returned -1") }},
		"unexpected": {func(b []byte) (int, error) { return 0, io.ErrUnexpectedEOF }, func(t *testing.T, err error) { require.ErrorIs(t, err, io.ErrUnexpectedEOF) }},
	} {
		t.Run(name, func(t *testing.T) {
			// At once, while the streams are probed, and between packets.
			for _, n := range []int{0, 100, 20000, len(data) / 2} {
				_, err := readAll(t, after(bytes.NewReader(fragmented(t, data)), n, c.answer), nil)
				require.Error(t, err, "after %d bytes", n)
				require.NotErrorIs(t, err, io.EOF)
				c.check(t, err)
				require.Contains(t, err.Error(), "avformat: ")
			}
		})
	}
}

// fragmented is the mkv clip: a file that can be read without seeking.
func fragmented(t testing.TB, _ []byte) []byte {
	b, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	return append(b, bytes.Repeat([]byte{0}, 1<<20)...)
}

func isPanic(text string) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		var p *PanicError
		require.ErrorAs(t, err, &p)
		require.Contains(t, p.Error(), text)
		require.Contains(t, string(p.Stack), "io_test.go")
	}
}

// TestReaderFailsSeekable breaks a seekable reader's parts.
func TestReaderFailsSeekable(t *testing.T) {
	_, data := clip(t, "h264-editlist.mp4")
	boom := errors.New("boom")
	for _, fail := range []int{0, 1, 2, 3, 5, 8} {
		r := &flakySeeker{Reader: bytes.NewReader(data), left: fail, f: func() error { return boom }}
		_, err := readAll(t, r, nil)
		if err != nil {
			require.ErrorIs(t, err, boom, "after %d seeks", fail)
		}
		r = &flakySeeker{Reader: bytes.NewReader(data), left: fail, f: func() error { panic(boom) }}
		if _, err = readAll(t, r, nil); err != nil {
			require.ErrorIs(t, err, boom, "after %d seeks", fail)
		}
	}
}

type flakySeeker struct {
	*bytes.Reader
	left int
	f    func() error
}

func (s *flakySeeker) Seek(off int64, whence int) (int64, error) {
	if s.left == 0 {
		return 0, s.f()
	}
	s.left--
	return s.Reader.Seek(off, whence)
}

func TestReaderBadInput(t *testing.T) {
	_, data := clip(t, "av-12s.mp4")
	garbage := make([]byte, 1<<16)
	for i := range garbage {
		garbage[i] = byte(i*i*7 + i>>5)
	}
	for name, r := range map[string]io.Reader{
		"empty":                    strings.NewReader(""),
		"one byte":                 strings.NewReader("x"),
		"garbage":                  bytes.NewReader(garbage),
		"zeroes":                   bytes.NewReader(make([]byte, 1<<16)),
		"mp4 without its index":    bytes.NewReader(data[:len(data)/2]),
		"an mp4's first 40 bytes":  bytes.NewReader(data[:40]),
		"index at the end, a pipe": onlyReader{bytes.NewReader(moovLast(t, data))},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := readAll(t, r, nil)
			t.Log(n, err)
			if name == "mp4 without its index" && err == nil {
				return // it has the index in front: a truncated file that is readable
			}
			require.Error(t, err)
			require.NotErrorIs(t, err, io.EOF)
		})
	}
	_, err := OpenReader(context.Background(), nil, nil)
	require.ErrorIs(t, err, ErrInvalid)
}

// moovLast moves an mp4's index behind its data, where muxers leave it by default.
func moovLast(t testing.TB, data []byte) []byte {
	var boxes, moov []byte
	for rest := data; len(rest) > 8; {
		n := int(rest[0])<<24 | int(rest[1])<<16 | int(rest[2])<<8 | int(rest[3])
		require.True(t, n >= 8 && n <= len(rest))
		if string(rest[4:8]) == "moov" {
			moov = rest[:n]
		} else {
			boxes = append(boxes, rest[:n]...)
		}
		rest = rest[n:]
	}
	require.NotEmpty(t, moov)
	return append(boxes, moov...)
}

// blockedReader gives n bytes and then blocks until released.
type blockedReader struct {
	r       io.Reader
	blocked chan struct{} // closed when it blocks
	release chan struct{}
}

func newBlocked(data []byte, n int) *blockedReader {
	b := &blockedReader{blocked: make(chan struct{}), release: make(chan struct{})}
	b.r = after(bytes.NewReader(data), n, func([]byte) (int, error) {
		close(b.blocked)
		<-b.release
		return 0, io.EOF
	})
	return b
}

func (b *blockedReader) Read(p []byte) (int, error) { return b.r.Read(p) }

func TestCloseWhileReaderBlocks(t *testing.T) {
	_, data := clip(t, "h264.mkv")
	r := newBlocked(data, len(data)/2)
	defer close(r.release)
	in, err := OpenReader(context.Background(), r, &InputOptions{ProbeSize: 4096})
	require.NoError(t, err)
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	got := make(chan error)
	go func() {
		var err error
		for err == nil {
			err = in.ReadPacket(p)
		}
		got <- err
	}()
	<-r.blocked
	before := liveReaders.Count()
	require.NoError(t, in.Close())
	require.ErrorIs(t, <-got, ErrClosed)
	require.NoError(t, in.Close())
	require.ErrorIs(t, in.ReadPacket(p), ErrClosed)
	require.Equal(t, before, liveReaders.Count(), "the reader still blocks, and its goroutine lives")
}

func TestOpenCancelled(t *testing.T) {
	_, data := clip(t, "h264.mkv")
	for _, n := range []int{0, 100, 1000} {
		r := newBlocked(data, n)
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			<-r.blocked
			cancel()
		}()
		_, err := OpenReader(ctx, r, nil)
		require.ErrorIs(t, err, context.Canceled)
		close(r.release)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	r := newBlocked(data, 10)
	defer close(r.release)
	_, err := OpenReader(ctx, r, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = OpenReader(ctx, bytes.NewReader(data), nil)
	require.ErrorIs(t, err, context.DeadlineExceeded, "a context that has ended")
	_, err = OpenInput(ctx, "x", nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	// The context bounds the opening only.
	ctx2, cancel2 := context.WithCancel(context.Background())
	in, err := OpenReader(ctx2, bytes.NewReader(data), nil)
	require.NoError(t, err)
	defer in.Close()
	cancel2()
	time.Sleep(5 * time.Millisecond)
	n, err := drain(t, in)
	require.NoError(t, err)
	require.NotZero(t, n)
}

// slowSeeker blocks once, half way, and can be seeked in.
type slowSeeker struct {
	*bytes.Reader
	blocked, release chan struct{}
	once             bool
}

func (s *slowSeeker) Read(b []byte) (int, error) {
	if !s.once && s.Len() < int(s.Size())/2 {
		s.once = true
		close(s.blocked)
		<-s.release
	}
	return s.Reader.Read(b[:min(len(b), 1000)])
}

// interrupter interrupts its Input once so many bytes were read, and goes on.
type interrupter struct {
	*bytes.Reader
	at   int64
	stop func()
}

func (r *interrupter) Read(b []byte) (int, error) {
	if r.Size()-int64(r.Len()) >= r.at {
		r.stop()
	}
	return r.Reader.Read(b[:min(len(b), 500)])
}

// A read that is interrupted gives no packet rather than the part of one that had come.
func TestInterruptGivesWholePackets(t *testing.T) {
	testutils.LeakCheck(t)
	for _, name := range []string{"h264.mkv", "hevc.mp4", "mpeg2.ts", "mpeg4.avi", "vp9.webm"} {
		_, data := clip(t, name)
		read := func(at int64) (list [][]byte) {
			r := &interrupter{Reader: bytes.NewReader(data), at: math.MaxInt64}
			in, err := OpenReader(context.Background(), r, &InputOptions{ProbeSize: 4096})
			require.NoError(t, err)
			defer in.Close()
			r.at, r.stop = at, in.Interrupt
			p := newPacket(t)
			for {
				err := in.ReadPacket(p)
				if err == io.EOF || errors.Is(err, ErrInterrupted) {
					return list
				}
				require.NoError(t, err)
				list = append(list, bytes.Clone(p.Data()))
			}
		}
		want := read(math.MaxInt64)
		for i := range int64(12) {
			got := read(int64(len(data)) * (i + 1) / 13)
			require.LessOrEqual(t, len(got), len(want))
			for k := range got {
				require.Equal(t, len(want[k]), len(got[k]), "%s: packet %d of %d", name, k, len(got))
			}
		}
	}
}

func TestInterruptAndResume(t *testing.T) {
	_, data := clip(t, "h264.mkv")
	want, err := readAll(t, bytes.NewReader(data), nil)
	require.NoError(t, err)
	r := &slowSeeker{Reader: bytes.NewReader(data), blocked: make(chan struct{}), release: make(chan struct{})}
	in, err := OpenReader(context.Background(), r, &InputOptions{ProbeSize: 4096})
	require.NoError(t, err)
	defer in.Close()
	go func() {
		<-r.blocked
		in.Interrupt()
	}()
	n, err := drain(t, in)
	require.ErrorIs(t, err, ErrInterrupted)
	require.Less(t, n, want)
	_, err = drain(t, in)
	require.ErrorIs(t, err, ErrInterrupted, "it stays")
	require.ErrorIs(t, in.Seek(-1, 0, SeekBackward), ErrInterrupted)
	in.Resume()
	time.AfterFunc(10*time.Millisecond, func() { close(r.release) })
	require.NoError(t, in.Seek(-1, 0, SeekBackward), "it waits for the read that was left under way")
	n, err = drain(t, in)
	require.NoError(t, err)
	require.Equal(t, want, n)
}

func TestCloseRaces(t *testing.T) {
	path, data := clip(t, "av-12s.mp4")
	for i := range 60 {
		var in *Input
		var err error
		if i%2 == 0 {
			in, err = OpenInput(context.Background(), path, nil)
		} else {
			in, err = OpenReader(context.Background(), bytes.NewReader(data), nil)
		}
		require.NoError(t, err)
		p, err := NewPacket()
		require.NoError(t, err)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for in.ReadPacket(p) == nil {
				if p.Times().PTS > 20000 {
					_ = in.Seek(0, 0, SeekBackward)
				}
			}
		}()
		for range 3 {
			go in.Close()
		}
		time.Sleep(time.Duration(i) * 20 * time.Microsecond)
		in.Interrupt()
		in.Close()
		<-done
		p.Close()
	}
	var none *Input
	require.NoError(t, none.Close())
}

func TestCloseInsideRead(t *testing.T) {
	_, data := clip(t, "h264.mkv")
	var in *Input
	closed := false
	src := bytes.NewReader(data)
	in, err := OpenReader(context.Background(), readerFunc(func(b []byte) (int, error) {
		if src.Len() < len(data)/2 && !closed {
			closed = true
			in.Close()
		}
		return src.Read(b[:min(len(b), 1000)])
	}), &InputOptions{ProbeSize: 4096})
	require.NoError(t, err)
	_, err = drain(t, in)
	require.ErrorIs(t, err, ErrClosed)
	require.True(t, closed)
}

// TestForgotten leaves closing to the collector.
func TestForgotten(t *testing.T) {
	path, data := clip(t, "h264.mkv")
	for range 5 {
		_, err := OpenInput(context.Background(), path, nil)
		require.NoError(t, err)
		_, err = OpenReader(context.Background(), bytes.NewReader(data), nil)
		require.NoError(t, err)
	}
}

// smallReads makes many callbacks of few bytes.
type smallReads struct{ r *bytes.Reader }

func (s smallReads) Read(b []byte) (int, error) { return s.r.Read(b[:min(len(b), 100)]) }

func TestReadPacketAllocs(t *testing.T) {
	path, data := clip(t, "av-12s.mp4")
	mkv, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	open := map[string]func() (*Input, error){
		"path":   func() (*Input, error) { return OpenInput(context.Background(), path, nil) },
		"reader": func() (*Input, error) { return OpenReader(context.Background(), bytes.NewReader(data), nil) },
		"pipe": func() (*Input, error) {
			return OpenReader(context.Background(), smallReads{bytes.NewReader(mkv)}, &InputOptions{ProbeSize: 4096})
		},
	}
	for name, f := range open {
		t.Run(name, func(t *testing.T) {
			runs := 500
			if name == "pipe" {
				runs = 40
			}
			in, err := f()
			require.NoError(t, err)
			defer in.Close()
			p, err := NewPacket()
			require.NoError(t, err)
			defer p.Close()
			read, bytes := 0, 0
			a := allocations(runs, func() {
				if err := in.ReadPacket(p); err != nil {
					t.Error(err)
				}
				read++
				bytes += len(p.Data())
				if x := p.Times(); x.Stream > 1 || p.Key() && x.PTS == 1 {
					t.Error(x)
				}
				p.SideData(func(SideDataType, []byte) bool { return true })
			})
			require.Zero(t, a)
			require.Equal(t, runs+1, read)
			require.NotZero(t, bytes)
		})
	}
}
