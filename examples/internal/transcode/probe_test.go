package transcode

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// probe has ffprobe find no fault that is not the source's own: no message, as many
// frames, times that rise.
func probe(t *testing.T, ffprobe, in, out string, frames int) {
	type packet struct {
		Stream int    `json:"stream_index"`
		D      *int64 `json:"dts"`
		P      *int64 `json:"pts"`
	}
	var p struct {
		Packets []packet `json:"packets"`
	}
	// Sound is copied as it is, faults included.
	reading := []string{"-v", "warning", "-of", "json", "-show_packets", "-show_streams"}
	_, theirs := run1(t, ffprobe, append(reading, in)...)
	text, faults := run1(t, ffprobe, append(reading, out)...)
	require.True(t, strings.Contains(theirs, faults), "reading packets: %s", faults)
	require.NoError(t, json.Unmarshal(text, &p))
	require.NotEmpty(t, p.Packets)
	last := map[int]int64{}
	for i, k := range p.Packets {
		if k.D == nil {
			continue
		}
		if d, ok := last[k.Stream]; ok {
			if ext := filepath.Ext(out); ext == ".mkv" || ext == ".webm" {
				d-- // they hold no dts, and have ticks of a millisecond
			}
			require.Greater(t, *k.D, d, "packet %d", i)
		}
		last[k.Stream] = *k.D
		if k.P != nil {
			require.LessOrEqual(t, *k.D, *k.P, "packet %d", i)
		}
	}
	text, faults = run1(t, ffprobe, "-v", "warning", "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", out)
	require.True(t, strings.Contains(theirs, faults), "decoding the pictures: %s", faults)
	n, err := strconv.Atoi(strings.Trim(strings.Fields(string(text))[0], ","))
	require.NoError(t, err)
	require.Equal(t, frames, n, "frames that ffprobe decodes")
	sound := []string{"-v", "error", "-select_streams", "a", "-show_entries", "frame=pts"}
	_, theirs = run1(t, ffprobe, append(sound, in)...)
	_, ours := run1(t, ffprobe, append(sound, out)...)
	if theirs == "" {
		require.Empty(t, ours, "decoding the sound")
	}
}

var address = regexp.MustCompile(` @ 0x[0-9a-f]+`)

// run1 runs a program and returns what it says of the file, and what it complains of.
func run1(t *testing.T, name string, args ...string) (out []byte, faults string) {
	cmd := exec.Command(name, args...)
	var text, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &complaints
	require.NoError(t, cmd.Run(), "%s", &complaints)
	return text.Bytes(), address.ReplaceAllString(complaints.String(), "")
}
