package codec

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// withEncoder is the last GPU that has NVENC: on the simulator a Blackwell.
func withEncoder(t testing.TB) Device {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	devices, err := cuda.Devices()
	require.NoError(t, err)
	for i := len(devices) - 1; i >= 0; i-- {
		if c, err := EncodeCaps(GPU(i), H264); err == nil && c.Supported {
			return GPU(i)
		}
	}
	testutils.Skip(t, "no GPU here has an encoder", "REQUIRE_NVENC")
	return CPU
}

// testedAPIs are the versions that must work.
var testedAPIs = []nvenc.API{nvenc.API120, nvenc.API121, nvenc.API122, nvenc.API130, nvenc.API131}

// speak makes encoders of the test talk a version.
func speak(t testing.TB, a nvenc.API) {
	newest, err := nvenc.MaxAPI()
	require.NoError(t, err)
	if a > newest {
		testutils.Skip(t, fmt.Sprintf("the driver knows version %v", newest), "REQUIRE_NVENC")
	}
	t.Setenv("NVCODEC_NVENC_API", a.String())
}

// on is cfg for a device.
func on(dev Device, cfg EncoderConfig) *EncoderConfig {
	cfg.Device = dev
	return &cfg
}

// upload is a copy of a frame in device memory, of a pool that ends with the test.
func upload(t testing.TB, ctx *cuda.Context, f *frame.Frame) *frame.Frame {
	pool, err := frame.NewDevicePool(ctx, f.Format, f.Width, f.Height, nil)
	require.NoError(t, err)
	d, err := pool.Get(nil)
	require.NoError(t, err)
	require.NoError(t, pool.Close()) // when the frame is released
	require.NoError(t, f.CopyTo(d))
	return d
}

// isUserError tells whether an error is one that a user can act on: it names a field or
// what the GPU lacks, and is none of the driver's.
func isUserError(err error) bool {
	var driver *nvenc.Error
	return !errors.As(err, &driver) && (errors.Is(err, ErrArgument) || errors.Is(err, ErrUnsupported))
}
