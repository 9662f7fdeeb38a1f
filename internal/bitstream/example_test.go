package bitstream_test

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

func ExampleTracker() {
	packets := [][]byte{
		{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 0x00}, // a key frame
		{0x01, 0x02, 0x00}, // a hidden frame
		{0x11, 0x02, 0x00},
	}
	t, err := bitstream.NewTracker(bitstream.CodecVP8, nil)
	if err != nil {
		panic(err)
	}
	for _, data := range packets {
		p, err := t.Parse(data)
		if err != nil {
			panic(err)
		}
		if p.NewSequence {
			i, _ := t.Info()
			fmt.Println("sequence:", i.Codec, i.Width, i.Height)
		}
		fmt.Println("shown:", p.Shown, "key:", p.Key)
	}
	// Output:
	// sequence: vp8 320 240
	// shown: 1 key: true
	// shown: 0 key: false
	// shown: 1 key: false
}

func ExampleNALUnits() {
	var u bitstream.NALUnits
	u.Reset([]byte{0, 0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x65, 0x88}, 0)
	for u.Next() {
		h, _ := bitstream.ParseH264NALHeader(u.NAL())
		fmt.Println(h.Type, u.Offset(), len(u.NAL()))
	}
	// Output:
	// 7 4 2
	// 5 9 2
}

func ExampleBitReader() {
	var r bitstream.BitReader
	r.ResetNAL([]byte{0b1_010_0110, 0, 0, 3, 1})
	fmt.Println(r.UE(), r.UE(), r.Bits(4), r.Bits(24), r.Err())
	// Output: 0 1 6 1 <nil>
}
