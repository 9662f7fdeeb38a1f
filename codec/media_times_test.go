package codec

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A frameTime is what ffprobe and we say of a frame beside its pixels.
type frameTime struct {
	PTS, Duration int64
	Key           bool
	Interlaced    bool
	TopFirst      bool
	Repeat        int
}

func ffprobeFrames(t *testing.T, ffprobe, path string) []frameTime {
	cmd := exec.Command(ffprobe, "-v", "quiet", "-select_streams", "v:0", "-show_frames", "-of", "csv=p=0",
		"-show_entries", "frame=key_frame,best_effort_timestamp,pkt_duration,interlaced_frame,top_field_first,repeat_pict", path)
	b, err := cmd.Output()
	require.NoError(t, err)
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		rows = append(rows, strings.Split(strings.TrimSpace(line), ","))
	}
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return NoPTS
		}
		return n
	}
	var out []frameTime
	for _, f := range rows {
		if len(f) < 6 || f[0] != "0" && f[0] != "1" {
			continue // side data
		}
		d := number(f[2])
		if d == NoPTS {
			d = 0
		}
		out = append(out, frameTime{
			Key: f[0] == "1", PTS: number(f[1]), Duration: d, Interlaced: f[3] == "1", TopFirst: f[4] == "1", Repeat: int(number(f[5])),
		})
	}
	return out
}

// TestMediaTimes compares times and flags of every frame of the corpus with ffprobe.
func TestMediaTimes(t *testing.T) {
	testutils.FFmpeg(t)
	ffprobe := testutils.FFprobeProgram(t)
	dir := testutils.Media(t)
	v, err := avformat.Load()
	require.NoError(t, err)
	version, err := exec.Command(ffprobe, "-version").Output()
	require.NoError(t, err)
	other := !regexp.MustCompile(fmt.Sprintf(`libavformat +%d\.`, v.AVFormat.Major)).Match(version)
	for _, row := range mediaRows(t, dir) {
		if row.Expect != "decodes" {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, row.Name)
			want := ffprobeFrames(t, ffprobe, path)
			got := ourFrames(t, path, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar})
			if len(want) != len(got) && strings.Contains(strings.Join(row.Features, " "), "edit-list") {
				// ffprobe shows what an edit list hides.
				require.Less(t, len(got), len(want))
				return
			}
			require.Len(t, got, len(want))
			if other {
				// Releases differ in durations, which they guess of some streams.
				for i, d := range plainDurations(t, path) {
					want[i].Duration = d
				}
			}
			for i := range got {
				require.Equal(t, want[i], got[i], "frame %d", i)
			}
		})
	}
}

func ourFrames(t *testing.T, path string, cfg *DecoderConfig) (out []frameTime) {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), cfg)
	require.NoError(t, err)
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		out = append(out, frameTime{PTS: f.PTS, Duration: f.Duration, Key: f.Key, Interlaced: f.Interlaced, TopFirst: f.TopFieldFirst, Repeat: f.RepeatFields})
		f.Release()
	}
	return out
}

// plainDurations are the durations that libavcodec itself gives the frames of a file.
func plainDurations(t *testing.T, path string) (out []int64) {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, pkt, img := plainDecoder(t, dem.Stream())
	receive := func() {
		for dec.Receive(img) == nil {
			out = append(out, img.Duration())
		}
	}
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		require.NoError(t, loadPacket(pkt, p, p.PTS))
		for dec.Send(pkt) == avformat.ErrAgain {
			receive()
		}
		receive()
	}
	_ = dec.Send(nil)
	receive()
	return out
}

// plainDecoder is libavcodec's own decoder with one thread, a packet and a frame for it.
func plainDecoder(t *testing.T, s StreamInfo) (*avformat.Decoder, *avformat.Packet, *avformat.Frame) {
	par, err := s.parameters()
	require.NoError(t, err)
	defer par.Close()
	dec, err := avformat.NewDecoder(par, &avformat.DecoderOptions{Threads: 1, TimeBase: avformat.Rational(s.TimeBase)})
	require.NoError(t, err)
	t.Cleanup(func() { dec.Close() })
	pkt, err := avformat.NewPacket()
	require.NoError(t, err)
	t.Cleanup(func() { pkt.Close() })
	img, err := avformat.NewFrame()
	require.NoError(t, err)
	t.Cleanup(func() { img.Close() })
	return dec, pkt, img
}
