package codec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/live"
	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

const faultJobEnv = "NVCODEC_FAULT_JOB"

// TestFaults makes each call that the product makes of the driver fail, with all that is
// plausible for it, at its first, a middle and its last time, in each job of faultJobs. The
// program gets an error that names function and code, or what the policy promises; nothing
// of ours is left, nothing hangs, and the next job in the process works.
//
// Which calls there are, a run without faults tells: one that faultTable does not know
// is a failure. NVCODEC_FAULTS=all tries everything, which make test-faults does; else
// it is a part, another one for each function and job.
func TestFaults(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Sim(t)
	for _, job := range faultJobs {
		t.Run(job.name, func(t *testing.T) {
			if testing.Short() && job.name != "random" && job.name != "encode" {
				testutils.Short(t)
			}
			out := faultProcess(t, job.name)
			// What the process asks but once fails in a process of its own.
			for i, name := range strings.Fields(between(out, "asked once:", "\n")) {
				list := faultTable[name].codes
				if !allFaults() {
					if i%3 != len(job.name)%3 {
						continue
					}
					list = list[:1]
				}
				for _, code := range list {
					faultProcess(t, fmt.Sprintf("%s %s:1:%d", job.name, name, code))
				}
			}
		})
	}
}

func allFaults() bool { return os.Getenv("NVCODEC_FAULTS") == "all" }

func between(s, a, b string) string {
	_, s, _ = strings.Cut(s, a)
	s, _, _ = strings.Cut(s, b)
	return s
}

// faultProcess does in a process of its own what TestFaultsChild does with a task.
func faultProcess(t *testing.T, task string) string {
	dir := t.TempDir()
	cmd := testutils.Again("-test.run=^TestFaultsChild$", "-test.count=1", "-test.v", "-test.timeout=30m")
	// Who looks at the simulator's report is the child.
	cmd.Env = append(os.Environ(), faultJobEnv+"="+task, "NVSIM_REPORT="+filepath.Join(dir, "report"), "NVSIM_LIVE="+filepath.Join(dir, "live"),
		"NVCODEC_NVENC_API=13.0")
	out, err := cmd.CombinedOutput()
	report, _ := os.ReadFile(filepath.Join(dir, "report"))
	require.NoError(t, err, "%s: %s%s", task, out, report)
	require.Contains(t, string(out), "--- PASS: TestFaultsChild", task)
	if allFaults() {
		t.Logf("%s: %s", task, between(string(out), "tried ", "\n"))
	}
	return string(out)
}

// TestFaultsChild is what a process of TestFaults does.
func TestFaultsChild(t *testing.T) {
	task := os.Getenv(faultJobEnv)
	if task == "" {
		return // runs as a child alone
	}
	name, cold, _ := strings.Cut(task, " ")
	job := faultJobs[slices.IndexFunc(faultJobs, func(j faultJob) bool { return j.name == name })]
	r := &faultRunner{t: t, job: job, dir: t.TempDir()}
	SetLogger(slog.New(slog.NewTextHandler(&r.log, nil)))
	if cold != "" {
		r.cold(cold)
		return
	}
	first := r.calls() // also of what is asked but once
	second := r.calls()
	var once []string
	for fn := range first {
		c, ok := faultTable[fn]
		require.True(t, ok, "the driver's function %s is called, and faultTable does not say how it can fail", fn)
		if second[fn] == 0 && c.harmless == "" {
			require.True(t, c.once, "%s is called but once in the process, against faultTable", fn)
			once = append(once, fn)
		}
	}
	fmt.Println("asked once:", strings.Join(once, " "))
	r.all(second)
}

// A faultRunner runs a job with faults.
type faultRunner struct {
	t     *testing.T
	job   faultJob
	dir   string
	log   faultLog
	want  string
	tried int
}

type faultLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *faultLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *faultLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.b.String()
	l.b.Reset()
	return s
}

