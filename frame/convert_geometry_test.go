package frame

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// refPicture is a picture of float64 R, G, B, not limited.
type refPicture struct {
	w, h int
	pix  [][3]float64
}

func newRefPicture(w, h int) *refPicture { return &refPicture{w, h, make([][3]float64, w*h)} }

func (p *refPicture) at(x, y int) *[3]float64 { return &p.pix[y*p.w+x] }

func refOf(f *Frame, linear bool) *refPicture {
	p := newRefPicture(f.Width, f.Height)
	c := f.Color.Resolve(f.Format, f.Height)
	for y := range f.Height {
		for x := range f.Width {
			*p.at(x, y) = refRGB(refSamples(f, x, y, linear), f.Format.Family(), c, f.Depth())
		}
	}
	return p
}

func (p *refPicture) crop(r image.Rectangle) *refPicture {
	q := newRefPicture(r.Dx(), r.Dy())
	for y := range q.h {
		for x := range q.w {
			*q.at(x, y) = *p.at(r.Min.X+x, r.Min.Y+y)
		}
	}
	return q
}

// turn is by 90 degrees, clockwise.
func (p *refPicture) turn() *refPicture {
	q := newRefPicture(p.h, p.w)
	for y := range p.h {
		for x := range p.w {
			*q.at(p.h-1-y, x) = *p.at(x, y)
		}
	}
	return q
}

func (p *refPicture) flip(x, y bool) *refPicture {
	q := newRefPicture(p.w, p.h)
	for j := range p.h {
		for i := range p.w {
			a, b := i, j
			if x {
				a = p.w - 1 - i
			}
			if y {
				b = p.h - 1 - j
			}
			*q.at(a, b) = *p.at(i, j)
		}
	}
	return q
}

// refTaps are the weights of the samples 0 to n-1 for result i of m: OpenCV's
// definitions, or Pillow's with antialias. from and length are the part of the line.
func refTaps(n int, from, length float64, m, i int, f Filter, antialias bool) map[int]float64 {
	scale := length / float64(m)
	w := map[int]float64{}
	add := func(k int, v float64) { w[max(0, min(k, n-1))] += v }
	centre := from + (float64(i)+0.5)*scale
	if antialias && scale > 1 && (f == Bilinear || f == Bicubic) {
		shape := func(x float64) float64 { return max(0, 1-math.Abs(x)) }
		radius := scale
		if f == Bicubic {
			radius = 2 * scale
			shape = func(x float64) float64 {
				x = math.Abs(x)
				switch {
				case x < 1:
					return 1.5*x*x*x - 2.5*x*x + 1
				case x < 2:
					return -0.5*x*x*x + 2.5*x*x - 4*x + 2
				}
				return 0
			}
		}
		sum := 0.0
		for k := max(0, int(centre-radius+0.5)); k < min(n, int(centre+radius+0.5)); k++ {
			v := shape((float64(k) + 0.5 - centre) / scale)
			w[k] = v
			sum += v
		}
		for k := range w {
			w[k] /= sum
		}
		return w
	}
	switch f {
	case Nearest:
		add(int(math.Floor(centre+1e-9)), 1)
	case Bilinear:
		k := math.Floor(centre - 0.5)
		t := centre - 0.5 - k
		add(int(k), 1-t)
		add(int(k)+1, t)
	case Bicubic:
		k := math.Floor(centre - 0.5)
		t := centre - 0.5 - k
		const a = -0.75
		c0 := ((a*(t+1)-5*a)*(t+1)+8*a)*(t+1) - 4*a
		c1 := ((a+2)*t-(a+3))*t*t + 1
		c2 := ((a+2)*(1-t)-(a+3))*(1-t)*(1-t) + 1
		for d, v := range []float64{c0, c1, c2, 1 - c0 - c1 - c2} {
			add(int(k)-1+d, v)
		}
	case Area:
		for k := range n {
			if v := min(float64(k+1), centre+scale/2) - max(float64(k), centre-scale/2); v > 1e-9 {
				add(k, v/scale)
			}
		}
	}
	return w
}

