package codec

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// randomConfig sets about an eighth of the fields, mostly to values that are possible.
func randomConfig(r *rand.Rand) EncoderConfig {
	some := func(f func()) {
		if r.IntN(8) == 0 {
			f()
		}
	}
	n := func(low, high int) int { return low + r.IntN(high-low+1) }
	qp := func() *QP { return &QP{n(0, 51), n(0, 51), n(0, 51)} }
	c := EncoderConfig{Codec: []ID{H264, HEVC, AV1}[r.IntN(3)], Preset: Preset(n(0, 7)), Tuning: Tuning(n(0, 4))}
	some(func() { c.Rate.Mode = RateMode(n(0, 4)) })
	some(func() { c.Rate.BitRate = int64(n(1, 20_000_000)) })
	some(func() { c.Rate.MaxBitRate = int64(n(1, 20_000_000)) })
	some(func() { c.Rate.VBVSize = int64(n(1, 20_000_000)) })
	some(func() { c.Rate.VBVInitial = int64(n(1, 20_000_000)) })
	some(func() { c.Rate.QP = qp() })
	some(func() { c.Rate.Quality = float64(n(0, 510)) / 10 })
	some(func() { c.Rate.InitialQP = qp() })
	some(func() { c.Rate.MinQP = qp() })
	some(func() { c.Rate.MaxQP = qp() })
	some(func() { c.Rate.MultiPass = MultiPass(n(0, 2)) })
	some(func() { c.GOP = n(1, 12) })
	some(func() { c.IDRPeriod = n(1, 30) })
	some(func() { c.BFrames = ptr(n(0, 5)) })
	some(func() { c.BRef = BReference(n(0, 4)) })
	some(func() { c.BitDepth = []int{8, 10}[r.IntN(2)] })
	some(func() { c.Lookahead = ptr(n(0, 33)) })
	some(func() { c.AQ = ptr(n(0, 15)) })
	some(func() { c.TemporalAQ = true })
	some(func() { c.LowDelayKeyScale = n(0, 255) })
	some(func() { c.WeightedPrediction = ptr(r.IntN(2) == 0) })
	some(func() { c.IntraRefresh = n(0, 8) })
	some(func() { c.RefL0, c.RefL1 = n(0, 8), n(0, 8) })
	if c.Codec != HEVC { // the simulator's HEVC has one slice
		some(func() { c.Slice = Slice{SliceMode(n(0, 3)), n(0, 14)} })
	}
	some(func() { c.RepeatHeaders = true })
	some(func() { c.TimeCode = true })
	some(func() { c.MaxWidth, c.MaxHeight = n(200, 400), n(150, 300) })
	some(func() { c.TimingInfo = TimingInfo{n(0, 2), n(0, 60)} })
	some(func() { c.Tiles = Tiles{n(0, 4), n(0, 4)} })
	some(func() { c.QPMap = QPMapMode(n(0, 2)) })
	if c.Codec != HEVC { // whose levels the simulator ties to rates
		some(func() { c.Level = []string{"4.1", "5.2", "6.2", "7.3"}[r.IntN(4)] })
	}
	some(func() {
		c.Profile = []string{"baseline", "main", "high", "high10", "high444", "main10", "rext"}[r.IntN(7)]
	})
	some(func() { c.SAR = frame.Rational{Num: n(1, 60000), Den: n(1, 60000)} })
	some(func() { c.FrameRate = frame.Rational{Num: n(1, 120000), Den: n(1, 1001)} })
	some(func() {
		c.Color = frame.Color{Primaries: frame.Primaries(n(0, 13)), Transfer: frame.Transfer(n(0, 18)), Matrix: frame.Matrix(n(0, 11)), Range: frame.Range(n(0, 2)), ChromaLocation: frame.ChromaLocation(n(0, 6))}
	})
	some(func() { c.ColorSpace = []string{"bt601", "bt709"}[r.IntN(2)] })
	return c
}

// TestNVENCRandom: whatever is asked for is refused in words, or it encodes.
func TestNVENCRandom(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	r := rand.New(rand.NewPCG(11, 12))
	times := 4000
	if testing.Short() {
		times = 600
	}
	encoded := 0
	for range times {
		cfg := randomConfig(r)
		speak(t, testedAPIs[r.IntN(len(testedAPIs))])
		f := EncodeFormats()[r.IntN(12)]
		text, err := json.Marshal(cfg)
		require.NoError(t, err)
		enc, err := NewEncoder(256, 192, f, on(dev, cfg))
		if err != nil {
			require.True(t, isUserError(err), "%v %s: %v", f, text, err)
			continue
		}
		size, _ := f.Size(256, 192)
		n := 0
		for range 3 {
			packets, err := enc.EncodeBytes(make([]byte, size), nil)
			require.NoError(t, err, "%v %s", f, text)
			n += len(packets)
		}
		packets, err := enc.Drain()
		require.NoError(t, err, "%v %s", f, text)
		require.Equal(t, 3, n+len(packets), "%v %s", f, text)
		require.NoError(t, enc.Close())
		encoded++
	}
	require.Greater(t, encoded, times/100)
}
