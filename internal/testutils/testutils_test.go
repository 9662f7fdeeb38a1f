package testutils

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/live"
)

// outcome runs f on a testing.TB of its own and says how it ended.
func outcome(t *testing.T, f func(testing.TB)) string {
	r := &recorder{TB: t, how: "passed"}
	done := make(chan struct{})
	go func() { // Fatal and Skip end the goroutine
		defer close(done)
		defer func() {
			for i := len(r.cleanups) - 1; i >= 0; i-- {
				r.cleanups[i]()
			}
		}()
		f(r)
	}()
	<-done
	return r.how
}

type recorder struct {
	testing.TB
	how      string
	cleanups []func()
}

func (r *recorder) Helper()               {}
func (r *recorder) Cleanup(f func())      { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Failed() bool          { return strings.HasPrefix(r.how, "failed") }
func (r *recorder) Errorf(string, ...any) { r.how = "failed" }
func (r *recorder) Fatal(...any)          { r.how = "failed"; runtime.Goexit() }
func (r *recorder) Fatalf(string, ...any) {
	r.how = "failed"
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.how = "skipped " + strings.TrimSuffix(strings.TrimPrefix(format, "SKIP["), "]")
	if len(args) > 0 {
		r.how = "skipped " + args[0].(string)
	}
	runtime.Goexit()
}

func TestSkip(t *testing.T) {
	skip := func(t testing.TB) { Skip(t, "no moon", "REQUIRE_MOON") }
	for value, want := range map[string]string{
		"": "skipped no moon", "0": "skipped no moon", "false": "skipped no moon",
		"1": "failed", "true": "failed", "yes": "failed",
	} {
		t.Setenv("REQUIRE_MOON", value)
		require.Equal(t, want, outcome(t, skip), "REQUIRE_MOON=%s", value)
	}
	require.Equal(t, "skipped x", outcome(t, func(t testing.TB) { Skip(t, "x", "") }))
}

func TestSimulatorIsNoGPU(t *testing.T) {
	for _, v := range []string{"REQUIRE_GPU", "REQUIRE_SIM"} {
		t.Setenv(v, "")
	}
	t.Setenv(SimEnv, "/sim")
	require.Equal(t, "skipped needs a real GPU, runs on the simulator", outcome(t, GPU))
	require.Equal(t, "passed", outcome(t, Sim))
	require.Equal(t, "passed", outcome(t, Driver))
	t.Setenv(SimEnv, "")
	require.Equal(t, "skipped no simulator", outcome(t, Sim))
	t.Setenv("REQUIRE_SIM", "1")
	require.Equal(t, "failed", outcome(t, Sim))
}

func TestMedia(t *testing.T) {
	t.Setenv("REQUIRE_MEDIA", "")
	dir := t.TempDir()
	t.Setenv("NVCODEC_MEDIA", dir)
	media := func(t testing.TB) { Media(t) }
	require.Equal(t, "skipped no media corpus", outcome(t, media))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), nil, 0o644))
	require.Equal(t, dir, Media(t))
}

func TestRoot(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(Root(), "go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(b), module)
	require.Equal(t, "failed", outcome(t, func(t testing.TB) { Clip(t, "no such clip") }))
}

var leaky = live.NewKind("testutils.leaky")

func TestLeakCheck(t *testing.T) {
	require.Equal(t, "failed", outcome(t, func(t testing.TB) { LeakCheck(t); leaky.Add() }))
	require.Equal(t, "failed", outcome(t, func(t testing.TB) { LeakCheck(t); leaky.Done() }))
	require.Equal(t, "passed", outcome(t, func(t testing.TB) { LeakCheck(t); leaky.Add(); leaky.Done() }))
	require.Equal(t, "passed", outcome(t, func(t testing.TB) {
		LeakCheck(t)
		leaky.Add()
		time.AfterFunc(100*time.Millisecond, leaky.Done)
	}), "a late release is no leak")
	require.Equal(t, "passed", outcome(t, func(t testing.TB) {
		LeakCheck(t)
		leaky.Add()
		p := new([64]int)
		runtime.AddCleanup(p, func(k *live.Kind) { k.Done() }, leaky)
	}), "what a cleanup releases is no leak here")
	require.Zero(t, leaky.Count())
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		got, want string
		line      int
	}{
		{"a\nb", "a\nb", 0}, {"a\nb", "a\nc", 2}, {"a", "a\nb", 2}, {"a\nb\n", "a\nb", 3}, {"", "x", 1},
	} {
		line, _, _, same := firstDifference([]byte(c.got), []byte(c.want))
		require.Equal(t, c.line, line, "%q, %q", c.got, c.want)
		require.Equal(t, c.line == 0, same)
	}
}

// TestWatchdog lets a child hang and wants its stacks.
func TestWatchdog(t *testing.T) {
	if os.Getenv("TESTUTILS_HANG") != "" {
		Watchdog(t, 50*time.Millisecond)
		hang := make(chan struct{})
		<-hang
	}
	cmd := Again("-test.run=^TestWatchdog$")
	cmd.Env = append(os.Environ(), "TESTUTILS_HANG=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v\n%s", err, out)
	require.Contains(t, string(out), "TestWatchdog hangs: not over after 50ms")
	require.Contains(t, string(out), "testutils_test.go", "no stack of the test's goroutine")
}
