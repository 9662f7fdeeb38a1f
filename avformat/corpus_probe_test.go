package avformat

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// probeFrame is a frame as ffprobe -show_frames has it.
type probeFrame struct {
	Key        int    `json:"key_frame"`
	BestEffort *int64 `json:"best_effort_timestamp"`
	PTS        *int64 `json:"pts"`
	DTS        *int64 `json:"pkt_dts"`
	Duration   int64  `json:"pkt_duration"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Format     string `json:"pix_fmt"`
	Type       string `json:"pict_type"`
	Interlaced int    `json:"interlaced_frame"`
	TopFirst   int    `json:"top_field_first"`
	Repeat     int    `json:"repeat_pict"`
}

func (p probeFrame) String() string {
	at := func(t *int64) string {
		if t == nil {
			return "none"
		}
		return fmt.Sprint(*t)
	}
	return fmt.Sprint(p.Key, " ", at(p.BestEffort), " ", at(p.PTS), " ", at(p.DTS), " ", p.Duration, " ", p.Width, "x", p.Height, p.Format, p.Type, p.Interlaced, p.TopFirst, p.Repeat)
}

func probed(f *Frame) probeFrame {
	at := func(t int64) *int64 {
		if t == NoPTS {
			return nil
		}
		return &t
	}
	p := probeFrame{
		Key: count(f.Key()), BestEffort: at(f.PTS()), PTS: at(f.PacketPTS()), DTS: at(f.PacketDTS()), Duration: f.Duration(),
		Width: f.Width(), Height: f.Height(), Format: f.Format().String(), Type: f.PictureType().String(),
		Interlaced: count(f.Interlaced()), TopFirst: count(f.TopFieldFirst()), Repeat: f.RepeatFields(),
	}
	return p
}

// TestCorpusProbe compares what every frame says of itself with ffprobe, where that
// is of the release that is loaded.
func TestCorpusProbe(t *testing.T) {
	dir, rows := decodeRows(t)
	ffprobe := testutils.FFprobeProgram(t)
	testutils.Short(t)
	version, err := exec.Command(ffprobe, "-v", "error", "-show_program_version", "-of", "csv=p=0").Output()
	require.NoError(t, err)
	if require.NoError(t, load()); string(version[:4]) != ff.version.Release[:4] {
		testutils.Skip(t, "ffprobe is of another FFmpeg release", "")
	}
	for _, row := range rows {
		if row.Expect != "decodes" || !row.small() {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, row.Name)
			out, err := exec.Command(ffprobe, "-v", "quiet", "-threads", "1", "-flags", "unaligned", "-select_streams", "v:0", "-show_entries",
				"frame=key_frame,best_effort_timestamp,pts,pkt_dts,pkt_duration,width,height,pix_fmt,pict_type,interlaced_frame,top_field_first,repeat_pict:side_data=",
				"-of", "json", path).Output()
			require.NoError(t, err)
			var want struct{ Frames []probeFrame }
			require.NoError(t, json.Unmarshal(out, &want))
			d, err := decodeFile(path, DecoderOptions{Threads: 1})
			require.NoError(t, err)
			require.Len(t, d.list, len(want.Frames))
			for i, w := range want.Frames {
				require.Equal(t, w.String(), d.list[i].String(), "frame %d", i)
			}
		})
	}
}
