package main

import (
	"cmp"
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/forms"
)

// A report is all that was found.
type report struct {
	Version     string            // of nvcodec
	Go          string            // that built this program
	System      string            // GOOS/GOARCH
	Device      codec.Device      // what is expected to work
	Environment map[string]string // variables that change what is found
	Driver      driver
	Libraries   []library
	GPUs        []gpu
	FFmpeg      *ffmpeg `json:",omitempty"`
	Engines     []choice
	Tests       []test
	Findings    []finding
}

// A finding is something that is not as it could be, and what to do about it.
type finding struct {
	Problem bool // it keeps something from working that -device asks for
	What    string
	Remedy  string
}

func (r *report) problem(what, remedy string) {
	r.Findings = append(r.Findings, finding{true, what, remedy})
}

func (r *report) note(what, remedy string) {
	r.Findings = append(r.Findings, finding{false, what, remedy})
}

func (r *report) problems() (n int) {
	for _, f := range r.Findings {
		if f.Problem {
			n++
		}
	}
	return n
}

// variables change what is found, or what may be.
var variables = []string{
	"NVCODEC_FFMPEG", "NVCODEC_LIBCUDA", "NVCODEC_LIBNVCUVID", "NVCODEC_LIBNVENC", "NVCODEC_NVENC_API", "NVCODEC_DEBUG", "LOGGER_LEVEL",
	"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES", "LD_LIBRARY_PATH",
}

// examine looks at everything. An error is a context that ended; what is wrong with the
// machine is in the report.
func examine(ctx context.Context, device codec.Device, encode []codec.ID) (*report, error) {
	r := &report{
		Version: version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Device: device, Environment: map[string]string{},
	}
	for _, name := range variables {
		if v, ok := os.LookupEnv(name); ok {
			r.Environment[name] = v
		}
	}
	defer forms.Hold(codec.Auto)() // its table is of all GPUs
	for _, step := range []func(){r.lookAtDriver, r.lookAtGPUs, r.lookAtFFmpeg, r.chooseDecoders, func() { r.chooseEncoders(encode) }, func() { r.test(ctx) }} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		step()
	}
	slices.SortStableFunc(r.Findings, func(a, b finding) int { return cmp.Compare(rank(a), rank(b)) })
	return r, ctx.Err()
}

func rank(f finding) int {
	if f.Problem {
		return 0
	}
	return 1
}

// version is that of the module, or the commit it was built from.
func version() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, d := range b.Deps {
		if d.Path == "github.com/go-nvcodec/nvcodec" {
			return d.Version
		}
	}
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" {
			return b.Main.Version + " " + s.Value
		}
	}
	return b.Main.Version
}

// remedy cuts the advice off a library's error: after the lines of what was tried.
func remedy(err error, otherwise string) (what, advice string) {
	lines := strings.Split(err.Error(), "\n")
	n := len(lines)
	if n > 1 && !strings.HasPrefix(lines[n-1], "\t") {
		return strings.Join(lines[:n-1], "\n"), lines[n-1]
	}
	return err.Error(), otherwise
}
