package bitstream

// h264MaxDPBMBs returns MaxDpbMbs of a level, that of the highest for an unknown one.
// Specification: ITU-T H.264, table A-1.
func (s *H264SPS) h264MaxDPBMBs() int {
	switch s.LevelIDC {
	case 9, 10:
		return 396
	case 11:
		if s.ConstraintFlags&0x10 != 0 && (s.ProfileIDC == 66 || s.ProfileIDC == 77 || s.ProfileIDC == 88) {
			return 396 // level 1b
		}
		return 900
	case 12, 13, 20:
		return 2376
	case 21:
		return 4752
	case 22, 30:
		return 8100
	case 31:
		return 18000
	case 32:
		return 20480
	case 40, 41:
		return 32768
	case 42:
		return 34816
	case 50:
		return 110400
	case 51, 52:
		return 184320
	}
	return 696320
}

// MaxDPBFrames is the most frames that a decoder of the stream's level holds.
// Specification: ITU-T H.264, section A.3.1, item h.
func (s *H264SPS) MaxDPBFrames() int {
	w, h := s.codedSize()
	return min(s.h264MaxDPBMBs()/max(w/16*(h/16), 1), 16)
}

// MaxDecFrameBuffering is the VUI's value, or the one inferred without it.
// Specification: ITU-T H.264, section E.2.1.
func (s *H264SPS) MaxDecFrameBuffering() int {
	if s.VUI.BitstreamRestriction {
		return int(s.VUI.MaxDecFrameBuffering)
	}
	if s.intraOnly() {
		return 0
	}
	return s.MaxDPBFrames()
}

// maxReorder is the VUI's max_num_reorder_frames, or the one inferred without it.
func (s *H264SPS) maxReorder() int {
	if s.VUI.BitstreamRestriction {
		return int(s.VUI.MaxNumReorderFrames)
	}
	// With type 2 output order is decoding order.
	if s.intraOnly() || s.PicOrderCntType == 2 {
		return 0
	}
	return s.MaxDPBFrames()
}

// intraOnly: an intra profile, by constraint_set3_flag.
func (s *H264SPS) intraOnly() bool {
	switch s.ProfileIDC {
	case 44, 86, 100, 110, 122, 244:
		return s.ConstraintFlags&0x10 != 0
	}
	return false
}
