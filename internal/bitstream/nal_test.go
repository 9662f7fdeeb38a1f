package bitstream

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func nals(data []byte, length int) (out [][]byte, offsets []int, err error) {
	var u NALUnits
	u.Reset(data, length)
	for u.Next() {
		out, offsets = append(out, u.NAL()), append(offsets, u.Offset())
	}
	return out, offsets, u.Err()
}

func TestAnnexB(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want [][]byte
	}{
		{"empty", nil, nil},
		{"no start code", []byte{1, 2, 3}, nil},
		{"only a start code", []byte{0, 0, 1}, nil},
		{"three bytes", []byte{0, 0, 1, 9, 0x10}, [][]byte{{9, 0x10}}},
		{"four bytes", []byte{0, 0, 0, 1, 9, 0, 0, 0, 1, 7, 8}, [][]byte{{9}, {7, 8}}},
		{"leading and trailing zeros", []byte{0, 0, 0, 0, 0, 1, 9, 0, 0, 0}, [][]byte{{9}}},
		{"garbage before", []byte{5, 6, 0, 0, 1, 9}, [][]byte{{9}}},
		{"empty units", []byte{0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 9}, [][]byte{{9}}},
		{"one after the other", []byte{0, 0, 1, 1, 0, 0, 1, 2, 0, 0, 1, 3}, [][]byte{{1}, {2}, {3}}},
		{"start code at the end", []byte{0, 0, 1, 1, 0, 0, 1}, [][]byte{{1}}},
	} {
		got, offsets, err := nals(c.data, 0)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
		for i, o := range offsets {
			require.Equal(t, got[i], c.data[o:o+len(got[i])], c.name)
		}
	}
}

func TestLengthPrefixed(t *testing.T) {
	for n := 1; n <= 4; n++ {
		var data []byte
		for _, u := range [][]byte{{1, 2}, {}, {3}} {
			data = append(append(data, make([]byte, n)...), u...)
			data[len(data)-len(u)-1] = byte(len(u))
		}
		got, _, err := nals(data, n)
		require.NoError(t, err)
		require.Equal(t, [][]byte{{1, 2}, {3}}, got)

		got, _, err = nals(data[:len(data)-1], n)
		require.Equal(t, [][]byte{{1, 2}}, got)
		require.ErrorIs(t, err, ErrTruncated)

		b, err := AppendAnnexB([]byte{7}, data, n)
		require.NoError(t, err)
		require.Equal(t, []byte{7, 0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 3}, b)
	}
	// A length beyond the data gives what is there.
	got, _, err := nals([]byte{0xff, 0xff, 0xff, 0xff, 5}, 4)
	require.Equal(t, [][]byte{{5}}, got)
	require.ErrorIs(t, err, ErrTruncated)
	// But a cut unit is not passed on.
	b, err := AppendAnnexB(nil, []byte{0, 0, 0, 1, 9, 0, 0, 0, 9, 5}, 4)
	require.Equal(t, []byte{0, 0, 0, 1, 9}, b)
	require.ErrorIs(t, err, ErrTruncated)

	_, _, err = nals([]byte{1}, 5)
	require.ErrorIs(t, err, ErrSyntax)
	_, err = AppendAnnexB(nil, nil, 0)
	require.ErrorIs(t, err, ErrSyntax)
}

func TestIsAnnexB(t *testing.T) {
	require.True(t, IsAnnexB([]byte{0, 0, 1}))
	require.True(t, IsAnnexB([]byte{0, 0, 0, 0, 1, 5}))
	require.False(t, IsAnnexB([]byte{0, 1}))
	require.False(t, IsAnnexB([]byte{0, 0, 2}))
	require.False(t, IsAnnexB([]byte{0, 0, 0}))
	require.False(t, IsAnnexB(nil))
}

