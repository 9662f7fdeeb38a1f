package codec

// A packetFeeder prepares packets of an indexed stream for a decoder that begins
// somewhere.
type packetFeeder struct {
	x      *Index
	length nalLength // of the stream's own extradata
	buf    []byte
}

// setsOf returns the parameter sets of an entry, nil if it needs none.
func (x *Index) setsOf(entry int32) []byte {
	if n := x.entries[entry].sets; n > 0 {
		return x.sets[n-1]
	}
	return nil
}

// begin puts the parameter sets that are in force before packet p, and nobody told the
// decoder, in front of it.
func (f *packetFeeder) begin(p *Packet, sets []byte) {
	if len(sets) == 0 {
		return
	}
	extra, units := splitSets(sets)
	length := f.length
	if len(extra) > 0 {
		length = nalLengthOf(f.x.info.Codec, extra)
		if newExtradataOf(p) == nil {
			p.SideData = append(p.SideData, SideData{Type: sideNewExtradata, Data: append([]byte(nil), extra...)})
		}
	}
	if len(units) > 0 && len(p.Data) > 0 {
		f.buf = appendSets(f.buf[:0], units, length.of(p.Data))
		f.buf = append(f.buf, p.Data...)
		p.Data = append(p.Data[:0], f.buf...)
	}
}
