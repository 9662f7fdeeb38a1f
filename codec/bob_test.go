package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// Bob keeps the rows of the first field and makes the others of them; the GPU does about
// the same, and neither calls the result interlaced.
func TestDeinterlaceBob(t *testing.T) {
	testutils.FFmpeg(t)
	take := func(cfg DecoderConfig) (list []*frame.Frame, bytes [][]byte) {
		dem := openClip(t, "h264-interlaced.ts")
		dec, err := NewDecoder(dem.Stream(), &cfg)
		require.NoError(t, err)
		defer dec.Close()
		for f, err := range dec.Frames(dem.Packets()) {
			require.NoError(t, err)
			b, err := f.AppendBytes(nil)
			require.NoError(t, err)
			list = append(list, &frame.Frame{Width: f.Width, Height: f.Height, PTS: f.PTS, Interlaced: f.Interlaced, TopFieldFirst: f.TopFieldFirst})
			bytes = append(bytes, b)
			f.Release()
		}
		return list, bytes
	}
	for _, layout := range []Layout{LayoutNative, LayoutPlanar} {
		weave, woven := take(onCPU(DecoderConfig{Layout: layout}))
		bob, got := take(onCPU(DecoderConfig{Layout: layout, Deinterlace: Bob}))
		require.Len(t, bob, len(weave))
		fields := 0
		for i := range bob {
			require.Equal(t, weave[i].PTS, bob[i].PTS)
			require.False(t, bob[i].Interlaced)
			if !weave[i].Interlaced {
				require.Equal(t, woven[i], got[i])
				continue
			}
			fields++
			w, h, first := weave[i].Width, weave[i].Height, 1
			if weave[i].TopFieldFirst {
				first = 0
			}
			for y := range h {
				for x := range w {
					want := int(woven[i][y*w+x])
					if y&1 != first {
						up, down := y-1, y+1
						if up < 0 {
							up = down
						}
						if down >= h {
							down = up
						}
						want = (int(woven[i][up*w+x]) + int(woven[i][down*w+x]) + 1) / 2
					}
					if v := int(got[i][y*w+x]); v != want {
						t.Fatalf("frame %d at %d,%d is %d, want %d", i, x, y, v, want)
					}
				}
			}
		}
		require.NotZero(t, fields)
	}
	_, err := NewDecoder(openClip(t, "h264-interlaced.ts").Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Deinterlace: Adaptive})
	require.ErrorIs(t, err, ErrUnsupported)
	testutils.Driver(t)
	t.Cleanup(TrimCache)
	soft, want := take(onCPU(DecoderConfig{Deinterlace: Bob}))
	for _, mode := range []Deinterlace{Bob, Adaptive} {
		hard, got := take(onGPU(DecoderConfig{Deinterlace: mode}))
		require.Len(t, hard, len(soft))
		for i := range hard {
			require.Equal(t, soft[i].PTS, hard[i].PTS)
			require.False(t, hard[i].Interlaced)
			require.Greater(t, psnr(t, want[i], got[i], 8), 20.0, "%v, frame %d", mode, i)
		}
	}
}
