package codec

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// deviceContext is the CUDA context that a configuration means, as a reference of
// our own: the caller's, or the primary one of its device.
func deviceContext(c *DeviceConfig) (*cuda.Context, error) {
	if c.Context == nil && c.Stream != nil {
		return c.Stream.Context().Clone()
	}
	if c.Context != nil {
		if n, ok := c.Device.Ordinal(); ok && int(c.Context.Device()) != n {
			return nil, fmt.Errorf("%w: Context belongs to cuda:%d, Device is %v", ErrArgument, c.Context.Device(), c.Device)
		}
		return c.Context.Clone()
	}
	n, _ := c.Device.Ordinal()
	n = max(n, 0)
	devices, err := cuda.Devices()
	if err != nil {
		return nil, err
	}
	if n >= len(devices) {
		return nil, fmt.Errorf("%w: no device cuda:%d; this machine has %d", ErrUnsupported, n, len(devices))
	}
	sessions.dropLost(devices[n])
	return cuda.Primary(devices[n])
}
