package codec

// Latency trades the delay of a decoder against what it must know of the stream.
// NVIDIA's guide calls it DisplayDecodeLatencyType.
type Latency uint8

const (
	// LatencyNative gives frames in display order with the engine's usual delay: one
	// picture beyond the stream's own reordering. It is the fastest.
	LatencyNative Latency = iota
	// LatencyLow gives frames in display order as soon as that order allows: without
	// B-frames, with the packet that holds the picture. Packets must be whole
	// pictures; those of a Demuxer are, others carry EndOfPicture.
	LatencyLow
	// LatencyZero gives frames in decoding order, each with its packet and its own
	// timestamps. Streams with B-frames come out of order.
	LatencyZero
)

var latencyNames = [...]string{"native", "low", "zero"}

// String returns native, low or zero.
func (l Latency) String() string { return enumName("Latency", latencyNames[:], int(l)) }

// MarshalText implements encoding.TextMarshaler.
func (l Latency) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads native, low or zero.
func (l *Latency) UnmarshalText(text []byte) error {
	i, err := enumValue("latency", latencyNames[:], string(text))
	if err == nil {
		*l = Latency(i)
	}
	return err
}
