package codec

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

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
	_, err = Create(bg, filepath.Join(t.TempDir(), "x.webm"), nil, video)
	require.ErrorContains(t, err, "webm", "webm cannot hold H.264")
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
