package codec

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// remux copies all streams of a clip into a new container.
func remux(t *testing.T, clip string, make func(streams ...StreamInfo) (*Muxer, error)) (packets [][]byte) {
	dem, err := Open(context.Background(), clip, &DemuxerConfig{Select: AllStreams})
	require.NoError(t, err)
	defer dem.Close()
	m, err := make(dem.Streams()...)
	require.NoError(t, err)
	defer m.Close()
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		packets = append(packets, bytes.Clone(p.Data))
		require.NoError(t, m.WritePacket(p))
	}
	require.NoError(t, m.Close())
	require.NoError(t, m.Close())
	require.ErrorIs(t, m.WritePacket(&Packet{}), os.ErrClosed)
	return packets
}

// TestRemux copies a clip with audio through containers and wants the same frames.
func TestRemux(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	clip := testutils.Clip(t, "av-12s.mp4")
	want, _ := frameSums(t, clip, 1, nil)
	for _, ext := range []string{"mp4", "mov", "mkv", "ts"} {
		t.Run(ext, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out."+ext)
			remux(t, clip, func(s ...StreamInfo) (*Muxer, error) { return Create(context.Background(), path, nil, s...) })
			got, _ := frameSums(t, path, 1, nil)
			require.Len(t, got, len(want))
			if ext == "mp4" {
				require.Equal(t, want, got)
			}
			dem, err := Open(context.Background(), path, &DemuxerConfig{Select: VideoAndAudio})
			require.NoError(t, err)
			defer dem.Close()
			require.Len(t, dem.Streams(), 2)
		})
	}
	t.Run("writer", func(t *testing.T) {
		var b bytes.Buffer
		remux(t, clip, func(s ...StreamInfo) (*Muxer, error) { return NewMuxer(&b, &MuxerConfig{Format: "mp4"}, s...) })
		dem, err := NewDemuxer(&b, nil)
		require.NoError(t, err)
		defer dem.Close()
		n := 0
		for _, err := range dem.Packets() {
			require.NoError(t, err)
			n++
		}
		require.Equal(t, len(want), n)
	})
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestMuxerBadUse(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	bg := context.Background()
	video := StreamInfo{Codec: H264, Width: 64, Height: 64}
	_, err := Create(bg, filepath.Join(t.TempDir(), "x.mp4"), nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = Create(bg, filepath.Join(t.TempDir(), "no", "such", "x.mp4"), nil, video)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Create(bg, filepath.Join(t.TempDir(), "x.nothing"), nil, video)
	require.Error(t, err)
	webm := filepath.Join(t.TempDir(), "x.webm")
	_, err = Create(bg, webm, nil, video)
	require.ErrorContains(t, err, "webm", "webm cannot hold H.264")
	require.NoFileExists(t, webm)
	_, err = NewMuxer(nil, nil, video)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewMuxer(io.Discard, nil, video)
	require.Error(t, err, "a writer needs Format")
	var none *Muxer
	require.NoError(t, none.Close())
	require.NoError(t, none.Abort())
	require.ErrorIs(t, none.WritePacket(&Packet{}), ErrArgument)

	full := errors.New("the disk is full")
	dem, err := Open(bg, testutils.Clip(t, "demo.mp4"), nil)
	require.NoError(t, err)
	defer dem.Close()
	m, err := NewMuxer(writer(func([]byte) (int, error) { return 0, full }), &MuxerConfig{Format: "matroska"}, dem.Stream())
	require.NoError(t, err)
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		p.Stream = 0
		if err = m.WritePacket(p); err != nil {
			require.ErrorIs(t, err, full)
			break
		}
	}
	require.ErrorIs(t, m.Close(), full)

	path := filepath.Join(t.TempDir(), "aborted.mp4")
	m, err = Create(bg, path, nil, dem.Stream())
	require.NoError(t, err)
	require.NoError(t, m.Abort())
	require.NoFileExists(t, path)
	require.NoError(t, m.Close())
}

// TestMuxChaptersAndCover carries both through the containers that have them.
func TestMuxChaptersAndCover(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	enc, err := NewEncoder(64, 48, frame.NV12, &EncoderConfig{Preset: P1, Threads: 1})
	require.NoError(t, err)
	defer enc.Close()
	var file bytes.Buffer
	require.NoError(t, jpeg.Encode(&file, image.NewYCbCr(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio420), nil))
	picture := file.Bytes()
	cover := StreamInfo{Codec: MJPEG, Width: 32, Height: 32, AttachedPicture: true, picture: picture}
	chapters := []Chapter{
		{ID: 1, End: 400 * time.Millisecond, Metadata: map[string]string{"title": "one"}},
		{ID: 2, Start: 400 * time.Millisecond, End: time.Second, Metadata: map[string]string{"title": "two"}},
	}
	var packets []*Packet
	for p, err := range enc.Packets(func(yield func(*frame.Frame, error) bool) {
		for _, f := range movie(t, frame.NV12, 64, 48, 30, frame.Rational{}, nil) {
			if !yield(f, nil) {
				return
			}
		}
	}) {
		require.NoError(t, err)
		packets = append(packets, p.Clone())
	}
	for _, ext := range []string{"mp4", "m4v", "mkv"} {
		path := filepath.Join(t.TempDir(), "out."+ext)
		m, err := Create(context.Background(), path, &MuxerConfig{Chapters: chapters}, enc.Stream(), cover)
		require.NoError(t, err, ext)
		require.NoError(t, m.WritePacket(&Packet{Stream: 1, Data: picture, PTS: NoPTS, DTS: NoPTS, Key: true}))
		for _, p := range packets {
			require.NoError(t, m.WritePacket(p))
		}
		require.NoError(t, m.Close(), ext)
		dem, err := Open(context.Background(), path, &DemuxerConfig{Select: AllStreams})
		require.NoError(t, err)
		require.Len(t, dem.Container().Chapters, 2, ext)
		for i, c := range dem.Container().Chapters {
			require.Equal(t, chapters[i].Metadata["title"], c.Metadata["title"])
			require.InDelta(t, chapters[i].Start.Seconds(), c.Start.Seconds(), 0.001, ext)
			require.InDelta(t, chapters[i].End.Seconds(), c.End.Seconds(), 0.05, ext)
		}
		found := false
		for _, s := range dem.Streams() {
			if s.AttachedPicture {
				found = true
				require.Equal(t, picture, s.picture, ext)
			}
		}
		require.True(t, found, "no cover in %s", ext)
		require.NoError(t, dem.Close())
	}
	_, err = Create(context.Background(), filepath.Join(t.TempDir(), "x.mkv"), nil, enc.Stream(), StreamInfo{Codec: "gif", Width: 8, Height: 8, AttachedPicture: true, picture: picture})
	require.ErrorIs(t, err, ErrUnsupported)
	for _, ext := range []string{"mov", "ts", "avi"} { // where FFmpeg would lose it without a word
		_, err = Create(context.Background(), filepath.Join(t.TempDir(), "x."+ext), nil, enc.Stream(), cover)
		require.ErrorIs(t, err, ErrUnsupported, ext)
	}
	_, err = NewMuxer(io.Discard, &MuxerConfig{Format: "mp4"}, enc.Stream(), cover)
	require.ErrorIs(t, err, ErrUnsupported, "fragmented")
	cover.picture = nil
	_, err = Create(context.Background(), filepath.Join(t.TempDir(), "x.mkv"), nil, enc.Stream(), cover)
	require.ErrorIs(t, err, ErrArgument)
}
