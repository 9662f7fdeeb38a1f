package testutils

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

const module = "github.com/go-nvcodec/nvcodec"

var root = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	for {
		// Nested modules have a go.mod as well, so its first line decides.
		b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		line, _, _ := bytes.Cut(b, []byte("\n"))
		if err == nil && string(bytes.TrimSpace(line)) == "module "+module {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			panic("testutils: not inside the repository of " + module)
		}
		dir = up
	}
})

// Root returns the repository's directory, found upwards from the working
// directory, which go test sets to the package's. It panics outside of it.
func Root() string { return root() }

// Clip returns the path of a video in testdata. It must exist: clips are committed.
func Clip(t testing.TB, name string) string {
	t.Helper()
	p := filepath.Join(Root(), "testdata", name)
	if _, err := os.Stat(p); err != nil {
		t.Fatalf("no such clip: %v", err)
	}
	return p
}

// Media returns the directory of the corpus of foreign media files, which has a
// manifest.json: $NVCODEC_MEDIA, else shared/media beside the repository.
func Media(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("NVCODEC_MEDIA")
	if dir == "" {
		dir = filepath.Join(filepath.Dir(Root()), "shared", "media")
	}
	if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err != nil {
		Skip(t, "no media corpus", "REQUIRE_MEDIA")
	}
	return dir
}