// calls runs the job without faults and counts.
func (r *faultRunner) calls() map[string]int {
	TrimCache()
	require.NoError(r.t, nvsim.Inject(""))
	r.clean("without faults")
	TrimCache()
	return r.state().Calls
}

func (r *faultRunner) state() nvsim.State {
	s, err := nvsim.ReadState()
	require.NoError(r.t, err)
	return s
}

// clean runs the job, which must do what it does always.
func (r *faultRunner) clean(what string) {
	got, err := r.run(what)
	require.NoError(r.t, err, what)
	if r.want == "" {
		r.want = got
	}
	require.Equal(r.t, r.want, got, what)
	r.log.take()
}

// run runs the job, under a watchdog.
func (r *faultRunner) run(what string) (string, error) {
	timer := time.AfterFunc(time.Minute, func() {
		debug.SetTraceback("all")
		panic(r.job.name + ", " + what + ": hangs")
	})
	defer timer.Stop()
	return r.job.run(r.dir)
}

// all tries the functions that the job calls, those that give something back at the end,
// since a context that cannot be given back cannot recover.
func (r *faultRunner) all(calls map[string]int) {
	rank := func(fn string) int {
		switch {
		case fn == "cuDevicePrimaryCtxRelease_v2":
			return 2
		case faultTable[fn].gives:
			return 1
		}
		return 0
	}
	list := slices.SortedFunc(maps.Keys(calls), func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
	for i, fn := range list {
		c, n := faultTable[fn], calls[fn]
		times := slices.Compact([]int{1, (n + 1) / 2, n})
		for j, code := range c.codes {
			for k, nth := range times {
				// In part: one of each, and of the few that come to nothing else all.
				if allFaults() || j == (i+len(r.job.name))%len(c.codes) && k == (i+j)%len(times) {
					r.tried++
					what := fmt.Sprintf("%s:%d:%d", fn, nth, code)
					r.in(what, func() { r.one(what, fn, code, nth) })
				}
			}
		}
	}
	fmt.Printf("tried %d faults of %d functions\n", r.tried, len(list))
}

// in does something as a test of its own.
func (r *faultRunner) in(what string, do func()) {
	t := r.t
	defer func() { r.t = t }()
	t.Run(what, func(t *testing.T) {
		r.t = t
		do()
	})
}

// one runs the job with one fault.
func (r *faultRunner) one(what, fn string, code, nth int) {
	t, c := r.t, faultTable[fn]
	TrimCache()
	before := r.state()
	require.NoError(t, nvsim.Inject(what))
	got, err := r.run(what)
	if c.gives {
		TrimCache() // which may be who does it
	} else {
		sessions.wait()
	}
	after := r.state()
	require.GreaterOrEqual(t, after.Calls[fn], min(nth, 1), "%s: it was not called", what)
	require.NoError(t, nvsim.Inject(""))
	if after.Calls[fn] < nth {
		// Another order of goroutines: it did not come so far.
		require.NoError(t, err, what)
	} else {
		r.judge(what, fn, code, after.Calls["cuvidGetDecodeStatus"] > 0, got, err)
	}
	if !cuLost(code) || !c.gives {
		r.clean(what + ": the next, with what the pool has")
	}
	TrimCache()
	// NVENC's sessions do not end in a context that is lost.
	r.nothingLeft(what, before.Alive, c.gives || cuLost(code) && after.Calls["nvEncOpenEncodeSessionEx"] > 0)
	after = r.state()
	if !c.gives { // a session with a frame that is still mapped must end as it is
		require.Equal(t, before.Violations, after.Violations, "%s: violations", what)
	}
}

// judge wants the failure told, or the job done.
func (r *faultRunner) judge(what, fn string, code int, asked bool, got string, err error) {
	t, c := r.t, faultTable[fn]
	log := r.log.take()
	if err == nil {
		if c.damage && r.job.byNumber() {
			// What came damaged is decoded anew, or marked.
			if strings.Contains(got, " 0 corrupt") {
				require.Equal(t, r.want, got, what)
			}
			return
		}
		require.Equal(t, r.want, got, what)
		switch {
		case code == cuMemory && slices.Contains([]string{"cuEventCreate", "cuvidCreateDecoder"}, fn):
			return // idle sessions gave way
		case fn == "decode status" && !asked:
			return // the hardware does not tell with this codec
		case c.damage && r.job.name == "transcode":
			return // the first packets are decoded twice: for the frame that tells the format, and for good
		}
		if fn == "cuEventRecord" && r.job.name == "batch" {
			return // a reader's mark could not be set when its frame was released: that memory is not used again
		}
		if c.tolerated == "" && !(r.job.byNumber() && slices.Contains(askedInVain, fn)) {
			require.Contains(t, log, faultName(fn), "%s: nobody was told", what)
		}
		return
	}
	if fn == "decode status" {
		require.ErrorIs(t, err, ErrCorrupt, what)
		require.Contains(t, got+err.Error(), "orrupt")
		return
	}
	var is error = cuda.Result(code)
	if strings.HasPrefix(strings.ToLower(fn), "nvenc") {
		is = nvenc.Status(code)
	}
	if c.damage && r.job.byNumber() && errors.Is(err, ErrCorrupt) {
		return // an open group of pictures was decoded anew in vain: the frames are marked
	}
	if !cuLost(code) { // whoever asks first is told that the context is lost
		require.ErrorContains(t, err, faultName(fn), what)
	}
	if cuLost(code) && errors.Is(err, nvenc.ErrDeviceNotExist) {
		return // NVENC's word for it
	}
	require.ErrorIs(t, err, is, what)
	require.ErrorContains(t, err, fmt.Sprint(code), what)
	if c.damage && errors.Is(err, ErrCorrupt) && r.job.name != "transcode" {
		require.Contains(t, got, ",", what) // the others came
	}
}

// faultName is a function's name in errors: C's, without the version that CUDA's have.
func faultName(fn string) string {
	if strings.HasPrefix(fn, "nvEnc") {
		return "NvEnc" + fn[len("nvEnc"):]
	}
	fn = strings.TrimSuffix(fn, "_v2")
	return strings.TrimSuffix(fn, "64")
}

// nothingLeft wants all handles of ours given back, and the driver's too but for the one
// that it would not take.
func (r *faultRunner) nothingLeft(what string, alive int, kept bool) {
	var now map[string]int64
	var s nvsim.State
	for range 200 {
		runtime.GC() // parameters of streams go with it
		now, s = live.Snapshot(), r.state()
		maps.DeleteFunc(now, func(_ string, n int64) bool { return n == 0 })
		if len(now) == 0 && (kept || s.Alive == alive) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	require.Empty(r.t, now, "%s: ours are left", what)
	require.Equal(r.t, alive, s.Alive, "%s: the driver's are left", what)
}

// cold runs the job in a process that has called nothing yet.
func (r *faultRunner) cold(fault string) {
	t := r.t
	fn, _, _ := strings.Cut(fault, ":")
	var nth, code int
	_, err := fmt.Sscanf(strings.TrimPrefix(fault, fn), ":%d:%d", &nth, &code)
	require.NoError(t, err)
	require.NoError(t, nvsim.Inject(fault))
	got, err := r.run(fault)
	if err == nil {
		r.want = got // there was nothing to compare it with
	}
	r.judge(fault, fn, code, false, got, err)
	TrimCache()
	r.nothingLeft(fault, 0, false)
	// The next time it works, or the answer stays.
	require.NoError(t, nvsim.Inject(""))
	_, again := r.run(fault + ", again")
	if again != nil {
		require.Error(t, err)
		require.Equal(t, err.Error(), again.Error())
	}
	TrimCache()
	r.nothingLeft(fault, 0, false)
	fmt.Println("tried 1 fault")
}
