package codec

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/live"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A decoder that is reset gives what a new one gives, on both engines, from stream to
// stream of all sorts and back, also in the middle of one.
func TestDecoderReset(t *testing.T) {
	testutils.FFmpeg(t)
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		var dec *Decoder
		for i, clip := range []string{
			"h264.mkv", "h264-crop.mp4", "hevc10.mkv", "hevc.mp4", "h264-opengop.mp4", "vp9.webm", "vp8.webm",
			"h264-interlaced.ts", "h264-interlaced.ts", "h264.mkv",
		} {
			s, list := packetsOf(t, clip)
			want := shootAll(t, newDecoder(t, s, cfg), list)
			if dec == nil {
				dec = newDecoder(t, s, cfg)
			} else {
				require.NoError(t, dec.Reset(s))
			}
			if i%2 == 0 { // leave something behind
				for _, p := range list[:len(list)/2] {
					frames, err := dec.Decode(p)
					require.NoError(t, err)
					for _, f := range frames {
						f.Release()
					}
				}
				require.NoError(t, dec.Reset(s))
			}
			require.Equal(t, want, shootAll(t, dec, list), clip)
		}
		require.ErrorIs(t, dec.Reset(StreamInfo{}), ErrArgument)
		require.NoError(t, dec.Close())
		require.ErrorIs(t, dec.Reset(StreamInfo{Codec: H264}), os.ErrClosed)
	})
}

// What is not decodable is refused as by NewDecoder, and the decoder can go on with
// another stream.
func TestDecoderResetRefused(t *testing.T) {
	onNVDEC(t)
	good, list := packetsOf(t, "h264.mkv")
	bad, _ := packetsOf(t, "h264-444.mp4")
	dec := newDecoder(t, good, onGPU(DecoderConfig{}))
	want := shootAll(t, dec, list)
	require.ErrorIs(t, dec.Reset(bad), ErrUnsupported)
	_, err := dec.Decode(list[0])
	require.ErrorIs(t, err, ErrUnsupported)
	require.NoError(t, dec.Reset(good))
	require.Equal(t, want, shootAll(t, dec, list))
	require.NoError(t, dec.Close())

	auto := newDecoder(t, good, DecoderConfig{})
	require.Equal(t, GPU(0), auto.Device())
	require.NoError(t, auto.Reset(bad))
	require.Equal(t, CPU, auto.Device())
	require.NoError(t, auto.Reset(good))
	require.Equal(t, GPU(0), auto.Device())
	require.Equal(t, want, shootAll(t, auto, list))
}

// The counters tell what became of sessions, and sessions move between decoders
// without their decoders' lives ending.
func TestSessionLending(t *testing.T) {
	onNVDEC(t)
	TrimCache()
	before := CacheStats()
	require.Zero(t, before.Open)
	require.Zero(t, before.Bytes)
	s, list := packetsOf(t, "h264.mkv")
	h := newShare(nil)
	cfg := onGPU(DecoderConfig{share: h})
	a, b := newDecoder(t, s, cfg), newDecoder(t, s, cfg)
	require.NoError(t, h.acquire(t.Context()))
	want := shootAll(t, a, list)
	require.Positive(t, a.sessionPrice(), "there is no other one")
	require.True(t, h.more(a.sessionPrice()+1, a))
	require.NoError(t, b.warm(a))
	now := CacheStats()
	require.EqualValues(t, 2, now.Creations-before.Creations)
	require.Equal(t, 2, now.Open)
	require.Zero(t, now.Idle)
	require.Positive(t, now.Bytes)
	require.Equal(t, want, shootAll(t, b, list))
	require.EqualValues(t, 2, CacheStats().Creations-before.Creations, "the one it was warmed with")

	require.NoError(t, b.park())
	h.give()
	require.Equal(t, 1, CacheStats().Idle)
	require.Zero(t, a.sessionPrice())
	require.NoError(t, a.park())
	h.give()
	require.Equal(t, 2, CacheStats().Idle)
	require.EqualValues(t, 2, live.Snapshot()["nvcuvid.Decoder"])

	// They come back, and decoding begins anew.
	require.NoError(t, h.acquire(t.Context()))
	require.Equal(t, want, shootAll(t, a, list))
	require.EqualValues(t, 1, CacheStats().Hits-before.Hits)
	require.EqualValues(t, 2, CacheStats().Creations-before.Creations)
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
	h.leave()
	TrimCache()
	require.Zero(t, CacheStats().Open)
	require.Zero(t, CacheStats().Bytes)
	require.Zero(t, live.Snapshot()["nvcuvid.Decoder"])
}

// A configuration may keep more idle sessions than the process does otherwise.
func TestSessionCacheRaised(t *testing.T) {
	onNVDEC(t)
	TrimCache()
	s, list := packetsOf(t, "h264.mkv")
	open := func(n int) {
		var decs []*Decoder
		for range n {
			decs = append(decs, newDecoder(t, s, onGPU(DecoderConfig{})))
		}
		for _, d := range decs {
			shootAll(t, d, list[:4])
		}
		for _, d := range decs {
			require.NoError(t, d.Close())
		}
		sessions.wait()
	}
	lower := sessions.raise(6)
	lower2 := sessions.raise(5)
	open(7)
	require.Equal(t, 6, CacheStats().Idle)
	lower()
	sessions.wait()
	require.Equal(t, 5, CacheStats().Idle)
	lower2()
	sessions.wait()
	require.Equal(t, defaultDecoderCache, CacheStats().Idle)
	TrimCache()
	require.Zero(t, CacheStats().Open)
}

// Idle sessions of other kinds make room when the device has as many as it should.
func TestSessionEviction(t *testing.T) {
	onNVDEC(t)
	TrimCache()
	defer sessions.raise(100)()
	before := CacheStats()
	var decs []*Decoder
	h264, list := packetsOf(t, "h264.mkv")
	for range 14 { // twice the engines of the simulated H200
		decs = append(decs, newDecoder(t, h264, onGPU(DecoderConfig{})))
		shootAll(t, decs[len(decs)-1], list[:4])
	}
	for _, d := range decs {
		require.NoError(t, d.Close())
	}
	require.Equal(t, 14, CacheStats().Idle)
	hevc, list := packetsOf(t, "hevc.mp4")
	shootAll(t, newDecoder(t, hevc, onGPU(DecoderConfig{})), list)
	sessions.wait()
	require.EqualValues(t, 1, CacheStats().Evictions-before.Evictions)
	require.Equal(t, 14, CacheStats().Open)
}

// onEachEngine runs a test on the CPU, and on NVDEC where there is a driver.
func onEachEngine(t *testing.T, test func(*testing.T, DecoderConfig)) {
	t.Run("cpu", func(t *testing.T) { test(t, onCPU(DecoderConfig{})) })
	t.Run("gpu", func(t *testing.T) {
		onNVDEC(t)
		test(t, onGPU(DecoderConfig{}))
	})
}
