package bitstream_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// mediaFile is a row of the corpus' manifest: what ffprobe and ffmpeg 5.1 say.
type mediaFile struct {
	Name    string `json:"name"`
	Expect  string `json:"expect"`
	Derived struct {
		HasBFrames   int      `json:"has_b_frames"`
		SAR          string   `json:"sar"`
		ColorRange   string   `json:"color_range"`
		PictTypes    string   `json:"pict_types"`
		Frames       int      `json:"frames"`
		FrameFormats []string `json:"frame_formats"`
	} `json:"derived"`
}

func mediaFiles(t testing.TB) (dir string, files []mediaFile) {
	t.Helper()
	testutils.FFmpeg(t)
	dir = testutils.Media(t)
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	var m struct {
		Files []mediaFile `json:"files"`
	}
	require.NoError(t, json.Unmarshal(b, &m))
	require.NotEmpty(t, m.Files)
	return dir, m.Files
}

// A stream is the first video of a file in Go memory.
type stream struct {
	codec     bitstream.Codec
	par       *avformat.CodecParameters
	extradata []byte
	packets   [][]byte
	keys      []bool
	// reload has extradata that comes with a packet, by its number.
	reload map[int][]byte
}

func readStream(t testing.TB, path string) (s stream, err error) {
	t.Helper()
	s.reload = map[int][]byte{}
	in, err := avformat.OpenInput(context.Background(), path, nil)
	if err != nil {
		return s, err
	}
	defer in.Close()
	video := -1
	for _, st := range in.Streams() {
		if st.Type == avformat.MediaVideo && !st.AttachedPicture() {
			s.codec, s.par = bitstream.CodecByName(st.Codec), st.Parameters
			s.extradata = st.Parameters.Extradata()
			video = st.Index
			break
		}
	}
	if video < 0 {
		return s, errors.New("no video")
	}
	p, err := avformat.NewPacket()
	require.NoError(t, err)
	defer p.Close()
	for {
		if err := in.ReadPacket(p); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return s, err
		}
		if p.Stream() == video {
			s.packets = append(s.packets, bytes.Clone(p.Data()))
			s.keys = append(s.keys, p.Key())
			p.SideData(func(typ avformat.SideDataType, b []byte) bool {
				if typ == avformat.SideDataNewExtradata {
					s.reload[len(s.keys)-1] = bytes.Clone(b)
				}
				return true
			})
		}
		p.Unref()
	}
}

// shownOtherwise lists files of which libavcodec outputs another number of frames
// than their headers say, and why.
var shownOtherwise = map[string]struct {
	shown int
	why   string
}{
	"broken-h264-idr-lost.264":                  {97, "pictures without a reference are not output"},
	"broken-h264-mp4-invalid-nalu.mp4":          {30, "one picture is damaged"},
	"broken-h264-mp4-no-timescale.mp4":          {173, "damaged pictures"},
	"broken-h264-no-iframe-start.h264":          {59, "begins in the middle: no output before the recovery point"},
	"h264-jvt-FM1_FT_E.264":                     {300, "libavcodec has no FMO"},
	"h264-mov-editlist-3-entries.mov":           {74, "edit list"},
	"h264-mov-editlist-discards-half.mov":       {30, "edit list"},
	"h264-mov-editlist-ends-on-last-bframe.mov": {48, "edit list"},
	"h264-mov-iphone-568x320.mov":               {243, "edit list"},
	"h264-mp4-editlist-discards-first-key.mp4":  {30, "edit list"},
	"hevc-mov-editlist-starts-on-b.mov":         {25, "edit list"},
	"hevc-mov-iphone-dolbyvision-hlg-rot90.mov": {5, "edit list"},
	"mpeg2-ts-field-pictures-720x576.ts":        {40, "begins in the middle"},
	"mpeg4-avi-packed-bframes.avi":              {16, "the last packet has two VOPs, libavcodec drops the second"},
}

// keysOtherwise lists files whose container marks other packets as key frames.
var keysOtherwise = map[string]string{
	"h264-jvt-NL1_Sony_D.jsv": "libavformat takes all I pictures of a stream of nothing else",
}

// containerSAR lists files whose container says another aspect ratio than the stream.
var containerSAR = map[string]bool{"h264-mkv-16x8.mkv": true, "h263-3gp-bunny-176x144.3gp": true}

