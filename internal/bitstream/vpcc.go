package bitstream

// VPConfig is a VPCodecConfigurationRecord, the vpcC of mp4 and the CodecPrivate of
// VP9 in Matroska.
// Specification: VP Codec ISO Media File Format Binding, section "VP Codec
// Configuration Box"; WebM container guidelines, "VP9 Codec Feature Metadata".
type VPConfig struct {
	Profile, Level, BitDepth uint8
	// ChromaSubsampling: 0 4:2:0 vertical, 1 4:2:0 colocated, 2 4:2:2, 3 4:4:4, 4 4:4:0.
	ChromaSubsampling uint8
	Color             Color
}

// Parse reads the record: that of mp4, with or without version and flags before it,
// or the list of features of Matroska.
func (c *VPConfig) Parse(record []byte) error {
	*c = VPConfig{BitDepth: 8, Color: unspecifiedColor}
	if len(record) < 3 {
		return ErrTruncated
	}
	// In Matroska the first feature is the profile: id 1, length 1.
	if record[0] == 1 && record[1] == 1 && record[2] <= 3 {
		return c.parseFeatures(record)
	}
	// Version 1 and flags 0 of the box.
	if len(record) >= 12 && record[0] == 1 && record[1]|record[2]|record[3] == 0 {
		record = record[4:]
	}
	if len(record) < 6 {
		return ErrTruncated
	}
	c.Profile, c.Level = record[0], record[1]
	c.BitDepth, c.ChromaSubsampling = record[2]>>4, record[2]>>1&7
	c.Color = Color{Primaries: record[3], Transfer: record[4], Matrix: record[5], Range: RangeLimited}
	if record[2]&1 != 0 {
		c.Color.Range = RangeFull
	}
	c.Color.ChromaLocation = c.chromaLocation()
	return nil
}

func (c *VPConfig) parseFeatures(data []byte) error {
	for len(data) >= 2 {
		id, n := data[0], int(data[1])
		if data = data[2:]; n > len(data) {
			return ErrTruncated
		}
		if n == 1 {
			switch v := data[0]; id {
			case 1:
				c.Profile = v
			case 2:
				c.Level = v
			case 3:
				c.BitDepth = v
			case 4:
				c.ChromaSubsampling = v
				c.Color.ChromaLocation = c.chromaLocation()
			}
		}
		data = data[n:]
	}
	return nil
}

func (c *VPConfig) chromaLocation() uint8 {
	switch c.ChromaSubsampling {
	case 0:
		return 1
	case 1:
		return 3
	}
	return 0
}
