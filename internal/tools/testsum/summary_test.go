package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const stream = `{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN TestA\n"}
{"Action":"pass","Package":"p","Test":"TestA/x","Elapsed":0.1}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:1: SKIP[no GPU]\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:1: SKIP[no GPU]\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"pass","Package":"p","Elapsed":1}
{"Action":"skip","Package":"without tests"}
`

func run(text string) (*summary, string) {
	var b bytes.Buffer
	s := newSummary("run", &b)
	if err := s.read(strings.NewReader(text)); err != nil {
		panic(err)
	}
	return s, b.String()
}

func TestCounts(t *testing.T) {
	s, out := run(stream)
	if want := "run: tests run 2, failed 0, skipped 2, by reason: 2 no GPU"; s.String() != want {
		t.Errorf("got %q, want %q", s, want)
	}
	if s.TopPass != 1 || !strings.Contains(out, "ok     p 1.0s") || strings.Contains(out, "TestA") || strings.Contains(out, "without tests") {
		t.Errorf("%+v\n%s", s.Counts, out)
	}
	if p := s.problems(2); p != nil {
		t.Error(p)
	}
	if p := s.problems(3); len(p) != 1 {
		t.Error(p)
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, add, problem, shown string }{
		{"a failing test", `{"Action":"output","Package":"q","Test":"TestD","Output":"boom\n"}
{"Action":"fail","Package":"q","Test":"TestD"}
{"Action":"fail","Package":"q"}`, "1 failed", "q TestD\nboom"},
		{"a build error", `{"Action":"build-output","ImportPath":"q [q.test]","Output":"x.go:1: undefined\n"}
{"Action":"output","Package":"q","Output":"FAIL q [build failed]\n"}
{"Action":"fail","Package":"q"}`, "1 failed", "x.go:1: undefined"},
		{"a crash", `{"Action":"output","Package":"q","Test":"TestE","Output":"panic: in C\n"}
{"Action":"fail","Package":"q"}`, "1 failed", "q TestE did not end\npanic: in C"},
		{"a skip without a reason", `{"Action":"skip","Package":"q","Test":"TestF"}
{"Action":"pass","Package":"q"}`, "1 skipped without a reason", ""},
		{"a line that is no JSON", "go: downloading x", "", "go: downloading x"},
	} {
		s, out := run(stream + c.add + "\n")
		p := strings.Join(s.problems(0), "; ")
		if p != c.problem || !strings.Contains(out, c.shown) {
			t.Errorf("%s: problem %q, want %q; shown:\n%s", c.name, p, c.problem, out)
		}
	}
	s, _ := run("")
	if p := s.problems(0); len(p) != 1 || p[0] != "no test ran" {
		t.Error(p)
	}
}

func TestTotal(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	s, _ := run(stream)
	if err := s.write(good); err != nil {
		t.Fatal(err)
	}
	if sum([]string{good, good}, 0) != 0 {
		t.Error("two good runs failed")
	}
	s, _ = run(stream + `{"Action":"fail","Package":"q","Test":"TestD"}` + "\n")
	if err := s.write(bad); err != nil {
		t.Fatal(err)
	}
	if sum([]string{good, bad}, 0) == 0 || sum(nil, 0) == 0 || sum([]string{dir}, 0) == 0 {
		t.Error("what is bad must fail")
	}
	if sum([]string{good}, 1) == 0 {
		t.Error("a step that failed must fail")
	}
	if err := os.WriteFile(bad, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if sum([]string{bad}, 0) == 0 {
		t.Error("what cannot be read must fail")
	}
}
