package codec

import "fmt"

func newNVDECEngine(*StreamInfo, *DecoderConfig) (interface {
	decodeEngine
	device() Device
}, error) {
	return nil, errNotFor{fmt.Errorf("%w: NVDEC is not built in yet", ErrUnsupported)}
}
