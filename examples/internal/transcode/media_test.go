package transcode

import (
	"context"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// media are real files: every container and video codec of the corpus, variable rates,
// edit lists, B-frames, times before zero, 10 bit, odd sizes, rotation, HDR, subtitles.
var media = []struct {
	name, ext string
	id        codec.ID
	lossless  bool
}{
	{"h264-mp4-editlist-discards-first-key.mp4", "mp4", codec.H264, true},
	{"h264-mp4-editlist-positive-shift.mp4", "mp4", codec.H264, false},
	{"h264-mov-editlist-3-entries.mov", "mp4", codec.H264, false},
	{"h264-mov-editlist-ends-on-last-bframe.mov", "mov", codec.H264, false},
	{"h264-mp4-android-slowmotion-vfr.mp4", "mp4", codec.H264, false},
	{"h264-mp4-3bframes-nopyramid-norestriction.mp4", "mp4", codec.H264, true},
	{"h264-mp4-nonzero-start.mp4", "mp4", codec.H264, false},
	{"h264-mp4-848x464-rot90.mp4", "mp4", codec.H264, false},
	{"h264-mov-iphone-rot90.mov", "mov", codec.H264, false},
	{"h264-mov-rot180-3f.mov", "mp4", codec.HEVC, false},
	{"h264-mp4-high10-200x200.mp4", "mp4", codec.H264, true},
	{"h264-mp4-high444-321x241.mp4", "mp4", codec.H264, true},
	{"h264-mp4-bpyramid-3b-sar64x45.mp4", "mkv", codec.H264, false},
	{"h264-mkv-16x8.mkv", "mkv", codec.H264, true},
	{"h264-mkv-camera-pancake-426x240.mkv", "mp4", codec.H264, false},
	{"h264-flv-1080x720.flv", "mp4", codec.H264, false},
	{"h264-fmp4-bear-640x360.mp4", "mp4", codec.H264, false},
	{"h264-ts-82x144.ts", "ts", codec.H264, false},
	{"h264-annexb-bear-320x180.h264", "mkv", codec.H264, false},
	{"h264-annexb-high422-320x180.264", "mp4", codec.H264, true},
	{"hevc-mov-editlist-starts-on-b.mov", "mp4", codec.HEVC, false},
	{"hevc-mp4-bear-640x360.mp4", "mp4", codec.HEVC, false},
	{"hevc-mp4-444-8bit-321x241.mp4", "mp4", codec.HEVC, true},
	{"hevc-mp4-main10-200x200.mp4", "mp4", codec.HEVC, true},
	{"hevc-mkv-dovi-256x144.mkv", "mkv", codec.H264, false},
	{"hevc-annexb-girlshy-316x240.h265", "mp4", codec.H264, false},
	{"av1-mp4-bear-320x240.mp4", "mp4", codec.AV1, false},
	{"av1-mp4-10bit-320x240.mp4", "mp4", codec.HEVC, false},
	{"av1-vector-odd-width-179x120.ivf", "mp4", codec.AV1, false},
	{"av1-obu-bbb-176x144.av1", "mkv", codec.H264, false},
	{"vp8-webm-bear-320x240.webm", "webm", codec.AV1, false},
	{"vp8-vector-02-inter-1418.ivf", "mp4", codec.H264, true},
	{"vp9-webm-bear-161x121.webm", "webm", codec.AV1, false},
	{"vp9-mp4-10bit-321x241.mp4", "mp4", codec.AV1, false},
	{"vp9-vector-vp91-2-04-yuv444.webm", "mp4", codec.H264, true},
	{"mpeg1-es-camera-cube-384x288.mpeg", "mp4", codec.H264, false},
	{"mpeg2-ps-camera-hello-640x480.mpeg", "mp4", codec.H264, false},
	{"mpeg2-m2ts-bear-320x192.m2ts", "ts", codec.H264, false},
	{"mpeg2-es-bbb-176x144.m2v", "mp4", codec.H264, false},
	{"mpeg2-mp4-121x81.mp4", "mp4", codec.AV1, false},
	{"mpeg4-avi-packed-bframes.avi", "mkv", codec.H264, false},
	{"mpeg4-mp4-bunny-176x144.mp4", "mp4", codec.H264, false},
	{"h263-3gp-bunny-176x144.3gp", "mp4", codec.H264, false},
	{"flv1-flv-bear.flv", "flv", codec.H264, false},
	{"msmpeg4v3-asf-bear.asf", "mkv", codec.H264, false},
	{"vc1-wmv-main-screen-640x480.wmv", "mkv", codec.H264, false},
	{"vc1-ismv-advanced-240x104.ismv", "mkv", codec.H264, false},
	{"mjpeg-avi-camera-160x120.avi", "mov", codec.H264, false},
	{"mjpeg-raw-cars-320x240.mjpeg", "mp4", codec.H264, false},
}

// content is what must not change: times of the pictures, their samples, the packets of
// other streams.
type content struct {
	pts    []time.Duration
	sums   [][16]byte
	audio  map[int][]string // by number of the audio stream: times and checksums
	starts map[int]time.Duration
	info   codec.StreamInfo
}

func read(t *testing.T, path string) (c content) {
	dem, err := codec.Open(context.Background(), path, &codec.DemuxerConfig{Select: codec.AllStreams})
	require.NoError(t, err)
	defer dem.Close()
	c.audio, c.starts, c.info = map[int][]string{}, map[int]time.Duration{}, dem.Stream()
	number, sample, whole := map[int]int{}, map[int]bool{}, map[int][]byte{}
	for _, s := range dem.Streams() {
		if s.Type == codec.Audio {
			number[s.Index] = len(number)
			sample[s.Index] = strings.HasPrefix(string(s.Codec), "pcm_")
		}
	}
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: codec.CPU}, Layout: codec.LayoutPlanar})
	require.NoError(t, err)
	defer dec.Close()
	var buf []byte
	packets := func(yield func(*codec.Packet, error) bool) {
		for p, err := range dem.Packets() {
			if n, ok := number[p.Stream]; ok && err == nil {
				if _, ok := c.starts[n]; !ok {
					c.starts[n] = p.Time()
				}
				if sample[p.Stream] { // containers cut it as they like
					whole[n] = append(whole[n], p.Data...)
					c.audio[n] = []string{fmt.Sprintf("%x", md5.Sum(whole[n]))}
				} else {
					c.audio[n] = append(c.audio[n], fmt.Sprintf("%x", md5.Sum(p.Data)))
				}
			}
			if err == nil && p.Stream != c.info.Index {
				continue
			}
			if !yield(p, err) {
				return
			}
		}
	}
	for f, err := range dec.Frames(packets) {
		require.NoError(t, err)
		at := time.Duration(-1)
		if f.PTS != codec.NoPTS {
			at = f.Time()
		}
		c.pts = append(c.pts, at)
		buf, err = f.AppendPlanar(buf[:0])
		require.NoError(t, err)
		c.sums = append(c.sums, md5.Sum(buf))
		f.Release()
	}
	return c
}

