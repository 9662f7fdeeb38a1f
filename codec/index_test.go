package codec

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func scanFile(t testing.TB, path string) *Index {
	dem, err := Open(context.Background(), path, nil)
	require.NoError(t, err)
	defer dem.Close()
	x, err := dem.Scan(context.Background())
	require.NoError(t, err)
	return x
}

// TestIndexIsWhatDecodingGives compares number, times, durations and packets of all
// frames, as the scan of the packets tells them, with a decode of the whole file.
func TestIndexIsWhatDecodingGives(t *testing.T) {
	testutils.FFmpeg(t)
	var paths []string
	clips, err := filepath.Glob(filepath.Join(testutils.Root(), "testdata", "*.*"))
	require.NoError(t, err)
	for _, c := range clips {
		if ext := filepath.Ext(c); ext != ".md" && ext != ".m4a" {
			paths = append(paths, c)
		}
	}
	if dir := os.Getenv("NVCODEC_MEDIA"); dir != "" || !testing.Short() {
		dir = testutils.Media(t)
		for _, row := range mediaRows(t, dir) {
			if row.Expect == "decodes" {
				paths = append(paths, filepath.Join(dir, row.Name))
			}
		}
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			dem, err := Open(context.Background(), path, nil)
			require.NoError(t, err)
			defer dem.Close()
			x, err := dem.Scan(context.Background())
			require.NoError(t, err)
			// Scan left the demuxer at the start: the packets can be read again.
			k := 0
			for p, err := range dem.Packets() {
				require.NoError(t, err)
				require.Equal(t, x.Packet(k).Size, len(p.Data), "packet %d", k)
				k++
			}
			require.Equal(t, x.Packets(), k)

			fresh, err := Open(context.Background(), path, nil)
			require.NoError(t, err)
			defer fresh.Close()
			dec, err := NewDecoder(fresh.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar, Threads: 1})
			require.NoError(t, err)
			defer dec.Close()
			k = 0
			numbered := func(yield func(*Packet, error) bool) {
				for p, err := range fresh.Packets() {
					if p != nil {
						p.Pos = int64(k)
					}
					k++
					if !yield(p, err) {
						return
					}
				}
			}
			i := 0
			for f, err := range dec.Frames(numbered) {
				require.NoError(t, err)
				require.Less(t, i, x.Len())
				info := x.Frame(i)
				require.Equal(t, []int64{f.PTS, f.Duration, f.Pos}, []int64{info.PTS, info.Duration, int64(info.Packet)}, "frame %d: time, duration, packet", i)
				f.Release()
				i++
			}
			require.Equal(t, x.Len(), i)
			checkIndexTimes(t, x)
		})
	}
}

// checkIndexTimes wants IndexAt to be the reverse of Time.
func checkIndexTimes(t *testing.T, x *Index) {
	count := map[time.Duration]int{}
	for i := range x.Len() {
		count[x.Time(i)]++
	}
	for i := range x.Len() {
		if x.Frame(i).PTS == NoPTS {
			continue
		}
		at := x.Time(i)
		got, err := x.IndexAt(at)
		require.NoError(t, err, "frame %d at %v", i, at)
		if count[at] == 1 {
			require.Equal(t, i, got, "at %v", at)
		} else {
			require.Equal(t, at, x.Time(got))
		}
	}
}

func TestIndexAt(t *testing.T) {
	testutils.FFmpeg(t)
	x := scanFile(t, testutils.Clip(t, "h264-vfr.mkv"))
	require.Equal(t, 21, x.Len())
	for i := 1; i < x.Len(); i++ {
		gap := x.Time(i) - x.Time(i-1)
		require.Positive(t, gap)
		got, err := x.IndexAt(x.Time(i) - 1)
		require.NoError(t, err)
		require.Equal(t, i-1, got, "just before frame %d", i)
	}
	_, err := x.IndexAt(x.Time(0) - 1)
	require.ErrorIs(t, err, ErrRange)
	last := x.Len() - 1
	_, err = x.IndexAt(x.Time(last) + time.Hour)
	require.ErrorIs(t, err, ErrRange)
	got, err := x.IndexAt(x.Time(last) + 1)
	require.NoError(t, err)
	require.Equal(t, last, got)
	require.True(t, x.Metadata().Variable)

	// Times that do not rise with the frames, or are missing.
	y := &Index{info: indexInfo{TimeBase: frame.Rational{Num: 1, Den: 10}}, packets: make([]indexPacket, 1)}
	for _, pts := range []int64{5, 3, NoPTS, 3, 9} {
		y.frames = append(y.frames, indexFrame{pts: pts})
	}
	y.finish()
	for at, want := range map[time.Duration]int{300: 1, 400: 1, 500: 0, 899: 0, 900: 4, 1299: 4} {
		got, err := y.IndexAt(at * time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, want, got, "at %d ms", at)
	}
	_, err = y.IndexAt(299 * time.Millisecond)
	require.ErrorIs(t, err, ErrRange)
	_, err = (&Index{}).IndexAt(0)
	require.ErrorIs(t, err, ErrUnsupported)
}

