package bitstream

// An OBUType is the obu_type of AV1.
// Specification: AV1, section 6.2.2.
type OBUType uint8

// OBU types.
const (
	OBUSequenceHeader       OBUType = 1
	OBUTemporalDelimiter    OBUType = 2
	OBUFrameHeader          OBUType = 3
	OBUTileGroup            OBUType = 4
	OBUMetadata             OBUType = 5
	OBUFrame                OBUType = 6
	OBURedundantFrameHeader OBUType = 7
	OBUTileList             OBUType = 8
	OBUPadding              OBUType = 15
)

// An OBU is an open bitstream unit.
// Specification: AV1, section 5.3.
type OBU struct {
	Type                  OBUType
	HasExtension, HasSize bool
	TemporalID, SpatialID uint8
	// Payload is without header and size.
	Payload []byte
	// Raw is the whole unit.
	Raw []byte
}

// parse reads the unit at the start of data and returns what follows. A unit without
// a size takes all of data.
func (o *OBU) parse(data []byte) (rest []byte, err error) {
	*o = OBU{}
	if len(data) == 0 {
		return nil, ErrTruncated
	}
	b := data[0]
	if b&0x80 != 0 {
		return nil, invalid("obu_forbidden_bit")
	}
	o.Type = OBUType(b >> 3 & 15)
	o.HasExtension, o.HasSize = b&4 != 0, b&2 != 0
	header := 1
	if o.HasExtension {
		if len(data) < 2 {
			return nil, ErrTruncated
		}
		o.TemporalID, o.SpatialID = data[1]>>5, data[1]>>3&3
		header = 2
	}
	size := uint32(len(data) - header)
	if o.HasSize {
		v, n, err := ReadLEB128(data[header:])
		if err != nil {
			return nil, err
		}
		header += n
		if uint64(v) > uint64(len(data)-header) {
			return nil, ErrTruncated
		}
		size = v
	}
	end := header + int(size)
	o.Payload, o.Raw = data[header:end:end], data[:end:end]
	return data[end:], nil
}

// ReadLEB128 reads leb128() at the start of data and returns its value and length.
// Specification: AV1, section 4.10.5.
func ReadLEB128(data []byte) (value uint32, n int, err error) {
	var r BitReader
	r.Reset(data)
	value = r.LEB128()
	if r.Err() != nil {
		return 0, 0, r.Err()
	}
	return value, r.BytePos(), nil
}

// AppendLEB128 appends v to dst in as few bytes as possible.
func AppendLEB128(dst []byte, v uint32) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// OBUs walks over the units of a temporal unit in the low overhead format, which is
// that of mp4, Matroska and ivf.
// Specification: AV1, section 5.2.
type OBUs struct {
	data []byte
	cur  OBU
	err  error
}

// Reset starts over with data.
func (u *OBUs) Reset(data []byte) { *u = OBUs{data: data} }

// Next moves to the next unit and reports whether there is one.
func (u *OBUs) Next() bool {
	if u.err != nil || len(u.data) == 0 {
		return false
	}
	u.data, u.err = u.cur.parse(u.data)
	return u.err == nil
}

// OBU returns the current unit, valid until Next.
func (u *OBUs) OBU() *OBU { return &u.cur }

// Err returns what ended the walk before the end of the data.
func (u *OBUs) Err() error { return u.err }

// AnnexBOBUs walks over the units of data in the length-delimited format: temporal
// units of frame units of OBUs, each after its size.
// Specification: AV1, annex B.
type AnnexBOBUs struct {
	data    []byte
	unit    int // bytes left of the temporal unit
	frame   int // bytes left of the frame unit
	newUnit bool
	cur     OBU
	err     error
}

// Reset starts over with data, which begins with a temporal unit.
func (u *AnnexBOBUs) Reset(data []byte) { *u = AnnexBOBUs{data: data} }

// Next moves to the next OBU and reports whether there is one.
func (u *AnnexBOBUs) Next() bool {
	u.newUnit = false
	for u.err == nil {
		switch {
		case u.frame > 0:
			n := u.size(u.frame)
			if u.err != nil {
				return false
			}
			u.frame -= n
			u.unit -= n
			if n == 0 {
				u.err = invalid("obu_length")
				return false
			}
			// The size may be in the OBU a second time; then it must fit.
			_, u.err = u.cur.parse(u.data[:n])
			u.data = u.data[n:]
			return u.err == nil
		case u.unit > 0:
			u.frame = u.size(u.unit)
		case len(u.data) == 0:
			return false
		default:
			u.unit = u.size(len(u.data))
			u.newUnit = true
		}
	}
	return false
}

// size reads a size that together with its own bytes is at most limit, and takes its
// bytes from the data and the sizes around it.
func (u *AnnexBOBUs) size(limit int) int {
	v, n, err := ReadLEB128(u.data[:limit])
	if err == nil && uint64(v) > uint64(limit-n) {
		err = ErrTruncated
	}
	if err != nil {
		u.err = err
		return 0
	}
	u.data = u.data[n:]
	if u.frame > 0 {
		u.frame -= n
	}
	if u.unit > 0 {
		u.unit -= n
	}
	return int(v)
}

// OBU returns the current unit, valid until Next.
func (u *AnnexBOBUs) OBU() *OBU { return &u.cur }

// NewTemporalUnit reports whether the current OBU is the first of a temporal unit.
func (u *AnnexBOBUs) NewTemporalUnit() bool { return u.newUnit }

// Err returns what ended the walk before the end of the data.
func (u *AnnexBOBUs) Err() error { return u.err }

// AV1Format is how OBUs are strung together.
type AV1Format uint8

// Formats of AV1 data.
const (
	AV1Unknown AV1Format = iota
	AV1LowOverhead
	AV1AnnexB
)

// DetectAV1 tells the format of the beginning of a file of OBUs: both begin with a
// temporal delimiter, and data may be cut anywhere after it.
// Specification: AV1, sections 5.2 and annex B.
func DetectAV1(data []byte) AV1Format {
	var o OBU
	// temporal_delimiter_obu() is empty, so its OBU is the same bytes everywhere.
	if len(data) >= 2 && data[0]&^4 == byte(OBUTemporalDelimiter)<<3|2 {
		if rest, err := o.parse(data); err == nil && len(o.Payload) == 0 && (len(rest) == 0 || rest[0]&0x81 == 0) {
			return AV1LowOverhead
		}
	}
	unit, n, err := ReadLEB128(data)
	if err != nil {
		return AV1Unknown
	}
	data = data[n:]
	frame, n, err := ReadLEB128(data)
	if err != nil || uint64(frame)+uint64(n) > uint64(unit) {
		return AV1Unknown
	}
	data = data[n:]
	size, n, err := ReadLEB128(data)
	if err != nil || uint64(size)+uint64(n) > uint64(frame) || int64(size) > int64(len(data)-n) {
		return AV1Unknown
	}
	if _, err := o.parse(data[n : n+int(size)]); err != nil || o.Type != OBUTemporalDelimiter || len(o.Payload) != 0 {
		return AV1Unknown
	}
	return AV1AnnexB
}

// AppendLowOverhead appends o to dst with a size, as the low overhead format needs.
func (o *OBU) AppendLowOverhead(dst []byte) []byte {
	dst = append(dst, byte(o.Type)<<3|2)
	if o.HasExtension {
		dst[len(dst)-1] |= 4
		dst = append(dst, o.TemporalID<<5|o.SpatialID<<3)
	}
	return append(AppendLEB128(dst, uint32(len(o.Payload))), o.Payload...)
}
