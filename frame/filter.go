package frame

import (
	"fmt"
	"math"
)

// A Filter makes samples where the source has none. Positions are those of OpenCV and
// Pillow: samples are squares, and the edges of the picture stay its edges.
type Filter uint8

// Filters. Beyond the edge of the picture, or of the crop, the sample at the edge goes on.
const (
	// Bilinear weighs the two nearest samples of each direction: OpenCV's INTER_LINEAR.
	// Made much smaller, most samples do not count: see Conversion.Antialias, and Area.
	Bilinear Filter = iota
	// Nearest takes the sample that the centre falls in: OpenCV's INTER_NEAREST_EXACT,
	// Pillow's NEAREST.
	Nearest
	// Bicubic weighs four samples of each direction by Keys' function, with a = -0.75:
	// OpenCV's INTER_CUBIC.
	Bicubic
	// Area is the mean over the area that becomes the pixel, parts of samples by their
	// part: OpenCV's INTER_AREA, where both sides shrink or both grow. The one for
	// making pictures smaller.
	Area
)

var filterNames = [...]string{"bilinear", "nearest", "bicubic", "area"}

// String is the constant's name in small letters.
func (v Filter) String() string { return enumName(filterNames[:], uint8(v), "Filter") }

// MarshalText is String.
func (v Filter) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is the reverse of String.
func (v *Filter) UnmarshalText(text []byte) error {
	for i, n := range filterNames {
		if n == string(text) {
			*v = Filter(i)
			return nil
		}
	}
	return fmt.Errorf("frame: no filter %q: %w", text, ErrInvalidConversion)
}

// An axis says which samples of a line become which.
type axis struct {
	low, high int     // the samples that there are
	first     float64 // position of the centre of the first result; sample i reaches from i to i+1
	step      float64 // from one result to the next
	n         int     // results
	reverse   bool    // the last comes first
}

// A tap is a sample with its weight.
type tap struct {
	index  int
	weight float64
}

// taps appends the samples that make result i.
func (a *axis) taps(dst []tap, i int, f Filter, antialias bool) []tap {
	if a.reverse {
		i = a.n - 1 - i
	}
	centre := a.first + float64(i)*a.step
	if antialias && (f == Bilinear || f == Bicubic) && a.step > 1 {
		return a.wide(dst, centre, f)
	}
	edge := func(i int) int { return min(max(i, a.low), a.high-1) }
	switch f {
	case Nearest:
		nudge := 1e-9 // to the sample that comes later, if the centre is between two
		if a.reverse {
			nudge = -nudge
		}
		return append(dst, tap{edge(int(math.Floor(centre + nudge))), 1})
	case Area:
		from, to := centre-a.step/2, centre+a.step/2
		for k := int(math.Floor(from + 1e-9)); float64(k) < to-1e-9; k++ {
			part := min(to, float64(k+1)) - max(from, float64(k))
			dst = append(dst, tap{edge(k), part / a.step})
		}
		return dst
	}
	left := math.Floor(centre - 0.5)
	t := centre - 0.5 - left
	k := int(left)
	if f == Bilinear {
		return append(dst, tap{edge(k), 1 - t}, tap{edge(k + 1), t})
	}
	w := [4]float64{keys(1+t, -0.75), keys(t, -0.75), keys(1-t, -0.75), 0}
	w[3] = 1 - w[0] - w[1] - w[2]
	for m, v := range w {
		dst = append(dst, tap{edge(k - 1 + m), v})
	}
	return dst
}

// wide is Pillow's resampling: the filter is as wide as the step. There is nothing
// beyond the edge, and what there is weighs 1 in all.
func (a *axis) wide(dst []tap, centre float64, f Filter) []tap {
	radius := a.step
	if f == Bicubic {
		radius *= 2
	}
	from, to := max(int(centre-radius+0.5), a.low), min(int(centre+radius+0.5), a.high)
	n, sum := len(dst), 0.0
	for k := from; k < to; k++ {
		x := math.Abs((float64(k) - centre + 0.5) / a.step)
		w := max(1-x, 0)
		if f == Bicubic {
			w = keys(x, -0.5)
		}
		dst = append(dst, tap{k, w})
		sum += w
	}
	for i := range dst[n:] {
		dst[n+i].weight /= sum
	}
	return dst
}

