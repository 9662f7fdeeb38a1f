package codec

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// remuxClip copies the video of a clip into another container.
func remuxClip(t *testing.T, clip string, make func(StreamInfo) (*Muxer, error)) {
	dem, err := Open(context.Background(), testutils.Clip(t, clip), nil)
	require.NoError(t, err)
	defer dem.Close()
	m, err := make(dem.Stream())
	require.NoError(t, err)
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		p.Stream = 0
		require.NoError(t, m.WritePacket(p))
	}
	require.NoError(t, m.Close())
}

// TestSimpleContainers goes to random frames of one video in containers that all seek in
// their own ways, some without an index, from files and from readers.
func TestSimpleContainers(t *testing.T) {
	testutils.FFmpeg(t)
	dir := t.TempDir()
	for _, name := range []string{"a.mp4", "a.mkv", "a.flv", "a.ts", "a.h264", "a.mov"} {
		remuxClip(t, "demo.mp4", func(s StreamInfo) (*Muxer, error) {
			return Create(context.Background(), filepath.Join(dir, name), nil, s)
		})
	}
	for name, format := range map[string]string{"stream.mkv": "matroska", "fragments.mp4": "mp4"} {
		var b bytes.Buffer
		remuxClip(t, "demo.mp4", func(s StreamInfo) (*Muxer, error) {
			return NewMuxer(struct{ io.Writer }{&b}, &MuxerConfig{Format: format}, s) // cannot go back: no index
		})
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600))
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, 8)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			testutils.LeakCheck(t)
			plain, err := plainDecode(t, path, &cpuOnly)
			require.NoError(t, err)
			require.Len(t, plain, 300)
			list := rand.New(rand.NewPCG(3, 4)).Perm(300)[:12]
			s := openSimple(t, path, &SimpleDecoderConfig{DecoderConfig: cpuOnly, Parallel: 1})
			exactOneByOne(t, s, plain, list)
			require.Less(t, s.Index().Metadata().LongestGOP, 61)

			f, err := os.Open(path)
			require.NoError(t, err)
			defer f.Close()
			dem, err := NewDemuxer(f, nil)
			require.NoError(t, err)
			defer dem.Close()
			s, err = NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: cpuOnly, Parallel: 2})
			require.NoError(t, err)
			defer s.Close()
			wantFrames(t, plain, list, s.FramesAt(list))
		})
	}
}