// TestMedia sends real files through.
func TestMedia(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Short(t)
	ffprobe := testutils.FFprobeProgram(t)
	dir := testutils.Media(t)
	require.GreaterOrEqual(t, len(media), 30)
	for _, m := range media {
		t.Run(m.name, func(t *testing.T) {
			in, out := filepath.Join(dir, m.name), filepath.Join(t.TempDir(), "out."+m.ext)
			job := Job{In: in, Out: out, Device: codec.CPU, Copy: !strings.HasPrefix(m.name, "vc1-")} // WMA stays in ASF
			job.Encoder = codec.EncoderConfig{Codec: m.id, Preset: codec.P1}
			if m.lossless {
				job.Encoder.Tuning = codec.Lossless
			}
			res, err := Run(context.Background(), job)
			require.NoError(t, err)
			require.NoFileExists(t, part.Name(out))
			want, got := read(t, in), read(t, out)
			compare(t, want, got, res, m.ext)
			if m.lossless {
				require.Equal(t, want.sums, got.sums, "samples")
			}
			probe(t, ffprobe, out)
		})
	}
}

func compare(t *testing.T, want, got content, res Result, ext string) {
	require.Len(t, got.pts, len(want.pts), "frames")
	require.EqualValues(t, len(want.pts), res.Frames)
	if strings.Contains(strings.Join(res.Left, " "), "audio") {
		want.audio = map[int][]string{}
	}
	require.Len(t, got.audio, len(want.audio), "audio streams; left: %v", res.Left)
	// Containers that begin at zero, and ours, move all streams together.
	shift := got.pts[0] - want.pts[0]
	tick := tickOf(got.info) + tickOf(want.info)
	if ext == "mp4" || ext == "mov" {
		if want.pts[0] >= 0 {
			require.LessOrEqual(t, shift.Abs(), tick, "the first frame is at %v, was at %v", got.pts[0], want.pts[0])
		}
	}
	if res.Adjusted == 0 && want.pts[0] >= 0 {
		for i := range want.pts {
			if want.pts[i] >= 0 {
				require.LessOrEqual(t, (got.pts[i] - want.pts[i] - shift).Abs(), tick, "frame %d is at %v, was at %v", i, got.pts[i], want.pts[i])
			}
		}
	}
	for n := range want.audio {
		require.Equal(t, want.audio[n], got.audio[n], "packets of audio stream %d", n)
		moved := (got.starts[n] - want.starts[n]) - shift
		require.Less(t, moved.Abs(), time.Millisecond, "audio against video")
	}
	require.Equal(t, want.info.Rotation, got.info.Rotation, "rotation")
	require.Equal(t, [2]int{want.info.Width, want.info.Height}, [2]int{got.info.Width, got.info.Height})
}