func TestCorpus(t *testing.T) {
	dir, files := mediaFiles(t)
	n := map[bitstream.Codec]int{}
	for _, f := range files {
		if !strings.HasPrefix(f.Expect, "decodes") {
			continue
		}
		s, err := readStream(t, filepath.Join(dir, f.Name))
		require.NotEmpty(t, s.packets, "%s: %v", f.Name, err)
		if s.codec == bitstream.CodecUnknown {
			continue
		}
		n[s.codec]++
		t.Run(f.Name, func(t *testing.T) { checkFile(t, f, s) })
	}
	t.Log(n)
	require.Greater(t, n[bitstream.CodecH264], 90)
	require.Greater(t, n[bitstream.CodecHEVC], 40)
	require.Greater(t, n[bitstream.CodecAV1], 25)
	require.Greater(t, n[bitstream.CodecVP8], 15)
	require.Greater(t, n[bitstream.CodecVP9], 20)
	for c := bitstream.CodecMPEG1; c <= bitstream.CodecJPEG; c++ {
		require.NotZero(t, n[c], c)
	}
}

func checkFile(t *testing.T, f mediaFile, s stream) {
	tr, err := bitstream.NewTracker(s.codec, s.extradata)
	require.NoError(t, err)
	shown := 0
	var sizes []string
	ratios := map[string]bool{}
	for i, d := range s.packets {
		if x := s.reload[i]; x != nil {
			tr, err = bitstream.NewTracker(s.codec, x)
			require.NoError(t, err)
		}
		p, err := tr.Parse(d)
		if f.Expect == "decodes" {
			require.NoError(t, err, "packet %d", i)
		}
		if err == nil && keysOtherwise[f.Name] == "" {
			require.Equal(t, s.keys[i], p.Key || p.RandomAccess && s.codec == bitstream.CodecH264, "key flag of packet %d", i)
		}
		shown += p.Shown
		if p.Shown > 0 && p.Width > 0 {
			info, ok := tr.Info()
			require.True(t, ok)
			size := fmt.Sprintf("%dx%d %s", p.Width, p.Height, pixelFormat(info, f.FrameFormat()))
			if len(sizes) == 0 || sizes[len(sizes)-1] != size {
				sizes = append(sizes, size)
			}
			if info.SAR.Den != 0 {
				ratios[ratio(info.SAR)] = true
			}
			require.LessOrEqual(t, p.Width, info.MaxWidth)
			require.LessOrEqual(t, p.Height, info.MaxHeight)
			require.Equal(t, info.Width, info.CodedWidth-info.Crop.Left-info.Crop.Right)
			require.Equal(t, info.Height, info.CodedHeight-info.Crop.Top-info.Crop.Bottom)
		}
	}
	want := f.Derived.Frames
	if o, ok := shownOtherwise[f.Name]; ok {
		require.NotEqual(t, want, o.shown, "no exception any more: "+o.why)
		want = o.shown
	}
	require.Equal(t, want, shown, "shown frames")
	if s.codec != bitstream.CodecWMV3 { // its size is outside of the stream
		// The manifest has the first 40 changes.
		require.Equal(t, f.Derived.FrameFormats, sizes[:min(len(sizes), 40)], "sizes and formats in the order they come")
	}

	info, ok := tr.Info()
	require.True(t, ok)
	require.Equal(t, s.codec, info.Codec)
	if info.Profile >= 0 && s.codec != bitstream.CodecJPEG {
		require.Equal(t, s.par.Profile()&0xff, info.Profile, "profile")
	}
	if len(ratios) > 0 && f.Derived.SAR != "" && !containerSAR[f.Name] {
		require.Contains(t, ratios, f.Derived.SAR, "sample aspect ratio")
	}
	if r := info.Color.Range; r != bitstream.RangeUnspecified && f.Derived.ColorRange != "" {
		require.Equal(t, f.Derived.ColorRange, [...]string{"", "tv", "pc"}[r])
	}
}

// FrameFormat is the pixel format of the first frame.
func (f *mediaFile) FrameFormat() string {
	if len(f.Derived.FrameFormats) == 0 {
		return ""
	}
	_, s, _ := strings.Cut(f.Derived.FrameFormats[0], " ")
	return s
}

