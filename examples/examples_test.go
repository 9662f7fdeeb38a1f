// Package examples holds what all programs have in common to the same test.
package examples

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// programs are all examples, and how each is asked to work on a video FILE. Without
// FILE it needs none.
var programs = map[string]string{
	"bench":        "fps -device cpu -n 1 FILE",
	"caps":         "-device cpu",
	"decode":       "-device cpu -i FILE -framemd5",
	"demo":         "-device cpu -i FILE -o OUT",
	"doctor":       "-device cpu",
	"encode":       "-device cpu -i FILE -s 320x180 -o OUT",
	"prefetch":     "-device cpu -i FILE",
	"probe":        "-scan FILE",
	"reuse":        "-device cpu FILE",
	"sampling":     "-device cpu FILE",
	"segmentbench": "-device cpu FILE",
	"segments":     "-device cpu -i FILE -o OUT -segments 0:10",
	"sei":          "extract -device cpu -i FILE",
	"tensor":       "-device cpu -i FILE -n 300 -size 32",
	"thumbnails":   "-device cpu -o OUT.png FILE",
	"transcode":    "-device cpu -i FILE -o OUT",
}

func arguments(t *testing.T, name, file string) []string {
	t.Helper()
	args := strings.ReplaceAll(programs[name], "OUT", filepath.Join(t.TempDir(), "out.mp4"))
	return strings.Fields(strings.ReplaceAll(args, "FILE", file))
}

// built is where they are, once a test has asked for them.
var built string

// build makes all programs, once.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "examples-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", dir, "./examples/...")
	cmd.Dir = testutils.Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", &exec.Error{Name: string(out), Err: err}
	}
	built = dir
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(built)
	os.Exit(code)
}

