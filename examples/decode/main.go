// Decode decodes the video of a file, on the GPU or on the CPU, and writes its frames
// or their checksums.
//
//	decode -i in.mp4 -o out.yuv
//	decode -i in.mp4 -device cpu -layout planar -framemd5
//
// The exit status is 0 only if the whole stream was good; what can be decoded of a
// damaged one is written all the same.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/frame"
)

func main() {
	cli.Main("decode", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	fs := cli.Flags("decode", "decode [-i FILE] [-o FILE|-] [-framemd5] [options]: raw frames of a video, or their checksums")
	in := fs.String("i", cli.Clip(), "input `file` or URL")
	out := fs.String("o", "", "write raw frames to `file`, - for standard output")
	sums := fs.Bool("framemd5", false, "print one MD5 a frame, of its planar layout, then the total")
	limit := fs.Int("n", 0, "stop after `n` frames, 0 for all")
	var cfg codec.DecoderConfig
	fs.TextVar(&cfg.Device, "device", codec.Auto, "auto, cpu or cuda:N")
	fs.TextVar(&cfg.Layout, "layout", codec.LayoutNative, "native (as the hardware gives it: NV12, P016, ...) or planar (as FFmpeg's rawvideo)")
	fs.TextVar(&cfg.Latency, "latency", codec.LatencyNative, "native, low or zero")
	fs.IntVar(&cfg.Threads, "threads", 0, "threads of the CPU decoder, 0 for one a core")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	if *in == "" {
		fs.Usage()
		return cli.UsageError("-i is missing")
	}

	dem, err := codec.Open(ctx, *in, &codec.DemuxerConfig{Network: true})
	if err != nil {
		return err
	}
	defer cli.Closing(ctx, dem)()
	dec, err := codec.NewDecoder(dem.Stream(), &cfg)
	if err != nil {
		return err
	}
	defer dec.Close()

	sink, err := openSink(*out, *sums, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.close()) }()

	bar := progress.New("decode", dem.Stream().Frames)
	for f, ferr := range dec.Frames(dem.Packets()) {
		if ferr != nil {
			err = ferr
			break
		}
		werr := sink.write(f)
		f.Release()
		if werr != nil {
			return werr
		}
		bar.Add(1)
		if ctx.Err() != nil || *limit > 0 && bar.Count() == int64(*limit) {
			break
		}
	}
	bar.Done()
	fmt.Fprintf(os.Stderr, "%s: %s\n", dec.Device(), dec.Reason())
	if err == nil && bar.Count() == 0 {
		err = errors.New("the video stream has no frames")
	}
	return errors.Join(err, ctx.Err())
}

// A sink writes frames and counts checksums; either may be absent.
type sink struct {
	file *os.File
	w    *bufio.Writer
	buf  []byte
	sums *checksums
}

func openSink(path string, sums bool, stdout io.Writer) (*sink, error) {
	s := new(sink)
	if sums {
		s.sums = newChecksums(stdout)
	}
	switch path {
	case "":
	case "-":
		if sums {
			return nil, cli.UsageError("-o - and -framemd5 both write to standard output")
		}
		s.w = bufio.NewWriterSize(stdout, 1<<20)
	default:
		f, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		s.file, s.w = f, bufio.NewWriterSize(f, 1<<20)
	}
	return s, nil
}

func (s *sink) write(f *frame.Frame) (err error) {
	if s.w == nil && s.sums == nil {
		return nil
	}
	if s.sums != nil {
		// Checksums are always those of the planar layout, so that they compare
		// with FFmpeg's whatever the engine.
		if s.buf, err = f.AppendPlanar(s.buf[:0]); err != nil {
			return err
		}
		s.sums.add(s.buf)
	}
	if s.w != nil {
		if s.buf, err = f.AppendBytes(s.buf[:0]); err != nil {
			return err
		}
		_, err = s.w.Write(s.buf)
	}
	return err
}

func (s *sink) close() (err error) {
	if s.sums != nil {
		s.sums.total()
	}
	if s.w != nil {
		err = s.w.Flush()
	}
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	return err
}
