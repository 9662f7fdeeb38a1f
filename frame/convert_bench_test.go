package frame

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// On the CPU, one core: a picture of 1920 x 1080.
func BenchmarkConvert(b *testing.B) {
	r := rand.New(rand.NewPCG(81, 82))
	src := randomFrame(b, r, NV12, 1920, 1080, 8)
	for _, c := range []struct {
		name string
		to   Format
		conv Conversion
	}{
		{"rgb24", RGB24, Conversion{}},
		{"gbrpf32", GBRPF32, Conversion{}},
		{"nv12-half-area", NV12, Conversion{Width: 960, Height: 540, Filter: Area}},
		{"224-bilinear-f16", GBRPF16, Conversion{Width: 224, Height: 224}},
		{"224-area-f16", GBRPF16, Conversion{Width: 224, Height: 224, Filter: Area}},
	} {
		b.Run(c.name, func(b *testing.B) {
			v, err := NewConverter(c.to, &c.conv)
			require.NoError(b, err)
			defer v.Close()
			for b.Loop() {
				f, err := v.Convert(src, nil)
				require.NoError(b, err)
				f.Release()
			}
		})
	}
}
