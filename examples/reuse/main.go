// Reuse compares what it costs to decode many short clips with a new decoder for each and
// with one that is kept: the guide's cached_decoder_benchmark.
//
//	reuse -clips 20 -threads 4 360p.mp4 720p.mp4 1080p.mp4
//
// The clips of a row are the file again and again, spread over the goroutines; the last
// row takes all files in turn. Making and ending decoders counts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
)

func main() {
	cli.Main("reuse", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := cli.Flags("reuse", "reuse [options] [FILE...]: many short clips with a new decoder each, and with one that is kept")
	clips := fs.Int("clips", 20, "clips a row, spread over the goroutines")
	threads := fs.Int("threads", 4, "goroutines, each with its decoder")
	var cfg codec.DecoderConfig
	fs.TextVar(&cfg.Device, "device", codec.Auto, "auto, cpu or cuda:N")
	fs.IntVar(&cfg.MaxWidth, "width", 0, "largest width, for one session that serves all; 0 for each clip's own")
	fs.IntVar(&cfg.MaxHeight, "height", 0, "largest height")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	videos := cli.Files(fs)
	if len(videos) == 0 || *clips < 1 || *threads < 1 {
		fs.Usage()
		return cli.UsageError("want files, and positive numbers")
	}
	fmt.Fprintf(out, "%-24s %12s %12s %8s\n", "clip", "simple fps", "cached fps", "factor")
	row := func(name string, files []string) error {
		codec.SetDecoderCache(0) // every decoder makes a session of its own
		simple, err := rate(ctx, files, *clips, *threads, &cfg, false)
		if err != nil {
			return err
		}
		codec.SetDecoderCache(4)
		cached, err := rate(ctx, files, *clips, *threads, &cfg, true)
		if err == nil {
			fmt.Fprintf(out, "%-24s %12.0f %12.0f %8.2f\n", name, simple, cached, cached/simple)
		}
		return err
	}
	for _, f := range videos {
		if err := row(filepath.Base(f), []string{f}); err != nil {
			return err
		}
	}
	err := row("all in turn", videos)
	s := codec.CacheStats()
	fmt.Fprintf(out, "%d sessions made, %d taken from the cache, %d changes of size\n", s.Creations, s.Hits, s.Reconfigures)
	return err
}

// rate is frames a second over all goroutines.
func rate(ctx context.Context, files []string, clips, threads int, cfg *codec.DecoderConfig, keep bool) (float64, error) {
	var frames, next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, threads)
	what := "new decoders"
	if keep {
		what = "kept decoders"
	}
	bar := progress.Watch(func() progress.Status {
		return progress.Status{What: what, Done: min(next.Load(), int64(clips)), Total: int64(clips), Unit: "clips"}
	})
	defer bar.Stop()
	began := time.Now()
	for i := range threads {
		wg.Go(func() { errs[i] = decode(ctx, files, clips, &next, &frames, cfg, keep) })
	}
	wg.Wait()
	codec.TrimCache()
	return float64(frames.Load()) / time.Since(began).Seconds(), errors.Join(errs...)
}

// decode takes clips as long as there are some.
func decode(ctx context.Context, files []string, clips int, next, frames *atomic.Int64, cfg *codec.DecoderConfig, keep bool) (err error) {
	var dec *codec.Decoder // nil: a new one is needed
	defer func() { err = errors.Join(err, dec.Close()) }()
	for i := int(next.Add(1)) - 1; i < clips; i = int(next.Add(1)) - 1 {
		if dec, err = decodeClip(ctx, files[i%len(files)], dec, frames, cfg); err != nil {
			return err
		}
		if !keep {
			if err = dec.Close(); err != nil {
				return err
			}
			dec = nil
		}
	}
	return nil
}

func decodeClip(ctx context.Context, file string, dec *codec.Decoder, frames *atomic.Int64, cfg *codec.DecoderConfig) (*codec.Decoder, error) {
	dem, err := codec.Open(ctx, file, &codec.DemuxerConfig{Network: true})
	if err != nil {
		return dec, err
	}
	defer cli.Closing(ctx, dem)()
	if dec != nil {
		err = dec.Reset(dem.Stream())
	} else {
		dec, err = codec.NewDecoder(dem.Stream(), cfg)
	}
	if err != nil {
		return dec, err
	}
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return dec, err
		}
		f.Release()
		frames.Add(1)
	}
	return dec, nil
}
