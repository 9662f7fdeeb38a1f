package testutils

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-nvcodec/nvcodec/internal/live"
)

// LeakCheck fails t when, at its end, more (or fewer) objects of any kind of
// package live are alive than now. Call it first in a test, so that its check runs
// after the test's own t.Cleanup. It waits up to two seconds, for background
// releases and runtime cleanups. A test that uses it must not run in parallel with
// others.
func LeakCheck(t testing.TB) {
	t.Helper()
	before := settled()
	t.Cleanup(func() {
		t.Helper()
		var diff string
		for end := time.Now().Add(2 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			if diff = difference(before, live.Snapshot()); diff == "" || t.Failed() {
				return // a test that stopped half way leaks as a matter of course
			}
			if time.Now().After(end) {
				break
			}
			runtime.GC()
		}
		t.Errorf("leak: %s", diff)
	})
}

// settled is a snapshot after what earlier tests left to the garbage collector is
// gone.
func settled() map[string]int64 {
	last := live.Snapshot()
	for range 50 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
		now := live.Snapshot()
		if maps.Equal(last, now) {
			break
		}
		last = now
	}
	return last
}

func difference(before, after map[string]int64) string {
	var s []string
	for _, k := range slices.Sorted(maps.Keys(after)) {
		if d := after[k] - before[k]; d != 0 {
			s = append(s, fmt.Sprintf("%s %+d", k, d))
		}
	}
	return strings.Join(s, ", ")
}
