package bitstream

import (
	"errors"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// slowReader is BitReader written for being obviously right: one byte a bit.
type slowReader struct {
	bits []byte
	fail bool
}

func newSlowReader(data []byte, nal bool) *slowReader {
	if nal {
		data = AppendRBSP(nil, data)
	}
	s := &slowReader{}
	for _, b := range data {
		for i := 7; i >= 0; i-- {
			s.bits = append(s.bits, b>>i&1)
		}
	}
	return s
}

func (s *slowReader) read(n int) uint64 {
	if s.fail || n > len(s.bits) {
		s.fail, s.bits = true, nil
		return 0
	}
	var v uint64
	for _, b := range s.bits[:n] {
		v = v<<1 | uint64(b)
	}
	s.bits = s.bits[n:]
	return v
}

func (s *slowReader) ue() uint64 {
	z := 0
	for s.read(1) == 0 {
		if z++; s.fail || z > 32 {
			s.fail, s.bits = true, nil
			return 0
		}
	}
	v := uint64(1)<<z - 1 + s.read(z)
	if s.fail {
		return 0
	}
	if v > 1<<32-1 {
		s.fail, s.bits = true, nil
		return 0
	}
	return v
}

func (s *slowReader) more() bool {
	if len(s.bits) == 0 {
		return false
	}
	for _, b := range s.bits[1:] {
		if b != 0 {
			return true
		}
	}
	return false
}

// compareReaders does what ops say with both readers.
func compareReaders(t *testing.T, data, ops []byte, nal bool) {
	var r BitReader
	if nal {
		r.ResetNAL(data)
	} else {
		r.Reset(data)
	}
	s := newSlowReader(data, nal)
	for _, op := range ops {
		switch n := int(op >> 3); op & 7 {
		case 0:
			require.Equal(t, s.read(n), uint64(r.Bits(n)), "Bits(%d)", n)
		case 1:
			require.Equal(t, s.read(1) != 0, r.Flag())
		case 2:
			require.Equal(t, s.ue(), uint64(r.UE()), "UE")
		case 3:
			k := s.ue()
			want := int32(k/2 + k&1)
			if k&1 == 0 {
				want = -want
			}
			require.Equal(t, want, r.SE(), "SE")
		case 4:
			require.Equal(t, s.read(2*n), r.Bits64(2*n), "Bits64(%d)", 2*n)
		case 5:
			// In steps, as Skip does it: how much is left does not matter after the end.
			s.read(n * 5)
			r.Skip(n * 5)
		case 6:
			require.Equal(t, s.more(), r.MoreRBSPData(), "MoreRBSPData")
		case 7:
			s.read(len(s.bits) % 8)
			r.Align()
			require.True(t, r.Aligned())
			if !nal {
				require.Equal(t, len(s.bits), r.Left())
				if !s.fail {
					require.Equal(t, len(data)-len(s.bits)/8, r.BytePos())
				}
			}
		}
		require.Equal(t, s.fail, r.Err() != nil)
	}
}

func TestBitReaderAgainstSlow(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		data, ops := make([]byte, rnd.IntN(40)), make([]byte, rnd.IntN(30))
		for i := range data {
			// Many zeros and threes, so that emulation prevention occurs.
			data[i] = [...]byte{0, 0, 0, 3, 1, byte(rnd.Uint32())}[rnd.IntN(6)]
		}
		for i := range ops {
			ops[i] = byte(rnd.Uint32())
		}
		compareReaders(t, data, ops, rnd.IntN(2) == 0)
	}
}

func FuzzBitReader(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 3, 1, 0xff}, []byte{2, 8, 6, 7}, true)
	f.Fuzz(func(t *testing.T, data, ops []byte, nal bool) {
		compareReaders(t, data, ops[:min(len(ops), 200)], nal)
	})
}

// bitString makes bytes of "0" and "1", padded with zeros.
func bitString(s string) []byte {
	var out []byte
	n := 0
	for _, c := range s {
		if c != '0' && c != '1' {
			continue
		}
		if n%8 == 0 {
			out = append(out, 0)
		}
		if c == '1' {
			out[n/8] |= 0x80 >> (n % 8)
		}
		n++
	}
	return out
}

