package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestBrowser looks at the pages with Chromium as a person does: the list, then a video
// that plays, seeks to where nothing was loaded, and plays on. Screenshots are left in
// $NVCODEC_SCREENSHOTS, if that is set.
func TestBrowser(t *testing.T) {
	chromium := testutils.Chromium(t)
	cfg := testConfig(t)
	cfg.height = 360
	_, base := start(t, testFolder(t), cfg)
	c := newChrome(t, chromium)

	p := c.open(t, base+"/", 1280, 900)
	p.wait(t, `[...document.querySelectorAll('.card')].every(c => c.done) && [...document.querySelectorAll('.thumb:not([hidden])')].every(i => i.complete)`)
	require.Equal(t, 4.0, p.eval(t, `document.querySelectorAll('.thumb:not([hidden])').length`), "thumbnails")
	require.Equal(t, 4.0, p.eval(t, `[...document.images].filter(i => i.classList.contains('thumb') && i.naturalWidth > 0 && !i.hidden).length`))
	require.Equal(t, 3.0, p.eval(t, `document.querySelectorAll('.card.broken .error').length`), "what cannot be read says why")
	require.Equal(t, true, p.eval(t, `document.documentElement.scrollWidth <= innerWidth`), "nothing is too wide")
	p.screenshot(t, "list")
	p.eval(t, `document.querySelector('[data-name="demo.mp4"] .more').click()`)
	p.wait(t, `document.querySelector('dialog[open] img')?.naturalWidth > 900`)
	p.screenshot(t, "sheet")
	p.eval(t, `document.querySelector('dialog form button').click()`)
	p.eval(t, `filter.value = 'DEMO'; filter.dispatchEvent(new Event('input'))`)
	require.Equal(t, 1.0, p.eval(t, `document.querySelectorAll('.card:not([hidden])').length`))
	p.close(t)

	// A phone, in the dark.
	p = c.open(t, base+"/", 360, 740)
	p.wait(t, `document.querySelector('[data-name="demo.mp4"]').done`)
	require.Equal(t, true, p.eval(t, `document.documentElement.scrollWidth <= innerWidth`), "nothing is too wide")
	p.screenshot(t, "phone")
	p.close(t)

	p = c.open(t, base+"/watch/demo.mp4", 1280, 900)
	p.eval(t, `globalThis.v = document.getElementById('video'); v.muted = true; v.play()`)
	p.wait(t, `v.currentTime > 0.5 && v.readyState >= 3`)
	require.Equal(t, 640.0, p.eval(t, `v.videoWidth`))
	require.Equal(t, 360.0, p.eval(t, `v.videoHeight`))
	require.InDelta(t, 10, p.eval(t, `v.duration`), 1e-3)
	require.Equal(t, "", p.eval(t, `say.hidden ? '' : say.textContent`))
	requirePicture(t, p)
	// The video was not loaded as far as that: the part that comes begins there.
	p.eval(t, `v.pause(); performance.clearResourceTimings(); v.currentTime = 8.25`)
	p.wait(t, `!v.seeking && v.readyState >= 2`)
	require.InDelta(t, 8.25, p.eval(t, `v.currentTime`), 1e-3)
	requirePicture(t, p)
	// The number of the frame stands in the picture, so this one is the right one if it is
	// what the decoder gives for that time.
	p.eval(t, `v.play()`)
	p.wait(t, `v.currentTime > 8.8`)
	p.wait(t, `!sheet.hidden && sheet.querySelectorAll('button').length == 12 && sheet.querySelector('img').complete`)
	p.screenshot(t, "watch")
	p.wait(t, `v.ended`)
	// Back by the contact sheet, and all along to the end.
	p.eval(t, `sheet.querySelectorAll('button')[3].click()`)
	p.wait(t, `!v.seeking && v.currentTime > 2 && v.currentTime < 8 && !v.paused`)
	requirePicture(t, p)
	p.close(t)

	for _, name := range []string{"hevc-hdr10.mp4", "h264-rotated.mp4", oddName} {
		p := c.open(t, base+"/watch/"+video{Name: name}.Path()+"#t=0.2", 800, 700)
		p.eval(t, `globalThis.v = document.getElementById('video'); v.muted = true`)
		p.wait(t, `v.readyState >= 2 && !v.seeking`)
		require.InDelta(t, 0.2, p.eval(t, `v.currentTime`), 0.05, name)
		require.Equal(t, name == "h264-rotated.mp4", p.eval(t, `v.videoHeight > v.videoWidth`), name)
		requirePicture(t, p)
		p.close(t)
	}
}

