//go:build !amd64

package frame

// Without vector rows convert_rows.go makes everything.

var vectors = false

func widenVector(dst []float32, src []byte, offset, step int, wide bool) int { return 0 }
func doubleVector(dst, src []float32) int                                    { return 0 }
func gatherVector(dst, src []float32, first, weight []uint32, add bool) int  { return 0 }
func addVector(dst, src []float32, weight float32) int                       { return 0 }
func mixBytesVector(dst []byte, m *mix, scale float32) int                   { return 0 }
func mixFloatsVector(dst []byte, m *mix) int                                 { return 0 }
func mixHalvesVector(dst []byte, m *mix) int                                 { return 0 }
func interleaveVector(dst []byte, rows *[4][]byte, step int) int             { return 0 }
