// Tensor makes a batch for a model of pictures of a video: N x 3 x H x W, float16,
// normalised as torchvision's models want it, on the GPU if there is one. It prints
// what is in the batch and draws it.
//
//	tensor -i in.mp4 -n 8 -every 30 -size 224 -o batch.png
package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/frame"
)

// What torchvision's models were trained with, R, G, B.
var mean, std = [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}

func main() {
	cli.Main("tensor", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, w io.Writer) error {
	fs := cli.Flags("tensor", "tensor [-i FILE] [options]: a normalised batch for a model, and what is in it")
	in := fs.String("i", cli.Clip(), "video `file` or URL")
	out := fs.String("o", "", "picture of the batch, a PNG `file`")
	n, every := fs.Int("n", 8, "pictures"), fs.Int("every", 1, "take every `k`-th frame")
	size := fs.Int("size", 224, "width and height")
	cfg := codec.ThreadedDecoderConfig{}
	fs.TextVar(&cfg.Device, "device", codec.Auto, "auto, cpu or cuda:N")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	if *in == "" || *n < 1 || *every < 1 {
		fs.Usage()
		return cli.UsageError("want -i, and -n and -every of at least 1")
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
	b, stopped := fill(ctx, dec, *n, *every, *size)
	if b == nil || stopped != nil && !errors.Is(stopped, context.Canceled) {
		b.Release()
		return stopped
	}
	defer b.Release()
	pixels, err := b.AppendFloats(nil) // waits for the GPU
	if err != nil {
		return err
	}
	report(w, dec, b, pixels) // of what was there until Ctrl-C
	if *out == "" {
		return stopped
	}
	return errors.Join(draw(*out, pixels, *n, *size), stopped)
}

// fill makes the batch where the frames are.
func fill(ctx context.Context, dec *codec.ThreadedDecoder, n, every, size int) (b *frame.Batch, err error) {
	var i atomic.Int64
	last := int64(n-1) * int64(every)
	bar := progress.Watch(func() progress.Status {
		return progress.Status{What: "tensor", Done: i.Load(), Total: last + 1, Unit: "frames"}
	})
	defer bar.Stop()
	for f, err := range dec.Frames(ctx) {
		if err != nil {
			return b, err
		}
		if b == nil {
			pool, err := frame.NewBatchPool(f.Context(), &frame.BatchConfig{
				Len: n, Width: size, Height: size, Type: frame.Float16,
				Conversion: frame.Conversion{Fit: frame.FitFill, Filter: frame.Area, Upright: true, Mean: mean, Std: std},
			})
			if err == nil {
				defer pool.Close()
				b, err = pool.Get(nil)
			}
			if err != nil {
				f.Release()
				return nil, err
			}
		}
		if k := int(i.Load()); k%every == 0 {
			err = b.Put(k/every, f)
		}
		f.Release()
		if i.Add(1); err != nil || i.Load() > last {
			return b, err
		}
	}
	if b == nil {
		return nil, errors.New("no picture in the video")
	}
	return b, nil
}

func report(w io.Writer, dec *codec.ThreadedDecoder, b *frame.Batch, pixels []float32) {
	fmt.Fprintf(w, "%v %v in %v memory, decoded on %v\n", b.Type, b.Shape, b.Memory, dec.Device())
	for i, s := range b.Slots {
		if !s.Filled {
			fmt.Fprintf(w, "%3d  empty\n", i)
			continue
		}
		fmt.Fprintf(w, "%3d  frame %5d at %v ", i, s.Index, s.TimeBase.Duration(s.PTS))
		for c := range 3 {
			plane := pixels[i*b.Strides[0]+c*b.Strides[1]:][:b.Strides[1]]
			var sum, squares float64
			for _, v := range plane {
				sum += float64(v)
				squares += float64(v) * float64(v)
			}
			m := sum / float64(len(plane))
			fmt.Fprintf(w, "  %c %+.3f ± %.3f", "RGB"[c], m, math.Sqrt(max(squares/float64(len(plane))-m*m, 0)))
		}
		fmt.Fprintln(w)
	}
}

// draw puts the pictures beside each other, with their own colours again.
func draw(path string, pixels []float32, n, size int) error {
	img := image.NewRGBA(image.Rect(0, 0, n*size, size))
	at := func(i, c, p int) uint8 {
		v := pixels[(3*i+c)*size*size+p]*std[c] + mean[c]
		return uint8(min(max(v, 0), 1)*255 + 0.5)
	}
	for i := range n {
		for p := range size * size {
			img.SetRGBA(i*size+p%size, p/size, color.RGBA{at(i, 0, p), at(i, 1, p), at(i, 2, p), 255})
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, img), f.Close())
}
