package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/forms"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestMatrix: the README's table of GPUs is what they answer: the measured row what an
// H200's driver said, the others what the simulator has from NVIDIA's tables.
func TestMatrix(t *testing.T) {
	testutils.Sim(t)
	testutils.FFmpeg(t)
	b, err := os.ReadFile(filepath.Join(testutils.Root(), "README.md"))
	require.NoError(t, err)
	row := func(gpu string) []string {
		_, s, ok := strings.Cut(string(b), "\n| "+gpu+" | ")
		require.True(t, ok, gpu)
		s, _, _ = strings.Cut(s, "\n")
		return strings.Split(strings.TrimSuffix(s, " |"), " | ")
	}
	decodes := func(gpu int) map[forms.Form]bool {
		a, err := ask(codec.GPU(gpu))
		require.NoError(t, err)
		set := map[forms.Form]bool{}
		for _, r := range a.Decode {
			if r.Codec != codec.MJPEG { // in any form of chroma
				set[forms.Form{Codec: r.Codec, Chroma: r.Chroma, Bits: r.Bits}] = true
			}
		}
		return set
	}
	encodes := func(gpu int) (ids []string) {
		a, err := ask(codec.GPU(gpu))
		require.NoError(t, err)
		for _, c := range a.Encode {
			ids = append(ids, map[codec.ID]string{codec.H264: "H.264", codec.HEVC: "HEVC", codec.AV1: "AV1"}[c.Codec])
		}
		return ids
	}
	more := func(a, b map[forms.Form]bool) []forms.Form {
		for f := range b {
			require.Contains(t, a, f, "a newer GPU has what an older one had")
		}
		d := maps.Clone(a)
		maps.DeleteFunc(d, func(f forms.Form, _ bool) bool { return b[f] })
		return slices.SortedFunc(maps.Keys(d), func(a, b forms.Form) int {
			return strings.Compare(string(a.Codec), string(b.Codec))*10000 + (a.Chroma-b.Chroma)*10 + a.Bits - b.Bits
		})
	}

	h200, ada, blackwell := decodes(0), decodes(1), decodes(2)
	of := func(id codec.ID, chroma int, bits ...int) (list []forms.Form) {
		for _, b := range bits {
			list = append(list, forms.Form{Codec: id, Chroma: chroma, Bits: b})
		}
		return list
	}
	want := slices.Concat(of(codec.H264, 420, 8), of(codec.HEVC, 420, 8, 10, 12), of(codec.HEVC, 444, 8, 10, 12), of(codec.VP9, 420, 8, 10, 12),
		of(codec.VP8, 420, 8), of(codec.VC1, 420, 8), of(codec.MPEG1, 420, 8), of(codec.MPEG2, 420, 8), of(codec.MPEG4, 420, 8))
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(h200)))
	require.Equal(t, []string{
		"H.264 8 bit; HEVC 8, 10, 12 bit, 4:2:0 and 4:4:4; VP9 8, 10, 12 bit; VP8, VC-1, MPEG-1/2/4, JPEG",
		"nothing: they have no NVENC", "measured",
	}, row("H200 and H100 (Hopper), driver 580"))
	require.Empty(t, encodes(0))

	require.Equal(t, of(codec.AV1, 420, 8, 10), more(ada, h200))
	require.Equal(t, "as H200, and AV1 8, 10 bit", row("Ampere (GA10x)")[0])
	require.Equal(t, []string{"as Ampere", strings.Join(encodes(1), ", "), "expected"}, row("Ada"))

	require.Equal(t, slices.Concat(of(codec.H264, 420, 10), of(codec.H264, 422, 8, 10), of(codec.HEVC, 422, 8, 10, 12)), more(blackwell, ada))
	require.Equal(t, []string{"as Ada, and H.264 10 bit, 4:2:2 of H.264 and HEVC", strings.Join(encodes(2), ", ") + ", 4:2:2", "expected"}, row("Blackwell (GB20x)"))
}
