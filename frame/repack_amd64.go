package frame

// The vector kernels make whole blocks and return how many bytes of dst they made;
// repack.go makes the rest. Blocks are 32 bytes of dst, of pick8 and pick16 16.

//go:noescape
func shift16Blocks(dst, src *byte, blocks int, right, left uint64)

//go:noescape
func pick8Blocks(dst, src *byte, blocks int, down uint64)

//go:noescape
func pick16Blocks(dst, src *byte, blocks int, up, right, left uint64)

//go:noescape
func merge8Blocks(dst, a, b *byte, blocks int)

//go:noescape
func merge16Blocks(dst, a, b *byte, blocks int, right, left uint64)

// shifts is the rotation as two shifts, one of them by 0. They drop what the mask does.
func (m move) shifts() (right, left uint64) {
	return uint64(max(-m.rot, 0)), uint64(max(m.rot, 0))
}

func shift16Vector(dst, src []byte, m move) int {
	n := min(len(dst), len(src)) / 32
	if n > 0 {
		r, l := m.shifts()
		shift16Blocks(&dst[0], &src[0], n, r, l)
	}
	return 32 * n
}

func pick8Vector(dst, src []byte, odd uint) int {
	n := min(len(dst)/16, len(src)/32)
	if n > 0 {
		pick8Blocks(&dst[0], &src[0], n, uint64(odd*8))
	}
	return 16 * n
}

func pick16Vector(dst, src []byte, odd uint, m move) int {
	n := min(len(dst)/16, len(src)/32)
	if n > 0 {
		r, l := m.shifts()
		pick16Blocks(&dst[0], &src[0], n, uint64(16-16*odd), r, l)
	}
	return 16 * n
}

func merge8Vector(dst, a, b []byte) int {
	n := min(len(dst)/32, len(a)/16, len(b)/16)
	if n > 0 {
		merge8Blocks(&dst[0], &a[0], &b[0], n)
	}
	return 32 * n
}

func merge16Vector(dst, a, b []byte, m move) int {
	n := min(len(dst)/32, len(a)/16, len(b)/16)
	if n > 0 {
		r, l := m.shifts()
		merge16Blocks(&dst[0], &a[0], &b[0], n, r, l)
	}
	return 32 * n
}
