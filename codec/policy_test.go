package codec

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A policyFrame is what a decoder with a policy gave.
type policyFrame struct {
	pts     int64
	corrupt bool
}

// spoil copies a clip with damage in the middle of packet n, in its slices.
func spoil(t *testing.T, clip string, n int) string {
	whole, err := os.ReadFile(testutils.Clip(t, clip))
	require.NoError(t, err)
	_, list := packetsOf(t, clip)
	data := list[n].Data
	at := bytes.Index(whole, data)
	require.Positive(t, at, "the packet is in the file as it is")
	for i := at + len(data)/16; i < at+len(data); i++ {
		whole[i] ^= 0x55
	}
	path := filepath.Join(t.TempDir(), filepath.Base(clip))
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	return path
}

// TestErrorPolicies wants of each decoder, on each engine, what each policy promises for
// damage in the data; and on the simulator, for what cuvidGetDecodeStatus alone tells.
func TestErrorPolicies(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 3*time.Minute)
	checkSessions(t)
	t.Run("cpu", func(t *testing.T) {
		checkPolicies(t, spoil(t, "h264.mkv", 20), onCPU(DecoderConfig{}), true, func() {})
	})
	t.Run("gpu", func(t *testing.T) {
		testutils.Sim(t) // what hardware makes of damage is its own
		checkPolicies(t, spoil(t, "h264.mkv", 20), onGPU(DecoderConfig{}), true, func() {})
	})
	for _, clip := range []string{"h264.mkv", "hevc10.mkv"} {
		t.Run("status "+clip, func(t *testing.T) {
			testutils.Sim(t)
			defer func() { require.NoError(t, nvsim.Inject("")) }()
			checkPolicies(t, testutils.Clip(t, clip), onGPU(DecoderConfig{}), false, func() {
				require.NoError(t, nvsim.Inject("decode status:20:8,decode status:30:9"))
			})
		})
	}
}

func checkPolicies(t *testing.T, path string, cfg DecoderConfig, lasting bool, before func()) {
	ways := map[string]func(*testing.T, string, DecoderConfig) ([]policyFrame, error, error){"Decoder": policyDecoder, "ThreadedDecoder": policyThreaded}
	for name, decode := range ways {
		run := func(p ErrorPolicy) ([]policyFrame, error, error) {
			own := cfg
			own.OnError = p
			before()
			return decode(t, path, own)
		}
		all, err, again := run(Deliver)
		var sound []policyFrame
		for _, f := range all {
			if !f.corrupt {
				sound = append(sound, f)
			}
		}
		require.Less(t, len(sound), len(all), "%s: no frame is marked", name)
		require.Greater(t, len(sound), 20, name)
		var d *DamageError
		require.ErrorAs(t, err, &d, name)
		require.ErrorIs(t, err, ErrCorrupt, name)
		require.GreaterOrEqual(t, d.Count, len(all)-len(sound), name)
		if name == "Decoder" {
			require.NoError(t, again, "it was told")
		}

		got, err, _ := run(Skip)
		require.Equal(t, sound, got, "%s: Skip is Deliver without the frames that are marked", name)
		require.ErrorAs(t, err, &d, name)
		require.ErrorIs(t, err, ErrCorrupt, name)

		got, err, again = run(Stop)
		require.ErrorIs(t, err, ErrCorrupt, name)
		require.ErrorIs(t, again, ErrCorrupt, "%s: Stop stays", name)
		require.Less(t, len(got), len(all), name)
		for i, f := range got {
			require.Equal(t, policyFrame{pts: all[i].pts}, f, "%s: frame %d before the damage", name, i)
		}
	}
	policySimple(t, path, cfg, before, lasting)
}

// policyDecoder decodes by a Decoder; again is what it says when it is asked once more.
func policyDecoder(t *testing.T, path string, cfg DecoderConfig) (list []policyFrame, err, again error) {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &cfg)
	require.NoError(t, err)
	defer dec.Close()
	for f, e := range dec.Frames(dem.Packets()) {
		if err = e; f != nil {
			list = append(list, policyFrame{f.PTS, f.Corrupt})
			f.Release()
		}
	}
	if cfg.OnError == Stop {
		_, again = dec.Drain()
	} else {
		again = dec.Damage() // Drain has told and forgotten it
	}
	return list, err, again
}

func policyThreaded(t *testing.T, path string, cfg DecoderConfig) (list []policyFrame, err, again error) {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	td, err := NewThreadedDecoder(dem, &ThreadedDecoderConfig{DecoderConfig: cfg, Buffer: 3})
	require.NoError(t, err)
	defer td.Close()
	for f, e := range td.Frames(context.Background()) {
		if err = e; f != nil {
			list = append(list, policyFrame{f.PTS, f.Corrupt})
			f.Release()
		}
	}
	if _, again = td.Read(context.Background(), make([]*frame.Frame, 1)); again == io.EOF {
		again = nil
	}
	return list, err, again
}

// policySimple asks for each frame by its number: what is marked with Deliver is an error
// with the others. What is only said once to be damaged is decoded anew.
func policySimple(t *testing.T, path string, cfg DecoderConfig, before func(), lasting bool) {
	var bad [3][]int
	for _, p := range []ErrorPolicy{Deliver, Skip, Stop} {
		before()
		cfg.OnError = p
		s := openSimple(t, path, &SimpleDecoderConfig{DecoderConfig: cfg})
		for i := range s.Len() {
			f, err := s.At(i)
			if err != nil {
				require.ErrorIs(t, err, ErrCorrupt, "frame %d", i)
				bad[p] = append(bad[p], i)
				continue
			}
			if f.Corrupt {
				require.Equal(t, Deliver, p, "SimpleDecoder: frame %d is marked", i)
				bad[p] = append(bad[p], i)
			}
			f.Release()
		}
	}
	if lasting {
		require.NotEmpty(t, bad[Deliver], "SimpleDecoder: no frame is marked")
		require.Equal(t, bad[Deliver], bad[Skip])
		require.Equal(t, bad[Deliver], bad[Stop])
	}
}
