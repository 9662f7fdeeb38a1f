// Encode codes raw pictures.
//
//	encode -i in.yuv -s 1920x1080 -if NV12 -o out.mp4
//	encode -i in.yuv -s 1920x1080 -if P010 -c hevc -json config.json -o out.hevc
//	encode -i in.yuv -s 1920x1080 -o out.mp4 -reconfigure '100:{"bitrate": "2M"}' -reconfigure '200:{"fps": 60, "idr": 1}'
//
// -reconfigure changes the encoder in front of a frame, counted from 0: bitrate,
// maxbitrate, vbvbufsize, vbvinit, rc, multipass and fps, and idr or reset for that frame.
//
// The extension of the output is the container: mp4, mkv, ts and so on, or h264, hevc
// and obu for the bare stream. Ctrl-C ends it early: what was read until then is finished
// under a name with ".part" in it, as when the input ends within a picture.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/frame"
)

func main() {
	cli.Main("encode", run)
}

func run(ctx context.Context, args []string) (err error) {
	fs := cli.Flags("encode", "encode -i IN -s WxH -o OUT [options]: codes raw pictures")
	in := fs.String("i", "", "raw input `file`, - for standard input")
	size := fs.String("s", "", "`WxH` of the pictures")
	format := fs.String("if", "NV12", "surface format: NV12, YUV420, P010, YUV444, ARGB, ...")
	id := fs.String("c", "", "h264, hevc or av1 (default h264)")
	out := fs.String("o", "", "output `file`")
	var changes changes
	fs.Var(&changes, "reconfigure", "`N:{...}`: what changes in front of frame N; several may be given")
	config := fs.String("json", "", "encoder configuration `file`, see docs/encoding.md")
	var device codec.Device
	fs.TextVar(&device, "device", codec.Auto, "auto, cpu or cuda:N")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	if *in == "" || *out == "" || *size == "" {
		fs.Usage()
		return cli.UsageError("-i, -s or -o is missing")
	}
	cfg := codec.EncoderConfig{DeviceConfig: codec.DeviceConfig{Device: device}}
	if *config != "" {
		b, err := os.ReadFile(*config)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &cfg); err != nil {
			return fmt.Errorf("%s: %w", *config, err)
		}
	}
	if *id != "" {
		cfg.Codec = codec.ID(*id)
	}
	var width, height int
	if n, err := fmt.Sscanf(*size, "%dx%d", &width, &height); n != 2 || err != nil {
		return cli.UsageError("-s %s: two numbers, such as 1920x1080, are wanted", *size)
	}
	f, err := frame.ParseFormat(*format)
	if err != nil {
		return cli.UsageError("-if: %w", err)
	}
	enc, err := codec.NewEncoder(width, height, f, &cfg)
	if err != nil {
		return err
	}
	defer enc.Close()
	fmt.Printf("encoder: %v, because %s\n", enc.Device(), enc.Reason())
	for _, s := range enc.Ignored() {
		fmt.Println("ignored:", s)
	}
	return encode(ctx, enc, *in, *out, f, width, height, changes)
}

// encode writes to a name with ".part" in it, which is given its own at the end.
func encode(ctx context.Context, enc *codec.Encoder, in, out string, f frame.Format, width, height int, changes changes) (err error) {
	n, err := f.Size(width, height)
	if err != nil {
		return err
	}
	src, pictures := os.Stdin, int64(0)
	if in != "-" {
		if src, err = os.Open(in); err != nil {
			return err
		}
		defer src.Close()
		if fi, err := src.Stat(); err == nil {
			pictures = fi.Size() / int64(n)
		}
	}
	file, err := part.Create(ctx, out, nil, enc.Stream())
	if err != nil {
		return err
	}
	defer func() {
		left, e := file.Discard()
		if err = errors.Join(err, e); left != "" {
			err = fmt.Errorf("%w; what there is until then is in %s", err, left)
		}
	}()
	write := func(packets []*codec.Packet, err error) error {
		for _, p := range packets {
			if err := file.WritePacket(p); err != nil {
				return err
			}
		}
		return err
	}
	bar := progress.New("encode", pictures)
	quit := make(chan struct{})
	defer close(quit)
	next := read(src, n, quit)
	var stopped error // why not all of the input was coded
	for stopped == nil {
		var p picture
		select {
		case <-ctx.Done(): // also while the input gives nothing
			stopped = ctx.Err()
			continue
		case p = <-next:
		}
		switch {
		case p.err == io.ErrUnexpectedEOF:
			stopped = fmt.Errorf("%s ends within a picture: %d of %d bytes; is it %v of %dx%d?", in, len(p.pixels), n, f, width, height)
		case p.err != nil:
			stopped = p.err
		default:
			if err := changes.apply(enc, bar.Count()); err != nil {
				return err
			}
			if err := write(enc.EncodeBytes(p.pixels, nil)); err != nil {
				return err
			}
			p.done <- p.pixels
			bar.Add(1)
		}
	}
	if stopped == io.EOF {
		stopped = nil
	}
	if bar.Count() == 0 {
		return cmp.Or(stopped, errors.New("there is no picture in the input"))
	}
	if err := write(enc.Drain()); err != nil {
		return err
	}
	if err := file.Finish(stopped == nil); err != nil {
		return err
	}
	bar.Done()
	if stopped != nil {
		return fmt.Errorf("%w; the %d frames until then are in %s", stopped, bar.Count(), part.Name(out))
	}
	fmt.Printf("%s: %d frames\n", out, bar.Count())
	return nil
}

// A picture of the input, or why there is none.
type picture struct {
	pixels []byte // go back by done
	done   chan<- []byte
	err    error
}

// read reads pictures of size bytes ahead, in another goroutine, until quit. Where it
// waits for a pipe it ends with the program.
func read(src io.Reader, size int, quit <-chan struct{}) <-chan picture {
	next, free := make(chan picture), make(chan []byte, 2)
	free <- make([]byte, size)
	free <- make([]byte, size)
	go func() {
		for buf := range free {
			k, err := io.ReadFull(src, buf)
			select {
			case next <- picture{buf[:k], free, err}:
			case <-quit:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return next
}
