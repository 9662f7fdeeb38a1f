package testutils

import (
	"os"
	"strconv"
	"testing"
)

// Skip skips t, or fails it when the environment variable require is set to
// something other than 0 or false ("" for none). Reasons are few and short, because the summary
// of a run counts by them: "no GPU", not the name of the test. It prints
// SKIP[why].
func Skip(t testing.TB, why, require string) {
	t.Helper()
	if require != "" && envBool(require) {
		t.Fatalf("%s, but %s is set", why, require)
	}
	t.Skipf("SKIP[%s]", why)
}

// Short skips what takes long under go test -short.
func Short(t testing.TB) {
	t.Helper()
	if testing.Short() {
		Skip(t, "long test and -short", "")
	}
}

func envBool(name string) bool {
	s := os.Getenv(name)
	if s == "" {
		return false
	}
	b, err := strconv.ParseBool(s)
	return err != nil || b
}
