package avformat

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// derived is what ffprobe 5.1 says of a file (manifest.json).
type derived struct {
	Bytes          int64    `json:"bytes"`
	ProbeOK        bool     `json:"probe_ok"`
	Container      string   `json:"container"`
	Duration       *float64 `json:"duration"`
	StartTime      *float64 `json:"start_time"`
	Streams        string   `json:"streams"`
	Codec          string   `json:"codec"`
	Profile        string   `json:"profile"`
	Level          int      `json:"level"`
	Width          int      `json:"width"`
	Height         int      `json:"height"`
	PixFmt         string   `json:"pix_fmt"`
	HasBFrames     int      `json:"has_b_frames"`
	SAR            *string  `json:"sar"`
	RFrameRate     string   `json:"r_frame_rate"`
	AvgFrameRate   string   `json:"avg_frame_rate"`
	TimeBase       string   `json:"time_base"`
	ColorRange     *string  `json:"color_range"`
	ColorSpace     *string  `json:"color_space"`
	ColorTransfer  *string  `json:"color_transfer"`
	ColorPrimaries *string  `json:"color_primaries"`
	ChromaLocation *string  `json:"chroma_location"`
	Rotation       *float64 `json:"rotation"`
	SideData       []string `json:"stream_side_data"`
	FramesProbe    int      `json:"frames_ffprobe"`
	Packets        *int     `json:"packets"`
}

