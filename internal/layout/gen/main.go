// Command gen writes the zlayout files of the package in the working directory.
// See package layout.
package main

import (
	"fmt"
	"os"

	"github.com/go-nvcodec/nvcodec/internal/layout"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "layout/gen:", err)
		os.Exit(1)
	}
}

// generate writes the files even when there are problems, so that the compiler
// shows them too, and reports the problems.
func generate() error {
	rs, err := layout.Run(".")
	if err != nil {
		return err
	}
	problems := 0
	for _, r := range rs {
		if err := os.WriteFile(r.File, r.Text, 0o644); err != nil {
			return err
		}
		for _, p := range r.Problems {
			fmt.Fprintf(os.Stderr, "%s: %s\n", r.Target, p)
		}
		problems += len(r.Problems)
	}
	if problems > 0 {
		return fmt.Errorf("%d problems", problems)
	}
	return nil
}
