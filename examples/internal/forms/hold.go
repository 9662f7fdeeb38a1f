package forms

import (
	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/cuda"
)

// Hold keeps the contexts of the GPUs that device may mean until release is called. A
// question to a GPU needs one, and making it takes a quarter of a second: as long as one
// lives, all questions share it. What goes wrong here is told by the questions.
func Hold(device codec.Device) (release func()) {
	var held []*cuda.Context
	if n, ok := device.Ordinal(); ok {
		held = hold(held, cuda.Device(n))
	} else if list, err := cuda.Devices(); err == nil && device != codec.CPU {
		for _, d := range list {
			held = hold(held, d)
		}
	}
	return func() {
		for _, c := range held {
			_ = c.Close()
		}
	}
}

func hold(held []*cuda.Context, d cuda.Device) []*cuda.Context {
	if c, err := cuda.Primary(d); err == nil {
		held = append(held, c)
	}
	return held
}
