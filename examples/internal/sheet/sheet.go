// Package sheet draws a contact sheet: small pictures in rows, each with a label.
package sheet

import (
	"image"
	"image/color"
	"image/draw"
)

// A Tile is one picture of a sheet.
type Tile struct {
	Image image.Image
	Label string
}

const (
	gap         = 8
	labelHeight = 7*labelScale + 6
	labelScale  = 2
)

var (
	background = color.RGBA{24, 24, 28, 255}
	ink        = color.RGBA{230, 230, 230, 255}
)

// Layout is the size of a sheet of n pictures, none larger than cell, and where the cell of
// the i-th is.
func Layout(n, columns int, cell image.Point) (size image.Point, place func(i int) image.Rectangle) {
	columns = max(columns, 1)
	rows := (n + columns - 1) / columns
	dx, dy := cell.X+gap, cell.Y+labelHeight+gap
	return image.Pt(columns*dx+gap, rows*dy+gap), func(i int) image.Rectangle {
		return image.Rectangle{Max: cell}.Add(image.Pt(gap+i%columns*dx, gap+i/columns*dy))
	}
}

// Draw arranges tiles in rows of columns, in order.
func Draw(tiles []Tile, columns int) *image.RGBA {
	cell := image.Pt(1, 1)
	for _, t := range tiles {
		b := t.Image.Bounds()
		cell = image.Pt(max(cell.X, b.Dx()), max(cell.Y, b.Dy()))
	}
	size, place := Layout(len(tiles), columns, cell)
	out := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(out, out.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	for i, t := range tiles {
		c, b := place(i), t.Image.Bounds()
		// Smaller tiles are centred in their cell.
		at := image.Rect(0, 0, b.Dx(), b.Dy()).Add(c.Min).Add(c.Size().Sub(b.Size()).Div(2))
		draw.Draw(out, at, t.Image, b.Min, draw.Src)
		label(out, c.Min.X, c.Max.Y+4, t.Label)
	}
	return out
}

// Fit returns the largest size of w x h scaled down, with pixels of aspect num:den,
// that fits into maxW x maxH.
func Fit(w, h, num, den, maxW, maxH int) (int, int) {
	if num <= 0 || den <= 0 {
		num, den = 1, 1
	}
	fw, fh := float64(w)*float64(num)/float64(den), float64(h)
	s := min(float64(maxW)/fw, float64(maxH)/fh, 1)
	return max(int(fw*s+0.5), 1), max(int(fh*s+0.5), 1)
}

// Shrink scales src to w x h by averaging the pixels that fall on each new one.
func Shrink(src image.Image, w, h int) *image.RGBA {
	b := src.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		y0, y1 := span(y, h, b.Dy())
		for x := range w {
			x0, x1 := span(x, w, b.Dx())
			var r, g, bl, n uint64
			for sy := y0; sy < y1; sy++ {
				for sx := x0; sx < x1; sx++ {
					cr, cg, cb, _ := src.At(b.Min.X+sx, b.Min.Y+sy).RGBA()
					r, g, bl, n = r+uint64(cr), g+uint64(cg), bl+uint64(cb), n+1
				}
			}
			out.SetRGBA(x, y, color.RGBA{uint8(r / n >> 8), uint8(g / n >> 8), uint8(bl / n >> 8), 255})
		}
	}
	return out
}

// span returns the source pixels [a, b) of target pixel i of n, at least one.
func span(i, n, size int) (int, int) {
	a, b := i*size/n, (i+1)*size/n
	if b <= a {
		b = a + 1
	}
	return a, b
}
