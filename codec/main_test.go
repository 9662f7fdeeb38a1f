package codec

import (
	"os"
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestMain runs the tests on the driver simulator where there is one. Its first GPU has no
// encoder, the others have.
// What idles in the session pool at the end is no leak.
func TestMain(m *testing.M) {
	testutils.Examples()
	if os.Getenv(testutils.SimEnv) != "" {
		code := m.Run()
		TrimCache()
		os.Exit(code)
	}
	nvsim.Main(m, nvsim.Options{
		Profile: "h200,ada,blackwell",
		Kernels: []string{"../frame/kernels/convert.cu", "../frame/kernels/fast.cu"},
		Env:     []string{"NVSIM_NVENC=131"},
	})
}
