package codec

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// Addresses are read, and written to, if that is asked for, and nobody is called otherwise.
func TestNetworkIfAsked(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	clip, err := os.ReadFile(testutils.Clip(t, "h264.mkv"))
	require.NoError(t, err)
	var asked atomic.Int32
	received := make(chan []byte, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method == http.MethodPost {
			b, _ := io.ReadAll(r.Body)
			received <- b
			return
		}
		http.ServeContent(w, r, "a.mkv", time.Time{}, bytes.NewReader(clip))
	}))
	defer web.Close()
	bg := context.Background()
	for _, cfg := range []*DemuxerConfig{nil, {Protocols: "file,crypto,data"}} {
		_, err = Open(bg, web.URL, cfg)
		require.Error(t, err)
		if cfg == nil {
			require.ErrorIs(t, err, ErrProtocol)
			require.ErrorContains(t, err, "Network")
		}
		s := ScanInBackground(bg, web.URL, cfg)
		_, err = s.Wait(bg)
		require.Error(t, err)
	}
	_, err = Create(bg, web.URL+"/out", &MuxerConfig{Format: "mpegts"}, StreamInfo{Codec: H264, Type: Video, Width: 64, Height: 64})
	require.ErrorIs(t, err, ErrProtocol)
	_, err = Create(bg, "pipe:1", &MuxerConfig{Format: "mpegts", Network: true}, StreamInfo{Codec: H264, Type: Video, Width: 64, Height: 64})
	require.ErrorIs(t, err, ErrProtocol)
	require.Zero(t, asked.Load())

	dem, err := Open(bg, web.URL, &DemuxerConfig{Network: true})
	require.NoError(t, err)
	defer dem.Close()
	mux, err := Create(bg, web.URL+"/out", &MuxerConfig{Format: "mpegts", Network: true}, dem.Stream())
	require.NoError(t, err)
	defer mux.Close()
	x, err := dem.Scan(bg) // which opens it once more
	require.NoError(t, err)
	require.Equal(t, 60, x.Len())
	n := 0
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		require.NoError(t, mux.WritePacket(p))
		n++
	}
	require.Equal(t, 60, n)
	require.NoError(t, mux.Close())
	back, err := NewDemuxer(bytes.NewReader(<-received), nil)
	require.NoError(t, err)
	defer back.Close()
	for _, err := range back.Packets() {
		require.NoError(t, err)
		n--
	}
	require.Zero(t, n)
}
