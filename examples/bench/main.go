// Bench measures the library on video files: frames a second of any number of decoders
// at once, many short clips, the time to the first frame, and allocations.
//
//	bench fps   [-w SECONDS] [-r REPS] [-m copy|host|rgb|model|bilinear|scaled] [-n 1,2,7] [-device cuda:0] FILE...
//	bench reuse [-r REPS] [-k CLIPS] [-n 1,7] [-device cuda:0] FILE...
//	bench seek  [-device cuda:0] FILE COUNT GOROUTINES REPS
//	bench parallel [-p 7] [-repeat TIMES] [-r REPS] [-device cuda:0] FILE...
//	bench first [-r REPS] [-device cuda:0] FILE...
//	bench cold  [-device cuda:0] FILE
//	bench alloc [-r REPS] [-m copy|host|rgb|model|bilinear|scaled] [-device cuda:0] FILE...
//
// Each figure is a tab-separated line on standard output:
//
//	RES  peer  test  clip  n  unit  v1,v2,v3
//	FAIL peer  test  clip  n  why
//
// The exit status is 0 only if nothing failed. docs/benchmarks.md tells how the
// figures are made.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A command measures something.
type command struct {
	name string
	run  func(context.Context, *bench) error
}

var commands = []command{
	{"fps", fps},
	{"reuse", reuse},
	{"seek", seek},
	{"parallel", parallel},
	{"first", first},
	{"cold", cold},
	{"alloc", alloc},
}

// A bench is what a command was told.
type bench struct {
	window   float64 // seconds
	reps     int
	modes    []string
	counts   []int // of sessions
	clips    int   // a goroutine, with a decoder each; of seek: frames
	parallel int   // decoders of one file
	repeat   int   // the file is first copied so many times into one; 0: measured as it is
	tag      string
	files    []string
	threads  int
	device   codec.Device
	out      io.Writer
	failed   int

	bar   *progress.Watcher
	now   atomic.Pointer[string] // what is measured
	steps atomic.Int64           // measured of total
	total int64
}

// watch shows how many of so many measurements are done, until bar.Stop.
func (b *bench) watch(total int) {
	b.total = int64(total)
	b.bar = progress.Watch(func() progress.Status {
		return progress.Status{What: *b.now.Load(), Done: b.steps.Load(), Total: b.total, Unit: "measurements"}
	})
}

// begins says what is measured from here on.
func (b *bench) begins(test, file string, n int) {
	what := fmt.Sprintf("%s %s %d", test, clip(file), n)
	b.now.Store(&what)
}

