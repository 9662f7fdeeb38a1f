// Demo decodes a clip, says which engine did it, why and how fast, leaves a contact
// sheet of twelve frames to look at, and codes the clip anew.
package main

import (
	"context"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/examples/internal/sheet"
	"github.com/go-nvcodec/nvcodec/examples/internal/transcode"
	"github.com/go-nvcodec/nvcodec/frame"
)

const (
	tiles   = 12
	columns = 4
	tileMax = 320
)

func main() {
	cli.Main("demo", run)
}

func run(ctx context.Context, args []string) error {
	fs := cli.Flags("demo", "demo [-i FILE] [options]: decodes a clip, tells engine, reason and speed, draws a contact sheet, codes the clip anew")
	in := fs.String("i", "testdata/demo.mp4", "input `file` or URL")
	out := fs.String("o", "out/contact-sheet.png", "contact sheet `file`")
	coded := fs.String("t", "out/demo-transcoded.mp4", "`file` for the clip coded anew, empty for none")
	var cfg codec.DecoderConfig
	fs.TextVar(&cfg.Device, "device", codec.Auto, "auto, cpu or cuda:N")
	if err := cli.Parse(fs, args); err != nil {
		return err
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
	s := dem.Stream()
	fmt.Printf("%s: %s %dx%d, %v\n", *in, s.Codec, s.Width, s.Height, s.Duration.Round(time.Millisecond))

	picks := sampler{max: tiles, total: s.Frames}
	bar := progress.New("decode", s.Frames)
	began := time.Now()
	var picking time.Duration // is not decoding
	var damage, stopped error
	for f, err := range dec.Frames(dem.Packets()) {
		if stopped = ctx.Err(); stopped != nil {
			f.Release()
			break
		}
		if err != nil {
			if !errors.Is(err, codec.ErrCorrupt) {
				return err
			}
			damage = err
			break
		}
		bar.Add(1)
		start := time.Now()
		err = picks.offer(f, int(bar.Count())-1)
		f.Release()
		picking += time.Since(start)
		if err != nil {
			return err
		}
	}
	bar.Done()
	took := time.Since(began) - picking
	fmt.Printf("engine: %s, because %s\n", dec.Device(), short(dec.Reason()))
	fmt.Printf("decoded %d frames in %v: %.0f frames/s\n", bar.Count(), took.Round(time.Millisecond), float64(bar.Count())/took.Seconds())
	if bar.Count() == 0 {
		return errors.Join(errors.New("no frame came out"), damage, stopped)
	}
	if err := writePNG(*out, picks.tiles()); err != nil {
		return err
	}
	fmt.Printf("contact sheet: %s\n", *out)
	if err := errors.Join(damage, stopped); err != nil || *coded == "" {
		return err
	}
	return recode(ctx, *in, *coded, cfg.Device)
}

// recode codes the video as H.264 and keeps the audio.
func recode(ctx context.Context, in, out string, device codec.Device) error {
	if err := mkdirFor(out); err != nil {
		return err
	}
	bar := progress.New("transcode", 0)
	job := transcode.Job{
		In: in, Out: out, Device: device, Copy: true, Encoder: codec.EncoderConfig{Preset: codec.P2},
		Begin: func(s codec.StreamInfo) { bar = progress.New("transcode", s.Frames) },
		Frame: func() { bar.Add(1) },
	}
	res, err := transcode.Run(ctx, job)
	if err != nil {
		return err
	}
	bar.Done()
	fmt.Printf("transcoded %d frames to %s\ndecoder: %s\nencoder: %s\n", res.Frames, out, short(res.Decoder), short(res.Encoder))
	return nil
}

// short leaves out of a reason what examples/doctor tells: the places where a library is
// not, and what to install.
func short(reason string) string {
	reason, more, _ := strings.Cut(reason, "; tried\n")
	if more != "" {
		reason += " (examples/doctor tells more)"
	}
	return reason
}

// A sampler keeps frames that are evenly spread over a stream. If its length is not
// known it keeps up to 2*max: when it is full, it drops every second one and takes
// half as many.
type sampler struct {
	max    int
	total  int64 // frames of the stream, 0 if unknown
	stride int
	kept   []sheet.Tile
}

func (s *sampler) offer(f *frame.Frame, n int) error {
	s.stride = max(s.stride, 1)
	if s.total > int64(s.max) {
		if int64(n) != int64(len(s.kept))*s.total/int64(s.max) || len(s.kept) == s.max {
			return nil
		}
	} else if n%s.stride != 0 {
		return nil
	}
	if len(s.kept) == 2*s.max {
		half := s.kept[:0]
		for i := 0; i < len(s.kept); i += 2 {
			half = append(half, s.kept[i])
		}
		s.kept, s.stride = half, s.stride*2
		if n%s.stride != 0 {
			return nil
		}
	}
	img, err := f.Image()
	if err != nil {
		return err
	}
	w, h := sheet.Fit(f.Width, f.Height, f.SAR.Num, f.SAR.Den, tileMax, tileMax)
	label := fmt.Sprintf("#%d", n)
	if f.PTS != codec.NoPTS {
		label += fmt.Sprintf("  %.3fs", f.Time().Seconds())
	}
	s.kept = append(s.kept, sheet.Tile{Image: sheet.Shrink(img, w, h), Label: label})
	return nil
}

// tiles returns up to max of the kept frames, evenly spread.
func (s *sampler) tiles() []sheet.Tile {
	if len(s.kept) <= s.max {
		return s.kept
	}
	out := make([]sheet.Tile, s.max)
	for i := range out {
		out[i] = s.kept[i*len(s.kept)/s.max]
	}
	return out
}

func writePNG(path string, tiles []sheet.Tile) error {
	if err := mkdirFor(path); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(f, sheet.Draw(tiles, columns)), f.Close())
}

func mkdirFor(path string) error { return os.MkdirAll(filepath.Dir(path), 0o755) }
