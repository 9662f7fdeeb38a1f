package avformat

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// loadedPath is the file of the libavformat that is loaded.
func loadedPath(t *testing.T) string {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		testutils.Skip(t, "no /proc", "")
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var from, to uintptr
		_, err := fmt.Sscanf(sc.Text(), "%x-%x", &from, &to)
		require.NoError(t, err)
		if from <= ff.fn.avReadFrame && ff.fn.avReadFrame < to {
			return sc.Text()[strings.Index(sc.Text(), "/"):]
		}
	}
	t.Fatal("libavformat is not in /proc/self/maps")
	return ""
}

// shim makes a library that is the loaded libavformat, but for the functions in source.
func shim(t *testing.T, lib string, major int, source string, links ...string) string {
	dir := t.TempDir()
	file := filepath.Join(dir, fileName(lib, major))
	src := filepath.Join(dir, "shim.c")
	require.NoError(t, os.WriteFile(src, []byte(source), 0o644))
	args := append([]string{"-shared", "-fPIC", "-o", file, src, "-Wl,--no-as-needed"}, links...)
	out, err := exec.Command(testutils.CC(t), args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return file
}

// TestLoadPatched opens an FFmpeg of a known major in which a struct is another than in
// its release: something was put in front of AVPacket's times.
func TestLoadPatched(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	real := loadedPath(t)
	major := ff.version.AVFormat.Major
	file := shim(t, "avformat", major, `
#include <stdlib.h>
#include <stdint.h>
void *av_packet_alloc(void) {
	int64_t *p = calloc(32, 8);
	p[2] = p[3] = INT64_MIN; // pts and dts, 8 bytes farther than they were
	p[10] = -1;
	return p;
}
void av_packet_free(void **p) { free(*p); *p = 0; }
`, real)
	_, err := openFFmpeg(file)
	var e *LayoutError
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, ErrLibrary)
	require.ErrorContains(t, err, file)
	require.ErrorContains(t, err, fmt.Sprintf("does not have the struct layout of libavformat %d: AVPacket.pts is 0, expected %d", major, int64(NoPTS)))
	require.ErrorContains(t, err, "use another build")
	require.NotEmpty(t, e.Version.Release)
}

// TestLoadMixed opens sets whose libraries are of different majors.
func TestLoadMixed(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	real := loadedPath(t)
	v := ff.version
	whole := "const char shim[] = \"nothing but the loaded library\";"
	l, err := openFFmpeg(shim(t, "avformat", v.AVFormat.Major, whole, real))
	require.NoError(t, err, "a set that is whole")
	require.Equal(t, v.AVCodec, l.version.AVCodec)

	for fn, major := range map[string]int{"avcodec": v.AVCodec.Major + 1, "avutil": v.AVUtil.Major - 1} {
		file := shim(t, "avformat", v.AVFormat.Major, fmt.Sprintf("unsigned %s_version(void) { return %d << 16 | 100; }", fn, major), real)
		_, err := openFFmpeg(file)
		require.ErrorIs(t, err, ErrLibrary)
		require.ErrorContains(t, err, file)
		require.ErrorContains(t, err, fmt.Sprintf("needs libavcodec %d and libavutil %d, but came with", v.AVCodec.Major, v.AVUtil.Major))
		require.ErrorContains(t, err, fmt.Sprintf("%d.0.100", major))
		require.ErrorContains(t, err, "mixed")
		require.ErrorContains(t, err, remedy)
	}

	// libswscale is not needed for everything: without it conversions say why.
	for source, want := range map[string]string{
		"unsigned swscale_version(void) { return 99 << 16 | 100; }":                               "is version 99.0.100, but FFmpeg",
		fmt.Sprintf("unsigned swscale_version(void) { return %d << 16 | 100; }", v.SWScale.Major): "uses another libavutil",
		fmt.Sprintf("unsigned swscale_version(void) { return %d << 16 | 1; }", v.SWScale.Major):   "Libav's, not FFmpeg's",
	} {
		file := shim(t, "avformat", v.AVFormat.Major, whole, real)
		scale := shim(t, "swscale", v.SWScale.Major, source)
		require.NoError(t, os.Rename(scale, filepath.Join(filepath.Dir(file), filepath.Base(scale))))
		l, err := openFFmpeg(file)
		require.NoError(t, err)
		require.ErrorContains(t, l.version.ScaleError, want)
		require.ErrorContains(t, l.version.ScaleError, filepath.Dir(file))
		require.Zero(t, l.version.SWScale)
	}
}
