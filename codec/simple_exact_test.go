package codec

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// everything is make test-exact: every frame of every file, in every way.
var everything = os.Getenv("NVCODEC_EXACT") == "all"

// smallFile is how many frames a file may have to be decoded frame by frame.
const smallFile = 60

// TestSimpleExactOnCPU holds SimpleDecoder to a plain decode of every file there is.
func TestSimpleExactOnCPU(t *testing.T) {
	testutils.FFmpeg(t)
	exactFiles(t, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
}

// exactFiles tests the clips of testdata, and those of the corpus that decode.
func exactFiles(t *testing.T, cfg *DecoderConfig) {
	paths := testdataClips(t)
	dir := testutils.Media(t)
	for _, row := range mediaRows(t, dir) {
		if row.Expect == "decodes" {
			paths = append(paths, filepath.Join(dir, row.Name))
		}
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			exactFile(t, path, cfg)
		})
	}
}

func exactFile(t *testing.T, path string, cfg *DecoderConfig) {
	plain, err := plainDecode(t, path, cfg)
	if errors.Is(err, ErrUnsupported) || err != nil && cfg.Device != CPU && len(plain) == 0 {
		t.Logf("not on this engine: %v", err)
		return
	}
	require.NoError(t, err)
	n := len(plain)
	rnd := rand.New(rand.NewPCG(uint64(n), 7))
	parallel := []int{1, 3}
	if everything {
		parallel = []int{1, 2, 3, 7}
	}
	for _, p := range parallel {
		s := openSimple(t, path, &SimpleDecoderConfig{DecoderConfig: *cfg, Parallel: p})
		require.Equal(t, n, s.Len())
		list := rnd.Perm(n)
		if n > smallFile && !everything {
			list = list[:10]
		} else {
			// Everything, backwards, in slices, and in order.
			wantFrames(t, plain, numbers(n-1, -1, -1), s.Range(-1, math.MinInt, -1))
			step := 2 + rnd.IntN(5)
			wantFrames(t, plain, numbers(0, n, step), s.Range(0, n, step))
			if p > 1 || everything {
				wantFrames(t, plain, numbers(0, n, 1), s.All())
			}
		}
		if n > 1 {
			list = append(list, list[0], list[len(list)/2]) // again
		}
		if p == 1 {
			one := list
			if cfg.Device != CPU && !everything {
				one = list[:min(len(list), 15)]
			}
			exactOneByOne(t, s, plain, one)
			checkIndexTimes(t, s.Index())
		}
		if p > 1 || cfg.Device != CPU || everything {
			wantFrames(t, plain, list, s.FramesAt(list))
		}
		require.Zero(t, s.vain, "frames that only come in a longer way")
		require.NoError(t, s.Close())
	}
}

func exactOneByOne(t *testing.T, s *SimpleDecoder, plain []seen, list []int) {
	for _, i := range list {
		f, err := s.At(i)
		require.NoError(t, err, "frame %d", i)
		require.Equal(t, i, f.Index)
		require.Equal(t, plain[i], see(t, f), "frame %d", i)
		f.Release()
	}
}

// TestSimpleDamaged wants of damaged files what a plain decode gives: the frames that
// can be decoded, then an error.
func TestSimpleDamaged(t *testing.T) {
	testutils.FFmpeg(t)
	damagedFiles(t, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
}

func damagedFiles(t *testing.T, cfg *DecoderConfig) {
	dir := testutils.Media(t)
	for _, row := range mediaRows(t, dir) {
		if row.Expect == "decodes" || row.Expect == "no video stream" {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			testutils.FFmpeg(t)
			damagedFile(t, filepath.Join(dir, row.Name), cfg)
		})
	}
}

func damagedFile(t *testing.T, path string, cfg *DecoderConfig) {
	dem, err := Open(context.Background(), path, nil)
	if err != nil {
		return // nothing to decode at all
	}
	defer dem.Close()
	plain, plainErr := []seen(nil), error(nil)
	if plain, plainErr = plainDecode(t, path, cfg); plainErr != nil && !errors.Is(plainErr, ErrCorrupt) && !errors.Is(plainErr, ErrUnsupported) {
		t.Logf("a plain decode: %v", plainErr)
	}
	for _, p := range []int{1, 3} {
		s, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: *cfg, Parallel: p})
		if err != nil {
			require.Empty(t, plain, "%v", err)
			require.NotContains(t, err.Error(), "panic")
			return
		}
		var got []seen
		var last error
		before := -1
		for f, err := range s.All() {
			if last = err; err != nil {
				break
			}
			require.Greater(t, f.Index, before)
			before = f.Index
			got = append(got, see(t, f))
			f.Release()
		}
		require.Equal(t, len(plain), len(got), "frames at Parallel %d (%v; plain %v)", p, last, plainErr)
		require.True(t, slices.Equal(plain, got), "frames at Parallel %d", p)
		if plainErr != nil {
			require.Error(t, last, "plain: %v", plainErr)
		}
		if len(got) < s.Len() {
			require.ErrorIs(t, last, ErrCorrupt)
		}
		require.NoError(t, s.Close())
	}
}

// TestSimplePolicies gives damaged pictures as OnError says.
func TestSimplePolicies(t *testing.T) {
	testutils.FFmpeg(t)
	path := filepath.Join(testutils.Media(t), "broken-h264-mp4-corrupted-decord.mp4")
	counts := map[ErrorPolicy]int{}
	for _, policy := range []ErrorPolicy{Deliver, Skip, Stop} {
		cfg := SimpleDecoderConfig{DecoderConfig: cpuOnly}
		cfg.OnError = policy
		s := openSimple(t, path, &cfg)
		var last error
		for f, err := range s.All() {
			if last = err; f != nil {
				require.False(t, f.Corrupt && policy != Deliver)
				counts[policy]++
				f.Release()
			}
		}
		require.ErrorIs(t, last, ErrCorrupt)
	}
	require.Less(t, counts[Skip], counts[Deliver])
	require.Less(t, counts[Stop], counts[Skip], fmt.Sprint(counts))
}

// TestSimpleExactOnNVDEC does the same on the hardware, or its simulator.
func TestSimpleExactOnNVDEC(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	exactFiles(t, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}})
	TrimCache()
}
