package bitstream

// AVCConfig is an AVCDecoderConfigurationRecord, the avcC of mp4 and Matroska.
// Specification: ISO/IEC 14496-15, section 5.3.3.1.
type AVCConfig struct {
	Profile, Compatibility, Level uint8
	// LengthSize is the size in bytes of the length before each unit: 1, 2 or 4.
	LengthSize int
	// SPS, PPS and SPSExt hold NAL units, slices of the record.
	SPS, PPS, SPSExt [][]byte
}

// Parse reads the record. What could be read before damage is kept.
func (c *AVCConfig) Parse(record []byte) error {
	*c = AVCConfig{}
	if len(record) < 6 {
		return ErrTruncated
	}
	if record[0] != 1 {
		return invalid("avcC: configurationVersion")
	}
	c.Profile, c.Compatibility, c.Level = record[1], record[2], record[3]
	c.LengthSize = int(record[4]&3) + 1
	data := record[5:]
	var err error
	if c.SPS, data, err = unitArray(data, int(data[0]&31)); err != nil {
		return err
	}
	if len(data) == 0 {
		return ErrTruncated
	}
	if c.PPS, data, err = unitArray(data, int(data[0])); err != nil {
		return err
	}
	// chroma_format, bit_depth_luma_minus8, bit_depth_chroma_minus8; many writers
	// leave this out.
	switch c.Profile {
	case 100, 110, 122, 144:
		if len(data) > 3 {
			c.SPSExt, _, _ = unitArray(data[3:], int(data[3]))
		}
	}
	return nil
}

// unitArray reads count units, each after a two-byte length, from data[1:].
func unitArray(data []byte, count int) (units [][]byte, rest []byte, err error) {
	data = data[1:]
	for range count {
		if len(data) < 2 {
			return units, nil, ErrTruncated
		}
		n := int(data[0])<<8 | int(data[1])
		if data = data[2:]; n > len(data) {
			return units, nil, ErrTruncated
		}
		if n > 0 {
			units = append(units, data[:n:n])
		}
		data = data[n:]
	}
	return units, data, nil
}

// AppendAnnexB appends the parameter sets to dst, each after a start code.
func (c *AVCConfig) AppendAnnexB(dst []byte) []byte {
	for _, list := range [...][][]byte{c.SPS, c.SPSExt, c.PPS} {
		for _, nal := range list {
			dst = append(append(dst, 0, 0, 0, 1), nal...)
		}
	}
	return dst
}
