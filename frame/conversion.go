package frame

import (
	"errors"
	"fmt"
	"image"
	"math"
)

// ErrInvalidConversion: a Conversion that asks for what there is not.
var ErrInvalidConversion = errors.New("invalid conversion")

// A Conversion says what to make of a picture. Everything happens in one pass: cut,
// turn, resize, change colours, normalise, round once. The zero value makes what the
// target is, a Format or a tensor, of the whole picture in its own size.
//
// Colours follow the picture's matrix and range (Color.Resolve fills in what it does
// not say). Transfer function and primaries stay as they are: HDR material keeps its
// PQ or HLG values, and RGB made of it is PQ or HLG coded.
//
// It holds no resource and is copied.
type Conversion struct {
	// Crop is the part of the picture to use, in pixels of the picture as it is
	// stored, before it is turned. Default: all.
	Crop image.Rectangle
	// Rotate turns the picture clockwise, by 0, 90, 180 or 270 degrees.
	Rotate int
	// Upright turns it by Frame.Rotation as well.
	Upright bool
	// FlipX mirrors left and right, FlipY top and bottom, after turning.
	FlipX, FlipY bool

	// Width and Height are the size of the result. Default: that of the part after
	// turning; if one of them is given, the other keeps the proportions.
	Width, Height int
	// Fit is what happens when the proportions differ. Default: FitStretch.
	Fit Fit
	// Filter is how to resize. Default: Bilinear.
	Filter Filter
	// Antialias widens Bilinear and Bicubic (then with a = -0.5) when they make
	// pictures smaller, as Pillow and torchvision do.
	Antialias bool
	// Pad is the colour around the picture with FitInside and FitPad: R, G, B of 0 to 1.
	// Default: black.
	Pad [3]float32

	// Chroma is how subsampled colour is brought to full size. Default: ChromaNearest.
	Chroma ChromaFilter
	// SourceColor, if set, replaces what frames say of their colour.
	SourceColor *Color
	// Color is the matrix, range and place of chroma of Y, U, V results. Default, also
	// for what it leaves unspecified: the source's, or Color.Resolve's for RGB and gray
	// sources. Of gray results, Range is heeded, and is full by default. Primaries and
	// transfer function are only said.
	Color *Color

	// Mean and Std normalise floating-point results: (value - mean) / std of R, G, B
	// values of 0 to 1, whatever the order of channels. Default: 0 and 1. They must not
	// be set for other results.
	Mean, Std [3]float32
}

// Fit says how a picture goes into another shape.
type Fit uint8

// Ways to fit.
const (
	FitStretch Fit = iota // exactly, with other proportions
	FitInside             // all of the picture, in the middle, with Pad around it
	FitFill               // all of the result, from the middle of the picture
	FitPad                // not resized: in the middle, cut or with Pad around it
)

var fitNames = [...]string{"stretch", "inside", "fill", "pad"}

// String is the constant's name in small letters, without Fit.
func (v Fit) String() string { return enumName(fitNames[:], uint8(v), "Fit") }

// MarshalText is String.
func (v Fit) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is the reverse of String.
func (v *Fit) UnmarshalText(text []byte) error {
	for i, n := range fitNames {
		if n == string(text) {
			*v = Fit(i)
			return nil
		}
	}
	return fmt.Errorf("frame: no fit %q: %w", text, ErrInvalidConversion)
}

// ChromaFilter is how to find the colour between chroma samples.
type ChromaFilter uint8

// Chroma filters.
const (
	// ChromaNearest uses each chroma sample for the 2 or 4 pixels that it stands for,
	// wherever it lies, and the other way round the mean of these: what libswscale
	// with SWS_POINT and most players do. Fast.
	ChromaNearest ChromaFilter = iota
	// ChromaLinear weighs by distance, from where the samples lie
	// (Color.ChromaLocation; left if unspecified).
	ChromaLinear
)

var chromaFilterNames = [...]string{"nearest", "linear"}

// String is the constant's name in small letters, without Chroma.
func (v ChromaFilter) String() string {
	return enumName(chromaFilterNames[:], uint8(v), "ChromaFilter")
}

// MarshalText is String.
func (v ChromaFilter) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is the reverse of String.
func (v *ChromaFilter) UnmarshalText(text []byte) error {
	for i, n := range chromaFilterNames {
		if n == string(text) {
			*v = ChromaFilter(i)
			return nil
		}
	}
	return fmt.Errorf("frame: no chroma filter %q: %w", text, ErrInvalidConversion)
}

