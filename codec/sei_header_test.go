package codec

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestHeaderSEI: messages that the container keeps with the headers are the first of the
// first frame, whatever way there is to it, and of no other. FFmpeg says the same.
func TestHeaderSEI(t *testing.T) {
	testutils.FFmpeg(t)
	TrimCache()
	testutils.LeakCheck(t)
	path := testutils.Clip(t, "hevc.mp4")
	compareSEI(t, path)
	dem, err := Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	header := headerSEI(dem.Stream().Codec, dem.Stream().Extradata)
	require.Len(t, header, 1) // x265's settings
	// first tells whether a frame begins with the messages of the header.
	first := func(f *frame.Frame) bool {
		defer f.Release()
		return len(f.SEI) >= len(header) && slices.EqualFunc(f.SEI[:len(header)], header, func(a, b frame.SEI) bool {
			return a.Type == b.Type && a.Parsed == b.Parsed && string(a.Payload) == string(b.Payload)
		})
	}
	cpu := DeviceConfig{Device: CPU}
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: cpu})
	require.NoError(t, err)
	defer dec.Close()
	for round := range 3 {
		if round == 1 {
			require.NoError(t, dec.Reset(dem.Stream()))
		}
		if round == 2 {
			require.NoError(t, dec.Discard())
		}
		if round > 0 {
			require.NoError(t, dem.Seek(0))
		}
		n := 0
		for f, err := range dec.Frames(dem.Packets()) {
			require.NoError(t, err)
			require.Equal(t, n == 0, first(f), "frame %d of round %d", n, round)
			n++
		}
		require.Greater(t, n, 30)
	}
	require.NoError(t, dem.Seek(0))
	simple, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: DecoderConfig{DeviceConfig: cpu}})
	require.NoError(t, err)
	defer simple.Close()
	for _, i := range []int{7, 0, 1, 29, 0} {
		f, err := simple.At(i)
		require.NoError(t, err)
		require.Equal(t, i == 0, first(f), "frame %d", i)
	}
	threaded, err := NewThreadedDecoder(dem, &ThreadedDecoderConfig{DecoderConfig: DecoderConfig{DeviceConfig: cpu}})
	require.NoError(t, err)
	defer threaded.Close()
	n := 0
	for f, err := range threaded.Frames(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, n == 0, first(f), "frame %d", n)
		if n++; n == 5 {
			break
		}
	}
}
