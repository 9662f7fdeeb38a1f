package bitstream

// startCodes walks over the segments of data that begin with 0 0 1 and a code:
// MPEG-1, MPEG-2, MPEG-4 part 2 and VC-1 advanced profile.
type startCodes struct {
	data []byte
	pos  int // of the next code
	code byte
	body []byte
}

func (s *startCodes) reset(data []byte) {
	*s = startCodes{data: data, pos: nextStart(data, 0)}
}

// next moves on and reports whether there is a segment. Its body is what follows the
// code, zeros before the next start code included.
func (s *startCodes) next() bool {
	if s.pos >= len(s.data) {
		return false
	}
	s.code = s.data[s.pos]
	start, end := s.pos+1, len(s.data)
	s.pos = nextStart(s.data, start)
	if s.pos <= len(s.data) {
		end = s.pos - len(startCode)
	}
	s.body = s.data[start:end:end]
	return true
}
