// Doctor looks at the machine and tells what nvcodec finds on it: driver, libraries,
// GPUs and what they decode and encode, FFmpeg, which engine each codec would use and
// why, and each problem with its remedy. It decodes a short clip on every device.
//
//	doctor
//	doctor -device cuda:0 -json
//
// The exit status is 0 if what -device asks for works, 1 if there are problems, 2 if
// the command line is wrong. What a GPU cannot do is a note and no problem.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
)

func main() {
	cli.Main("doctor", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, w io.Writer) error {
	fs := cli.Flags("doctor", "doctor [-device auto|cpu|cuda:N] [-json]: what is here, what works, and what to do about the rest")
	var device codec.Device
	fs.TextVar(&device, "device", codec.Auto, "auto, cpu or cuda:N: what is expected to work")
	asJSON := fs.Bool("json", false, "print JSON, with every capability of the driver")
	encoders := fs.String("encoders", "h264,hevc,av1", "the codecs whose encoders are tried")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return cli.UsageError("%s: there is nothing to name but flags", fs.Arg(0))
	}
	var encode []codec.ID
	for name := range strings.FieldsFuncSeq(*encoders, func(c rune) bool { return c == ',' }) {
		id := codec.ID(name)
		if !slices.Contains(encoded, id) {
			return cli.UsageError("-encoders %s: there is h264, hevc and av1", name)
		}
		encode = append(encode, id)
	}
	r, err := examine(ctx, device, encode)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		err = enc.Encode(r)
	} else {
		err = r.print(w)
	}
	if n := r.problems(); err == nil && n > 0 {
		err = fmt.Errorf("problems: %d", n)
	}
	return err
}
