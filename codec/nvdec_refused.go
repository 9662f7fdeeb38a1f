package codec

import "github.com/go-nvcodec/nvcodec/nvcuvid"

// A refusal remembers that the hardware, or the parser, refused a picture that others
// may refer to. Nothing marks those: to the hardware they are decoded well, from whatever
// lay in the surface.
type refusal struct {
	open    bool  // no picture has begun anew since
	leading bool  // one has, and pictures that are shown before it may refer to older ones
	from    int64 // its presentation time
}

func (r *refusal) note() { *r = refusal{open: true} }

// taints tells whether a picture, the next in decoding order, may be made from what was
// refused. m is its packet, nil if that is not known.
func (r *refusal) taints(m *packetMeta, p *nvcuvid.PicParams) bool {
	switch {
	case !r.open && !r.leading:
		return false
	case m == nil && p.IntraPicFlag != 0 && p.RefPicFlag != 0:
		*r = refusal{}
	case m == nil:
		return r.open
	case m.key && r.leading && !r.open:
		*r = refusal{} // the second one: what leads it refers to the first
	case m.key:
		*r = refusal{leading: m.pts != NoPTS, from: m.pts}
	case r.open:
		return true
	default:
		return m.pts != NoPTS && m.pts < r.from
	}
	return false
}
