package avformat

// codecDelay is what the muxer leaves out of a stream's times, in the muxer's time base.
//
// Opus begins with samples that are not heard, and Matroska says how many: a reader takes
// them off the times. Before libavformat 59.30.101 (FFmpeg 6) the muxer wrote the number,
// but did not add it to the times, so that the sound came early by it, or, where that made
// its first time negative, all else came late: 6.5 ms as a rule.
func (s *output) codecDelay(st *outputStream) int64 {
	v := ff.version.AVFormat
	fixed := v.Major > 59 || v.Major == 59 && (v.Minor > 30 || v.Minor == 30 && v.Micro >= 101)
	if fixed || s.format != "matroska" && s.format != "webm" || st.par.Codec() != "opus" {
		return 0
	}
	const rate = 48000 // which Opus counts in, whatever the stream says
	return Rescale(int64(st.par.int(st.par.off().initialPadding)), Rational{1, rate}, st.out)
}

// later adds the delay to a time, if it is one.
func (st *outputStream) later(t int64) int64 {
	if t == NoPTS {
		return t
	}
	return t + st.delay
}