// keys is the cubic convolution kernel, for x >= 0.
func keys(x, a float64) float64 {
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// A table holds, for each of n results, the first of the samples to weigh, and then
// that many weights for as many times as the widest result has samples: what kernels
// read.
type table struct {
	n, taps   int
	data      []uint32 // int32 firsts, float32 weights
	low, high int      // the samples that there are weights for
	order     order
}

// order is how the samples of a table follow each other.
type order uint8

const (
	orderAny    order = iota
	orderShift        // result i is sample low + i
	orderDouble       // result i is sample low + i/2
)

// arrange finds what there is to know of a table that is made.
func (t *table) arrange() {
	t.low, t.high = t.first(0), 0
	shift, double := t.taps == 1, t.taps == 1
	for i := range t.n {
		first := t.first(i)
		t.low, t.high = min(t.low, first), max(t.high, first+t.taps)
		one := t.weight(0, i) == 1
		shift = shift && one && first == t.first(0)+i
		double = double && one && first == t.first(0)+i/2
	}
	switch {
	case shift:
		t.order = orderShift
	case double:
		t.order = orderDouble
	}
}

func (t *table) first(i int) int         { return int(int32(t.data[i])) }
func (t *table) weight(k, i int) float32 { return math.Float32frombits(t.data[(1+k)*t.n+i]) }
func (t *table) setWeight(k, i int, weight float64) {
	t.data[(1+k)*t.n+i] = math.Float32bits(float32(weight))
}

// shift is the sample that result 0 is, if all results are samples as they are in
// their order.
func (t *table) shift() (int, bool) {
	return t.low, t.order == orderShift
}

// whole is true if all weights are 0 or 1.
func (t *table) whole() bool {
	for _, w := range t.data[t.n:] {
		if w != 0 && w != math.Float32bits(1) {
			return false
		}
	}
	return true
}

// grain is the exponent of what all weights are multiples of, at most 0. What the sums
// of many of them lose in float32 does not count, since rounding leaves multiples.
func (t *table) grain() int {
	g := 0
	for _, w := range t.data[t.n:] {
		if w != 0 {
			g = min(g, lowestBit(math.Float32frombits(w)))
		}
	}
	return g
}

// newTable makes a table of n results, of which row gives the taps in any order. All
// lie in [0, size).
func newTable(n, size int, row func(dst []tap, i int) []tap) *table {
	type span struct{ low, high int }
	spans := make([]span, n)
	var all []tap
	ends := make([]int, n)
	widest := 1
	for i := range n {
		from := len(all)
		all = row(all, i)
		ends[i] = len(all)
		s := span{size, -1}
		for _, t := range all[from:] {
			if t.weight != 0 {
				s.low, s.high = min(s.low, t.index), max(s.high, t.index)
			}
		}
		if s.high < 0 {
			s = span{0, 0}
		}
		spans[i] = s
		widest = max(widest, s.high-s.low+1)
	}
	t := &table{n: n, taps: widest, data: make([]uint32, n*(1+widest))}
	sums := make([]float64, widest)
	from := 0
	for i := range n {
		first := min(spans[i].low, size-widest)
		t.data[i] = uint32(int32(first))
		clear(sums)
		for _, p := range all[from:ends[i]] {
			if p.weight != 0 {
				sums[p.index-first] += p.weight
			}
		}
		from = ends[i]
		for k, w := range sums {
			t.setWeight(k, i, w)
		}
	}
	t.arrange()
	return t
}

// A site is where the first of the chroma samples lies, and how far apart they are, in
// samples of luma.
type site struct {
	offset float64
	factor int  // 1, 2 or 4
	fields bool // every other sample belongs to the other field, and so does every other luma; factor is 2
}

// upsample appends the chroma samples of [0, size) that make the chroma of luma i.
func (s site) upsample(dst []tap, i, size int, weight float64, linear bool) []tap {
	if s.fields && size > 1 {
		return s.upsampleField(dst, i, size, weight, linear)
	}
	if !linear || s.factor == 1 {
		return append(dst, tap{min(i/s.factor, size-1), weight})
	}
	x := (float64(i) - s.offset) / float64(s.factor)
	left := math.Floor(x)
	k, t := int(left), x-left
	edge := func(k int) int { return min(max(k, 0), size-1) }
	return append(dst, tap{edge(k), weight * (1 - t)}, tap{edge(k + 1), weight * t})
}

// upsampleField is upsample within the field that luma i is of. The chroma of both lies
// at offset in the frame if that is the middle, else in each field.
// Source: ITU-T H.264, figures 6-2 and E-1; ISO/IEC 13818-2, 6.1.1.8.
func (s site) upsampleField(dst []tap, i, size int, weight float64, linear bool) []tap {
	field := i & 1
	last := (size - 1 - field) / 2 // of the field
	row := func(k int) int { return 2*min(max(k, 0), last) + field }
	if !linear {
		return append(dst, tap{row(i / 4), weight})
	}
	offset := s.offset
	if offset == 0.5 {
		offset = (0.5 + float64(field)) / 2
	}
	x := (float64(i/2) - offset) / 2 // in rows of the field
	left := math.Floor(x)
	k, t := int(left), x-left
	return append(dst, tap{row(k), weight * (1 - t)}, tap{row(k + 1), weight * t})
}

// downsample appends the luma positions of [0, size) whose colours make chroma k: the
// mean of those that it covers or, if linear, weights that fall from its place on.
func (s site) downsample(dst []tap, k, size int, linear bool) []tap {
	if s.factor == 1 {
		return append(dst, tap{k, 1})
	}
	at := k * s.factor
	edge := func(i int) int { return min(max(i, 0), size-1) }
	if !linear || s.offset == float64(s.factor-1)/2 {
		for i := range s.factor {
			dst = append(dst, tap{edge(at + i), 1 / float64(s.factor)})
		}
		return dst
	}
	f := float64(s.factor)
	for i := -s.factor; i <= 2*s.factor; i++ {
		if w := 1 - math.Abs(float64(i)-s.offset)/f; w > 0 {
			dst = append(dst, tap{edge(at + i), w / f})
		}
	}
	return dst
}

// sites are where the chroma of a format lies.
func sites(c ChromaLocation, shiftX, shiftY int) (x, y site) {
	x, y = site{factor: 1 << shiftX}, site{offset: float64(int(1)<<shiftY-1) / 2, factor: 1 << shiftY}
	switch c {
	case ChromaCenter, ChromaTop, ChromaBottom:
		x.offset = float64(x.factor-1) / 2
	}
	switch c {
	case ChromaTopLeft, ChromaTop:
		y.offset = 0
	case ChromaBottomLeft, ChromaBottom:
		y.offset = float64(y.factor - 1)
	}
	return x, y
}
