// Package forms lists what to ask a GPU's decoder about.
package forms

import "github.com/go-nvcodec/nvcodec/codec"

// A Form is a kind of pictures of a codec.
type Form struct {
	Codec        codec.ID
	Chroma, Bits int
}

// All are the forms that a decoder in hardware can be thought of to have; those that no
// NVDEC was ever for are left out.
func All() (list []Form) {
	all := []int{8, 10, 12}
	add := func(id codec.ID, chroma int, bits ...int) {
		for _, b := range bits {
			list = append(list, Form{id, chroma, b})
		}
	}
	for _, chroma := range []int{420, 422, 444} {
		add(codec.H264, chroma, 8, 10)
	}
	for _, chroma := range []int{420, 422, 444} {
		add(codec.HEVC, chroma, all...)
	}
	add(codec.AV1, 420, 8, 10)
	add(codec.VP9, 420, all...)
	for _, id := range []codec.ID{codec.VP8, codec.VC1, codec.MPEG4, codec.MPEG2, codec.MPEG1} {
		add(id, 420, 8)
	}
	for _, chroma := range []int{420, 422, 444, 400} {
		add(codec.MJPEG, chroma, 8)
	}
	return list
}
