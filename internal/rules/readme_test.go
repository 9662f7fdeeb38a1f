package rules

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// texts are the documents for people, by their paths.
func texts(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join(testutils.Root(), pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, f := range files {
			all[strings.TrimPrefix(filepath.ToSlash(f), filepath.ToSlash(testutils.Root())+"/")] = text(t, f)
		}
	}
	return all
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// TestProgram: the README's program, copied into a new module, compiles and runs.
func TestProgram(t *testing.T) {
	testutils.FFmpeg(t)
	root := testutils.Root()
	m := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindStringSubmatch(text(t, filepath.Join(root, "README.md")))
	require.NotNil(t, m)
	code := regexp.MustCompile(`(?m)^\s*\S.*$`).FindAllString(m[1], -1)
	require.LessOrEqual(t, len(code), 15, "lines that are not empty")
	dir := t.TempDir()
	command := module1(t, dir, m[1])
	clip, err := os.ReadFile(testutils.Clip(t, "h264-crop.mp4"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "in.mp4"), clip, 0o600))
	run := func(name string, args ...string) string {
		out, err := command(name, args...)
		require.NoError(t, err, "%s", out)
		return out
	}
	require.Empty(t, strings.TrimSpace(run("gofmt", "-l", ".")))
	run("go", "build", "-o", "program", ".")
	lines := regexp.MustCompile(`(?m) 178 102 (host|device)$`).FindAllString(run(filepath.Join(dir, "program")), -1)
	require.Len(t, lines, 30)
}

// module1 makes a module of one file in dir, that uses this one by a replace. command runs
// something in it.
func module1(t *testing.T, dir, code string) (command func(name string, args ...string) (string, error)) {
	t.Helper()
	root := testutils.Root()
	write := func(name, s string) { require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(s), 0o600)) }
	write("main.go", code)
	mod := text(t, filepath.Join(root, "go.mod"))
	needs := regexp.MustCompile(`(?m)^\s*(?:require )?(\S+\.\S+/\S+ v\S+)`).FindAllStringSubmatch(mod, -1)
	require.NotEmpty(t, needs)
	s := "module example.com/program\n\ngo 1.25\n\nrequire github.com/go-nvcodec/nvcodec v0.0.0\n\nreplace github.com/go-nvcodec/nvcodec => " + filepath.ToSlash(root) + "\n"
	for _, n := range needs {
		s += "\nrequire " + n[1] + " // indirect\n"
	}
	write("go.mod", s)
	write("go.sum", text(t, filepath.Join(root, "go.sum")))
	return func(name string, args ...string) (string, error) {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "PWD="+dir)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

// TestSnippets: each piece of Go in the documents is Go that compiles, with the names that
// the text around it has.
func TestSnippets(t *testing.T) {
	code := `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

var (
	ctx       context.Context
	dem       *codec.Demuxer
	s         *codec.SimpleDecoder
	threaded  *codec.ThreadedDecoder
	cfg       *codec.TranscoderConfig
	f         *frame.Frame
	pairs     []frame.CaptionPair
	mean, std [3]float32
	gpu       *cuda.Context
	stream    *cuda.Stream
	_, _      = json.Marshal, log.Fatal
	_, _      = fmt.Println, time.Second
)

func use(...any) {}
func main()      {}
`
	n := 0
	for name, s := range texts(t) {
		for i, m := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(s, -1) {
			if strings.HasPrefix(m[1], "package ") {
				continue // a program: TestProgram
			}
			n++
			body := strings.ReplaceAll(m[1], "{ ... }", "{ use(f, err) }")
			where := strings.NewReplacer("/", "_", ".", "_").Replace(name)
			code += fmt.Sprintf("\n// %s\nfunc snippet_%s_%d() {\n%s}\n", name, where, i, body)
		}
	}
	require.Greater(t, n, 5)
	command := module1(t, t.TempDir(), code)
	out, _ := command("go", "build", "-gcflags=-e", "-o", os.DevNull, ".")
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "./main.go:") && !strings.Contains(line, "declared and not used") {
			number, _ := strconv.Atoi(strings.Split(line, ":")[1])
			t.Errorf("%s%s", line, strings.Split(code, "\n")[number-1])
		}
	}
	require.NotContains(t, out, "no required module")
}

// TestTargets: each make target that is named exists.
func TestTargets(t *testing.T) {
	makefile := text(t, filepath.Join(testutils.Root(), "Makefile"))
	n := 0
	for name, s := range texts(t) {
		for _, m := range regexp.MustCompile("(?m)(?:`|^    |`.*; )make ([a-z0-9-]+)").FindAllStringSubmatch(s, -1) {
			n++
			require.Regexp(t, `(?m)^([a-z0-9 -]+ )?`+m[1]+`( [a-z0-9 -]+)?:`, makefile, "%s: make %s", name, m[1])
		}
	}
	require.Greater(t, n, 10)
}

