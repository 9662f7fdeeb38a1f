package frame

import (
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
)

// The tests of device memory run on the driver simulator where there is one.
func TestMain(m *testing.M) {
	nvsim.Main(m, nvsim.Options{Kernels: []string{"kernels/convert.cu", "kernels/fast.cu"}})
}
