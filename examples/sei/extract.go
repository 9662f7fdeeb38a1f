package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A record is a message as a line of JSON.
type record struct {
	Frame   int            `json:"frame"`
	Time    float64        `json:"time"` // seconds
	Type    int            `json:"type"`
	Name    string         `json:"name"`
	Text    string         `json:"text,omitempty"`
	Value   frame.SEIValue `json:"value,omitempty"`
	Error   string         `json:"error,omitempty"` // why there is no value
	Payload string         `json:"payload"`         // hexadecimal
}

func extract(ctx context.Context, args []string, stdout io.Writer) error {
	fs := cli.Flags("sei extract", "sei extract [-i IN] [-json] [-device auto|cpu|cuda:N]: the messages of each frame")
	in := fs.String("i", cli.Clip(), "input `file` or URL")
	asJSON := fs.Bool("json", false, "a line of JSON for each message")
	var cfg codec.DecoderConfig
	fs.TextVar(&cfg.Device, "device", codec.Auto, "where to decode: auto, cpu or cuda:N")
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
	if h := dem.Stream().HDR; !*asJSON && !h.IsZero() {
		b, _ := json.Marshal(h)
		fmt.Fprintf(stdout, "stream %s\n", b)
	}
	enc := json.NewEncoder(stdout)
	n, count := 0, 0
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return err
		}
		for _, m := range f.SEI {
			count++
			if *asJSON {
				err = enc.Encode(describe(n, f, m))
			} else {
				_, err = fmt.Fprintf(stdout, "frame %d %.3f %v%s\n", n, f.Time().Seconds(), m, captions(m))
			}
			if err != nil {
				break
			}
		}
		f.Release()
		n++
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
	if !*asJSON {
		fmt.Fprintf(stdout, "%d messages with %d frames\n", count, n)
	}
	return nil
}

func describe(n int, f *frame.Frame, m frame.SEI) record {
	r := record{Frame: n, Time: f.Time().Seconds(), Type: int(m.Type), Name: m.Type.String(), Payload: hex.EncodeToString(m.Payload)}
	v, err := m.Value()
	switch {
	case err == nil:
		r.Value, r.Text = v, v.String()+captions(m)
	case !errors.Is(err, frame.ErrSEIType):
		r.Error = err.Error()
	}
	return r
}

// captions lists the caption bytes of a message.
func captions(m frame.SEI) (text string) {
	pairs, err := m.AppendCaptions(nil)
	if err != nil {
		return ""
	}
	for _, p := range pairs {
		if p.Valid {
			text += "; " + p.String()
		}
	}
	return text
}
