package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/frame"
)

// maxVain is after how many frames that no way brought none is tried any more.
const maxVain = 8

// frame decodes frame i with the main decoder, see lane.frame.
func (s *SimpleDecoder) frame(i int, w *wish, last int) (*frame.Frame, error) {
	f, err := s.main.frame(i, w, last)
	if s.suspect(s.main, f, err) {
		f, err = s.recover(i, f, err)
	}
	return s.settle(f, err)
}

// settle notes damage, and applies the policy.
func (s *SimpleDecoder) settle(f *frame.Frame, err error) (*frame.Frame, error) {
	if err != nil {
		return nil, err
	}
	return s.judge(f)
}

// suspect tells whether a frame may be missing, or damaged, only because decoding did
// not begin at the start, or left something out.
func (s *SimpleDecoder) suspect(l *lane, f *frame.Frame, err error) bool {
	switch {
	case errors.Is(err, errTainted):
		return true
	case l.plain():
		return false
	case err != nil:
		return mayBeElsewhere(err)
	}
	// After an open group of pictures the encoder's word is all there is.
	return f.Corrupt && s.x.packets[s.x.entries[l.entry].packet].mark&markClosed == 0
}

// mayBeElsewhere tells whether decoding that began elsewhere may not have the error.
func mayBeElsewhere(err error) bool {
	var missing *missingFrame
	return errors.As(err, &missing) || errors.Is(err, errTainted)
}

// recover decodes frame i in longer ways: without leaving anything out, from earlier
// places, at last from the start. It takes over f, and returns it if nothing is better.
func (s *SimpleDecoder) recover(i int, f *frame.Frame, err error) (*frame.Frame, error) {
	s.stopJob()
	if errors.Is(err, errTainted) {
		// From an earlier place, and from there like any other.
		f, err = s.main.frame(i, &wish{start: i, stop: s.x.Len(), step: 1}, -1)
		if !s.suspect(s.main, f, err) {
			return f, err
		}
	}
	if s.vain >= maxVain {
		return f, err
	}
	l := s.main
	l.all, l.patient = true, true
	defer func() { l.all, l.patient = false, false }()
	w := wish{start: i, stop: i + 1, step: 1}
	last := min(int(s.x.frames[i].last)+maxAside, len(s.x.packets)-1)
	tried := int32(-1)
	for _, back := range [...]int32{0, 1, 2, s.x.frames[i].entry} {
		e := max(s.x.frames[i].entry-back, 0)
		if e == tried {
			continue
		}
		tried = e
		err2 := l.begin(e)
		var g *frame.Frame
		if err2 == nil {
			g, err2 = l.frame(i, &w, last)
		}
		switch {
		case err2 == nil && !g.Corrupt:
			f.Release()
			return g, nil
		case err2 == nil:
			f.Release()
			f, err = g, nil
		case !mayBeElsewhere(err2):
			f.Release()
			return nil, err2
		}
	}
	s.vain++
	return f, err
}
