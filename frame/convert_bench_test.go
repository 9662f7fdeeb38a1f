package frame

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// On the CPU: a picture of 1920 x 1080. -cpu 1 is one core; go is without vector rows.
func BenchmarkConvert(b *testing.B) {
	r := rand.New(rand.NewPCG(81, 82))
	norm := Conversion{Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225}}
	for _, c := range []struct {
		name     string
		from, to Format
		conv     Conversion
	}{
		{"nv12-rgb24", NV12, RGB24, Conversion{}},
		{"nv12-bgra", NV12, BGRA, Conversion{}},
		{"yuv420p-rgb24", YUV420P, RGB24, Conversion{}},
		{"nv12-gbrp", NV12, GBRP, Conversion{}},
		{"nv12-rgb24-linear", NV12, RGB24, Conversion{Chroma: ChromaLinear}},
		{"nv12-gbrpf16-norm", NV12, GBRPF16, norm},
		{"nv12-gbrpf32-norm", NV12, GBRPF32, norm},
		{"p016-rgb24", P016, RGB24, Conversion{}},
		{"go nv12-rgb24", NV12, RGB24, Conversion{}},
		{"go nv12-gbrpf16-norm", NV12, GBRPF16, norm},
		{"nv12-half-area", NV12, NV12, Conversion{Width: 960, Height: 540, Filter: Area}},
		{"nv12-224-bilinear-f16", NV12, GBRPF16, Conversion{Width: 224, Height: 224}},
		{"nv12-224-area-f16", NV12, GBRPF16, Conversion{Width: 224, Height: 224, Filter: Area}},
	} {
		b.Run(c.name, func(b *testing.B) {
			defer func(v bool) { vectors = v }(vectors)
			vectors = vectors && !strings.HasPrefix(c.name, "go ")
			depth := c.from.Bits()
			if c.from == P016 {
				depth = 10
			}
			src := randomFrame(b, r, c.from, 1920, 1080, depth)
			v, err := NewConverter(c.to, &c.conv)
			require.NoError(b, err)
			defer v.Close()
			b.ReportAllocs()
			for b.Loop() {
				f, err := v.Convert(src, nil)
				require.NoError(b, err)
				f.Release()
			}
		})
	}
}
