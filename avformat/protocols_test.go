package avformat

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// packetBytes opens a name and returns the coded data of all packets.
func packetBytes(t *testing.T, name string, opt *InputOptions) ([]byte, error) {
	in, err := OpenInput(context.Background(), name, opt)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	var b []byte
	for in.ReadPacket(p) == nil {
		b = append(b, p.Data()...)
	}
	return b, nil
}

// What is named in a file is not opened, unless Protocols says so: which proves that the
// files here would be read otherwise.
func TestNothingElseIsOpened(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.ts")
	clip, err := os.ReadFile(testutils.Clip(t, "h264-interlaced.ts"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(secret, clip, 0o600))
	want, err := packetBytes(t, secret, nil)
	require.NoError(t, err)
	require.NotEmpty(t, want)
	var asked atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/file.m3u8":
			fmt.Fprintf(w, "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:%s\n#EXT-X-ENDLIST\n", secret)
		case "/secret.ts":
			_, _ = w.Write(clip)
		}
	}))
	defer web.Close()

	names := map[string]string{"absolute": secret, "relative": "secret.ts", "file": "file:" + secret, "http": web.URL + "/secret.ts", "concat": "concat:" + secret, "data": "subfile,,start,0,end,0,,:" + secret}
	for how, name := range names {
		for _, kind := range []string{"hls", "concat"} {
			text := "ffconcat version 1.0\nfile '" + name + "'\n"
			if kind == "hls" {
				text = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n" + name + "\n#EXT-X-ENDLIST\n"
			}
			list := filepath.Join(dir, how+map[string]string{"hls": ".m3u8", "concat": ".ffconcat"}[kind])
			require.NoError(t, os.WriteFile(list, []byte(text), 0o600))
			for _, opt := range []*InputOptions{nil, {Format: kind}} {
				got, err := packetBytes(t, list, opt)
				require.Empty(t, got, "%s %s: %v", kind, how, err)
				got, err = packetBytes(t, "file:"+list, opt)
				require.Empty(t, got, "%s %s: %v", kind, how, err)
			}
			require.Zero(t, asked.Load(), "nobody went there")
			if how == "absolute" && kind == "hls" || how == "relative" {
				got, err := packetBytes(t, list, &InputOptions{Protocols: "file,crypto,data"})
				require.NoError(t, err)
				require.True(t, bytes.Equal(want, got), "%s %s: it would be read", kind, how)
			}
		}
	}
	got, _ := packetBytes(t, web.URL+"/file.m3u8", &InputOptions{Network: true})
	require.Empty(t, got)
	require.NotZero(t, asked.Load())

	// Names that are made of names.
	for _, name := range []string{"concat:" + secret, "subfile,,start,0,end,0,,:" + secret, "cache:" + secret, "unix:" + secret, "async:" + secret, "CONCAT:" + secret} {
		_, err := packetBytes(t, name, nil)
		require.ErrorIs(t, err, ErrProtocol, name)
		require.ErrorContains(t, err, "Protocols")
	}
	got, err = packetBytes(t, "concat:"+secret, &InputOptions{Protocols: "concat,file"})
	require.NoError(t, err)
	require.Equal(t, want, got)
	for name, scheme := range map[string]string{
		"a.mp4": "", "/x:y.mp4": "", `C:\a.mp4`: "", "http://a": "http", "HTTP://a": "http", "a,b.mp4": "", "rtsp://x": "rtsp", "subfile,,start,0,,:f": "subfile", "": "", "é:f": "",
	} {
		require.Equal(t, scheme, schemeOf(name), name)
	}
}

// An mp4 may say that its samples lie in another file.
func TestDataReferences(t *testing.T) {
	testutils.FFmpeg(t)
	dir := t.TempDir()
	original := filepath.Join(dir, "other.mp4")
	b, err := os.ReadFile(testutils.Clip(t, "h264-editlist.mp4"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(original, b, 0o600))
	want, err := packetBytes(t, original, nil)
	require.NoError(t, err)
	path := filepath.Join(dir, "refers.mp4")
	require.NoError(t, os.WriteFile(path, withDataReference(t, b, original), 0o600))
	follow := map[string]string{"enable_drefs": "1", "use_absolute_path": "1"}
	got, err := packetBytes(t, path, &InputOptions{Protocols: "file,crypto,data", Options: follow, SkipStreamInfo: true})
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "it would be read: %d bytes of %d", len(got), len(want))
	for _, options := range []map[string]string{nil, follow} {
		got, _ := packetBytes(t, path, &InputOptions{Options: options, SkipStreamInfo: true})
		require.False(t, bytes.Equal(want, got))
		require.False(t, bytes.Contains(got, want[1000:1100]))
	}
}

// withDataReference replaces the data reference of an mp4's first track by one to a path,
// and its samples by zeros.
func withDataReference(t *testing.T, b []byte, path string) []byte {
	var alias bytes.Buffer
	alias.Write(make([]byte, 4+10)) // version, flags; what precedes the volume's name
	alias.WriteByte(1)
	alias.Write(append([]byte("v"), make([]byte, 26)...))
	alias.Write(make([]byte, 12))
	name := filepath.Base(path)
	alias.WriteByte(byte(len(name)))
	alias.Write(append([]byte(name), make([]byte, 63-len(name))...))
	alias.Write(make([]byte, 16))
	alias.Write([]byte{0, 1, 0, 1}) // levels from and to
	alias.Write(make([]byte, 16))
	alias.Write([]byte{0, 2}) // an absolute path
	p := path + string(make([]byte, len(path)&1))
	alias.Write(binary.BigEndian.AppendUint16(nil, uint16(len(p))))
	alias.WriteString(p)
	alias.Write([]byte{0xff, 0xff, 0, 0})
	entry := append(binary.BigEndian.AppendUint32(nil, uint32(8+alias.Len())), "alis"...)
	entry = append(entry, alias.Bytes()...)

	// A box's size is that of all in it.
	var boxes []int
	at, end := 0, len(b)
	for _, want := range []string{"moov", "trak", "mdia", "minf", "dinf", "dref"} {
		for at < end && string(b[at+4:at+8]) != want {
			at += int(binary.BigEndian.Uint32(b[at:]))
		}
		require.Less(t, at, end, want)
		boxes = append(boxes, at)
		end = at + int(binary.BigEndian.Uint32(b[at:]))
		at += 8
	}
	at += 8 // version, number of entries
	out := append(append(bytes.Clone(b[:at]), entry...), b[end:]...)
	for _, box := range boxes {
		n := int(binary.BigEndian.Uint32(out[box:])) + len(entry) - (end - at)
		binary.BigEndian.PutUint32(out[box:], uint32(n))
	}
	i := bytes.Index(out, []byte("mdat"))
	require.Positive(t, i)
	n := int(binary.BigEndian.Uint32(out[i-4:]))
	clear(out[i+4 : min(i-4+n, len(out))])
	return out
}
