package codec

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A reader is an io.Reader made of a function.
type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// A video of one packet, which was read when the file was opened, ends as others do.
func TestDemuxerOnePacket(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, ext := range []string{"mkv", "mp4", "ts"} {
		path := filepath.Join(t.TempDir(), "one."+ext)
		in := openQuietly(t, "h264.mkv")
		out, err := Create(t.Context(), path, nil, in.Stream())
		require.NoError(t, err)
		var p Packet
		require.NoError(t, in.ReadPacket(&p))
		p.Stream = 0
		require.NoError(t, out.WritePacket(&p))
		require.NoError(t, out.Close())
		require.NoError(t, in.Close())
		in, err = Open(t.Context(), path, nil)
		require.NoError(t, err)
		require.NoError(t, in.ReadPacket(&p), ext)
		require.Equal(t, io.EOF, in.ReadPacket(&p), ext)
		require.NoError(t, in.Close())
	}
}

func TestDemuxerBadSources(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	testutils.Watchdog(t, time.Minute)
	bg := context.Background()

	_, err := Open(bg, "/does/not/exist.mp4", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Open(bg, "", nil)
	require.Error(t, err)
	_, err = Open(bg, t.TempDir(), nil)
	require.Error(t, err)
	_, err = Open(bg, testutils.Clip(t, "audio.m4a"), nil)
	require.ErrorIs(t, err, ErrNoVideo)
	require.ErrorContains(t, err, "aac", "the error says what there is instead")
	_, err = Open(bg, testutils.Clip(t, "demo.mp4"), &DemuxerConfig{Select: 99})
	require.ErrorIs(t, err, ErrArgument)
	_, err = Open(bg, testutils.Clip(t, "demo.mp4"), &DemuxerConfig{Streams: []int{7}})
	require.ErrorIs(t, err, ErrArgument)
	_, err = Open(bg, testutils.Clip(t, "demo.mp4"), &DemuxerConfig{Options: map[string]string{"no_such_option": "1"}})
	require.ErrorContains(t, err, "no_such_option")
	_, err = Open(bg, testutils.Clip(t, "demo.mp4"), &DemuxerConfig{Format: "no_such_format"})
	require.ErrorContains(t, err, "no_such_format")
	done, cancel := context.WithCancel(bg)
	cancel()
	_, err = Open(done, testutils.Clip(t, "demo.mp4"), nil)
	require.ErrorIs(t, err, context.Canceled)

	_, err = NewDemuxer(nil, nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewDemuxer(bytes.NewReader(nil), nil)
	require.Error(t, err)
	_, err = NewDemuxer(bytes.NewReader(bytes.Repeat([]byte("garbage "), 10000)), nil)
	require.Error(t, err)
	failure := errors.New("the disk is on fire")
	_, err = NewDemuxer(reader(func([]byte) (int, error) { return 0, failure }), nil)
	require.ErrorIs(t, err, failure)
	_, err = NewDemuxer(reader(func([]byte) (int, error) { panic("a panic of the user's") }), nil)
	require.ErrorContains(t, err, "a panic of the user's")
	_, err = NewDemuxer(reader(func([]byte) (int, error) { runtime.Goexit(); return 0, nil }), nil)
	require.Error(t, err)
	_, err = NewDemuxer(reader(func([]byte) (int, error) { return 0, nil }), nil)
	require.ErrorIs(t, err, io.ErrNoProgress)

	var none *Demuxer
	require.NoError(t, none.Close())
	require.ErrorIs(t, none.ReadPacket(&Packet{}), ErrArgument)
	require.ErrorIs(t, none.Seek(0), ErrArgument)
	require.Empty(t, none.Stream().Codec)
}

// TestDemuxerReaders reads the same packets from a path, a seekable reader, one that
// gives a byte at a time, and one that fails in the middle.
func TestDemuxerReaders(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	data, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	read := func(dem *Demuxer) (sizes []int, err error) {
		defer dem.Close()
		for p, err := range dem.Packets() {
			if err != nil {
				return sizes, err
			}
			sizes = append(sizes, len(p.Data))
		}
		return sizes, nil
	}
	dem, err := Open(context.Background(), testutils.Clip(t, "h264.mkv"), nil)
	require.NoError(t, err)
	want, err := read(dem)
	require.NoError(t, err)
	require.NotEmpty(t, want)

	short := bytes.NewReader(data)
	for name, r := range map[string]io.Reader{
		"seekable":   bytes.NewReader(data),
		"sequential": struct{ io.Reader }{bytes.NewReader(data)},
		"short":      reader(func(p []byte) (int, error) { return short.Read(p[:min(len(p), 7)]) }),
	} {
		dem, err := NewDemuxer(r, nil)
		require.NoError(t, err, name)
		got, err := read(dem)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}

	failure, n := errors.New("the cable was pulled"), 0
	dem, err = NewDemuxer(reader(func(p []byte) (int, error) {
		if n > len(data)/2 {
			return 0, failure
		}
		k := copy(p[:min(len(p), 4096)], data[n:])
		n += k
		return k, nil
	}), nil)
	require.NoError(t, err)
	got, err := read(dem)
	require.ErrorIs(t, err, failure)
	require.Less(t, len(got), len(want))
}

// TestCloseWhileReaderBlocks closes a demuxer whose user's reader never returns.
func TestCloseWhileReaderBlocks(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, time.Minute)
	data, err := os.ReadFile(testutils.Clip(t, "mpeg2.ts"))
	require.NoError(t, err)
	blocked, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	var armed atomic.Bool
	n := 0
	dem, err := NewDemuxer(reader(func(p []byte) (int, error) {
		if armed.Load() {
			close(blocked)
			<-release
			return 0, io.EOF
		}
		k := copy(p, data[n%len(data):]) // for ever
		n += k
		return k, nil
	}), nil)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		var p Packet
		for {
			if err := dem.ReadPacket(&p); err != nil {
				ended <- err
				return
			}
		}
	}()
	armed.Store(true)
	<-blocked
	require.NoError(t, dem.Close())
	require.ErrorIs(t, <-ended, os.ErrClosed)
	require.NoError(t, dem.Close())
	require.ErrorIs(t, dem.ReadPacket(&Packet{}), os.ErrClosed)
	require.ErrorIs(t, dem.Seek(0), os.ErrClosed)
}

