package frame

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Kernels against one sample at a time, for every length around their block sizes
// and every start within a word. They must not write behind their end.
func TestKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	moves := []move{moveBits(16, false, false)}
	for d := 1; d <= 16; d++ {
		moves = append(moves, moveBits(d, true, false), moveBits(d, false, true), moveBits(d, true, true))
	}
	word := func(b []byte, i int) uint16 { return uint16(b[2*i]) | uint16(b[2*i+1])<<8 }
	put := func(b []byte, i int, v uint16) { b[2*i], b[2*i+1] = byte(v), byte(v>>8) }
	for n := range 70 {
		for _, at := range []int{0, 1, 2, 7} {
			a, b := random(4*n + at)[at:], random(4*n + at)[at:]
			guard := random(4*n + at + 16)
			check := func(name string, size int, kernel func(dst []byte), want func(dst []byte)) {
				t.Helper()
				got := bytes.Clone(guard)
				kernel(got[at : at+size : at+size])
				exp := bytes.Clone(guard)
				want(exp[at : at+size])
				require.Equal(t, exp, got, "%s of %d at %d", name, n, at)
			}
			for odd := range uint(2) {
				check("pick8Words", n, func(dst []byte) { pick8Words(dst, a[:2*n], odd) }, func(dst []byte) { pick8(dst, a[:2*n], odd) })
				check("pick8", n, func(dst []byte) { pick8(dst, a[:2*n], odd) }, func(dst []byte) {
					for i := range dst {
						dst[i] = a[2*i+int(odd)]
					}
				})
			}
			check("merge8", 2*n, func(dst []byte) { merge8(dst, a[:n], b[:n]) }, func(dst []byte) {
				for i := range n {
					dst[2*i], dst[2*i+1] = a[i], b[i]
				}
			})
			check("swap8", 2*n, func(dst []byte) { swap8(dst, a[:2*n]) }, func(dst []byte) {
				for i := range n {
					dst[2*i], dst[2*i+1] = a[2*i+1], a[2*i]
				}
			})
			m := moves[r.IntN(len(moves))]
			check("merge8Words", 2*n, func(dst []byte) { merge8Words(dst, a[:n], b[:n]) }, func(dst []byte) { merge8(dst, a[:n], b[:n]) })
			check("shift16Words", 2*n, func(dst []byte) { shift16Words(dst, a[:2*n], m) }, func(dst []byte) { shift16(dst, a[:2*n], m) })
			check("pick16Words", 2*n, func(dst []byte) { pick16Words(dst, a[:4*n], 1, m) }, func(dst []byte) { pick16(dst, a[:4*n], 1, m) })
			check("merge16Words", 4*n, func(dst []byte) { merge16Words(dst, a[:2*n], b[:2*n], m) }, func(dst []byte) { merge16(dst, a[:2*n], b[:2*n], m) })
			check("shift16", 2*n, func(dst []byte) { shift16(dst, a[:2*n], m) }, func(dst []byte) {
				for i := range n {
					put(dst, i, m.sample(word(a, i)))
				}
			})
			for odd := range uint(2) {
				check("pick16", 2*n, func(dst []byte) { pick16(dst, a[:4*n], odd, m) }, func(dst []byte) {
					for i := range n {
						put(dst, i, m.sample(word(a, 2*i+int(odd))))
					}
				})
			}
			check("merge16", 4*n, func(dst []byte) { merge16(dst, a[:2*n], b[:2*n], m) }, func(dst []byte) {
				for i := range n {
					put(dst, 2*i, m.sample(word(a, i)))
					put(dst, 2*i+1, m.sample(word(b, i)))
				}
			})
		}
	}
}

func TestMoveBits(t *testing.T) {
	for d := 1; d <= 16; d++ {
		for v := range 1 << d {
			junk := uint16(0xffff) >> d // where the value is not
			high := uint16(v) << (16 - d)
			if got := moveBits(d, true, false).sample(high | junk); got != uint16(v) {
				t.Fatalf("%d bits: %#x down is %#x", d, high|junk, got)
			}
			if got := moveBits(d, false, true).sample(uint16(v) | ^(uint16(1)<<(d-1)<<1 - 1)); got != high {
				t.Fatalf("%d bits: %#x up is %#x", d, v, got)
			}
		}
	}
	require.True(t, moveBits(16, true, false).none())
	require.True(t, moveBits(10, true, true).none())
}

func BenchmarkKernels(b *testing.B) {
	src, dst := make([]byte, 4096), make([]byte, 4096)
	m := moveBits(10, true, false)
	for _, k := range []struct {
		name string
		run  func()
	}{
		{"pick8", func() { pick8(dst[:2048], src, 1) }},
		{"merge8", func() { merge8(dst, src[:2048], src[2048:]) }},
		{"shift16", func() { shift16(dst, src, m) }},
		{"pick16", func() { pick16(dst[:2048], src, 1, m) }},
		{"merge16", func() { merge16(dst, src[:2048], src[2048:], m) }},
		{"pick8Words", func() { pick8Words(dst[:2048], src, 1) }},
		{"merge8Words", func() { merge8Words(dst, src[:2048], src[2048:]) }},
		{"shift16Words", func() { shift16Words(dst, src, m) }},
		{"pick16Words", func() { pick16Words(dst[:2048], src, 1, m) }},
		{"merge16Words", func() { merge16Words(dst, src[:2048], src[2048:], m) }},
		{"copy", func() { copy(dst, src) }},
	} {
		b.Run(k.name, func(b *testing.B) {
			b.SetBytes(4096)
			for b.Loop() {
				k.run()
			}
		})
	}
}
