package avformat

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// decodeRow is what the manifest says of a file's frames.
type decodeRow struct {
	Name     string   `json:"name"`
	Features []string `json:"features"`
	Expect   string   `json:"expect"`
	Varies   bool     `json:"version_dependent"`
	Derived  struct {
		Frames  int      `json:"frames"`
		MD5     string   `json:"md5_raw"`
		Formats []string `json:"frame_formats"`
		Width   int      `json:"width"`
		Height  int      `json:"height"`

		PictTypes string         `json:"pict_types"`
		Keys      int            `json:"key_frames"`
		Fields    int            `json:"interlaced_frames"`
		TopFirst  int            `json:"top_field_first_frames"`
		Repeats   int            `json:"repeat_pict_frames"`
		Colors    []string       `json:"frame_color"`
		SideData  map[string]int `json:"frame_side_data"`
	} `json:"derived"`
}

// small leaves out the dozens of files that take most of the time.
func (r *decodeRow) small() bool {
	return r.Derived.Width*r.Derived.Height*r.Derived.Frames <= 40_000_000
}

func decodeRows(t testing.TB) (dir string, rows []decodeRow) {
	t.Helper()
	testutils.FFmpeg(t)
	dir = testutils.Media(t)
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	var m struct {
		Files []decodeRow `json:"files"`
	}
	require.NoError(t, json.Unmarshal(b, &m))
	require.Greater(t, len(m.Files), 200)
	if raceEnabled {
		m.Files = slices.DeleteFunc(m.Files, func(r decodeRow) bool { return !r.small() })
	}
	return dir, m.Files
}

// decoded is what came out of a file.
type decoded struct {
	frames  int
	formats []string // as they change
	md5     string
	list    []probeFrame
	errs    []error // of the stream; decoding went on behind them
	props   props
}

// props sums up what frames say of themselves, as the manifest does.
type props struct {
	PictTypes                       string
	Keys, Fields, TopFirst, Repeats int
	Colors                          []string
	SideData                        map[string]int
}

func (d *decoded) err() error { return errors.Join(d.errs...) }

// decodeFile decodes the first video stream as the ffmpeg program does: what is
// wrong with a packet is remembered, and the next follows.
func decodeFile(path string, opt DecoderOptions) (d decoded, err error) {
	in, err := OpenInput(context.Background(), path, nil)
	if err != nil {
		return d, err
	}
	defer in.Close()
	video := firstVideo(in)
	if video == nil {
		return d, errNoVideo
	}
	opt.TimeBase = video.TimeBase
	dec, err := NewDecoder(video.Parameters, &opt)
	if err != nil {
		return d, err
	}
	defer dec.Close()
	p, err := NewPacket()
	if err != nil {
		return d, err
	}
	defer p.Close()
	f, err := NewFrame()
	if err != nil {
		return d, err
	}
	defer f.Close()
	sum := md5.New()
	for end := false; !end; {
		if err := in.ReadPacket(p); err != nil {
			if end = true; err != io.EOF {
				d.errs = append(d.errs, err)
			}
			if err := dec.Send(nil); err != nil {
				return d, err
			}
		} else {
			if p.Stream() != video.Index {
				continue
			}
			if err := dec.Send(p); err != nil {
				d.errs = append(d.errs, err)
				continue
			}
		}
		for failures := 0; failures < 100; {
			err := dec.Receive(f)
			switch {
			case err == nil:
				d.add(f, sum)
				continue
			case err == ErrAgain || err == io.EOF:
			default:
				d.errs = append(d.errs, err)
				if end {
					failures++
					continue
				}
			}
			break
		}
	}
	if d.frames == 0 && len(d.errs) == 0 {
		return d, errNoFrames
	}
	d.md5 = hex.EncodeToString(sum.Sum(nil))
	return d, nil
}

var (
	errNoVideo  = errors.New("no video stream")
	errNoFrames = errors.New("no frame in the stream")
)

