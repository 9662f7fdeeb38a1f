package codec

import "fmt"

// defaultBuffer is the number of frames that a ThreadedDecoder decodes ahead.
const defaultBuffer = 16

// ThreadedDecoderConfig configures a ThreadedDecoder; nil means the zero value.
type ThreadedDecoderConfig struct {
	DecoderConfig

	// Buffer is the number of frames that wait, decoded, for the consumer, 1 to 65536.
	// Default: 16. Device memory is needed for them, for those that the consumer holds,
	// and for as many as the stream reorders.
	Buffer int
	// Start is the number of the first frame, in display order from 0, that is wanted of
	// the first video. A source that can be moved in is scanned for it (Demuxer.Scan); of
	// others all before it is decoded. If there is no such frame, the video ends with
	// ErrRange. Default: 0.
	Start int
	// DecoderCache keeps at least so many idle decode sessions in the process as long as
	// the object lives; see SetDecoderCache. Default: what is set there.
	DecoderCache int
}

func (c *ThreadedDecoderConfig) validate() error {
	switch {
	case c.Buffer < 0 || c.Buffer > 1<<16:
		return fmt.Errorf("%w: Buffer %d; 1 to 65536, 0 for %d", ErrArgument, c.Buffer, defaultBuffer)
	case c.Start < 0:
		return fmt.Errorf("%w: Start %d; frames are counted from 0", ErrArgument, c.Start)
	case c.DecoderCache < 0:
		return fmt.Errorf("%w: DecoderCache %d", ErrArgument, c.DecoderCache)
	}
	return nil
}
