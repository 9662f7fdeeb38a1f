package codec

import "slices"

// sortOrder puts the pictures into display order.
func (b *indexBuilder) sortOrder() {
	switch {
	case b.pocs:
		slices.SortStableFunc(b.order, func(p, q pictureOrder) int {
			if p.period != q.period {
				return cmpInt(int64(p.period), int64(q.period))
			}
			return cmpInt(int64(p.rank), int64(q.rank))
		})
	case b.byType():
		b.delayReferences()
	case b.track == nil && b.reordered():
		slices.SortStableFunc(b.order, func(p, q pictureOrder) int {
			return cmpInt(b.x.packets[p.packet].pts, b.x.packets[q.packet].pts)
		})
	}
}

// byType tells whether pictures that others refer to are shown when the next such one
// comes, and others at once.
func (b *indexBuilder) byType() bool {
	switch b.info.Codec {
	case MPEG1, MPEG2, MPEG4, VC1, WMV3:
		return true
	}
	return false
}

func (b *indexBuilder) delayReferences() {
	out := b.order[:0]
	var held pictureOrder
	have := false
	for _, o := range b.order {
		if o.b {
			out = append(out, o)
			continue
		}
		if have {
			out = append(out, held)
		}
		held, have = o, true
	}
	if have {
		out = append(out, held)
	}
	b.order = out
}

// reordered tells whether the times of a codec that is not parsed say that pictures are
// shown in another order than they are coded in.
func (b *indexBuilder) reordered() bool {
	if b.info.Reorder == 0 {
		return false
	}
	for i := range b.order {
		if b.x.packets[b.order[i].packet].pts == NoPTS {
			return false
		}
	}
	return true
}

// guessTimes gives frames the times that a decoder of the whole stream gives them.
// Where the container's presentation times rise, they are right; else libavcodec, and
// so the Decoder, chooses between them and the decoding time of the packet that
// brings the frame out.
func (b *indexBuilder) guessTimes() {
	x := &b.x
	rising := true
	for i := range x.frames {
		p := x.frames[i].pts
		if p == NoPTS || i > 0 && p <= x.frames[i-1].pts {
			rising = false
			break
		}
	}
	if rising {
		return
	}
	out := b.broughtOut()
	var g ptsGuess
	g.restart()
	for i := range x.frames {
		f := &x.frames[i]
		dts := int64(NoPTS)
		if k := out[i]; k >= 0 {
			dts = x.packets[k].dts
		}
		f.pts = g.pick(x.packets[f.packet].pts, dts)
	}
}

// broughtOut tells, for each frame, which packet brings it out of a decoder without
// delay of its own; -1 for those that come at the end.
func (b *indexBuilder) broughtOut() []int32 {
	x := &b.x
	out := make([]int32, len(x.frames))
	switch {
	case b.byType():
		held := -1 // frame
		k := int32(0)
		for i := range out {
			out[i] = -1
		}
		for ; int(k) < len(x.packets); k++ {
			p := &x.packets[k]
			if p.frame < 0 || p.shows == 0 {
				continue
			}
			if p.mark&markDisposable != 0 {
				out[p.frame] = k
				continue
			}
			if held >= 0 {
				out[held] = k
			}
			held = int(p.frame)
		}
	case b.pocs:
		// One comes out for each that comes in, once the decoder holds as many as the
		// stream reorders.
		var pictures []int32
		for k := range x.packets {
			if x.packets[k].shows > 0 {
				pictures = append(pictures, int32(k))
			}
		}
		for i := range out {
			out[i] = -1
			if j := i + b.info.Reorder; j < len(pictures) {
				out[i] = pictures[j]
			}
		}
	default:
		for i := range out {
			out[i] = x.frames[i].packet
		}
	}
	return out
}
