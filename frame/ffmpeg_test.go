package frame

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// swscale converts one raw picture.
func swscale(t *testing.T, pixels []byte, from, to string, w, h int) []byte {
	cmd := exec.Command(testutils.FFmpegProgram(t), "-v", "error", "-f", "rawvideo", "-pix_fmt", from, "-s", fmt.Sprintf("%dx%d", w, h),
		"-i", "-", "-frames:v", "1", "-sws_flags", "bitexact+accurate_rnd+full_chroma_int", "-pix_fmt", to, "-f", "rawvideo", "-")
	cmd.Stdin = bytes.NewReader(pixels)
	out, err := cmd.Output()
	require.NoError(t, err, "%s to %s", from, to)
	return out
}

// Where FFmpeg converts without loss, it says what the formats mean.
func TestPlanarAgainstFFmpeg(t *testing.T) {
	testutils.FFmpegProgram(t)
	r := rand.New(rand.NewPCG(31, 32))
	for _, f := range []Format{NV12, NV21, NV24, NV42, P010, P210, P410} {
		src := randomFrame(t, r, f, 34, 18, f.Bits())
		pixels, err := src.AppendBytes(nil)
		require.NoError(t, err)
		planar, err := src.PlanarFormat()
		require.NoError(t, err)
		got, err := src.AppendPlanar(nil)
		require.NoError(t, err)
		require.True(t, bytes.Equal(swscale(t, pixels, f.Name(), planar.Name(), 34, 18), got), "%v to %v", f, planar)
	}
}

// The order and the bits of components of packed RGB and of planes G, B, R. Rows are
// of one colour each, since swscale makes some of these formats from 4:2:2.
func TestRGBFormatsAgainstFFmpeg(t *testing.T) {
	ffmpeg := testutils.FFmpegProgram(t)
	const w, h = 16, 16
	r := rand.New(rand.NewPCG(33, 34))
	pixels := make([]byte, 3*w*h)
	for i := range pixels {
		if pixels[i] = byte(r.Uint32()); i%(3*w) >= 3 {
			pixels[i] = pixels[i-3]
		}
	}
	list, err := exec.Command(ffmpeg, "-v", "quiet", "-pix_fmts").Output()
	require.NoError(t, err)
	dir := t.TempDir()
	args := []string{"-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "16x16", "-i", "-"}
	var formats []Format
	for f := range Formats() {
		if f.Family() == FamilyRGB && reader(f) != nil && strings.Contains(string(list), "O... "+f.Name()+" ") {
			formats = append(formats, f)
			args = append(args, "-frames:v", "1", "-sws_flags", "bitexact+accurate_rnd+full_chroma_int", "-sws_dither", "none",
				"-pix_fmt", f.Name(), "-f", "rawvideo", filepath.Join(dir, f.Name()))
		}
	}
	require.Greater(t, len(formats), 25)
	cmd := exec.Command(ffmpeg, args...)
	cmd.Stdin = bytes.NewReader(pixels)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, f := range formats {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		fr, err := FromHost(f, w, h, raw)
		require.NoError(t, err)
		got, err := fr.RGBA(nil)
		require.NoError(t, err)
		tolerance := 4.0
		if f.Bits() < 8 {
			tolerance = 2.1 * 255 / float64(int(1)<<min(f.Bits(), 5))
		}
		if f.Bits() < 4 {
			tolerance = 130
		}
		for i := range w * h {
			for c := range 3 {
				require.InDelta(t, pixels[3*i+c], got.Pix[4*i+c], tolerance, "%v pixel %d component %d", f, i, c)
			}
		}
	}
}

// The order of components of packed YUV.
func TestPackedYUVAgainstFFmpeg(t *testing.T) {
	testutils.FFmpegProgram(t)
	const w, h = 16, 8
	r := rand.New(rand.NewPCG(35, 36))
	for f, planar := range map[Format]Format{YUYV422: YUV422P, UYVY422: YUV422P, YVYU422: YUV422P} {
		src := randomFrame(t, r, planar, w, h, 8)
		pixels, err := src.AppendBytes(nil)
		require.NoError(t, err)
		fr, err := FromHost(f, w, h, swscale(t, pixels, planar.Name(), f.Name(), w, h))
		require.NoError(t, err)
		a, err := src.RGBA(nil)
		require.NoError(t, err)
		b, err := fr.RGBA(nil)
		require.NoError(t, err)
		require.Equal(t, a.Pix, b.Pix, "%v", f)
	}
	for _, f := range []Format{MonoBlack, MonoWhite} {
		pixels := make([]byte, w*h)
		for i := range pixels {
			pixels[i] = byte(r.UintN(2)) * 255
		}
		fr, err := FromHost(f, w, h, swscale(t, pixels, "gray", f.Name(), w, h))
		require.NoError(t, err)
		got, err := fr.RGBA(nil)
		require.NoError(t, err)
		for i, v := range pixels {
			require.Equal(t, v, got.Pix[4*i], "%v", f)
		}
	}
}
