package bitstream

import "math/bits"

// A BitWriter appends bits to a byte slice, most significant first. The bits of the
// last byte that were not written are zero. Its zero value is empty.
type BitWriter struct {
	data []byte
	free int // bits of the last byte that were not written yet
}

// Reset starts over; bytes are appended to dst.
func (w *BitWriter) Reset(dst []byte) { *w = BitWriter{data: dst} }

// Data returns all bytes, those of Reset first.
func (w *BitWriter) Data() []byte { return w.data }

// Aligned reports whether the next bit begins a byte.
func (w *BitWriter) Aligned() bool { return w.free == 0 }

// Bits writes the lowest n bits of v, 0 <= n <= 64.
func (w *BitWriter) Bits(n int, v uint64) {
	for n > 0 {
		if w.free == 0 {
			w.data = append(w.data, 0)
			w.free = 8
		}
		k := min(n, w.free)
		part := byte(v>>(n-k)) & (1<<k - 1)
		w.data[len(w.data)-1] |= part << (w.free - k)
		w.free -= k
		n -= k
	}
}

// Flag writes one bit.
func (w *BitWriter) Flag(v bool) {
	if v {
		w.Bits(1, 1)
	} else {
		w.Bits(1, 0)
	}
}

// UE writes an unsigned Exp-Golomb code.
// Specification: ITU-T H.264, section 9.1.
func (w *BitWriter) UE(v uint32) {
	n := bits.Len64(uint64(v) + 1)
	w.Bits(n-1, 0)
	w.Bits(n, uint64(v)+1)
}

// SE writes a signed Exp-Golomb code; -2^31 has none.
// Specification: ITU-T H.264, section 9.1.1.
func (w *BitWriter) SE(v int32) {
	if v > 0 {
		w.UE(uint32(2*int64(v) - 1))
	} else {
		w.UE(uint32(-2 * int64(v)))
	}
}

// AlignSEI ends a payload that is not a whole number of bytes as SEI messages do: with
// a one and zeros.
// Specification: ITU-T H.264, section D.1 (sei_payload); ITU-T H.265, section D.2.1.
func (w *BitWriter) AlignSEI() {
	if w.free > 0 {
		w.Bits(1, 1)
		w.free = 0
	}
}