type mediaFile struct {
	Name     string   `json:"name"`
	Expect   string   `json:"expect"`
	Features []string `json:"features"`
	Derived  derived  `json:"derived"`
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

// otherwise lists files that some other release than 5.1 sees otherwise, and how.
var otherwise = map[string]string{
	"av1-obu-bbb-176x144.av1":           "4.3 has no obu demuxer",
	"av1-vector-section5-300x300.obu":   "4.3 has no obu demuxer",
	"vp8-webm-projection-rot90-1f.webm": "4.3 does not read the projection",
	"hevc-mp4-nasa-main10-pq.mp4":       "from 8 on the container's colours go before the stream's",
	"hevc-mp4-phone-1080p-rot90.mp4":    "from 8 on the container's colours go before the stream's",
}

func TestCorpus(t *testing.T) {
	dir, files := mediaFiles(t)
	testutils.LeakCheck(t)
	for _, f := range files {
		t.Run(f.Name, func(t *testing.T) {
			path := filepath.Join(dir, f.Name)
			in, err := OpenInput(context.Background(), path, nil)
			if _, ok := otherwise[f.Name]; ff.version.AVFormat.Major != 59 && (ok || strings.HasPrefix(f.Name, "broken")) {
				if err == nil {
					tryDescribe(in)
				}
				in.Close()
				return
			}
			if !f.Derived.ProbeOK {
				t.Log("not probed:", err)
				in.Close()
				return
			}
			require.NoError(t, err)
			defer in.Close()
			compareManifest(t, in, &f.Derived)
			fromPath, packets := describe(t, in)
			if v := firstVideo(in); v != nil && f.Derived.Packets != nil {
				require.Equal(t, *f.Derived.Packets, packets[v.Index], "packets")
			}
			if strings.HasSuffix(f.Name, ".jpg") || f.Name == "broken-hevc-pps-only.265" {
				return // the demuxer is chosen by the name here, and a reader has none
			}

			r, err := os.Open(path)
			require.NoError(t, err)
			defer r.Close()
			in2, err := OpenReader(context.Background(), r, &InputOptions{Protocols: "file,crypto,data"})
			require.NoError(t, err)
			defer in2.Close()
			fromReader, _ := describe(t, in2)
			require.Equal(t, fromPath, fromReader, "a reader gives something else than the path")
		})
	}
}

// describe reads all packets and sums them up.
func describe(t testing.TB, in *Input) (text string, packets map[int]int) {
	t.Helper()
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	var b strings.Builder
	for _, s := range in.Streams() {
		fmt.Fprintf(&b, "%d %v %s %v %d %d %dx%d %s\n", s.Index, s.Type, s.Codec, s.TimeBase, s.Start, s.Duration, s.Parameters.Width(), s.Parameters.Height(), s.Parameters.Format())
	}
	type sum struct {
		n, bytes, keys int
		hash           uint64
	}
	sums := map[int]*sum{}
	packets = map[int]int{}
	for {
		err := in.ReadPacket(p)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		x := p.Times()
		s := sums[x.Stream]
		if s == nil {
			s = &sum{}
			sums[x.Stream] = s
		}
		s.n++
		s.bytes += len(p.Data())
		if p.Key() {
			s.keys++
		}
		for _, v := range []int64{x.PTS, x.DTS, x.Duration, x.Pos, int64(x.Flags)} {
			s.hash = s.hash*1099511628211 + uint64(v)
		}
		for _, v := range p.Data() {
			s.hash = s.hash*1099511628211 + uint64(v)
		}
	}
	for i := range in.Streams() {
		if s := sums[i]; s != nil {
			packets[i] = s.n
			fmt.Fprintf(&b, "%d: %+v\n", i, *s)
		}
	}
	return b.String(), packets
}

// tryDescribe reads what can be read.
func tryDescribe(in *Input) {
	p, err := NewPacket()
	if err != nil {
		return
	}
	defer p.Close()
	for in.ReadPacket(p) == nil {
	}
}

func firstVideo(in *Input) *Stream {
	for i := range in.Streams() {
		if s := &in.Streams()[i]; s.Type == MediaVideo {
			return s
		}
	}
	return nil
}

func compareManifest(t *testing.T, in *Input, d *derived) {
	info, err := in.Info()
	require.NoError(t, err)
	var list []string
	video := firstVideo(in)
	for i := range in.Streams() {
		s := &in.Streams()[i]
		name := s.Codec
		if name == "none" { // ffprobe prints the container's own name
			name = fourcc(s.Parameters.Tag())
		}
		list = append(list, s.Type.String()[:1]+":"+name)
	}
	want := map[string]any{"container": d.Container, "streams": d.Streams}
	got := map[string]any{"container": info.Format.Name, "streams": strings.Join(list, ",")}
	if video != nil && d.Codec != "" {
		par := video.Parameters
		c := par.Color()
		str := func(fn uintptr, v int) string { return abi.GoString(call1(fn, uintptr(v))) }
		rat := func(r Rational) string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }
		add := func(name string, w, g any) { want[name], got[name] = w, g }
		opt := func(name string, w *string, g string) {
			if w != nil {
				add(name, *w, g)
			}
		}
		add("codec", d.Codec, video.Codec)
		profile := par.ProfileName()
		if profile == "" {
			profile = strconv.Itoa(par.Profile())
		}
		if d.Profile != "" {
			add("profile", d.Profile, profile)
		}
		add("level", d.Level, par.Level())
		add("size", [2]int{d.Width, d.Height}, [2]int{par.Width(), par.Height()})
		add("pix_fmt", d.PixFmt, par.Format())
		add("delay", d.HasBFrames, par.VideoDelay())
		add("time_base", d.TimeBase, rat(video.TimeBase))
		add("r_frame_rate", d.RFrameRate, rat(video.RealRate))
		add("avg_frame_rate", d.AvgFrameRate, rat(video.AvgRate))
		opt("range", d.ColorRange, str(ff.fn.avColorRangeName, c.Range))
		opt("space", d.ColorSpace, str(ff.fn.avColorSpaceName, c.Matrix))
		opt("transfer", d.ColorTransfer, str(ff.fn.avColorTransferName, c.Transfer))
		opt("primaries", d.ColorPrimaries, str(ff.fn.avColorPrimariesName, c.Primaries))
		opt("chroma", d.ChromaLocation, str(ff.fn.avChromaLocationName, c.ChromaLocation))
		if d.Rotation != nil && math.Abs(*d.Rotation) <= 360 {
			cw := -*d.Rotation
			if cw < 0 {
				cw += 360
			}
			add("rotation", cw, video.Rotation)
		}
	}
	if ff.version.AVFormat.Major != 59 {
		// The manifest was made with 5.1; these came out otherwise before or after.
		for _, k := range []string{"avg_frame_rate", "r_frame_rate", "delay", "level", "profile", "pix_fmt", "chroma", "range", "container"} {
			delete(want, k)
			delete(got, k)
		}
	}
	require.Equal(t, want, got)
}

// fourcc prints a tag as FFmpeg does.
func fourcc(tag uint32) string {
	var b strings.Builder
	for range 4 {
		if c := byte(tag); c >= ' ' && c < 127 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "[%d]", c)
		}
		tag >>= 8
	}
	return b.String()
}
