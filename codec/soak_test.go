package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// soakCount is how many files TestSoak opens: NVCODEC_SOAK, which make soak sets.
func soakCount(t *testing.T) int {
	if s := os.Getenv("NVCODEC_SOAK"); s != "" {
		n, err := strconv.Atoi(s)
		require.NoError(t, err)
		return n
	}
	if testing.Short() {
		return 100
	}
	return 400
}

// soakFiles are of all kinds, good and bad, small.
var soakFiles = []string{
	"h264.mkv", "hevc.mp4", "vp9.webm", "h264-crop.mp4", "hevc10.mkv", "vp8.webm", "h264-interlaced.ts", "mpeg2.ts", "h264-editlist.mp4",
	"mpeg4.avi", "h264-resize.ts", "hevc-444.mp4", "mjpeg.avi", "h264-444.mp4", "av1.mp4", "audio.m4a", "README.md", "nothing",
}

// TestSoak opens and closes files of all kinds over and over, in all ways, wholly decoded,
// partly, or not at all. After a warm-up nothing may grow: memory of the process, handles,
// goroutines.
func TestSoak(t *testing.T) {
	testutils.FFmpeg(t)
	n := soakCount(t)
	TrimCache()
	testutils.LeakCheck(t)
	t.Cleanup(TrimCache)
	warm := max(n/4, min(n, 400))
	var resident, goroutines int
	began := time.Now()
	for i := range warm + n {
		if i == warm {
			resident, goroutines = settle()
		}
		if err := soakOne(i); err != nil {
			t.Fatalf("round %d, %s: %v", i, soakFiles[i%len(soakFiles)], err)
		}
	}
	after, now := settle()
	t.Logf("%d files in %v; resident %d KiB after %d of them, %d at the end, %+.1f %%; goroutines %d, %d",
		warm+n, time.Since(began).Round(time.Millisecond), resident>>10, warm, after>>10, 100*float64(after-resident)/float64(resident), goroutines, now)
	require.LessOrEqual(t, now, goroutines)
	require.Zero(t, CacheStats().Open)
	require.Zero(t, live.Snapshot()["nvcuvid.Decoder"])
	limit := 1.05 * float64(resident)
	if n < 5000 {
		limit += 8 << 20 // what C's allocator and the simulator keep has not found its size yet
	}
	if !raceEnabled && resident > 0 { // the detector has memory of its own
		require.LessOrEqual(t, float64(after), limit, "resident memory")
	}
}

// soakOne works with one file, in the way that the round has.
func soakOne(i int) error {
	name := soakFiles[i%len(soakFiles)]
	bad := name == "audio.m4a" || name == "README.md" || name == "nothing"
	dem, err := Open(context.Background(), testutils.Root()+"/testdata/"+name, nil)
	if err != nil {
		if bad {
			return nil
		}
		return err
	}
	defer dem.Close()
	if bad {
		return errors.New("it was opened")
	}
	cfg := DecoderConfig{Threads: 1 + i%3}
	way := i / len(soakFiles) // each file in each way
	if way%4 == 3 {
		cfg.Device = CPU
	}
	if way%3 == 1 {
		cfg.Memory = frame.Host
	}
	switch way % 6 {
	case 5:
		return soakSimple(dem, cfg)
	case 0, 1:
		return soakDecoder(dem, &cfg, 1<<30)
	case 2:
		return soakDecoder(dem, &cfg, 3)
	case 3:
		return soakThreaded(dem, cfg, 1<<30)
	default:
		return soakThreaded(dem, cfg, 2)
	}
}

func soakDecoder(dem *Demuxer, cfg *DecoderConfig, limit int) (err error) {
	dec, err := NewDecoder(dem.Stream(), cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dec.Close(), dec.Close()) }()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return err
		}
		f.Release()
		if limit--; limit == 0 {
			break
		}
	}
	return nil
}

func soakSimple(dem *Demuxer, cfg DecoderConfig) (err error) {
	s, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: cfg})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, i := range []int{s.Len() / 2, 0, -1} {
		f, err := s.At(i)
		if err != nil {
			return err
		}
		f.Release()
	}
	return nil
}

