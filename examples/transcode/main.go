// Transcode codes the video of a file anew and copies its audio and subtitles.
//
//	transcode -i in.mkv -o out.mp4
//	transcode -i in.mp4 -o out.mkv -s 1280x720 -c hevc -json config.json -device cpu
//
// Times, rotation, sample shape, colour, metadata, chapters and covers are kept. It
// decodes on the GPU if it can. Where the size changes in mid-stream the pictures are
// scaled to the first one's. Ctrl-C ends it early: what was done is finished, under a
// name with ".part" in it. The exit status is 0 only if all of the source went through
// undamaged.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/examples/internal/transcode"
)

func main() {
	cli.Main("transcode", run)
}

func run(ctx context.Context, args []string) error {
	fs := cli.Flags("transcode", "transcode -i IN -o OUT [options]: codes the video of a file anew, copies the rest")
	in := fs.String("i", "", "input `file` or URL")
	out := fs.String("o", "", "output `file`; its extension is the container")
	id := fs.String("c", "", "h264, hevc or av1 (default h264)")
	config := fs.String("json", "", "encoder configuration `file`, see docs/encoding.md (default: constant quality 23)")
	size := fs.String("s", "", "`WxH` to scale to, before rotation (default: the source's)")
	audio := fs.String("audio", "copy", "copy or none; subtitles and covers go with it")
	faststart := fs.Bool("faststart", false, "put the index of mp4 and mov in front")
	fragmented := fs.Bool("fragmented", false, "write mp4 and mov in pieces that can be played before the end is there")
	threads := fs.Int("threads", 0, "of the decoder and the encoder on the CPU, 0 for their choice")
	var device codec.Device
	fs.TextVar(&device, "device", codec.Auto, "where to decode: auto, cpu or cuda:N; cpu also encodes there")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	switch {
	case *in == "" || *out == "":
		fs.Usage()
		return cli.UsageError("-i or -o is missing")
	case *audio != "copy" && *audio != "none":
		return cli.UsageError("-audio %s: copy or none", *audio)
	}
	var width, height int
	if *size != "" {
		if n, err := fmt.Sscanf(*size, "%dx%d", &width, &height); n != 2 || err != nil || width <= 0 || height <= 0 {
			return cli.UsageError("-s %s: two numbers, such as 1280x720, are wanted", *size)
		}
	}
	var bar *progress.Bar
	job := transcode.Job{
		In: *in, Out: *out, Device: device, Copy: *audio == "copy", Threads: *threads,
		Width: width, Height: height, Muxer: codec.MuxerConfig{FastStart: *faststart, Fragmented: *fragmented},
		Begin: func(s codec.StreamInfo) { bar = progress.New("transcode", s.Frames) },
		Frame: func() { bar.Add(1) },
	}
	job.Encoder.Threads = *threads
	if device == codec.CPU {
		job.Encoder.Device = device // else its own choice
	}
	if *config != "" {
		b, err := os.ReadFile(*config)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &job.Encoder); err != nil {
			return fmt.Errorf("%s: %w", *config, err)
		}
	}
	if *id != "" {
		job.Encoder.Codec = codec.ID(*id)
	}
	res, err := transcode.Run(ctx, job)
	if bar != nil {
		bar.Done()
	}
	if res.Encoder != "" {
		fmt.Printf("decoder: %s\nencoder: %s\n", res.Decoder, res.Encoder)
	}
	for _, s := range res.Ignored {
		fmt.Println("ignored:", s)
	}
	for _, s := range res.Left {
		fmt.Println("not copied:", s)
	}
	if res.Adjusted > 0 {
		fmt.Printf("moved %d times that did not rise\n", res.Adjusted)
	}
	if res.Scaled > 0 {
		fmt.Printf("scaled %d frames\n", res.Scaled)
	}
	if err == nil {
		fmt.Printf("%s: %d frames\n", *out, res.Frames)
	}
	return err
}