func (c *Conversion) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("frame: conversion: "+format+": %w", append(args, ErrInvalidConversion)...)
	}
	switch {
	case c.Rotate%90 != 0:
		return bad("rotation by %d degrees, want 0, 90, 180 or 270", c.Rotate)
	case c.Width < 0 || c.Height < 0 || c.Width > MaxDimension || c.Height > MaxDimension:
		return bad("size %d x %d, want 0 to %d", c.Width, c.Height, MaxDimension)
	case int(c.Fit) >= len(fitNames):
		return bad("%v", c.Fit)
	case int(c.Filter) >= len(filterNames):
		return bad("%v", c.Filter)
	case int(c.Chroma) >= len(chromaFilterNames):
		return bad("%v", c.Chroma)
	case c.Crop.Min.X > c.Crop.Max.X || c.Crop.Min.Y > c.Crop.Max.Y:
		return bad("crop %v", c.Crop)
	}
	for i := range 3 {
		for _, v := range [...]float32{c.Mean[i], c.Std[i], c.Pad[i]} {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return bad("mean %v, std %v, pad %v", c.Mean, c.Std, c.Pad)
			}
		}
	}
	return nil
}

// normalises is true if mean or std are set.
func (c *Conversion) normalises() bool { return c.Mean != [3]float32{} || c.Std != [3]float32{} }

// A geometry is where the picture goes.
type geometry struct {
	width, height int     // of the result
	rect          [2]span // of the result, where the picture lies
	axis          [2]axis // of the source
	transpose     bool    // x of the result runs along axis 1
	wider, higher int     // a sample of the result, to one of the source after turning: wider / higher
}

type span struct{ start, n int }

// geometry places a picture of w x h. even is true if the result's chroma is
// subsampled, which the padding must not split.
func (c *Conversion) geometry(w, h, rotation int, even bool) (geometry, error) {
	crop := image.Rect(0, 0, w, h)
	if c.Crop != (image.Rectangle{}) {
		if crop = c.Crop; crop.Empty() || !crop.In(image.Rect(0, 0, w, h)) {
			return geometry{}, fmt.Errorf("frame: conversion: crop %v of %d x %d: %w", c.Crop, w, h, ErrInvalidConversion)
		}
	}
	turn := c.Rotate
	if c.Upright {
		turn += rotation
	}
	turn = (turn%360 + 360) % 360
	g := geometry{transpose: turn%180 != 0}
	size := [2]int{crop.Dx(), crop.Dy()} // along x and y of the result
	// Which ends change places, along x and y.
	back := [2]bool{c.FlipX != (turn == 90 || turn == 180), c.FlipY != (turn == 180 || turn == 270)}
	if g.transpose {
		size[0], size[1] = size[1], size[0]
	}
	want := [2]int{c.Width, c.Height}
	switch {
	case want[0] == 0 && want[1] == 0:
		want = size
	case want[0] == 0:
		want[0] = scaled(size[0], float64(want[1])/float64(size[1]))
	case want[1] == 0:
		want[1] = scaled(size[1], float64(want[0])/float64(size[0]))
	}
	if want[0] > MaxDimension || want[1] > MaxDimension {
		return g, fmt.Errorf("frame: conversion: %d x %d: %w", want[0], want[1], ErrInvalidSize)
	}
	g.width, g.height, g.wider, g.higher = want[0], want[1], 1, 1
	if c.Fit == FitStretch {
		g.wider, g.higher = size[0]*want[1], size[1]*want[0]
	}
	sx, sy := float64(want[0])/float64(size[0]), float64(want[1])/float64(size[1])
	for d := range 2 {
		n, from, length := want[d], 0.0, float64(size[d])
		switch c.Fit {
		case FitInside:
			n = min(scaled(size[d], min(sx, sy)), want[d])
		case FitFill:
			length = min(float64(want[d])/max(sx, sy), length)
			from = (float64(size[d]) - length) / 2
		case FitPad:
			n = min(want[d], size[d])
			from, length = float64((size[d]-n)/2), float64(n)
		}
		start := (want[d] - n) / 2
		if even {
			start &^= 1
		}
		g.rect[d] = span{start, n}
		a := d
		if g.transpose {
			a = 1 - d
		}
		lo, hi := crop.Min.X, crop.Max.X
		if a == 1 {
			lo, hi = crop.Min.Y, crop.Max.Y
		}
		if back[d] {
			from = float64(size[d]) - from - length
		}
		step := length / float64(n)
		g.axis[a] = axis{low: lo, high: hi, first: float64(lo) + from + step/2, step: step, n: n, reverse: back[d]}
	}
	return g, nil
}

func scaled(n int, by float64) int { return max(int(math.Round(float64(n)*by)), 1) }
