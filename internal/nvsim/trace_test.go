package nvsim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// The traces of shared/abi/h200-580 that are replayed here too, for machines
// without that folder.
const ownTraces = "testdata/h200"

var (
	elapsed  = regexp.MustCompile(` [\d.]+ms`)
	before   = regexp.MustCompile(` st=(\d+)/[12]>`)
	hash     = regexp.MustCompile(` hash=\S+`)
	status   = regexp.MustCompile(` st=\S+`)
	badCount = regexp.MustCompile(` badstatus=\d+`)
	inexact  = regexp.MustCompile(`^(mpeg|mjpeg)|corrupt|eop=1 n=10|deint=|rw=|tw=|skip=5|seqret`)
	damaged  = regexp.MustCompile(`corrupt|eop=1 n=10|skip=5|seqret`)
)

// normal removes what a replay cannot repeat: times, whether a picture was done a
// moment earlier, and, where decoders differ by design or in the face of damage,
// pixels and what became of the damage.
func normal(name, line string) string {
	line = elapsed.ReplaceAllString(line, "")
	line = before.ReplaceAllString(line, " st=$1/x>")
	if strings.HasPrefix(line, "SUM") || inexact.MatchString(name) {
		line = hash.ReplaceAllString(line, "")
	}
	if damaged.MatchString(name) {
		line = badCount.ReplaceAllString(status.ReplaceAllString(line, ""), "")
	}
	return line
}

type block struct {
	name string
	want []string
}

func blocks(t *testing.T, path string) (b []block) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, s := range strings.Split(string(text), "### trace ")[1:] {
		lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
		for i, l := range lines {
			if strings.HasPrefix(l, "SUM") {
				lines = lines[:i+1]
				break
			}
		}
		b = append(b, block{lines[0], lines[1:]})
	}
	return b
}

// traces finds the hardware's traces and the folder of their streams: all of them
// where the shared folder is, else our own few.
func traces(t *testing.T) (all []block, streams string) {
	t.Helper()
	dir := os.Getenv("NVCODEC_ABI")
	if dir == "" {
		dir = filepath.Join(filepath.Dir(testutils.Root()), "shared", "abi")
	}
	dir = filepath.Join(dir, "h200-580")
	archive := filepath.Join(dir, "streams.tar.xz")
	if _, err := os.Stat(archive); err != nil {
		return blocks(t, filepath.Join(ownTraces, "traces.txt")), ownTraces
	}
	for _, f := range []string{"trace_default.txt", "trace_var.txt", "trace_extra.txt"} {
		all = append(all, blocks(t, filepath.Join(dir, f))...)
	}
	streams = t.TempDir()
	out, err := exec.Command("tar", "-xf", archive, "-C", streams).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return all, streams
}

func stream(t *testing.T, dir, pkt string) string {
	t.Helper()
	base := strings.TrimSuffix(pkt, ".pkt")
	if base == "mpeg4_mp4" {
		return filepath.Join(dir, "mpeg4.mp4")
	}
	if base == "mpeg4" {
		return filepath.Join(dir, "mpeg4.avi")
	}
	m, _ := filepath.Glob(filepath.Join(dir, base+".*"))
	require.Len(t, m, 1, "%s in %s", base, dir)
	return m[0]
}

// All traces are repeated line by line: what is left out is what normal removes. The
// parser repeats what an H200 did: each callback, in its order, with its
// surface, timestamp and messages, and each frame with its pixels.
func TestHardwareTraces(t *testing.T) {
	p := client(t, "replay", "libavformat", "libavcodec", "libavutil")
	all, streams := traces(t)
	o := Options{Env: []string{"NVSIM_ALLOW=leaves the parser|another kind"}}
	for _, b := range all {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(b.name)
			code, out, errs := run(t, o, p, append([]string{stream(t, streams, args[0]), args[0]}, args[1:]...)...)
			require.Equal(t, 0, code, "%s", errs)
			got := strings.Split(strings.TrimRight(out, "\n"), "\n")
			var diff []string
			for i := range max(len(got), len(b.want)) {
				g, w := "(end)", "(end)"
				if i < len(got) {
					g = normal(b.name, got[i])
				}
				if i < len(b.want) {
					w = normal(b.name, b.want[i])
				}
				if g != w {
					diff = append(diff, fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g, w))
				}
			}
			if len(diff) > 0 {
				require.Failf(t, "differs", "%d lines of %d\n%s", len(diff), len(b.want), strings.Join(diff[:min(len(diff), 5)], "\n"))
			}
		})
	}
}

var (
	packetNumber = regexp.MustCompile(`^ P (?:extradata|\d+) size=(\d+)(?: key=\d)?`)
	mapped       = regexp.MustCompile(` (?:map=|\(display cb).*`)
)

// parserLines keeps of a trace what the parser was told and told, in the common form.
// In what the hardware's traces write of packets there is more than a driver sees.
func parserLines(trace []string) (lines []string) {
	for _, l := range trace {
		switch {
		case strings.HasPrefix(l, " P extradata"):
			l += " flags=0 ts=0"
			fallthrough
		case strings.HasPrefix(l, " P "):
			l = packetNumber.ReplaceAllString(l, " P size=$1")
		case strings.HasPrefix(l, "  SEQ"), strings.HasPrefix(l, "  AV1"), strings.HasPrefix(l, "  SEI"), strings.HasPrefix(l, "  DEC"), strings.HasPrefix(l, "  DISP"):
			l = mapped.ReplaceAllString(l, "")
		default:
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

// What NVSIM_TRACE writes can be compared with the hardware's traces by diff, whatever
// the client is.
func TestTraceFile(t *testing.T) {
	p := client(t, "replay", "libavformat", "libavcodec", "libavutil")
	for _, b := range blocks(t, filepath.Join(ownTraces, "traces.txt")) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			args, file := strings.Fields(b.name), filepath.Join(t.TempDir(), "trace")
			code, _, errs := run(t, Options{Env: []string{"NVSIM_TRACE=" + file}}, p, append([]string{stream(t, ownTraces, args[0]), args[0]}, args[1:]...)...)
			require.Equal(t, 0, code, "%s", errs)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			got := strings.Split(string(text), "\n")
			require.Equal(t, parserLines(b.want), parserLines(got))
			// All other calls are in it, with their results.
			for _, call := range []string{"cuInit(0) = 0", "cuvidCreateVideoParser(", "cuvidCreateDecoder(", "cuvidDecodePicture(", "cuvidDestroyDecoder("} {
				require.True(t, slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, call) }), call)
			}
		})
	}
}
