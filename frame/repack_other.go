//go:build !amd64

package frame

// Without vector kernels repack.go makes everything, eight bytes at a time.

func shift16Vector(dst, src []byte, m move) int          { return 0 }
func pick8Vector(dst, src []byte, odd uint) int          { return 0 }
func pick16Vector(dst, src []byte, odd uint, m move) int { return 0 }
func merge8Vector(dst, a, b []byte) int                  { return 0 }
func merge16Vector(dst, a, b []byte, m move) int         { return 0 }
