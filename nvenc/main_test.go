package nvenc

import (
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
)

func TestMain(m *testing.M) {
	nvsim.Main(m, nvsim.Options{Profile: "ada", Env: []string{"NVSIM_NVENC=131"}})
}
