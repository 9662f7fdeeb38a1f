package bitstream

import (
	"encoding/binary"
	"math/bits"
)

// A BitReader reads bits, most significant first. Its zero value is empty; Reset or
// ResetNAL give it data, which it does not change.
//
// Errors stick: after the end of the data every read returns 0 and Err says why, so
// a header is read in straight lines and checked once. Loops must have bounds of
// their own.
type BitReader struct {
	data  []byte
	pos   int    // next byte to load
	cache uint64 // valid bits are the uppermost
	n     int    // valid bits in cache
	zeros int    // zero bytes directly before pos
	nal   bool   // skip emulation prevention bytes
	err   error
}

// Reset starts reading data as it is.
func (r *BitReader) Reset(data []byte) { *r = BitReader{data: data} }

// ResetNAL starts reading data and leaves out emulation prevention bytes: the 3 of
// each 0 0 3.
// Specification: ITU-T H.264, section 7.3.1; ITU-T H.265, section 7.3.1.1.
func (r *BitReader) ResetNAL(data []byte) { *r = BitReader{data: data, nal: true} }

// Err returns the first error: ErrTruncated, or one that matches ErrSyntax.
func (r *BitReader) Err() error { return r.err }

func (r *BitReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.data, r.pos, r.cache, r.n = nil, 0, 0, 0
}

// fill loads bytes until the cache has at least 57 bits or the data ends.
func (r *BitReader) fill() {
	if !r.nal && r.n == 0 && len(r.data)-r.pos >= 8 {
		r.cache, r.n = binary.BigEndian.Uint64(r.data[r.pos:]), 64
		r.pos += 8
		return
	}
	for r.n <= 56 && r.pos < len(r.data) {
		b := r.data[r.pos]
		r.pos++
		if r.nal {
			if r.zeros >= 2 && b == 3 {
				r.zeros = 0
				continue
			}
			if b == 0 {
				r.zeros++
			} else {
				r.zeros = 0
			}
		}
		r.cache |= uint64(b) << (56 - r.n)
		r.n += 8
	}
}

// Bits reads n bits, 0 <= n <= 32.
func (r *BitReader) Bits(n int) uint32 {
	if r.n < n {
		r.fill()
		if r.n < n {
			r.fail(ErrTruncated)
			return 0
		}
	}
	v := uint32(r.cache >> 32 >> (32 - n))
	r.cache <<= n
	r.n -= n
	return v
}

// Bits64 reads n bits, 0 <= n <= 64.
func (r *BitReader) Bits64(n int) uint64 {
	if n <= 32 {
		return uint64(r.Bits(n))
	}
	v := uint64(r.Bits(n-32)) << 32
	if v |= uint64(r.Bits(32)); r.err != nil {
		return 0
	}
	return v
}

// Flag reads one bit.
func (r *BitReader) Flag() bool { return r.Bits(1) != 0 }

// Skip leaves out n bits.
func (r *BitReader) Skip(n int) {
	for ; n > 32 && r.err == nil; n -= 32 {
		r.Bits(32)
	}
	if n > 0 && r.err == nil {
		r.Bits(n)
	}
}

// Align leaves out bits up to the next whole byte.
func (r *BitReader) Align() { r.Bits(r.n & 7) }

// Aligned reports whether the next bit begins a byte.
func (r *BitReader) Aligned() bool { return r.n&7 == 0 }

// Left returns how many bits can be read; with ResetNAL at most, because emulation
// prevention bytes ahead are counted.
func (r *BitReader) Left() int { return r.n + 8*(len(r.data)-r.pos) }

// BytePos returns the index in the data of the next unread byte. Only for a reader
// that was Reset and is Aligned.
func (r *BitReader) BytePos() int { return r.pos - r.n/8 }

