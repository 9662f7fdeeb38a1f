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

// TestNVENCAverageQP wants the quantisers that were asked for back with the packets, and
// with a rate to keep higher ones for less of it.
func TestNVENCAverageQP(t *testing.T) {
	dev := withEncoder(t)
	for _, a := range testedAPIs {
		for _, id := range []ID{H264, HEVC, AV1} {
			t.Run(fmt.Sprintf("%v/%v", a, id), func(t *testing.T) {
				speak(t, a)
				in := noise(t, 256, 192, 6)
				run := func(rate RateControl) (packets []*Packet) {
					_, packets = encodeAll(t, in, on(dev, EncoderConfig{Codec: id, Preset: P1, BFrames: ptr(1), Rate: rate}), nil)
					return packets
				}
				for _, p := range run(RateControl{Mode: ConstQP, QP: &QP{P: 28, B: 30, I: 24}}) {
					switch {
					case p.Type == 'P':
						require.Equal(t, map[ID]int{H264: 28, HEVC: 28, AV1: 28 * 5}[id], p.QP)
					case id == H264: // the simulator's HEVC has no quantiser of its own for B, AV1 but one for all
						require.Equal(t, map[PictureType]int{'B': 30, 'I': 24}[p.Type], p.QP)
					case id == HEVC && p.Type == 'I':
						require.Equal(t, 24, p.QP)
					}
				}
				sum := func(packets []*Packet) (n int) {
					for _, p := range packets {
						require.Positive(t, p.QP)
						n += p.QP
					}
					return n
				}
				require.Greater(t, sum(run(RateControl{Mode: VBR, BitRate: 200_000})), sum(run(RateControl{Mode: VBR, BitRate: 1_000_000})))
			})
		}
	}
}
