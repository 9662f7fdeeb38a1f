package frame

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// FFmpeg lists its names and numbers in the help of a filter and of codecs.
func TestColorNamesAgainstFFmpeg(t *testing.T) {
	ffmpeg := testutils.FFmpegProgram(t)
	section, seen := "", 0
	check := func(help string, sections map[string]func(int) string, skip ...string) {
		for line := range strings.Lines(help) {
			fields := strings.Fields(line)
			if len(fields) >= 2 && strings.HasPrefix(fields[1], "<") {
				section = strings.TrimPrefix(fields[0], "-")
				continue
			}
			name := sections[section]
			if name == nil || len(fields) < 2 {
				continue
			}
			n, err := strconv.Atoi(fields[1])
			if err != nil || n < 0 {
				continue
			}
			alias := false
			for _, s := range skip {
				alias = alias || s == fields[0]
			}
			if !alias {
				require.Equal(t, fields[0], name(n), "%s %d", section, n)
				seen++
			}
		}
	}
	out, err := exec.Command(ffmpeg, "-v", "quiet", "-h", "filter=setparams").Output()
	require.NoError(t, err)
	check(string(out), map[string]func(int) string{
		"range":           func(n int) string { return Range(n).String() },
		"color_primaries": func(n int) string { return Primaries(n).String() },
		"color_trc":       func(n int) string { return Transfer(n).String() },
		"colorspace":      func(n int) string { return Matrix(n).String() },
	}, "unspecified", "limited", "mpeg", "full", "jpeg", "jedec-p22")
	require.Greater(t, seen, 40)
	out, err = exec.Command(ffmpeg, "-v", "quiet", "-h", "full").Output()
	require.NoError(t, err)
	full, _, _ := strings.Cut(string(out), "-slices") // codecs have options of the same name
	seen = 0
	check(full, map[string]func(int) string{
		"chroma_sample_location": func(n int) string { return ChromaLocation(n).String() },
	}, "unknown")
	require.Equal(t, 7, seen)
}

func TestColorText(t *testing.T) {
	for i := range 256 {
		for _, v := range []fmt.Stringer{Primaries(i), Transfer(i), Matrix(i), Range(i), ChromaLocation(i), Memory(i), SEIType(i)} {
			require.NotEmpty(t, v.String())
		}
	}
	require.Equal(t, "Primaries(200)", Primaries(200).String())
	require.Equal(t, "Matrix(18)", Matrix(18).String())
	var p Primaries
	require.NoError(t, p.UnmarshalText([]byte("bt2020")))
	require.Equal(t, PrimariesBT2020, p)
	err := p.UnmarshalText([]byte("bt2019"))
	require.ErrorIs(t, err, ErrInvalidColor)
	require.EqualError(t, err, `frame: no primaries "bt2019"`)
	require.Equal(t, PrimariesBT2020, p)
	require.Equal(t, "metadata_hdr_mdcv", SEIMetadataMastering.String())
	require.Equal(t, "SEIType(OBU 9)", (SEIMetadataOBU + 9).String())
	require.Equal(t, "SEIType(300)", SEIType(300).String())
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		in     Color
		f      Format
		height int
		want   Color
	}{
		{Color{}, NV12, 576, Color{6, 6, 6, 1, 0}},
		{Unspecified, NV12, 720, Color{1, 1, 1, 1, 0}},
		{Unspecified, YUVJ420P, 480, Color{6, 6, 6, 2, 0}},
		{Color{9, 16, 9, 1, 3}, P016, 480, Color{9, 16, 9, 1, 3}},
		{Color{1, 1, 0, 0, 0}, YUV444, 1080, Color{1, 1, 0, 1, 0}},
		{Color{}, RGB24, 1080, Color{1, 1, 0, 2, 0}},
		{Color{2, 2, 2, 1, 0}, GBRP, 1080, Color{1, 1, 0, 1, 0}},
		{Color{1, 13, 2, 2, 0}, Gray, 16, Color{1, 13, 6, 2, 0}},
	} {
		require.Equal(t, c.want, c.in.Resolve(c.f, c.height), "%+v", c)
	}
}

// The coefficients that everybody knows.
func TestToRGB(t *testing.T) {
	for _, c := range []struct {
		m          Matrix
		r          Range
		luma       float64
		rv, gu, gv float64
		bu         float64
	}{
		{MatrixBT709, RangeLimited, 1.164384, 1.792741, -0.213249, -0.532909, 2.112402},
		{MatrixSMPTE170M, RangeLimited, 1.164384, 1.596027, -0.391762, -0.812968, 2.017232},
		{MatrixBT470BG, RangeLimited, 1.164384, 1.596027, -0.391762, -0.812968, 2.017232},
		{MatrixBT2020NCL, RangeLimited, 1.164384, 1.678674, -0.187326, -0.650424, 2.141772},
		{MatrixBT709, RangeFull, 1, 1.5748, -0.187324, -0.468124, 1.8556},
		{MatrixSMPTE170M, RangeFull, 1, 1.402, -0.344136, -0.714136, 1.772},
	} {
		got, err := Color{Matrix: c.m, Range: c.r}.ToRGB(8)
		require.NoError(t, err)
		require.InDelta(t, c.luma, got.Luma*255, 1e-6)
		require.InDelta(t, c.rv, got.M[0][1]*255, 1e-6, "%v", c.m)
		require.InDelta(t, c.gu, got.M[1][0]*255, 1e-6, "%v", c.m)
		require.InDelta(t, c.gv, got.M[1][1]*255, 1e-6, "%v", c.m)
		require.InDelta(t, c.bu, got.M[2][0]*255, 1e-6, "%v", c.m)
	}
	for _, m := range []Matrix{MatrixBT2020CL, MatrixICtCp, MatrixSMPTE2085, MatrixChromaNCL, MatrixUnspecified, 99} {
		_, err := Color{Matrix: m}.ToRGB(8)
		require.ErrorIs(t, err, ErrInvalidColor, "%v", m)
	}
	_, err := Color{Matrix: MatrixBT709}.ToRGB(17)
	require.ErrorIs(t, err, ErrInvalidColor)
}