func ratio(r bitstream.Ratio) string {
	a, b := r.Num, r.Den
	for b != 0 {
		a, b = b, a%b
	}
	return fmt.Sprintf("%d:%d", r.Num/a, r.Den/a)
}

// pixelFormat names the format as libavcodec does; like tells spellings of the same.
func pixelFormat(i bitstream.Info, like string) string {
	s := [...]string{"gray", "yuv420p", "yuv422p", "yuv444p", "?"}[i.ChromaFormat]
	if i.Color.Matrix == 0 && i.ChromaFormat == 3 {
		s = "gbrp"
	}
	if i.Color.Range == bitstream.RangeFull && i.BitDepthLuma == 8 && strings.HasPrefix(like, "yuvj") {
		s = strings.Replace(s, "yuv", "yuvj", 1)
	}
	if i.BitDepthLuma > 8 {
		s += strconv.Itoa(int(i.BitDepthLuma)) + "le"
	}
	return s
}

// The clips of the repository, by the list of their frames.
func TestClips(t *testing.T) {
	testutils.FFmpeg(t)
	lists, err := filepath.Glob(filepath.Join(testutils.Root(), "testdata", "framemd5", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, lists)
	for _, list := range lists {
		name := strings.TrimSuffix(filepath.Base(list), ".framemd5")
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(list)
			require.NoError(t, err)
			frames := 0
			for sc := bufio.NewScanner(strings.NewReader(string(b))); sc.Scan(); {
				if l := sc.Text(); l != "" && l[0] != '#' {
					frames++
				}
			}
			s, err := readStream(t, testutils.Clip(t, name))
			require.NoError(t, err)
			tr, err := bitstream.NewTracker(s.codec, s.extradata)
			require.NoError(t, err)
			shown := 0
			for _, d := range s.packets {
				p, err := tr.Parse(d)
				require.NoError(t, err)
				shown += p.Shown
			}
			if name == "h264-editlist.mp4" {
				require.Equal(t, 48, frames)
				frames = 60 // without the edit list
			}
			require.Equal(t, frames, shown)
		})
	}
}

// However the pictures of an elementary stream are cut into packets, there are as many.
func TestWholeFile(t *testing.T) {
	dir, files := mediaFiles(t)
	for _, f := range files {
		ext := filepath.Ext(f.Name)
		var c bitstream.Codec
		switch {
		case strings.HasPrefix(f.Name, "h264-") && (ext == ".264" || ext == ".h264" || ext == ".jsv"):
			c = bitstream.CodecH264
		case strings.HasPrefix(f.Name, "hevc-") && (ext == ".265" || ext == ".h265" || ext == ".hevc" || ext == ".bin"):
			c = bitstream.CodecHEVC
		case ext == ".m2v":
			c = bitstream.CodecMPEG2
		case ext == ".cmp":
			c = bitstream.CodecMPEG4
		default:
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, f.Name))
		require.NoError(t, err)
		tr, err := bitstream.NewTracker(c, nil)
		require.NoError(t, err)
		p, err := tr.Parse(b)
		if f.Expect == "decodes" {
			require.NoError(t, err, f.Name)
		}
		want := f.Derived.Frames
		if o, ok := shownOtherwise[f.Name]; ok {
			want = o.shown
		}
		require.Equal(t, want, p.Shown, f.Name)
	}
}

// Every file of the corpus, as it is, is a packet of every codec: nothing panics, and
// what comes out can be used.
func TestGarbage(t *testing.T) {
	dir := testutils.Media(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		b = b[:min(len(b), 64<<10)]
		for c := bitstream.CodecH264; c <= bitstream.CodecJPEG; c++ {
			tr, _ := bitstream.NewTracker(c, b[:min(len(b), 2000)])
			require.NotNil(t, tr)
			for i := range 3 {
				p, _ := tr.Parse(b[i*min(len(b), 100)/3:])
				require.GreaterOrEqual(t, p.Shown, 0)
				// The headers say which of the two MPEG-1 and MPEG-2 it is.
				if info, ok := tr.Info(); ok && c != bitstream.CodecMPEG1 && c != bitstream.CodecMPEG2 {
					require.Equal(t, c, info.Codec)
				}
			}
		}
	}
}
