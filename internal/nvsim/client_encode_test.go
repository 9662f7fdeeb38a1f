package nvsim

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// Clients of the encoder that we did not write: what comes out has as many frames as
// went in, in their order, with their times, and looks the same.

const (
	encWidth, encHeight = 320, 240
	encFrames           = 40
)

// A pixels is raw video of one format; bits is 8 or the depth of little-endian words.
type pixels struct {
	format string
	bits   int
	data   []byte
}

// moving makes raw video in which each frame differs from all others.
func moving(t *testing.T, format string) pixels {
	t.Helper()
	p := pixels{format: format, bits: 8}
	for _, b := range []int{10, 16} {
		if strings.HasSuffix(format, fmt.Sprintf("%dle", b)) {
			p.bits = b
		}
	}
	p.data = rawFrames(t, format, "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=30,noise=alls=4", encWidth, encHeight), "-frames:v", fmt.Sprint(encFrames))
	require.Zero(t, len(p.data)%encFrames)
	return p
}

// semiPlanar is planar 4:2:2 of 8 bits with its chroma interleaved: NV16.
func semiPlanar(p pixels) (out []byte) {
	const luma, chroma = encWidth * encHeight, encWidth / 2 * encHeight
	for d := p.data; len(d) > 0; d = d[luma+2*chroma:] {
		out = append(out, d[:luma]...)
		for i := range chroma {
			out = append(out, d[luma+i], d[luma+chroma+i])
		}
	}
	return out
}

// psnr compares frame i of p with frame k of q, in dB; equal frames have +Inf.
func (p pixels) psnr(q pixels, i, k int) float64 {
	n := len(p.data) / encFrames
	a, b := p.data[i*n:][:n], q.data[k*n:][:n]
	var sum float64
	count := n
	if p.bits == 8 {
		for i := range a {
			d := float64(a[i]) - float64(b[i])
			sum += d * d
		}
	} else {
		count /= 2
		for i := 0; i < n; i += 2 {
			d := float64(binary.LittleEndian.Uint16(a[i:])) - float64(binary.LittleEndian.Uint16(b[i:]))
			sum += d * d
		}
	}
	top := float64(int(1)<<p.bits - 1)
	if p.format == "p010le" || p.format == "p210le" { // samples in the high bits
		top = 65535
	}
	return 10 * math.Log10(top*top*float64(count)/sum)
}

// looksLike decodes a file with the system's own decoders and compares all frames.
func looksLike(t *testing.T, file string, want pixels, lossless bool) {
	t.Helper()
	got := want
	args := []string{"-i", file}
	if strings.HasSuffix(file, ".ivf") {
		args = append([]string{"-c:v", "libdav1d"}, args...)
	}
	got.data = rawFrames(t, want.format, args...)
	require.Equal(t, len(want.data), len(got.data), "%s: frames are missing or too many", file)
	for i := range encFrames {
		db := want.psnr(got, i, i)
		require.Greater(t, db, 35.0, "frame %d", i)
		if lossless {
			require.Equal(t, math.Inf(1), db, "frame %d", i)
		}
		// In order: no neighbour is more alike.
		for _, k := range []int{i - 1, i + 1} {
			if k >= 0 && k < encFrames {
				require.Greater(t, db, want.psnr(got, k, i), "frame %d is rather %d", i, k)
			}
		}
	}
}

// A packetTime is what a muxer is told of a packet, in frames.
type packetTime struct{ pts, dts int }

// inOrder checks the times of packets in the order in which they came.
func inOrder(t *testing.T, packets []packetTime) {
	t.Helper()
	require.Len(t, packets, encFrames)
	var pts []int
	for i, p := range packets {
		pts = append(pts, p.pts)
		require.LessOrEqual(t, p.dts, p.pts, "packet %d", i)
		if i > 0 {
			require.Greater(t, p.dts, packets[i-1].dts, "packet %d", i)
		}
	}
	slices.Sort(pts)
	for i := range pts {
		require.Equal(t, i, pts[i], "times of frames")
	}
}

// times reads what ffmpeg's framecrc wrote of packets, in a time base of a frame.
func times(t *testing.T, file string) (packets []packetTime) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "#tb 0: 1/30\n")
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var p packetTime
		_, err := fmt.Sscanf(line, "0, %d, %d,", &p.dts, &p.pts)
		require.NoError(t, err, "%q", line)
		packets = append(packets, p)
	}
	return packets
}