// TestPaths: each file and folder that is linked to or named in backticks exists.
func TestPaths(t *testing.T) {
	root := testutils.Root()
	n := 0
	for name, s := range texts(t) {
		check := func(path string) {
			n++
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("%s names %s: %v", name, path, err)
			}
		}
		s = regexp.MustCompile("(?s)```.*?```").ReplaceAllString(s, "")
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(s, -1) {
			check(filepath.Join(filepath.Dir(name), m[1]))
		}
		for _, m := range regexp.MustCompile("(?:`|`go run \\./|`bash )((?:examples|docs|scripts|internal|testdata|avformat|codec|cuda|frame|nvcuvid|nvenc)/[a-zA-Z0-9_./-]*[a-zA-Z0-9])[`/ ]").FindAllStringSubmatch(s, -1) {
			check(m[1])
		}
	}
	require.Greater(t, n, 60)
}

// TestFlags: each flag of an example that is named is one of its.
func TestFlags(t *testing.T) {
	root := testutils.Root()
	n := 0
	for name, s := range texts(t) {
		for _, m := range regexp.MustCompile("`(?:go run \\./)?(examples/[a-z0-9]+)( [^`]*)`").FindAllStringSubmatch(s, -1) {
			files, err := filepath.Glob(filepath.Join(root, m[1], "*.go"))
			require.NoError(t, err)
			code := ""
			for _, f := range files {
				code += text(t, f)
			}
			for _, f := range regexp.MustCompile(`(?:^|[ \[(])-([a-z0-9]+)`).FindAllStringSubmatch(m[2], -1) {
				n++
				require.Regexp(t, `\b\w*(?:Var|String|Bool|Int|Int64|Float64|Duration|Func)\([^\n]*"`+f[1]+`"`, code, "%s: %s has no flag -%s", name, m[1], f[1])
			}
		}
	}
	require.Greater(t, n, 50)
}

// TestSymbols: each exported name that is named is in the API, which CI compares with
// the code.
func TestSymbols(t *testing.T) {
	root := testutils.Root()
	names, members := map[string]map[string]bool{}, map[string]bool{}
	for _, pkg := range []string{"codec", "frame", "cuda", "nvcuvid", "nvenc", "avformat"} {
		names[pkg] = map[string]bool{}
		for line := range strings.Lines(text(t, filepath.Join(root, "testdata/api", pkg+".txt"))) {
			if m := regexp.MustCompile(`^(?:const|var|type|func) (\w+)`).FindStringSubmatch(line); m != nil {
				names[pkg][m[1]] = true
			}
			if m := regexp.MustCompile(`^(?:method \(\*?|field )(\w+)[^ .)]*(?:\) |\.)(\w+)`).FindStringSubmatch(line); m != nil {
				members[m[1]+"."+m[2]] = true
				members[pkg+"."+m[1]+"."+m[2]] = true
			}
		}
	}
	n := 0
	for name, s := range texts(t) {
		for _, code := range append(regexp.MustCompile("`[^`\n]+`").FindAllString(s, -1), regexp.MustCompile("(?s)```go\n.*?```").FindAllString(s, -1)...) {
			for _, m := range regexp.MustCompile(`\b(codec|frame|cuda|nvcuvid|nvenc|avformat)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`).FindAllStringSubmatch(code, -1) {
				n++
				if !names[m[1]][m[2]] || m[3] != "" && !members[m[1]+"."+m[2]+"."+m[3]] {
					t.Errorf("%s: there is no %s", name, m[0])
				}
			}
			for _, m := range regexp.MustCompile(`(?:^|[^.\w])([A-Z]\w+)\.([A-Z]\w*)`).FindAllStringSubmatch(code, -1) {
				if names["codec"][m[1]] || names["frame"][m[1]] {
					n++
					if !members[m[1]+"."+m[2]] {
						t.Errorf("%s: there is no %s.%s", name, m[1], m[2])
					}
				}
			}
		}
	}
	require.Greater(t, n, 150)
}

// TestVariablesAndErrors: what a document says of environment variables and of error
// texts is what the code has.
func TestVariablesAndErrors(t *testing.T) {
	code := ""
	list, _ := sources(t, 0)
	for _, s := range list {
		if !s.test && !strings.HasPrefix(s.dir, "examples") {
			code += text(t, filepath.Join(testutils.Root(), s.path))
		}
	}
	all := texts(t)
	n := 0
	for _, name := range []string{"README.md", "docs/encoding.md", "docs/concepts.md", "docs/tuning.md", "docs/migration.md", "docs/pixels.md", "docs/sei.md", "docs/security.md"} {
		for _, v := range regexp.MustCompile(`\b(?:NVCODEC_[A-Z_]+|LOGGER_LEVEL)\b`).FindAllString(all[name], -1) {
			n++
			if !strings.Contains(code, `"`+v+`"`) {
				t.Errorf("%s: nothing reads %s", name, v)
			}
		}
	}
	require.Greater(t, n, 5)
	// What the container toolkit reads, the library's own remedy says.
	for _, v := range regexp.MustCompile("`(NVIDIA_[A-Z_]+=[a-z,]+)`").FindAllStringSubmatch(all["README.md"], -1) {
		require.Contains(t, code, v[1])
	}

	_, table, ok := strings.Cut(all["README.md"], "## Troubleshooting\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n## ")
	n = 0
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(table, -1) {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			n++
			// A text that begins with "cannot load" is put together.
			want := strings.TrimPrefix(m[1], "cannot load ")
			if !strings.Contains(code, want) || want != m[1] && !strings.Contains(code, `"cannot load %s`) {
				t.Errorf("no error has the text %q", m[1])
			}
		}
	}
	require.Greater(t, n, 10)
}