// TestSeekAndDiscard decodes after a seek exactly what was decoded there before.
func TestSeekAndDiscard(t *testing.T) {
	testutils.FFmpeg(t)
	for _, clip := range []string{"av-12s.mp4", "h264.mkv", "hevc.mp4", "h264-opengop.mp4", "vp9.webm"} {
		t.Run(clip, func(t *testing.T) {
			path := testutils.Clip(t, clip)
			all, _ := frameSums(t, path, 1, nil)
			dem, err := Open(context.Background(), path, nil)
			require.NoError(t, err)
			defer dem.Close()
			dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar})
			require.NoError(t, err)
			defer dec.Close()
			seen := map[string]bool{}
			for _, s := range all {
				seen[s] = true
			}
			for _, at := range []time.Duration{400 * time.Millisecond, 0, 900 * time.Millisecond, time.Hour, -time.Hour} {
				if err := dem.Seek(at); err != nil {
					continue // some containers say no beyond their end
				}
				require.NoError(t, dec.Discard())
				n := 0
				for f, err := range dec.Frames(dem.Packets()) {
					require.NoError(t, err)
					if n >= 3 || f.Corrupt { // leading pictures of an open GOP may be damaged
						require.True(t, f.Corrupt || seen[frameSum(t, f)], "frame %d at %v after a seek to %v", n, f.PTS, at)
					}
					f.Release()
					n++
				}
			}
		})
	}
}
