package avformat

import (
	"fmt"
	"os"
	"strings"
	"unsafe"
)

const whitelist = "protocol_whitelist"

// innocent are protocols that read nothing but what was opened already.
const innocent = "crypto,data"

// schemes are the addresses that may be opened by their names, each with what it takes.
// Others, concat and subfile for example, are made of further names.
var schemes = map[string]string{
	"http":  "http,https,tls,tcp,httpproxy," + innocent,
	"https": "http,https,tls,tcp,httpproxy," + innocent,
	"rtsp":  "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy",
	"rtsps": "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy",
	"rtmp":  "rtmp,tcp", "rtmps": "rtmps,tls,tcp",
	"srt": "srt", "udp": "udp", "rtp": "rtp,srtp,udp", "tcp": "tcp", "tls": "tls,tcp",
	"pipe": "pipe,fd", "fd": "pipe,fd",
}

// nameOnly returns the protocols for opening a name, or a reader, and nothing that is
// named in it. file is true for what openFile is for: FFmpeg checks the same list for a
// container and for what is named in it.
func nameOnly(name string, reader bool, format uintptr) (list string, file bool, err error) {
	if reader {
		return innocent, false, nil
	}
	scheme := schemeOf(name)
	if scheme == "" || scheme == "file" {
		fi, err := os.Stat(strings.TrimPrefix(name, "file:"))
		if err != nil || !fi.Mode().IsRegular() {
			return "file", false, nil // FFmpeg says what is wrong, or knows more: img%03d.png
		}
		if format != 0 && getInt32(format, ff.off.inputFormat.flags)&formatNoFile != 0 {
			return "file", false, nil // it opens files by itself
		}
		return "file", true, nil
	}
	if list = schemes[scheme]; list == "" {
		return "", false, &Error{Func: "avformat_open_input", Code: ErrProtocolNotFound,
			Detail: fmt.Sprintf("%s: the protocol %q is used only if Protocols lists it, and all that it leads to", redact(name), scheme)}
	}
	return list, false, nil
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

// openFile opens a file for the container, which then cannot open others.
func (s *input) openFile(url *byte, d *dictionary) error {
	const flagRead = 1
	cb := s.ctx.p + uintptr(ff.off.formatContext.interruptCallback)
	if r := s.call.Begin().Ptr(unsafe.Pointer(&s.pb.p)).Ptr(unsafe.Pointer(url)).Int(flagRead).Int(cb).
		Ptr(unsafe.Pointer(&d.p)).Do32(ff.fn.avioOpen2); r < 0 {
		return s.openError("avio_open2", r)
	}
	setPtr(s.ctx.p, ff.off.formatContext.pb, s.pb.p)
	return d.set(whitelist, innocent)
}
