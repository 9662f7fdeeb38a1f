package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/sheet"
	"github.com/go-nvcodec/nvcodec/frame"
)

// Sizes of pictures. Those of a sheet are as the pages show them.
const (
	thumbWidth, thumbHeight = 480, 270
	tileWidth, tileHeight   = 240, 135
	sheetColumns, sheetRows = 4, 3
)

// contactSheet draws pictures from all over a video, each with its time, as JPEG.
func (s *server) contactSheet(ctx context.Context, v video, d *description) ([]byte, error) {
	var tiles []sheet.Tile
	err := s.simple(ctx, v, d.index, func(_ *codec.Demuxer, dec *codec.SimpleDecoder) error {
		t := tiler{side: tileWidth, height: tileHeight}
		defer t.close()
		return eachFrame(ctx, dec, choose(d.index, sheetColumns*sheetRows), func(f *frame.Frame) error {
			tile, err := t.tile(f)
			tiles = append(tiles, tile)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	if len(tiles) == 0 {
		return nil, fmt.Errorf("%w: no frame came out", codec.ErrCorrupt)
	}
	var b bytes.Buffer
	err = jpeg.Encode(&b, sheet.Draw(tiles, min(sheetColumns, len(tiles))), &jpeg.Options{Quality: 80})
	return b.Bytes(), err
}

// choose returns up to n frames at even distances, the key frames before them where
// there are enough: those cost the least.
func choose(x *codec.Index, n int) []int {
	even, keys := []int{}, []int{}
	add := func(list []int, i int) []int {
		if len(list) > 0 && list[len(list)-1] == i {
			return list
		}
		return append(list, i)
	}
	all := x.KeyFrames()
	for k := range n {
		i := (2*k + 1) * x.Len() / (2 * n)
		even = add(even, i)
		for len(all) > 1 && all[1] <= i {
			all = all[1:]
		}
		if len(all) > 0 {
			keys = add(keys, all[0])
		}
	}
	if len(keys) >= min(n, len(even)) {
		return keys
	}
	return even
}

// A place is where a picture of a sheet is, in parts of the whole, and its time from the
// first frame on.
type place struct {
	T float64 `json:"t"`
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// places are those of contactSheet, none where frames have no times.
func (d *description) places() (list []place) {
	if !d.timed {
		return nil
	}
	frames := choose(d.index, sheetColumns*sheetRows)
	w, h := sheet.Fit(d.Width, d.Height, 1, 1, tileWidth, tileHeight)
	size, at := sheet.Layout(len(frames), min(sheetColumns, len(frames)), image.Pt(w, h))
	x, y := float64(size.X), float64(size.Y)
	for i, f := range frames {
		r := at(i)
		list = append(list, place{
			(d.index.Time(f) - d.start).Seconds(),
			float64(r.Min.X) / x, float64(r.Min.Y) / y, float64(r.Dx()) / x, float64(r.Dy()) / y,
		})
	}
	return list
}

// A tiler makes small upright pictures of frames, where they lie, of one size for all
// that are alike.
type tiler struct {
	side, height int // bounds
	w, h         int // of the converter's pictures
	conv         *frame.Converter
}

func (t *tiler) close() { t.conv.Close() }

func (t *tiler) tile(f *frame.Frame) (sheet.Tile, error) {
	at := f.Time()
	label := fmt.Sprintf("%d:%02d:%04.1f", at/time.Hour, at/time.Minute%60, (at % time.Minute).Seconds())
	if f.PTS == codec.NoPTS {
		label = fmt.Sprintf("#%d", f.Index)
	}
	w, h := sheet.Fit(f.Width, f.Height, f.SAR.Num, f.SAR.Den, 1<<16, 1<<16)
	if f.Rotation%180 != 0 {
		w, h = h, w
	}
	w, h = sheet.Fit(w, h, 1, 1, t.side, t.height)
	if t.conv == nil || w != t.w || h != t.h {
		t.conv.Close()
		var err error
		t.conv, err = frame.NewConverter(frame.RGBA, &frame.Conversion{Upright: true, Width: w, Height: h, Filter: frame.Area})
		if err != nil {
			return sheet.Tile{}, err
		}
		t.w, t.h = w, h
	}
	g, err := t.conv.Convert(f, nil)
	if err != nil {
		// Formats that are no target of the hardware's: as they lie, unturned.
		img, err := f.Image()
		if err != nil {
			return sheet.Tile{}, err
		}
		return sheet.Tile{Image: sheet.Shrink(img, w, h), Label: label}, nil
	}
	defer g.Release()
	img, err := g.Image()
	if err != nil {
		return sheet.Tile{}, err
	}
	return sheet.Tile{Image: sheet.Shrink(img, w, h), Label: label}, nil
}
