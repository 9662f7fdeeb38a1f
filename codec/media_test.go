package codec

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A mediaRow is what the corpus' manifest says of a file.
type mediaRow struct {
	Name             string   `json:"name"`
	Features         []string `json:"features"`
	Expect           string   `json:"expect"`
	VersionDependent any      `json:"version_dependent"`
	Derived          struct {
		Codec       string `json:"codec"`
		PixelFormat string `json:"pix_fmt"`
		Frames      int    `json:"frames"`
		MD5         string `json:"md5_raw"`
	} `json:"derived"`
}

func mediaRows(t *testing.T, dir string) []mediaRow {
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	var m struct {
		Files []mediaRow `json:"files"`
	}
	require.NoError(t, json.Unmarshal(b, &m))
	require.NotEmpty(t, m.Files)
	m.Files = slices.DeleteFunc(m.Files, func(r mediaRow) bool { return lacksDemuxer(t, dir, r.Name) })
	if testing.Short() { // the race detector makes everything ten times as slow
		few := m.Files[:0]
		for i, f := range m.Files {
			if i%12 == 5 {
				few = append(few, f)
			}
		}
		return few
	}
	return m.Files
}

// lacksDemuxer is true for files that the loaded FFmpeg cannot read: FFmpeg 4.3 has no
// demuxer for AV1's Section 5. Then that is an error, and not an empty film.
func lacksDemuxer(t *testing.T, dir, name string) bool {
	v, err := avformat.Load()
	require.NoError(t, err)
	if v.AVFormat.Major != 58 || v.AVFormat.Minor >= 51 || name != "av1-obu-bbb-176x144.av1" && name != "av1-vector-section5-300x300.obu" {
		return false
	}
	n, _, err := decodeAll(filepath.Join(dir, name), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
	require.Error(t, err, name)
	require.Zero(t, n, name)
	return true
}

// decodedOtherwise are files whose samples are not the same in the majors from, to as in
// that of the manifest (59), and why.
var decodedOtherwise = map[string]struct {
	from, to int
	why      string
}{
	"broken-h264-mp4-no-timescale.mp4":            {58, 58, "damage is concealed in another way"},
	"broken-h264-mp4-corrupted-decord.mp4":        {58, 58, "damage is concealed in another way"},
	"broken-h264-mp4-annexb-truncated-100000.mp4": {58, 58, "the packet that is cut off is an error of the container"},
	"msmpeg4v3-asf-bear.asf":                      {62, 63, "54 samples differ by one: the format leaves the inverse transform open"},
}

// decodeAll decodes the first video stream of a file, as the checksums were made, and
// returns the number of frames and the MD5 of all their bytes.
func decodeAll(path string, cfg *DecoderConfig) (frames int, sum string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dem, err := Open(ctx, path, nil)
	if err != nil {
		return 0, "", err
	}
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), cfg)
	if err != nil {
		return 0, "", err
	}
	defer dec.Close()
	h := md5.New()
	frames, err = hashFrames(dec, dem, h)
	return frames, hex.EncodeToString(h.Sum(nil)), err
}

func hashFrames(dec *Decoder, dem *Demuxer, h hash.Hash) (n int, err error) {
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return n, err
		}
		_, err = f.WritePlanar(h)
		f.Release()
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// TestMediaOnCPU holds the CPU engine to the corpus: every frame that FFmpeg gives,
// bit by bit; a clear error where there is nothing to give.
func TestMediaOnCPU(t *testing.T) {
	testutils.FFmpeg(t)
	dir := testutils.Media(t)
	for _, layout := range []Layout{LayoutPlanar, LayoutNative} {
		t.Run(layout.String(), func(t *testing.T) {
			for _, row := range mediaRows(t, dir) {
				t.Run(row.Name, func(t *testing.T) {
					t.Parallel()
					cfg := &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: layout}
					checkRow(t, dir, row, cfg)
				})
			}
		})
	}
}

func checkRow(t *testing.T, dir string, row mediaRow, cfg *DecoderConfig) {
	n, sum, err := decodeAll(filepath.Join(dir, row.Name), cfg)
	v, loadErr := avformat.Load()
	require.NoError(t, loadErr)
	o := decodedOtherwise[row.Name]
	otherwise := o.why != "" && o.from <= v.AVFormat.Major && v.AVFormat.Major <= o.to
	switch row.Expect {
	case "no video stream":
		require.ErrorIs(t, err, ErrNoVideo)
		return
	case "error expected":
		require.Error(t, err)
		require.Zero(t, n, "frames came out")
		require.NotContains(t, err.Error(), "panic")
		return
	case "decodes":
		require.NoError(t, err)
	case "decodes with errors logged":
		if err != nil && !(otherwise && errors.Is(err, avformat.ErrInvalidData)) {
			require.ErrorIs(t, err, ErrCorrupt)
		}
	default:
		t.Fatalf("manifest says %q", row.Expect)
	}
	if otherwise {
		t.Logf("%d frames; %s", n, o.why)
		require.InDelta(t, row.Derived.Frames, n, 1, "frames (%v)", err)
		require.NotEqual(t, row.Derived.MD5, sum, "it is the same by now")
		return
	}
	require.Equal(t, row.Derived.Frames, n, "frames (%v)", err)
	if cfg.Layout == LayoutNative && strings.HasPrefix(row.Derived.PixelFormat, "gray") {
		return // the hardware's layout has chroma, which the checksum has not
	}
	if testutils.OpenTransform(row.Name) {
		return
	}
	if row.VersionDependent == nil || row.Expect == "decodes" {
		require.Equal(t, row.Derived.MD5, sum, "MD5 of all frames")
	}
}

// TestMediaErrorsTell wants words for every file that has no video to give.
func TestMediaErrorsTell(t *testing.T) {
	testutils.FFmpeg(t)
	dir := testutils.Media(t)
	testutils.LeakCheck(t)
	for _, row := range mediaRows(t, dir) {
		if row.Expect != "error expected" && row.Expect != "no video stream" {
			continue
		}
		n, _, err := decodeAll(filepath.Join(dir, row.Name), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
		require.Error(t, err, row.Name)
		require.Zero(t, n, row.Name)
		var e *Error
		require.True(t, errors.As(err, &e), "%s: %v", row.Name, err)
		t.Logf("%s: %v", row.Name, err)
	}
}
