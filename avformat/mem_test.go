package avformat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// rss is the memory that the process uses, C's included.
func rss(t testing.TB) int {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		testutils.Skip(t, "no /proc", "")
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	require.NoError(t, err)
	return pages * os.Getpagesize()
}

// TestMemory repeats what can go right or wrong and looks at the process from
// outside: package live counts what we made, not what FFmpeg made.
func TestMemory(t *testing.T) {
	testutils.Short(t)
	path, data := clip(t, "av-12s.mp4")
	mkv, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	ctx := context.Background()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	closeAfter := func(in *Input, err error) {
		require.NoError(t, err)
		p, err := NewPacket()
		require.NoError(t, err)
		for range 20 {
			_ = in.ReadPacket(p)
		}
		p.Close()
		for _, s := range in.Streams() {
			s.Parameters.Close()
		}
		in.Close()
	}
	shared := openPath(t, path)
	mux := func(w io.Writer) {
		out, err := NewOutput(w, &OutputOptions{Format: "mp4"})
		require.NoError(t, err)
		s := shared.Streams()[0]
		par, err := s.Parameters.Clone()
		require.NoError(t, err)
		require.NoError(t, par.SetSideData(SideDataDisplayMatrix, NewDisplayMatrix(90, false).Bytes()))
		require.NoError(t, par.SetSideData(SideDataContentLight, ContentLight{1, 2}.Bytes()))
		require.NoError(t, par.SetExtradata(nil))
		_, err = out.AddStream(par, &StreamConfig{TimeBase: s.TimeBase})
		require.NoError(t, err)
		par.Close()
		p, err := NewPacket()
		require.NoError(t, err)
		require.NoError(t, shared.Seek(-1, 0, SeekBackward))
		for n := 0; n < 20 && shared.ReadPacket(p) == nil; {
			if p.Stream() == 0 {
				_ = out.WritePacket(0, p)
				n++
			}
		}
		p.Close()
		out.Close()
	}
	for name, f := range map[string]func(){
		"path":      func() { closeAfter(OpenInput(ctx, path, nil)) },
		"reader":    func() { closeAfter(OpenReader(ctx, bytes.NewReader(data), nil)) },
		"pipe":      func() { closeAfter(OpenReader(ctx, onlyReader{bytes.NewReader(mkv)}, nil)) },
		"garbage":   func() { _, _ = OpenReader(ctx, bytes.NewReader(make([]byte, 1<<16)), nil) },
		"missing":   func() { _, _ = OpenInput(ctx, "/no/such/file", nil) },
		"cancelled": func() { _, _ = OpenInput(cancelled, path, nil) },
		"option":    func() { _, _ = OpenInput(ctx, path, &InputOptions{Options: map[string]string{"nope": "1"}}) },
		"failing": func() {
			_, _ = OpenReader(ctx, after(bytes.NewReader(mkv), 3000, func([]byte) (int, error) { return 0, errors.New("x") }), nil)
		},
		"truncated": func() { _, _ = readAll(t, bytes.NewReader(data[:len(data)*2/3]), nil) },
		"mux":       func() { mux(&memory{}) },
		"mux fails": func() { mux(writerFunc(func([]byte) (int, error) { return 0, errors.New("x") })) },
		"mux nothing": func() {
			out, err := NewOutput(io.Discard, &OutputOptions{Format: "mp4"})
			require.NoError(t, err)
			out.Close()
		},
		"no seek": func() { _, _ = readAll(t, io.Reader(onlyReader{bytes.NewReader(moovLast(t, data))}), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			const runs, leak = 150, 150 * 1024
			repeat := func() int {
				for range runs {
					f()
				}
				runtime.GC()         // what has cleanups goes the next time
				debug.FreeOSMemory() // Go's heap is not what is looked for
				return rss(t)
			}
			grown := []int{}
			// Until one is small: C's and Go's heaps find their size at their own pace.
			for last := repeat(); len(grown) < 3 || slices.Min(grown) >= leak && len(grown) < 20; { // the first warms up
				now := repeat()
				grown = append(grown, now-last)
				last = now
			}
			t.Logf("%d bytes in %d runs each", grown, runs)
			// A leak is there each time.
			require.Less(t, slices.Min(grown), leak, "1 KiB a run is a leak")
		})
	}
}