func TestEmulation(t *testing.T) {
	for _, c := range []struct{ rbsp, ebsp []byte }{
		{nil, nil},
		{[]byte{1, 2}, []byte{1, 2}},
		{[]byte{0, 0, 0}, []byte{0, 0, 3, 0, 3}},
		{[]byte{0, 0, 1}, []byte{0, 0, 3, 1}},
		{[]byte{0, 0, 2}, []byte{0, 0, 3, 2}},
		{[]byte{0, 0, 3}, []byte{0, 0, 3, 3}},
		{[]byte{0, 0, 4}, []byte{0, 0, 4}},
		{[]byte{0, 0, 0, 0, 0, 0, 1}, []byte{0, 0, 3, 0, 0, 3, 0, 0, 3, 1}},
		{[]byte{0, 0, 3, 0, 0, 3}, []byte{0, 0, 3, 3, 0, 0, 3, 3}},
		{[]byte{5, 0}, []byte{5, 0, 3}},
	} {
		require.Equal(t, c.ebsp, AppendEBSP(nil, c.rbsp))
		want := c.rbsp
		if n := len(want); n > 0 && want[n-1] == 0 && n != 3 {
			// The final 3 is there so that the unit does not end in a zero; it stays when only
			// one zero is before it, because then it could be data.
			want = append(bytes.Clone(want), 3)
		}
		if bytes.Equal(c.rbsp, []byte{0, 0, 0}) {
			want = []byte{0, 0, 0, 3}
		}
		require.Equal(t, want, AppendRBSP(nil, c.ebsp))
	}
}

func FuzzEmulation(f *testing.F) {
	f.Add([]byte{0, 0, 3, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, payload []byte) {
		e := AppendEBSP(nil, payload)
		require.False(t, bytes.Contains(e, []byte{0, 0, 1}))
		require.False(t, bytes.Contains(e, []byte{0, 0, 0}))
		require.False(t, bytes.Contains(e, []byte{0, 0, 2}))
		if len(e) > 0 {
			require.NotZero(t, e[len(e)-1])
		}
		if n := len(payload); n == 0 || payload[n-1] != 0 {
			require.True(t, bytes.Equal(payload, AppendRBSP(nil, e)))
			// As a unit between start codes.
			if n > 0 {
				got, _, _ := nals(append(append([]byte{0, 0, 1}, e...), 0, 0, 1, 9), 0)
				require.Equal(t, [][]byte{e, {9}}, got)
			}
		}
	})
}

func FuzzNALUnits(f *testing.F) {
	f.Add([]byte{0, 0, 1, 9, 0, 0, 0, 1, 7}, 0)
	f.Add([]byte{0, 0, 0, 1, 9, 0, 2, 7, 7}, 4)
	f.Fuzz(func(t *testing.T, data []byte, length int) {
		length = (length%5 + 5) % 5
		got, offsets, err := nals(data, length)
		end := 0
		for i, u := range got {
			require.NotEmpty(t, u)
			require.GreaterOrEqual(t, offsets[i], end)
			end = offsets[i] + len(u)
			require.True(t, bytes.Equal(u, data[offsets[i]:end]))
			if length == 0 {
				require.False(t, bytes.Contains(u, []byte{0, 0, 1}))
				require.NotZero(t, u[len(u)-1])
			}
		}
		if length == 0 {
			require.NoError(t, err)
			return
		}
		b, err2 := AppendAnnexB(nil, data, length)
		require.Equal(t, err, err2)
		if err == nil {
			n := 0
			for _, u := range got {
				n += 4 + len(u)
			}
			require.Len(t, b, n)
		}
	})
}

func BenchmarkAnnexB(b *testing.B) {
	data := bytes.Repeat(append([]byte{0, 0, 1}, bytes.Repeat([]byte{7, 0, 5}, 20000)...), 4)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var u NALUnits
		u.Reset(data, 0)
		n := 0
		for u.Next() {
			n++
		}
		if n != 4 {
			b.Fatal(n)
		}
	}
}
