package progress

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTerminal(t *testing.T) {
	var out bytes.Buffer
	b := &Bar{w: &out, terminal: true, what: "decode", total: 4, start: time.Now().Add(-time.Second)}
	b.Add(1)
	b.Add(3)
	b.Done()
	lines := strings.Split(out.String(), "\r")
	require.Len(t, lines, 4, "one line, drawn anew each time")
	require.Contains(t, lines[1], "[=======                       ]  25%  1/4")
	require.Contains(t, lines[3], "100%  4/4")
	require.True(t, strings.HasSuffix(out.String(), "\n"))
	require.EqualValues(t, 4, b.Count())
}

func TestPlainLines(t *testing.T) {
	var out bytes.Buffer
	b := &Bar{w: &out, what: "decode", start: time.Now().Add(-time.Second)}
	b.Add(2) // its time has come
	b.next = time.Now().Add(time.Hour)
	b.Add(2)
	b.Done()
	require.NotContains(t, out.String(), "\r")
	require.Equal(t, 2, strings.Count(out.String(), "\n"))
	require.Contains(t, out.String(), "decode  4 frames")
}

func TestWatcher(t *testing.T) {
	var out bytes.Buffer
	n := int64(0)
	w := &Watcher{w: &out, terminal: true, status: func() Status { return Status{"in order", n, 8, "frames"} }}
	w.begin()
	w.Clear()
	w.Stop()
	require.Empty(t, out.String(), "short jobs are silent")

	n = 4
	w.show(2 * time.Second)
	require.Equal(t, "\rin order [===============               ]  50%  4/8 frames  2s", out.String())
	width := out.Len() - 1
	out.Reset()
	w.Clear()
	require.Equal(t, "\r"+strings.Repeat(" ", width)+"\r", out.String(), "nothing is left where a result goes")
	out.Reset()
	w.Clear()
	require.Empty(t, out.String())

	var s Status
	w = &Watcher{w: &out, status: func() Status { return s }}
	s = Status{"in order", 4, 8, "frames"}
	w.show(2 * time.Second)
	s.Total = 0
	w.show(2 * time.Second)
	s = Status{What: "scan"}
	require.NoError(t, w.Quiet(func() error { w.start = w.start.Add(-time.Minute); return nil }))
	w.show(65 * time.Second)
	w.Clear()
	require.Equal(t, "in order  4/8 frames   50%  2s\nin order  4 frames  2s\nscan  1m5s\n", out.String())
}
