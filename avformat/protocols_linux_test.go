package avformat

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// watchOpens counts how often anybody has opened a file since the last call.
func watchOpens(t *testing.T, path string) (opened func() int) {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	_, err = syscall.InotifyAddWatch(fd, path, syscall.IN_OPEN)
	require.NoError(t, err)
	buf := make([]byte, 4096)
	return func() int {
		n, err := syscall.Read(fd, buf)
		if err == syscall.EAGAIN {
			return 0
		}
		require.NoError(t, err)
		return n / syscall.SizeofInotifyEvent
	}
}

func demuxer(name string) bool { return callString(ff.fn.avFindInputFormat, name) != 0 }

// Every container that can name files is put next to one, which nobody may open: by its
// content, by the name of its demuxer, behind file:, and from a reader.
func TestContainersThatNameFiles(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	ts, err := os.ReadFile(testutils.Clip(t, "h264-interlaced.ts"))
	require.NoError(t, err)
	mp4, err := os.ReadFile(testutils.Clip(t, "h264-editlist.mp4"))
	require.NoError(t, err)
	const hls = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n"
	cases := map[string]struct {
		format, name, text string
		secret             string // its name
		content            []byte
		silent             bool // FFmpeg opens it without the other
	}{
		"hls segment":   {format: "hls", name: "a.m3u8", text: hls + "#EXTINF:9,\nsecret.ts\n#EXT-X-ENDLIST\n", secret: "secret.ts", content: ts},
		"hls variant":   {format: "hls", name: "a.m3u8", text: "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nsecret.m3u8\n", secret: "secret.m3u8", content: []byte(hls + "#EXTINF:9,\nsegment.ts\n#EXT-X-ENDLIST\n")},
		"hls map":       {format: "hls", name: "a.m3u8", text: hls + "#EXT-X-MAP:URI=\"secret.mp4\"\n#EXTINF:9,\nsegment.ts\n#EXT-X-ENDLIST\n", secret: "secret.mp4", content: mp4},
		"hls key":       {format: "hls", name: "a.m3u8", text: hls + "#EXT-X-KEY:METHOD=AES-128,URI=\"key.ts\"\n#EXTINF:9,\nsegment.ts\n#EXT-X-ENDLIST\n", secret: "key.ts", content: make([]byte, 16)},
		"hls audio":     {format: "hls", name: "a.m3u8", text: "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"secret.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\nsecret.m3u8\n", secret: "secret.m3u8", content: []byte(hls + "#EXTINF:9,\nsegment.ts\n#EXT-X-ENDLIST\n"), silent: true},
		"concat":        {format: "concat", name: "a.ffconcat", text: "ffconcat version 1.0\nfile secret.ts\n", secret: "secret.ts", content: ts},
		"dash":          {format: "dash", name: "a.mpd", text: dashOf("secret.mp4"), secret: "secret.mp4", content: mp4},
		"imf":           {format: "imf", name: "a.xml", text: imfOf(), secret: "ASSETMAP.xml", content: []byte("<AssetMap/>")},
		"vobsub":        {format: "vobsub", name: "a.idx", text: "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\ntimestamp: 00:00:01:000, filepos: 000000000\n", secret: "a.sub", content: ts},
		"mp4 elsewhere": {format: "mov", name: "a.mp4", secret: "secret.mp4", content: mp4, silent: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			testutils.LeakCheck(t)
			if !demuxer(c.format) {
				require.NotEqual(t, "hls", c.format)
				require.NotEqual(t, "mov", c.format)
				t.Logf("FFmpeg %s has no demuxer %s", ff.version.Release, c.format)
				return
			}
			dir := t.TempDir()
			secret := filepath.Join(dir, c.secret)
			require.NoError(t, os.WriteFile(secret, c.content, 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "segment.ts"), ts, 0o600))
			path := filepath.Join(dir, c.name)
			text := []byte(c.text)
			options := map[string]string{}
			if c.format == "mov" {
				text = withDataReference(t, mp4, secret)
				options = map[string]string{"enable_drefs": "1", "use_absolute_path": "1"}
			}
			require.NoError(t, os.WriteFile(path, text, 0o600))
			opened := watchOpens(t, secret)
			try := func(name string, r io.Reader, opt *InputOptions) error {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				in, err := open(ctx, name, r, opt)
				if err != nil {
					return err
				}
				defer in.Close()
				p, err := NewPacket()
				require.NoError(t, err)
				defer p.Close()
				for err = in.ReadPacket(p); err == nil; err = in.ReadPacket(p) {
				}
				return nil
			}
			for _, opt := range []InputOptions{{}, {Format: c.format}, {Network: true}, {Format: c.format, Network: true}} {
				opt.Options = options
				if opt.Format == "" {
					opt.Options = nil
				}
				for _, n := range []string{path, "file:" + path} {
					err := try(n, nil, &opt)
					require.Zero(t, opened(), "%s %+v", n, opt)
					if !c.silent {
						require.ErrorIs(t, err, ErrProtocol, "%s %+v", n, opt)
						require.ErrorContains(t, err, "Protocols")
					}
				}
				_ = try("", bytes.NewReader(text), &opt)
				_ = try("", onlyReader{bytes.NewReader(text)}, &opt)
				require.Zero(t, opened(), "from a reader")
			}
			err := try(path, nil, &InputOptions{Format: c.format, Options: options, Protocols: "file,crypto,data"})
			require.NotZero(t, opened(), "with Protocols it is opened: %v", err)
		})
	}
}