// UE reads an unsigned Exp-Golomb code, ue(v). Codes over 32 bits of value are errors.
// Specification: ITU-T H.264, section 9.1.
func (r *BitReader) UE() uint32 {
	if r.n < 33 {
		r.fill()
	}
	z := bits.LeadingZeros64(r.cache)
	if z > 32 || z >= r.n {
		if r.n > 32 {
			r.fail(invalid("Exp-Golomb code over 32 bits"))
		} else {
			r.fail(ErrTruncated)
		}
		return 0
	}
	r.cache <<= z + 1
	r.n -= z + 1
	if z == 32 {
		// 2^32-1 is the only value of this length that fits.
		if r.Bits(32) != 0 {
			r.fail(invalid("Exp-Golomb code over 32 bits"))
		}
		if r.err != nil {
			return 0
		}
		return 1<<32 - 1
	}
	if v := r.Bits(z); r.err == nil {
		return 1<<z - 1 + v
	}
	return 0
}

// ueMax reads ue(v) and fails with what if it is over limit.
func (r *BitReader) ueMax(limit uint32, what error) uint32 {
	v := r.UE()
	if v > limit {
		r.fail(what)
		return 0
	}
	return v
}

// SE reads a signed Exp-Golomb code, se(v).
// Specification: ITU-T H.264, section 9.1.1.
func (r *BitReader) SE() int32 {
	k := r.UE()
	v := int32(k/2 + k&1)
	if k&1 == 0 {
		return -v
	}
	return v
}

// MoreRBSPData reports whether syntax elements follow before the stop bit. It looks
// at all that is left, so it is for parameter sets.
// Specification: ITU-T H.264, section 7.2.
func (r *BitReader) MoreRBSPData() bool {
	c := *r
	if c.err != nil || c.Left() == 0 {
		return false
	}
	// Whatever the next bit is: it is the stop bit, or there is none, when only zeros
	// follow.
	c.Flag()
	for {
		c.fill()
		if c.cache != 0 {
			return true
		}
		if c.n == 0 {
			return false
		}
		c.cache, c.n = 0, 0
	}
}

// LEB128 reads a leb128() value of at most 32 bits, as AV1 limits it. The reader
// must be Aligned.
// Specification: AV1, section 4.10.5.
func (r *BitReader) LEB128() uint32 {
	var v uint64
	for i := 0; i < 8; i++ {
		b := r.Bits(8)
		v |= uint64(b&0x7f) << (7 * i)
		if b&0x80 == 0 {
			if v > 1<<32-1 {
				r.fail(invalid("leb128 over 32 bits"))
				return 0
			}
			return uint32(v)
		}
	}
	r.fail(invalid("leb128 over 8 bytes"))
	return 0
}

// LE reads a little-endian number of n bytes, n <= 4.
// Specification: AV1, section 4.10.4.
func (r *BitReader) LE(n int) uint32 {
	var v uint32
	for i := 0; i < n; i++ {
		v |= r.Bits(8) << (8 * i)
	}
	return v
}

// SU reads a signed number of n bits, su(n), 1 <= n <= 32.
// Specification: AV1, section 4.10.6.
func (r *BitReader) SU(n int) int32 {
	return int32(r.Bits(n)<<(32-n)) >> (32 - n)
}

// NS reads a number below n, ns(n).
// Specification: AV1, section 4.10.7.
func (r *BitReader) NS(n uint32) uint32 {
	if n < 2 {
		return 0
	}
	w := bits.Len32(n)
	m := uint32(1<<w - uint64(n))
	v := r.Bits(w - 1)
	if v < m {
		return v
	}
	return v<<1 - m + r.Bits(1)
}

// UVLC reads uvlc(): ue(v) where 32 or more leading zeros mean 2^32-1.
// Specification: AV1, section 4.10.3.
func (r *BitReader) UVLC() uint32 {
	z := 0
	for !r.Flag() {
		if z++; r.err != nil {
			return 0
		}
	}
	if z >= 32 {
		return 1<<32 - 1
	}
	if v := r.Bits(z); r.err == nil {
		return 1<<z - 1 + v
	}
	return 0
}
