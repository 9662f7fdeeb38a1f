package avformat

import (
	"runtime"
)

// SeekFlags say how to seek. Source: AVSEEK_FLAG_*, avformat.h.
type SeekFlags int32

// The ways to seek. The zero value goes to the first key frame at or after the time.
const (
	SeekBackward SeekFlags = 1 << iota // to the key frame at or before
	SeekByte                           // the target is a byte position
	SeekAny                            // any frame, not only key frames
	SeekFrame                          // the target is a frame number; few demuxers can
)

// Seek moves to time t of a stream, in ticks of its time base; with stream -1 in
// microseconds, of the stream that FFmpeg chooses. What is at or before depends on the
// container's index: in mp4 and others it goes by decoding time. Decoders have to be
// flushed after it.
func (in *Input) Seek(stream int, t int64, flags SeekFlags) error {
	s := in.s
	const fn = "av_seek_frame"
	if err := s.enterStream(fn, stream); err != nil {
		return err
	}
	defer s.mu.Unlock()
	r := s.call.Begin().Int(s.ctx.p).Int(signed(int32(stream))).Int(uintptr(t)).Int(uintptr(flags)).Do32(ff.fn.avSeekFrame)
	runtime.KeepAlive(in)
	return s.seekError(fn, r)
}

// SeekRange moves to the key frame nearest to t within lowest <= time <= highest, in
// ticks of the stream's time base; flags as in Seek.
func (in *Input) SeekRange(stream int, lowest, t, highest int64, flags SeekFlags) error {
	s := in.s
	const fn = "avformat_seek_file"
	if err := s.enterStream(fn, stream); err != nil {
		return err
	}
	defer s.mu.Unlock()
	r := s.call.Begin().Int(s.ctx.p).Int(signed(int32(stream))).Int(uintptr(lowest)).Int(uintptr(t)).
		Int(uintptr(highest)).Int(uintptr(flags)).Do32(ff.fn.avformatSeekFile)
	runtime.KeepAlive(in)
	return s.seekError(fn, r)
}

func (s *input) enterStream(fn string, stream int) error {
	if err := s.enter(fn); err != nil {
		return err
	}
	if stream != -1 {
		if _, err := s.stream(fn, stream); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	return nil
}

func (s *input) seekError(fn string, r int32) error {
	if r >= 0 {
		return nil
	}
	err := s.fail(fn, r)
	if e, ok := err.(*Error); ok && e.Err == nil && !s.seekable() {
		e.Detail += " cannot be seeked in"
	}
	return err
}

// Seekable says whether the file or reader can be moved in. (A demuxer may still be
// unable to.)
func (in *Input) Seekable() bool {
	s := in.s
	if s.enter("") != nil {
		return false
	}
	defer s.mu.Unlock()
	return s.seekable()
}

func (s *input) seekable() bool {
	pb := getPtr(s.ctx.p, ff.off.formatContext.pb)
	return pb != 0 && getInt32(pb, ff.off.ioContext.seekable)&1 != 0
}

// An IndexEntry is a place in the file that the container, or reading so far, has
// told of.
type IndexEntry struct {
	Time int64 // in ticks of the stream's time base; in mp4 and others the decoding time
	Pos  int64 // byte position
	Size int   // bytes, 0 if not known
	Key  bool
}

// Index copies the container's own index of a stream. mp4's has every packet from
// the start, Matroska's its cues, a transport stream or raw file none.
func (in *Input) Index(stream int) ([]IndexEntry, error) {
	s := in.s
	const fn = "avformat_index_get_entry"
	if err := s.enter(fn); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	p, err := s.stream(fn, stream)
	if err != nil {
		return nil, err
	}
	o := &ff.off.indexEntry
	entry := func(e uintptr) IndexEntry {
		// flags is the low two bits of this word and size the others.
		bits := getInt32(e, 16)
		return IndexEntry{Time: getInt64(e, o.timestamp), Pos: getInt64(e, o.pos), Size: int(bits >> 2), Key: bits&1 != 0}
	}
	if ff.fn.avformatIndexGetEntriesCount == 0 { // FFmpeg 4
		out := make([]IndexEntry, int(getInt32(p, ff.off.stream.nbIndexEntries)))
		for i := range out {
			out[i] = entry(s.indexEntry(p, i))
		}
		return out, nil
	}
	out := make([]IndexEntry, s.call.Begin().Int(p).Do32(ff.fn.avformatIndexGetEntriesCount))
	for i := range out {
		e := s.indexEntry(p, i)
		if e == 0 {
			return out[:i], nil
		}
		out[i] = entry(e)
	}
	return out, nil
}

// indexEntry is the address of a stream's i-th AVIndexEntry, 0 if there are not so many.
func (s *input) indexEntry(stream uintptr, i int) uintptr {
	if ff.fn.avformatIndexGetEntriesCount != 0 {
		return s.call.Begin().Int(stream).Int(uintptr(i)).Do(ff.fn.avformatIndexGetEntry)
	}
	const entrySize = 24
	if i >= int(getInt32(stream, ff.off.stream.nbIndexEntries)) {
		return 0
	}
	return getPtr(stream, ff.off.stream.indexEntries) + uintptr(i)*entrySize
}
