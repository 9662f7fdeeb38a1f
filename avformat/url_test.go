package avformat

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server gives a clip over HTTP, in the way that the path says.
func server(t *testing.T, data []byte) (url string, stalled chan struct{}) {
	stalled = make(chan struct{}, 16)
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		switch r.URL.Path {
		case "/whole":
			_, _ = w.Write(data)
		case "/stall": // half of it, then silence
			_, _ = w.Write(data[:len(data)/2])
			w.(http.Flusher).Flush()
			stalled <- struct{}{}
			<-release
		case "/cut": // half of it, then the connection breaks
			_, _ = w.Write(data[:len(data)/2])
			panic(http.ErrAbortHandler)
		case "/silent":
			stalled <- struct{}{}
			<-release
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(func() { close(release); s.CloseClientConnections(); s.Close() })
	return s.URL, stalled
}

func TestURL(t *testing.T) {
	path, data := clip(t, "h264.mkv")
	file, err := OpenInput(context.Background(), path, nil)
	require.NoError(t, err)
	defer file.Close()
	want, err := drain(t, file)
	require.NoError(t, err)
	url, stalled := server(t, data)

	in, err := OpenInput(context.Background(), url+"/whole", &InputOptions{Network: true})
	require.NoError(t, err)
	n, err := drain(t, in)
	require.NoError(t, err)
	require.Equal(t, want, n)
	in.Close()

	_, err = OpenInput(context.Background(), url+"/nothing", &InputOptions{Network: true})
	require.Error(t, err)
	_, err = OpenInput(context.Background(), url+"/whole", &InputOptions{Protocols: "file"})
	require.Error(t, err, "the protocol is not allowed")

	t.Run("cut", func(t *testing.T) {
		in, err := OpenInput(context.Background(), url+"/cut", &InputOptions{ProbeSize: 4096, Network: true})
		require.NoError(t, err)
		defer in.Close()
		n, err := drain(t, in)
		if ff.version.AVFormat.Major == 58 {
			return // FFmpeg 4's http takes it for the end
		}
		require.Error(t, err, "half a file is not the end of it")
		require.Less(t, n, want)
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		go func() { <-stalled; cancel() }()
		start := time.Now()
		_, err := OpenInput(ctx, url+"/silent", &InputOptions{Network: true})
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, time.Since(start), 10*time.Second)
	})
	t.Run("close", func(t *testing.T) {
		in, err := OpenInput(context.Background(), url+"/stall", &InputOptions{ProbeSize: 4096, Network: true})
		require.NoError(t, err)
		<-stalled
		got := make(chan error)
		go func() { _, err := drain(t, in); got <- err }()
		time.Sleep(20 * time.Millisecond)
		require.NoError(t, in.Close())
		require.ErrorIs(t, <-got, ErrClosed)
	})
}

func TestOpenErrors(t *testing.T) {
	path, _ := clip(t, "h264.mkv")
	ctx := context.Background()
	_, err := OpenInput(ctx, "/no/such/file.mp4", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, err, ErrNoEntry)
	require.EqualError(t, err, "avformat: avio_open2: /no/such/file.mp4: No such file or directory")
	_, err = OpenInput(ctx, t.TempDir(), nil)
	require.Error(t, err)
	_, err = OpenInput(ctx, path, &InputOptions{Format: "no such format"})
	require.ErrorIs(t, err, ErrDemuxerNotFound)
	_, err = OpenInput(ctx, path, &InputOptions{Options: map[string]string{"no_such_option": "1"}})
	require.ErrorIs(t, err, ErrOptionNotFound)
	require.ErrorContains(t, err, "no_such_option")
	_, err = OpenInput(ctx, path, &InputOptions{Options: map[string]string{"probesize": "many"}})
	require.Error(t, err)
	_, err = OpenInput(ctx, "https://user:secret@127.0.0.1:1/x", nil)
	require.ErrorIs(t, err, ErrProtocol)
	require.NotContains(t, err.Error(), "secret")
	_, err = OpenInput(ctx, "https://user:secret@127.0.0.1:1/x", &InputOptions{Network: true})
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrProtocol)
	require.NotContains(t, err.Error(), "secret")
	in, err := OpenInput(ctx, path, &InputOptions{
		Format: "matroska", ProbeSize: 100000, AnalyzeDuration: time.Second, FrameRate: Rational{30, 1},
		Protocols: "file", Options: map[string]string{"fflags": "+genpts"},
	})
	require.NoError(t, err)
	in.Close()
}
