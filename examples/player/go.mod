module github.com/go-nvcodec/nvcodec/examples/player

go 1.25.0

require (
	github.com/go-nvcodec/nvcodec v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/ebitengine/purego v0.11.3 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.38.0 // indirect
)

replace github.com/go-nvcodec/nvcodec => ../..
