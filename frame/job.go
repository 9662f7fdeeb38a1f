package frame

import "structs"

// job is one launch: kernels/job.h says what the fields mean.
type job struct {
	_           structs.HostLayout
	src         [3]uint64
	dst         [4]uint64
	table       [2][2]uint64
	pitch       [3]int32
	step        [3]int32
	taps        [2][2]int32
	length      [2]int32
	rowStride   [4]int32
	pixelStride int32
	width       int32
	height      int32
	left, top   int32
	transpose   int32
	components  int32
	channels    int32
	shift       int32
	scale       float32
	matrix      [4][4]float32
	rest        [4][4]float32
	low         [4]float32
	high        [4]float32
	pad         [4]float32
}

// kind is how a kernel writes numbers.
type kind uint8

const (
	kindU8 kind = iota
	kindU16
	kindF16
	kindF32
	kindW10 // words of 2, 10, 10 and 10 bits
)

var kindNames = [...]string{"u8", "u16", "f16", "f32", "w10"}

func (k kind) float() bool { return k == kindF16 || k == kindF32 }
func (k kind) bytes() int  { return [...]int{1, 2, 2, 4, 4}[k] }
