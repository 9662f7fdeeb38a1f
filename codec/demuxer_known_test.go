package codec

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// headersSay are files of whose video headers say more, or something else, than decoding
// does: it cannot be decoded, is not there, or comes out of order.
var headersSay = map[string]bool{
	"broken-h264-mp4-0-timescale.mp4": true, "broken-h264-mp4-1185230.mp4": true, "broken-h264-mp4-zero-empty-stsc.mp4": true,
	"h264-fmp4-init-segment-only.mp4": true, "h264-mov-encrypted-tenc-only.mov": true, "h264-mov-editlist-3-entries.mov": true,
}

// What FFmpeg is told when it opens a container changes nothing of what is known
// afterwards, nor the packets, whose decoding times depend on it.
func TestKnownVideo(t *testing.T) {
	testutils.FFmpeg(t)
	files, err := filepath.Glob(filepath.Join(testutils.Root(), "testdata", "*.*"))
	require.NoError(t, err)
	if !testing.Short() {
		for _, kind := range []string{"*h264*", "hevc-m*", "*vp9*"} {
			media, err := filepath.Glob(filepath.Join(testutils.Media(t), kind))
			require.NoError(t, err)
			files = append(files, media...)
		}
	}
	tell := knownVideo
	defer func() { knownVideo = tell }()
	told, opened := map[string]int{}, 0
	for _, f := range files {
		knownVideo = func(avformat.VideoHeader) (k avformat.KnownVideo, ok bool) { return k, false }
		want, alone := describeFile(f, AllStreams), describeFile(f, FirstVideo)
		knownVideo = func(h avformat.VideoHeader) (avformat.KnownVideo, bool) {
			k, ok := tell(h)
			if ok {
				told[h.Codec]++
			}
			return k, ok
		}
		for sel, want := range map[Selection][]string{AllStreams: want, FirstVideo: alone} {
			got := describeFile(f, sel)
			for i := range max(len(got), len(want)) {
				if i < len(got) && (strings.Contains(got[i], `"codec":"h264"`) || strings.Contains(f, "encrypted")) && headersSay[filepath.Base(f)] {
					continue
				}
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					t.Errorf("%s, selection %d, line %d:\ngot  %v\nwant %v", filepath.Base(f), sel, i, got[min(i, len(got)):][:min(1, len(got)-i)], want[min(i, len(want)):][:min(1, len(want)-i)])
					break
				}
			}
		}
		opened++
	}
	t.Logf("streams of %d files told: %v", opened, told)
	require.Greater(t, told["h264"], 5)
	if !testing.Short() {
		require.Greater(t, told["vp9"], 20)
	}
}

func describeFile(file string, sel Selection) (s []string) {
	d, err := Open(context.Background(), file, &DemuxerConfig{Select: sel})
	if err != nil {
		return append(s, err.Error())
	}
	defer d.Close()
	s = append(s, fmt.Sprintf("%+v", d.Container()))
	for _, st := range d.Streams() {
		p := st.params
		text, _ := json.Marshal(st)
		s = append(s, fmt.Sprintf("%s %s %s %d %d %dx%d %v %v %d %v delay %d bits %d %d", text, p.Codec(), p.Format(), p.Profile(), p.Level(), p.Width(), p.Height(),
			p.SampleAspectRatio(), p.FrameRate(), p.FieldOrder(), p.Color(), p.VideoDelay(), p.BitsPerRawSample(), p.BitsPerCodedSample()))
	}
	n := 0
	for p, err := range d.Packets() {
		if err != nil {
			return append(s, err.Error())
		}
		s = append(s, fmt.Sprint(p.Stream, p.PTS, p.DTS, p.Duration, p.Pos, p.Key, p.Flags, len(p.Data)))
		if n++; n == 200 {
			break
		}
	}
	return s
}