func main() {
	cli.Main("bench", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := cli.Flags("bench", usage)
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	for _, c := range commands {
		if fs.Arg(0) != c.name {
			continue
		}
		b, err := parse(c.name, fs.Args()[1:])
		if err != nil {
			return err
		}
		b.out = out
		b.begins(c.name, b.files[0], b.counts[0])
		if err := c.run(ctx, b); err != nil {
			return err
		}
		if b.failed > 0 {
			return fmt.Errorf("%d figures failed", b.failed)
		}
		return nil
	}
	fs.Usage()
	return cli.UsageError("%q: say what to measure", fs.Arg(0))
}

const usage = `bench fps|reuse|seek|parallel|first|cold|alloc [options] [FILE...]
  fps       frames a second of -n sessions at once
  reuse     many short clips, with new decoders and with one that is kept
  seek      random access: FILE COUNT GOROUTINES REPS
  parallel  one file by -p decoders
  first     from opening a file to its first frame
  cold      the same in a new process
  alloc     allocations a frame
       bench fps -h: its options, -device cuda:0|cpu among them; and so on`

func parse(name string, args []string) (*bench, error) {
	b := new(bench)
	fs := cli.Flags("bench "+name, "bench "+name+" [options] [FILE...]; prints RES, who, test, clip, sessions, unit, values")
	fs.Float64Var(&b.window, "w", 0.3, "`seconds` of a window")
	fs.IntVar(&b.reps, "r", 3, "windows")
	modes := fs.String("m", "copy", "what happens to frames, separated by commas: copy (they stay where the engine decodes), host, rgb (and are converted), model (to 224x224 RGB planes of float16, normalised, by areas), bilinear (the same, bilinear), scaled (NVDEC's own scaler, 224x224)")
	counts := fs.String("n", "1", "sessions at once, separated by commas")
	fs.IntVar(&b.clips, "k", 2, "clips a goroutine with a new decoder each; four times as many with one that is kept")
	fs.IntVar(&b.parallel, "p", 0, "decoders that work on one file at once, 0 for what the library chooses (parallel: 7)")
	fs.IntVar(&b.repeat, "repeat", 0, "parallel: measure a copy that has the file's stream so many `times`, one after the other")
	fs.StringVar(&b.tag, "t", name, "the `name` of the test in the output")
	fs.IntVar(&b.threads, "threads", 0, "threads of each CPU decoder, 0 for one a core")
	b.device = codec.GPU(0)
	fs.TextVar(&b.device, "device", b.device, "cuda:N or cpu; auto would not say what was measured")
	if err := cli.Parse(fs, args); err != nil {
		return nil, err
	}
	b.modes, b.files = strings.Split(*modes, ","), fs.Args()
	if name != "seek" {
		b.files = cli.Files(fs)
	}
	for _, s := range strings.Split(*counts, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 256 {
			return nil, cli.UsageError("-n %s: want numbers from 1 to 256", *counts)
		}
		b.counts = append(b.counts, n)
	}
	if name == "seek" {
		if err := b.seekArgs(); err != nil {
			fs.Usage()
			return nil, err
		}
	}
	if b.repeat < 0 || b.repeat > 1000 {
		return nil, cli.UsageError("-repeat: want 1 to 1000 times")
	}
	if b.clips < 1 || b.clips > 10000 {
		return nil, cli.UsageError("-k: want 1 to 10000 clips")
	}
	if len(b.files) == 0 || b.window <= 0 || b.reps < 1 {
		fs.Usage()
		return nil, cli.UsageError("want at least one file, one window and a length of it")
	}
	return b, nil
}

// seekArgs reads FILE COUNT GOROUTINES REPS.
func (b *bench) seekArgs() error {
	if len(b.files) != 4 {
		return cli.UsageError("want FILE COUNT GOROUTINES REPS")
	}
	b.counts = []int{0}
	for i, v := range []*int{&b.clips, &b.counts[0], &b.reps} {
		n, err := strconv.Atoi(b.files[1+i])
		if err != nil || n < 1 || n > 10000 {
			return cli.UsageError("%s: want a number from 1 to 10000", b.files[1+i])
		}
		*v = n
	}
	b.files = b.files[:1]
	return nil
}

// config is the decoder's for a mode.
func (b *bench) config(mode string) (*codec.DecoderConfig, error) {
	cfg := &codec.DecoderConfig{Threads: b.threads}
	cfg.Device = b.device
	switch mode {
	case "copy":
	case "host":
		cfg.Memory = frame.Host
	case "rgb":
		cfg.Output = frame.RGB24
	case "scaled":
		cfg.ScaleWidth, cfg.ScaleHeight = 224, 224
	case "model", "bilinear":
		cfg.Output = frame.GBRPF16
		cfg.Conversion = frame.Conversion{
			Width: 224, Height: 224,
			Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225},
		}
		if mode == "model" {
			cfg.Conversion.Filter = frame.Area
		}
	default:
		return nil, fmt.Errorf("no mode %q; there are copy, host, rgb, model, bilinear and scaled", mode)
	}
	return cfg, nil
}

// peer names who was measured: gobench-copy, gobench-cpu-copy.
func (b *bench) peer(mode string) string {
	name := "gobench"
	if b.device == codec.CPU {
		name += "-cpu"
	}
	if mode != "" {
		name += "-" + mode
	}
	return name
}

func clip(file string) string {
	name := filepath.Base(file)
	return strings.TrimSuffix(name, filepath.Ext(name))
}

func (b *bench) result(mode, test, file string, n int, unit string, values ...float64) {
	var s []string
	for _, v := range values {
		s = append(s, strconv.FormatFloat(v, 'g', 6, 64))
	}
	b.bar.Clear()
	fmt.Fprintf(b.out, "RES\t%s\t%s\t%s\t%d\t%s\t%s\n", b.peer(mode), test, clip(file), n, unit, strings.Join(s, ","))
}

func (b *bench) fail(mode, test, file string, n int, err error) {
	b.failed++
	b.bar.Clear()
	fmt.Fprintf(b.out, "FAIL\t%s\t%s\t%s\t%d\t%s\n", b.peer(mode), test, clip(file), n, strings.Join(strings.Fields(err.Error()), " "))
}
