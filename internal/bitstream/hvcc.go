package bitstream

// HEVCConfig is an HEVCDecoderConfigurationRecord, the hvcC of mp4 and Matroska.
// Specification: ISO/IEC 14496-15, section 8.3.3.1.
type HEVCConfig struct {
	Profile, Level           uint8
	ChromaFormat             uint8
	BitDepthLuma             uint8
	BitDepthChroma           uint8
	NumTemporalLayers        uint8
	LengthSize               int
	VPS, SPS, PPS, SEIPrefix [][]byte
}

const hvcCHeader = 23

// Parse reads the record. What could be read before damage is kept. Units are slices
// of the record; types other than the four are left out.
func (c *HEVCConfig) Parse(record []byte) error {
	*c = HEVCConfig{}
	if len(record) < hvcCHeader {
		return ErrTruncated
	}
	// Early writers, before the standard, set version 0.
	if record[0] > 1 {
		return invalid("hvcC: configurationVersion")
	}
	c.Profile, c.Level = record[1]&31, record[12]
	c.ChromaFormat = record[16] & 3
	c.BitDepthLuma, c.BitDepthChroma = record[17]&7+8, record[18]&7+8
	c.NumTemporalLayers = record[21] >> 3 & 7
	c.LengthSize = int(record[21]&3) + 1
	data := record[hvcCHeader:]
	for range record[22] {
		if len(data) < 3 {
			return ErrTruncated
		}
		typ := HEVCNALType(data[0] & 63)
		units, rest, err := unitArray(data[2:], int(data[1])<<8|int(data[2]))
		switch typ {
		case HEVCNALVPS:
			c.VPS = append(c.VPS, units...)
		case HEVCNALSPS:
			c.SPS = append(c.SPS, units...)
		case HEVCNALPPS:
			c.PPS = append(c.PPS, units...)
		case HEVCPrefixSEI:
			c.SEIPrefix = append(c.SEIPrefix, units...)
		}
		if err != nil {
			return err
		}
		data = rest
	}
	return nil
}

// AppendAnnexB appends the units to dst, each after a start code.
func (c *HEVCConfig) AppendAnnexB(dst []byte) []byte {
	for _, list := range [...][][]byte{c.VPS, c.SPS, c.PPS, c.SEIPrefix} {
		for _, nal := range list {
			dst = append(append(dst, 0, 0, 0, 1), nal...)
		}
	}
	return dst
}
