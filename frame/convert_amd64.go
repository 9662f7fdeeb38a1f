package frame

// The vector rows make whole blocks of 8 samples and return how many samples they made;
// convert_rows.go makes the rest.

// vectors is true where the CPU and the system have AVX2, FMA and F16C.
var vectors = hasVectors()

func hasVectors() bool {
	const osxsave, avx, fma, f16c, avx2 = 1 << 27, 1 << 28, 1 << 12, 1 << 29, 1 << 5
	if last, _, _, _ := cpuid(0, 0); last < 7 {
		return false
	}
	_, _, c, _ := cpuid(1, 0)
	if want := uint32(osxsave | avx | fma | f16c); c&want != want || xgetbv()&6 != 6 {
		return false
	}
	_, b, _, _ := cpuid(7, 0)
	return b&avx2 != 0
}

func cpuid(leaf, sub uint32) (a, b, c, d uint32)
func xgetbv() uint32

//go:noescape
func widen8Blocks(dst *float32, src *byte, blocks int)

//go:noescape
func widen16Blocks(dst *float32, src *byte, blocks int)

//go:noescape
func widenPairs8Blocks(dst *float32, src *byte, blocks int, down uint64)

//go:noescape
func widenPairs16Blocks(dst *float32, src *byte, blocks int, down uint64)

//go:noescape
func doubleBlocks(dst, src *float32, blocks int)

//go:noescape
func gatherBlocks(dst, src *float32, first, weight *uint32, blocks int)

//go:noescape
func gatherAddBlocks(dst, src *float32, first, weight *uint32, blocks int)

//go:noescape
func addBlocks(dst, src *float32, weight float32, blocks int)

//go:noescape
func mixBytesBlocks(dst *byte, p, q, r *float32, m *[4]float32, scale float32, blocks int)

//go:noescape
func mixFloatsBlocks(dst *byte, p, q, r *float32, colours *[10]float32, blocks int)

//go:noescape
func mixHalvesBlocks(dst *byte, p, q, r *float32, colours *[10]float32, blocks int)

//go:noescape
func interleave3Blocks(dst, a, b, c *byte, blocks int)

//go:noescape
func interleave4Blocks(dst, a, b, c, d *byte, blocks int)

// blocksOf is how many whole blocks the least of these has.
func blocksOf(n ...int) int {
	if !vectors {
		return 0
	}
	least := n[0]
	for _, v := range n[1:] {
		least = min(least, v)
	}
	return least / 8
}

// widenVector widens samples of 1 or 2 bytes that lie step of them apart, the first at
// offset of src.
func widenVector(dst []float32, src []byte, offset, step int, wide bool) int {
	size := 1
	if wide {
		size = 2
	}
	n := blocksOf(len(dst), (len(src)/size-offset)/step)
	switch {
	case n <= 0 || step > 2:
		return 0
	case step == 1 && !wide:
		widen8Blocks(&dst[0], &src[offset], n)
	case step == 1:
		widen16Blocks(&dst[0], &src[2*offset], n)
	case offset%2 != 0 && !wide:
		widenPairs8Blocks(&dst[0], &src[offset-1], n, 8)
	case !wide:
		if n = blocksOf(len(dst), (len(src)-offset)/2); n <= 0 {
			return 0
		}
		widenPairs8Blocks(&dst[0], &src[offset], n, 0)
	case offset%2 != 0:
		widenPairs16Blocks(&dst[0], &src[2*offset-2], n, 16)
	default:
		widenPairs16Blocks(&dst[0], &src[2*offset], n, 0)
	}
	return 8 * n
}

func doubleVector(dst, src []float32) int {
	n := blocksOf(len(dst)/2, len(src))
	if n > 0 {
		doubleBlocks(&dst[0], &src[0], n)
	}
	return 16 * n
}

func gatherVector(dst, src []float32, first, weight []uint32, add bool) int {
	n := blocksOf(len(dst), len(first), len(weight))
	switch {
	case n == 0:
	case add:
		gatherAddBlocks(&dst[0], &src[0], &first[0], &weight[0], n)
	default:
		gatherBlocks(&dst[0], &src[0], &first[0], &weight[0], n)
	}
	return 8 * n
}

func addVector(dst, src []float32, weight float32) int {
	n := blocksOf(len(dst), len(src))
	if n > 0 {
		addBlocks(&dst[0], &src[0], weight, n)
	}
	return 8 * n
}

func mixBytesVector(dst []byte, m *mix, scale float32) int {
	n := blocksOf(len(dst), len(m.p))
	if n > 0 {
		q, r := m.others()
		mixBytesBlocks(&dst[0], &m.p[0], &q[0], &r[0], &m.m, scale, n)
	}
	return 8 * n
}

func mixFloatsVector(dst []byte, m *mix) int {
	n := blocksOf(len(dst)/4, len(m.p))
	if n > 0 {
		q, r := m.others()
		mixFloatsBlocks(&dst[0], &m.p[0], &q[0], &r[0], m.colours(), n)
	}
	return 8 * n
}

func mixHalvesVector(dst []byte, m *mix) int {
	n := blocksOf(len(dst)/2, len(m.p))
	if n > 0 {
		q, r := m.others()
		mixHalvesBlocks(&dst[0], &m.p[0], &q[0], &r[0], m.colours(), n)
	}
	return 8 * n
}

// others are the second and third component; where there is one alone, whose others weigh
// nothing, that.
func (m *mix) others() (q, r []float32) {
	if m.q == nil {
		return m.p, m.p
	}
	return m.q, m.r2
}

func (m *mix) colours() *[10]float32 {
	copy(m.all[:4], m.m[:])
	copy(m.all[4:8], m.r[:])
	m.all[8], m.all[9] = m.low, m.high
	return &m.all
}

func interleaveVector(dst []byte, rows *[4][]byte, step int) int {
	n := blocksOf(len(dst)/step, len(rows[0]), len(rows[1]), len(rows[2]))
	switch {
	case n == 0:
		return 0
	case step == 3:
		interleave3Blocks(&dst[0], &rows[0][0], &rows[1][0], &rows[2][0], n)
	case step == 4:
		interleave4Blocks(&dst[0], &rows[0][0], &rows[1][0], &rows[2][0], &rows[3][0], n)
	default:
		return 0
	}
	return 8 * n
}
