package frame

import (
	"encoding/binary"
	"math/bits"
)

// The kernels below move samples between planar and interleaved rows, and between
// the high and the low bits of 16-bit words, eight bytes at a time: a shift of a
// 64-bit word and a mask shift its four samples. On amd64 vector instructions make
// most of it (repack_amd64.s). dst and src never overlap.

var le = binary.LittleEndian

// A move says how the value moves within a 16-bit sample: by a rotation of the word,
// whose mask drops what came in from the neighbours, so that one serves both ways.
type move struct {
	rot  int    // to the left
	mask uint64 // the bits that hold the value afterwards, in all four lanes
}

// moveBits is the move of depth bits from the high or low end to the high or low end.
func moveBits(depth int, fromHigh, toHigh bool) move {
	pad := 16 - depth
	m := move{mask: 0xffff}
	switch {
	case fromHigh && !toHigh:
		m.rot, m.mask = -pad, 0xffff>>pad
	case !fromHigh && toHigh:
		m.rot, m.mask = pad, 0xffff<<pad&0xffff
	}
	m.mask *= 0x0001_0001_0001_0001
	return m
}

func (m move) none() bool { return m.rot == 0 }

func (m move) word(x uint64) uint64 { return bits.RotateLeft64(x, m.rot) & m.mask }

func (m move) sample(x uint16) uint16 { return bits.RotateLeft16(x, m.rot) & uint16(m.mask) }

// shift16 moves the bits of every sample.
func shift16(dst, src []byte, m move) {
	n := shift16Vector(dst, src, m)
	dst, src = dst[n:], src[n:]
	shift16Words(dst, src, m)
}

func shift16Words(dst, src []byte, m move) {
	n := min(len(dst), len(src)) &^ 1
	dst, src = dst[:n], src[:n]
	for len(dst) >= 32 && len(src) >= 32 {
		d, s := (*[32]byte)(dst), (*[32]byte)(src)
		le.PutUint64(d[0:8], m.word(le.Uint64(s[0:8])))
		le.PutUint64(d[8:16], m.word(le.Uint64(s[8:16])))
		le.PutUint64(d[16:24], m.word(le.Uint64(s[16:24])))
		le.PutUint64(d[24:32], m.word(le.Uint64(s[24:32])))
		dst, src = dst[32:], src[32:]
	}
	for len(dst) >= 2 && len(src) >= 2 {
		le.PutUint16(dst, m.sample(le.Uint16(src)))
		dst, src = dst[2:], src[2:]
	}
}

// even8 gathers bytes 0, 2, 4, 6 of x in its low half.
func even8(x uint64) uint64 {
	x &= 0x00ff_00ff_00ff_00ff
	x = (x | x>>8) & 0x0000_ffff_0000_ffff
	return (x | x>>16) & 0xffff_ffff
}

// spread8 is the reverse: the low four bytes of x to bytes 0, 2, 4, 6.
func spread8(x uint64) uint64 {
	x = (x | x<<16) & 0x0000_ffff_0000_ffff
	return (x | x<<8) & 0x00ff_00ff_00ff_00ff
}

// pick8 takes every second byte of src, from the first (odd 0) or second (odd 1).
func pick8(dst, src []byte, odd uint) {
	n := pick8Vector(dst, src, odd)
	dst, src = dst[n:], src[2*n:]
	pick8Words(dst, src, odd)
}

func pick8Words(dst, src []byte, odd uint) {
	s := odd & 1 * 8
	for len(dst) >= 16 && len(src) >= 32 {
		d, p := (*[16]byte)(dst), (*[32]byte)(src)
		le.PutUint64(d[0:8], even8(le.Uint64(p[0:8])>>s)|even8(le.Uint64(p[8:16])>>s)<<32)
		le.PutUint64(d[8:16], even8(le.Uint64(p[16:24])>>s)|even8(le.Uint64(p[24:32])>>s)<<32)
		dst, src = dst[16:], src[32:]
	}
	for i := range dst {
		dst[i] = src[2*i+int(odd&1)]
	}
}

// pick16 takes every second sample of src and moves its bits.
func pick16(dst, src []byte, odd uint, m move) {
	n := pick16Vector(dst, src, odd, m)
	dst, src = dst[n:], src[2*n:]
	pick16Words(dst, src, odd, m)
}

