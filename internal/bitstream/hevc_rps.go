package bitstream

// A shortTermSet is a short-term reference picture set: how far back and forth the
// pictures lie. Only their number matters here, but prediction between sets makes it
// depend on the distances.
// Specification: ITU-T H.265, sections 7.3.7 and 7.4.8.
type shortTermSet struct {
	neg, pos   [maxHEVCDPB]int32 // DeltaPocS0, DeltaPocS1
	nNeg, nPos int
}

// skipShortTermRefSets reads count st_ref_pic_set() of a parameter set.
func skipShortTermRefSets(r *BitReader, count int) {
	var sets [2]shortTermSet
	for i := range count {
		cur, ref := &sets[i&1], &sets[i&1^1]
		*cur = shortTermSet{}
		if i > 0 && r.Flag() { // inter_ref_pic_set_prediction_flag
			cur.predict(r, ref)
		} else {
			cur.read(r)
		}
		if r.Err() != nil {
			return
		}
	}
}

func (s *shortTermSet) read(r *BitReader) {
	neg := r.ueMax(maxHEVCDPB, invalid("num_negative_pics"))
	pos := r.ueMax(maxHEVCDPB, invalid("num_positive_pics"))
	for i, n := range [2]uint32{neg, pos} {
		poc := int32(0)
		for range n {
			d := 1 + int32(r.ueMax(1<<15-1, invalid("delta_poc_minus1")))
			r.Skip(1)
			if i == 0 {
				poc -= d
				s.addNeg(r, poc)
			} else {
				poc += d
				s.addPos(r, poc)
			}
		}
	}
}

// predict reads a set that is given by its difference to ref.
func (s *shortTermSet) predict(r *BitReader, ref *shortTermSet) {
	sign := r.Bits(1)
	delta := 1 + int32(r.ueMax(1<<15-1, invalid("abs_delta_rps_minus1")))
	if sign != 0 {
		delta = -delta
	}
	var use [2*maxHEVCDPB + 1]bool
	n := ref.nNeg + ref.nPos
	for j := range n + 1 {
		if use[j] = r.Flag(); !use[j] { // used_by_curr_pic_flag, else use_delta_flag
			use[j] = r.Flag()
		}
	}
	// Equations 7-61 and 7-62: the order of the lists is that of the distances.
	for j := ref.nPos - 1; j >= 0; j-- {
		if d := ref.pos[j] + delta; d < 0 && use[ref.nNeg+j] {
			s.addNeg(r, d)
		}
	}
	if delta < 0 && use[n] {
		s.addNeg(r, delta)
	}
	for j := range ref.nNeg {
		if d := ref.neg[j] + delta; d < 0 && use[j] {
			s.addNeg(r, d)
		}
	}
	for j := ref.nNeg - 1; j >= 0; j-- {
		if d := ref.neg[j] + delta; d > 0 && use[j] {
			s.addPos(r, d)
		}
	}
	if delta > 0 && use[n] {
		s.addPos(r, delta)
	}
	for j := range ref.nPos {
		if d := ref.pos[j] + delta; d > 0 && use[ref.nNeg+j] {
			s.addPos(r, d)
		}
	}
}

func (s *shortTermSet) addNeg(r *BitReader, d int32) {
	if s.nNeg+s.nPos >= maxHEVCDPB {
		r.fail(invalid("NumDeltaPocs"))
		return
	}
	s.neg[s.nNeg] = d
	s.nNeg++
}

func (s *shortTermSet) addPos(r *BitReader, d int32) {
	if s.nNeg+s.nPos >= maxHEVCDPB {
		r.fail(invalid("NumDeltaPocs"))
		return
	}
	s.pos[s.nPos] = d
	s.nPos++
}
