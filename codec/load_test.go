package codec

import (
	"crypto/md5"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/live"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

const loadWorkers = 16

// loadTime is how long TestMixedLoad works: NVCODEC_LOAD, for example 30m. Without it, it is
// short, and only counts are judged.
func loadTime(t *testing.T) time.Duration {
	if s := os.Getenv("NVCODEC_LOAD"); s != "" {
		d, err := time.ParseDuration(s)
		require.NoError(t, err)
		return d
	}
	if testing.Short() || raceEnabled {
		return time.Second
	}
	return 2 * time.Second
}

// loadFiles are of the codecs whose frames are the same everywhere.
var loadFiles = []string{
	"h264.mkv", "hevc.mp4", "vp9.webm", "h264-opengop.mp4", "hevc10.mkv", "vp8.webm", "h264-resize.ts", "av1.mp4", "h264-editlist.mp4", "h264-crop.mp4",
}

// TestMixedLoad has 16 goroutines do everything that the package is for, by random
// numbers: decode, random access, read ahead, convert, encode and transcode, wholly, cancelled
// in the middle and closed from elsewhere. Frames are the CPU's all the time. Every now and
// then all rest, and then nothing may be left of what was done: handles, goroutines, files,
// device memory, memory of the process.
//
// NVCODEC_LOAD says how long. NVCODEC_LOAD_SEED gives other random numbers, and
// NVCODEC_LOAD_ENCODE=0 leaves out encoding, where FFmpeg has no encoder.
func TestMixedLoad(t *testing.T) {
	testutils.FFmpeg(t)
	d := loadTime(t)
	testutils.Watchdog(t, d+4*time.Minute)
	TrimCache()
	testutils.LeakCheck(t)
	t.Cleanup(TrimCache)
	l := &load{began: time.Now(), encoder: loadEncoder(t), clips: loadClips(t), ops: make([]atomic.Int64, len(loadOps)), failed: make(chan error, loadWorkers)}
	l.gpu = deviceThere()
	settle()
	l.atStart, _ = loadHandles()
	seed := uint64(10)
	if s := os.Getenv("NVCODEC_LOAD_SEED"); s != "" {
		_, err := fmt.Sscan(s, &seed)
		require.NoError(t, err)
	}
	stop, slots := make(chan struct{}), make(chan struct{}, 4)
	var workers sync.WaitGroup
	for i := range loadWorkers {
		w := &loadWorker{Rand: rand.New(rand.NewPCG(seed, uint64(i))), clips: l.clips, dir: t.TempDir(), encoder: l.encoder, slots: slots}
		workers.Go(func() { l.work(w, stop) })
	}
	end := sync.OnceFunc(func() {
		close(stop)
		workers.Wait()
	})
	t.Cleanup(end)
	l.watch(t, d)
	end()
	l.judge(t, d)
}

// A load is what TestMixedLoad knows.
type load struct {
	began   time.Time
	encoder Device
	gpu     bool
	clips   []loadClip
	ops     []atomic.Int64 // by loadOps
	failed  chan error
	rest    sync.RWMutex // a worker at work holds it for reading
	atStart map[string]int64

	samples []loadSample // at work
	rests   []loadSample
	warm    time.Duration // the samples from then on count
}

// A loadSample is what the process has at a time.
type loadSample struct {
	at                        time.Duration
	resident, heap            int // bytes; heap is Go's
	goroutines, handles       int
	files, sessions, idle     int
	device                    int64 // bytes of the GPU's memory in use
	creations, hits, failures int64
	ops                       int64
}

const loadHead = "   seconds  work done   MiB: process  Go heap  device  goroutines  handles  files  sessions (idle)  made  used again"

func (s *loadSample) String() string {
	return fmt.Sprintf("%10.1f %10d %14.1f %8.1f %7.1f %11d %8d %6d %9d %6d %5d %11d", s.at.Seconds(), s.ops,
		float64(s.resident)/(1<<20), float64(s.heap)/(1<<20), float64(s.device)/(1<<20), s.goroutines, s.handles, s.files, s.sessions, s.idle, s.creations, s.hits)
}

// loadEncoder is where it can be encoded: a GPU, else the CPU, else nowhere, Auto.
func loadEncoder(t *testing.T) Device {
	if devices, err := cuda.Devices(); err == nil {
		for i := range devices {
			if c, err := EncodeCaps(GPU(i), H264); err == nil && c.Supported {
				return GPU(i)
			}
		}
	}
	if os.Getenv("NVCODEC_LOAD_ENCODE") == "0" {
		return Auto
	}
	c, err := EncodeCaps(CPU, H264)
	require.NoError(t, err)
	if !c.Supported {
		return Auto
	}
	return CPU
}

func deviceThere() bool {
	devices, err := cuda.Devices()
	return err == nil && len(devices) > 0
}

// loadClips reads all files once, on the CPU.
func loadClips(t *testing.T) (clips []loadClip) {
	for _, name := range loadFiles {
		c := loadClip{name: name, any: map[[md5.Size]byte]bool{}}
		dem := openQuietly(t, name)
		dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
		require.NoError(t, err)
		c.plain = dem.Stream().BitDepth == 8
		width := 0
		for f, err := range dec.Frames(dem.Packets()) {
			require.NoError(t, err)
			b, err := f.AppendPlanar(nil)
			require.NoError(t, err)
			c.sums = append(c.sums, md5.Sum(b))
			c.any[c.sums[len(c.sums)-1]] = true
			c.plain = c.plain && (width == 0 || width == f.Width)
			width = f.Width
			f.Release()
		}
		c.len = time.Duration(len(c.sums)) * time.Second / 30
		require.NotEmpty(t, c.sums, name)
		require.NoError(t, dec.Close())
		require.NoError(t, dem.Close())
		clips = append(clips, c)
	}
	return clips
}

// work does one thing after the other until it is to stop, or one fails.
func (l *load) work(w *loadWorker, stop chan struct{}) {
	for {
		l.rest.RLock()
		select {
		case <-stop:
			l.rest.RUnlock()
			return
		default:
		}
		i := w.pick()
		err := loadOps[i].do(w)
		l.ops[i].Add(1)
		l.rest.RUnlock()
		if err != nil {
			l.failed <- fmt.Errorf("%s: %w", loadOps[i].name, err)
			return
		}
	}
}

// watch takes samples for d, and has all rest after the warm-up, at each quarter of the time
// after it, and at the end.
func (l *load) watch(t *testing.T, d time.Duration) {
	l.warm = d / 5
	tick := time.NewTicker(max(d/60, 50*time.Millisecond))
	defer tick.Stop()
	t.Log(loadHead)
	for next, quarter := l.warm, (d-l.warm)/4; time.Since(l.began) < d; {
		select {
		case err := <-l.failed:
			require.NoError(t, err)
		case <-tick.C:
		}
		s := l.sample(t)
		l.samples = append(l.samples, s)
		t.Log(&s)
		if s.at >= next && (d >= time.Minute || len(l.rests) == 0) {
			next += quarter
			l.pause(t)
		}
	}
	l.pause(t)
}

// pause waits until nobody works, gives back what idles, and counts.
func (l *load) pause(t *testing.T) {
	l.rest.Lock()
	defer l.rest.Unlock()
	settle()
	for range 200 { // what ends in the background
		if l.leftSinceStart() == "" {
			break
		}
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	s := l.sample(t)
	s.resident, s.goroutines = settle()
	l.rests = append(l.rests, s)
	t.Logf("%v  at rest", &s)
	require.Empty(t, l.leftSinceStart(), "handles at rest")
}

// leftSinceStart names what there was not at the start.
func (l *load) leftSinceStart() string {
	var list []string
	now, _ := loadHandles()
	for name, n := range now {
		if n > l.atStart[name] { // less: what earlier tests left to the garbage collector went
			list = append(list, fmt.Sprintf("%s %+d", name, n-l.atStart[name]))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func loadHandles() (all map[string]int64, sum int) {
	all = live.Snapshot()
	for _, n := range all {
		sum += int(n)
	}
	return all, sum
}

func (l *load) sample(t *testing.T) (s loadSample) {
	s.at = time.Since(l.began)
	s.resident, s.goroutines = residentBytes(), runtime.NumGoroutine()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.heap = int(m.HeapAlloc)
	_, s.handles = loadHandles()
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		s.files = len(list)
	}
	if l.gpu {
		ctx, err := cuda.Primary(0)
		require.NoError(t, err)
		free, total, err := ctx.MemInfo()
		require.NoError(t, err)
		require.NoError(t, ctx.Close())
		s.device = int64(total - free)
	}
	c := CacheStats()
	s.sessions, s.idle, s.creations, s.hits, s.failures = c.Open, c.Idle, c.Creations, c.Hits, c.Failures
	for i := range l.ops {
		s.ops += l.ops[i].Load()
	}
	return s
}

// judge wants everything to stay as it was after the warm-up.
func (l *load) judge(t *testing.T, d time.Duration) {
	var kinds []string
	for i, op := range loadOps {
		kinds = append(kinds, fmt.Sprintf("%s %d", op.name, l.ops[i].Load()))
		if d >= time.Minute && !(op.encode && l.encoder == Auto) {
			require.NotZero(t, l.ops[i].Load(), op.name)
		}
	}
	first, last := &l.rests[0], &l.rests[len(l.rests)-1]
	where := l.encoder.String()
	if l.encoder == Auto {
		where = "none"
	}
	t.Logf("encoder: %s; %d pieces of work in %v", where, last.ops, last.at.Round(time.Second))
	for part := range slices.Chunk(kinds, 7) {
		t.Log("done: ", strings.Join(part, ", "))
	}
	require.NotZero(t, last.ops)
	for i := range l.rests {
		s := &l.rests[i]
		require.LessOrEqual(t, s.goroutines, first.goroutines, "goroutines at rest")
		require.LessOrEqual(t, s.files, first.files+4, "open files at rest")
		require.Zero(t, s.sessions, "decode sessions at rest")
		limit := first.device
		if l.gpu && os.Getenv(testutils.SimEnv) == "" {
			limit += 32 << 20 // the driver's own, a page of it
		}
		require.LessOrEqual(t, s.device, limit, "device memory at rest")
	}
	require.Equal(t, first.failures, last.failures, "decode sessions failed")
	if d < time.Minute {
		return // too short for medians and for memory
	}
	from := slices.IndexFunc(l.samples, func(s loadSample) bool { return s.at >= l.warm })
	steady := l.samples[from:]
	a, b := steady[:len(steady)/4], steady[len(steady)-len(steady)/4:]
	grown := func(what string, bar float64, of func(*loadSample) float64) {
		x, y := medianOf(a, of), medianOf(b, of)
		t.Logf("%s at work: median %.1f in the first quarter after the warm-up, %.1f in the last, %+.1f %%", what, x, y, 100*(y-x)/max(x, 1))
		if d >= 4*time.Minute && !raceEnabled { // else it is chance
			require.LessOrEqual(t, y, x+bar*max(x, 1), what)
		}
	}
	mib := func(n int) float64 { return float64(n) / (1 << 20) }
	bar := 1.05
	if raceEnabled {
		bar = 1e9 // the detector has memory of its own
	}
	t.Logf("process at rest: %.1f MiB after the warm-up, %.1f at the end, %+.1f %%", mib(first.resident), mib(last.resident), 100*float64(last.resident-first.resident)/float64(max(first.resident, 1)))
	require.LessOrEqual(t, float64(last.resident), bar*float64(first.resident), "memory of the process at rest")
	// These go up and down with what is being done.
	grown("process, MiB", 0.15, func(s *loadSample) float64 { return mib(s.resident) })
	grown("goroutines", 0.5, func(s *loadSample) float64 { return float64(s.goroutines) })
	grown("handles", 0.5, func(s *loadSample) float64 { return float64(s.handles) })
	grown("open files", 0.5, func(s *loadSample) float64 { return float64(s.files) })
	grown("device, MiB", 0.5, func(s *loadSample) float64 { return mib(int(s.device)) })
}

func medianOf(list []loadSample, of func(*loadSample) float64) float64 {
	if len(list) == 0 {
		return 0
	}
	v := make([]float64, len(list))
	for i := range list {
		v[i] = of(&list[i])
	}
	slices.Sort(v)
	return v[len(v)/2]
}
