package main

import (
	"bytes"
	"html"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
)

func TestListPage(t *testing.T) {
	dir := testFolder(t)
	outside := filepath.Join(t.TempDir(), "outside.mp4")
	require.NoError(t, os.WriteFile(outside, []byte("secret"), 0o600))
	links := os.Symlink(outside, filepath.Join(dir, "leads-out.mp4")) == nil
	if links {
		require.NoError(t, os.Symlink("demo.mp4", filepath.Join(dir, "leads-in.mp4")))
	}
	_, base := start(t, dir, testConfig(t))
	r, b := get(t, base+"/")
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", r.Header.Get("Content-Type"))
	require.Contains(t, r.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
	page := string(b)
	require.NotContains(t, page, "<i>c", "names are escaped")
	var names []string
	for _, m := range regexp.MustCompile(`data-name="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		names = append(names, html.UnescapeString(m[1]))
	}
	want := []string{oddName, "broken.mp4", "demo.mp4", "empty.mkv", "h264-rotated.mp4", "hevc-hdr10.mp4", "sound.mp4"}
	if links {
		want = append(want, "leads-in.mp4")
	}
	require.ElementsMatch(t, want, names)

	// Every link and every path of a card leads to a page or an answer.
	paths := regexp.MustCompile(`(?:href="(/watch/[^"]*)"|data-path="([^"]*)")`).FindAllStringSubmatch(page, -1)
	require.Len(t, paths, 3*len(want))
	for _, m := range paths {
		path := html.UnescapeString(m[1])
		if m[2] != "" {
			path = "/info/" + html.UnescapeString(m[2])
		}
		r, b := get(t, base+path)
		bad := regexp.MustCompile("broken|empty|sound").MatchString(path)
		require.Equal(t, bad, r.StatusCode != http.StatusOK, "%s: %s", path, b)
		require.NotEqual(t, http.StatusNotFound, r.StatusCode, path)
	}
	for path, kind := range map[string]string{"style.css": "text/css", "player.js": "text/javascript", "list.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		r, _ := get(t, base+"/web/"+path)
		require.Equal(t, http.StatusOK, r.StatusCode, path)
		require.Contains(t, r.Header.Get("Content-Type"), kind)
	}
	r, _ = get(t, base+"/web/list.html")
	require.Equal(t, http.StatusNotFound, r.StatusCode, "a template")
}

func TestEmptyFolder(t *testing.T) {
	_, base := start(t, t.TempDir(), testConfig(t))
	r, b := get(t, base+"/")
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Contains(t, string(b), "-dir", "the remedy")
}

func TestInfo(t *testing.T) {
	_, base := start(t, testFolder(t), testConfig(t))
	in, _, code := getInfo(t, base, "demo.mp4")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, codec.H264, in.Codec)
	require.Equal(t, [2]int{640, 360}, [2]int{in.Width, in.Height})
	require.Equal(t, 300, in.Frames)
	require.InDelta(t, 10, in.Duration, 1e-9)
	require.InDelta(t, 30, in.FPS, 1e-9)
	require.Equal(t, "aac", in.Audio)
	require.Equal(t, "cpu", in.Device)
	require.NotEmpty(t, in.Reason)
	require.Contains(t, in.Marks, "user_data_unregistered", "x264's, with the first picture")
	require.Len(t, in.Tiles, sheetColumns*sheetRows)
	in, _, _ = getInfo(t, base, "hevc-hdr10.mp4")
	require.Contains(t, in.Marks, "HDR10")
	require.Contains(t, in.Marks, "10 bit")
	in, _, _ = getInfo(t, base, "h264-rotated.mp4")
	require.Equal(t, [2]int{180, 320}, [2]int{in.Width, in.Height}, "as it is shown")
}

func TestPictures(t *testing.T) {
	_, base := start(t, testFolder(t), testConfig(t))
	size := func(path string) (w, h int) {
		r, b := get(t, base+path)
		require.Equal(t, http.StatusOK, r.StatusCode, "%s: %s", path, b)
		require.Equal(t, "image/jpeg", r.Header.Get("Content-Type"))
		img, err := jpeg.Decode(bytes.NewReader(b))
		require.NoError(t, err)
		black := true
		for y := range img.Bounds().Dy() {
			r, g, b, _ := img.At(img.Bounds().Dx()/2, y).RGBA()
			black = black && r+g+b < 3*0x2000
		}
		require.False(t, black, path)
		return img.Bounds().Dx(), img.Bounds().Dy()
	}
	w, h := size("/thumb/demo.mp4")
	require.Equal(t, [2]int{480, 270}, [2]int{w, h})
	w, h = size("/thumb/h264-rotated.mp4")
	require.Equal(t, [2]int{152, 270}, [2]int{w, h}, "upright")
	w, h = size("/sheet/demo.mp4")
	require.Equal(t, [2]int{4*(240+8) + 8, 3*(135+20+8) + 8}, [2]int{w, h})

	r, _ := get(t, base+"/thumb/demo.mp4")
	req, err := http.NewRequest("GET", base+"/thumb/demo.mp4", nil)
	require.NoError(t, err)
	req.Header.Set("If-Modified-Since", r.Header.Get("Last-Modified"))
	r, err = http.DefaultClient.Do(req)
	require.NoError(t, err)
	r.Body.Close()
	require.Equal(t, http.StatusNotModified, r.StatusCode)
}

// TestBroken: a file that cannot be read says so, wherever it is asked for.
func TestBroken(t *testing.T) {
	_, base := start(t, testFolder(t), testConfig(t))
	for name, why := range map[string]string{"broken.mp4": "nvalid", "empty.mkv": "codec", "sound.mp4": "audio aac"} {
		_, problem, code := getInfo(t, base, name)
		require.Equal(t, http.StatusUnprocessableEntity, code, name)
		require.Contains(t, problem, why, name)
		for _, what := range []string{"thumb", "sheet", "segment", "watch"} {
			r, b := get(t, base+"/"+what+"/"+name)
			require.Equal(t, http.StatusUnprocessableEntity, r.StatusCode, "%s %s", what, name)
			require.Contains(t, string(b), why, "%s %s", what, name)
			require.NotContains(t, r.Header.Get("Content-Type"), "video")
		}
	}
	_, b := get(t, base+"/watch/sound.mp4")
	require.Contains(t, string(b), "<!doctype html>")
}

// TestOutside: nothing but what lies below the folder is answered.
func TestOutside(t *testing.T) {
	dir := testFolder(t)
	secret := filepath.Join(filepath.Dir(dir), "secret.mp4")
	b, err := os.ReadFile(filepath.Join(dir, "demo.mp4"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(secret, b, 0o600))
	defer os.Remove(secret)
	names := []string{
		"../secret.mp4", "below/../../secret.mp4", secret, "/" + secret, "./../secret.mp4", `..\secret.mp4`,
		"", ".", "below", "notes", "none.mp4", "demo.mp4/", "demo.mp4/x", "a\x00b.mp4", "demo.mp4\x00",
	}
	if os.Symlink(secret, filepath.Join(dir, "link.mp4")) == nil && os.Symlink("..", filepath.Join(dir, "up")) == nil {
		names = append(names, "link.mp4", "up/secret.mp4")
	}
	s, base := start(t, dir, testConfig(t))
	for _, name := range names {
		_, err := s.folder.stat(name)
		require.ErrorIs(t, err, errNoVideo, "%q", name)
		for _, what := range []string{"watch", "info", "thumb", "sheet", "segment"} {
			// Escaped, so that no client and no router tidies it up.
			escaped := strings.ReplaceAll(video{Name: name}.Path(), ".", "%2e")
			for _, path := range []string{escaped, strings.ReplaceAll(escaped, "/", "%2f")} {
				r, b := get(t, base+"/"+what+"/"+path)
				require.Equal(t, http.StatusNotFound, r.StatusCode, "%s %q: %s", what, path, b)
			}
		}
	}
	r, err := http.Post(base+"/", "", nil)
	require.NoError(t, err)
	r.Body.Close()
	require.Equal(t, http.StatusMethodNotAllowed, r.StatusCode)
}

// TestOthers: pages of others get nothing, under whatever name they know us.
func TestOthers(t *testing.T) {
	_, base := start(t, testFolder(t), testConfig(t))
	for _, c := range []struct {
		host, site, mode string
		want             int
	}{
		{"", "", "", 200},
		{"localhost:8080", "same-origin", "cors", 200},
		{"[::1]:8080", "none", "navigate", 200},
		{"127.0.0.1", "cross-site", "navigate", 200},
		{"", "cross-site", "no-cors", 403},
		{"evil.example", "", "", 403},
		{"evil.example:8080", "same-origin", "cors", 403},
		{"10.0.0.7:8080", "", "", 403},
	} {
		req, err := http.NewRequest("GET", base+"/", nil)
		require.NoError(t, err)
		req.Host = c.host
		req.Header.Set("Sec-Fetch-Site", c.site)
		req.Header.Set("Sec-Fetch-Mode", c.mode)
		r, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		r.Body.Close()
		require.Equal(t, c.want, r.StatusCode, "%+v", c)
		require.Empty(t, r.Header.Get("Access-Control-Allow-Origin"))
	}
	// Where everybody may ask, by any name.
	require.Empty(t, refused(httptest.NewRequest("GET", "http://media.example/", nil)))
}
