package codec

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestShortListsWiden: a list that is not worth another session by itself gets one when
// more like it have come.
func TestShortListsWiden(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Sim(t)
	checkSessions(t)
	dem, err := Open(context.Background(), testutils.Clip(t, "h264.mkv"), nil)
	require.NoError(t, err)
	defer dem.Close()
	s, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: *gpu(DecoderConfig{}), Parallel: 3})
	require.NoError(t, err)
	defer s.Close()
	f, err := s.At(0)
	require.NoError(t, err)
	f.Release()
	creations.mu.Lock()
	usual := creations.usual
	creations.usual = s.duration(2 * len(s.x.packets))
	creations.mu.Unlock()
	defer func() {
		creations.mu.Lock()
		creations.usual = usual
		creations.mu.Unlock()
	}()
	most := 0
	for round := range 40 {
		for f, err := range s.FramesAt([]int{0, s.Len() / 2, s.Len() - 1}) {
			require.NoError(t, err)
			f.Release()
		}
		most = max(most, CacheStats().Open)
		if round == 0 {
			require.Equal(t, 1, most, "the first list")
		}
	}
	require.Greater(t, most, 1)
}