func dashOf(name string) string {
	return `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S" minBufferTime="PT1S" ` +
		`profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4" contentType="video">` +
		`<Representation id="0" bandwidth="1000" codecs="avc1.42c00d" width="64" height="64"><BaseURL>` + name + `</BaseURL>` +
		`<SegmentBase><Initialization range="0-800"/></SegmentBase></Representation></AdaptationSet></Period></MPD>`
}

func imfOf() string {
	const id = "<Id>urn:uuid:8713c020-2489-45f5-a9f7-87be539e20b5</Id>"
	return `<?xml version="1.0" encoding="UTF-8"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">` + id +
		`<ContentTitle>t</ContentTitle><EditRate>24 1</EditRate><SegmentList><Segment>` + id + `<SequenceList></SequenceList></Segment></SegmentList></CompositionPlaylist>`
}

// An SDP file has ports opened, so it is none that is read without being asked for.
func TestSDP(t *testing.T) {
	testutils.FFmpeg(t)
	path := filepath.Join(t.TempDir(), "a.sdp")
	require.NoError(t, os.WriteFile(path, []byte("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n"), 0o600))
	for _, opt := range []InputOptions{{}, {Format: "sdp"}, {Network: true}} {
		_, err := OpenInput(context.Background(), path, &opt)
		require.ErrorIs(t, err, ErrProtocol)
	}
}