func TestExpGolomb(t *testing.T) {
	for _, c := range []struct {
		bits string
		ue   uint32
		se   int32
	}{
		{"1", 0, 0}, {"010", 1, 1}, {"011", 2, -1}, {"00100", 3, 2}, {"00101", 4, -2}, {"0001010", 9, 5},
		{"0000000000000000000000000000000 1 0000000000000000000000000000000", 1<<31 - 1, 1 << 30},
		{"0000000000000000000000000000000 1 1111111111111111111111111111111", 1<<32 - 2, -(1<<31 - 1)},
		{"00000000000000000000000000000000 1 00000000000000000000000000000000", 1<<32 - 1, -1 << 31},
	} {
		var r BitReader
		r.Reset(bitString(c.bits))
		require.Equal(t, c.ue, r.UE(), c.bits)
		require.NoError(t, r.Err())
		r.Reset(bitString(c.bits))
		require.Equal(t, c.se, r.SE(), c.bits)
	}
	for bits, want := range map[string]error{
		"0000000000000000000000000000000000000001":                            ErrSyntax,
		"00000000000000000000000000000000 1 00000000000000000000000000000001": ErrSyntax,
		"00000000000000000000000000000000000000000000000000000000":            ErrSyntax,
		"0000":     ErrTruncated,
		"00010":    nil, // padded to a byte
		"00000001": ErrTruncated,
	} {
		var r BitReader
		r.Reset(bitString(bits))
		require.Zero(t, r.UE()*uint32(btoi(want != nil)))
		require.ErrorIs(t, r.Err(), want, bits)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestReaderAV1Numbers(t *testing.T) {
	var r BitReader
	r.Reset([]byte{0xe5, 0x8e, 0x26, 0x2a})
	require.Equal(t, uint32(624485), r.LEB128())
	require.Equal(t, 3, r.BytePos())
	r.Reset([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	require.Equal(t, uint32(1<<32-1), r.LEB128())
	r.Reset([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0})
	require.Zero(t, r.LEB128())
	require.NoError(t, r.Err())
	r.Reset([]byte{0xff, 0xff, 0xff, 0xff, 0x1f})
	require.Zero(t, r.LEB128())
	require.ErrorIs(t, r.Err(), ErrSyntax)
	r.Reset([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0})
	require.Zero(t, r.LEB128())
	require.ErrorIs(t, r.Err(), ErrSyntax)

	r.Reset([]byte{0x34, 0x12})
	require.Equal(t, uint32(0x1234), r.LE(2))

	for _, c := range []struct {
		bits string
		n    int
		want int32
	}{{"0111", 4, 7}, {"1000", 4, -8}, {"1111", 4, -1}, {"1", 1, -1}, {"10000000000000000000000000000000", 32, -1 << 31}} {
		r.Reset(bitString(c.bits))
		require.Equal(t, c.want, r.SU(c.n), c.bits)
	}
	// ns(5): 0, 1, 2 in two bits, 3 and 4 in three.
	for i, s := range []string{"00", "01", "10", "110", "111"} {
		r.Reset(bitString(s))
		require.Equal(t, uint32(i), r.NS(5))
	}
	require.Zero(t, r.NS(1))

	r.Reset(bitString("00000000000000000000000000000000 1"))
	require.Equal(t, uint32(1<<32-1), r.UVLC())
	r.Reset(bitString("00101"))
	require.Equal(t, uint32(4), r.UVLC())
	r.Reset([]byte{0})
	require.Zero(t, r.UVLC())
	require.ErrorIs(t, r.Err(), ErrTruncated)
}

// NS against its definition, for all numbers below a few limits.
func TestReaderNS(t *testing.T) {
	for n := uint32(2); n < 70; n++ {
		w := bits.Len32(n)
		m := uint32(1)<<w - n
		for v := range n {
			var s string
			put := func(x uint32, n int) {
				for i := n - 1; i >= 0; i-- {
					s += string('0' + byte(x>>i&1))
				}
			}
			if v < m {
				put(v, w-1)
			} else {
				put((v+m)>>1, w-1)
				put((v+m)&1, 1)
			}
			var r BitReader
			r.Reset(bitString(s))
			require.Equal(t, v, r.NS(n))
		}
	}
}

func TestReaderStopsAtError(t *testing.T) {
	var r BitReader
	r.Reset([]byte{0xff})
	r.Bits(9)
	require.ErrorIs(t, r.Err(), ErrTruncated)
	require.Zero(t, r.Bits(1))
	require.Zero(t, r.Left())
	r.fail(invalid("later"))
	require.Equal(t, ErrTruncated, r.Err())
	require.False(t, r.MoreRBSPData())
}

func TestErrors(t *testing.T) {
	require.ErrorIs(t, invalid("x"), ErrSyntax)
	require.NotErrorIs(t, invalid("x"), ErrTruncated)
	require.ErrorIs(t, missing("x"), ErrNoParameters)
	require.Equal(t, "bitstream: invalid syntax: x", invalid("x").Error())
	require.Equal(t, "bitstream: missing: x", missing("x").Error())
	require.False(t, errors.Is(missing("x"), ErrSyntax))
}

func BenchmarkBitReader(b *testing.B) {
	data := make([]byte, 4096)
	for i := range data {
		data[i] = byte(i * 7)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var r BitReader
		r.ResetNAL(data)
		for r.Left() > 64 {
			r.UE()
			r.Bits(5)
		}
	}
}
