// Segments cuts parts out of a video, exact to the frame, and codes them anew with one
// decoder and one encoder; audio is copied.
//
//	segments -i in.mp4 -o out.mp4 -segments 0:2,2:4.5,10:12
//	segments -i in.mp4 -o best-of.mp4 -segments 30:40,95:101.5 -joined -json config.json
//
// Times are seconds on the video's own time line; a part is half-open. Each goes into a
// file of its own, out_0_2.mp4 and so on, or with -joined all into one. The exit status is
// 0 only if every part was written from undamaged pictures.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
)

func main() {
	cli.Main("segments", run)
}

func run(ctx context.Context, args []string) error {
	fs := cli.Flags("segments", "segments -i IN -o OUT -segments START:END,... [options]: parts of a video, exact to the frame")
	in := fs.String("i", "", "input `file` or URL")
	out := fs.String("o", "", "output `file`; its extension is the container")
	list := fs.String("segments", "", "parts as start:end in seconds, with commas between them")
	joined := fs.Bool("joined", false, "all parts in one file, in the order given")
	id := fs.String("c", "", "h264, hevc or av1 (default h264)")
	config := fs.String("json", "", "encoder configuration `file`, see docs/encoding.md (default: constant quality 23)")
	size := fs.String("s", "", "new size, `WxH`; 0 for one of them keeps the shape")
	parallel := fs.Int("parallel", 1, "decoders that work at once")
	audio := fs.String("audio", "copy", "copy or none")
	var device codec.Device
	fs.TextVar(&device, "device", codec.Auto, "where to decode and encode: auto, cpu or cuda:N")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	switch {
	case *in == "" || *out == "" || *list == "":
		fs.Usage()
		return cli.UsageError("-i, -o or -segments is missing")
	case *audio != "copy" && *audio != "none":
		return cli.UsageError("-audio %s: copy or none", *audio)
	}
	parts, err := parse(*list)
	if err != nil {
		return err
	}
	cfg := codec.TranscoderConfig{DropAudio: *audio == "none", Parallel: *parallel}
	cfg.Decoder.Device = device
	if device == codec.CPU {
		cfg.Encoder.Device = device // else its own choice
	}
	if *config != "" {
		b, err := os.ReadFile(*config)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &cfg.Encoder); err != nil {
			return fmt.Errorf("%s: %w", *config, err)
		}
	}
	if *id != "" {
		cfg.Encoder.Codec = codec.ID(*id)
	}
	if *size != "" {
		if _, err := fmt.Sscanf(*size, "%dx%d", &cfg.Width, &cfg.Height); err != nil {
			return cli.UsageError("-s %s: want WxH", *size)
		}
	}
	dem, err := codec.Open(ctx, *in, &codec.DemuxerConfig{Network: true, Select: codec.VideoAndAudio})
	if err != nil {
		return err
	}
	defer cli.Closing(ctx, dem)()
	var bar *progress.Bar
	var seen int64
	cfg.Progress = func(p codec.Progress) {
		if p.Frames < seen {
			seen = 0 // the next part
		}
		bar.Add(int(p.Frames - seen))
		seen = p.Frames
	}
	t, err := codec.NewTranscoder(dem, &cfg)
	if err != nil {
		return err
	}
	defer t.Close()
	where, why := t.Decoder()
	fmt.Printf("decoder: %v, because %s\n", where, why)
	where, why = t.Encoder()
	fmt.Printf("encoder: %v, because %s\n", where, why)
	for _, s := range t.Ignored() {
		fmt.Println("ignored:", s)
	}
	rate := dem.Stream().FrameRate.Float64()
	files := [][]codec.Interval{parts}
	if !*joined {
		files = nil
		for _, p := range parts {
			files = append(files, []codec.Interval{p})
		}
	}
	var failed error
	for _, f := range files {
		name, total := *out, 0.0
		if !*joined {
			name = f[0].Name(*out)
		}
		for _, p := range f {
			total += (p.End - p.Start).Seconds() * rate
		}
		bar, seen = progress.New(name, int64(total)), 0
		err := t.WriteFile(ctx, name, nil, f...)
		bar.Done()
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "segments:", err)
			failed = errors.New("not every part is whole")
		} else {
			fmt.Printf("%s: %d frames\n", name, bar.Count())
		}
	}
	return failed
}

// parse reads "0:2,2:4.5".
func parse(list string) (parts []codec.Interval, err error) {
	for _, s := range strings.Split(list, ",") {
		a, b, ok := strings.Cut(s, ":")
		if !ok {
			return nil, cli.UsageError("-segments: %q: want start:end in seconds", s)
		}
		var p codec.Interval
		for i, text := range []string{a, b} {
			v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil || v < -1e9 || v > 1e9 {
				return nil, cli.UsageError("-segments: %q: %q is no number of seconds", s, text)
			}
			*[]*time.Duration{&p.Start, &p.End}[i] = time.Duration(math.Round(v * 1e9))
		}
		if p.Start >= p.End {
			return nil, cli.UsageError("-segments: %q: the end is not after the start", s)
		}
		parts = append(parts, p)
	}
	return parts, nil
}