func (d *decoded) add(f *Frame, sum hash.Hash) {
	d.frames++
	d.list = append(d.list, probed(f))
	d.formats = change(d.formats, fmt.Sprintf("%dx%d %v", f.Width(), f.Height(), f.Format()))
	hashFrame(sum, f)

	p := &d.props
	if p.SideData == nil {
		p.SideData = map[string]int{}
	}
	p.PictTypes += f.PictureType().String()
	p.Keys += count(f.Key())
	p.Fields += count(f.Interlaced())
	p.TopFirst += count(f.Interlaced() && f.TopFieldFirst())
	p.Repeats += count(f.RepeatFields() > 0)
	for k := range f.SideData {
		p.SideData[k.String()]++
	}
	c := f.Color()
	name := func(fn uintptr, v int) string {
		if s := abi.GoString(call1(fn, uintptr(v))); s != "unknown" && s != "" {
			return s
		}
		return "None"
	}
	p.Colors = change(p.Colors, name(ff.fn.avColorRangeName, c.Range)+"/"+name(ff.fn.avColorSpaceName, c.Matrix)+"/"+
		name(ff.fn.avColorPrimariesName, c.Primaries)+"/"+name(ff.fn.avColorTransferName, c.Transfer))
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// change appends s if it is not what is there last.
func change(list []string, s string) []string {
	if len(list) > 0 && list[len(list)-1] == s {
		return list
	}
	return append(list, s)
}

// pictTypes counts letters as the manifest does: I1P9.
func pictTypes(s string) (out string) {
	n := map[rune]int{}
	for _, r := range s {
		n[r]++
	}
	for _, r := range slices.Sorted(maps.Keys(n)) {
		out += fmt.Sprint(string(r), n[r])
	}
	return out
}

// hashFrame hashes the picture as AppendBytes gives it, without the copy.
func hashFrame(h io.Writer, f *Frame) {
	for p := range f.Planes() {
		rowBytes, rows := f.PlaneSize(p)
		if f.Linesize(p) == rowBytes {
			h.Write(f.Plane(p))
			continue
		}
		for y := range rows {
			h.Write(f.Row(p, y))
		}
	}
}

// release is true for the FFmpeg that made the manifest.
func manifestRelease() bool { return ff.version.AVFormat.Major == 59 }

// TestCorpusDecode is the promise of the right frame: every file of the corpus gives
// the same number of frames with the same bytes as the ffmpeg program.
func TestCorpusDecode(t *testing.T) {
	dir, rows := decodeRows(t)
	testutils.LeakCheck(t)
	t.Run("files", func(t *testing.T) {
		for _, row := range rows {
			t.Run(row.Name, func(t *testing.T) {
				t.Parallel()
				d, err := decodeFile(filepath.Join(dir, row.Name), DecoderOptions{Threads: 1})
				compareDecoded(t, &row, d, err)
			})
		}
	})
}

// Frame threads and slice threads give the same frames.
func TestCorpusDecodeThreads(t *testing.T) {
	dir, rows := decodeRows(t)
	testutils.Short(t)
	for i, row := range rows {
		if row.Expect != "decodes" || !row.small() {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			d, err := decodeFile(filepath.Join(dir, row.Name), DecoderOptions{Threads: 2 + i%3, SliceThreads: i%4 == 0})
			compareDecoded(t, &row, d, err)
		})
	}
}

// decodesOtherwise lists files that some other release than 5.1 decodes to something
// else though nothing is wrong with them, and why.
var decodesOtherwise = map[string]string{
	"msmpeg4v3-asf-bear.asf": "in 8 and 9, 54 samples differ by one; the format leaves the inverse transform open",
}

func compareDecoded(t *testing.T, row *decodeRow, d decoded, err error) {
	t.Helper()
	_, other := decodesOtherwise[row.Name]
	other = other && !manifestRelease() || testutils.OpenTransform(row.Name)
	if _, ok := otherwise[row.Name]; ok && err != nil && !manifestRelease() {
		return // no demuxer for it
	}
	switch row.Expect {
	case "decodes", "decodes with errors logged":
		require.NoError(t, err)
		if other && len(d.errs) == 0 {
			require.Equal(t, row.Derived.Frames, d.frames)
			return
		}
		if (!manifestRelease() || runtime.GOARCH != "amd64") && (row.Varies || len(d.errs) > 0 || row.Expect != "decodes") {
			require.NotZero(t, d.frames)
			return // concealment differs between releases and machines
		}
		require.Equal(t, row.Derived.Frames, d.frames, "frames; errors: %v", d.err())
		require.Equal(t, row.Derived.Formats, d.formats[:min(40, len(d.formats))]) // the manifest stops there
		require.Equal(t, row.Derived.MD5, d.md5)
		if manifestRelease() {
			w, g := &row.Derived, d.props
			g.PictTypes = pictTypes(g.PictTypes)
			require.Equal(t, props{w.PictTypes, w.Keys, w.Fields, w.TopFirst, w.Repeats, w.Colors, w.SideData}, g)
		}
	case "no video stream":
		require.ErrorIs(t, err, errNoVideo)
	default:
		require.Zero(t, d.frames)
		require.Error(t, errors.Join(err, d.err()), "neither frames nor an error")
		t.Log(errors.Join(err, d.err()))
	}
}
