package frame

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// A process cannot open its own memory; examples/pytorch opens it in another. Here:
// what is sent, and that refusals leave nothing behind.
func TestIPC(t *testing.T) {
	ctx, s, _ := gpu(t)
	p, err := NewBatchPool(ctx, &BatchConfig{Len: 2, Width: 16, Height: 8, Type: Float16})
	require.NoError(t, err)
	b, err := p.Get(s)
	require.NoError(t, err)
	x, err := b.IPC()
	if errors.Is(err, cuda.ErrNotSupported) {
		t.Log("the driver does not do it here")
		b.Release()
		require.NoError(t, p.Close())
		return
	}
	require.NoError(t, err)
	require.Equal(t, []int{2, 3, 8, 16}, x.Shape)
	require.Equal(t, Float16, x.Type)
	text, err := json.Marshal(x)
	require.NoError(t, err)
	var y IPCTensor
	require.NoError(t, json.Unmarshal(text, &y))
	require.Equal(t, x, y)
	_, err = OpenIPC(ctx, &y)
	var refused *cuda.Error
	require.ErrorAs(t, err, &refused)
	y.Strides = nil
	_, err = OpenIPC(ctx, &y)
	require.ErrorIs(t, err, ErrInvalidPlane)
	b.Release()
	require.NoError(t, p.Close())
	host, err := NewHost(Gray, 4, 4)
	require.NoError(t, err)
	v, err := host.Tensor()
	require.NoError(t, err)
	_, err = v.IPC()
	require.ErrorIs(t, err, ErrInvalidMemory)
	e, err := ctx.NewIPCEvent()
	require.NoError(t, err)
	_, err = e.IPC()
	require.NoError(t, err)
	require.NoError(t, e.Close())
}