func TestIndexSaved(t *testing.T) {
	testutils.FFmpeg(t)
	for _, clip := range []string{"demo.mp4", "h264-opengop.mp4", "h264-editlist.mp4", "h264-resize.h264", "h264-interlaced.ts", "vp9.webm", "mpeg4.avi"} {
		x := scanFile(t, testutils.Clip(t, clip))
		var b bytes.Buffer
		n, err := x.WriteTo(&b)
		require.NoError(t, err)
		require.EqualValues(t, b.Len(), n)
		saved := bytes.Clone(b.Bytes())
		require.Less(t, len(saved), 200+40*x.Packets()+2*len(bytes.Join(x.sets, nil)))
		y, err := ReadIndex(&b)
		require.NoError(t, err)
		require.Equal(t, x.Metadata(), y.Metadata())
		if len(x.sets) == 0 {
			y.sets = nil
		}
		require.Equal(t, x, y, clip)

		// Any byte that is changed, and any length, is noticed.
		for _, at := range []int{0, len(indexMagic), len(indexMagic) + 1, len(saved) / 2, len(saved) - 1} {
			bad := bytes.Clone(saved)
			bad[at] ^= 0x55
			_, err := ReadIndex(bytes.NewReader(bad))
			require.ErrorIs(t, err, ErrCorrupt)
		}
		for n := range min(len(saved), 100) {
			require.ErrorIs(t, new(Index).UnmarshalBinary(saved[:n]), ErrCorrupt)
		}
	}
	require.ErrorIs(t, new(Index).UnmarshalBinary(nil), ErrCorrupt)
}

func TestScanEnds(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dem, err := Open(context.Background(), testutils.Clip(t, "demo.mp4"), nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	cancel(why)
	_, err = dem.Scan(ctx)
	require.ErrorIs(t, err, why)
	// It can be scanned all the same afterwards, from wherever it is.
	var p Packet
	require.NoError(t, dem.ReadPacket(&p))
	x, err := dem.Scan(context.Background())
	require.NoError(t, err)
	require.Equal(t, 300, x.Len())
	require.Equal(t, 300, x.Packets())
	require.NoError(t, dem.Close())
	_, err = dem.Scan(context.Background())
	require.ErrorIs(t, err, ErrClosed)
	_, err = (*Demuxer)(nil).Scan(context.Background())
	require.ErrorIs(t, err, ErrNoVideo)
}

// TestScanReader scans what cannot be moved in, once.
func TestScanReader(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	f, err := os.Open(testutils.Clip(t, "mpeg2.ts"))
	require.NoError(t, err)
	defer f.Close()
	dem, err := NewDemuxer(struct{ io.Reader }{f}, nil)
	require.NoError(t, err)
	defer dem.Close()
	x, err := dem.Scan(context.Background())
	require.NoError(t, err)
	require.Equal(t, 25, x.Len())
	_, err = dem.Scan(context.Background())
	require.Error(t, err)
}

func FuzzIndex(f *testing.F) {
	for _, clip := range []string{"h264-opengop.mp4", "h264-resize.h264"} {
		if avformatMissing() {
			continue
		}
		b, err := scanFile(f, testutils.Clip(f, clip)).MarshalBinary()
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// The checksum would turn all away.
		if len(b) > len(indexMagic)+1+4 {
			b = bytes.Clone(b)
			copy(b, indexMagic)
			b[len(indexMagic)] = indexVersion
			sealIndex(b)
		}
		x := new(Index)
		if err := x.UnmarshalBinary(b); err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		x.Metadata()
		for i := range x.Len() {
			x.Frame(i)
			x.IndexAt(x.Time(i))
		}
		c, err := x.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, new(Index).UnmarshalBinary(c))
	})
}

func TestScanInBackground(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	ctx := context.Background()
	path := testutils.Clip(t, "demo.mp4")
	s := ScanInBackground(ctx, path, nil)
	x, err := s.Wait(ctx)
	require.NoError(t, err)
	require.Equal(t, scanFile(t, path), x)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	again, err := s.Wait(ctx)
	require.NoError(t, err)
	require.Same(t, x, again)

	// One that never gets what it waits for.
	fifo := blockedFile(t)
	s = ScanInBackground(ctx, fifo, &DemuxerConfig{Network: true})
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, err = s.Wait(short)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, s.Close())
	_, err = s.Wait(ctx)
	require.Error(t, err)

	s = ScanInBackground(ctx, filepath.Join(t.TempDir(), "none.mp4"), nil)
	<-s.Done()
	_, err = s.Wait(ctx)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, (*BackgroundScan)(nil).Close())
}

// blockedFile is an address that is connected to and never answers.
func blockedFile(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return "tcp://" + l.Addr().String()
}
