package codec

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
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

// TestTranscoderSizeOnGPU scales where frames lie, for an encoder there and for one on the
// CPU, and gives pictures like those of the CPU.
func TestTranscoderSizeOnGPU(t *testing.T) {
	dev := withEncoder(t)
	for _, c := range []struct {
		name    string
		encoder Device
		w, h    int
	}{{"h264.mkv", dev, 160, 0}, {"h264.mkv", CPU, 480, 0}, {"hevc10.mkv", CPU, 160, 90}, {"h264-resize.ts", dev, 0, 0}} {
		t.Run(c.name, func(t *testing.T) {
			testutils.LeakCheck(t)
			defer TrimCache()
			path := testutils.Clip(t, c.name)
			parts := []Interval{{0, 700 * time.Millisecond}}
			if c.w == 0 {
				parts = nil // it changes its size
			}
			dir := t.TempDir()
			decode := func(where, encoder Device, out string) []*frame.Frame {
				cfg := &TranscoderConfig{Width: c.w, Height: c.h}
				cfg.Decoder.Device, cfg.Encoder.Device = where, encoder
				cfg.Encoder.Rate = RateControl{Mode: Quality, Quality: 12}
				tr, done := newTestTranscoder(t, path, cfg)
				defer done()
				out = filepath.Join(dir, out)
				require.NoError(t, tr.WriteFile(context.Background(), out, nil, parts...))
				if where != CPU {
					require.NotNil(t, tr.pic.device)
					require.Nil(t, tr.pic.host)
				}
				dem, err := Open(context.Background(), out, nil)
				require.NoError(t, err)
				defer dem.Close()
				dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar})
				require.NoError(t, err)
				defer dec.Close()
				var list []*frame.Frame
				for f, err := range dec.Frames(dem.Packets()) {
					require.NoError(t, err)
					list = append(list, f)
				}
				return list
			}
			got, want := decode(dev, c.encoder, "gpu.mp4"), decode(CPU, CPU, "cpu.mp4")
			require.Len(t, got, len(want))
			for i := range got {
				require.Equal(t, [2]int{want[i].Width, want[i].Height}, [2]int{got[i].Width, got[i].Height})
				require.Equal(t, want[i].SAR, got[i].SAR)
				require.Equal(t, want[i].Time(), got[i].Time())
				a, err := got[i].AppendPlanar(nil)
				require.NoError(t, err)
				b, err := want[i].AppendPlanar(nil)
				require.NoError(t, err)
				require.Len(t, a, len(b))
				require.Greater(t, psnr(t, b, a, got[i].Format.Bits()), 34.0, "frame %d", i)
			}
			for _, f := range append(got, want...) {
				f.Release()
			}
		})
	}
}
