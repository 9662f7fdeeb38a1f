package bitstream

// mpeg4Tracker reads packets of MPEG-4 part 2: usually one VOP, in packed streams two.
type mpeg4Tracker struct {
	vol     MPEG4VOL
	haveVOL bool
	verID   uint8
	profile uint8 // profile_and_level_indication
	packed  bool
	closed  bool // the last group of VOPs is closed and its I-VOP is to come
	gop     gop
}

func (m *mpeg4Tracker) extradata(t *Tracker, data []byte) error {
	err := m.packet(t, data)
	t.pkt = PacketInfo{}
	m.reset()
	return err
}

func (m *mpeg4Tracker) reset() { m.closed, m.gop = false, gop{} }

func (m *mpeg4Tracker) packet(t *Tracker, data []byte) error {
	if isH263(data) {
		return t.h263(data, CodecMPEG4)
	}
	var first error
	var s startCodes
	s.reset(data)
	p := &t.pkt
	p.Disposable = true
	for s.next() {
		var err error
		switch c := s.code; {
		case c == mpeg4VOS && len(s.body) > 0:
			m.profile = s.body[0]
		case c == mpeg4VOSEnd:
			p.EndOfSequence = true
		case c == mpeg4VO && len(s.body) > 0:
			// is_visual_object_identifier, visual_object_verid
			m.verID = 1
			if s.body[0]&0x80 != 0 {
				m.verID = s.body[0] >> 3 & 15
			}
		case c >= mpeg4VOLFirst && c <= mpeg4VOLLast:
			p.Parameters = true
			err = m.readVOL(t, s.body)
		case c == mpeg4UserData:
			m.packed = m.packed || mpeg4Packed(s.body)
		case c == mpeg4GOV && len(s.body) > 2:
			// After 18 bits of time_code: closed_gov.
			m.closed = s.body[2]&0x20 != 0
		case c == mpeg4VOP:
			err = m.readVOP(t, s.body)
		}
		if first == nil {
			first = err
		}
	}
	if p.Pictures == 0 {
		p.Disposable = false
	}
	return first
}

func (m *mpeg4Tracker) readVOL(t *Tracker, body []byte) error {
	var v MPEG4VOL
	if err := v.Parse(body, max(m.verID, 1)); err != nil {
		return err
	}
	m.vol, m.haveVOL = v, true
	i := v.Info()
	if m.profile != 0 {
		i.Profile, i.Level = int(m.profile>>4), int(m.profile&15)
	}
	t.setInfo(i)
	return nil
}

func (m *mpeg4Tracker) readVOP(t *Tracker, body []byte) error {
	if !m.haveVOL {
		return missing("video object layer")
	}
	var v MPEG4VOP
	if err := v.Parse(body, &m.vol); err != nil {
		return err
	}
	p, typ := &t.pkt, v.PictureType()
	// A VOP that is not coded shows nothing: in a packed stream it stands for the
	// B-VOP that came in the packet before.
	rasl, missing := m.gop.leading(typ)
	if v.Coded {
		m.gop.frame(typ, m.closed)
		if !missing {
			p.Shown++
		}
	}
	closed := m.closed && typ == PictureI
	m.closed = false
	if typ != PictureB {
		p.Disposable = false
	}
	if p.Pictures++; p.Pictures > 1 {
		return nil
	}
	p.Packed = m.packed
	p.Type = typ
	p.Key = typ == PictureI
	p.RandomAccess, p.Closed = p.Key, closed
	p.RASL = rasl
	p.Width, p.Height = t.info.Width, t.info.Height
	return nil
}
