package frame

import (
	"fmt"
	"math"
)

// A planKey is what a plan depends on, besides the Conversion.
type planKey struct {
	format        Format
	width, height int
	depth         int
	color         Color
	rotation      int
	fields        bool // chroma of every other row belongs to every other row of luma
}

func (f *Frame) planKey() planKey {
	l := f.Format.layout()
	fields := f.Interlaced && l.family == FamilyYUV && l.shiftV == 1 && f.Height > 2
	return planKey{f.Format, f.Width, f.Height, f.Depth(), f.Color, f.Rotation, fields}
}

// A plan is a conversion worked out for one kind of source and one target.
type plan struct {
	key           planKey
	source        source
	target        target
	width, height int   // of the result
	color         Color // of the result
	wider, higher int   // a sample becomes
	transpose     bool
	steps         []step
}

// A step is one launch without its addresses.
type step struct {
	job    job
	part   part
	src    [3]uint8     // component that each input is
	tables [2][2]*table // [class][axis]
	whole  bool         // weights are 0 and 1: sums are whole numbers
	// For the CPU, of each channel: float64 holds all of the sums of matrix, and of rest.
	exact, exactRest [4]bool
	// fast: each result is the sample at shift from it, chroma that of four.
	fast  bool
	shift [2]int
}

// newPlan works out c for sources like key. to returns the target, which may follow the
// source's format and depth.
func newPlan(c *Conversion, key planKey, to func(source Format, depth int) (target, error)) (*plan, error) {
	p := &plan{key: key}
	l := key.format.layout()
	var err error
	if p.source, err = newSource(key.format, key.depth); err != nil {
		return nil, err
	}
	if p.target, err = to(key.format, key.depth); err != nil {
		return nil, err
	}
	even := false
	for i := range p.target.parts {
		even = even || p.target.parts[i].shiftX > 0 || p.target.parts[i].shiftY > 0
	}
	rotation := 0
	if c.Upright {
		rotation = key.rotation
	}
	g, err := c.geometry(key.width, key.height, rotation, even)
	if err != nil {
		return nil, err
	}
	p.width, p.height, p.wider, p.higher, p.transpose = g.width, g.height, g.wider, g.higher, g.transpose
	if c.normalises() && !p.target.kind.float() {
		return nil, fmt.Errorf("frame: conversion: mean %v and std %v for integers: %w", c.Mean, c.Std, ErrInvalidConversion)
	}
	in := key.color
	if c.SourceColor != nil {
		in = *c.SourceColor
	}
	in = in.Resolve(key.format, key.height)
	if l.family == FamilyRGB && l.n == 1 {
		in.Range = RangeFull
	}
	total, err := p.colors(c, l, in)
	if err != nil {
		return nil, err
	}
	for i := range p.target.parts {
		if err := p.addStep(c, &g, &p.target.parts[i], total, in.ChromaLocation); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// colors is what takes samples to the target's R, G, B or Y, U, V; it sets p.color.
func (p *plan) colors(c *Conversion, l *layout, in Color) (affine, error) {
	rgb, err := toRGB(l, in, p.key.depth, p.source.up)
	if err != nil {
		return affine{}, err
	}
	p.color = in
	if c.Color != nil {
		p.color = in.override(*c.Color)
	}
	switch {
	case p.target.yuv:
		if l.family != FamilyYUV || in.Matrix == MatrixRGB {
			// Nothing to keep: what is asked for, else the usual.
			p.color.Matrix, p.color.Range = MatrixUnspecified, RangeUnspecified
			if c.Color != nil {
				p.color = p.color.override(*c.Color)
			}
		}
		p.color = p.color.Resolve(YUV444, p.height)
		yuv, err := fromRGB(p.color, p.target.depth)
		return yuv.after(rgb), err
	case p.target.gray():
		return p.gray(c, l, in, rgb)
	}
	p.color.Matrix, p.color.Range = MatrixRGB, RangeFull
	return rgb, nil
}

// override is c with what v specifies.
func (c Color) override(v Color) Color {
	if v.Matrix != MatrixUnspecified && (v.Primaries != 0 || v.Transfer != 0 || v.Matrix != 0) {
		c.Matrix = v.Matrix
	}
	if v.Primaries != 0 && v.Primaries != PrimariesUnspecified {
		c.Primaries = v.Primaries
	}
	if v.Transfer != 0 && v.Transfer != TransferUnspecified {
		c.Transfer = v.Transfer
	}
	if v.Range != RangeUnspecified {
		c.Range = v.Range
	}
	if v.ChromaLocation != ChromaUnspecified {
		c.ChromaLocation = v.ChromaLocation
	}
	return c
}

func (t *target) gray() bool { return t.channels == 1 && len(t.parts) == 1 }

// gray is luma, of 0 to 1 unless another range was asked for.
func (p *plan) gray(c *Conversion, l *layout, in Color, rgb affine) (affine, error) {
	m := in.Matrix
	if l.family != FamilyYUV || m == MatrixRGB {
		m = p.color.Matrix
		if m == MatrixRGB {
			m = Unspecified.Resolve(YUV444, p.key.height).Matrix
		}
	}
	kr, kg, kb, ok := lumaWeights(m)
	if !ok {
		return affine{}, fmt.Errorf("frame: no luma of matrix %v: %w", m, ErrInvalidColor)
	}
	scale, offset := 1.0, 0.0
	if c.Color == nil || c.Color.Range != RangeLimited {
		p.color.Range = RangeFull
	} else if !p.target.kind.float() {
		y, err := fromRGB(Color{Matrix: MatrixBT709, Range: RangeLimited}, p.target.depth)
		if err != nil {
			return affine{}, err
		}
		scale, offset = y[0][0]+y[0][1]+y[0][2], y[0][3]
	}
	if p.color.Matrix == MatrixRGB {
		p.color.Matrix = m
	}
	luma := affine{{kr * scale, kg * scale, kb * scale, offset}}
	return luma.after(rgb), nil
}

// addStep works out the launch for one part of the target.
func (p *plan) addStep(c *Conversion, g *geometry, part *part, total affine, location ChromaLocation) error {
	s := step{part: *part, src: [3]uint8{0, 1, 2}}
	j := &s.job
	sub := [2]int{part.shiftX, part.shiftY} // along x and y of the result
	j.width, j.height = int32(ceilShift(g.width, uint8(sub[0]))), int32(ceilShift(g.height, uint8(sub[1])))
	j.left, j.top = int32(g.rect[0].start>>sub[0]), int32(g.rect[1].start>>sub[1])
	if g.transpose {
		j.transpose = 1
	}
	j.channels, j.shift = int32(part.channels), int32(p.target.shift)
	if k := p.target.kind; !k.float() {
		j.scale = float32(int(1)<<p.target.depth - 1)
	}
	a, mean, std, pad := p.channels(c, part, total)
	j.components = 1
	for i := range part.channels {
		if a[i][1] != 0 || a[i][2] != 0 {
			j.components = int32(p.source.n)
		}
	}
	// Chroma to chroma of the same kind needs no detour by full size.
	alongAxis := sub
	if g.transpose {
		alongAxis[0], alongAxis[1] = sub[1], sub[0]
	}
	direct := (sub != [2]int{}) && part.channels == 2 && j.components == 3 && alongAxis == [2]int{p.source.shiftX, p.source.shiftY} &&
		a[0][0] == 0 && a[1][0] == 0 && a[0][2] == 0 && a[1][1] == 0
	if direct {
		a[0][0], a[0][1], a[1][1], a[1][2] = a[0][1], 0, a[1][2], 0
		s.src = [3]uint8{1, 2, 2}
	}
	p.tabulate(&s, c, g, sub, direct, location)
	s.whole = s.tables[0][0].whole() && s.tables[0][1].whole() && s.tables[1][0].whole() && s.tables[1][1].whole()
	fraction := 0
	if !s.whole && p.key.depth <= 12 {
		fraction = 4 // of chroma between samples
	}
	j.setColors(a, p.target.kind, mean, std, pad, p.key.depth, p.source.up, fraction)
	grain := min(s.tables[0][0].grain()+s.tables[0][1].grain(), s.tables[1][0].grain()+s.tables[1][1].grain())
	top := 2 * math.Ldexp(1, p.key.depth+p.source.up) // filters may go beyond
	for i := range part.channels {
		s.exact[i], s.exactRest[i] = exactSum(&j.matrix[i], grain, top), exactSum(&j.rest[i], grain, top)
	}
	s.fast = p.fast(&s, g)
	p.steps = append(p.steps, s)
	return nil
}

// sar is the shape of a sample of the result, so that the picture keeps its own; what is
// not known stays so.
func (p *plan) sar(r Rational) Rational {
	if r.Num <= 0 || r.Den <= 0 {
		return r
	}
	if p.transpose {
		r.Num, r.Den = r.Den, r.Num
	}
	k := Rational{Num: p.wider, Den: p.higher}.Reduce()
	r = r.Reduce()
	return Rational{Num: r.Num * k.Num, Den: r.Den * k.Den}.Reduce()
}

// channels are the rows of total for each channel of a part, in its order.
func (p *plan) channels(c *Conversion, part *part, total affine) (a affine, mean, std, pad [4]float64) {
	var color affine
	if p.target.yuv {
		color, _ = fromRGB(p.color, p.target.depth) // was fine before
	} else {
		color = affine{{1}, {0, 1}, {0, 0, 1}}
	}
	if p.target.gray() {
		color[0] = [4]float64{0.299, 0.587, 0.114} // of the padding, by the common definition
	}
	for i := range 4 {
		std[i] = 1
		if i >= part.channels {
			continue
		}
		k := part.pick[i]
		if k == 3 {
			a[i], pad[i] = [4]float64{3: 1}, 1
			continue
		}
		a[i] = total[k]
		mean[i] = float64(c.Mean[k])
		if v := float64(c.Std[k]); v != 0 {
			std[i] = v
		}
		for n := range 3 {
			pad[i] += color[k][n] * float64(c.Pad[n])
		}
		pad[i] += color[k][3]
	}
	return a, mean, std, pad
}

// tabulate makes the tables of a step. sub is the target's subsampling along x and y.
func (p *plan) tabulate(s *step, c *Conversion, g *geometry, sub [2]int, direct bool, location ChromaLocation) {
	j := &s.job
	linear := c.Chroma == ChromaLinear
	in := [2]site{}
	in[0], in[1] = sites(location, p.source.shiftX, p.source.shiftY)
	in[1].fields = p.key.fields
	out := [2]site{}
	out[0], out[1] = sites(p.color.ChromaLocation, sub[0], sub[1])
	size := [2]int{p.key.width, p.key.height}
	for a := range 2 {
		d := a
		if g.transpose {
			d = 1 - a
		}
		ax := g.axis[a]
		chroma := ceilShift(size[a], [2]uint8{uint8(p.source.shiftX), uint8(p.source.shiftY)}[a])
		n := ceilShift(ax.n, uint8(sub[d]))
		j.length[a] = int32(n)
		var t [2]*table
		if direct {
			if !linear {
				in[a].offset, out[d].offset = float64(in[a].factor-1)/2, float64(out[d].factor-1)/2
			}
			cx := ax.chroma(in[a], out[d], n, chroma)
			t[0] = newTable(n, chroma, func(dst []tap, i int) []tap { return cx.taps(dst, i, c.Filter, c.Antialias) })
			t[1] = t[0]
		} else {
			// The luma positions, with weights, that a result is made of.
			var buf []tap
			row := func(dst []tap, i int) []tap {
				if sub[d] == 0 {
					return ax.taps(dst, i, c.Filter, c.Antialias)
				}
				var own [16]tap
				for _, o := range out[d].downsample(own[:0], i, ax.n, linear) {
					m := len(dst)
					dst = ax.taps(dst, o.index, c.Filter, c.Antialias)
					for k := range dst[m:] {
						dst[m+k].weight *= o.weight
					}
				}
				return dst
			}
			t[0] = newTable(n, size[a], row)
			t[1] = t[0]
			if in[a].factor > 1 && j.components > 1 {
				t[1] = newTable(n, chroma, func(dst []tap, i int) []tap {
					buf = row(buf[:0], i)
					for _, luma := range buf {
						dst = in[a].upsample(dst, luma.index, chroma, luma.weight, linear)
					}
					return dst
				})
			}
		}
		for class := range 2 {
			s.tables[class][a] = t[class]
			j.taps[class][a] = int32(t[class].taps)
		}
	}
}

// chroma is the same part of the picture in samples of chroma.
func (a *axis) chroma(in, out site, n, size int) axis {
	position := func(k int) float64 {
		d := float64(out.factor*k) + out.offset
		if a.reverse {
			d = float64(a.n-1) - d
		}
		luma := a.first + d*a.step - 0.5
		return (luma-in.offset)/float64(in.factor) + 0.5
	}
	f := in.factor
	c := axis{low: a.low / f, high: min((a.high+f-1)/f, size), n: n, step: a.step * float64(out.factor) / float64(f), reverse: a.reverse}
	c.first = position(0)
	if a.reverse {
		c.first = position(n - 1)
	}
	return c
}

// fast is true if one of the fast kernels can do it, if addresses allow.
func (p *plan) fast(s *step, g *geometry) bool {
	f, k := &p.key, p.target.kind
	l := f.format.layout()
	if l.family != FamilyYUV || l.n != 2 || l.shift != 1 || l.shiftV != 1 || l.swap || len(p.steps) > 0 || len(p.target.parts) > 1 || p.target.yuv ||
		g.transpose || s.job.components != 3 || g.rect != [2]span{{0, g.width}, {0, g.height}} {
		return false
	}
	packed := s.part.step == s.part.channels && s.part.step > 1
	if packed && k != kindU8 || !packed && s.part.channels != 3 || k == kindU16 || k == kindW10 {
		return false
	}
	for a := range 2 {
		x, ok := s.tables[0][a].shift()
		if !ok || x%2 != 0 || s.tables[1][a].taps != 1 {
			return false
		}
		for i := range s.tables[1][a].n {
			if s.tables[1][a].first(i) != (x+i)/2 {
				return false
			}
		}
		s.shift[a] = x
	}
	return true
}
