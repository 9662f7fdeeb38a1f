package bitstream

// hevcTracker reads packets of access units. Only the base layer counts.
type hevcTracker struct {
	sets   HEVCParameterSets
	length int // 0 Annex B
	active *HEVCSPS
	stale  bool
	order  HEVCPictureOrder
	// started: an IRAP picture came since the start, a reset or an end of sequence, so
	// that the next one is not the first of its sequence.
	started bool
	// noRasl is NoRaslOutputFlag of the last IRAP picture.
	noRasl bool
	slice  HEVCSliceHeader
	sei    []byte
}

func (h *hevcTracker) extradata(t *Tracker, data []byte) error {
	var err error
	if !IsAnnexB(data) && len(data) >= hvcCHeader {
		var c HEVCConfig
		err = c.Parse(data)
		h.length = c.LengthSize
		data = c.AppendAnnexB(nil)
	}
	var u NALUnits
	u.Reset(data, 0)
	for u.Next() {
		if e := h.parameters(u.NAL()); err == nil {
			err = e
		}
	}
	h.guessInfo(t)
	return err
}

// guessInfo takes the first parameter set when no picture has activated one yet.
func (h *hevcTracker) guessInfo(t *Tracker) {
	for _, s := range h.sets.sps {
		if s != nil && !t.known {
			t.setInfo(h.info(s))
		}
	}
}

// info adds what only the video parameter set may say.
func (h *hevcTracker) info(s *HEVCSPS) Info {
	i := s.Info()
	if v := h.sets.VPS(s.VPSID); v != nil && v.TimingInfo && i.FrameRate.Den == 0 {
		i.FrameRate = frameRate(v.TimeScale, v.NumUnitsInTick, 1)
	}
	return i
}

// parameters keeps nal if it is a parameter set of the base layer.
func (h *hevcTracker) parameters(nal []byte) error {
	nh, ok := ParseHEVCNALHeader(nal)
	if !ok || nh.LayerID != 0 || nh.Type < HEVCNALVPS || nh.Type > HEVCNALPPS {
		return nil
	}
	h.stale = true
	return h.sets.Add(nal)
}

func (h *hevcTracker) reset() {
	h.order = HEVCPictureOrder{}
	h.started = false
}

func (h *hevcTracker) packet(t *Tracker, data []byte) error {
	var first error
	var u NALUnits
	u.Reset(data, packetLength(data, h.length))
	p := &t.pkt
	p.Disposable = true
	for u.Next() {
		nal := u.NAL()
		nh, ok := ParseHEVCNALHeader(nal)
		var err error
		switch {
		case !ok:
			err = invalid("nal_unit_header")
		case nh.Type == HEVCEndOfSequence, nh.Type == HEVCEndOfStream:
			p.EndOfSequence = true
			h.started = false
		case nh.LayerID != 0:
		case nh.Type >= HEVCNALVPS && nh.Type <= HEVCNALPPS:
			p.Parameters = true
			err = h.parameters(nal)
		case nh.Type == HEVCPrefixSEI && p.Pictures == 0:
			h.readSEI(p, nal)
		case nh.Type.IsVCL():
			err = h.readSlice(t, nal)
		}
		if first == nil {
			first = err
		}
	}
	if p.Pictures == 0 {
		p.Disposable = false
		h.guessInfo(t)
	}
	if first == nil {
		first = u.Err()
	}
	return first
}

func (h *hevcTracker) readSEI(p *PacketInfo, nal []byte) {
	h.sei = AppendRBSP(h.sei[:0], nal[2:])
	var m SEIMessages
	m.Reset(h.sei)
	for m.Next() {
		if m.Type() != SEIRecoveryPoint {
			continue
		}
		var r RecoveryPoint
		if r.Parse(m.Payload(), CodecHEVC) == nil {
			p.RandomAccess = true
			p.RecoveryFrames = max(int(r.Count), 0)
		}
	}
}

func (h *hevcTracker) readSlice(t *Tracker, nal []byte) error {
	s, p := &h.slice, &t.pkt
	if err := s.Parse(nal, &h.sets); err != nil {
		return err
	}
	if s.FirstInPic {
		h.newPicture(t, s)
	} else if p.Pictures == 1 && !s.Dependent {
		p.Type = max(p.Type, s.PictureType())
	}
	return nil
}

func (h *hevcTracker) newPicture(t *Tracker, s *HEVCSliceHeader) {
	p, typ := &t.pkt, s.NAL.Type
	sps := h.sets.SPS(s.SPSID)
	if h.stale || sps != h.active {
		h.active, h.stale = sps, false
		t.setInfo(h.info(sps))
		t.timing = sps.VUI.picTiming()
	}
	irap := typ.IsIRAP()
	if irap {
		h.noRasl = typ.IsIDR() || typ.IsBLA() || !h.started
		h.started = true
	}
	poc := h.order.Next(s, sps, h.noRasl)
	if s.PicOutput && !(typ.IsRASL() && h.noRasl) {
		p.Shown++
	}
	if !typ.IsSubLayerNonRef() || s.NAL.TemporalID < sps.MaxSubLayersMinus1 {
		p.Disposable = false
	}
	if p.Pictures++; p.Pictures > 1 {
		return
	}
	p.Key, p.Closed = irap, typ.IsIDR() || typ.IsBLA()
	if irap {
		p.RandomAccess, p.RecoveryFrames = true, 0
		p.OrderReset = h.noRasl
		// A CRA picture that begins a sequence drops whatever its flag is.
		p.DropsPrior = h.noRasl && (s.NoOutputOfPriorPics || typ == HEVCCRA)
	}
	p.RASL, p.RADL = typ.IsRASL(), typ.IsRADL()
	p.TemporalID = s.NAL.TemporalID
	p.Type = s.PictureType()
	p.POC, p.HasPOC = poc, true
	p.NALType = uint8(typ)
	p.Width, p.Height = t.info.Width, t.info.Height
}