func pick16Words(dst, src []byte, odd uint, m move) {
	s := odd & 1 * 16
	gather := func(x uint64) uint64 {
		x = x >> s & 0x0000_ffff_0000_ffff
		return (x | x>>16) & 0xffff_ffff
	}
	for len(dst) >= 16 && len(src) >= 32 {
		d, p := (*[16]byte)(dst), (*[32]byte)(src)
		le.PutUint64(d[0:8], m.word(gather(le.Uint64(p[0:8]))|gather(le.Uint64(p[8:16]))<<32))
		le.PutUint64(d[8:16], m.word(gather(le.Uint64(p[16:24]))|gather(le.Uint64(p[24:32]))<<32))
		dst, src = dst[16:], src[32:]
	}
	for i := 0; i+1 < len(dst); i += 2 {
		le.PutUint16(dst[i:], m.sample(le.Uint16(src[2*i+2*int(odd&1):])))
	}
}

// merge8 interleaves a and b.
func merge8(dst, a, b []byte) {
	n := merge8Vector(dst, a, b)
	dst, a, b = dst[n:], a[n/2:], b[n/2:]
	merge8Words(dst, a, b)
}

func merge8Words(dst, a, b []byte) {
	for len(dst) >= 32 && len(a) >= 16 && len(b) >= 16 {
		d, p, q := (*[32]byte)(dst), (*[16]byte)(a), (*[16]byte)(b)
		for i := 0; i < 16; i += 8 {
			x, y := le.Uint64(p[i:i+8]), le.Uint64(q[i:i+8])
			le.PutUint64(d[2*i:2*i+8], spread8(x&0xffff_ffff)|spread8(y&0xffff_ffff)<<8)
			le.PutUint64(d[2*i+8:2*i+16], spread8(x>>32)|spread8(y>>32)<<8)
		}
		dst, a, b = dst[32:], a[16:], b[16:]
	}
	for i := range min(len(dst)/2, len(a), len(b)) {
		dst[2*i], dst[2*i+1] = a[i], b[i]
	}
}

// spread16 puts the two low samples of x in lanes 0 and 2.
func spread16(x uint64) uint64 { return (x | x<<16) & 0x0000_ffff_0000_ffff }

// merge16 interleaves the samples of a and b and moves their bits.
func merge16(dst, a, b []byte, m move) {
	n := merge16Vector(dst, a, b, m)
	dst, a, b = dst[n:], a[n/2:], b[n/2:]
	merge16Words(dst, a, b, m)
}

func merge16Words(dst, a, b []byte, m move) {
	for len(dst) >= 32 && len(a) >= 16 && len(b) >= 16 {
		d, p, q := (*[32]byte)(dst), (*[16]byte)(a), (*[16]byte)(b)
		x, y := m.word(le.Uint64(p[0:8])), m.word(le.Uint64(q[0:8]))
		le.PutUint64(d[0:8], spread16(x&0xffff_ffff)|spread16(y&0xffff_ffff)<<16)
		le.PutUint64(d[8:16], spread16(x>>32)|spread16(y>>32)<<16)
		x, y = m.word(le.Uint64(p[8:16])), m.word(le.Uint64(q[8:16]))
		le.PutUint64(d[16:24], spread16(x&0xffff_ffff)|spread16(y&0xffff_ffff)<<16)
		le.PutUint64(d[24:32], spread16(x>>32)|spread16(y>>32)<<16)
		dst, a, b = dst[32:], a[16:], b[16:]
	}
	for len(dst) >= 4 && len(a) >= 2 && len(b) >= 2 {
		le.PutUint16(dst, m.sample(le.Uint16(a)))
		le.PutUint16(dst[2:], m.sample(le.Uint16(b)))
		dst, a, b = dst[4:], a[2:], b[2:]
	}
}

// swap8 exchanges the bytes of every pair, as between NV12 and NV21.
func swap8(dst, src []byte) {
	for len(dst) >= 8 && len(src) >= 8 {
		x := le.Uint64(src)
		le.PutUint64(dst, x>>8&0x00ff_00ff_00ff_00ff|x&0x00ff_00ff_00ff_00ff<<8)
		dst, src = dst[8:], src[8:]
	}
	for len(dst) >= 2 && len(src) >= 2 {
		dst[0], dst[1] = src[1], src[0]
		dst, src = dst[2:], src[2:]
	}
}

// fill16 sets every sample to v, little-endian.
func fill16(dst []byte, v uint16) {
	for i := 0; i+1 < len(dst); i += 2 {
		le.PutUint16(dst[i:], v)
	}
}

func fill8(dst []byte, v byte) {
	for i := range dst {
		dst[i] = v
	}
}
