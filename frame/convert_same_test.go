package frame

import (
	"crypto/md5"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// The bytes are the same on every machine: this is the sum of those of 600 conversions.
func TestConvertSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(121, 122))
	sum := md5.New()
	for range 600 {
		s := convertSources[r.IntN(len(convertSources))]
		w, h := 1+r.IntN(60), 1+r.IntN(12)
		src := randomFrame(t, r, s.format, w, h, s.depth)
		to, c := anyConversion(r, src)
		if to.Float() && r.IntN(2) == 0 {
			c.Mean, c.Std = [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}
		}
		v, err := NewConverter(to, &c)
		require.NoError(t, err)
		f, err := v.Convert(src, nil)
		require.NoError(t, err)
		b, err := f.AppendBytes(nil)
		require.NoError(t, err)
		sum.Write(b)
		f.Release()
		require.NoError(t, v.Close())
	}
	require.Equal(t, "5639afa5542a8a5c98c5401c25bf1c22", hex.EncodeToString(sum.Sum(nil)))
}

// anyConversion gives src random properties, and chooses what to make of it: as it is in
// half of the cases.
func anyConversion(r *rand.Rand, src *Frame) (to Format, c Conversion) {
	src.Color = convertColors[r.IntN(len(convertColors))]
	src.Rotation = 90 * r.IntN(4)
	src.Interlaced = r.IntN(4) == 0
	c = randomConversion(r, src.Width, src.Height)
	if r.IntN(2) == 0 {
		c = Conversion{Chroma: ChromaFilter(r.IntN(2))}
	}
	return everyTarget[r.IntN(len(everyTarget))], c
}
