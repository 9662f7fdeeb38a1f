//go:build linux

package avformat

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNamedPipe(t *testing.T) {
	_, data := clip(t, "h264.mkv")
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := OpenInput(ctx, pipe, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded, "no writer comes")

	open := func() (*Input, *os.File) {
		t.Helper()
		writer := make(chan *os.File)
		go func() {
			w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(data)
			writer <- w
		}()
		in, err := OpenInput(context.Background(), pipe, &InputOptions{ProbeSize: 4096})
		require.NoError(t, err)
		return in, <-writer
	}
	in, w := open()
	w.Close()
	n, err := drain(t, in)
	require.NoError(t, err)
	require.Equal(t, 60, n)
	in.Close()

	in, w = open() // and it stays open, so that reading blocks at the end
	defer w.Close()
	got := make(chan error)
	go func() { _, err := drain(t, in); got <- err }()
	time.Sleep(20 * time.Millisecond)
	in.Close()
	require.ErrorIs(t, <-got, ErrClosed)
}
