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
