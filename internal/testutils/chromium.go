package testutils

import (
	"os/exec"
	"testing"
)

// Chromium asks for a Chromium, or a browser made of it, that runs without a window, and
// returns its path.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Skip(t, "no Chromium", "REQUIRE_CHROMIUM")
	return ""
}
