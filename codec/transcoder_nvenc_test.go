package codec

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/live"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestTranscoderOneSessionEach cuts 50 segments out of 10 files of a kind on the GPU: one
// decode session and one encode session do it.
func TestTranscoderOneSessionEach(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	dir := t.TempDir()
	long, done := newTestTranscoder(t, testutils.Clip(t, "av-12s.mp4"), lossless())
	var files []string
	var films []film
	for i := range 2 {
		f := filepath.Join(dir, []string{"a.mp4", "b.mp4"}[i])
		start := time.Duration(i) * 4 * time.Second
		require.NoError(t, long.WriteFile(context.Background(), f, nil, Interval{start, start + 3*time.Second}))
		files, films = append(files, f), append(films, filmed(t, f))
	}
	done()
	TrimCache()
	cfg := &TranscoderConfig{}
	cfg.Decoder.Device, cfg.Encoder.Device, cfg.Encoder.Preset = dev, dev, P1
	defer TrimCache()
	tr, done := newTestTranscoder(t, files[0], cfg)
	defer done()
	creations, sessions, session := CacheStats().Creations, live.Snapshot()["nvenc.Session"], tr.enc.eng.(*nvencEngine).session
	for i := range 10 {
		src := films[i%2]
		if i > 0 {
			dem, err := Open(context.Background(), files[i%2], &DemuxerConfig{Select: VideoAndAudio})
			require.NoError(t, err)
			defer dem.Close()
			require.NoError(t, tr.Reset(dem))
		}
		where, why := tr.Decoder()
		require.Equal(t, dev, where, why)
		where, why = tr.Encoder()
		require.Equal(t, dev, where, why)
		for j := range 5 {
			first := (j * 31) % 80 // there and back
			part := Interval{src.times[first], src.times[first+7]}
			out := filepath.Join(dir, "out.mp4")
			require.NoError(t, tr.WriteFile(context.Background(), out, nil, part), "file %d segment %d", i, j)
			got := filmed(t, out)
			require.Len(t, got.times, 7, "file %d segment %d", i, j)
			require.True(t, got.keys[got.times[0]])
			for k, at := range got.times {
				within(t, src.times[first+k]-part.Start, at, "of the source")
			}
			require.Same(t, session, tr.enc.eng.(*nvencEngine).session)
		}
	}
	require.Equal(t, creations, CacheStats().Creations)
	require.Equal(t, sessions, live.Snapshot()["nvenc.Session"])
}
