package codec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

// Device says where an object works. The zero Device is Auto.
//
// Its text form, in flags and JSON, is auto, cpu or cuda:N.
type Device int

const (
	// Auto takes the GPU of the caller's context, else GPU 0, if its engine can do
	// the job, and the CPU if not. The choice and its reason can be read.
	Auto Device = 0
	// CPU is FFmpeg's software codecs.
	CPU Device = -1
)

// GPU is the CUDA device of that ordinal, from 0. It never falls back to the CPU.
func GPU(ordinal int) Device { return Device(ordinal + 1) }

// Ordinal returns the CUDA ordinal, and whether d names a GPU.
func (d Device) Ordinal() (int, bool) { return int(d) - 1, d > 0 }

// String returns auto, cpu or cuda:N.
func (d Device) String() string {
	switch {
	case d == Auto:
		return "auto"
	case d == CPU:
		return "cpu"
	case d > 0:
		return "cuda:" + strconv.Itoa(int(d)-1)
	}
	return fmt.Sprintf("Device(%d)", int(d))
}

// ParseDevice reads auto, cpu, cuda (the same as cuda:0) or cuda:N; the empty
// string is Auto.
func ParseDevice(s string) (Device, error) {
	switch s {
	case "", "auto":
		return Auto, nil
	case "cpu":
		return CPU, nil
	case "cuda":
		return GPU(0), nil
	}
	if n, ok := strings.CutPrefix(s, "cuda:"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 0 && i < 1<<16 {
			return GPU(i), nil
		}
	}
	return Auto, fmt.Errorf("%w: device %q; say auto, cpu or cuda:N", ErrArgument, s)
}

// MarshalText implements encoding.TextMarshaler.
func (d Device) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Device) UnmarshalText(text []byte) error {
	v, err := ParseDevice(string(text))
	if err == nil {
		*d = v
	}
	return err
}

// DeviceConfig says where an object works and where its frames lie. It is part of
// every configuration; its zero value is right for most programs.
type DeviceConfig struct {
	// Device chooses the engine. Default Auto.
	Device Device
	// Context is a CUDA context to work in. It stays the caller's, and must outlive
	// the object and its frames. Default: the device's primary context, which
	// PyTorch and the CUDA runtime use as well.
	Context *cuda.Context
	// Stream orders the GPU work of the object, of the same context. It stays the
	// caller's. Default: a stream of the object's own.
	Stream *cuda.Stream
	// Memory is where frames lie. Default: where the engine decodes, that is the GPU
	// with NVDEC and the host with the CPU.
	Memory frame.Memory
}

func (c *DeviceConfig) validate() error {
	if c.Device < CPU || c.Device > 1<<16 {
		return fmt.Errorf("%w: %v is no device; use codec.Auto, codec.CPU or codec.GPU(n)", ErrArgument, c.Device)
	}
	if c.Stream != nil && c.Context != nil && c.Stream.Context() != c.Context {
		return fmt.Errorf("%w: Stream belongs to another context than Context", ErrArgument)
	}
	if c.Memory > frame.Device {
		return fmt.Errorf("%w: Memory %v; use frame.Host, frame.Device or leave it zero", ErrArgument, c.Memory)
	}
	return nil
}
