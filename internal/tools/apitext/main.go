// Apitext writes down the exported API of packages: every name with its type or
// signature, a line each, sorted. A text that changes is a change that users see.
//
//	apitext -o DIR PACKAGE...
//
// Each package, a folder such as ./codec, gives DIR/NAME.txt. GOOS and GOARCH choose the
// platform.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "apitext:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("apitext", flag.ContinueOnError)
	dir := fs.String("o", "", "the `folder` to write to")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *dir == "" || fs.NArg() == 0 {
		return fmt.Errorf("usage: apitext -o DIR PACKAGE...")
	}
	export, err := list(append([]string{"-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, fs.Args()...)...)
	if err != nil {
		return err
	}
	files := map[string]string{}
	for _, line := range export {
		p, file, _ := strings.Cut(line, "\t")
		files[p] = file
	}
	// The compiler's own account of each package, without reading any source.
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(p string) (io.ReadCloser, error) {
		if files[p] == "" {
			return nil, fmt.Errorf("there is no export data of %s", p)
		}
		return os.Open(files[p])
	})
	paths, err := list(fs.Args()...)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	for _, p := range paths {
		pkg, err := imp.Import(p)
		if err != nil {
			return err
		}
		text := strings.Join(describe(pkg), "\n") + "\n"
		if err := os.WriteFile(filepath.Join(*dir, path.Base(p)+".txt"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// list is go list.
func list(args ...string) ([]string, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, errs.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), nil
}
