package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A chrome is a browser without a window. It is spoken to in the DevTools protocol: JSON
// with a zero byte behind each message, through two pipes.
type chrome struct {
	in *os.File

	mu    sync.Mutex
	id    int
	calls map[int]chan reply
	tabs  map[string]*tab // by session
	ended bool
}

type reply struct {
	result json.RawMessage
	err    error
}

// A tab is a page that is open.
type tab struct {
	c               *chrome
	target, session string

	mu     sync.Mutex
	errors []string
}

func newChrome(t *testing.T, path string) *chrome {
	t.Helper()
	toRead, toWrite, err := os.Pipe()
	require.NoError(t, err)
	fromRead, fromWrite, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.Command(path, "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--mute-audio",
		"--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--autoplay-policy=no-user-gesture-required",
		"--hide-scrollbars", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{toRead, fromWrite}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log // so that Wait waits for all of its processes
	cmd.WaitDelay = time.Minute
	require.NoError(t, cmd.Start())
	toRead.Close()
	fromWrite.Close()
	c := &chrome{in: toWrite, calls: map[int]chan reply{}, tabs: map[string]*tab{}}
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.read(bufio.NewReaderSize(fromRead, 1<<20))
	}()
	t.Cleanup(func() {
		toWrite.Close() // which ends it
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-over
		fromRead.Close()
		if t.Failed() {
			t.Logf("the browser said: %s", log.String())
		}
	})
	return c
}

func (c *chrome) read(r *bufio.Reader) {
	for {
		b, err := r.ReadBytes(0)
		if err != nil {
			break
		}
		var m struct {
			ID        int
			SessionID string
			Method    string
			Params    json.RawMessage
			Result    json.RawMessage
			Error     *struct{ Message string }
		}
		if json.Unmarshal(b[:len(b)-1], &m) != nil {
			continue
		}
		c.mu.Lock()
		call, page := c.calls[m.ID], c.tabs[m.SessionID]
		delete(c.calls, m.ID)
		c.mu.Unlock()
		switch {
		case call != nil && m.Error != nil:
			call <- reply{err: errors.New(m.Error.Message)}
		case call != nil:
			call <- reply{result: m.Result}
		case page != nil:
			page.event(m.Method, m.Params)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for _, call := range c.calls {
		call <- reply{err: errChrome}
	}
}

func (c *chrome) call(t *testing.T, session, method string, params, result any) {
	t.Helper()
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		t.Fatal(errChrome)
	}
	c.id++
	answer := make(chan reply, 1)
	c.calls[c.id] = answer
	m := map[string]any{"id": c.id, "method": method}
	c.mu.Unlock()
	if params != nil {
		m["params"] = params
	}
	if session != "" {
		m["sessionId"] = session
	}
	b, err := json.Marshal(m)
	require.NoError(t, err)
	_, err = c.in.Write(append(b, 0))
	require.NoError(t, err)
	r := <-answer
	require.NoError(t, r.err, method)
	if result != nil {
		require.NoError(t, json.Unmarshal(r.result, result), method)
	}
}

// open shows an address in a new tab; narrow ones are phones, in the dark.
func (c *chrome) open(t *testing.T, url string, width, height int) *tab {
	t.Helper()
	p := &tab{c: c}
	var target struct{ TargetID string }
	c.call(t, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	c.call(t, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	p.target, p.session = target.TargetID, attached.SessionID
	c.mu.Lock()
	c.tabs[p.session] = p
	c.mu.Unlock()
	for _, m := range []string{"Page.enable", "Runtime.enable", "Log.enable"} {
		p.call(t, m, nil, nil)
	}
	phone := width < 500
	p.call(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}, nil)
	scheme := map[bool]string{false: "light", true: "dark"}[phone]
	p.call(t, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	p.call(t, "Page.navigate", map[string]any{"url": url}, nil)
	p.wait(t, `document.readyState == 'complete' && location.href != 'about:blank'`)
	return p
}
