package testutils

import (
	"runtime/debug"
	"testing"
	"time"
)

// Watchdog ends the whole test binary, with the stacks of all goroutines, when t
// is not over after d. For tests that hang if they fail: nothing milder works,
// because a goroutine inside C cannot be stopped.
func Watchdog(t testing.TB, d time.Duration) {
	t.Helper()
	timer := time.AfterFunc(d, func() {
		debug.SetTraceback("all")
		panic(t.Name() + " hangs: not over after " + d.String())
	})
	t.Cleanup(func() { timer.Stop() })
}