func soakThreaded(dem *Demuxer, cfg DecoderConfig, limit int) (err error) {
	td, err := NewThreadedDecoder(dem, &ThreadedDecoderConfig{DecoderConfig: cfg, Buffer: 4})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, td.Close()) }()
	dst := make([]*frame.Frame, 3)
	for range limit {
		n, err := td.Read(context.Background(), dst)
		for _, f := range dst[:n] {
			f.Release()
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settle lets everything go that nobody needs, and returns the process's resident bytes,
// 0 where they cannot be read, and its goroutines.
func settle() (resident, goroutines int) {
	TrimCache()
	for range 20 {
		runtime.GC()
		time.Sleep(5 * time.Millisecond) // cleanups have a goroutine
	}
	debug.FreeOSMemory()
	trimC()
	return residentBytes(), runtime.NumGoroutine()
}

// trimC has glibc give back what nobody uses of its heap: blocks that live long among those
// of frames else keep it, and what is looked for is what is in use.
func trimC() {
	lib, err := abi.Open(abi.Spec{What: "the C library", Names: []string{"libc.so.6"}})
	if err != nil {
		return
	}
	if fn := abi.NewSymbols(lib).Want("malloc_trim"); fn != 0 {
		abi.NewCall().Begin().Int(0).Do32(fn)
	}
}

// residentBytes is the process's memory, 0 where it cannot be read.
func residentBytes() int {
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := strings.Fields(string(b)); len(f) > 1 {
			pages, _ := strconv.Atoi(f[1])
			return pages * os.Getpagesize()
		}
	}
	return 0
}

// A hundred readers at once, each with its own file, all finish with the right number of
// frames. NVCODEC_READERS says another number.
func TestManyReaders(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 4*time.Minute)
	readers := 100
	if testing.Short() || raceEnabled {
		readers = 40
	}
	if s := os.Getenv("NVCODEC_READERS"); s != "" {
		var err error
		readers, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		testManyReaders(t, cfg, readers)
	})
}

var errCount = errors.New("another number of frames")

func countThreaded(clip string, cfg DecoderConfig, want int) error {
	dem, err := Open(context.Background(), testutils.Root()+"/testdata/"+clip, nil)
	if err != nil {
		return err
	}
	defer dem.Close()
	td, err := NewThreadedDecoder(dem, &ThreadedDecoderConfig{DecoderConfig: cfg, Buffer: 3})
	if err != nil {
		return err
	}
	defer td.Close()
	n := 0
	for f, err := range td.Frames(context.Background()) {
		if err != nil {
			return err
		}
		if f.Index != n {
			err = fmt.Errorf("frame %d came as number %d", f.Index, n)
		}
		f.Release()
		if err != nil {
			return err
		}
		n++
	}
	if n != want {
		return fmt.Errorf("%s: %w: %d, want %d", clip, errCount, n, want)
	}
	return nil
}

// countSimple reads a file by pieces, so that its session may go to others in between.
func countSimple(clip string, cfg DecoderConfig, want int) error {
	dem, err := Open(context.Background(), testutils.Root()+"/testdata/"+clip, nil)
	if err != nil {
		return err
	}
	defer dem.Close()
	s, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: cfg})
	if err != nil {
		return err
	}
	defer s.Close()
	dst, n := make([]*frame.Frame, 7), 0
	for {
		got, err := s.Read(dst)
		for _, f := range dst[:got] {
			if f.Index != n && err == nil {
				err = fmt.Errorf("frame %d came as number %d", f.Index, n)
			}
			f.Release()
			n++
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if n != want {
		return fmt.Errorf("%s: %w: %d, want %d", clip, errCount, n, want)
	}
	return nil
}

func testManyReaders(t *testing.T, cfg DecoderConfig, readers int) {
	clips := []string{"h264.mkv", "hevc.mp4", "h264-opengop.mp4", "vp9.webm"}
	want := make([]int, len(clips))
	for i, c := range clips {
		want[i] = len(sequential(t, c, cfg))
	}
	for _, kind := range []struct {
		name  string
		count func(string, DecoderConfig, int) error
	}{{"SimpleDecoder", countSimple}, {"ThreadedDecoder", countThreaded}} {
		TrimCache()
		before := runtime.NumGoroutine()
		errs := make(chan error, readers)
		for i := range readers {
			go func() { errs <- kind.count(clips[i%len(clips)], cfg, want[i%len(clips)]) }()
		}
		most, left := 0, readers
		tick := time.NewTicker(time.Millisecond)
		for left > 0 {
			select {
			case err := <-errs:
				require.NoError(t, err, kind.name)
				left--
			case <-tick.C:
				most = max(most, CacheStats().Open)
			}
		}
		tick.Stop()
		TrimCache()
		t.Logf("%d of %s: at most %d sessions open at once", readers, kind.name, most)
		if limit := limitOf(cfg.Device); limit > 0 {
			require.LessOrEqual(t, most, limit, kind.name)
		}
		require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, 10*time.Second, 10*time.Millisecond)
	}
}

// limitOf is how many sessions readers may have on a device.
func limitOf(dev Device) int {
	n, ok := dev.Ordinal()
	schedulersMu.Lock()
	defer schedulersMu.Unlock()
	if s := schedulers[schedulerKey{device: cuda.Device(n)}]; ok && s != nil {
		return s.limit
	}
	return 0
}
