package codec

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
)

// DecoderConfig configures a Decoder. The zero value is right for most programs; a
// nil *DecoderConfig means the same. It holds no resource and is copied.
type DecoderConfig struct {
	DeviceConfig

	// Layout chooses the pixel layout of frames. Default: LayoutNative.
	Layout Layout
	// MaxWidth and MaxHeight are the largest picture, in luma samples, that the
	// hardware session is made for, so that a stream that grows can go on in it.
	// They cost device memory. Default: the first picture's size.
	MaxWidth, MaxHeight int
	// Latency is the delay of the decoder. Default: LatencyNative.
	Latency Latency
	// OnError is the policy for damaged streams. Default: Deliver.
	OnError ErrorPolicy
	// Deinterlace chooses what becomes of interlaced pictures. Default: Weave, both
	// fields in one frame, exactly as they are coded. Bob on the CPU takes means of two rows
	// where the GPU has a filter of its own; Adaptive needs the GPU.
	Deinterlace Deinterlace
	// ScaleWidth and ScaleHeight have the driver scale pictures to that size, both even,
	// as it puts them out: the part that is shown, before any Conversion. What filter it
	// has, and what that costs, is not published. Conversion scales by filters that are known,
	// also on the CPU. Default: not scaled. Everything else needs a GPU.
	ScaleWidth, ScaleHeight int
	// Limits bound what the stream can ask for. Default: see there.
	Limits Limits
	// Threads is the number of threads of the CPU engine, 1 to 64. Default: one a
	// core, up to 16.
	Threads int
	// AllowEngineSwitch lets a decoder that began on the GPU with Device Auto go on on the CPU,
	// where the stream changes to something that the GPU cannot decode. Without it
	// that is an error that matches ErrUnsupported.
	AllowEngineSwitch bool

	// Output is the format that frames are converted to, on the device that decodes:
	// frame.RGB24, frame.GBRP, frame.NV12 and others that a frame.Converter makes. Default:
	// none, or with a Conversion the format that they have.
	Output frame.Format
	// Conversion says what else becomes of frames: part, size, orientation, colour.
	// Default: nothing. For batches see frame.BatchPool instead.
	Conversion frame.Conversion

	// late leaves the conversion to the reader that the decoder works for: see finishLate.
	late bool
	// share is the reader's that the decoder works for, whose scheduler then counts the
	// session; nil for a decoder that a program made itself.
	share *share
}

// Layout is the pixel layout of decoded frames.
type Layout uint8

const (
	// LayoutNative is the layout of the hardware, also on the CPU: NV12, P016 (16-bit
	// samples with the value in the high bits), YUV444, YUV444P16, NV16, P216. What
	// those cannot hold (alpha, RGB, 4:1:1, ...) comes in libavcodec's own layout.
	LayoutNative Layout = iota
	// LayoutPlanar is libavcodec's own: yuv420p, yuv420p10le with the value in the
	// low bits, and so on. Frames lie in host memory.
	LayoutPlanar
)

var layoutNames = [...]string{"native", "planar"}

// String returns native or planar.
func (l Layout) String() string { return enumName("Layout", layoutNames[:], int(l)) }

// MarshalText implements encoding.TextMarshaler.
func (l Layout) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads native or planar.
func (l *Layout) UnmarshalText(text []byte) error {
	i, err := enumValue("layout", layoutNames[:], string(text))
	if err == nil {
		*l = Layout(i)
	}
	return err
}

// ErrorPolicy says what a decoder does with damaged pictures. Whatever it is, what
// concerns the object and not the picture (a lost device, memory, a format that the
// engine cannot decode) is returned at once.
type ErrorPolicy uint8

const (
	// Deliver gives every frame that could be decoded, marks the damaged ones
	// (Frame.Corrupt), and goes on. Drain, and the end of Frames, report the damage;
	// Damage tells it at any time.
	Deliver ErrorPolicy = iota
	// Skip is Deliver without the frames that are marked.
	Skip
	// Stop ends decoding at the first damage: the call returns it together with the
	// frames before it, and later calls return it again.
	Stop
)

var policyNames = [...]string{"deliver", "skip", "stop"}

