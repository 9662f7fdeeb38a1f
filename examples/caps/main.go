// Caps prints what the devices of this machine decode and encode.
//
//	caps
//	caps -device cuda:0 -json
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/forms"
)

func main() {
	cli.Main("caps", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

// A row is a kind of stream that a device decodes.
type row struct {
	Codec        codec.ID
	Chroma, Bits int
	codec.DecoderCaps
}

type answer struct {
	Decode []row
	Encode []codec.EncoderCaps
	Notes  []string `json:",omitempty"` // why something is missing
}

func run(ctx context.Context, args []string, w io.Writer) error {
	fs := cli.Flags("caps", "caps [-device auto|cpu|cuda:N] [-json]: what the devices decode and encode")
	var device codec.Device
	fs.TextVar(&device, "device", codec.Auto, "auto, cpu or cuda:N")
	asJSON := fs.Bool("json", false, "print JSON, with every capability of the driver")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	a, err := ask(device)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(a)
	}
	return a.print(w)
}

func ask(device codec.Device) (answer, error) {
	var a answer
	defer forms.Hold(device)()
	for _, f := range forms.All() {
		c, err := codec.DecodeCaps(device, f.Codec, f.Chroma, f.Bits)
		if err != nil {
			return a, err
		}
		if c.Supported && (c.Device != codec.CPU || f.Chroma == 420 && f.Bits == 8) { // FFmpeg does not say more
			a.Decode = append(a.Decode, row{f.Codec, f.Chroma, f.Bits, c})
		}
	}
	for _, id := range []codec.ID{codec.H264, codec.HEVC, codec.AV1} {
		c, err := codec.EncodeCaps(device, id)
		switch {
		case errors.Is(err, codec.ErrNoEncodeEngine):
			a.Notes = append(a.Notes, fmt.Sprintf("%v: %v", id, err))
		case err != nil:
			return a, err
		case c.Supported:
			a.Encode = append(a.Encode, c)
		default:
			a.Notes = append(a.Notes, fmt.Sprintf("%v: %v does not encode it", id, c.Device))
		}
	}
	return a, nil
}

func (a *answer) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DECODE\tdevice\tchroma\tbits\tsmallest\tlargest\tengines\tformats")
	for _, r := range a.Decode {
		if r.Device == codec.CPU {
			fmt.Fprintf(t, "%v\t%v\t\t\t\t\t\t%s\n", r.Codec, r.Device, r.Decoder)
			continue
		}
		fmt.Fprintf(t, "%v\t%v\t%d\t%d\t%dx%d\t%dx%d\t%d\t%v\n", r.Codec, r.Device, r.Chroma, r.Bits, r.MinWidth, r.MinHeight, r.MaxWidth, r.MaxHeight, r.Engines, r.Formats)
	}
	fmt.Fprintln(t, "\nENCODE\tdevice\tby\tsmallest\tlargest\tengines\tB-frames\tprofiles\tcan")
	for _, c := range a.Encode {
		fmt.Fprintf(t, "%v\t%v\t%s\t%dx%d\t%dx%d\t%d\t%d\t%s\t%s\n", c.Codec, c.Device, strings.TrimSpace(c.Encoder+" "+c.API), c.MinWidth, c.MinHeight, c.MaxWidth, c.MaxHeight,
			c.Engines, c.MaxBFrames, strings.Join(c.Profiles, " "), strings.Join(abilities(&c), " "))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, n := range a.Notes {
		if _, err := fmt.Fprintln(w, n); err != nil {
			return err
		}
	}
	return nil
}

// abilities are the names of what is true.
func abilities(c *codec.EncoderCaps) []string {
	var names []string
	for _, f := range []struct {
		name string
		on   bool
	}{
		{"10bit", c.TenBit}, {"4:2:2", c.YUV422}, {"4:4:4", c.YUV444}, {"lossless", c.Lossless}, {"lookahead", c.Lookahead}, {"temporal-aq", c.TemporalAQ},
		{"weighted-prediction", c.WeightedPrediction}, {"intra-refresh", c.IntraRefresh}, {"vbv", c.CustomVBV}, {"references", c.MultipleReferences},
		{"new-size", c.DynamicSize}, {"new-rate", c.DynamicBitRate},
	} {
		if f.on {
			names = append(names, f.name)
		}
	}
	for _, b := range c.BReferences {
		names = append(names, "bref-"+b.String())
	}
	for _, m := range c.RateModes {
		names = append(names, m.String())
	}
	return names
}
