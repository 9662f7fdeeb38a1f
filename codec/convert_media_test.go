package codec

import (
	"context"
	"image"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// The colours of real pictures are libswscale's, when it rounds accurately and takes the
// nearest chroma as well (SWS_POINT, SWS_ACCURATE_RND, SWS_FULL_CHR_H_INT): within 2 in
// 99.9 % of the samples of every file.
func TestColorsOfMedia(t *testing.T) {
	testutils.FFmpeg(t)
	dir := testutils.Media(t)
	var compared int
	for _, row := range mediaRows(t, dir) {
		if row.Expect != "decodes" {
			continue
		}
		n, off, total := 0, 0, 0
		eachFrame(t, filepath.Join(dir, row.Name), 2, func(f *frame.Frame) {
			want := scaledColors(t, f)
			if want == nil {
				return
			}
			// libswscale stretches chroma of an odd size, so the last column and row are left out.
			w, h := max(f.Width&^1, 1), max(f.Height&^1, 1)
			v, err := frame.NewConverter(frame.RGB24, &frame.Conversion{Crop: image.Rect(0, 0, w, h)})
			require.NoError(t, err)
			defer v.Close()
			f.Interlaced = false // libswscale is not told either
			g, err := v.Convert(f, nil)
			require.NoError(t, err, "%s: %v", row.Name, f)
			defer g.Release()
			got, err := g.AppendBytes(nil)
			require.NoError(t, err)
			require.Len(t, got, len(want))
			for i := range got {
				d := int(got[i]) - int(want[i])
				if d == 255 {
					continue // far too much blue, say: libswscale's sum of 32 bits overflows to 0
				}
				if total++; d > 2 || d < -2 {
					off++
				}
			}
			n++
		})
		if n > 0 {
			compared++
			require.LessOrEqual(t, off, total/1000, "%s (%s): %d of %d samples", row.Name, row.Derived.PixelFormat, off, total)
		}
	}
	t.Logf("%d files", compared)
	require.Positive(t, compared)
}

// eachFrame decodes the first frames of a file on the CPU.
func eachFrame(t *testing.T, path string, n int, f func(*frame.Frame)) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dem, err := Open(ctx, path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar, Threads: 1})
	require.NoError(t, err)
	defer dec.Close()
	for x, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return // damage is for other tests
		}
		f(x)
		x.Release()
		if n--; n == 0 {
			return
		}
	}
}

// scaledColors is libswscale's RGB of f; nil if one of the two has no conversion.
func scaledColors(t *testing.T, f *frame.Frame) []byte {
	c := f.Color.Resolve(f.Format, f.Height)
	if _, _, ok := c.Matrix.Coefficients(); !ok && f.Format.Family() == frame.FamilyYUV || f.Format.Family() == frame.FamilyRGB || f.Format == frame.PAL8 {
		return nil
	}
	// libswscale heeds where chroma lies also with SWS_POINT, and at odd columns takes the
	// sample behind, which is as near as the one before, if it lies left.
	c.ChromaLocation = frame.ChromaCenter
	w, h := max(f.Width&^1, 1), max(f.Height&^1, 1)
	src, err := sourceImage(f.Format, w, h, c)
	require.NoError(t, err)
	dst, err := sourceImage(frame.RGB24, w, h, frame.Color{})
	require.NoError(t, err)
	s, err := avformat.NewScaler(src, dst, avformat.Nearest)
	require.NoError(t, err)
	defer s.Close()
	out, err := frame.NewHost(frame.RGB24, w, h)
	require.NoError(t, err)
	var from, to avformat.Planes
	setPlanes(&from, f)
	setPlanes(&to, out)
	require.NoError(t, s.ScalePlanes(&to, &from))
	b, err := out.AppendBytes(nil)
	require.NoError(t, err)
	return b
}
