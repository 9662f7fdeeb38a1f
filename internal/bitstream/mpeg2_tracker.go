package bitstream

// mpegTracker reads packets of MPEG-1 and MPEG-2 pictures, a frame or a field each.
type mpegTracker struct {
	seq     MPEGSequence
	haveSeq bool
	pic     MPEGPicture
	// firstField is the Structure of a field that waits for the other one, else 0.
	firstField uint8
	closedGOP  bool // the last group of pictures is closed and its I picture is to come
	gop        gop
}

func (m *mpegTracker) extradata(t *Tracker, data []byte) error {
	err := m.packet(t, data)
	t.pkt = PacketInfo{}
	m.reset()
	return err
}

func (m *mpegTracker) reset() { m.firstField, m.closedGOP, m.gop = 0, false, gop{} }

// mpegLastSlice is the highest start code of a slice.
const mpegLastSlice = 0xaf

func (m *mpegTracker) packet(t *Tracker, data []byte) error {
	var first error
	var s startCodes
	s.reset(data)
	p := &t.pkt
	p.Disposable = true
	// A picture is counted when its slices or the next header begin, because its
	// extension tells whether it is a field.
	open, newSeq := false, false
	for s.next() {
		if s.code > mpegPicture && s.code <= mpegLastSlice {
			if open {
				m.endPicture(t)
				open = false
				// Slices of one picture have nothing to tell: on to the next header.
			}
			continue
		}
		var err error
		switch s.code {
		case mpegSequence:
			p.Parameters = true
			var n MPEGSequence
			if err = n.Parse(s.body); err == nil {
				m.seq, m.haveSeq, newSeq = n, true, true
			}
		case mpegExtension:
			switch {
			case open:
				err = m.pic.parseExtension(s.body)
			case newSeq:
				err = m.seq.parseExtension(s.body)
			}
		case mpegGroup:
			if len(s.body) >= 4 {
				m.closedGOP = s.body[3]&0x40 != 0
			}
		case mpegPicture:
			if open {
				m.endPicture(t)
			}
			if newSeq {
				t.setInfo(m.seq.Info())
				newSeq = false
			}
			err = m.pic.Parse(s.body)
			open = err == nil
		case mpegSequenceEnd:
			p.EndOfSequence = true
		}
		if first == nil {
			first = err
		}
	}
	if open {
		m.endPicture(t)
	}
	if newSeq {
		t.setInfo(m.seq.Info())
	}
	if p.Pictures == 0 {
		p.Disposable = false
	}
	return first
}

// endPicture counts m.pic.
func (m *mpegTracker) endPicture(t *Tracker) {
	p, typ := &t.pkt, m.pic.PictureType()
	field := m.pic.Structure != 3
	second := field && m.firstField != 0 && m.firstField != m.pic.Structure
	m.firstField = 0
	if field && !second {
		m.firstField = m.pic.Structure
	}
	closed := m.closedGOP && typ == PictureI
	m.closedGOP = false
	rasl, missing := m.gop.leading(typ)
	if !second {
		m.gop.frame(typ, closed)
		if !missing {
			p.Shown++
		}
	}
	if typ != PictureB {
		p.Disposable = false
	}
	if p.Pictures++; p.Pictures > 1 {
		return
	}
	p.RASL = rasl
	p.Type = typ
	p.Key = typ == PictureI && !second
	p.RandomAccess, p.Closed = p.Key, closed && p.Key
	p.SecondField = second
	p.Parity = [...]FieldParity{WholeFrame, TopField, BottomField, WholeFrame}[m.pic.Structure]
	p.Width, p.Height = t.info.Width, t.info.Height
}
