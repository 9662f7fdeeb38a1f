package bitstream

// setFrameRefs computes RefFrameIdx from two of its entries.
// Specification: AV1, section 7.8.
func (h *AV1FrameHeader) setFrameRefs(last, gold uint8, refs *AV1References) {
	var hint [av1NumRefs]int
	var used [av1NumRefs]bool
	bits := int(refs.Sequence.OrderHintBits)
	cur := 1 << (bits - 1)
	for i := range hint {
		hint[i] = cur + relativeDist(int(refs.slots[i].orderHint), int(h.OrderHint), bits)
	}
	idx := [av1RefsPer]int{-1, -1, -1, -1, -1, -1, -1}
	const (
		lastFrame, last2, last3, golden, bwdref, altref2, altref = 0, 1, 2, 3, 4, 5, 6
	)
	idx[lastFrame], idx[golden] = int(last), int(gold)
	used[last], used[gold] = true, true
	// take finds the unused slot, of those before or not before the current frame, with
	// the latest or earliest hint. Among equal hints the latest is the last slot, the
	// earliest the first.
	take := func(ref int, backward, latest bool) {
		best := -1
		for i, v := range hint {
			if used[i] || (v >= cur) != backward {
				continue
			}
			if best < 0 || latest && v >= hint[best] || !latest && v < hint[best] {
				best = i
			}
		}
		if best >= 0 {
			idx[ref], used[best] = best, true
		}
	}
	take(altref, true, true)
	take(bwdref, true, false)
	take(altref2, true, false)
	for _, ref := range [...]int{last2, last3, bwdref, altref2, altref} {
		if idx[ref] < 0 {
			take(ref, false, true)
		}
	}
	earliest := 0
	for i, v := range hint {
		if v < hint[earliest] {
			earliest = i
		}
	}
	for i, v := range idx {
		if v < 0 {
			v = earliest
		}
		h.RefFrameIdx[i] = uint8(v)
	}
}

// relativeDist is get_relative_dist() for bits > 0.
// Specification: AV1, section 5.9.3.
func relativeDist(a, b, bits int) int {
	m := 1 << (bits - 1)
	d := a - b
	return d&(m-1) - d&m
}
