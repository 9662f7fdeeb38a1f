package frame

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The filters are what OpenCV and Pillow call so: scripts/resize-golden.py asked them.
func TestResizeGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/resize.json")
	require.NoError(t, err)
	var golden struct {
		Width, Height int
		RGB           []byte
		Cases         []struct {
			By            string
			Filter        Filter
			Antialias     bool
			Width, Height int
			RGB           []byte
		}
	}
	require.NoError(t, json.Unmarshal(b, &golden))
	require.Greater(t, len(golden.Cases), 30)
	src, err := FromHost(RGB24, golden.Width, golden.Height, golden.RGB)
	require.NoError(t, err)
	for _, c := range golden.Cases {
		v, err := NewConverter(RGB24, &Conversion{Width: c.Width, Height: c.Height, Filter: c.Filter, Antialias: c.Antialias})
		require.NoError(t, err)
		f, err := v.Convert(src, nil)
		require.NoError(t, err)
		got, err := f.AppendBytes(nil)
		require.NoError(t, err)
		require.Len(t, got, len(c.RGB))
		worst := 0
		for i := range got {
			worst = max(worst, int(got[i])-int(c.RGB[i]), int(c.RGB[i])-int(got[i]))
		}
		require.LessOrEqual(t, worst, 1, "%s to %d x %d", c.By, c.Width, c.Height)
		f.Release()
		require.NoError(t, v.Close())
	}
}
