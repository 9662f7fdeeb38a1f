package codec

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/nvsim"
)

// BenchmarkNVENCOwnTime is what a frame costs the library outside the calls of the
// encoder, from a pool's frame to the packet: own-us/frame. It contains what crossing into
// C and back costs, the simulator's CUDA calls, and the copying of the packet and, from
// host memory, of the pixels.
func BenchmarkNVENCOwnTime(b *testing.B) {
	// The simulator would fork for each group of B pictures, and every page that the
	// library writes next would fault: 6 to 24 times a frame, 0.8 to 3 us each.
	b.Setenv("NVSIM_FORK", "0")
	dev := withEncoder(b)
	const w, h = 256, 192
	for _, id := range []ID{H264, HEVC, AV1} {
		for _, from := range []string{"device", "host"} {
			for _, bf := range []int{0, 3} {
				b.Run(fmt.Sprintf("%v/%s/%d", id, from, bf), func(b *testing.B) {
					enc, err := NewEncoder(w, h, frame.NV12, on(dev, EncoderConfig{Codec: id, Preset: P1, BFrames: &bf, Rate: RateControl{BitRate: 1_000_000}}))
					require.NoError(b, err)
					defer enc.Close()
					ctx := primary(b, dev)
					pool, err := frame.NewDevicePool(ctx, frame.NV12, w, h, nil)
					require.NoError(b, err)
					defer pool.Close()
					stream, err := ctx.NewStream(cuda.StreamNonBlocking)
					require.NoError(b, err)
					defer stream.Close()
					host := movie(b, frame.NV12, w, h, 4, frame.Rational{}, nil)
					i := 0
					step := func() {
						i++
						f := host[i%4]
						if from == "device" {
							if f, err = pool.Get(stream); err != nil {
								b.Fatal(err)
							}
							f.PTS = NoPTS
							if err = f.MarkReady(stream); err != nil {
								b.Fatal(err)
							}
							defer f.Release()
						}
						if _, err := enc.Encode(f, nil); err != nil {
							b.Fatal(err)
						}
					}
					for range 100 { // what settles: slots, pools, buffers
						step()
					}
					before, err := nvsim.EncodingTime()
					require.NoError(b, err)
					b.ReportAllocs()
					for b.Loop() {
						step()
					}
					after, err := nvsim.EncodingTime()
					require.NoError(b, err)
					if after > before { // on the simulator
						b.ReportMetric(float64(b.Elapsed()-(after-before))/float64(time.Microsecond)/float64(b.N), "own-us/frame")
					}
				})
			}
		}
	}
}
