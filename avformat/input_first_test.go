package avformat

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFirstBlocks(t *testing.T) {
	cluster := []byte{0x1F, 0x43, 0xB6, 0x75}
	join := func(b ...[]byte) []byte { return bytes.Join(b, nil) }
	block := func(id byte, flags byte, data string) []byte {
		return join([]byte{id, 0x80 | byte(4+len(data)), 0x81, 0, 0, flags}, []byte(data))
	}
	time := []byte{0xE7, 0x81, 0}
	unknown := []byte{0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	long := bytes.Repeat([]byte{7}, 2*packetStart)
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"simple blocks":            {join(cluster, []byte{0xA0}, time, block(0xA3, 0x80, "one"), block(0xA3, 0, "two")), []string{"one", "two"}},
		"a cluster of any size":    {join(cluster, unknown, time, block(0xA3, 0x80, "one")), []string{"one"}},
		"a group":                  {join(cluster, unknown, []byte{0xA0, 0x89}, block(0xA1, 0, "one"), block(0xA3, 0, "two")), []string{"one", "two"}},
		"a checksum and a void":    {join(cluster, unknown, []byte{0xBF, 0x84, 1, 2, 3, 4, 0xEC, 0x82, 0, 0}, block(0xA3, 0, "one")), []string{"one"}},
		"several packets a block":  {join(cluster, unknown, block(0xA3, 2, "xyz"), block(0xA3, 0, "one")), []string{"one"}},
		"more than there is":       {join(cluster, unknown, []byte{0xA3, 0x40, 0xFF, 0x81, 0, 0, 0}, []byte("begin")), []string{"begin"}},
		"long":                     {join(cluster, unknown, []byte{0xA3, 0x40 | byte((len(long)+4)>>8), byte(len(long) + 4), 0x81, 0, 0, 0}, long, block(0xA3, 0, "two")), []string{string(long[:packetStart]), "two"}},
		"nothing":                  {nil, nil},
		"no cluster":               {join(time, block(0xA3, 0, "one")), nil},
		"a block without a header": {join(cluster, unknown, []byte{0xA3, 0x82, 0x81, 0}, block(0xA3, 0, "one")), nil},
		"an identifier too long":   {join(cluster, unknown, []byte{0x08, 1, 2, 3, 4, 5}), nil},
		"no size":                  {join(cluster, unknown, []byte{0xA3, 0}), nil},
		"cut":                      {cluster[:3], nil},
	} {
		var got []string
		firstBlocks(c.data, func(b []byte) bool { got = append(got, string(b)); return true })
		require.Equal(t, c.want, got, name)
		for n := range c.data { // no cut may be read over
			firstBlocks(c.data[:n:n], func([]byte) bool { return true })
		}
	}
	n := 0
	firstBlocks(join(cluster, unknown, block(0xA3, 0, "one"), block(0xA3, 0, "two")), func([]byte) bool { n++; return false })
	require.Equal(t, 1, n)
}
