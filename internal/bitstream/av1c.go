package bitstream

// AV1Config is an AV1CodecConfigurationRecord, the av1C of mp4 and Matroska.
// Specification: AV1 Codec ISO Media File Format Binding, section 2.3.
type AV1Config struct {
	Profile, LevelIDX          uint8
	HighTier                   bool
	BitDepth                   uint8
	Mono                       bool
	SubsamplingX, SubsamplingY bool
	ChromaSamplePosition       uint8
	// ConfigOBUs is a part of the record: OBUs, usually one sequence header.
	ConfigOBUs []byte
}

// Parse reads the record.
func (c *AV1Config) Parse(record []byte) error {
	*c = AV1Config{}
	if len(record) < 4 {
		return ErrTruncated
	}
	if record[0] != 0x81 {
		return invalid("av1C: marker or version")
	}
	c.Profile, c.LevelIDX = record[1]>>5, record[1]&31
	c.HighTier = record[2]&0x80 != 0
	c.BitDepth = 8
	if record[2]&0x40 != 0 {
		c.BitDepth = 10
		if record[2]&0x20 != 0 {
			c.BitDepth = 12
		}
	}
	c.Mono = record[2]&0x10 != 0
	c.SubsamplingX, c.SubsamplingY = record[2]&8 != 0, record[2]&4 != 0
	c.ChromaSamplePosition = record[2] & 3
	c.ConfigOBUs = record[4:]
	return nil
}
