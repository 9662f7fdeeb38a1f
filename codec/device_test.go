package codec

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDeviceText(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Device
	}{{"", Auto}, {"auto", Auto}, {"cpu", CPU}, {"cuda", GPU(0)}, {"cuda:0", GPU(0)}, {"cuda:7", GPU(7)}} {
		got, err := ParseDevice(c.in)
		require.NoError(t, err, c.in)
		require.Equal(t, c.want, got, c.in)
		again, err := ParseDevice(got.String())
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
	for _, bad := range []string{"gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:99999999999999999999", "CPU0"} {
		_, err := ParseDevice(bad)
		require.ErrorIs(t, err, ErrArgument, bad)
	}
	n, ok := GPU(3).Ordinal()
	require.True(t, ok)
	require.Equal(t, 3, n)
	_, ok = Auto.Ordinal()
	require.False(t, ok)
	_, ok = CPU.Ordinal()
	require.False(t, ok)
}

func TestConfigJSON(t *testing.T) {
	var c DecoderConfig
	text := `{"Device":"cuda:1","Memory":"host","Layout":"planar","Latency":"low","OnError":"skip","Deinterlace":"adaptive"}`
	require.NoError(t, json.Unmarshal([]byte(text), &c))
	require.Equal(t, GPU(1), c.Device)
	require.Equal(t, LayoutPlanar, c.Layout)
	require.Equal(t, LatencyLow, c.Latency)
	require.Equal(t, Skip, c.OnError)
	require.Equal(t, Adaptive, c.Deinterlace)
	for _, bad := range []string{`{"Device":"x"}`, `{"Latency":"x"}`, `{"OnError":"x"}`, `{"Layout":"x"}`, `{"Deinterlace":"x"}`} {
		require.ErrorIs(t, json.Unmarshal([]byte(bad), &c), ErrArgument, bad)
	}
}

func TestConfigValidate(t *testing.T) {
	good := DecoderConfig{}
	require.NoError(t, good.validate())
	for name, c := range map[string]DecoderConfig{
		"device":      {DeviceConfig: DeviceConfig{Device: -2}},
		"memory":      {DeviceConfig: DeviceConfig{Memory: 9}},
		"layout":      {Layout: 9},
		"latency":     {Latency: 9},
		"policy":      {OnError: 9},
		"deinterlace": {Deinterlace: 9},
		"width":       {MaxWidth: -1},
		"height":      {MaxHeight: 1 << 20},
		"threads":     {Threads: 65},
		"planar":      {Layout: LayoutPlanar, DeviceConfig: DeviceConfig{Memory: 2}},
	} {
		require.ErrorIs(t, c.validate(), ErrArgument, name)
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("cuvidDecodePicture: out of memory")
	require.Nil(t, opError("decode", nil))
	require.EqualError(t, opError("decode", cause), "codec: decode: cuvidDecodePicture: out of memory")
	at := opErrorAt("decode", 7, cause)
	require.EqualError(t, at, "codec: decode at pts 7: cuvidDecodePicture: out of memory")
	require.Equal(t, at, opError("decode", at), "an error is not wrapped twice by one operation")
}
