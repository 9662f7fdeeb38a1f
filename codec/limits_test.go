package codec

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A stream that asks for more than it may is refused before anything is allocated for it:
// by what the container says, by a bare stream's first header, and in its middle.
func TestLimits(t *testing.T) {
	testutils.FFmpeg(t)
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		checkSessions(t)
		s, list := packetsOf(t, "h264.mkv")
		for _, l := range []Limits{{Width: s.Width - 1}, {Height: s.Height - 1}} {
			cfg.Limits = l
			_, err := NewDecoder(s, &cfg)
			require.ErrorIs(t, err, ErrLimit)
			require.ErrorContains(t, err, "320x180")
			dec := newDecoder(t, s2(s.Codec), cfg)
			for _, p := range bareOf(t, "h264.mkv", 0) {
				if _, err = dec.Decode(p); err != nil {
					break
				}
			}
			require.ErrorIs(t, err, ErrLimit)
		}
		cfg.Limits = Limits{Width: s.Width, Height: s.Height}
		require.NotEmpty(t, shootAll(t, newDecoder(t, s, cfg), list))
		cfg.Limits = Limits{Width: maxDimension, Height: maxDimension}
		require.NotEmpty(t, shootAll(t, newDecoder(t, s, cfg), list))

		// Its second part is larger.
		s, list = packetsOf(t, "h264-resize.ts")
		cfg.Limits = Limits{Width: s.Width, Height: s.Height}
		dec := newDecoder(t, s, cfg)
		var err error
		n, most := 0, 0
		take := func() {
			for _, p := range list {
				frames, e := dec.Decode(p)
				for _, f := range frames {
					require.LessOrEqual(t, f.Width, s.Width)
					require.LessOrEqual(t, f.Height, s.Height)
					most = max(most, f.Width)
					f.Release()
					n++
				}
				if err = e; err != nil {
					return
				}
			}
			var e error
			frames, e := dec.Drain()
			for _, f := range frames {
				require.LessOrEqual(t, f.Width, s.Width)
				f.Release()
			}
			err = e
		}
		take()
		require.NotZero(t, n)
		if cfg.Device == CPU {
			require.ErrorIs(t, err, ErrCorrupt)
		} else {
			require.ErrorIs(t, err, ErrLimit)
		}

		for _, l := range []Limits{{Width: -1}, {Height: maxDimension + 1}, {SEIBytes: -1}} {
			cfg.Limits = l
			_, err := NewDecoder(s, &cfg)
			require.ErrorIs(t, err, ErrArgument)
		}
	})
}

func s2(id ID) StreamInfo { return StreamInfo{Codec: id, WholePictures: true} }

func TestSEILimit(t *testing.T) {
	var r seiReader
	r.init(bitstream.CodecH264)
	r.limit = 1000
	message := append([]byte{0, 0, 1, 6, 5, 200}, bytes.Repeat([]byte{7}, 200)...)
	message = append(message, 0x80)
	for range 4 {
		r.skipped(message, 0, &bitstream.PacketInfo{})
	}
	require.NotEmpty(t, r.waiting.data)
	for range 100 {
		r.skipped(message, 0, &bitstream.PacketInfo{})
		require.LessOrEqual(t, len(r.waiting.data), 1000)
	}
}

func TestIndexLimit(t *testing.T) {
	testutils.FFmpeg(t)
	path := testutils.Clip(t, "h264.mkv")
	dem, err := Open(context.Background(), path, &DemuxerConfig{MaxIndexPackets: 59})
	require.NoError(t, err)
	defer dem.Close()
	_, err = dem.Scan(context.Background())
	require.ErrorIs(t, err, ErrLimit)
	require.ErrorContains(t, err, "MaxIndexPackets")
	more, err := Open(context.Background(), path, &DemuxerConfig{MaxIndexPackets: 60})
	require.NoError(t, err)
	defer more.Close()
	_, err = more.Scan(context.Background())
	require.NoError(t, err)
	_, err = Open(context.Background(), path, &DemuxerConfig{MaxIndexPackets: -1})
	require.ErrorIs(t, err, ErrArgument)
}

// A playlist has no file read but itself, unless Protocols says so.
func TestOpenPlaylist(t *testing.T) {
	testutils.FFmpeg(t)
	dir := t.TempDir()
	b, err := os.ReadFile(testutils.Clip(t, "h264-interlaced.ts"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret.ts"), b, 0o600))
	list := filepath.Join(dir, "list.m3u8")
	require.NoError(t, os.WriteFile(list, []byte("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.ts\n#EXT-X-ENDLIST\n"), 0o600))
	_, err = Open(context.Background(), list, nil)
	require.Error(t, err)
	dem, err := Open(context.Background(), list, &DemuxerConfig{Protocols: "file,crypto,data"})
	require.NoError(t, err)
	require.Equal(t, H264, dem.Stream().Codec)
	require.NoError(t, dem.Close())
	_, err = Open(context.Background(), "concat:"+list, nil)
	require.Error(t, err)
	require.ErrorContains(t, err, "Protocols")
}
