package codec

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A pairCase is one configuration of the table: an index into each list of values.
type pairCase [7]int

var (
	pairFormats = []frame.Format{frame.NV12, frame.YV12, frame.IYUV, frame.YUV444, frame.P010, frame.YUV444P10MSB, frame.ARGB, frame.ARGB10, frame.ABGR, frame.ABGR10, frame.NV16, frame.P210}
	pairCodecs  = []ID{H264, HEVC, AV1}
	pairRates   = []RateMode{CBR, VBR, ConstQP, Quality}
	pairPresets = []Preset{P1, P2, P3, P4, P5, P6, P7}
	pairTunings = []Tuning{HighQuality, LowLatency, UltraLowLatency, Lossless, UltraHighQuality}
	pairBFrames = []int{0, 1, 3}
	pairDepths  = []int{8, 10}
	pairSizes   = pairCase{len(pairFormats), len(pairCodecs), len(pairRates), len(pairPresets), len(pairTunings), len(pairBFrames), len(pairDepths)}
)

// Two GOPs of the smallest pictures that all codecs take.
const pairWidth, pairHeight, pairFrames = 192, 128, 7

// pairMovie is the same for all cases of a format.
func pairMovie(t testing.TB, f frame.Format, movies map[frame.Format][]*frame.Frame) []*frame.Frame {
	if movies[f] == nil {
		movies[f] = movie(t, f, pairWidth, pairHeight, pairFrames, frame.Rational{Num: 1, Den: 1000}, pairTime)
	}
	return movies[f]
}

func pairTime(i int) int64 { return int64(i*40 + i%3) }

func (c pairCase) config() (frame.Format, EncoderConfig) {
	b := pairBFrames[c[5]]
	return pairFormats[c[0]], EncoderConfig{
		Codec: pairCodecs[c[1]], Rate: RateControl{Mode: pairRates[c[2]]}, Preset: pairPresets[c[3]], Tuning: pairTunings[c[4]], BFrames: &b, BitDepth: pairDepths[c[6]], GOP: 5,
	}
}

func (c pairCase) String() string {
	f, cfg := c.config()
	return fmt.Sprintf("%v %v %v %v %v %d %d", f, cfg.Codec, cfg.Rate.Mode, cfg.Preset, cfg.Tuning, *cfg.BFrames, cfg.BitDepth)
}

// possible tells whether the device can do it, as the capabilities say.
func (c pairCase) possible(caps map[ID]EncoderCaps) error {
	f, cfg := c.config()
	k := caps[cfg.Codec]
	if err := cfg.validate(); err != nil {
		return err
	}
	cfg.defaults(f)
	if err := cfg.checkNVENC(&k); err != nil {
		return err
	}
	_, err := cfg.checkPicture(&k, f, pairWidth, pairHeight)
	return err
}

// A pair is two values of two lists.
type pair struct{ i, x, j, y int }

func (c pairCase) pairs(visit func(pair)) {
	for i := range c {
		for j := i + 1; j < len(c); j++ {
			visit(pair{i, c[i], j, c[j]})
		}
	}
}

// pairTable is a list of possible cases in which every pair of values occurs that occurs
// in any possible case, and the pairs that do not.
func pairTable(t testing.TB, caps map[ID]EncoderCaps) (table []pairCase, never []pair) {
	var all []pairCase
	open := map[pair]bool{}
	var walk func(c pairCase, k int)
	walk = func(c pairCase, k int) {
		if k == len(c) {
			if c.possible(caps) == nil {
				all = append(all, c)
				c.pairs(func(p pair) { open[p] = true })
			}
			return
		}
		for v := range pairSizes[k] {
			c[k] = v
			walk(c, k+1)
		}
	}
	walk(pairCase{}, 0)
	for i := range pairSizes {
		for j := i + 1; j < len(pairSizes); j++ {
			for x := range pairSizes[i] {
				for y := range pairSizes[j] {
					if !open[pair{i, x, j, y}] {
						never = append(never, pair{i, x, j, y})
					}
				}
			}
		}
	}
	if part, parts := encodeAllPart(t); parts > 0 {
		for i := part; i < len(all); i += parts {
			table = append(table, all[i])
		}
		return table, never
	}
	for len(open) > 0 {
		best, most := 0, -1
		for n, c := range all {
			new := 0
			c.pairs(func(p pair) {
				if open[p] {
					new++
				}
			})
			if new > most {
				best, most = n, new
			}
		}
		table = append(table, all[best])
		all[best].pairs(func(p pair) { delete(open, p) })
	}
	return table, never
}

// encodeAllPart is which part of all possible cases ENCODE_ALL asks for, "2/3" the second
// of three; 0 parts if it asks for none.
func encodeAllPart(t testing.TB) (part, parts int) {
	v := os.Getenv("ENCODE_ALL")
	if v == "" {
		return 0, 0
	}
	_, err := fmt.Sscanf(v, "%d/%d", &part, &parts)
	require.NoError(t, err, "ENCODE_ALL")
	require.True(t, 1 <= part && part <= parts, "ENCODE_ALL=%s", v)
	return part - 1, parts
}

