package testutils

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Golden compares got with the file testdata/golden/name of the repository and
// reports the first line that differs. UPDATE_GOLDEN=1 writes the file instead;
// read the diff before it is committed.
func Golden(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join(Root(), "testdata", "golden", name)
	if envBool("UPDATE_GOLDEN") {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (UPDATE_GOLDEN=1 makes it)", err)
	}
	if line, g, w, same := firstDifference(got, want); !same {
		t.Errorf("%s, line %d:\n got %q\nwant %q", name, line, g, w)
	}
}

func firstDifference(got, want []byte) (line int, g, w string, same bool) {
	if bytes.Equal(got, want) {
		return 0, "", "", true
	}
	gl, wl := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range max(len(gl), len(wl)) {
		g, w := lineOf(gl, i), lineOf(wl, i)
		if g != w {
			return i + 1, g, w, false
		}
	}
	return 0, "", "", false
}

func lineOf(lines [][]byte, i int) string {
	if i >= len(lines) {
		return "(end of text)"
	}
	return string(lines[i])
}
