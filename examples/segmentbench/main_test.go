package main

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestCut(t *testing.T) {
	s := settings{segments: 3, length: 500 * time.Millisecond}
	v := codec.StreamInfo{Start: time.Second, Duration: 6 * time.Second}
	at := func(start time.Duration) codec.Interval {
		return codec.Interval{Start: time.Second + start, End: time.Second + start + s.length}
	}
	require.Equal(t, []codec.Interval{at(0), at(s.length), at(2 * s.length)}, s.cut(v))
	s.spread = true
	require.Equal(t, []codec.Interval{at(0), at(2 * time.Second), at(4 * time.Second)}, s.cut(v))
}

// TestRun runs all methods: the same frames come from each.
func TestRun(t *testing.T) {
	testutils.FFmpeg(t)
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		testutils.Skip(t, "no ffmpeg program", "REQUIRE_FFMPEG")
	}
	for _, how := range []string{"-spread=false", "-spread=true"} {
		var b bytes.Buffer
		require.NoError(t, run(context.Background(), []string{"-segments", "3", "-length", "500ms", "-r", "1", "-threads", "2", "-device", "cpu", how, testutils.Clip(t, "av-12s.mp4")}, &b))
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		require.Len(t, lines, 7, "%s", &b)
		require.Contains(t, lines[0], "libx264 ultrafast, crf 23, no B-frames, mp4, no audio; 2 threads; median (least..most) of 1 rounds")
		for i, method := range []string{"nvcodec", "ffmpeg per segment, decoding on the CPU", "one ffmpeg, decoding on the CPU"} {
			cells := strings.Split(lines[4+i], "|")
			require.Equal(t, method, strings.TrimSpace(cells[3]))
			require.Equal(t, "45", strings.TrimSpace(cells[4]), method)
		}
	}
}

func TestBadUse(t *testing.T) {
	clip := testutils.Clip(t, "demo.mp4")
	for _, args := range [][]string{{}, {"-segments", "0", clip}, {"-length", "0s", clip}, {"-methods", "none", clip}, {"no-such-file.mp4"}} {
		require.Error(t, run(context.Background(), args, new(bytes.Buffer)))
	}
}
