package frame

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// The reference of the byte tests: one sample at a time, by the definition.

// component is where a sample of Y, U, V (or G, B, R; or A) lies.
func component(f Format, c int) (plane, index, step int) {
	l := f.layout()
	if f.SemiPlanar() && c > 0 {
		i := c - 1
		if l.swap {
			i = 1 - i
		}
		return 1, i, 2
	}
	if l.swap && (c == 1 || c == 2) {
		c = 3 - c
	}
	return c, 0, 1
}

func sampleAt(f *Frame, c, x, y int) int {
	plane, index, step := component(f.Format, c)
	p := &f.Planes[plane]
	if f.Format.SampleBytes() == 1 {
		return int(p.Data[y*p.Pitch+x*step+index])
	}
	o := y*p.Pitch + 2*(x*step+index)
	v := int(p.Data[o]) | int(p.Data[o+1])<<8
	if f.Format.BigEndian() {
		v = v>>8 | v&0xff<<8
	}
	if f.Format.HighBits() {
		v >>= 16 - f.Depth()
	}
	return v
}

func setSample(f *Frame, c, x, y, v int) {
	plane, index, step := component(f.Format, c)
	p := &f.Planes[plane]
	if f.Format.SampleBytes() == 1 {
		p.Data[y*p.Pitch+x*step+index] = byte(v)
		return
	}
	if f.Format.HighBits() {
		v <<= 16 - f.Depth()
	}
	if f.Format.BigEndian() {
		v = v>>8 | v&0xff<<8
	}
	o := y*p.Pitch + 2*(x*step+index)
	p.Data[o], p.Data[o+1] = byte(v), byte(v>>8)
}

// componentSize is columns and rows of a component.
func componentSize(f Format, c, w, h int) (int, int) {
	x, y := f.ChromaShift()
	if f.Family() == FamilyYUV && (c == 1 || c == 2) {
		return (w + 1<<x - 1) >> x, (h + 1<<y - 1) >> y
	}
	return w, h
}

func components(f Format) int {
	if f.SemiPlanar() {
		return 3
	}
	return f.Planes()
}

// randomFrame has random samples of its depth in rows with random padding of junk.
func randomFrame(t testing.TB, r *rand.Rand, f Format, w, h, depth int) *Frame {
	var planes []Plane
	for i := range f.Planes() {
		p := Plane{Shape: f.PlaneShape(i, w, h)}
		p.Pitch = p.RowBytes(f.SampleBytes()) + 2*r.IntN(40)
		p.Data = make([]byte, p.Size(f.SampleBytes())+r.IntN(3))
		for i := range p.Data {
			p.Data[i] = byte(r.Uint32())
		}
		planes = append(planes, p)
	}
	fr, err := FromPlanes(f, w, h, planes...)
	require.NoError(t, err, "%v", f)
	fr.BitDepth = depth
	if f.SampleBytes() == 2 && !f.Float() {
		for c := range components(f) {
			cw, ch := componentSize(f, c, w, h)
			for y := range ch {
				for x := range cw {
					setSample(fr, c, x, y, r.IntN(1<<depth))
				}
			}
		}
	}
	return fr
}

func requireSameSamples(t testing.TB, want, got *Frame, what string) {
	t.Helper()
	for c := range components(want.Format) {
		cw, ch := componentSize(want.Format, c, want.Width, want.Height)
		for y := range ch {
			for x := range cw {
				if a, b := sampleAt(want, c, x, y), sampleAt(got, c, x, y); a != b {
					t.Fatalf("%s: component %d at %d,%d is %d, want %d", what, c, x, y, b, a)
				}
			}
		}
	}
}

// naivePlanar is AppendPlanar.
func naivePlanar(f *Frame) []byte {
	var out []byte
	for c := range components(f.Format) {
		cw, ch := componentSize(f.Format, c, f.Width, f.Height)
		for y := range ch {
			for x := range cw {
				v := sampleAt(f, c, x, y)
				out = append(out, byte(v))
				if f.Format.SampleBytes() == 2 {
					out = append(out, byte(v>>8))
				}
			}
		}
	}
	return out
}

// A yuvCase is a format with a depth that it can hold.
type yuvCase struct {
	f     Format
	depth int
}

func (c yuvCase) String() string { return fmt.Sprintf("%v/%d", c.f, c.depth) }

func yuvCases() []yuvCase {
	var cases []yuvCase
	for f := range Formats() {
		if !f.SemiPlanar() && !f.Planar() || f.Float() || f.Family() == FamilyGray && f.Planes() != 1 {
			continue
		}
		cases = append(cases, yuvCase{f, f.Bits()})
	}
	for _, f := range []Format{P016, P216, P416, YUV444P16} {
		for _, d := range []int{9, 10, 12, 14} {
			cases = append(cases, yuvCase{f, d})
		}
	}
	return append(cases, yuvCase{P010, 9}, yuvCase{P012, 10})
}

var oddSizes = [][2]int{{1, 1}, {2, 2}, {3, 5}, {17, 3}, {64, 4}, {129, 7}, {200, 2}}
