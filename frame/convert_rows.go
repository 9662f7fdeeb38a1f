package frame

import "math"

// Rows of conversions. Each begins with what the vector rows of the machine can do, and
// ends with the same in Go, to the bit.

// widen makes numbers of samples of 1 or, if wide, 2 bytes, every step of them from
// offset on.
func widen(dst []float32, src []byte, offset, step int, wide bool) {
	done := widenVector(dst, src, offset, step, wide)
	rest := dst[done:]
	k := offset + step*done
	if wide {
		for i := range rest {
			rest[i] = float32(le.Uint16(src[2*k:]))
			k += step
		}
		return
	}
	for i := range rest {
		rest[i] = float32(src[k])
		k += step
	}
}

// double has each sample twice.
func double(dst, src []float32) {
	for i := doubleVector(dst, src); i < len(dst); i++ {
		dst[i] = src[i/2]
	}
}

// gather makes, or adds if that is asked for, weight * src[first].
func gather(dst, src []float32, first, weight []uint32, add bool) {
	done := gatherVector(dst, src, first, weight, add)
	dst, first, weight = dst[done:], first[done:len(dst)], weight[done:len(dst)]
	if add {
		for i := range dst {
			dst[i] += float32(math.Float32frombits(weight[i]) * src[first[i]])
		}
		return
	}
	for i := range dst {
		dst[i] = float32(math.Float32frombits(weight[i]) * src[first[i]])
	}
}

// addRow adds weight * src.
func addRow(dst, src []float32, weight float32) {
	done := addVector(dst, src, weight)
	dst, src = dst[done:], src[done:len(dst)]
	for i := range dst {
		dst[i] += float32(weight * src[i])
	}
}

// interleave makes pixels of step bytes of rows of channels.
func interleave(dst []byte, rows *[4][]byte, step int) {
	n := len(rows[0])
	for i := interleaveVector(dst[:step*n], rows, step); i < n; i++ {
		for c := range step {
			dst[step*i+c] = rows[c][i]
		}
	}
}

// scatter puts numbers of size bytes along bytes apart.
func scatter(dst, src []byte, along, size int) {
	o := 0
	switch size {
	case 1:
		for _, v := range src {
			dst[o] = v
			o += along
		}
	case 2:
		for i := 0; i+2 <= len(src); i += 2 {
			le.PutUint16(dst[o:], le.Uint16(src[i:]))
			o += along
		}
	default:
		for i := 0; i+4 <= len(src); i += 4 {
			le.PutUint32(dst[o:], le.Uint32(src[i:]))
			o += along
		}
	}
}
