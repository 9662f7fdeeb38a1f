package main

import (
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
)

// TestMain runs the tests on the driver simulator where there is one.
func TestMain(m *testing.M) { nvsim.Main(m, nvsim.Options{}) }