// TestNVENCPairs encodes, drains, muxes and decodes a table of configurations in which
// every possible pair of values occurs, in every version of the interface. Short runs
// take every eighth row, another one in each version.
func TestNVENCPairs(t *testing.T) {
	dev := withEncoder(t)
	for n, a := range testedAPIs {
		t.Run(a.String(), func(t *testing.T) {
			testutils.LeakCheck(t)
			speak(t, a)
			caps := map[ID]EncoderCaps{}
			for _, id := range pairCodecs {
				c, err := EncodeCaps(dev, id)
				require.NoError(t, err)
				caps[id] = c
			}
			table, never := pairTable(t, caps)
			if _, parts := encodeAllPart(t); parts == 0 {
				require.Less(t, len(table), 120)
			}
			movies := map[frame.Format][]*frame.Frame{}
			t.Logf("%d rows; %d pairs are impossible", len(table), len(never))
			for i, c := range table {
				if testing.Short() && i%8 != n {
					continue
				}
				f, cfg := c.config()
				runNVENC(t, c.String(), pairMovie(t, f, movies), on(dev, cfg))
			}
			for i, p := range never {
				if testing.Short() && i%8 != n {
					continue
				}
				refusedPair(t, dev, p)
			}
		})
	}
}

// refusedPair wants an error in words for a pair of values that the device cannot have
// together, whatever the rest.
func refusedPair(t *testing.T, dev Device, p pair) {
	c := pairCase{0, 1, 2, 0, 0, 0, 0} // NV12 hevc constqp P1 high quality 0 8
	c[p.i], c[p.j] = p.x, p.y
	f, cfg := c.config()
	enc, err := NewEncoder(pairWidth, pairHeight, f, on(dev, cfg))
	if err == nil {
		enc.Close()
	}
	require.Error(t, err, "%v", c)
	require.Condition(t, func() bool { return isUserError(err) }, "%v: %v", c, err)
}

// runNVENC encodes, muxes and decodes, and wants the right frames.
func runNVENC(t *testing.T, name string, in []*frame.Frame, cfg *EncoderConfig) {
	path := filepath.Join(t.TempDir(), "out.mkv")
	cfg.TimeBase = frame.Rational{Num: 1, Den: 1000}
	enc, err := NewEncoder(pairWidth, pairHeight, in[0].Format, cfg)
	require.NoError(t, err, name)
	defer enc.Close()
	require.Equal(t, cfg.Device, enc.Device())
	mux, err := Create(context.Background(), path, nil, enc.Stream())
	require.NoError(t, err, name)
	defer mux.Abort()
	n := 0
	write := func(packets []*Packet, err error) {
		require.NoError(t, err, name)
		for _, p := range packets {
			n++
			require.NoError(t, mux.WritePacket(p), name)
		}
	}
	for _, pic := range in {
		write(enc.Encode(pic, nil))
	}
	write(enc.Drain())
	require.Equal(t, pairFrames, n, name)
	require.NoError(t, mux.Close(), name)

	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err, name)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar, Threads: 1})
	require.NoError(t, err, name)
	defer dec.Close()
	i := 0
	for out, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err, name)
		require.Less(t, i, pairFrames, name)
		require.Equal(t, pairTime(i), out.PTS, "%s: frame %d", name, i)
		require.Equal(t, [2]int{pairWidth, pairHeight}, [2]int{out.Width, out.Height}, name)
		want := cfg.BitDepth
		require.Equal(t, want, out.Depth(), name)
		checkPixels(t, name, cfg, in[i], out)
		out.Release()
		i++
	}
	require.Equal(t, pairFrames, i, name)
}

// checkPixels compares what was coded with what comes out: exactly with lossless tuning,
// else as what the picture is like.
func checkPixels(t *testing.T, name string, cfg *EncoderConfig, in, out *frame.Frame) {
	if in.Format.Family() == frame.FamilyRGB {
		require.Greater(t, psnr(t, rgbBytes(t, in), rgbBytes(t, out), 8), 24.0, name)
		return
	}
	a, b := planar(t, in), planar(t, out)
	bits := in.Format.Bits()
	if bits < cfg.BitDepth {
		b, bits = shallow(b), 8
	}
	if cfg.Tuning == Lossless {
		require.True(t, string(a) == string(b), "%s: not the same", name)
		return
	}
	require.Greater(t, psnr(t, a, b, bits), 30.0, name)
}

// shallow is 10-bit samples in the low bits of 16 as 8-bit samples.
func shallow(b []byte) []byte {
	out := make([]byte, len(b)/2)
	for i := range out {
		out[i] = byte((uint(b[2*i]) | uint(b[2*i+1])<<8) >> 2)
	}
	return out
}

// TestNVENCPresets goes through all presets and tunings of every codec; short runs take a
// fifth, another one in each version.
func TestNVENCPresets(t *testing.T) {
	dev := withEncoder(t)
	for n, a := range testedAPIs {
		t.Run(a.String(), func(t *testing.T) {
			testutils.LeakCheck(t)
			speak(t, a)
			movies := map[frame.Format][]*frame.Frame{}
			for _, id := range pairCodecs {
				caps, err := EncodeCaps(dev, id)
				require.NoError(t, err)
				for _, preset := range pairPresets {
					for _, tuning := range pairTunings {
						if testing.Short() && (int(preset)+int(tuning)+n)%5 != 0 {
							continue
						}
						cfg := EncoderConfig{Codec: id, Preset: preset, Tuning: tuning, BitDepth: 8, GOP: 5}
						if cfg.Validate(caps) != nil {
							_, err := NewEncoder(pairWidth, pairHeight, frame.NV12, on(dev, cfg))
							require.ErrorIs(t, err, ErrUnsupported)
							continue
						}
						runNVENC(t, fmt.Sprintf("%v %v %v", id, preset, tuning), pairMovie(t, frame.NV12, movies), on(dev, cfg))
					}
				}
			}
		})
	}
}
