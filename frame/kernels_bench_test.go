package frame

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// BenchmarkDeviceConvert measures kernels alone, with the device's clock: 240 launches on 24
// pictures in turn, more than its cache holds, queued behind other work so that the
// time it takes to queue them does not count. Each figure is a line like those of
// examples/bench; the device's section tensor shows them beside NPP's.
func BenchmarkDeviceConvert(b *testing.B) {
	testutils.Driver(b)
	const pictures, launches = 24, 240
	rounds, sizes := 5, [][2]int{{1920, 1080}, {3840, 2160}}
	if testing.Short() { // for rehearsals on the simulator
		rounds, sizes = 3, sizes[:1]
	}
	ctx, s, _ := gpu(b)
	keepKernels(b, ctx)
	r := rand.New(rand.NewPCG(91, 92))
	norm := Conversion{Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225}}
	small, mean := norm, norm
	small.Width, small.Height = 224, 224
	mean.Width, mean.Height, mean.Filter = 224, 224, Area
	for _, size := range sizes {
		for _, c := range []struct {
			name     string
			from, to Format
			conv     Conversion
		}{
			{"nv12-to-rgb", NV12, RGB24, Conversion{}},
			{"nv12-to-rgba", NV12, RGBA, Conversion{}},
			{"nv12-to-rgbp", NV12, GBRP, Conversion{}},
			{"nv12-to-rgbp-f16-norm", NV12, GBRPF16, norm},
			{"nv12-to-rgbp-f32-norm", NV12, GBRPF32, norm},
			{"p016-to-rgb", P016, RGB24, Conversion{}},
			{"nv12-to-rgb-linear-chroma", NV12, RGB24, Conversion{Chroma: ChromaLinear}},
			{"yuv444-to-rgb", YUV444, RGB24, Conversion{}},
			{"nv12-to-224-bilinear-f16-norm", NV12, GBRPF16, small},
			{"nv12-to-224-area-f16-norm", NV12, GBRPF16, mean},
			{"nv12-to-half-area", NV12, NV12, Conversion{Width: size[0] / 2, Height: size[1] / 2, Filter: Area}},
			{"rgba-to-nv12", RGBA, NV12, Conversion{}},
			{"nv12-to-rgb-rot90", NV12, RGB24, Conversion{Rotate: 90}},
		} {
			depth := c.from.Bits()
			if c.from == P016 {
				depth = 10
			}
			host := randomFrame(b, r, c.from, size[0], size[1], depth)
			host.Color = Color{Primaries: PrimariesBT709, Transfer: TransferBT709, Matrix: MatrixBT709, Range: RangeLimited}
			v, err := NewConverter(c.to, &c.conv)
			require.NoError(b, err)
			var from, to [pictures]*Frame
			w, h, err := v.Size(host)
			require.NoError(b, err)
			pool := devicePool(b, ctx, c.to, w, h, nil)
			n := pictures
			if testing.Short() {
				n = 1
			}
			for i := range n {
				from[i] = upload(b, ctx, host, false)
				from[i].Color = host.Color
				to[i], err = pool.Get(s)
				require.NoError(b, err)
			}
			require.NoError(b, v.ConvertTo(to[0], from[0], s)) // plan and kernels
			d, p := v.engine.device, v.engine.plan
			set := &d.sets[p.key.slot()]
			begin, err := ctx.NewTimingEvent()
			require.NoError(b, err)
			end, err := ctx.NewTimingEvent()
			require.NoError(b, err)
			busy, err := ctx.Alloc(busyBytes())
			require.NoError(b, err)
			var values []float64
			count := launches
			if testing.Short() {
				count = 1
			}
			for range rounds {
				for range 8 {
					require.NoError(b, s.Memset(busy, 0, busyBytes()))
				}
				require.NoError(b, begin.Record(s))
				for i := range count {
					for k := range p.steps {
						v.views[k] = frameView(to[i%n], &p.steps[k].part, p.target.kind)
						require.NoError(b, set.launches[k].run(&p.steps[k], from[i%n], &p.source, &v.views[k], s, d.args))
					}
				}
				require.NoError(b, end.Record(s))
				require.NoError(b, end.Synchronize())
				took, err := begin.Elapsed(end)
				require.NoError(b, err)
				values = append(values, float64(took.Nanoseconds())/1000/float64(count))
			}
			slices.Sort(values)
			fmt.Printf("RES\tnvcodec\t%s\t%dx%d\t1\tus/frame\t%.3f,%.3f,%.3f\n", c.name, size[0], size[1], values[rounds/4], values[rounds/2], values[rounds-1-rounds/4])
			for i := range n {
				from[i].Release()
				to[i].Release()
			}
			require.NoError(b, ctx.Free(busy))
			require.NoError(b, begin.Close())
			require.NoError(b, end.Close())
			require.NoError(b, v.Close())
		}
	}
}
