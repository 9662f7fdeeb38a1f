package bitstream

// A gop tells which B pictures refer to what is before the I picture that they follow,
// in codecs whose B pictures lie between the last two others.
type gop struct {
	refs   int  // I and P pictures since the start, at most 2
	since  int  // since the last I picture, that one included, at most 2
	closed bool // the B pictures after that do not refer to what is before it
}

// frame takes in a frame. closed is of an I picture.
func (g *gop) frame(typ PictureType, closed bool) {
	switch typ {
	case PictureB:
		return
	case PictureI:
		g.since, g.closed = 0, closed
	}
	g.since = min(g.since+1, 2)
	g.refs = min(g.refs+1, 2)
}

// leading reports whether a B picture refers to something before the last I picture,
// and whether that is missing because decoding began there.
func (g *gop) leading(typ PictureType) (open, missing bool) {
	open = typ == PictureB && g.since == 1 && !g.closed
	return open, open && g.refs < 2
}
