package codec

import "github.com/go-nvcodec/nvcodec/internal/bitstream"

// nalLength is the size of the lengths in front of the NAL units of a stream's
// packets: 1, 2 or 4, or 0 for start codes.
type nalLength int

// nalLengthOf reads it from the extradata, avcC or hvcC.
func nalLengthOf(id ID, extradata []byte) nalLength {
	if len(extradata) == 0 || bitstream.IsAnnexB(extradata) {
		return 0
	}
	switch id {
	case H264:
		var c bitstream.AVCConfig
		_ = c.Parse(extradata)
		return nalLength(c.LengthSize)
	case HEVC:
		var c bitstream.HEVCConfig
		_ = c.Parse(extradata)
		return nalLength(c.LengthSize)
	}
	return 0
}

// of is the size in packet p. Files exist whose avcC promises lengths and whose
// packets have start codes; a length of 1 with much more behind it tells them, as in
// libavcodec.
func (l nalLength) of(p []byte) int {
	if l == 4 && len(p) > 8 && p[0]|p[1]|p[2] == 0 && p[3] == 1 {
		if n := uint64(p[5])<<24 | uint64(p[6])<<16 | uint64(p[7])<<8 | uint64(p[8]); n > uint64(len(p)) {
			return 0
		}
	}
	return int(l)
}
