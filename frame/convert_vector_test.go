package frame

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// The vector rows give the bytes that Go alone gives, whatever the conversion, and so do
// many goroutines.
func TestConvertVectors(t *testing.T) {
	if !vectors {
		testutils.Skip(t, "no AVX2, FMA and F16C on this machine", "")
	}
	t.Cleanup(func() { vectors = true })
	r := rand.New(rand.NewPCG(111, 112))
	n := 1500
	if testing.Short() {
		n = 400
	}
	for i := range n {
		s := convertSources[r.IntN(len(convertSources))]
		w, h := 1+r.IntN(90), 1+r.IntN(12)
		switch {
		case i%100 == 99:
			w, h = 640+r.IntN(40), 500+r.IntN(20) // worth several goroutines
		case i%3 == 0:
			s.format, s.depth = NV12, 8
		}
		src := randomFrame(t, r, s.format, w, h, s.depth)
		to, c := anyConversion(r, src)
		if to.Float() && r.IntN(2) == 0 {
			c.Mean, c.Std = [3]float32{0.485, 0, 1}, [3]float32{0.229, -0.5, 0.225}
		}
		var got [2][]byte
		for k := range got {
			vectors = k == 0
			v, err := NewConverter(to, &c)
			require.NoError(t, err)
			f, err := v.Convert(src, nil)
			require.NoError(t, err)
			got[k], err = f.AppendBytes(nil)
			require.NoError(t, err)
			f.Release()
			require.NoError(t, v.Close())
		}
		if string(got[0]) != string(got[1]) {
			for b := range got[0] {
				if got[0][b] != got[1][b] {
					t.Fatalf("%d: %v %d bits %v %dx%d to %v by %+v: byte %d is %d, want %d", i, s.format, s.depth, src.Color, w, h, to, c, b, got[0][b], got[1][b])
				}
			}
		}
	}
}

// What the portable rows take for exact is.
func TestExactSum(t *testing.T) {
	for v, want := range map[float32]int{1: 0, 0.75: -2, 3: 0, 1 + 1.0/(1<<23): -23, -0.25: -2, 96: 5} {
		require.Equal(t, want, lowestBit(v), "%v", v)
	}
	third := float32(1) / 3
	require.True(t, exactSum(&[4]float32{third, third, 0, -0.5}, 0, 255))
	require.True(t, exactSum(&[4]float32{third, third, 0, -0.5}, -4, 4095))
	require.False(t, exactSum(&[4]float32{third, third, 0, -0.5}, -48, 255), "weights of 24 bits along both axes")
	require.False(t, exactSum(&[4]float32{third, 1.0 / (1 << 40), 0, 0}, -4, 1<<16))
	require.True(t, exactSum(&[4]float32{}, -100, 255))
}
