package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestParse(t *testing.T) {
	b, err := parse("fps", strings.Fields("-w 0.5 -r 4 -m copy,host -n 1,2,7 a.mp4 b.mkv"))
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 7}, b.counts)
	require.Equal(t, []string{"copy", "host"}, b.modes)
	require.Equal(t, []string{"a.mp4", "b.mkv"}, b.files)
	require.Equal(t, codec.GPU(0), b.device)
	require.Equal(t, "gobench-copy", b.peer("copy"))
	for _, bad := range []string{"-n 1", "-n 0 a", "-n 1,x a", "-w 0 a", "-r 0 a", "-device gpu a"} {
		_, err := parse("fps", strings.Fields(bad))
		require.Error(t, err, bad)
	}
	cfg, err := b.config("rgb")
	require.NoError(t, err)
	require.Equal(t, frame.RGB24, cfg.Output)
	cfg, err = b.config("model")
	require.NoError(t, err)
	require.Equal(t, 224, cfg.Conversion.Width)
	_, err = b.config("yuv")
	require.Error(t, err)
}

func fields(t *testing.T, out string) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(out) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	require.NotEmpty(t, rows)
	return rows
}

func TestFPS(t *testing.T) {
	testutils.FFmpeg(t)
	clip := testutils.Clip(t, "demo.mp4")
	var out strings.Builder
	err := run(context.Background(), []string{"fps", "-device", "cpu", "-w", "0.05", "-r", "2", "-n", "1,2", "-threads", "1", clip}, &out)
	require.NoError(t, err, out.String())
	rows := fields(t, out.String())
	require.Len(t, rows, 2)
	require.Equal(t, []string{"RES", "gobench-cpu-copy", "fps", "demo", "1", "fps"}, rows[0][:6])
	require.Equal(t, "2", rows[1][4])
	require.Len(t, strings.Split(rows[1][6], ","), 2)
}

func TestAlloc(t *testing.T) {
	testutils.FFmpeg(t)
	var out strings.Builder
	err := run(context.Background(), []string{"alloc", "-device", "cpu", "-r", "1", testutils.Clip(t, "demo.mp4")}, &out)
	if !raceEnabled {
		require.NoError(t, err, out.String())
	}
	require.Equal(t, "allocations/frame", fields(t, out.String())[0][5])
}

func TestFailureIsALine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.mp4")
	require.NoError(t, os.WriteFile(file, []byte("no video"), 0o600))
	var out strings.Builder
	require.Error(t, run(context.Background(), []string{"fps", "-device", "cpu", file}, &out))
	require.Equal(t, []string{"FAIL", "gobench-cpu-copy", "fps", "bad", "1"}, fields(t, out.String())[0][:5])
}

// The figures of short clips, cold and warm, on the CPU and, where there is one, on a
// driver.
func TestClips(t *testing.T) {
	testutils.FFmpeg(t)
	a, b := testutils.Clip(t, "h264.mkv"), testutils.Clip(t, "hevc.mp4")
	devices := []string{"cpu"}
	if os.Getenv(testutils.SimEnv) != "" {
		devices = append(devices, "cuda:0")
	}
	for _, dev := range devices {
		var out strings.Builder
		err := run(context.Background(), []string{"reuse", "-device", dev, "-r", "1", "-k", "1", "-n", "1,3", "-threads", "1", a, b}, &out)
		require.NoError(t, err, out.String())
		rows := fields(t, out.String())
		require.Len(t, rows, 3*2*3)
		require.Equal(t, []string{"clips-warm", "mixed", "3", "fps"}, rows[17][2:6])
		for _, r := range rows {
			require.Equal(t, "RES", r[0])
			v, err := strconv.ParseFloat(r[6], 64)
			require.NoError(t, err)
			require.Positive(t, v)
		}

		out.Reset()
		err = run(context.Background(), []string{"first", "-device", dev, "-r", "2", "-threads", "1", a}, &out)
		require.NoError(t, err, out.String())
		rows = fields(t, out.String())
		require.Len(t, rows, 3)
		require.Equal(t, []string{"first-frame", "h264", "1", "ms"}, rows[0][2:6])

		out.Reset()
		err = run(context.Background(), []string{"cold", "-device", dev, "-threads", "1", a}, &out)
		require.NoError(t, err, out.String())
		require.Equal(t, "cold", fields(t, out.String())[0][2])
		require.Error(t, run(context.Background(), []string{"cold", "-device", dev, a, b}, &out))
	}
}

// Random access, and one file by several decoders.
func TestSeek(t *testing.T) {
	testutils.FFmpeg(t)
	clip := testutils.Clip(t, "h264.mkv")
	devices := []string{"cpu"}
	if os.Getenv(testutils.SimEnv) != "" {
		devices = append(devices, "cuda:0")
	}
	for _, dev := range devices {
		var out strings.Builder
		err := run(context.Background(), []string{"seek", "-device", dev, "-threads", "1", clip, "10", "2", "2"}, &out)
		require.NoError(t, err, out.String())
		rows := fields(t, out.String())
		require.Len(t, rows, 4)
		require.Equal(t, []string{"seek-random-unsorted", "h264", "2", "fps"}, rows[2][2:6])

		out.Reset()
		err = run(context.Background(), []string{"parallel", "-device", dev, "-p", "3", "-r", "2", "-threads", "1", clip}, &out)
		require.NoError(t, err, out.String())
		rows = fields(t, out.String())
		require.Len(t, rows, 3)
		require.Equal(t, []string{"parallel-3", "h264", "1", "fps"}, rows[0][2:6])
	}
	// The numbers of the C program's generator.
	require.Equal(t, []int{430, 67, 80, 138, 740, 18}, few(30, 900))
	require.Error(t, run(context.Background(), []string{"seek", clip, "10", "2"}, new(strings.Builder)))
}
