// Plots draws the figures of a benchmark document: each table that is asked for becomes
// an SVG with two bars a row, so that the pictures say what the tables say.
//
//	plots -o docs docs/benchmarks.md
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// plots are the pictures, and the tables that they are of: the first under the heading
// whose columns begin with these.
var plots = []plot{
	{File: "throughput.svg", Heading: "Results on the GPU", Title: "Frames a second, 7 sessions, NVIDIA H200", Label: 0, A: 2, B: 3, Only: [2]string{"sessions", "7"}, NameA: "C program on libnvcuvid", NameB: "nvcodec"},
	{File: "clips.svg", Heading: "Short clips", Title: "Clips of 2 s, frames a second, 7 callers, NVIDIA H200", Label: 0, A: 2, B: 3, Only: [2]string{"callers", "7"}, NameA: "C program, one endless stream", NameB: "nvcodec, opening each clip"},
	{File: "first.svg", Heading: "First frame", Title: "Milliseconds to the first frame, NVIDIA H200", Label: 0, A: 1, B: 2, NameA: "C program, stream in memory", NameB: "nvcodec, from an mp4"},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "plots:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("plots", flag.ContinueOnError)
	dir := fs.String("o", ".", "the `folder` to write to")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return fmt.Errorf("usage: plots -o DIR FILE.md")
	}
	b, err := os.ReadFile(fs.Arg(0))
	if err != nil {
		return err
	}
	for _, p := range plots {
		rows, err := p.rows(string(b))
		if err != nil {
			return fmt.Errorf("%s: %w", p.File, err)
		}
		if err := os.WriteFile(filepath.Join(*dir, p.File), []byte(p.draw(rows)), 0o644); err != nil {
			return err
		}
	}
	return nil
}
