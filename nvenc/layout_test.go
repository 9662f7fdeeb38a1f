package nvenc

import (
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/layout"
)

func TestLayout(t *testing.T) { layout.Check(t) }
