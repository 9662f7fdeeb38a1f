package avformat

import (
	"crypto/md5"
	"encoding/hex"
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

func imageSize(f PixelFormat, width, height int) uintptr {
	c := abi.Borrow()
	defer c.Return()
	return c.Int(uintptr(f)).Int(uintptr(width)).Int(uintptr(height)).Int(1).Do(ff.fn.avImageGetBufferSize)
}

func md5Of(pictures [][]byte) string {
	h := md5.New()
	for _, p := range pictures {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// noAllocs fails t when f, which has been warmed up, allocates.
func noAllocs(t testing.TB, f func()) {
	t.Helper()
	if n := allocations(60, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