// String returns deliver, skip or stop.
func (p ErrorPolicy) String() string { return enumName("ErrorPolicy", policyNames[:], int(p)) }

// MarshalText implements encoding.TextMarshaler.
func (p ErrorPolicy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads deliver, skip or stop.
func (p *ErrorPolicy) UnmarshalText(text []byte) error {
	i, err := enumValue("error policy", policyNames[:], string(text))
	if err == nil {
		*p = ErrorPolicy(i)
	}
	return err
}

// Deinterlace says what the decoder makes of interlaced pictures.
type Deinterlace uint8

const (
	Weave    Deinterlace = iota // both fields in one frame, samples untouched
	Bob                         // the first field, doubled in height
	Adaptive                    // the hardware's motion-adaptive filter
)

var deinterlaceNames = [...]string{"weave", "bob", "adaptive"}

// String returns weave, bob or adaptive.
func (d Deinterlace) String() string { return enumName("Deinterlace", deinterlaceNames[:], int(d)) }

// MarshalText implements encoding.TextMarshaler.
func (d Deinterlace) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads weave, bob or adaptive.
func (d *Deinterlace) UnmarshalText(text []byte) error {
	i, err := enumValue("deinterlace mode", deinterlaceNames[:], string(text))
	if err == nil {
		*d = Deinterlace(i)
	}
	return err
}

// hardwareOnly names what only NVDEC does, or is empty.
func (c *DecoderConfig) hardwareOnly() string {
	switch {
	case c.Deinterlace == Adaptive:
		return fmt.Sprintf("Deinterlace %v", c.Deinterlace)
	case c.ScaleWidth > 0:
		return fmt.Sprintf("ScaleWidth x ScaleHeight %dx%d", c.ScaleWidth, c.ScaleHeight)
	}
	return ""
}

// maxDimension bounds a picture side, far above what any codec here can code.
const maxDimension = 1 << 16

func (c *DecoderConfig) validate() error {
	if err := c.DeviceConfig.validate(); err != nil {
		return err
	}
	switch {
	case c.Layout > LayoutPlanar:
		return fmt.Errorf("%w: %v; use LayoutNative or LayoutPlanar", ErrArgument, c.Layout)
	case c.Latency > LatencyZero:
		return fmt.Errorf("%w: %v; use LatencyNative, LatencyLow or LatencyZero", ErrArgument, c.Latency)
	case c.OnError > Stop:
		return fmt.Errorf("%w: %v; use Deliver, Skip or Stop", ErrArgument, c.OnError)
	case c.Deinterlace > Adaptive:
		return fmt.Errorf("%w: %v; use Weave, Bob or Adaptive", ErrArgument, c.Deinterlace)
	case c.MaxWidth < 0 || c.MaxHeight < 0 || c.MaxWidth > maxDimension || c.MaxHeight > maxDimension:
		return fmt.Errorf("%w: MaxWidth x MaxHeight %dx%d; 0 to %d, 0 for the stream's own size", ErrArgument, c.MaxWidth, c.MaxHeight, maxDimension)
	case c.ScaleWidth < 0 || c.ScaleHeight < 0 || c.ScaleWidth > maxDimension/2 || c.ScaleHeight > maxDimension/2 || c.ScaleWidth%2 != 0 || c.ScaleHeight%2 != 0 ||
		(c.ScaleWidth == 0) != (c.ScaleHeight == 0):
		return fmt.Errorf("%w: ScaleWidth x ScaleHeight %dx%d; both even, 2 to %d, or both 0", ErrArgument, c.ScaleWidth, c.ScaleHeight, maxDimension/2)
	case c.Threads < 0 || c.Threads > 64:
		return fmt.Errorf("%w: Threads %d; 1 to 64, 0 for one a core", ErrArgument, c.Threads)
	case c.Layout == LayoutPlanar && c.Memory == frame.Device:
		return fmt.Errorf("%w: LayoutPlanar with frame.Device: planar frames lie in host memory; use LayoutNative, or leave Memory zero", ErrArgument)
	}
	if err := c.Limits.validate(); err != nil {
		return err
	}
	return c.checkConversion()
}
