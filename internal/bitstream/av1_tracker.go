package bitstream

// av1Tracker reads packets of temporal units in the low overhead format.
type av1Tracker struct {
	refs AV1References
	// op is what operating point 0 covers.
	op     AV1OperatingPoint
	frame  AV1FrameHeader
	seq    AV1SequenceHeader
	config Info // of the sequence header, without frame sizes
}

func (a *av1Tracker) extradata(t *Tracker, data []byte) error {
	if data[0]&0x80 != 0 { // marker, which in an OBU is a forbidden bit
		var c AV1Config
		if err := c.Parse(data); err != nil {
			return err
		}
		data = c.ConfigOBUs
	}
	var u OBUs
	u.Reset(data)
	for u.Next() {
		if o := u.OBU(); o.Type == OBUSequenceHeader {
			if err := a.sequence(o); err != nil {
				return err
			}
			t.setInfo(a.config)
		}
	}
	return u.Err()
}

func (a *av1Tracker) reset() { a.refs.Reset() }

func (a *av1Tracker) sequence(o *OBU) error {
	if err := a.seq.Parse(o.Payload); err != nil {
		return err
	}
	a.refs.Sequence = a.seq
	a.op = a.seq.OperatingPoints[0]
	a.config = a.seq.Info()
	return nil
}

func (a *av1Tracker) packet(t *Tracker, data []byte) error {
	var first error
	var u OBUs
	u.Reset(data)
	p := &t.pkt
	p.Disposable = true
	for u.Next() {
		o := u.OBU()
		if o.HasExtension && o.Type != OBUSequenceHeader && o.Type != OBUTemporalDelimiter && !a.op.has(o) {
			continue
		}
		var err error
		switch o.Type {
		case OBUSequenceHeader:
			p.Parameters = true
			err = a.sequence(o)
		case OBUFrameHeader, OBUFrame:
			err = a.readFrame(t, o)
		}
		if first == nil {
			first = err
		}
	}
	// Of the spatial layers of a point of time decoders output the highest.
	if a.config.SpatialLayers > 1 {
		p.Shown = min(p.Shown, 1)
	}
	if p.Pictures == 0 && p.Shown == 0 {
		p.Disposable = false
	}
	if first == nil {
		first = u.Err()
	}
	return first
}

func (a *av1Tracker) readFrame(t *Tracker, o *OBU) error {
	h, p := &a.frame, &t.pkt
	if err := h.Parse(o, &a.refs); err != nil {
		return err
	}
	a.refs.Decoded(h)
	if h.ShowFrame {
		p.Shown++
		a.setSize(t, h)
	}
	if h.RefreshFrameFlags != 0 {
		p.Disposable = false
	}
	begins := p.Pictures == 0 && !p.ShowExisting
	if h.ShowExisting {
		p.ShowExisting = true
	} else {
		p.Pictures++
	}
	p.SpatialID = max(p.SpatialID, o.SpatialID)
	if !begins {
		return nil
	}
	p.TemporalID = o.TemporalID
	p.Key = h.Type == AV1KeyFrame
	p.Closed = p.Key && h.ShowFrame
	p.RandomAccess = p.Key
	p.Type = PictureP
	if h.Intra() {
		p.Type = PictureI
	}
	return nil
}

// setSize makes the sizes of Info those of the frame shown last.
func (a *av1Tracker) setSize(t *Tracker, h *AV1FrameHeader) {
	i, s := a.config, &h.Size
	i.Width, i.Height = int(s.UpscaledWidth), int(s.FrameHeight)
	i.CodedWidth, i.CodedHeight = i.Width, i.Height
	// The render size is that of the display: the aspect ratio follows from it.
	i.SAR = reduce(uint64(s.FrameHeight)*uint64(s.RenderWidth), uint64(s.UpscaledWidth)*uint64(s.RenderHeight))
	t.setInfo(i)
	t.pkt.Width, t.pkt.Height = i.Width, i.Height
}

// reduce returns num/den in lowest terms; both are under 2^33 here.
func reduce(num, den uint64) Ratio {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	if a == 0 || num/a > 1<<32-1 || den/a > 1<<32-1 {
		return Ratio{}
	}
	return Ratio{uint32(num / a), uint32(den / a)}
}
