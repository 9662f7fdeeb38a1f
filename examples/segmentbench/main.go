// Segmentbench compares cutting a video into coded segments by one Transcoder with the
// ffmpeg program, run once a segment and once for all of them, with the same encoder,
// settings and threads. Runs alternate; the table gives medians.
//
//	segmentbench -segments 15 -length 2 clip.mp4
//
// It is PyNvVideoCodec's segmented_transcode_benchmark.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

type job struct {
	file     string
	parts    []codec.Interval
	threads  int
	device   codec.Device
	dir      string
	ffmpeg   string
	hardware bool // ffmpeg decodes on the GPU as well
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "segmentbench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	fs := flag.NewFlagSet("segmentbench", flag.ContinueOnError)
	n := fs.Int("segments", 10, "number of segments, one after the other, or spread with -gap")
	length := fs.Duration("length", 2*time.Second, "of a segment")
	gap := fs.Duration("gap", 0, "between segments")
	rounds := fs.Int("r", 5, "rounds; medians are shown")
	threads := fs.Int("threads", runtime.NumCPU(), "of decoders and encoders on the CPU")
	ffmpeg := fs.String("ffmpeg", "ffmpeg", "`program` to compare with; empty for none")
	hardware := fs.Bool("hwaccel", false, "ffmpeg decodes with NVDEC too (its *_cuvid decoders)")
	var device codec.Device
	fs.TextVar(&device, "device", codec.Auto, "where to decode: auto, cpu or cuda:N")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() == 0 || *n < 1 || *length <= 0 || *gap < 0 || *rounds < 1 {
		fs.Usage()
		return errors.New("no file, or a number out of range")
	}
	dir, err := os.MkdirTemp("", "segmentbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(w, "libx264 ultrafast, constant quality 23, %d threads, no audio\n\n", *threads)
	fmt.Fprintln(w, "| clip | segments | method | frames/s | of ffmpeg per segment | of one ffmpeg |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	for _, file := range fs.Args() {
		j := job{file: file, threads: *threads, device: device, dir: dir, ffmpeg: *ffmpeg, hardware: *hardware}
		for i := range *n {
			start := time.Duration(i) * (*length + *gap)
			j.parts = append(j.parts, codec.Interval{Start: start, End: start + *length})
		}
		if err := j.compare(ctx, w, *rounds); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// compare runs all methods in turn.
func (j *job) compare(ctx context.Context, w io.Writer, rounds int) error {
	t, err := j.open(ctx)
	if err != nil {
		return err
	}
	defer t.close()
	methods := []struct {
		name string
		run  func(context.Context) error
	}{{"nvcodec", t.run}}
	if j.ffmpeg != "" {
		methods = append(methods, []struct {
			name string
			run  func(context.Context) error
		}{{"ffmpeg per segment", j.each}, {"one ffmpeg", j.once}}...)
	}
	took := make([][]time.Duration, len(methods))
	for r := range rounds + 1 { // the first warms caches up
		for i, m := range methods {
			start := time.Now()
			if err := m.run(ctx); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			if r > 0 {
				took[i] = append(took[i], time.Since(start))
			}
		}
	}
	median := func(i int) float64 {
		if i >= len(took) {
			return 0
		}
		slices.Sort(took[i])
		return took[i][len(took[i])/2].Seconds()
	}
	ratio := func(a, b float64) string {
		if a == 0 || b == 0 {
			return ""
		}
		return fmt.Sprintf("%.2f", a/b)
	}
	for i, m := range methods {
		s := median(i)
		fmt.Fprintf(w, "| %s | %d of %v | %s | %.0f | %s | %s |\n", filepath.Base(j.file), len(j.parts), j.parts[0].End-j.parts[0].Start,
			m.name, float64(t.frames)/s, ratio(median(1), s), ratio(median(2), s))
	}
	return nil
}

// transcoder is ours: made once, outside the measurement, as it lives for many files.
type transcoder struct {
	j      *job
	dem    *codec.Demuxer
	t      *codec.Transcoder
	frames int64
}

func (j *job) open(ctx context.Context) (*transcoder, error) {
	dem, err := codec.Open(ctx, j.file, nil)
	if err != nil {
		return nil, err
	}
	t := &transcoder{j: j, dem: dem}
	none := 0
	cfg := &codec.TranscoderConfig{Progress: func(p codec.Progress) {
		if p.Done == 1 {
			t.frames += p.Frames
		}
	}}
	cfg.Decoder.Device, cfg.Decoder.Threads = j.device, j.threads
	cfg.Encoder = codec.EncoderConfig{Preset: codec.P1, Threads: j.threads, BFrames: &none, Rate: codec.RateControl{Mode: codec.Quality, Quality: 23}}
	cfg.Encoder.Device = codec.CPU
	if t.t, err = codec.NewTranscoder(dem, cfg); err != nil {
		return nil, errors.Join(err, dem.Close())
	}
	return t, nil
}

func (t *transcoder) run(ctx context.Context) error {
	t.frames = 0
	for _, p := range t.j.parts {
		if err := t.t.WriteFile(ctx, p.Name(filepath.Join(t.j.dir, "ours.mp4")), nil, p); err != nil {
			return err
		}
	}
	return nil
}

func (t *transcoder) close() {
	t.t.Close()
	t.dem.Close()
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

func (j *job) input() []string {
	args := []string{"-v", "error", "-nostdin", "-y", "-threads", strconv.Itoa(j.threads)}
	if j.hardware {
		args = append(args, "-c:v", "h264_cuvid")
	}
	return args
}

func (j *job) output(part codec.Interval) []string {
	return []string{"-an", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-bf", "0", "-threads", strconv.Itoa(j.threads),
		part.Name(filepath.Join(j.dir, "theirs.mp4"))}
}

// each runs ffmpeg once a segment.
func (j *job) each(ctx context.Context) error {
	for _, p := range j.parts {
		args := append(j.input(), "-ss", seconds(p.Start), "-t", seconds(p.End-p.Start), "-i", j.file)
		if err := j.exec(ctx, append(args, j.output(p)...)); err != nil {
			return err
		}
	}
	return nil
}

// once runs one ffmpeg with as many outputs.
func (j *job) once(ctx context.Context) error {
	args := append(j.input(), "-i", j.file)
	for _, p := range j.parts {
		args = append(args, "-ss", seconds(p.Start), "-t", seconds(p.End-p.Start))
		args = append(args, j.output(p)...)
	}
	return j.exec(ctx, args)
}

func (j *job) exec(ctx context.Context, args []string) error {
	out, err := exec.CommandContext(ctx, j.ffmpeg, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", j.ffmpeg, err, out)
	}
	return nil
}
