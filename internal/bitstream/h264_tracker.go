package bitstream

// h264Tracker reads packets of access units, or of single fields.
type h264Tracker struct {
	sets   H264ParameterSets
	length int // 0 Annex B
	active *H264SPS
	stale  bool // a parameter set came since the active one was summed up
	order  H264PictureOrder
	// last is the last slice of a primary coded picture, of this packet or before.
	last     H264SliceHeader
	haveLast bool
	// haveFirst: its picture has a slice with the first macroblock.
	haveFirst bool
	// unpaired: the last picture is a first field.
	unpaired bool
	access   h264Access
	slice    H264SliceHeader
	sei      []byte
}

func (h *h264Tracker) extradata(t *Tracker, data []byte) error {
	var err error
	if data[0] == 1 {
		var c AVCConfig
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
func (h *h264Tracker) guessInfo(t *Tracker) {
	for _, s := range h.sets.sps {
		if s != nil && !t.known {
			t.setInfo(s.Info())
		}
	}
}

// parameters keeps nal if it is a parameter set.
func (h *h264Tracker) parameters(nal []byte) error {
	nh, _ := ParseH264NALHeader(nal)
	if nh.Type != H264NALSPS && nh.Type != H264NALPPS {
		return nil
	}
	h.stale = true
	return h.sets.Add(nal)
}

func (h *h264Tracker) reset() {
	h.order.Reset()
	h.haveLast, h.unpaired = false, false
	h.access = h264Access{}
}

// h264Access tells which pictures precede, in output order, the recovery point that
// they follow in decoding order.
type h264Access struct {
	begun bool // there was an IDR picture or a recovery point
	valid bool // the last one was a recovery point, with poc
	first bool // and the first since the start
	poc   int32
}

func (a *h264Access) leading(p *PacketInfo, poc int32) bool {
	switch {
	case p.OrderReset:
		a.valid = false
		a.begun = a.begun || p.RandomAccess
	case p.RandomAccess && p.RecoveryFrames == 0:
		*a = h264Access{begun: true, valid: true, first: !a.begun, poc: poc}
	}
	return a.valid && poc < a.poc
}

// packetLength returns the length size for packet. Files exist whose avcC promises
// lengths and whose packets have start codes; a length of 1 with much more behind it
// tells them, as in libavcodec.
func packetLength(packet []byte, length int) int {
	if length == 4 && len(packet) > 8 && packet[0]|packet[1]|packet[2] == 0 && packet[3] == 1 {
		n := uint64(packet[5])<<24 | uint64(packet[6])<<16 | uint64(packet[7])<<8 | uint64(packet[8])
		if n > uint64(len(packet)) {
			return 0
		}
	}
	return length
}

func (h *h264Tracker) packet(t *Tracker, data []byte) error {
	var first error
	var u NALUnits
	u.Reset(data, packetLength(data, h.length))
	p := &t.pkt
	p.Disposable = true
	for u.Next() {
		nal := u.NAL()
		nh, ok := ParseH264NALHeader(nal)
		var err error
		switch {
		case !ok:
			err = invalid("forbidden_zero_bit")
		case nh.Type == H264NALSPS, nh.Type == H264NALPPS:
			p.Parameters = true
			err = h.parameters(nal)
		case nh.Type == H264SEI:
			if p.Pictures == 0 {
				h.readSEI(p, nal)
			}
		case nh.Type == H264EndOfSequence, nh.Type == H264EndOfStream:
			p.EndOfSequence = true
		case nh.Type.HasSliceHeader():
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

func (h *h264Tracker) readSEI(p *PacketInfo, nal []byte) {
	h.sei = AppendRBSP(h.sei[:0], nal[1:])
	var m SEIMessages
	m.Reset(h.sei)
	for m.Next() {
		if m.Type() != SEIRecoveryPoint {
			continue
		}
		var r RecoveryPoint
		if r.Parse(m.Payload(), CodecH264) == nil {
			p.RandomAccess = true
			p.RecoveryFrames = int(r.Count)
		}
	}
}

func (h *h264Tracker) readSlice(t *Tracker, nal []byte) error {
	s, p := &h.slice, &t.pkt
	if err := s.Parse(nal, &h.sets); err != nil {
		return err
	}
	if s.RedundantPicCnt > 0 {
		return nil
	}
	// Encoders exist that give all their IDR pictures the same idr_pic_id. But a packet
	// does not begin with the first macroblock a second time.
	again := p.Pictures == 0 && s.FirstMB == 0 && h.haveFirst
	if h.haveLast && !again && !s.NewPicture(&h.last) {
		h.last = *s
		h.haveFirst = h.haveFirst || s.FirstMB == 0
		if p.Pictures == 1 {
			p.Type = max(p.Type, s.PictureType())
		}
		return nil
	}
	h.newPicture(t, s)
	h.last, h.haveLast, h.haveFirst = *s, true, s.FirstMB == 0
	return nil
}

func (h *h264Tracker) newPicture(t *Tracker, s *H264SliceHeader) {
	p := &t.pkt
	sps := h.sets.SPS(s.SPSID)
	if h.stale || sps != h.active {
		h.active, h.stale = sps, false
		t.setInfo(sps.Info())
		t.timing = sps.VUI.picTiming()
	}
	second := h.unpaired && h.haveLast && s.secondFieldOf(&h.last)
	h.unpaired = s.Field && !second
	top, bottom := h.order.Next(s, sps)
	poc := min(top, bottom)
	idr := s.NAL.Type == H264IDR
	if p.Pictures == 0 {
		p.Key, p.Closed = idr, idr
		if idr {
			p.RandomAccess, p.RecoveryFrames = true, 0
		}
		p.OrderReset = idr || s.MMCO5
		p.DropsPrior = s.NoOutputOfPriorPics
		p.RASL = h.access.leading(p, poc)
		p.SecondField = second
		p.Type = s.PictureType()
		if s.Field {
			p.Parity = TopField
			if s.Bottom {
				p.Parity = BottomField
			}
		}
		p.POC, p.HasPOC = poc, true
		p.NALType = uint8(s.NAL.Type)
		p.Width, p.Height = t.info.Width, t.info.Height
	}
	if !second && !(p.RASL && h.access.first) {
		p.Shown++
	}
	if s.NAL.RefIDC != 0 {
		p.Disposable = false
	}
	p.Pictures++
}

// secondFieldOf reports whether h and the field before it, which is not a second one,
// make a frame.
// Specification: ITU-T H.264, sections 3.30 and 3.31 (complementary field pairs).
func (h *H264SliceHeader) secondFieldOf(first *H264SliceHeader) bool {
	return h.Field && first.Field && h.Bottom != first.Bottom && h.FrameNum == first.FrameNum &&
		(h.NAL.Type != H264IDR || first.NAL.Type == H264IDR)
}
