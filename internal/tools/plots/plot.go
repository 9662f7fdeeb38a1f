package main

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
)

type plot struct {
	File, Heading, Title string
	Label, A, B          int       // columns
	Only                 [2]string // column and value of the rows to draw
	NameA, NameB         string
}

type row struct {
	label string
	a, b  float64
}

// rows reads the first table under the heading that has the columns.
func (p *plot) rows(text string) ([]row, error) {
	_, text, ok := strings.Cut("\n"+text, "\n## "+p.Heading+"\n")
	if !ok {
		return nil, fmt.Errorf("no heading %q", p.Heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var rows []row
	var head []string
	for line := range strings.Lines(text) {
		cells := split(line)
		switch {
		case cells == nil:
			if len(rows) > 0 {
				return rows, nil
			}
			head = nil
			continue
		case head == nil:
			head = cells
			continue
		case len(cells) <= max(p.A, p.B) || strings.HasPrefix(cells[0], "---"):
			continue
		}
		if p.Only[0] != "" {
			i := slices.Index(head, p.Only[0])
			if i < 0 || cells[i] != p.Only[1] {
				continue
			}
		}
		a, errA := number(cells[p.A])
		b, errB := number(cells[p.B])
		if errA != nil || errB != nil {
			continue // a row of words
		}
		rows = append(rows, row{cells[p.Label], a, b})
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no figures under %q", p.Heading)
	}
	return rows, nil
}

// split returns the cells of a line of a table, nil if it is none.
func split(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	return cells
}

// number reads the figure of a cell such as 727 (718..727).
func number(cell string) (float64, error) {
	first, _, _ := strings.Cut(cell, " ")
	return strconv.ParseFloat(first, 64)
}

const (
	width, left, right = 760, 200, 90
	bar, gap, top      = 14, 12, 64
	colorA, colorB     = "#9aa5b1", "#2f7d32"
)

// draw makes horizontal bars, two a row, with their figures.
func (p *plot) draw(rows []row) string {
	most := 0.0
	for _, r := range rows {
		most = max(most, r.a, r.b)
	}
	height := top + len(rows)*(2*bar+gap) + 8
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", html.EscapeString(p.Title), width, height)
	text := func(x, y int, anchor, weight, s string) {
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="%s" font-weight="%s" fill="#222">%s</text>`+"\n", x, y, anchor, weight, html.EscapeString(s))
	}
	rect := func(x, y, w, h int, color string) {
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", x, y, w, h, color)
	}
	text(10, 20, "start", "bold", p.Title)
	rect(10, 32, 12, 12, colorA)
	text(28, 43, "start", "normal", p.NameA)
	rect(260, 32, 12, 12, colorB)
	text(278, 43, "start", "normal", p.NameB)
	for i, r := range rows {
		y := top + i*(2*bar+gap)
		text(left-8, y+bar+4, "end", "normal", r.label)
		for k, v := range []float64{r.a, r.b} {
			w := int(v/most*(width-left-right) + 0.5)
			rect(left, y+k*bar, w, bar-1, []string{colorA, colorB}[k])
			text(left+w+6, y+k*bar+11, "start", "normal", strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}
