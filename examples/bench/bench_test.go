package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
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
	_, err = b.config("rgb")
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
