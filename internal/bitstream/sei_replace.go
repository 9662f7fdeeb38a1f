package bitstream

// AppendReplaced appends packet to dst with another payload in the first message of
// type typ, and reports whether there is one; without, dst comes back as it was. codec
// is H.264 or HEVC. lengthSize is as for NALUnits.
func (w *SEIInserter) AppendReplaced(dst, packet []byte, codec Codec, lengthSize int, typ uint32, payload []byte) ([]byte, bool) {
	header, isSEI := 1, func(nal []byte) bool { return H264NALType(nal[0]&31) == H264SEI }
	if codec == CodecHEVC {
		header, isSEI = 2, func(nal []byte) bool {
			h, ok := ParseHEVCNALHeader(nal)
			return ok && h.LayerID == 0 && h.Type == HEVCPrefixSEI
		}
	}
	var u NALUnits
	for u.Reset(packet, lengthSize); u.Next(); {
		nal := u.NAL()
		if !isSEI(nal) || len(nal) < header || !w.replace(nal[header:], typ, payload) {
			continue
		}
		begin := u.Offset()
		w.after = append(w.after[:0], nal[:header]...)
		w.after = AppendEBSP(w.after, w.rbsp)
		size := len(w.after)
		if lengthSize > 0 && uint64(size) >= 1<<(8*lengthSize) {
			return dst, false
		}
		dst = append(dst, packet[:begin-lengthSize]...)
		for i := lengthSize - 1; i >= 0; i-- {
			dst = append(dst, byte(size>>(8*i)))
		}
		dst = append(dst, w.after...)
		return append(dst, packet[begin+len(nal):]...), true
	}
	return dst, false
}

// replace makes w.rbsp of an SEI NAL unit's payload with the first message of type typ
// replaced.
func (w *SEIInserter) replace(ebsp []byte, typ uint32, payload []byte) bool {
	w.before = AppendRBSP(w.before[:0], ebsp)
	w.rbsp = w.rbsp[:0]
	found := false
	var m SEIMessages
	for m.Reset(w.before); m.Next(); {
		p := m.Payload()
		if !found && m.Type() == typ {
			found, p = true, payload
		}
		w.rbsp = AppendSEIMessage(w.rbsp, m.Type(), p)
	}
	w.rbsp = append(w.rbsp, rbspTrailing[:]...)
	return found && m.Err() == nil
}
