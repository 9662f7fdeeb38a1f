package codec_test

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/codec"
)

// A program that decodes what strangers send says how large pictures may be.
func ExampleLimits() {
	cfg := codec.DecoderConfig{Limits: codec.Limits{Width: 4096, Height: 2304}}
	_, err := codec.NewDecoder(codec.StreamInfo{Codec: codec.H264, Width: 60000, Height: 60000}, &cfg)
	fmt.Println(errors.Is(err, codec.ErrLimit))
	fmt.Println(err)
	// Output:
	// true
	// codec: new decoder: over the limit: a picture of 60000x60000; DecoderConfig.Limits allows 4096x2304
}
