package transcode

import (
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
)

func TestMain(m *testing.M) { nvsim.Main(m, nvsim.Options{}) }