// An address is one that the caller asked for: without Network nobody is called, and with it
// no file is opened, whatever the server says.
func TestNetwork(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dir := t.TempDir()
	clip, err := os.ReadFile(testutils.Clip(t, "h264-interlaced.ts"))
	require.NoError(t, err)
	secret := filepath.Join(dir, "secret.ts")
	require.NoError(t, os.WriteFile(secret, clip, 0o600))
	want, err := packetBytes(t, secret, nil)
	require.NoError(t, err)
	opened := watchOpens(t, secret)

	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(clip) }))
	defer other.Close()
	const hls = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n"
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		to := r.URL.Query().Get("to")
		switch r.URL.Path {
		case "/clip.ts":
			_, _ = w.Write(clip)
		case "/moved":
			w.Header().Set("Location", to) // http.Redirect would make a path of it
			w.WriteHeader(http.StatusFound)
		case "/list.m3u8":
			fmt.Fprintf(w, hls+"#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n", to)
		case "/key.m3u8":
			fmt.Fprintf(w, hls+"#EXT-X-KEY:METHOD=AES-128,URI=\"%s\"\n#EXTINF:9,\n/clip.ts\n#EXT-X-ENDLIST\n", to)
		case "/list.mpd":
			_, _ = io.WriteString(w, dashOf(to))
		case "/list.ffconcat":
			fmt.Fprintf(w, "ffconcat version 1.0\nfile '%s'\n", to)
		}
	}))
	defer web.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			c.Close()
		}
	}()
	addr := l.Addr().String()
	for _, name := range []string{
		web.URL + "/clip.ts", "https://" + addr, "rtsp://" + addr + "/a", "rtsps://" + addr, "rtmp://" + addr + "/a/b", "rtmps://" + addr,
		"srt://" + addr, "tcp://" + addr, "tls://" + addr, "udp://" + addr, "rtp://" + addr,
	} {
		_, err := OpenInput(context.Background(), name, nil)
		require.ErrorIs(t, err, ErrProtocol, name)
		require.ErrorContains(t, err, "Network")
		_, err = CreateOutput(context.Background(), name, &OutputOptions{Format: "mpegts"})
		require.ErrorIs(t, err, ErrProtocol, name)
		require.ErrorContains(t, err, "Network")
	}
	for _, name := range []string{"pipe:0", "pipe:", "fd:", "ftp://" + addr, "gopher://" + addr, "unix:" + secret, "crypto:" + secret, "crypto+file:" + secret, "hls+" + web.URL, "no-such:x", "a\x00b"} {
		for _, network := range []bool{false, true} {
			_, err := OpenInput(context.Background(), name, &InputOptions{Network: network})
			require.Error(t, err, name)
			_, err2 := CreateOutput(context.Background(), name, &OutputOptions{Format: "mpegts", Network: network})
			require.Error(t, err2, name)
			if name != "a\x00b" {
				require.ErrorIs(t, err, ErrProtocol, name)
				require.ErrorIs(t, err2, ErrProtocol, name)
				require.ErrorContains(t, err, "Protocols")
			}
		}
	}
	// As a file's, these names are nobody's address.
	for _, name := range []string{"file:" + web.URL + "/clip.ts", "./" + web.URL, "file:tcp:" + addr, "-", "//" + addr, `\\` + addr + `\a`, `C:\a.mp4`, `c:http://` + addr} {
		for _, network := range []bool{false, true} {
			_, err := OpenInput(context.Background(), name, &InputOptions{Network: network})
			require.ErrorIs(t, err, os.ErrNotExist, name)
		}
	}
	require.Zero(t, asked.Load(), "nobody was called")

	on := &InputOptions{Network: true}
	for _, path := range []string{"/clip.ts", "/moved?to=/clip.ts", "/moved?to=" + other.URL, "/list.m3u8?to=/clip.ts", "/list.m3u8?to=" + other.URL + "/a.ts"} {
		got, err := packetBytes(t, web.URL+path, on)
		require.NoError(t, err, path)
		require.True(t, bytes.Equal(want, got), path)
	}
	require.Zero(t, opened())
	for _, to := range []string{secret, "file:" + secret, "file://" + secret, "concat:" + secret, "crypto:" + secret, "crypto+file:" + secret, "subfile,,start,0,end,0,,:" + secret, "async:file:" + secret} {
		for _, path := range []string{"/moved", "/list.m3u8", "/key.m3u8", "/list.mpd", "/list.ffconcat"} {
			got, _ := packetBytes(t, web.URL+path+"?to="+to, on)
			require.False(t, bytes.Equal(want, got), "%s %s", path, to)
			require.Zero(t, opened(), "%s %s", path, to)
		}
	}

	// A file's name may look like whatever it wants.
	for _, name := range []string{"12:30.ts", "http:a.ts", "concat:a.ts", "%d.ts", "a,b:c.ts"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, clip, 0o600))
		got, err := packetBytes(t, path, nil)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
		t.Run("here", func(t *testing.T) {
			t.Chdir(dir)
			for _, n := range []string{"./" + name, "file:" + name} {
				got, err := packetBytes(t, n, nil)
				require.NoError(t, err)
				require.True(t, bytes.Equal(want, got), n)
			}
		})
	}
}

// Where files are made by a pattern, it is that of pictures and nothing else's.
func TestPattern(t *testing.T) {
	testutils.FFmpeg(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.ts")
	clip, err := os.ReadFile(testutils.Clip(t, "h264-interlaced.ts"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(secret, clip, 0o600))
	opened := watchOpens(t, secret)
	picture, err := os.ReadFile(testutils.Clip(t, "mjpeg.avi"))
	require.NoError(t, err)
	begin := bytes.Index(picture, []byte{0xff, 0xd8, 0xff})
	require.Positive(t, begin)
	picture = picture[begin : begin+bytes.Index(picture[begin:], []byte{0xff, 0xd9})+2]
	for i := range 3 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("p%d.jpg", i)), picture, 0o600))
	}
	got, err := packetBytes(t, filepath.Join(dir, "p%d.jpg"), nil)
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat(picture, 3), got)
	for _, name := range []string{"%d.m3u8", "s%cret.ts", "[s]ecret.ts", "secret.t?"} {
		_, err := OpenInput(context.Background(), filepath.Join(dir, name), nil)
		require.Error(t, err, name)
	}
	require.Zero(t, opened())
}
