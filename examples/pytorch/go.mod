module github.com/go-nvcodec/nvcodec/examples/pytorch

go 1.25.0

require github.com/go-nvcodec/nvcodec v0.0.0

require (
	github.com/ebitengine/purego v0.11.3 // indirect
	golang.org/x/sys v0.38.0 // indirect
)

replace github.com/go-nvcodec/nvcodec => ../..
