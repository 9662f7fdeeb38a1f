package codec

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// natural is n pictures of a natural clip, planar in host memory.
func natural(t testing.TB, name string, n int) (in []*frame.Frame) {
	dem, err := Open(context.Background(), testutils.Media(t)+"/"+name, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
	require.NoError(t, err)
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		c, err := frame.NewHost(f.Format, f.Width, f.Height)
		require.NoError(t, err)
		require.NoError(t, f.CopyTo(c))
		c.PTS = NoPTS
		f.Release()
		if in = append(in, c); len(in) == n {
			break
		}
	}
	return in
}

// TestNVENCQuality wants 35 dB (30 for low latency) at 0.1 bit a pixel of a natural clip,
// and a constant rate within 10 % of the target.
func TestNVENCQuality(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	in := natural(t, "vp9-mp4-bunny-800x640.mp4", 120)
	pixels := in[0].Width * in[0].Height
	rate := int64(pixels * 24 / 10)
	n := 0
	for _, id := range []ID{H264, HEVC, AV1} {
		for _, c := range []struct {
			tuning Tuning
			mode   RateMode
			least  float64
		}{{HighQuality, CBR, 35}, {LowLatency, CBR, 30}, {HighQuality, VBR, 35}} {
			if testing.Short() && (id != H264 || c.tuning != LowLatency) {
				continue
			}
			api := testedAPIs[n%len(testedAPIs)]
			n++
			t.Run(fmt.Sprintf("%v/%v/%v", id, c.tuning, c.mode), func(t *testing.T) {
				speak(t, api)
				if k, err := EncodeCaps(dev, id); err != nil || !k.Supported {
					require.NoError(t, err)
					return
				}
				cfg := on(dev, EncoderConfig{Codec: id, Tuning: c.tuning, FrameRate: frame.Rational{Num: 24, Den: 1}, Rate: RateControl{Mode: c.mode, BitRate: rate, VBVSize: rate / 2 * b2i(c.mode == CBR)}})
				in := in
				if c.mode == CBR { // long enough to come to the target
					in = append(in[:len(in):len(in)], in...)
				}
				s, packets := encodeAll(t, in, cfg, nil)
				bytes := 0
				for _, p := range packets {
					bytes += len(p.Data)
				}
				if c.mode == CBR {
					require.InDelta(t, 1, float64(bytes)*8*24/float64(len(in))/float64(rate), 0.1)
				}
				sum := 0.0
				out := decodePackets(t, s, packets)
				require.Len(t, out, len(in))
				for i, f := range out {
					sum += psnr(t, planar(t, in[i]), planar(t, f), 8)
					f.Release()
				}
				require.Greater(t, sum/float64(len(in)), c.least)
			})
		}
	}
}
