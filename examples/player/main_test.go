package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// oddName has all that HTML and URLs treat apart.
const oddName = `below/a "b" <i>c & d%20?#;'é.mp4`

// testFolder has some clips, one with an odd name, and what must not be shown.
func testFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, b []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, b, 0o600))
	}
	clip := func(name, clip string) {
		b, err := os.ReadFile(testutils.Clip(t, clip))
		require.NoError(t, err)
		put(name, b)
	}
	for _, c := range []string{"demo.mp4", "hevc-hdr10.mp4", "h264-rotated.mp4"} {
		clip(c, c)
	}
	clip(oddName, "h264-crop.mp4")
	clip("sound.mp4", "audio.m4a")
	clip(".hidden/x.mp4", "h264-crop.mp4")
	put("broken.mp4", bytes.Repeat([]byte("no video "), 999))
	put("empty.mkv", nil)
	put("notes.txt", []byte("no video"))
	return dir
}

func testConfig(t *testing.T) config {
	return config{device: codec.CPU, height: 360, transcodes: 2, cacheBytes: 64 << 20, log: log.New(testLog{t}, "", 0)}
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) { return len(b), nil }

// start serves a folder until the end of the test.
func start(t *testing.T, dir string, cfg config) (*server, string) {
	t.Helper()
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	f, err := openFolder(dir)
	require.NoError(t, err)
	s := newServer(f, cfg)
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		h.Close()
		require.NoError(t, f.Close())
	})
	return s, h.URL
}

func get(t *testing.T, url string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.Get(url)
	require.NoError(t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return r, b
}

func getInfo(t *testing.T, base, name string) (in info, problem string, status int) {
	t.Helper()
	r, b := get(t, base+"/info/"+video{Name: name}.Path())
	require.Equal(t, "application/json; charset=utf-8", r.Header.Get("Content-Type"))
	var v struct {
		info
		Error string
	}
	require.NoError(t, json.Unmarshal(b, &v), "%s", b)
	return v.info, v.Error, r.StatusCode
}

func TestCommandLine(t *testing.T) {
	ctx := context.Background()
	for _, args := range [][]string{
		{"-height", "10"}, {"-transcodes", "0"}, {"-cache", "0"}, {"-nonsense"}, {"video.mp4"}, {"-device", "gpu"},
	} {
		require.Equal(t, cli.Usage, cli.Status(run(ctx, args, io.Discard)), args)
	}
	require.ErrorIs(t, run(ctx, []string{"-h"}, io.Discard), flag.ErrHelp)
	err := run(ctx, []string{"-dir", filepath.Join(t.TempDir(), "none")}, io.Discard)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "-dir")
	err = run(ctx, []string{"-dir", t.TempDir(), "-addr", "no address"}, io.Discard)
	require.ErrorContains(t, err, "-addr")
}

// TestShutdown: what ends the context ends the server, and a transcode under way.
func TestShutdown(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	f, err := openFolder(testFolder(t))
	require.NoError(t, err)
	defer f.Close()
	s := newServer(f, testConfig(t))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, l, s) }()
	r, err := http.Get("http://" + l.Addr().String() + "/segment/demo.mp4")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.StatusCode)
	stop()
	select {
	case err := <-done:
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, cli.Interrupted, cli.Status(err))
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	_, _ = io.Copy(io.Discard, r.Body) // whole or cut
	r.Body.Close()
	_, err = http.Get("http://" + l.Addr().String())
	var refused *net.OpError
	require.True(t, errors.As(err, &refused), err)
}
