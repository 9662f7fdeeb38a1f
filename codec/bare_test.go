package codec

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A bare stream on NVDEC needs no FFmpeg. This is the test of the whole engine where there
// is none: on the driver simulator under Windows.
func TestBareStreamOnGPU(t *testing.T) {
	testutils.Driver(t)
	checkSessions(t)
	for clip, id := range map[string]ID{"h264.h264": H264, "hevc.h265": HEVC} {
		data, err := os.ReadFile(testutils.Clip(t, clip))
		require.NoError(t, err)
		for range 2 { // the second takes the session of the first
			dec := newDecoder(t, StreamInfo{Codec: id}, onGPU(DecoderConfig{}))
			n := 0
			take := func(frames []*frame.Frame, err error) {
				require.NoError(t, err)
				for _, f := range frames {
					b, err := f.AppendPlanar(nil)
					require.NoError(t, err)
					require.Len(t, b, f.Width*f.Height*3/2)
					require.NotEqual(t, b[0], b[f.Width/2])
					require.Equal(t, frame.Device, f.Memory)
					require.NotEmpty(t, f.Planes)
					f.Release()
					n++
				}
			}
			for rest := data; len(rest) > 0; {
				size := min(1000, len(rest))
				take(dec.Decode(&Packet{Data: rest[:size], PTS: NoPTS, DTS: NoPTS}))
				rest = rest[size:]
			}
			take(dec.Drain())
			require.Equal(t, 30, n, clip)
			require.Equal(t, GPU(0), dec.Device())
			require.NoError(t, dec.Close())
		}
	}
	require.Positive(t, CacheStats().Hits)
}
