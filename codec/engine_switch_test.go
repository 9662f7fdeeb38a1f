package codec

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// elementary returns the packets of a clip's video as Annex B.
func elementary(t *testing.T, clip string) (out []*Packet) {
	dem, err := Open(context.Background(), testutils.Clip(t, clip), nil)
	require.NoError(t, err)
	defer dem.Close()
	var b bytes.Buffer
	mux, err := NewMuxer(&b, &MuxerConfig{Format: "h264"}, dem.Stream())
	require.NoError(t, err)
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		p.Stream = 0
		require.NoError(t, mux.WritePacket(p))
	}
	require.NoError(t, mux.Close())
	raw, err := NewDemuxer(&b, &DemuxerConfig{Format: "h264"})
	require.NoError(t, err)
	defer raw.Close()
	for p, err := range raw.Packets() {
		require.NoError(t, err)
		out = append(out, p.Clone())
	}
	return out
}

// TestEngineSwitch feeds a stream that changes to what the GPU cannot decode.
func TestEngineSwitch(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	checkSessions(t)
	caps, err := DecodeCaps(GPU(0), H264, 444, 8)
	require.NoError(t, err)
	if caps.Supported {
		return // this GPU can decode it
	}
	first, second := elementary(t, "h264.mkv"), elementary(t, "h264-444.mp4")
	run := func(allow bool) (frames int, dec *Decoder, err error) {
		dec, err = NewDecoder(StreamInfo{Codec: H264}, &DecoderConfig{AllowEngineSwitch: allow})
		require.NoError(t, err)
		t.Cleanup(func() { dec.Close() })
		for _, p := range append(append([]*Packet(nil), first...), second...) {
			out, err := dec.Decode(p)
			frames += len(out)
			for _, f := range out {
				f.Release()
			}
			if err != nil {
				return frames, dec, err
			}
		}
		out, err := dec.Drain()
		frames += len(out)
		for _, f := range out {
			f.Release()
		}
		return frames, dec, err
	}
	n, dec, err := run(true)
	require.NoError(t, err)
	require.Equal(t, len(first)+len(second), n, "no frame is lost")
	require.Equal(t, CPU, dec.Device())
	require.Contains(t, dec.Reason(), "changed")
	require.NoError(t, dec.Close())

	n, dec, err = run(false)
	require.ErrorIs(t, err, ErrUnsupported)
	require.LessOrEqual(t, n, len(first))
	require.NotEqual(t, CPU, dec.Device())
	require.NoError(t, dec.Close())
}
