// Thumbnails makes a contact sheet of a video: pictures at even distances in time, or
// its key frames, each with its time.
//
//	thumbnails -o sheet.png in.mp4
//	thumbnails -n 40 -columns 8 -keys -width 200 -o sheet.jpg in.mkv
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
	"github.com/go-nvcodec/nvcodec/examples/internal/sheet"
	"github.com/go-nvcodec/nvcodec/frame"
)

func main() {
	cli.Main("thumbnails", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := cli.Flags("thumbnails", "thumbnails [-o sheet.png] [options] [FILE]: a contact sheet")
	cfg := &codec.SimpleDecoderConfig{ScanContext: ctx}
	cfg.Memory = frame.Host
	fs.TextVar(&cfg.Device, "device", codec.Auto, "auto, cpu or cuda:N")
	path := fs.String("o", "thumbnails.png", "`file` to write, .png or .jpg")
	n := fs.Int("n", 24, "pictures at most")
	columns := fs.Int("columns", 6, "pictures in a row")
	width := fs.Int("width", 320, "longest side of a picture in pixels")
	keys := fs.Bool("keys", false, "take key frames: faster, and often where something new begins")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	files := cli.Files(fs)
	if len(files) != 1 || *n < 1 || *columns < 1 || *width < 1 {
		fs.Usage()
		return cli.UsageError("give one file")
	}
	if !slices.Contains([]string{".png", ".jpg", ".jpeg"}, extension(*path)) {
		return cli.UsageError("-o %s: the name must end in .png or .jpg", *path)
	}
	var drawn, total atomic.Int64
	bar := progress.Watch(func() progress.Status {
		if n := total.Load(); n > 0 {
			return progress.Status{What: "thumbnails", Done: drawn.Load(), Total: n, Unit: "pictures"}
		}
		return progress.Status{What: "scan"}
	})
	defer bar.Stop()
	dem, err := codec.Open(ctx, files[0], &codec.DemuxerConfig{Network: true})
	if err != nil {
		return err
	}
	defer cli.Closing(ctx, dem)()
	dec, err := codec.NewSimpleDecoder(dem, cfg)
	if err != nil {
		return err
	}
	defer cli.Closing(ctx, dec)()
	list := choose(dec.Index(), *n, *keys)
	total.Store(int64(len(list)))
	var tiles []sheet.Tile
	var stopped error
	for f, err := range dec.FramesAt(list) {
		if stopped = ctx.Err(); stopped != nil {
			f.Release()
			break
		}
		if err != nil {
			if len(tiles) == 0 || !errors.Is(err, codec.ErrCorrupt) {
				return err
			}
			fmt.Fprintln(out, "damaged:", err)
			break
		}
		t, err := tile(f, *width)
		f.Release()
		if err != nil {
			return err
		}
		tiles = append(tiles, t)
		drawn.Add(1)
	}
	if len(tiles) == 0 {
		return cmp.Or(stopped, errors.New("no picture in the video"))
	}
	bar.Clear()
	fmt.Fprintf(out, "%d of %d frames on %v, because %s\n", len(tiles), dec.Len(), dec.Device(), dec.Reason())
	if err := write(*path, sheet.Draw(tiles, *columns)); err != nil || stopped == nil {
		return err
	}
	return fmt.Errorf("%w; the %d pictures until then are in %s", stopped, len(tiles), *path)
}

// choose returns the numbers of up to n frames: at even distances in time, from the middle
// of the first part to the middle of the last, or key frames.
func choose(x *codec.Index, n int, keys bool) []int {
	m := x.Metadata()
	if keys && len(m.KeyFrames) <= n {
		return m.KeyFrames
	}
	n = min(n, x.Len())
	list := make([]int, 0, n)
	for k := range n {
		i := (2*k + 1) * x.Len() / (2 * n) // of a stream without times
		switch at, err := x.IndexAt(m.Start + m.Duration*time.Duration(2*k+1)/time.Duration(2*n)); {
		case keys:
			i = m.KeyFrames[(2*k+1)*len(m.KeyFrames)/(2*n)]
		case err == nil:
			i = at
		}
		if len(list) == 0 || i != list[len(list)-1] {
			list = append(list, i)
		}
	}
	return list
}

func tile(f *frame.Frame, side int) (sheet.Tile, error) {
	img, err := f.Image()
	if err != nil {
		return sheet.Tile{}, err
	}
	w, h := sheet.Fit(f.Width, f.Height, f.SAR.Num, f.SAR.Den, side, side)
	t := f.Time()
	label := fmt.Sprintf("%d:%02d:%06.3f", t/time.Hour, t/time.Minute%60, (t % time.Minute).Seconds())
	if f.PTS == codec.NoPTS {
		label = fmt.Sprintf("#%d", f.Index)
	}
	return sheet.Tile{Image: sheet.Shrink(img, w, h), Label: label}, nil
}

func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

func write(path string, img image.Image) error {
	encode := func(w io.Writer) error { return png.Encode(w, img) }
	if extension(path) != ".png" {
		encode = func(w io.Writer) error { return jpeg.Encode(w, img, &jpeg.Options{Quality: 90}) }
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(encode(f), f.Close())
}
