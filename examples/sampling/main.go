// Sampling measures how fast frames are fetched from a video: in order, spread evenly,
// and at random. It is the counterpart of PyNvVideoCodec's frame_sampling_benchmark.
//
//	sampling in.mp4
//	sampling -threads 1,3 -frames 30 -parallel 0 -device cuda:0 gop30.mp4 gop250.mp4
//
// Each thread opens the file with a SimpleDecoder of its own. The rate is all frames of
// all threads over the time from the moment when all are ready (file indexed, first frame
// decoded) to the end of the last.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/frame"
)

func main() {
	cli.Main("sampling", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

// A pattern is a way through a video.
type pattern struct {
	name   string
	frames func(s *codec.SimpleDecoder, n int) iter.Seq2[*frame.Frame, error]
}

var patterns = []pattern{
	{"sequential", func(s *codec.SimpleDecoder, n int) iter.Seq2[*frame.Frame, error] { return s.Range(0, n, 1) }},
	{"uniform", func(s *codec.SimpleDecoder, n int) iter.Seq2[*frame.Frame, error] {
		list := make([]int, n)
		for i := range list {
			list[i] = i * s.Len() / n
		}
		return s.FramesAt(list)
	}},
	{"random", func(s *codec.SimpleDecoder, n int) iter.Seq2[*frame.Frame, error] {
		return s.FramesAt(random(s.Len(), n))
	}},
	{"one by one", func(s *codec.SimpleDecoder, n int) iter.Seq2[*frame.Frame, error] {
		return func(yield func(*frame.Frame, error) bool) {
			for _, i := range random(s.Len(), n) {
				if f, err := s.At(i); !yield(f, err) || err != nil {
					return
				}
			}
		}
	}},
}

// random returns n of the numbers below total, the same in each run.
func random(total, n int) []int {
	return rand.New(rand.NewPCG(1, 2)).Perm(total)[:min(n, total)]
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := cli.Flags("sampling", "sampling [options] [FILE...]: how fast frames come in order, spread evenly, at random and one by one")
	cfg := &codec.SimpleDecoderConfig{WaitForWarmUp: true}
	fs.TextVar(&cfg.Device, "device", codec.Auto, "auto, cpu or cuda:N")
	fs.IntVar(&cfg.Parallel, "parallel", 0, "decoders of each thread, 0 for automatic")
	sequential := fs.Int("sequential", 100, "frames in order")
	frames := fs.Int("frames", 30, "frames at random, and spread evenly")
	threads := fs.String("threads", "1,3", "threads at once, separated by commas")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	files := cli.Files(fs)
	if len(files) == 0 || *frames < 1 || *sequential < 1 {
		fs.Usage()
		return cli.UsageError("give files, and at least one frame")
	}
	fmt.Fprintf(out, "%-40s %-12s %8s %8s %10s\n", "file", "pattern", "threads", "frames", "frames/s")
	for _, path := range files {
		for _, p := range patterns {
			for _, s := range strings.Split(*threads, ",") {
				n, err := strconv.Atoi(s)
				if err != nil || n < 1 {
					return cli.UsageError("-threads %s: want numbers from 1 on", *threads)
				}
				count := *frames
				if p.name == "sequential" {
					count = *sequential
				}
				got, took, err := measure(ctx, path, cfg, p, n, count)
				if err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				fmt.Fprintf(out, "%-40s %-12s %8d %8d %10.1f\n", filepath.Base(path), p.name, n, got, float64(got)/took.Seconds())
			}
		}
	}
	return nil
}

// measure lets n threads fetch count frames each.
func measure(ctx context.Context, path string, cfg *codec.SimpleDecoderConfig, p pattern, n, count int) (frames int, took time.Duration, err error) {
	decoders := make([]*codec.SimpleDecoder, n)
	for i := range decoders {
		dem, err := codec.Open(ctx, path, &codec.DemuxerConfig{Network: true})
		if err != nil {
			return 0, 0, err
		}
		defer cli.Closing(ctx, dem)()
		c := *cfg
		if i > 0 {
			c.Index = decoders[0].Index() // one scan is enough
		}
		if decoders[i], err = codec.NewSimpleDecoder(dem, &c); err != nil {
			return 0, 0, err
		}
		defer cli.Closing(ctx, decoders[i])()
	}
	var fetched atomic.Int64
	bar := progress.Watch(func() progress.Status {
		return progress.Status{What: p.name, Done: fetched.Load(), Total: int64(n) * int64(min(count, decoders[0].Len())), Unit: "frames"}
	})
	defer bar.Stop()
	errs := make([]error, n)
	began := time.Now()
	var wg sync.WaitGroup
	for i, s := range decoders {
		wg.Go(func() {
			for f, err := range p.frames(s, min(count, s.Len())) {
				if errs[i] = err; err != nil {
					return
				}
				fetched.Add(1)
				if errs[i] = f.Wait(nil); errs[i] != nil { // its pixels are there
					return
				}
				f.Release()
			}
		})
	}
	wg.Wait()
	return int(fetched.Load()), time.Since(began), errors.Join(errs...)
}
