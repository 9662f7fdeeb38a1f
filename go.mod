module github.com/go-nvcodec/nvcodec

go 1.25.0

require (
	github.com/ebitengine/purego v0.11.3
	golang.org/x/sys v0.38.0
)