// An encoding is what a client is told.
type encoding struct {
	encoder, format string
	options         string
	bframes         bool // there must be pictures out of display order
	lossless        bool
	api             string // the only one that has it
}

func (e encoding) name() string {
	return strings.NewReplacer(" ", "_", "=", "-", "/", "").Replace(strings.TrimSpace(e.encoder + " " + e.format + " " + e.options))
}

// encodings are tried with Debian's ffmpeg, in the names of its options.
func encodings() (all []encoding) {
	for _, enc := range []string{"h264_nvenc", "hevc_nvenc"} {
		for _, preset := range []string{"default", "slow", "medium", "fast", "p1", "p2", "p3", "p4", "p5", "p6", "p7"} {
			all = append(all, encoding{encoder: enc, format: "yuv420p", options: "-preset " + preset})
		}
		for _, tune := range []string{"hq", "ll", "ull"} {
			all = append(all, encoding{encoder: enc, format: "nv12", options: "-preset p4 -tune " + tune})
		}
		for b := range 5 {
			all = append(all, encoding{encoder: enc, format: "yuv420p", options: fmt.Sprintf("-preset p4 -bf %d", b), bframes: b > 0})
		}
		all = append(all,
			encoding{encoder: enc, format: "yuv420p", options: "-preset p4 -bf 3 -b_ref_mode middle", bframes: true},
			encoding{encoder: enc, format: "yuv420p", options: "-preset p4 -rc-lookahead 8 -bf 2", bframes: true},
			encoding{encoder: enc, format: "yuv420p", options: "-preset p4 -g 10 -forced-idr 1"},
			encoding{encoder: enc, format: "yuv420p", options: "-preset p4 -rc constqp -qp 20"},
			encoding{encoder: enc, format: "yuv420p", options: "-preset p4 -rc cbr"},
			encoding{encoder: enc, format: "yuv420p", options: "-preset p4 -rc vbr -cq 20"},
			encoding{encoder: enc, format: "yuv420p", options: "-preset p4 -zerolatency 1 -delay 0"},
			encoding{encoder: enc, format: "yuv444p", options: "-preset p4"},
			encoding{encoder: enc, format: "yuv444p", options: "-preset p4 -tune lossless", lossless: true},
			encoding{encoder: enc, format: "yuv420p", options: "-preset p4 -tune lossless", lossless: true},
		)
	}
	return append(all,
		encoding{encoder: "hevc_nvenc", format: "p010le", options: "-preset p4"},
		encoding{encoder: "hevc_nvenc", format: "p010le", options: "-preset p5 -bf 3", bframes: true},
		encoding{encoder: "hevc_nvenc", format: "yuv444p16le", options: "-preset p4"},
	)
}

func TestClientFFmpegEncode(t *testing.T) {
	simDir(t)
	hasCuvid(t)
	short := os.Getenv("NVSIM_CLIENTS") == ""
	for i, e := range encodings() {
		if short && i%9 != 0 {
			continue
		}
		t.Run(e.name(), func(t *testing.T) {
			t.Parallel()
			want := moving(t, e.format)
			dir := t.TempDir()
			raw, file, crc := filepath.Join(dir, "raw"), filepath.Join(dir, "out.mkv"), filepath.Join(dir, "crc")
			require.NoError(t, os.WriteFile(raw, want.data, 0o644))
			args := []string{"-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", e.format, "-s", fmt.Sprintf("%dx%d", encWidth, encHeight), "-r", "30", "-i", raw, "-c:v", e.encoder}
			if !strings.Contains(e.options, "qp") && !strings.Contains(e.options, "cq") && !e.lossless {
				args = append(args, "-b:v", "6M")
			}
			args = append(append(args, strings.Fields(e.options)...), "-map", "0:v", "-flags", "+global_header", "-f", "tee", "[f=matroska]"+file+"|[f=framecrc]"+crc)
			code, _, errs := run(t, Options{Profile: "blackwell"}, testutils.FFmpegProgram(t), args...)
			require.Equal(t, 0, code, "%.3000s", errs)
			packets := times(t, crc)
			inOrder(t, packets)
			if e.bframes {
				require.True(t, reordered(packets), "no picture is out of display order")
			}
			if strings.Contains(e.options, "-bf 0") {
				require.False(t, reordered(packets), "pictures are out of display order")
			}
			looksLike(t, file, want, e.lossless)
		})
	}
}

func reordered(packets []packetTime) bool {
	return !slices.IsSortedFunc(packets, func(a, b packetTime) int { return a.pts - b.pts })
}