func (p *refPicture) resize(x0, xn, y0, yn float64, w, h int, f Filter, antialias bool) *refPicture {
	across := newRefPicture(w, p.h)
	for x := range w {
		for k, v := range refTaps(p.w, x0, xn, w, x, f, antialias) {
			for y := range p.h {
				for c := range 3 {
					across.at(x, y)[c] += v * p.at(k, y)[c]
				}
			}
		}
	}
	q := newRefPicture(w, h)
	for y := range h {
		for k, v := range refTaps(p.h, y0, yn, h, y, f, antialias) {
			for x := range w {
				for c := range 3 {
					q.at(x, y)[c] += v * across.at(x, k)[c]
				}
			}
		}
	}
	return q
}

// refConvert is a Conversion by its words.
func refConvert(f *Frame, c *Conversion) *refPicture {
	p := refOf(f, c.Chroma == ChromaLinear)
	if c.Crop != (image.Rectangle{}) {
		p = p.crop(c.Crop)
	}
	turn := c.Rotate
	if c.Upright {
		turn += f.Rotation
	}
	for range ((turn%360 + 360) % 360) / 90 {
		p = p.turn()
	}
	p = p.flip(c.FlipX, c.FlipY)
	w, h := c.Width, c.Height
	if w == 0 && h == 0 {
		w, h = p.w, p.h
	} else if w == 0 {
		w = max(1, int(math.Round(float64(p.w)*float64(h)/float64(p.h))))
	} else if h == 0 {
		h = max(1, int(math.Round(float64(p.h)*float64(w)/float64(p.w))))
	}
	pw, ph := float64(p.w), float64(p.h)
	switch sx, sy := float64(w)/pw, float64(h)/ph; c.Fit {
	case FitStretch:
		return p.resize(0, pw, 0, ph, w, h, c.Filter, c.Antialias)
	case FitFill:
		vw, vh := min(pw, float64(w)/max(sx, sy)), min(ph, float64(h)/max(sx, sy))
		return p.resize((pw-vw)/2, vw, (ph-vh)/2, vh, w, h, c.Filter, c.Antialias)
	case FitInside:
		iw, ih := min(w, max(1, int(math.Round(pw*min(sx, sy))))), min(h, max(1, int(math.Round(ph*min(sx, sy)))))
		return p.resize(0, pw, 0, ph, iw, ih, c.Filter, c.Antialias).padded(w, h, c.Pad)
	}
	cw, ch := min(w, p.w), min(h, p.h)
	x, y := (p.w-cw)/2, (p.h-ch)/2
	return p.crop(image.Rect(x, y, x+cw, y+ch)).padded(w, h, c.Pad)
}

// padded puts a picture into the middle of another.
func (p *refPicture) padded(w, h int, pad [3]float32) *refPicture {
	q := newRefPicture(w, h)
	x, y := (w-p.w)/2, (h-p.h)/2
	for j := range h {
		for i := range w {
			if i >= x && j >= y && i < x+p.w && j < y+p.h {
				*q.at(i, j) = *p.at(i-x, j-y)
				continue
			}
			for c := range 3 {
				q.at(i, j)[c] = float64(pad[c])
			}
		}
	}
	return q
}

// randomConversion is one of all there are, for a picture of w x h.
func randomConversion(r *rand.Rand, w, h int) Conversion {
	c := Conversion{
		Rotate: 90 * r.IntN(4), Upright: r.IntN(2) == 0, FlipX: r.IntN(2) == 0, FlipY: r.IntN(2) == 0,
		Fit: Fit(r.IntN(4)), Filter: Filter(r.IntN(4)), Antialias: r.IntN(2) == 0, Chroma: ChromaFilter(r.IntN(2)),
		Pad: [3]float32{r.Float32(), r.Float32(), r.Float32()},
	}
	if r.IntN(3) > 0 {
		c.Width = 1 + r.IntN(24)
	}
	if r.IntN(3) > 0 {
		c.Height = 1 + r.IntN(24)
	}
	if r.IntN(2) == 0 {
		x, y := r.IntN(w), r.IntN(h)
		c.Crop = image.Rect(x, y, x+1+r.IntN(w-x), y+1+r.IntN(h-y))
	}
	return c
}

