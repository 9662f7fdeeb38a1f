package cuda

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClosedPartners: a call on a live object that takes a closed one does not hand
// its dead handle to the driver, which would follow it.
func TestClosedPartners(t *testing.T) {
	f := newFake(t)
	c, err := Primary(0)
	require.NoError(t, err)
	defer c.Close()
	s, err := c.NewStream(StreamNonBlocking)
	require.NoError(t, err)
	live, err := c.NewStream(StreamNonBlocking)
	require.NoError(t, err)
	defer live.Close()
	e, err := c.NewEvent()
	require.NoError(t, err)
	require.NoError(t, s.Close())
	f.names()
	require.ErrorIs(t, e.Record(s), os.ErrClosed)
	require.NoError(t, e.Record(nil), "the legacy stream")
	require.NoError(t, e.Close())
	require.ErrorIs(t, live.WaitEvent(e), os.ErrClosed)
	require.ErrorIs(t, live.WaitEvent(nil), os.ErrClosed)
	require.NotContains(t, f.names(), "cuStreamWaitEvent")
}
