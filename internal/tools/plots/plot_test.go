package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const table = `# B

## Other

| clip | sessions | a | b |
|---|---|---|---|
| no | 7 | 1 | 2 |

## Speed

words

| clip | sessions | a | b |
|---|---|---|---|
| x & y | 1 | 10 (9..11) | 12 (10..13) |
| x & y | 7 | 70 (69..71) | 35.5 |
| z | 7 | not measured | 5 |

| clip | sessions | a | b |
|---|---|---|---|
| later | 7 | 1 | 2 |
`

func TestRows(t *testing.T) {
	p := plot{Heading: "Speed", A: 2, B: 3, Only: [2]string{"sessions", "7"}, Title: "<T>"}
	rows, err := p.rows(table)
	if err != nil || len(rows) != 1 || rows[0] != (row{"x & y", 70, 35.5}) {
		t.Fatal(rows, err)
	}
	svg := p.draw(rows)
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{`width="470"`, `width="238"`, "&lt;T&gt;", "x &amp; y", ">35.5<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	if _, err := (&plot{Heading: "Nothing"}).rows(table); err == nil {
		t.Error("no error without a heading")
	}
	if _, err := (&plot{Heading: "Speed", A: 2, B: 3, Only: [2]string{"sessions", "9"}}).rows(table); err == nil {
		t.Error("no error without figures")
	}
}

// TestDocs: the committed pictures are those of the committed figures.
func TestDocs(t *testing.T) {
	docs := filepath.Join("..", "..", "..", "docs")
	dir := t.TempDir()
	if err := run([]string{"-o", dir, filepath.Join(docs, "benchmarks.md")}); err != nil {
		t.Fatal(err)
	}
	for _, p := range plots {
		want, err := os.ReadFile(filepath.Join(dir, p.File))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(docs, p.File))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("docs/%s is not what docs/benchmarks.md says: run make plots", p.File)
		}
	}
}
