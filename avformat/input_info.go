package avformat

// InputInfo describes a container as a whole. Times are in microseconds (TimeBase).
type InputInfo struct {
	Format   Format
	Start    int64 // of the first stream, NoPTS if not known
	Duration int64 // NoPTS if not known
	BitRate  int64 // bits per second, 0 if not known
	Probe    int   // 1 to 100: how sure the choice of the format was
	Metadata map[string]string
	Chapters []Chapter
	Programs []Program
}

// Info describes the container.
func (in *Input) Info() (InputInfo, error) {
	s := in.s
	if err := s.enter("AVFormatContext"); err != nil {
		return InputInfo{}, err
	}
	defer s.mu.Unlock()
	p, o := s.ctx.p, &ff.off.formatContext
	i := InputInfo{
		Start: getInt64(p, o.startTime), Duration: getInt64(p, o.duration), BitRate: getInt64(p, o.bitRate),
		Probe: int(getInt32(p, o.probeScore)), Metadata: readDictionary(getPtr(p, o.metadata)),
		Chapters: readChapters(p), Programs: readPrograms(p),
	}
	if f := getPtr(p, o.iformat); f != 0 {
		i.Format = Format{getString(f, ff.off.inputFormat.name), getString(f, ff.off.inputFormat.longName)}
	}
	return i, nil
}

// AttachedPicture copies the picture of a stream that is one: cover art, still
// compressed. nil for other streams.
func (in *Input) AttachedPicture(stream int) ([]byte, error) {
	s := in.s
	const fn = "AVStream.attached_pic"
	if err := s.enter(fn); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if _, err := s.stream(fn, stream); err != nil {
		return nil, err
	}
	if streams := *s.streams.Load(); stream >= len(streams) || !streams[stream].AttachedPicture() {
		return nil, nil
	}
	return attachedPicture(s.ctx.p, stream), nil
}
