package codec

import (
	"os"
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestMain runs the tests on the driver simulator where there is one. What idles in
// the session pool at the end is no leak.
func TestMain(m *testing.M) {
	if os.Getenv(testutils.SimEnv) != "" {
		code := m.Run()
		TrimCache()
		os.Exit(code)
	}
	nvsim.Main(m, nvsim.Options{})
}
