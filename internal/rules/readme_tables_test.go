package rules

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// section is what stands under a heading.
func section(t *testing.T, document, heading string) string {
	t.Helper()
	_, s, ok := strings.Cut(document, "\n## "+heading+"\n")
	require.True(t, ok, heading)
	s, _, _ = strings.Cut(s, "\n## ")
	return s
}

// cells are the rows of all tables in a text, heads and lines included.
func cells(s string) (rows [][]string) {
	for _, line := range strings.Split(s, "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		line = strings.ReplaceAll(line, `\|`, "\x00")
		row := strings.Split(strings.Trim(line, "|"), "|")
		for i := range row {
			row[i] = strings.ReplaceAll(strings.TrimSpace(row[i]), "\x00", "|")
		}
		rows = append(rows, row)
	}
	return rows
}

// TestFigures: the figures of the README are those of docs/benchmarks.md, where the shares
// are what they say.
func TestFigures(t *testing.T) {
	all := texts(t)
	measured := map[string][]string{}
	for _, r := range cells(section(t, all["docs/benchmarks.md"], "Results on the GPU")) {
		if len(r) != 5 || r[0] == "clip" || strings.HasPrefix(r[0], "---") {
			continue
		}
		median := func(s string) string { s, _, _ = strings.Cut(s, " "); return s }
		row := []string{median(r[2]), median(r[3]), r[4]}
		measured[r[0]+" "+r[1]] = row
		ref, err1 := strconv.ParseFloat(row[0], 64)
		ours, err2 := strconv.ParseFloat(row[1], 64)
		share, err3 := strconv.ParseFloat(row[2], 64)
		require.NoError(t, err1)
		require.NoError(t, err2)
		require.NoError(t, err3)
		require.InDelta(t, ours/ref, share, 0.003, "%v: medians of rounded figures", r)
	}
	require.Greater(t, len(measured), 10)

	clips := map[string]string{
		"H.264 1080p, GOP 250": "h264_1080p_gop250", "HEVC 1080p": "hevc8_1080p", "VP9 1080p": "vp9_1080p",
		"H.264 360p": "reuse_360p_2s_gop60", "H.264 2160p": "reuse_2160p_2s_gop60",
	}
	speed := section(t, all["README.md"], "How fast it is")
	n, clip := 0, ""
	for _, r := range cells(speed) {
		if len(r) != 5 || r[0] == "clip" || strings.HasPrefix(r[0], "---") {
			continue
		}
		if r[0] != "" {
			clip = r[0]
		}
		require.Contains(t, clips, clip)
		require.Equal(t, measured[clips[clip]+" "+r[1]], r[2:], "%s, %s sessions", clip, r[1])
		n++
	}
	require.GreaterOrEqual(t, n, 7)
	// The words before the table.
	results := section(t, all["docs/benchmarks.md"], "Results on the GPU")
	require.Contains(t, speed, "H200, driver 580,")
	require.Regexp(t, `\| machine \| NVIDIA H200 \(7 NVDEC engines`, results)
	require.Contains(t, results, "| driver | 580.")
	require.Contains(t, speed, "median of six windows; seven sessions use its seven engines")
	require.Contains(t, results, "median (least..most) of 6 windows")
}

// TestFileCounts: as many files as the documents say are held to the ffmpeg program's.
func TestFileCounts(t *testing.T) {
	var m struct {
		Files []struct {
			Expect           string
			VersionDependent any `json:"version_dependent"` // their frames are counted only
			Derived          struct{ Frames int }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text(t, filepath.Join(testutils.Media(t), "manifest.json"))), &m))
	whole, same := 0, 0
	for _, f := range m.Files {
		if f.Expect == "decodes" {
			whole++
		}
		if f.Derived.Frames > 0 && (f.VersionDependent == nil || f.Expect == "decodes") {
			same++
		}
	}
	all := texts(t)
	require.Contains(t, all["README.md"], fmt.Sprintf("Every frame of %d real files", same))
	require.Contains(t, all["docs/benchmarks.md"], fmt.Sprintf("holds all %d files", len(m.Files)))
	require.Contains(t, all["docs/benchmarks.md"], fmt.Sprintf("%d files, 15,042 frames, all the same", whole))
}

// guide are the calls and names of PyNvVideoCodec's guide.
var guide = strings.Fields(`
CreateDemuxer GetNvCodecId bsl_data pts dts duration key pos
CreateDecoder gpuid codec cudacontext cudastream usedevicememory maxwidth maxheight latency Decode cudaVideoCodec
decode_flag VideoPacketFlag.ENDOFPICTURE DisplayDecodeLatencyType OutputColorType
from_dlpack __dlpack__ __dlpack_device__ cuda() SEI_TYPE getSEIMessage
SimpleDecoder len(d) d[i] d[a:b:c] get_batch_frames get_batch_frames_by_index get_index_from_time_in_seconds seek_to_index
get_stream_metadata get_scanned_stream_metadata reconfigure_decoder decoder_cache_size bWaitForSessionWarmUp max_width max_height
ThreadedDecoder buffer_size start_frame
CreateEncoder usecpuinputbuffer Encode EndEncode GetEncodeReconfigureParams Reconfigure averageBitrate vbvBufferSize
Transcoder segmented_transcode gpu_id cuda_context cuda_stream
GetDecoderCaps GetEncoderCaps PyNvVCExceptionCuda PyNvVCExceptionDecode PyNvVCExceptionUnsupported LOGGER_LEVEL`)

// TestMigration: each of them stands in the table, and has an answer.
func TestMigration(t *testing.T) {
	there := ""
	for _, r := range cells(section(t, texts(t)["README.md"], "From PyNvVideoCodec")) {
		require.Len(t, r, 2, "%v", r)
		require.NotEmpty(t, r[1])
		there += " " + r[0]
	}
	for _, name := range guide {
		require.Regexp(t, `(^|\W)`+regexp.QuoteMeta(name)+`($|\W)`, there)
	}
}

// TestAnchors: links to headings lead to some, and those to packages to ours.
func TestAnchors(t *testing.T) {
	all := texts(t)
	n := 0
	for name, s := range all {
		for _, m := range regexp.MustCompile(`\]\(([^)#]*)#([^)]+)\)`).FindAllStringSubmatch(s, -1) {
			if strings.Contains(m[1], ":") {
				continue
			}
			to := name
			if m[1] != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(name), m[1]))
			}
			var anchors []string
			for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(all[to], -1) {
				a := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(h[1]), "")
				anchors = append(anchors, strings.ReplaceAll(a, " ", "-"))
			}
			require.Contains(t, anchors, m[2], "%s: a link to %s#%s", name, to, m[2])
			n++
		}
		for _, m := range regexp.MustCompile(`https://pkg\.go\.dev/([^)\s]+)`).FindAllStringSubmatch(s, -1) {
			path, ours := strings.CutPrefix(m[1], module)
			require.True(t, ours, m[0])
			require.DirExists(t, filepath.Join(testutils.Root(), path))
			n++
		}
	}
	require.GreaterOrEqual(t, n, 3)
}
