//go:build !windows

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

const asProgram = "NVCODEC_TEST_MAIN"

// TestMain is the program itself when a test starts it.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// interrupt starts the program, sends it Ctrl-C when it has begun to write out, and
// returns the frames of what it left and what it said.
func interrupt(t *testing.T, out string, args ...string) (frames int, said string) {
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	require.NoError(t, cmd.Start())
	begun := func() bool {
		fi, err := os.Stat(part.Name(out))
		return err == nil && fi.Size() > 0
	}
	for end := time.Now().Add(time.Minute); !begun() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	err = cmd.Wait()
	require.ErrorContains(t, err, "exit status 1", "%s", &text)
	require.NoFileExists(t, out)
	dem, err := codec.Open(context.Background(), part.Name(out), nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: codec.CPU}})
	require.NoError(t, err)
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		frames++
		f.Release()
	}
	return frames, text.String()
}

// TestCtrlC ends the program early: what was done can be played to its end.
func TestCtrlC(t *testing.T) {
	testutils.FFmpeg(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "c.json")
	require.NoError(t, os.WriteFile(config, []byte(`{"preset": "P6", "cq": 10}`), 0o600))
	for _, ext := range []string{"mp4", "mkv"} {
		out := filepath.Join(dir, "out."+ext)
		n, said := interrupt(t, out, "-i", testutils.Clip(t, "demo.mp4"), "-o", out, "-device", "cpu", "-threads", "1", "-s", "320x180", "-json", config)
		require.Positive(t, n)
		require.Less(t, n, 300)
		require.Contains(t, said, "context canceled; what there is until then is in "+part.Name(out))
	}
}
