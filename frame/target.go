package frame

import "fmt"

// A target says where channels go.
type target struct {
	kind     kind
	parts    []part
	yuv      bool // channels are Y, U, V
	depth    int  // bits of integers
	shift    int  // bits below them
	channels int
}

// A part is what one launch writes: several channels of the same subsampling.
type part struct {
	channels       int
	pick           [4]uint8 // of R, G, B or Y, U, V, which each channel is; 3 for opaque
	plane          [4]uint8
	offset         [4]uint8 // of the first number, in numbers
	step           int      // from pixel to pixel, in numbers
	shiftX, shiftY int
}

// newTarget describes a format to be made, of depth bits where the format leaves that
// open.
func newTarget(f Format, depth int) (target, error) {
	l := f.layout()
	t := target{depth: int(l.bits)}
	if l.bits == 16 && l.family == FamilyYUV && depth > 0 {
		t.depth = depth
	}
	if l.high {
		t.shift = 16 - t.depth
	}
	switch {
	case l.float && l.bytes == 4:
		t.kind = kindF32
	case l.float:
		t.kind = kindF16
	case l.bytes == 2:
		t.kind = kindU16
	}
	p := part{channels: 3, step: 1, pick: [4]uint8{0, 1, 2, 3}}
	order, packed := orders[f]
	switch {
	case !f.Valid() || l.big || l.family == FamilyOther:
	case f == ARGB10 || f == ABGR10:
		t.kind, t.depth = kindW10, 10
		if f == ABGR10 {
			p.pick = [4]uint8{2, 1, 0, 3}
		}
		t.parts = []part{p}
	case l.family == FamilyYUV && l.n > 1 && l.n < 4 && !l.float:
		t.yuv = true
		u, v := uint8(1), uint8(2)
		if l.swap {
			u, v = 2, 1
		}
		if l.n == 3 && l.shift == 0 && l.shiftV == 0 {
			p.plane = [4]uint8{0, u, v}
			t.parts = []part{p}
			break
		}
		luma := part{channels: 1, step: 1}
		chroma := part{channels: 2, step: 1, pick: [4]uint8{1, 2}, plane: [4]uint8{u, v}, shiftX: int(l.shift), shiftY: int(l.shiftV)}
		if l.n == 2 {
			chroma.step, chroma.plane, chroma.offset = 2, [4]uint8{1, 1}, [4]uint8{u - 1, v - 1}
		}
		t.parts = []part{luma, chroma}
	case l.family == FamilyRGB && l.n >= 3:
		p.plane, p.channels = [4]uint8{2, 0, 1, 3}, int(l.n)
		t.parts = []part{p}
	case l.family == FamilyGray && l.plane[0].h == 0 && !l.alpha:
		p.channels = 1
		t.parts = []part{p}
	case packed && l.family == FamilyRGB:
		// Channels in the order of memory, which is what the fast kernels write.
		p.channels, p.step = int(l.plane[0].n), int(l.plane[0].n)
		p.pick = [4]uint8{3, 3, 3, 3}
		for c := range p.channels {
			p.offset[c] = uint8(c)
		}
		for component, at := range order[:3] {
			p.pick[at] = uint8(component)
		}
		t.parts = []part{p}
	}
	if t.parts == nil {
		return t, fmt.Errorf("frame: no conversion to %v: %w", f, ErrInvalidFormat)
	}
	for _, p := range t.parts {
		t.channels += p.channels
	}
	return t, nil
}