// requirePicture wants colours in what the video shows.
func requirePicture(t *testing.T, p *tab) {
	t.Helper()
	p.wait(t, `(() => {
		const c = new OffscreenCanvas(64, 36).getContext('2d')
		c.drawImage(v, 0, 0, 64, 36)
		const d = c.getImageData(0, 0, 64, 36).data, seen = new Set()
		for (let i = 0; i < d.length; i += 4) seen.add((d[i] >> 5) * 64 + (d[i + 1] >> 5) * 8 + (d[i + 2] >> 5))
		return seen.size > 8
	})()`)
}

// eval runs JavaScript in a page and returns the value, which is awaited.
func (p *tab) eval(t *testing.T, script string) any {
	t.Helper()
	var r struct {
		Result    struct{ Value any }
		Exception *struct {
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	p.call(t, "Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}, &r)
	if r.Exception != nil {
		t.Fatalf("%s: %s", script, r.Exception.Exception.Description)
	}
	return r.Result.Value
}

// wait is for a condition, for which there is plenty of time.
func (p *tab) wait(t *testing.T, condition string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); p.eval(t, "!!("+condition+")") != true; time.Sleep(20 * time.Millisecond) {
		p.mu.Lock()
		errs := p.errors
		p.mu.Unlock()
		require.Empty(t, errs)
		if time.Now().After(end) {
			t.Fatalf("never: %s\nthe page says: %v", condition, p.eval(t, `document.body.innerText + ' | ' + JSON.stringify({t: globalThis.v?.currentTime, state: globalThis.v?.readyState, error: globalThis.v?.error?.message})`))
		}
	}
}

func (p *tab) screenshot(t *testing.T, name string) {
	t.Helper()
	var r struct{ Data string }
	p.call(t, "Page.captureScreenshot", map[string]any{"format": "png"}, &r)
	b, err := base64.StdEncoding.DecodeString(r.Data)
	require.NoError(t, err)
	require.Greater(t, len(b), 5000)
	if dir := os.Getenv("NVCODEC_SCREENSHOTS"); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644))
	}
}

// close ends a tab and wants that nothing went wrong in it.
func (p *tab) close(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	require.Empty(t, p.errors)
	p.mu.Unlock()
	p.c.call(t, "", "Target.closeTarget", map[string]any{"targetId": p.target}, nil)
}

func (p *tab) call(t *testing.T, method string, params, result any) {
	t.Helper()
	p.c.call(t, p.session, method, params, result)
}

// event notes what pages complain of.
func (p *tab) event(method string, params json.RawMessage) {
	var e struct {
		Type  string
		Args  []struct{ Value, Description any }
		Entry struct{ Level, Text, URL string }
		D     struct {
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	if err := json.Unmarshal(params, &e); err != nil {
		e.D.Text = err.Error()
	}
	text := ""
	switch {
	case method == "Runtime.exceptionThrown":
		text = e.D.Text + " " + e.D.Exception.Description
	case method == "Runtime.consoleAPICalled" && (e.Type == "error" || e.Type == "warning"):
		text = fmt.Sprint(e.Args)
	case method == "Log.entryAdded" && e.Entry.Level == "error" && !expected(e.Entry.URL):
		text = e.Entry.Text + " " + e.Entry.URL
	}
	if text != "" {
		p.mu.Lock()
		p.errors = append(p.errors, text)
		p.mu.Unlock()
	}
}

// expected are answers that are errors, which the browser logs.
func expected(url string) bool {
	for _, name := range []string{"broken.mp4", "empty.mkv", "sound.mp4"} {
		if filepath.Base(url) == name {
			return true
		}
	}
	return false
}

var errChrome = errors.New("the browser has ended")
