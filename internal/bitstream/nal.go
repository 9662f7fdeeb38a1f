package bitstream

import "bytes"

// NALUnits walks over the NAL units of a packet:
//
//	var u bitstream.NALUnits
//	u.Reset(packet, 0)
//	for u.Next() {
//		use(u.NAL())
//	}
//
// Units are slices of the packet, header byte first, with their emulation prevention
// bytes and without start code, length and trailing zeros. Empty units are left out.
// Specification: ITU-T H.264, annex B; ISO/IEC 14496-15, section 5.3.3.
type NALUnits struct {
	data   []byte
	nal    []byte
	pos    int // of the next length or of the byte after the next start code
	offset int
	length int
	err    error
}

// Reset starts over with data. lengthSize is the size in bytes of the length before
// each unit, 1 to 4; 0 is Annex B: units after start codes.
func (u *NALUnits) Reset(data []byte, lengthSize int) {
	*u = NALUnits{data: data, length: lengthSize}
	switch {
	case lengthSize < 0 || lengthSize > 4:
		u.data, u.err = nil, invalid("NAL unit length size")
	case lengthSize == 0:
		u.pos = nextStart(data, 0)
	}
}

// nextStart returns the index after the first start code at or after from, or
// len(data)+1: one more than any start can be.
func nextStart(data []byte, from int) int {
	i := bytes.Index(data[from:], startCode)
	if i < 0 {
		return len(data) + 1
	}
	return from + i + len(startCode)
}

var startCode = []byte{0, 0, 1}

// Next moves to the next unit and reports whether there is one.
func (u *NALUnits) Next() bool {
	if u.length == 0 {
		return u.nextAnnexB()
	}
	for len(u.data)-u.pos >= u.length {
		n := 0
		for _, b := range u.data[u.pos : u.pos+u.length] {
			n = n<<8 | int(b)
		}
		start := u.pos + u.length
		// On a 32-bit machine a length of 2^31 or more is negative.
		if n < 0 || n > len(u.data)-start {
			// What is there is a cut unit: usable headers, but an error.
			n, u.err = len(u.data)-start, ErrTruncated
		}
		u.pos = start + n
		u.offset, u.nal = start, u.data[start:u.pos:u.pos]
		if n > 0 {
			return true
		}
	}
	if u.pos < len(u.data) && u.err == nil {
		u.err = ErrTruncated
	}
	u.nal = nil
	return false
}

func (u *NALUnits) nextAnnexB() bool {
	for u.pos <= len(u.data) {
		start, end := u.pos, len(u.data)
		u.pos = nextStart(u.data, start)
		if u.pos <= len(u.data) {
			end = u.pos - len(startCode)
		}
		// trailing_zero_8bits, and the zero_byte of a four-byte start code.
		for end > start && u.data[end-1] == 0 {
			end--
		}
		if end > start {
			u.offset, u.nal = start, u.data[start:end:end]
			return true
		}
	}
	u.nal = nil
	return false
}

// NAL returns the current unit, valid as long as the packet is.
func (u *NALUnits) NAL() []byte { return u.nal }

// Offset returns the index of the current unit's first byte in the packet.
func (u *NALUnits) Offset() int { return u.offset }

// Err returns ErrTruncated when a length went beyond the packet. The last unit is
// what was there.
func (u *NALUnits) Err() error { return u.err }

// IsAnnexB reports whether data begins with a start code, leading zeros allowed.
func IsAnnexB(data []byte) bool {
	for i, b := range data {
		if b != 0 {
			return b == 1 && i >= 2
		}
	}
	return false
}

// AppendAnnexB appends the length prefixed units of packet to dst, each after a
// four-byte start code. Units cut by the end of the packet are left out and the
// error is ErrTruncated.
func AppendAnnexB(dst, packet []byte, lengthSize int) ([]byte, error) {
	if lengthSize < 1 {
		return dst, invalid("NAL unit length size")
	}
	var u NALUnits
	u.Reset(packet, lengthSize)
	for u.Next() && u.err == nil {
		dst = append(dst, 0, 0, 0, 1)
		dst = append(dst, u.nal...)
	}
	return dst, u.err
}

// AppendRBSP appends the payload of a NAL unit to dst without emulation prevention
// bytes: the 3 of each 0 0 3.
// Specification: ITU-T H.264, section 7.3.1.
func AppendRBSP(dst, nal []byte) []byte {
	for {
		i := bytes.Index(nal, emulation)
		if i < 0 {
			return append(dst, nal...)
		}
		dst = append(dst, nal[:i+2]...)
		nal = nal[i+3:]
	}
}

var emulation = []byte{0, 0, 3}

// AppendEBSP appends payload to dst with the emulation prevention bytes that it needs
// inside of a NAL unit. A payload that ends in a zero byte gets a 3 at its end.
// Specification: ITU-T H.264, section 7.4.1.
func AppendEBSP(dst, payload []byte) []byte {
	zeros := 0
	for _, b := range payload {
		if zeros >= 2 && b <= 3 {
			dst = append(dst, 3)
			zeros = 0
		}
		dst = append(dst, b)
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	if zeros > 0 {
		dst = append(dst, 3)
	}
	return dst
}
