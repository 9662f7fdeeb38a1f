package codec

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestDamagedFiles cuts files off at random places, and flips random bytes in them, 50 in
// each, and reads what is left in every way, on the CPU and on the GPU: nothing crashes,
// hangs or leaks, and each error policy does what it says.
//
// NVCODEC_DAMAGE says how often each file of the media set is cut, and flipped a fifth as often;
// make test-damage does it 20 times. Without it, files of testdata are cut 4 times each.
func TestDamagedFiles(t *testing.T) {
	testutils.FFmpeg(t)
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		checkSessions(t)
		var files []string
		var err error
		cuts := 4
		if s := os.Getenv("NVCODEC_DAMAGE"); s != "" {
			cuts, err = strconv.Atoi(s)
			require.NoError(t, err)
			dir := testutils.Media(t)
			for _, r := range mediaRows(t, dir) {
				files = append(files, filepath.Join(dir, r.Name))
			}
		} else {
			files, err = filepath.Glob(testutils.Root() + "/testdata/*.*")
			require.NoError(t, err)
			files = slices.DeleteFunc(files, func(f string) bool { return filepath.Base(f) == "demo.mp4" }) // it is large
			if testing.Short() {
				cuts = 1
			}
		}
		dir := t.TempDir()
		began := time.Now()
		cases, frames := 0, 0
		for _, file := range files {
			whole, err := os.ReadFile(file)
			require.NoError(t, err)
			h := fnv.New64()
			_, _ = h.Write([]byte(filepath.Base(file)))
			rnd := rand.New(rand.NewPCG(h.Sum64(), 1))
			for i := range cuts + (cuts+4)/5 {
				b := slices.Clone(whole)
				if i < cuts {
					b = b[:rnd.IntN(len(b)+1)]
				} else {
					for range 50 {
						b[rnd.IntN(len(b))] ^= byte(1 + rnd.IntN(255))
					}
				}
				path := filepath.Join(dir, "damaged"+filepath.Ext(file))
				require.NoError(t, os.WriteFile(path, b, 0o600))
				own := cfg
				own.OnError = ErrorPolicy((i + len(file)) % 3)
				what := filepath.Base(file) + " " + strconv.Itoa(i)
				before := violations()
				frames += readDamaged(t, what, path, own, i%2 == 1)
				assert.Equal(t, before, violations(), "%s: violations of the driver's rules", what)
				cases++
			}
		}
		t.Logf("%d damaged files, %d frames in %v", cases, frames, time.Since(began).Round(time.Millisecond))
		require.NotZero(t, frames)
	})
}

// violations is how many the driver simulator has seen, 0 on others.
func violations() int {
	s, err := nvsim.ReadState()
	if err != nil {
		return 0
	}
	return s.Violations
}

// readDamaged decodes what there is of a file, then takes some frames of it by number.
func readDamaged(t *testing.T, what, path string, cfg DecoderConfig, random bool) (n int) {
	timer := time.AfterFunc(2*time.Minute, func() {
		debug.SetTraceback("all")
		panic(what + ": hangs")
	})
	defer timer.Stop()
	dem, err := Open(context.Background(), path, nil)
	if err != nil {
		return 0
	}
	defer func() { require.NoError(t, dem.Close(), what) }()
	if random {
		s, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: cfg})
		if err != nil {
			return 0
		}
		defer func() { require.NoError(t, s.Close(), what) }()
		for _, i := range []int{s.Len() / 2, 0, s.Len() - 1} {
			if f, err := s.At(i); err == nil {
				require.False(t, f.Corrupt && cfg.OnError != Deliver, what)
				f.Release()
				n++
			}
		}
		return n
	}
	dec, err := NewDecoder(dem.Stream(), &cfg)
	if err != nil {
		return 0
	}
	defer func() { require.NoError(t, dec.Close(), what) }()
	corrupt := false
	for f, e := range dec.Frames(dem.Packets()) {
		if e != nil {
			err = e
			continue
		}
		corrupt = corrupt || f.Corrupt
		f.Release()
		n++
	}
	require.False(t, corrupt && cfg.OnError != Deliver, "%s: %v gives damaged frames", what, cfg.OnError)
	if corrupt {
		// A header that names what the hardware lacks ends it; Damage tells of the rest.
		require.ErrorIs(t, errors.Join(err, dec.Damage()), ErrCorrupt, "%s: nobody was told", what)
	}
	if cfg.OnError == Stop && errors.Is(err, ErrCorrupt) && dec.fatal != nil {
		_, again := dec.Drain()
		require.ErrorIs(t, again, ErrCorrupt, "%s: it stays", what)
	}
	return n
}
