package frame

import "fmt"

// A source says where the components of a format lie.
type source struct {
	wide           bool // samples of two bytes
	n              int  // components: 1 or 3
	plane          [3]uint8
	offset         [3]uint8 // of the first sample, in samples
	step           [3]uint8 // to the next, in samples
	shiftX, shiftY int      // of the components after the first
	up             int      // bits below the value
}

// newSource describes a frame's format to the kernels. depth is the frame's.
func newSource(f Format, depth int) (source, error) {
	l := f.layout()
	s := source{wide: l.bytes == 2, n: 3, step: [3]uint8{1, 1, 1}, shiftX: int(l.shift), shiftY: int(l.shiftV)}
	if l.high {
		s.up = 16 - depth
	}
	order, packed := orders[f]
	switch {
	case !f.Valid() || l.float || l.big || l.bytes > 2 || l.family == FamilyOther:
	case l.family == FamilyYUV && l.n == 2:
		s.plane = [3]uint8{0, 1, 1}
		s.step = [3]uint8{1, 2, 2}
		s.offset[2] = 1
		if l.swap {
			s.offset[1], s.offset[2] = 1, 0
		}
		return s, nil
	case l.family == FamilyYUV && l.n > 2:
		s.plane = [3]uint8{0, 1, 2}
		if l.swap {
			s.plane = [3]uint8{0, 2, 1}
		}
		return s, nil
	case l.family == FamilyRGB && l.n >= 3:
		s.plane = [3]uint8{2, 0, 1}
		return s, nil
	case l.family == FamilyGray && l.plane[0].h == 0:
		s.n = 1
		s.step[0] = l.plane[0].n
		return s, nil
	case packed:
		for c := range 3 {
			s.offset[c], s.step[c] = uint8(order[c]), l.plane[0].n
		}
		if l.plane[0].h == 1 {
			s.step[0], s.shiftX = 2, 1
		}
		return s, nil
	}
	return s, fmt.Errorf("frame: no conversion from %v: %w", f, ErrInvalidFormat)
}

// sampleBytes is 1 or 2.
func (s *source) sampleBytes() int {
	if s.wide {
		return 2
	}
	return 1
}
