package codec_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/go-nvcodec/nvcodec/codec"
)

// A name is a file's, so that a name that strangers give calls nobody. Addresses are to be
// allowed.
func ExampleOpen_network() {
	server := httptest.NewServer(http.FileServer(http.Dir("../testdata")))
	defer server.Close()
	ctx := context.Background()

	_, err := codec.Open(ctx, server.URL+"/h264.mkv", nil)
	fmt.Println(errors.Is(err, codec.ErrProtocol))

	dem, err := codec.Open(ctx, server.URL+"/h264.mkv", &codec.DemuxerConfig{
		Network: true,
		Options: map[string]string{"rw_timeout": "5000000"}, // microseconds that the server may be silent
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	fmt.Println(dem.Stream().Codec, dem.Stream().Width)
	// Output:
	// true
	// h264 320
}