// tickOf is the grain of a stream's times.
func tickOf(s codec.StreamInfo) time.Duration {
	if s.TimeBase.Den >= 10000 {
		return 100 * time.Microsecond
	}
	return s.TimeBase.Duration(1)
}

// probe wants no complaint, and a right dts for every packet.
func probe(t *testing.T, ffprobe, path string) {
	text, err := exec.Command(ffprobe, "-v", "warning", "-of", "json", "-show_packets", "-show_streams", path).Output()
	require.NoError(t, err)
	var p struct {
		Packets []struct {
			Stream int    `json:"stream_index"`
			D      *int64 `json:"dts"`
			P      *int64 `json:"pts"`
		} `json:"packets"`
	}
	require.NoError(t, json.Unmarshal(text, &p))
	require.NotEmpty(t, p.Packets)
	last := map[int]int64{}
	for i, k := range p.Packets {
		if k.D == nil {
			continue
		}
		if d, ok := last[k.Stream]; ok {
			if ext := filepath.Ext(path); ext == ".mkv" || ext == ".webm" {
				d-- // they hold no dts, and have ticks of a millisecond
			}
			require.Greater(t, *k.D, d, "packet %d", i)
		}
		last[k.Stream] = *k.D
		if k.P != nil {
			require.LessOrEqual(t, *k.D, *k.P, "packet %d", i)
		}
	}
	fault, err := exec.Command(ffprobe, "-v", "error", "-select_streams", "v", "-show_entries", "frame=pts", path).CombinedOutput()
	require.NoError(t, err)
	for _, line := range strings.Split(string(fault), "\n") {
		// Sound is copied as it is; one source ends within a packet of it.
		require.False(t, strings.HasPrefix(line, "[") && strings.Contains(line, " @ 0x") && !strings.HasPrefix(line, "[aac"), line)
	}
	_ = os.Remove(path)
}
