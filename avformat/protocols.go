package avformat

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

const whitelist = "protocol_whitelist"

// innocent are protocols that read nothing but what was opened already.
const innocent = "crypto,data"

// ErrProtocol is a name that leads to where it was not allowed to: an address of the network
// without Network, another protocol that Protocols does not list, or what a playlist names.
var ErrProtocol = errors.New("protocol not allowed")

// schemes are the addresses that Network allows, each with what it takes. Others, concat and
// subfile for example, are made of further names, or lead to the process's own files: pipe.
var schemes = map[string]string{
	"http":  "http,https,tls,tcp,httpproxy," + innocent,
	"https": "http,https,tls,tcp,httpproxy," + innocent,
	"rtsp":  "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy",
	"rtsps": "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy",
	"rtmp":  "rtmp,tcp", "rtmps": "rtmps,tls,tcp",
	"srt": "srt", "udp": "udp", "rtp": "rtp,srtp,udp", "tcp": "tcp", "tls": "tls,tcp",
}

// allowed returns the protocols for a name: those of Protocols, or what the name itself
// takes. scheme is "" for a file, which is opened with no regard to what is in it.
func allowed(fn, name, protocols string, network bool) (list, scheme string, err error) {
	if strings.ContainsRune(name, 0) {
		return "", "", &Error{Func: fn, Code: ErrInvalid, Detail: "a name with a NUL character"}
	}
	if scheme = schemeOf(name); scheme == "file" {
		scheme = ""
	}
	switch {
	case protocols != "":
		return protocols, scheme, nil
	case scheme == "":
		return "file", "", nil
	case schemes[scheme] == "":
		err = fmt.Errorf("%w: %q needs Protocols, with all that it leads to", ErrProtocol, scheme)
	case !network:
		err = fmt.Errorf("%w: %q needs Network", ErrProtocol, scheme)
	default:
		return schemes[scheme], scheme, nil
	}
	return "", scheme, &Error{Func: fn, Detail: redact(name), Err: fmt.Errorf("%w (a file of that name: put ./ or file: in front)", err)}
}

// pattern is true for a name that stands for many files, by which FFmpeg's image2 finds
// pictures: img%03d.png.
func pattern(name string) bool {
	_, err := os.Stat(strings.TrimPrefix(name, "file:"))
	return err != nil && strings.ContainsAny(name, "%*?[{")
}

// schemeOf is the protocol that FFmpeg takes a name for, "" for a file's path.
func schemeOf(name string) string {
	i := strings.IndexFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.'
	})
	if i < 2 || name[i] != ':' && name[i] != ',' { // one letter is a drive
		return ""
	}
	if name[i] == ',' { // options in front of the address: subfile,,start,0,end,0,,:in.mp4
		if !strings.Contains(name[i:], ":") {
			return ""
		}
		if _, err := os.Stat(name); err == nil {
			return "" // a file with a comma in its name
		}
	}
	return strings.ToLower(name[:i])
}

// openFile opens a file for the container, which then cannot open others: FFmpeg checks one
// list for a container and for what is named in it.
func (s *input) openFile(name string, d *dictionary) error {
	const flagRead = 1
	if !strings.HasPrefix(name, "file:") {
		name = "file:" + name // whatever else it looks like
	}
	url := abi.CString(name)
	cb := s.ctx.p + uintptr(ff.off.formatContext.interruptCallback)
	if r := s.call.Begin().Ptr(unsafe.Pointer(&s.pb.p)).Ptr(unsafe.Pointer(url)).Int(flagRead).Int(cb).
		Ptr(unsafe.Pointer(&d.p)).Do32(ff.fn.avioOpen2); r < 0 {
		return s.openError("avio_open2", r)
	}
	setPtr(s.ctx.p, ff.off.formatContext.pb, s.pb.p)
	return d.set(whitelist, innocent)
}

// namesOthers tells of a file that could not be opened for what is named in it. FFmpeg's
// code says nothing of that, and its log is for people.
func namesOthers(err error, name string) error {
	var e *Error
	if !errors.As(err, &e) || e.Err != nil {
		return err
	}
	f, open := os.Open(strings.TrimPrefix(name, "file:"))
	if open != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 4096)
	n, _ := io.ReadFull(f, head)
	head = head[:n]
	for kind, mark := range map[string]string{"hls": "#EXTM3U", "concat": "ffconcat version", "dash": "<MPD", "imf": "<CompositionPlaylist", "sdp": "v=0", "vobsub": "# VobSub"} {
		if i := bytes.Index(head, []byte(mark)); i == 0 || i > 0 && mark[0] == '<' {
			e.Err = fmt.Errorf("%w: what a file names (it looks like %s) is opened only if Protocols lists its protocols, file,crypto,data say", ErrProtocol, kind)
			break
		}
	}
	return e
}
