// Prefetch decodes in the background while a consumer works: the guide's ThreadedDecoder.
//
//	prefetch -i in.mp4 -buffer 12 -batch 3 -start 100 -work 5ms
//
// It says how long the consumer waited for frames; with a consumer that takes longer than
// decoding, that is next to nothing.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/frame"
)

func main() {
	cli.Main("prefetch", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := cli.Flags("prefetch", "prefetch [-i FILE] [options]: decodes ahead of a consumer that works, and tells how long that waited")
	in := fs.String("i", cli.Clip(), "input `file` or URL")
	batch := fs.Int("batch", 3, "frames the consumer takes at a time")
	work := fs.Duration("work", 5*time.Millisecond, "how long it works on them")
	var cfg codec.ThreadedDecoderConfig
	fs.TextVar(&cfg.Device, "device", codec.Auto, "auto, cpu or cuda:N")
	fs.IntVar(&cfg.Buffer, "buffer", 12, "frames that are decoded ahead")
	fs.IntVar(&cfg.Start, "start", 0, "the first frame")
	host := fs.Bool("host", false, "frames in host memory")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	if *in == "" || *batch < 1 {
		fs.Usage()
		return cli.UsageError("-i is missing, or -batch is not positive")
	}
	if *host {
		cfg.Memory = frame.Host
	}

	dem, err := codec.Open(ctx, *in, &codec.DemuxerConfig{Network: true})
	if err != nil {
		return err
	}
	defer cli.Closing(ctx, dem)()
	dec, err := codec.NewThreadedDecoder(dem, &cfg)
	if err != nil {
		return err
	}
	defer dec.Close()
	fmt.Fprintln(out, dec.Stream())
	fmt.Fprintf(out, "on %v: %s\n", dec.Device(), dec.Reason())

	frames := make([]*frame.Frame, *batch)
	var waited time.Duration
	total, last, began := 0, time.Duration(0), time.Now()
	var shown atomic.Int64
	bar := progress.Watch(func() progress.Status {
		return progress.Status{What: "prefetch", Done: shown.Load(), Total: max(dec.Stream().Frames-int64(cfg.Start), 0), Unit: "frames"}
	})
	for err == nil {
		asked := time.Now()
		var n int
		n, err = dec.Read(ctx, frames)
		waited += time.Since(asked)
		if n > 0 {
			time.Sleep(*work) // a model, say: frames[:n] are its input
			total, last = total+n, frames[n-1].Time()
		}
		for _, f := range frames[:n] {
			f.Release()
		}
		shown.Store(int64(total))
	}
	bar.Stop()
	took := time.Since(began)
	fmt.Fprintf(out, "%d frames up to %v in %v, %.0f a second; waited %v for them, %.1f %%\n",
		total, last.Round(time.Millisecond), took.Round(time.Millisecond), float64(total)/took.Seconds(),
		waited.Round(time.Millisecond), 100*waited.Seconds()/took.Seconds())
	if err != io.EOF {
		return fmt.Errorf("after %d frames: %w", total, err)
	}
	return nil
}
