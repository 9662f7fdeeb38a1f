package main

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/go-nvcodec/nvcodec/frame"
)

// A Messages sums up the SEI messages, metadata OBUs and user data of all frames, in
// order, each with the number and time of its frame.
type Messages struct {
	Count int            `json:"count"`
	MD5   string         `json:"md5,omitempty"`
	Types map[string]int `json:"types,omitempty"`

	sum hash.Hash
	buf []byte
}

func (m *Messages) add(n int, f *frame.Frame) {
	if m.sum == nil {
		m.sum = md5.New()
	}
	for _, s := range f.SEI {
		b := binary.BigEndian.AppendUint64(m.buf[:0], uint64(n))
		b = binary.BigEndian.AppendUint64(b, uint64(f.PTS))
		b = binary.BigEndian.AppendUint32(b, uint32(s.Type))
		b = binary.BigEndian.AppendUint32(b, uint32(len(s.Payload)))
		b = append(b, s.Payload...)
		m.buf = fmt.Appendf(b, "%v %v", s.Parsed, s.Syntax)
		m.sum.Write(m.buf)
		m.Count++
		if m.Types == nil {
			m.Types = map[string]int{}
		}
		m.Types[s.Type.String()]++
	}
}

func (m *Messages) finish() {
	if m.Count > 0 {
		m.MD5 = hex.EncodeToString(m.sum.Sum(nil))
	}
}

// sameMessages tells whether two frames have the same list, and says what differs.
func sameMessages(a, b []frame.SEI) (string, string) {
	if len(a) != len(b) {
		return fmt.Sprint(len(a)), fmt.Sprint(len(b))
	}
	for i := range a {
		if a[i].Type != b[i].Type || string(a[i].Payload) != string(b[i].Payload) || a[i].Parsed != b[i].Parsed || a[i].Syntax != b[i].Syntax {
			return fmt.Sprintf("%v", a[i]), fmt.Sprintf("%v", b[i])
		}
	}
	return "", ""
}

// messageLine is a row of the comparison of messages: a verdict, the file, its messages
// on the device and on the CPU. Files without any have none.
func (j *Judged) messageLine() (line string, ok bool) {
	res := &j.Result
	if res.Crash != "" {
		return fmt.Sprintf("FAIL sei %v %s: %s", j.Device, j.Name, res.Crash), false
	}
	cpu := &res.Messages
	if res.Against != nil {
		cpu = &res.Against.CPUMessages
	}
	if res.Messages.Count == 0 && cpu.Count == 0 {
		return "", true
	}
	word := "PASS"
	switch {
	case j.How == "refused":
		word = "INFO" // this GPU does not decode the stream
	case res.Messages.MD5 != cpu.MD5 && j.Verdict == Warn:
		word = "WARN" // other frames of a damaged file
	case res.Messages.MD5 != cpu.MD5:
		word, ok = "FAIL", false
	}
	return fmt.Sprintf("%s sei %v %s: %d messages %s, CPU %d %s %v", word, j.Device, j.Name, res.Messages.Count, short(res.Messages.MD5), cpu.Count, short(cpu.MD5), cpu.Types), word != "FAIL"
}

func short(sum string) string { return sum[:min(len(sum), 12)] }
