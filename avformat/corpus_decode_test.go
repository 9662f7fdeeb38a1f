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
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

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
	} `json:"derived"`
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
	return dir, m.Files
}

// decoded is what came out of a file.
type decoded struct {
	frames  int
	formats []string // in the order in which they came
	md5     string
	times   []int64
	errs    []error // of the stream; decoding went on behind them
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
	d.md5 = hex.EncodeToString(sum.Sum(nil))
	return d, nil
}

var errNoVideo = errors.New("no video stream")

func (d *decoded) add(f *Frame, sum hash.Hash) {
	d.frames++
	d.times = append(d.times, f.PTS())
	if n := fmt.Sprintf("%dx%d %v", f.Width(), f.Height(), f.Format()); !slices.Contains(d.formats, n) {
		d.formats = append(d.formats, n)
	}
	hashFrame(sum, f)
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

func compareDecoded(t *testing.T, row *decodeRow, d decoded, err error) {
	t.Helper()
	switch row.Expect {
	case "decodes", "decodes with errors logged":
		require.NoError(t, err)
		if !manifestRelease() && (row.Varies || len(d.errs) > 0 || row.Expect != "decodes") {
			require.NotZero(t, d.frames)
			return // concealment differs between releases
		}
		require.Equal(t, row.Derived.Frames, d.frames, "frames; errors: %v", d.err())
		require.Equal(t, row.Derived.Formats, d.formats)
		require.Equal(t, row.Derived.MD5, d.md5)
	case "no video stream":
		require.ErrorIs(t, err, errNoVideo)
	default:
		require.Zero(t, d.frames)
		require.Error(t, errors.Join(err, d.err()), "neither frames nor an error")
		t.Log(errors.Join(err, d.err()))
	}
}
