// Segmentbench compares cutting a video into coded segments by one Transcoder with the
// ffmpeg program, run once a segment and once for all of them, with the same encoder,
// settings and threads. Methods take turns; the table gives medians.
//
//	segmentbench -segments 15 -length 2s clip.mp4
//	segmentbench -segments 20 -length 500ms -spread clip.mp4
//
// It is PyNvVideoCodec's segmented_transcode_benchmark.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
)

// settings are what every method works with.
type settings struct {
	segments, rounds, threads, parallel int
	length                              time.Duration
	spread                              bool
	device                              codec.Device
	ffmpeg                              string
	methods                             []string
}

func main() {
	cli.Main("segmentbench", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, w io.Writer) error {
	var s settings
	fs := cli.Flags("segmentbench", "segmentbench [options] [FILE...]: cutting a video into coded parts, beside the ffmpeg program")
	fs.IntVar(&s.segments, "segments", 10, "number of segments")
	fs.DurationVar(&s.length, "length", 2*time.Second, "of a segment")
	fs.BoolVar(&s.spread, "spread", false, "segments begin at even distances over the whole file, else one follows the other")
	fs.IntVar(&s.rounds, "r", 5, "rounds; medians are shown")
	fs.IntVar(&s.threads, "threads", runtime.NumCPU(), "of decoders and encoders on the CPU")
	fs.IntVar(&s.parallel, "parallel", 1, "decoders of nvcodec that work at once on a segment")
	fs.TextVar(&s.device, "device", codec.Auto, "where nvcodec decodes: auto, cpu or cuda:N")
	fs.StringVar(&s.ffmpeg, "ffmpeg", "ffmpeg", "`program` to compare with")
	methods := fs.String("methods", "each,once", "what to compare with: each (ffmpeg run for each segment), once (one ffmpeg), each-nvdec, once-nvdec (they decode on the GPU)")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	files := cli.Files(fs)
	if len(files) == 0 || s.segments < 1 || s.length <= 0 || s.rounds < 1 || s.threads < 1 {
		fs.Usage()
		return cli.UsageError("no file, or a number out of range")
	}
	if *methods != "" {
		s.methods = strings.Split(*methods, ",")
	}
	for i, file := range files {
		if err := s.compare(ctx, w, file, i == 0); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// method is a way to make all segments, into dir.
type method struct {
	name   string
	run    func(ctx context.Context) error
	frames int
	took   []time.Duration
}

// compare measures all methods on one file and prints their rows.
func (s *settings) compare(ctx context.Context, w io.Writer, file string, head bool) error {
	dir, err := os.MkdirTemp("", "segmentbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t, err := s.open(ctx, file, dir)
	if err != nil {
		return err
	}
	defer t.close()
	all := []*method{{name: "nvcodec", run: t.run}}
	if s.parallel > 1 {
		all[0].name = fmt.Sprintf("nvcodec, %d decoders", s.parallel)
	}
	for _, name := range s.methods {
		m, err := s.peer(name, file, dir, t.parts)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	var done atomic.Int64
	bar := progress.Watch(func() progress.Status {
		return progress.Status{What: "segmentbench", Done: done.Load(), Total: int64(len(all) * (s.rounds + 1)), Unit: "runs"}
	})
	defer bar.Stop()
	for r := range s.rounds + 1 { // the first warms caches up, and its files are counted
		for _, m := range all {
			start := time.Now()
			if err := m.run(ctx); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			done.Add(1)
			if r > 0 {
				m.took = append(m.took, time.Since(start))
			} else if m.frames, err = countAndRemove(ctx, dir); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	bar.Clear()
	if head {
		where, _ := t.t.Decoder()
		fmt.Fprintf(w, "%s; nvcodec decodes on %v; libx264 ultrafast, crf 23, no B-frames, mp4, no audio; %d threads; median (least..most) of %d rounds in turn\n\n", s.program(ctx), where, s.threads, s.rounds)
		fmt.Fprintln(w, "| clip | segments | method | frames | frames/s | nvcodec to this |")
		fmt.Fprintln(w, "|---|---|---|---|---|---|")
	}
	how := "contiguous"
	if s.spread {
		how = "spread"
	}
	for _, m := range all {
		slices.Sort(m.took)
		rate := func(i int) float64 { return float64(m.frames) / m.took[i].Seconds() }
		n := len(m.took)
		ratio := ""
		if m != all[0] {
			ratio = fmt.Sprintf("%.2f", m.took[n/2].Seconds()/all[0].took[n/2].Seconds())
		}
		fmt.Fprintf(w, "| %s | %d x %v %s | %s | %d | %.0f (%.0f..%.0f) | %s |\n", filepath.Base(file), len(t.parts), s.length, how, m.name, m.frames, rate(n/2), rate(n-1), rate(0), ratio)
	}
	return nil
}

// cut says where the segments are in a video.
func (s *settings) cut(v codec.StreamInfo) (parts []codec.Interval) {
	step := s.length
	if s.spread {
		step = max(step, v.Duration/time.Duration(s.segments))
	}
	for i := range s.segments {
		start := time.Duration(i) * step
		parts = append(parts, codec.Interval{Start: v.Start + start, End: v.Start + start + s.length})
	}
	return parts
}

// transcoder is ours: made once, outside the measurement, as it lives for many files.
type transcoder struct {
	parts []codec.Interval
	dir   string
	dem   *codec.Demuxer
	t     *codec.Transcoder
}

func (s *settings) open(ctx context.Context, file, dir string) (*transcoder, error) {
	dem, err := codec.Open(ctx, file, &codec.DemuxerConfig{Network: true})
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { dem.Close() })
	none := 0
	cfg := &codec.TranscoderConfig{Parallel: s.parallel}
	cfg.Decoder.Device, cfg.Decoder.Threads = s.device, s.threads
	cfg.Encoder = codec.EncoderConfig{Preset: codec.P1, Threads: s.threads, BFrames: &none, Rate: codec.RateControl{Mode: codec.Quality, Quality: 23}}
	cfg.Encoder.Device = codec.CPU
	t, err := codec.NewTranscoder(dem, cfg)
	if err != nil {
		return nil, errors.Join(err, dem.Close())
	}
	return &transcoder{s.cut(dem.Stream()), dir, dem, t}, nil
}

func (t *transcoder) run(ctx context.Context) error {
	for _, p := range t.parts {
		if err := t.t.WriteFile(ctx, p.Name(filepath.Join(t.dir, "ours.mp4")), nil, p); err != nil {
			return err
		}
	}
	return nil
}

func (t *transcoder) close() {
	t.t.Close()
	t.dem.Close()
}

// countAndRemove counts the pictures of all files in dir.
func countAndRemove(ctx context.Context, dir string) (n int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.mp4"))
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		dem, err := codec.Open(ctx, f, &codec.DemuxerConfig{Network: true})
		if err != nil {
			return 0, err
		}
		for _, err := range dem.Packets() {
			if err != nil {
				dem.Close()
				return 0, err
			}
			n++
		}
		if err := errors.Join(dem.Close(), os.Remove(f)); err != nil {
			return 0, err
		}
	}
	return n, nil
}
