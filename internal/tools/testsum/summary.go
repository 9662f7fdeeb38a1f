package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Counts are of tests and subtests alike.
type Counts struct {
	Name    string
	Passed  int
	Failed  int // and packages that failed without a failing test: build errors, panics, timeouts
	Skipped int
	TopPass int            // top-level tests that passed
	Reasons map[string]int // of skips
}

// String is the line of one run.
func (c Counts) String() string {
	s := fmt.Sprintf("%s: tests run %d, failed %d, skipped %d", c.Name, c.Passed+c.Failed, c.Failed, c.Skipped)
	if c.Skipped == 0 {
		return s
	}
	var why []string
	for _, r := range slices.Sorted(maps.Keys(c.Reasons)) {
		why = append(why, fmt.Sprintf("%d %s", c.Reasons[r], r))
	}
	return s + ", by reason: " + strings.Join(why, ", ")
}

func (c *Counts) add(o Counts) {
	c.Passed += o.Passed
	c.Failed += o.Failed
	c.Skipped += o.Skipped
	c.TopPass += o.TopPass
	for k, n := range o.Reasons {
		c.Reasons[k] += n
	}
}

// event is one line of go test -json.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
	Elapsed    float64
}

type key struct{ pkg, test string }

type summary struct {
	Counts
	w      io.Writer
	output map[key][]string // of what is running
	failed map[string]bool  // packages with a failing test
	build  map[string][]string
}

// noReason counts skips without one.
const noReason = "without a reason"

func newSummary(name string, w io.Writer) *summary {
	return &summary{
		Counts: Counts{Name: name, Reasons: map[string]int{}}, w: w,
		output: map[key][]string{}, failed: map[string]bool{}, build: map[string][]string{},
	}
}

// read takes the whole stream. Lines that are not JSON are shown as they are.
func (s *summary) read(r io.Reader) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var e event
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			fmt.Fprintln(s.w, sc.Text())
			continue
		}
		s.take(e)
	}
	return sc.Err()
}

func (s *summary) take(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		s.build[e.ImportPath] = append(s.build[e.ImportPath], e.Output)
		fmt.Fprint(s.w, e.Output)
	case "output":
		s.output[k] = append(s.output[k], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e)
		} else {
			s.endTest(e)
		}
		delete(s.output, k)
	}
}

func (s *summary) endTest(e event) {
	text := strings.Join(s.output[key{e.Package, e.Test}], "")
	switch e.Action {
	case "pass":
		s.Passed++
		if !strings.Contains(e.Test, "/") {
			s.TopPass++
		}
	case "skip":
		s.Skipped++
		s.Reasons[reason(text)]++
	case "fail":
		s.Failed++
		s.failed[e.Package] = true
		fmt.Fprintf(s.w, "%s %s\n%s", e.Package, e.Test, text)
	}
}

func (s *summary) endPackage(e event) {
	if e.Action == "fail" {
		if !s.failed[e.Package] {
			s.Failed++
			fmt.Fprint(s.w, strings.Join(s.output[key{e.Package, ""}], ""))
		}
		// What hangs or crashes leaves tests that never ended: show them.
		for _, k := range slices.SortedFunc(maps.Keys(s.output), func(a, b key) int { return strings.Compare(a.test, b.test) }) {
			if k.pkg == e.Package && k.test != "" {
				fmt.Fprintf(s.w, "%s %s did not end\n%s", k.pkg, k.test, strings.Join(s.output[k], ""))
			}
		}
	}
	if e.Action != "skip" { // skip here means: no test files
		fmt.Fprintf(s.w, "%-6s %s %.1fs\n", map[string]string{"pass": "ok", "fail": "FAIL"}[e.Action], e.Package, e.Elapsed)
	}
}

var skipReason = regexp.MustCompile(`SKIP\[([^\]]*)\]`)

func reason(text string) string {
	if m := skipReason.FindStringSubmatch(text); m != nil && m[1] != "" {
		return m[1]
	}
	return noReason
}

func (s *summary) problems(least int) []string {
	var p []string
	if s.Failed > 0 {
		p = append(p, fmt.Sprintf("%d failed", s.Failed))
	}
	if n := s.Reasons[noReason]; n > 0 {
		p = append(p, fmt.Sprintf("%d skipped without a reason", n))
	}
	if s.Passed+s.Failed+s.Skipped == 0 {
		p = append(p, "no test ran")
	}
	if s.Passed < least {
		p = append(p, fmt.Sprintf("%d tests passed, fewer than the %d of .ci/minimum", s.Passed, least))
	}
	return p
}

func (s *summary) write(path string) error {
	b, err := json.MarshalIndent(s.Counts, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
