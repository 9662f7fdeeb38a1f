// Command testsum turns the output of go test -json into what a person, and CI,
// wants to know.
//
//	go test -json ./... | testsum -name plain -out out/plain.json [-min N]
//
// prints a line a package, the output of what failed, and
//
//	plain: tests run 812, failed 0, skipped 9, by reason: 3 no GPU, 6 no simulator
//
// It writes the counts to -out, and fails when a test failed, when a test was
// skipped without a reason (SKIP[...]), when there was no test, or when fewer than
// -min tests, subtests included, passed: a suite that shrinks in silence proves nothing.
//
//	testsum -total [-also N] out/*.json
//
// adds runs up, with N failures that were no tests, and ends with the line "N passed, N failed, N skipped".
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	name := flag.String("name", "tests", "what the run is called")
	out := flag.String("out", "", "file for the counts")
	least := flag.Int("min", 0, "tests that must have passed")
	total := flag.Bool("total", false, "add up the files given as arguments")
	also := flag.Int("also", 0, "failures that were no tests, for -total")
	flag.Parse()
	if *total {
		os.Exit(sum(flag.Args(), *also))
	}
	s := newSummary(*name, os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if *out != "" {
		if err := s.write(*out); err != nil {
			fmt.Fprintln(os.Stderr, "testsum:", err)
			os.Exit(1)
		}
	}
	fmt.Println(s.Counts)
	if problems := s.problems(*least); len(problems) > 0 {
		for _, p := range problems {
			fmt.Printf("%s: FAILED: %s\n", *name, p)
		}
		os.Exit(1)
	}
}

// sum prints the runs in files and their total. The result is the exit status.
func sum(files []string, also int) int {
	all := Counts{Failed: also, Reasons: map[string]int{}}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			fmt.Fprintln(os.Stderr, "testsum:", err)
			return 1
		}
		var c Counts
		if err := json.Unmarshal(b, &c); err != nil {
			fmt.Fprintf(os.Stderr, "testsum: %s: %v\n", f, err)
			return 1
		}
		fmt.Println(c)
		all.add(c)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", all.Passed, all.Failed, all.Skipped)
	if all.Failed > 0 || all.Passed == 0 {
		return 1
	}
	return 0
}
