package codec

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestNVENC encodes a little of everything, in every version of the interface.
func TestNVENC(t *testing.T) {
	dev := withEncoder(t)
	for _, a := range testedAPIs {
		for _, id := range []ID{H264, HEVC, AV1} {
			for _, b := range []int{0, 2} {
				t.Run(fmt.Sprintf("%v/%v/%d", a, id, b), func(t *testing.T) {
					testutils.LeakCheck(t)
					speak(t, a)
					if c, err := EncodeCaps(dev, id); err != nil || !c.Supported || b > c.MaxBFrames {
						require.NoError(t, err)
						return
					}
					out, packets := recode(t, movie(t, frame.NV12, 256, 192, 30, frame.Rational{}, nil), on(dev, EncoderConfig{Codec: id, GOP: 12, BFrames: &b}))
					var want []int64
					for i := range 30 {
						want = append(want, int64(i))
					}
					checkTimes(t, packets, want)
					for _, p := range packets {
						require.Equal(t, p.PTS%12 == 0, p.Key, "pts %d", p.PTS)
						require.LessOrEqual(t, p.QP, 255)
					}
					for i, f := range out {
						require.EqualValues(t, i, f.PTS)
						require.Greater(t, psnr(t, planar(t, testPicture(t, frame.NV12, 256, 192, i)), planar(t, f), 8), 35.0)
						f.Release()
					}
				})
			}
		}
	}
}
