package frame

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSEIMalformed: whatever part of a payload is there, or is not what it should be, the
// message keeps its bytes, and what has no value has an error that says so.
func TestSEIMalformed(t *testing.T) {
	for _, c := range seiCases {
		whole, err := hex.DecodeString(strings.ReplaceAll(c.bytes, " ", ""))
		require.NoError(t, err)
		cut, broken := 0, 0
		check := func(payload []byte) bool {
			m := c.m
			m.Payload = payload
			v, err := m.Value()
			require.Equal(t, err == nil, m.Known())
			require.NotEmpty(t, m.String())
			require.Equal(t, payload, m.Payload)
			if err == nil {
				require.NotEmpty(t, v.String())
				return false
			}
			require.Nil(t, v)
			require.ErrorIs(t, err, ErrSEI, "%v of %d bytes", m.Type, len(payload))
			require.Contains(t, err.Error(), fmt.Sprint(m.Type))
			return true
		}
		for n := range whole {
			if check(whole[:n:n]) {
				cut++
			}
		}
		for i := range whole {
			for _, x := range []byte{0xff, 0x80, 1} {
				b := append([]byte(nil), whole...)
				b[i] ^= x
				if check(b) {
					broken++
				}
			}
		}
		require.NotZero(t, cut, "%v: no cut payload is malformed", c.m.Type)
	}
}