func TestConvertGeometry(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 44))
	n := 1500
	if testing.Short() {
		n = 300
	}
	for i := range n {
		s := convertSources[r.IntN(len(convertSources))]
		src := randomFrame(t, r, s.format, 1+r.IntN(40), 1+r.IntN(40), s.depth)
		src.Color = convertColors[r.IntN(len(convertColors))]
		src.Color.ChromaLocation = ChromaLocation(r.IntN(7))
		src.Rotation = 90 * r.IntN(4)
		c := randomConversion(r, src.Width, src.Height)
		to := []Format{RGB24, GBRPF32, RGB48, BGRA, ABGR10}[r.IntN(5)]
		what := fmt.Sprintf("%d: %v %d bits %v %dx%d rotation %d to %v by %+v", i, s.format, s.depth, src.Color, src.Width, src.Height, src.Rotation, to, c)
		v, err := NewConverter(to, &c)
		require.NoError(t, err, what)
		got, err := v.Convert(src, nil)
		require.NoError(t, err, what)
		want := refConvert(src, &c)
		require.Equal(t, [2]int{want.w, want.h}, [2]int{got.Width, got.Height}, what)
		limit := 0.51/float64(int(1)<<to.Bits()-1) + 1e-6
		if to.Float() {
			limit = 2e-6
		}
		for y := range want.h {
			for x := range want.w {
				for k := range 3 {
					if a, b := refUnit(want.at(x, y)[k]), channelAt(t, got, k, x, y); math.Abs(a-b) > limit {
						t.Fatalf("%s: channel %d at %d,%d is %.9g, want %.9g", what, k, x, y, b, a)
					}
				}
			}
		}
		got.Release()
		require.NoError(t, v.Close())
	}
}

// What a frame says of itself follows its pixels.
func TestConvertProperties(t *testing.T) {
	src, err := NewHost(P016, 40, 20)
	require.NoError(t, err)
	src.BitDepth, src.Rotation, src.SAR, src.PTS, src.Index, src.TimeBase = 10, 90, Rational{4, 3}, 77, 5, Rational{1, 25}
	src.Color = Color{Primaries: PrimariesBT2020, Transfer: TransferSMPTE2084, Matrix: MatrixBT2020NCL, Range: RangeLimited}
	for _, c := range []struct {
		to         Format
		conversion Conversion
		w, h       int
		sar        Rational
		rotation   int
		depth      int
		color      Color
	}{
		{RGB24, Conversion{}, 40, 20, Rational{4, 3}, 90, 8, Color{PrimariesBT2020, TransferSMPTE2084, MatrixRGB, RangeFull, 0}},
		{RGB48, Conversion{Upright: true}, 20, 40, Rational{3, 4}, 0, 16, Color{PrimariesBT2020, TransferSMPTE2084, MatrixRGB, RangeFull, 0}},
		{P016, Conversion{Width: 20, Height: 20}, 20, 20, Rational{8, 3}, 90, 10, src.Color},
		{NV12, Conversion{Width: 10}, 10, 5, Rational{4, 3}, 90, 8, src.Color},
		{NV12, Conversion{Width: 30, Height: 30, Fit: FitInside, Color: &Color{Matrix: MatrixBT709}}, 30, 30, Rational{4, 3}, 90, 8,
			Color{PrimariesBT2020, TransferSMPTE2084, MatrixBT709, RangeLimited, 0}},
		{GBRPF16, Conversion{Rotate: 270}, 20, 40, Rational{3, 4}, 90, 16, Color{PrimariesBT2020, TransferSMPTE2084, MatrixRGB, RangeFull, 0}},
	} {
		v, err := NewConverter(c.to, &c.conversion)
		require.NoError(t, err)
		w, h, err := v.Size(src)
		require.NoError(t, err)
		require.Equal(t, [2]int{c.w, c.h}, [2]int{w, h})
		f, err := v.Convert(src, nil)
		require.NoError(t, err)
		require.Equal(t, [2]int{c.w, c.h}, [2]int{f.Width, f.Height})
		require.Equal(t, c.sar, f.SAR)
		require.Equal(t, c.rotation, f.Rotation)
		require.Equal(t, c.depth, f.Depth())
		require.Equal(t, c.color, f.Color, "%v", c.to)
		require.Equal(t, [2]any{int64(77), 5}, [2]any{f.PTS, f.Index})
		f.Release()
		require.NoError(t, v.Close())
	}
}
