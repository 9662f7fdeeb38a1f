package bitstream

// vc1Tracker reads packets of one frame each.
type vc1Tracker struct {
	advanced bool
	seq      VC1Sequence
	haveSeq  bool
	closed   bool // an entry point that is closed came and its picture is to come
	gop      gop
}

func (v *vc1Tracker) extradata(t *Tracker, data []byte) error {
	if !v.advanced {
		if err := v.seq.ParseStructC(data); err != nil {
			return err
		}
		v.haveSeq = true
		t.setInfo(v.seq.Info())
		return nil
	}
	// In asf a byte precedes the headers.
	start := nextStart(data, 0) - len(startCode)
	if start < 0 || start > len(data)-len(startCode) {
		return missing("sequence header")
	}
	err := v.packet(t, data[start:])
	t.pkt = PacketInfo{}
	if v.haveSeq {
		t.setInfo(v.seq.Info())
	}
	return err
}

func (v *vc1Tracker) reset() { v.closed, v.gop = false, gop{} }

func (v *vc1Tracker) packet(t *Tracker, data []byte) error {
	if !v.advanced {
		return v.readMain(t, data)
	}
	// Containers leave out the start code of a packet that is only a frame.
	if len(data) > 0 && nextStart(data, 0) != len(startCode) {
		return v.readFrame(t, data)
	}
	var first error
	var s startCodes
	s.reset(data)
	p := &t.pkt
	for s.next() {
		var err error
		switch s.code {
		case vc1Sequence:
			p.Parameters = true
			var n VC1Sequence
			if err = n.Parse(s.body); err == nil {
				v.seq, v.haveSeq = n, true
			}
		case vc1EntryPoint:
			_, v.closed, err = v.seq.parseEntryPoint(s.body)
		case vc1Frame:
			err = v.readFrame(t, s.body)
		case vc1EndOfSequence:
			p.EndOfSequence = true
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// readFrame reads the beginning of a picture layer of advanced profile.
// Specification: SMPTE ST 421, section 7.1.1.
func (v *vc1Tracker) readFrame(t *Tracker, body []byte) error {
	if !v.haveSeq {
		return missing("sequence header")
	}
	t.setInfo(v.seq.Info())
	var r BitReader
	r.ResetNAL(body)
	field := false
	if v.seq.Interlace && r.Flag() { // FCM
		field = r.Flag()
	}
	typ, skipped := PictureP, false
	if field {
		// FPTYPE: I/I, I/P, P/I, P/P, B/B, B/BI, BI/B, BI/BI
		switch r.Bits(3) {
		case 0, 1:
			typ = PictureI
		case 4, 5, 6, 7:
			typ = PictureB
		}
	} else {
		n := 0
		for n < 4 && r.Flag() {
			n++
		}
		switch n { // P, B, I, BI, skipped
		case 1, 3:
			typ = PictureB
		case 2:
			typ = PictureI
		case 4:
			skipped = true
		}
	}
	if r.Err() != nil {
		return r.Err()
	}
	v.count(t, typ, skipped)
	return nil
}

// readMain reads the beginning of a picture layer of simple or main profile.
// Specification: SMPTE ST 421, section 7.1.
func (v *vc1Tracker) readMain(t *Tracker, data []byte) error {
	if !v.haveSeq {
		return missing("sequence header")
	}
	// A frame of at most one byte repeats the one before.
	if len(data) <= 1 {
		v.count(t, PictureP, true)
		return nil
	}
	var r BitReader
	r.Reset(data)
	if v.seq.FrameInterpolation {
		r.Skip(1)
	}
	r.Skip(2) // frmcnt
	if v.seq.RangeReduction {
		r.Skip(1)
	}
	typ := PictureP
	if !r.Flag() {
		typ = PictureI
		if v.seq.MaxBFrames > 0 && !r.Flag() {
			typ = PictureB
		}
	}
	if r.Err() != nil {
		return r.Err()
	}
	v.count(t, typ, false)
	return nil
}

func (v *vc1Tracker) count(t *Tracker, typ PictureType, skipped bool) {
	p := &t.pkt
	closed := v.closed && typ == PictureI
	v.closed = false
	rasl, missing := v.gop.leading(typ)
	v.gop.frame(typ, closed)
	if !missing {
		p.Shown++
	}
	if p.Pictures++; p.Pictures > 1 {
		p.Disposable = p.Disposable && typ == PictureB
		return
	}
	p.Type = typ
	p.Disposable = typ == PictureB && !skipped
	p.Key = typ == PictureI
	p.RandomAccess = p.Key
	p.Closed = closed
	p.RASL = rasl
	p.Width, p.Height = t.info.Width, t.info.Height
}