func command(t *testing.T, name string, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	dir, err := build()
	require.NoError(t, err)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd = exec.Command(filepath.Join(dir, name), args...)
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// run returns what a program prints, and its exit status.
func run(t *testing.T, name string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd, out, errs := command(t, name, args...)
	if err := cmd.Run(); err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestPrograms(t *testing.T) {
	testutils.Short(t)
	testutils.FFmpeg(t)
	files, err := filepath.Glob(filepath.Join(testutils.Root(), "examples/*/main.go"))
	require.NoError(t, err)
	found := 0
	for _, f := range files {
		name := filepath.Base(filepath.Dir(f))
		if _, err := os.Stat(filepath.Join(filepath.Dir(f), "go.mod")); err == nil {
			continue // a module of its own
		}
		require.Contains(t, programs, name, "tell this test how it is used")
		found++
	}
	require.Equal(t, len(programs), found)
	for name := range programs {
		t.Run(name, func(t *testing.T) {
			for _, h := range append(slices.Clone(commands[name]), "") {
				help(t, name, strings.Fields(h+" -h"))
			}
			first := strings.Fields(commands[name].first())
			out, errs, status := run(t, name, append(first, "-nonsense")...)
			require.Equal(t, cli.Usage, status, errs)
			require.Empty(t, out)
			require.Contains(t, errs, "-nonsense")
			require.Contains(t, errs, "usage: "+name)

			if !strings.Contains(programs[name], "FILE") {
				return
			}
			if name != "demo" { // which takes its clip for granted
				// Tests run in their own folder, where the clip is not.
				out, errs, status = run(t, name, first...)
				require.Equal(t, cli.Usage, status, "nothing to work on: %s", errs)
				require.Empty(t, out)
				require.Contains(t, errs, "usage: "+name)
			}
			out, errs, status = run(t, name, arguments(t, name, filepath.Join(t.TempDir(), "nothing.mp4"))...)
			require.Equal(t, cli.Failed, status, errs)
			require.Contains(t, errs, name+": ")
			require.Contains(t, out+errs, "nothing.mp4")
		})
	}
}

// A list of commands within a program.
type list []string

func (l list) first() string {
	if len(l) == 0 {
		return ""
	}
	return l[0]
}

var commands = map[string]list{
	"bench": {"fps", "reuse", "seek", "parallel", "first", "cold", "alloc"},
	"sei":   {"extract", "insert"},
}

func help(t *testing.T, name string, args []string) {
	t.Helper()
	out, errs, status := run(t, name, args...)
	require.Equal(t, cli.OK, status, errs)
	require.Empty(t, errs)
	require.Regexp(t, "^usage: "+name+" ", out)
	require.Contains(t, out, "\nexit status: 0 all is well, 1 something failed, 2 a wrong command line, 130 Ctrl-C\n")
	if name != "probe" && !slices.Contains(args, "insert") { // which decode nothing
		require.Contains(t, out, "-device")
	}
}

// withoutArguments are the programs that have something to show in the repository, where
// they need not be told a file, and a line that proves it.
var withoutArguments = map[string]struct{ args, line string }{
	"bench":        {"fps -device cpu -w 0.05", "RES\tgobench-cpu-copy\tfps\tdemo"},
	"caps":         {"", "DECODE"},
	"decode":       {"-n 10", ""},
	"demo":         {"-t= -o OUT.png", "decoded 300 frames"},
	"doctor":       {"", "FFmpeg"},
	"prefetch":     {"-work 0", "300 frames up to"},
	"probe":        {"", "testdata/demo.mp4: "},
	"reuse":        {"-clips 2 -threads 2", "demo.mp4"},
	"sampling":     {"-threads 2 -frames 3 -sequential 3", "one by one"},
	"segmentbench": {"-segments 2 -length 100ms -r 1 -methods=", "demo.mp4"},
	"sei":          {"extract", "messages"},
	"tensor":       {"-size 32", "float16 [8 3 32 32]"},
	"thumbnails":   {"-n 2 -o OUT.png", "2 of 300 frames"},
}

func TestWithoutArguments(t *testing.T) {
	testutils.Short(t)
	testutils.FFmpeg(t)
	for name, c := range withoutArguments {
		t.Run(name, func(t *testing.T) {
			args := strings.Fields(strings.ReplaceAll(c.args, "OUT", filepath.Join(t.TempDir(), "out")))
			cmd, out, errs := command(t, name, args...)
			cmd.Dir = testutils.Root()
			require.NoError(t, cmd.Run(), errs.String())
			require.Contains(t, out.String(), c.line)
			require.NotContains(t, errs.String(), "\r", "plain lines where there is no terminal")
		})
	}
	for name := range programs {
		if _, ok := withoutArguments[name]; !ok {
			require.Contains(t, []string{"encode", "transcode", "segments"}, name, "these write a file that must be named")
		}
	}
}

// TestSheet: the picture in the README is what make demo draws.
func TestSheet(t *testing.T) {
	testutils.Short(t)
	testutils.FFmpeg(t)
	to := filepath.Join(t.TempDir(), "sheet.png")
	cmd, _, errs := command(t, "demo", "-device", "cpu", "-t=", "-o", to)
	cmd.Dir = testutils.Root()
	require.NoError(t, cmd.Run(), errs.String())
	load := func(path string) *image.RGBA {
		f, err := os.Open(path)
		require.NoError(t, err)
		defer f.Close()
		img, err := png.Decode(f)
		require.NoError(t, err)
		b := img.Bounds()
		out := image.NewRGBA(b)
		draw.Draw(out, b, img, b.Min, draw.Src)
		return out
	}
	want, got := load(filepath.Join(testutils.Root(), "docs/contact-sheet.png")), load(to)
	require.Equal(t, want.Bounds(), got.Bounds())
	require.True(t, bytes.Equal(want.Pix, got.Pix), "copy %s", to)
}

// TestInterrupt: a source that gives nothing more is left at the first Ctrl-C, whether the
// program still opens it (half of a transport stream) or is at work (most of an mp4).
func TestInterrupt(t *testing.T) {
	testutils.Short(t)
	testutils.FFmpeg(t)
	if runtime.GOOS == "windows" {
		testutils.Skip(t, "no SIGINT", "")
	}
	testutils.Watchdog(t, 2*time.Minute)
	leaves := map[string]string{
		"decode":    "total MD5 [0-9a-f]{32} frames [1-9]",
		"demo":      "contact sheet: ",
		"prefetch":  "[1-9][0-9]* frames up to ",
		"segments":  "until then is in .*part|frames",
		"sei":       "^frame 0 ",
		"tensor":    "float16 \\[300 3 32 32\\] ",
		"transcode": "until then is in .*part",
	}
	for name, args := range programs {
		if !strings.Contains(args, "FILE") || name == "encode" { // which reads raw pictures: below
			continue
		}
		for _, c := range []struct {
			clip    string
			percent int
			wait    bool // for the program to have worked on what there is
		}{{"mpeg2.ts", 50, false}, {"demo.mp4", 90, true}} {
			t.Run(name+"/"+c.clip, func(t *testing.T) {
				t.Parallel()
				url, waits := stalling(t, c.clip, c.percent)
				cmd, out, errs := command(t, name, arguments(t, name, url)...)
				require.NoError(t, cmd.Start())
				<-waits // it has what there is
				if c.wait {
					idle(cmd.Process.Pid)
				}
				require.NoError(t, cmd.Process.Signal(os.Interrupt))
				_ = cmd.Wait()
				require.Equal(t, cli.Interrupted, cmd.ProcessState.ExitCode(), errs.String())
				require.NotContains(t, errs.String(), "\r", "plain lines where there is no terminal")
				if left := leaves[name]; c.wait && left != "" {
					require.Regexp(t, left, out.String()+errs.String(), "what was done until then")
				}
			})
		}
	}
	t.Run("encode", func(t *testing.T) {
		t.Parallel()
		to := filepath.Join(t.TempDir(), "out.mp4")
		cmd, _, errs := command(t, "encode", "-device", "cpu", "-i", "-", "-s", "64x64", "-o", to)
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		for range 4 { // the fourth is taken when the second was coded
			_, err = in.Write(make([]byte, 64*64*3/2))
			require.NoError(t, err)
		}
		time.Sleep(200 * time.Millisecond)
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		_ = cmd.Wait()
		require.Equal(t, cli.Interrupted, cmd.ProcessState.ExitCode(), errs.String())
		require.Contains(t, errs.String(), "frames until then are in "+part.Name(to))
		require.FileExists(t, part.Name(to))
		require.NoFileExists(t, to)
	})
}

// idle waits until a program has used no time of a processor for half a second.
func idle(pid int) {
	for same, last := 0, ""; same < 5; time.Sleep(100 * time.Millisecond) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		f := strings.Fields(string(b))
		if err != nil || len(f) < 15 {
			return
		}
		// Before its first 10 ms it has not begun.
		if now := f[13] + " " + f[14]; now != last || now == "0 0" {
			same, last = 0, now
		} else {
			same++
		}
	}
}

// stalling serves a part of a clip, and then nothing until the test ends. waits tells that
// all of it is under way.
func stalling(t *testing.T, clip string, percent int) (url string, waits <-chan bool) {
	t.Helper()
	b, err := os.ReadFile(testutils.Clip(t, clip))
	require.NoError(t, err)
	given := b[:len(b)*percent/100]
	told, done := make(chan bool, 64), make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		_, _ = w.Write(given)
		w.(http.Flusher).Flush()
		told <- true
		select {
		case <-done:
		case <-r.Context().Done():
		}
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { close(done); srv.Close() })
	return "http://" + l.Addr().String() + "/" + clip, told
}
