package bitstream

import "math/bits"

// A bitWriter makes headers for tests, in the order of the specifications' tables.
type bitWriter struct {
	data []byte
	n    int // bits
}

// u writes the lowest n bits of v.
func (w *bitWriter) u(n int, v uint64) *bitWriter {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.data = append(w.data, 0)
		}
		if v>>i&1 != 0 {
			w.data[w.n/8] |= 0x80 >> (w.n % 8)
		}
		w.n++
	}
	return w
}

// f writes flags.
func (w *bitWriter) f(v ...int) *bitWriter {
	for _, b := range v {
		w.u(1, uint64(b))
	}
	return w
}

// ue writes Exp-Golomb codes.
func (w *bitWriter) ue(v ...uint32) *bitWriter {
	for _, x := range v {
		n := bits.Len64(uint64(x) + 1)
		w.u(n-1, 0).u(n, uint64(x)+1)
	}
	return w
}

// se writes signed Exp-Golomb codes.
func (w *bitWriter) se(v ...int32) *bitWriter {
	for _, x := range v {
		if x > 0 {
			w.ue(uint32(2*x - 1))
		} else {
			w.ue(uint32(-2 * x))
		}
	}
	return w
}

// nal closes an RBSP and returns it as a NAL unit with header.
func (w *bitWriter) nal(header ...byte) []byte {
	w.u(1, 1)
	return AppendEBSP(header, w.data)
}

// obu closes an OBU's payload.
func (w *bitWriter) obu() []byte {
	w.u(1, 1)
	return w.data
}
